/**
 * `doctor`: what is wrong, and the mend. One line for each part of the service.
 *
 * The checks run side by side, each within its time, so that one failure hides no other. Nothing is
 * sent and no mail is touched; opening the embedded store makes its data folder where there is none.
 */

import { openTxtLookup } from '../edges/dkim-record.ts';
import { openLog } from '../edges/log.ts';
import type { Settings } from '../edges/settings.ts';
import type { SecretsNeeded } from '../edges/settings-secrets.ts';
import { ResponderError } from '../errors.ts';
import { openStore } from '../store/open.ts';
import { settingsFor } from './command-settings.ts';
import { type Finding, failed } from './doctor-checks.ts';
import { checkMsDefault, checksOf, resolverFor, runChecks } from './doctor-run.ts';
import type { CommandIo, Output } from './io.ts';
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

function printFinding(what: string, { verdict, detail, mends }: Finding, stdout: Output): void {
  stdout.write(`${verdict.padEnd(4)}  ${what.padEnd(12)}  ${detail}\n`);
  for (const mend of mends ?? []) stdout.write(`      -> ${mend}\n`);
}
