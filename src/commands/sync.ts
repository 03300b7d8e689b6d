/**
 * `sync`: asks Partner Center and Microsoft Graph what changed, and merges it into the records.
 *
 * Exit 1 when a source broke off: what was merged until then stays, and the next run goes on from there.
 */

import { systemClock } from '../edges/clock.ts';
import { shownText } from '../edges/customer-rows.ts';
import { openLog } from '../edges/log.ts';
import type { HttpWorld } from '../edges/microsoft-http.ts';
import { loadNotices } from '../edges/notices.ts';
import { logOptionsOf } from '../edges/settings-log.ts';
import type { ResponderError } from '../errors.ts';
import type { FactSource } from '../ports/sync.ts';
import type { Store } from '../ports.ts';
import { openStore } from '../store/open.ts';
import { settingsFor } from './command-settings.ts';
import { type CommandIo, errorText } from './io.ts';
import { personLoggedIn } from './person.ts';
import { FirstLines, mergeLines, ShownChanges } from './record-changes.ts';
import { runSource } from './sync-run.ts';
import { openSources } from './sync-sources.ts';

export interface SyncOptions {
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly source?: string;
}

/** Throws ResponderError for usage, settings and the store. `world`: for tests, which need not wait. */
export async function syncCommand(
  options: SyncOptions,
  io: CommandIo,
  world: Partial<HttpWorld> = {},
): Promise<number> {
  const settings = settingsFor(options, io, 'sync');
  const skipped = new FirstLines();
  const sources = openSources({
    sync: settings.sync,
    ...(options.source === undefined ? {} : { only: options.source }),
    world,
    onSkipped: (tenantId, error) => skipped.add([`  ${tenantId}: ${skipReason(error)}`]),
  });
  const { productAliases } = loadNotices(settings.noticesFile);
  const log = openLog({ ...logOptionsOf(settings), level: 'warn', destination: io.stderr });
  const { store } = await openStore({ ...settings.store, log });
  try {
    let exitCode = 0;
    for (const source of sources) {
      const isWhole = await syncOne(source, { store, productAliases, io, skipped, options });
      if (!isWhole) exitCode = 1;
    }
    if (options.dryRun === true) io.stdout.write('Nothing was written (--dry-run).\n');
    return exitCode;
  } finally {
    await store.close();
  }
}

function skipReason(error: ResponderError): string {
  return [error.message, ...error.details].join(' ');
}

async function syncOne(
  source: FactSource,
  context: {
    readonly store: Store;
    readonly productAliases: readonly (readonly string[])[];
    readonly io: CommandIo;
    readonly skipped: FirstLines;
    readonly options: SyncOptions;
  },
): Promise<boolean> {
  const { store, productAliases, io, skipped, options } = context;
  const changes = new ShownChanges();
  const conflicts = new FirstLines();
  const isShown = io.stderr.isTTY === true;
  const { counts, error, resumed } = await runSource(source, {
    store,
    productAliases,
    dryRun: options.dryRun === true,
    now: () => systemClock.now(),
    by: personLoggedIn(),
    onChange: (change) => changes.add(change),
    onConflict: ({ tenantId, customerId, sentence }) =>
      conflicts.add([`  ! ${customerId ?? tenantId}: ${shownText(sentence).slice(1, -1)}`]),
    ...(isShown
      ? { onProgress: (count: number) => io.stderr.write(`\r${count} customers read`) }
      : {}),
  });
  if (isShown) io.stderr.write('\n');
  const lines = [
    `${source.name}${resumed ? ', from where the last run broke off' : ''}`,
    ...mergeLines({ counts, changes, conflicts }),
    ...(skipped.count > 0 ? [`${skipped.count} tenants that cannot be read`] : []),
    ...skipped.take(),
  ];
  io.stdout.write(lines.map((line) => `${line}\n`).join(''));
  if (error === undefined) return true;
  io.stderr.write(`${source.name} broke off. ${errorText(error)}`);
  return false;
}
