/**
 * `privacy export ADDRESS` and `privacy erase ADDRESS`: what is kept about a person, and forgetting it.
 *
 * What keeps anybody from being answered twice stays, and names nobody. Mails in the mailbox, exports, backups and
 * log files are not the store's to change; the command says so.
 */
import { systemClock } from '../edges/clock.ts';
import { ResponderError } from '../errors.ts';
import type { KeptCase, PrivacyStore } from '../ports/privacy.ts';
import { settingsFor } from './command-settings.ts';
import { openWholeFile } from './export-file.ts';
import type { CommandIo } from './io.ts';
import { personLoggedIn } from './person.ts';
import { type Found, findPerson } from './privacy-find.ts';
import { withStore } from './with-store.ts';

export interface PrivacyExportOptions {
  readonly address: string;
  readonly out?: string;
  readonly config?: string;
}

export interface PrivacyEraseOptions {
  readonly address: string;
  readonly dryRun?: boolean;
  readonly by?: string;
  readonly config?: string;
}

/** Prints JSON, or writes it to a file that only its owner may read. Throws USAGE. */
export async function privacyExportCommand(
  options: PrivacyExportOptions,
  io: CommandIo,
): Promise<number> {
  const address = askedAddress(options.address);
  const settings = settingsFor(options, io, 'store');
  return withStore(settings, async (store) => {
    const found = await findPerson(store, address, io.stderr);
    const json = `${JSON.stringify(exported(address, found), undefined, 2)}\n`;
    if (options.out === undefined) {
      io.stdout.write(json);
      return 0;
    }
    const file = await openWholeFile(options.out);
    try {
      await file.write(once(json));
      await file.keep();
    } finally {
      await file.discard();
    }
    io.stderr.write(`${options.out}: ${counts(found)}.\n`);
    return 0;
  });
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

function exported(address: string, { cases, records, history, holds }: Found): object {
  return {
    address,
    at: systemClock.now(),
    records: records.map(({ before }) => before),
    history,
    holds,
    cases: cases.map(({ raw, ...kept }) => ({
      ...kept,
      ...(raw === undefined ? {} : { rawBase64: Buffer.from(raw).toString('base64') }),
    })),
  };
}

/** Exit status 1 where something of the person is still in hand, and was left. */
export async function privacyEraseCommand(
  options: PrivacyEraseOptions,
  io: CommandIo,
): Promise<number> {
  const address = askedAddress(options.address);
  const settings = settingsFor(options, io, 'store');
  return withStore(settings, async (store) => {
    const found = await findPerson(store, address, io.stderr);
    const finished = found.cases.filter(({ isFinished }) => isFinished);
    const open = found.cases.filter(({ isFinished }) => !isFinished);
    if (options.dryRun !== true)
      await erase(store, address, { ...found, cases: finished }, options);
    io.stdout.write(report(address, { ...found, cases: finished }, open, options.dryRun === true));
    return open.length === 0 ? 0 : 1;
  });
}

function erase(
  store: PrivacyStore,
  address: string,
  { cases, records }: Found,
  { by }: PrivacyEraseOptions,
): Promise<void> {
  return store.erasePerson({
    address,
    at: systemClock.now(),
    by: by ?? personLoggedIn(),
    caseIds: cases.map(({ caseId }) => caseId),
    records,
  });
}

function report(
  address: string,
  found: Found,
  open: readonly KeptCase[],
  isDryRun: boolean,
): string {
  const lines = [
    `${isDryRun ? 'Would be erased' : 'Erased'} of ${address}: ${counts(found)}.`,
    ...found.cases.map(({ caseId, receivedAt }) => `  case ${caseId}  ${receivedAt.toISOString()}`),
    ...found.records.map(({ before }) => `  contact of customer ${before.id}`),
    ...(open.length === 0
      ? []
      : [
          `Still in hand, and left as they are: run it again when they are finished.`,
          ...open.map(({ caseId }) => `  case ${caseId}`),
        ]),
    'Not touched: the mails in the mailbox itself, log files, exports and backups. The next import or sync brings a',
    'contact back that its source still names.',
  ];
  return `${lines.join('\n')}\n`;
}

function counts({ cases, records, history, holds }: Found): string {
  return [
    `${cases.length} case(s)`,
    `${records.length} record(s)`,
    `${history.length} line(s) of history`,
    `${holds.length} hold(s)`,
  ].join(', ');
}

function askedAddress(asked: string): string {
  const address = asked.trim();
  if (/^[^\s@<>,;]+@[^\s@<>,;]+$/.test(address)) return address;
  throw new ResponderError('USAGE', `“${asked}” is not one address such as ana@contoso.example.`);
}
