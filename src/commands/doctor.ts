/**
 * `doctor`: what is wrong, and the mend. One line for each part of the service.
 *
 * The checks run side by side, each within its time, so that one failure hides no other. Nothing is
 * sent and no mail is touched; opening the embedded store makes its data folder where there is none.
 */

import { systemClock } from '../edges/clock.ts';
import type { DkimSettings } from '../edges/dkim-key.ts';
import { openTxtLookup, type TxtLookup } from '../edges/dkim-record.ts';
import { openLog } from '../edges/log.ts';
import { openResolver } from '../edges/resolver.ts';
import type { Settings } from '../edges/settings.ts';
import type { SecretsNeeded } from '../edges/settings-secrets.ts';
import { ResponderError } from '../errors.ts';
import type { Log, Resolver } from '../ports.ts';
import { type OpenedStore, openStore } from '../store/open.ts';
import { settingsFor } from './command-settings.ts';
import {
  checkClock,
  checkContacts,
  checkDkim,
  checkDns,
  checkHolds,
  checkNotices,
  checkQueue,
  checkSettings,
  checkStore,
  checkTemplatesInUse,
  checkTemplatesOf,
  type Finding,
  failed,
} from './doctor-checks.ts';
import { checkConsole } from './doctor-console.ts';
import { checkImap, checkSmtp } from './doctor-mail.ts';
import { checkDmarc, checkServerDkim, checkSpf } from './doctor-sender.ts';
import { checkWatched } from './doctor-watched.ts';
import type { CommandIo, Output } from './io.ts';
import type { Role } from './roles.ts';
import { readRoles, secretsOf } from './roles.ts';

export interface DoctorOptions {
  readonly config?: string;
  /** `watch,work,console`: only what these need is checked. */
  readonly roles?: string;
  /** How long one check may take; connecting to a silent server takes longest. */
  readonly checkMs?: number;
  /** DNS servers (`address:port`) to ask instead of this machine's. */
  readonly dnsServers?: readonly string[];
}

export const checkMsDefault = 20_000;

export interface Check {
  readonly what: string;
  readonly run: () => Promise<Finding> | Finding;
}

/** Returns the exit code: 0 when nothing failed, 2 when the settings did, else 1. */
export async function doctorCommand(options: DoctorOptions, io: CommandIo): Promise<number> {
  const { settings, failure } = loadWhatIsThere(options, io);
  if (failure !== undefined) printFinding('settings', failed(failure), io.stdout);
  if (settings === undefined) return 2;
  const log = openLog({ level: 'silent', destination: io.stderr });
  const opened = openStore({ ...settings.store, log });
  const lookup = openTxtLookup(
    options.dnsServers === undefined ? {} : { servers: options.dnsServers },
  );
  const resolver = resolverFor(settings, options);
  const isComplete = failure === undefined;
  const checks = checksOf(settings, {
    opened,
    log,
    lookup,
    resolver,
    isComplete,
    // Only one process can have the embedded store open, and that is this one.
    isServed: settings.store.databaseUrl !== undefined,
    roles: readRoles(options.roles),
  });
  let failures = 0;
  await runChecks(checks, options.checkMs ?? checkMsDefault, (what, found) => {
    printFinding(what, found, io.stdout);
    if (found.verdict === 'fail') failures += 1;
  });
  // A store that could not be opened has been reported above.
  const store = await opened.then(
    (open) => open.store,
    () => undefined,
  );
  await store?.close();
  if (failure !== undefined) return 2;
  return failures === 0 ? 0 : 1;
}

/** DNS as the verification of signatures would ask it. */
export function resolverFor(
  { verification }: Settings,
  { dnsServers }: Pick<DoctorOptions, 'dnsServers'>,
): Resolver {
  const servers = dnsServers ?? verification.servers;
  return openResolver({
    clock: systemClock,
    timeoutMs: verification.timeoutSeconds * 1_000,
    ...(servers === undefined ? {} : { servers }),
  });
}

/**
 * The settings, and what is wrong with them: where only a secret or the mailbox is missing, the other
 * parts can still be checked.
 */
function loadWhatIsThere(
  options: DoctorOptions,
  io: CommandIo,
): { readonly settings?: Settings; readonly failure?: ResponderError } {
  const load = (secrets: SecretsNeeded) => settingsFor(options, io, secrets);
  try {
    return { settings: load(secretsOf(readRoles(options.roles))) };
  } catch (failure) {
    if (!(failure instanceof ResponderError)) throw failure;
    try {
      return { settings: load('store'), failure };
    } catch (error) {
      if (error instanceof ResponderError) return { failure };
      throw error;
    }
  }
}

export interface CheckContext {
  /** One for store and queue: the embedded store can be open only once. */
  readonly opened: Promise<OpenedStore>;
  readonly log: Log;
  readonly lookup: TxtLookup;
  readonly resolver: Resolver;
  readonly roles: readonly Role[];
  /** Whether all secrets are there, so that mailboxes can be asked. */
  readonly isComplete: boolean;
  /** Whether the service may be running, so that somebody should be watching. */
  readonly isServed: boolean;
}

/** What there is to check, in the order it is told. */
export function checksOf(settings: Settings, context: CheckContext): readonly Check[] {
  const { opened, log, lookup, resolver, isComplete, isServed, roles } = context;
  const [doesWatch, doesWork] = [roles.includes('watch'), roles.includes('work')];
  const connecting = settings.mailboxes.flatMap((mailbox): Check[] => {
    const { name } = mailbox;
    const imap = () => checkImap(mailbox, { log, clock: systemClock });
    const smtp = () => checkSmtp(mailbox, { log, clock: systemClock });
    return [
      ...(doesWatch ? [{ what: `imap ${name}`, run: imap }] : []),
      ...(doesWork ? [{ what: `smtp ${name}`, run: smtp }] : []),
    ];
  });
  const published = settings.mailboxes.flatMap(({ name, from, smtp }): Check[] => [
    { what: `spf ${name}`, run: () => checkSpf(from.address, resolver) },
    {
      what: `dkim ${name}`,
      run:
        smtp.dkim === undefined
          ? () => checkServerDkim(from.address, resolver)
          : dkimCheck(smtp.dkim, lookup),
    },
    { what: `dmarc ${name}`, run: () => checkDmarc(from.address, resolver) },
  ]);
  const watched = settings.mailboxes.map(
    (mailbox): Check => ({
      what: `watched ${mailbox.name}`,
      run: () => checkWatched(mailbox, { opened, isShared: isServed, clock: systemClock }),
    }),
  );
  const [first] = settings.mailboxes;
  const isDnsAsked = settings.verification.dns && first !== undefined;
  return [
    ...(isComplete ? [{ what: 'settings', run: () => checkSettings(settings) }] : []),
    { what: 'notices', run: () => checkNotices(settings) },
    { what: 'contacts', run: () => checkContacts(settings, systemClock) },
    { what: 'templates', run: () => checkTemplatesOf(settings) },
    { what: 'clock', run: () => checkClock(settings, systemClock) },
    { what: 'store', run: () => checkStore(opened) },
    { what: 'queue', run: () => checkQueue(settings, opened, log) },
    { what: 'holds', run: () => checkHolds(opened) },
    { what: 'words in use', run: () => checkTemplatesInUse(opened) },
    { what: 'console', run: () => checkConsole(settings, opened) },
    ...(isDnsAsked ? [{ what: 'dns', run: () => checkDns(first.from.address, resolver) }] : []),
    ...(isComplete ? [...connecting, ...(doesWork ? published : [])] : []),
    ...watched,
  ];
}

function dkimCheck(dkim: DkimSettings, lookup: TxtLookup): Check['run'] {
  return () => checkDkim(dkim, lookup);
}

/** Runs all at once, tells in order. */
export async function runChecks(
  checks: readonly Check[],
  checkMs: number,
  tell: (what: string, found: Finding) => void,
): Promise<void> {
  const running = checks.map((check) => ({ what: check.what, finding: bounded(check, checkMs) }));
  for (const { what, finding } of running) tell(what, await finding);
}

async function bounded(check: Check, checkMs: number): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => {
      const detail = `no answer within ${checkMs / 1_000} seconds`;
      resolve({ verdict: 'fail', detail, mends: ['Check host and port, and firewalls between.'] });
    }, checkMs);
  });
  try {
    return await Promise.race([Promise.resolve().then(check.run).catch(failed), timeUp]);
  } catch (error) {
    // A bug in one check must not hide what the others found.
    const detail = `the check itself failed: ${error instanceof Error ? error.message : String(error)}`;
    return { verdict: 'fail', detail, mends: ['Please report this as a bug.'] };
  } finally {
    clearTimeout(timer);
  }
}

function printFinding(what: string, { verdict, detail, mends }: Finding, stdout: Output): void {
  stdout.write(`${verdict.padEnd(4)}  ${what.padEnd(12)}  ${detail}\n`);
  for (const mend of mends ?? []) stdout.write(`      -> ${mend}\n`);
}
