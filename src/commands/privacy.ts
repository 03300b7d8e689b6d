/**
 * `privacy export ADDRESS` and `privacy erase ADDRESS`: what is kept about a person, and forgetting it.
 *
 * What keeps anybody from being answered twice stays, and names nobody. Mails in the mailbox, exports, backups and
 * log files are not the store's to change; the command says so.
 */
import { onlyContact } from '../core/person.ts';
import { systemClock } from '../edges/clock.ts';
import { ResponderError } from '../errors.ts';
import type { PrivacyStore } from '../ports/privacy.ts';
import type { Store } from '../ports.ts';
import { settingsFor } from './command-settings.ts';
import { openWholeFile } from './export-file.ts';
import type { CommandIo } from './io.ts';
import { personLoggedIn } from './person.ts';
import { type Found, type FoundCase, findPerson } from './privacy-find.ts';
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
    const texts = exported(store, address, found);
    if (options.out === undefined) {
      for await (const text of texts) io.stdout.write(text);
      return 0;
    }
    const file = await openWholeFile(options.out);
    try {
      await file.write(texts);
      await file.keep();
    } finally {
      await file.discard();
    }
    io.stderr.write(`${options.out}: ${counts(found)}.\n`);
    return 0;
  });
}

type ReadingStore = PrivacyStore & Pick<Store, 'findCase' | 'findMail'>;

/** One case after the other: together they may be larger than a text can be. */
async function* exported(
  store: ReadingStore,
  address: string,
  { cases, records, history, holds, notes, audit }: Found,
): AsyncGenerator<string> {
  const head = {
    address,
    at: systemClock.now(),
    records: records.map((record) => onlyContact(record, address)),
    history,
    holds,
    notes,
    audit,
  };
  yield `${JSON.stringify(head, undefined, 2).slice(0, -2)},\n  "cases": [`;
  let isFirst = true;
  for (const one of cases) {
    const json = JSON.stringify(await exportedCase(store, one), undefined, 2);
    yield `${isFirst ? '' : ','}\n${json.replace(/^/gm, '    ')}`;
    isFirst = false;
  }
  yield `${isFirst ? '' : '\n  '}]\n}\n`;
}

/** Of a case that names the person only by the record nothing is theirs: it is somebody else's mail. */
async function exportedCase(store: ReadingStore, found: FoundCase): Promise<object> {
  if (found.naming === 'record') return found;
  const stored = await store.findCase(found.caseId);
  const raw = (await store.findMail(found.caseId))?.raw;
  return {
    ...found,
    ...(stored === undefined ? {} : { stored }),
    ...(raw === undefined ? {} : { rawBase64: Buffer.from(raw).toString('base64') }),
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
    return open.length === 0 && found.namedOtherwise.length === 0 ? 0 : 1;
  });
}

function erase(
  store: PrivacyStore,
  address: string,
  { cases }: Found,
  { by }: PrivacyEraseOptions,
): Promise<void> {
  return store.erasePerson({
    address,
    at: systemClock.now(),
    by: by ?? personLoggedIn(),
    caseIds: idsOf(cases, 'contents'),
    recordCaseIds: idsOf(cases, 'record'),
  });
}

function idsOf(cases: readonly FoundCase[], naming: FoundCase['naming']): readonly string[] {
  return cases.filter((one) => one.naming === naming).map(({ caseId }) => caseId);
}

function report(
  address: string,
  found: Found,
  open: readonly FoundCase[],
  isDryRun: boolean,
): string {
  const lines = [
    `${isDryRun ? 'Would be erased' : 'Erased'} of ${address}: ${counts(found)}.`,
    ...found.cases.map(
      ({ caseId, receivedAt, naming }) =>
        `  case ${caseId}  ${receivedAt.toISOString()}${naming === 'record' ? '  in its record only' : ''}`,
    ),
    ...found.records.map(({ id }) => `  contact of customer ${id}`),
    ...found.namedOtherwise.map(
      (id) =>
        `Still named in the record of customer ${id}, not as a contact: change it at its source.`,
    ),
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

function counts({ cases, records, history, holds, notes, audit }: Found): string {
  return [
    `${cases.length} case(s)`,
    `${records.length} record(s)`,
    `${history.length} line(s) of history`,
    `${holds.length} hold(s)`,
    `${notes.length} note(s)`,
    `${audit.length} line(s) of the audit log`,
  ].join(', ');
}

function askedAddress(asked: string): string {
  const address = asked.trim();
  if (/^[^\s@<>,;]+@[^\s@<>,;]+$/.test(address)) return address;
  throw new ResponderError('USAGE', `“${asked}” is not one address such as ana@contoso.example.`);
}
