/**
 * `import FILE --profile NAME`: what Partner Center exports itself, merged into the records as facts.
 *
 * Such a file sees a part, so nothing is replaced. The whole file is read before anything is written: with a
 * bad row nothing lands, unless --skip-bad leaves its customer out.
 */

import { basename, resolve } from 'node:path';
import { systemClock } from '../edges/clock.ts';
import { shownText } from '../edges/customer-rows.ts';
import { openLog } from '../edges/log.ts';
import { loadNotices } from '../edges/notices.ts';
import { type PartnerCenterFile, readPartnerCenterFile } from '../edges/partner-center-files.ts';
import { type ProfileName, profileNames } from '../edges/partner-center-profiles.ts';
import { logOptionsOf } from '../edges/settings-log.ts';
import { ResponderError } from '../errors.ts';
import type { Store } from '../ports.ts';
import { openStore } from '../store/open.ts';
import { settingsFor } from './command-settings.ts';
import type { ImportOptions } from './import-options.ts';
import type { CommandIo } from './io.ts';
import { personLoggedIn } from './person.ts';
import { FirstLines, mergeLines, ShownChanges } from './record-changes.ts';

/** Returns the exit code, as `import` does. Throws ResponderError for usage, settings, file and store. */
export async function importProfile(
  options: ImportOptions & { readonly profile: string },
  io: CommandIo,
): Promise<number> {
  const profile = readProfile(options);
  const settings = settingsFor(options, io, 'store');
  const { productAliases } = loadNotices(settings.noticesFile);
  const log = openLog({ ...logOptionsOf(settings), level: 'warn', destination: io.stderr });
  const { store } = await openStore({ ...settings.store, log });
  try {
    const path = resolve(io.cwd, options.file);
    const file = await readPartnerCenterFile(path, profile, {
      tenantOf: (subscriptionId) => tenantOf(store, subscriptionId),
    });
    reportProblems(file, io);
    const why = whyNothing(file, options);
    if (why !== undefined) {
      io.stderr.write(`Nothing was imported${why}\n`);
      return 1;
    }
    await merge(store, file, { options, io, productAliases });
    return 0;
  } finally {
    await store.close();
  }
}

function readProfile({ profile, replace, format }: ImportOptions): ProfileName {
  const known = profileNames.find((name) => name === profile);
  if (known === undefined)
    throw new ResponderError(
      'USAGE',
      `--profile: found “${profile}”, expected one of ${profileNames.join(', ')}.`,
    );
  if (replace === true || format !== undefined)
    throw new ResponderError(
      'USAGE',
      'A file of Partner Center adds to the records and has its own format: leave --replace and --format away.',
    );
  return known;
}

/** Whose record has this subscription; nobody's where it is that of several. */
async function tenantOf(store: Store, subscriptionId: string): Promise<string | undefined> {
  const found = await store.findCandidates({
    subscriptionIds: [subscriptionId],
    tenantIds: [],
    domains: [],
    addresses: [],
    organizations: [],
  });
  const [only, ...more] = new Set(found.map(({ tenantId }) => tenantId));
  return more.length === 0 ? only : undefined;
}

function reportProblems(file: PartnerCenterFile, io: CommandIo): void {
  for (const { line, column, value, message } of file.problems)
    io.stderr.write(`line ${line}, column ${column}: ${shownText(value)}: ${message}\n`);
  if (file.problemsLeftOut > 0) io.stderr.write(`and ${file.problemsLeftOut} more\n`);
}

/** Goes on after “Nothing was imported”; undefined where there is something to merge. */
function whyNothing(
  { problems, rows, facts }: PartnerCenterFile,
  { skipBad }: ImportOptions,
): string | undefined {
  if (problems.length > 0 && skipBad !== true)
    return '. Correct the rows above, or import the other customers with --skip-bad.';
  if (facts.length > 0) return undefined;
  return rows === 0 ? ': the file has no rows below its header.' : ': no row holds a fact.';
}

interface MergeContext {
  readonly options: ImportOptions;
  readonly io: CommandIo;
  readonly productAliases: readonly (readonly string[])[];
}

async function merge(
  store: Store,
  file: PartnerCenterFile,
  { options, io, productAliases }: MergeContext,
): Promise<void> {
  const shownMax = options.all === true ? Number.POSITIVE_INFINITY : undefined;
  const changes = new ShownChanges(shownMax);
  const conflicts = new FirstLines(shownMax);
  const name = basename(options.file);
  const summary = await store.mergeFacts(file.facts, {
    dryRun: options.dryRun === true,
    at: systemClock.now(),
    origin: { source: 'import', from: name, by: options.by ?? personLoggedIn() },
    productAliases,
    onChange: (change) => changes.add(change),
    onConflict: ({ tenantId, customerId, sentence }) =>
      conflicts.add([`  ! ${customerId ?? tenantId}: ${shownText(sentence).slice(1, -1)}`]),
  });
  const lines = [
    `${name}: ${file.rows} rows, ${file.facts.length} customers`,
    ...mergeLines({ counts: summary, changes, conflicts }),
    ...leftOutLines(file),
  ];
  io.stdout.write(lines.map((line) => `${line}\n`).join(''));
  if (options.dryRun === true) io.stdout.write('Nothing was written (--dry-run).\n');
}

function leftOutLines(file: PartnerCenterFile): readonly string[] {
  const { skipped, subscriptionsOfNobody, unknownWords, unknownColumns } = file;
  return [
    ...(skipped.length > 0
      ? [`${skipped.length} customers skipped, since a row of theirs is bad`]
      : []),
    ...(subscriptionsOfNobody > 0
      ? [`${subscriptionsOfNobody} subscriptions that no record has`]
      : []),
    ...unknownWords.map(
      ({ column, value, line, rows }) =>
        `Column ${column} says ${shownText(value)} in ${rows} rows (first in line ${line}), which says nothing here`,
    ),
    ...(unknownColumns.length > 0
      ? [`Columns that are not read: ${unknownColumns.map(shownText).join(', ')}`]
      : []),
  ];
}
