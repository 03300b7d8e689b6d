/**
 * The checks of `doctor`, one function each: what was found, and the mend where something is wrong.
 */
import { statSync } from 'node:fs';
import { domainOf } from '../core/address.ts';
import { formatProblem } from '../core/template.ts';
import { loadContacts } from '../edges/contacts.ts';
import {
  type DkimSettings,
  dkimRecordName,
  dkimRecordText,
  dkimZoneLine,
} from '../edges/dkim-key.ts';
import { checkDkimRecord, type TxtLookup } from '../edges/dkim-record.ts';
import { openJobs } from '../edges/jobs.ts';
import { loadNotices } from '../edges/notices.ts';
import type { Settings } from '../edges/settings.ts';
import { ResponderError } from '../errors.ts';
import type { Clock, Hold, Log, Resolver } from '../ports.ts';
import type { OpenedStore } from '../store/open.ts';
import { type Knowledge, loadKnowledge, loadTemplateSet } from './knowledge.ts';
import { checkForAll, templateFolders } from './template-keepers.ts';

export interface Finding {
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do; for `warn` and `fail`. */
  readonly mends?: readonly string[];
}

/** An operational error as a finding. A programmer's error goes on its way. */
export function failed(error: unknown): Finding {
  if (!(error instanceof ResponderError)) throw error;
  return { verdict: 'fail', detail: error.message, mends: [...error.details, error.hint] };
}

const exampleName = 'Fabrikam Cloud';

export function checkSettings(settings: Settings): Finding {
  const mends = [...settings.warnings];
  if (
    settings.partner.name === exampleName &&
    // Where every mailbox has a name of its own, nobody reads that of the top.
    !(settings.mailboxes.length > 0 && settings.mailboxes.every((own) => own.partner?.name))
  ) {
    mends.push('partner.name: still that of the example; put in the name your customers know');
  }
  const modes = settings.mailboxes.flatMap(({ name, mode }) =>
    mode === undefined || mode === settings.mode ? [] : [` (${name}: ${mode})`],
  );
  const detail = `${settings.file}, mode ${settings.mode}${modes.join('')}, ${counted(settings.mailboxes, 'mailbox', 'mailboxes')}`;
  return mends.length === 0 ? { verdict: 'ok', detail } : { verdict: 'warn', detail, mends };
}

function counted(items: readonly unknown[], one: string, many: string): string {
  return `${items.length} ${items.length === 1 ? one : many}`;
}

export function checkNotices(settings: Settings): Finding {
  const { families } = loadNotices(settings.noticesFile);
  const answered = families.filter((family) => family.action === 'reply');
  const detail = `${settings.noticesFile}, ${counted(families, 'family', 'families')}, ${answered.length} answered`;
  return answered.length > 0
    ? { verdict: 'ok', detail }
    : { verdict: 'warn', detail, mends: ['No family has the action reply: nothing is answered.'] };
}

/** Microsoft changes its numbers and links now and then. */
const contactsDaysMax = 365;

export async function checkContacts(settings: Settings, clock: Clock): Promise<Finding> {
  const { asOf, phones, source } = await loadContacts(settings.contactsFile);
  const ageDays = (clock.now().getTime() - Date.parse(asOf)) / 86_400_000;
  const detail = `${settings.contactsFile}, ${counted(Object.keys(phones), 'country', 'countries')}, as of ${asOf}`;
  return ageDays <= contactsDaysMax
    ? { verdict: 'ok', detail }
    : {
        verdict: 'warn',
        detail,
        mends: [`Compare numbers and links with ${source}, and set asOf to the day you did.`],
      };
}

/** What `templates check` says, shortened: of every folder that a mailbox has its templates in. */
export async function checkTemplatesOf(settings: Settings): Promise<Finding> {
  const folders = templateFolders(settings, await loadKnowledge(settings));
  const findings: Finding[] = [];
  for (const [folder, users] of folders) findings.push(await checkTemplatesIn(folder, users));
  const mends = findings.flatMap((finding) => finding.mends ?? []);
  return {
    verdict: findings.some(({ verdict }) => verdict === 'fail') ? 'fail' : 'ok',
    detail: findings.map(({ detail }) => detail).join('; '),
    ...(mends.length === 0 ? {} : { mends }),
  };
}

async function checkTemplatesIn(folder: string, users: readonly Knowledge[]): Promise<Finding> {
  const set = await loadTemplateSet(folder);
  const problems = checkForAll(set, users);
  const locales = [...new Set([...set.templates.values()].map(({ locale }) => locale))].sort();
  if (problems.length === 0) {
    return { verdict: 'ok', detail: `${folder}, ${set.templates.size} in ${locales.join(', ')}` };
  }
  return {
    verdict: 'fail',
    detail: `${folder}, ${counted(problems, 'problem', 'problems')}`,
    mends: [
      ...problems.slice(0, problemsShownMax).map(formatProblem),
      '`templates check` shows them all.',
    ],
  };
}

const problemsShownMax = 5;

/**
 * A clock that is behind the settings file's own time is certainly wrong. Whether it is exact cannot be
 * told without asking others; limits and dates of replies need it right to the minute.
 */
export function checkClock(settings: Settings, clock: Clock): Finding {
  const now = clock.now();
  const written = statSync(settings.file).mtime;
  const detail = `${now.toISOString()}, time zone ${settings.timeZone}`;
  return now < written
    ? {
        verdict: 'fail',
        detail: `${detail}, but the settings file is from ${written.toISOString()}`,
        mends: ['Set the clock of this machine, and let NTP keep it.'],
      }
    : { verdict: 'ok', detail };
}

export async function checkStore(opened: Promise<OpenedStore>): Promise<Finding> {
  try {
    const { store } = await opened;
    const [{ server, schemaVersion }, customers] = await Promise.all([
      store.check(),
      store.countCustomers(),
    ]);
    const detail = `${server}, schema ${schemaVersion}, ${customers} customers`;
    return customers > 0
      ? { verdict: 'ok', detail }
      : { verdict: 'warn', detail, mends: ['Import the customers: import FILE.csv'] };
  } catch (error) {
    return isInUse(error) ? { ...failed(error), verdict: 'warn' } : failed(error);
  }
}

/** What keeps replies from going out until a person releases it. */
export async function checkHolds(opened: Promise<OpenedStore>): Promise<Finding> {
  try {
    const holds = await (await opened).store.listHolds();
    if (holds.length === 0) return { verdict: 'ok', detail: 'nothing is held back' };
    const paused = holds.filter(({ kind }) => kind === 'mailbox');
    const returned = holds.filter(({ kind }) => kind === 'address');
    const detail = [
      ...(paused.length === 0 ? [] : [`sending is paused: ${namesOf(paused)}`]),
      ...(returned.length === 0
        ? []
        : [`${counted(returned, 'address', 'addresses')} gave mail back`]),
    ].join('; ');
    const mends = ['`holds` says why; `holds --release NAME` ends it once the cause is known.'];
    return { verdict: paused.length === 0 ? 'warn' : 'fail', detail, mends };
  } catch (error) {
    const verdict = isInUse(error) ? 'warn' : 'fail';
    return { ...failed(error), verdict, detail: 'they stand in the store, which cannot be opened' };
  }
}

/** Edits that a running worker refused: on another machine its folder may be another one. */
export async function checkTemplatesInUse(opened: Promise<OpenedStore>): Promise<Finding> {
  try {
    const refusals = await (await opened).store.listTemplateRefusals();
    if (refusals.length === 0) return { verdict: 'ok', detail: 'no edit was refused' };
    const places = refusals.map(({ place, at }) => `${place} since ${at.toISOString()}`);
    return {
      verdict: 'warn',
      detail: `edits are not in use: ${places.join(', ')}`,
      mends: refusals.flatMap(({ problems }) => problems.slice(0, problemsShownMax)),
    };
  } catch (error) {
    const verdict = isInUse(error) ? 'warn' : 'fail';
    return { ...failed(error), verdict, detail: 'it stands in the store, which cannot be opened' };
  }
}

function namesOf(holds: readonly Hold[]): string {
  return holds.map(({ name, at }) => `${name} since ${at.toISOString()}`).join(', ');
}

/** The embedded store is open in one process only: while the service runs, that is the service. */
export function isInUse(error: unknown): boolean {
  return error instanceof ResponderError && error.code === 'STORE_IN_USE';
}

export async function checkQueue(
  settings: Settings,
  opened: Promise<OpenedStore>,
  log: Log,
): Promise<Finding> {
  const { redisUrl } = settings.queue;
  if (redisUrl !== undefined) {
    const jobs = await openJobs({ redisUrl, log });
    await jobs.close();
    return { verdict: 'ok', detail: `Redis at ${new URL(redisUrl).host}` };
  }
  let store: OpenedStore;
  try {
    store = await opened;
  } catch (error) {
    const verdict = isInUse(error) ? 'warn' : 'fail';
    return { ...failed(error), verdict, detail: 'it lies in the store, which cannot be opened' };
  }
  const jobs = await openJobs({ pool: store.pool, log });
  await jobs.close();
  const place =
    settings.work.threads === 0 ? 'in the store' : 'in the process, rebuilt from the store';
  return { verdict: 'ok', detail: place };
}

/**
 * Whether DNS answers at all, asked for the domain that the replies come from. An answer that there is no such
 * record is one too.
 */
export async function checkDns(from: string, resolver: Resolver): Promise<Finding> {
  const name = domainOf(from);
  const answer = await resolver.resolve(name, 'MX');
  switch (answer.kind) {
    case 'found':
      return { verdict: 'ok', detail: `answers for ${name}: mail goes to ${answer.records[0]}` };
    case 'absent':
      return { verdict: 'ok', detail: `answers, and knows no MX record of ${name}` };
    case 'temporary':
    case 'unasked':
      return {
        verdict: 'fail',
        detail: `gives no answer for ${name}${answer.kind === 'temporary' ? ` (${answer.why})` : ''}`,
        mends: [
          'Let this machine reach its DNS servers on port 53, over UDP and TCP, or name others in verification.servers.',
          'Until then signatures count as temperror: set verification.dns to false to go by the receiving host alone.',
        ],
      };
  }
}

/** Whether receivers can check the signatures of our replies. */
export async function checkDkim(dkim: DkimSettings, lookup: TxtLookup): Promise<Finding> {
  const { verdict, detail: found } = await checkDkimRecord(dkim, lookup);
  const detail = `${dkimRecordName(dkim)} ${found}`;
  switch (verdict) {
    case 'ok':
      return { verdict: 'ok', detail };
    case 'testing':
      return {
        verdict: 'warn',
        detail,
        mends: ['Take t=y out of the record once replies arrive.'],
      };
    case 'unreachable':
      return { verdict: 'warn', detail, mends: ['Check that this machine reaches DNS.'] };
    case 'wrong':
      return {
        verdict: 'fail',
        detail,
        mends: [
          `Publish this TXT record at ${dkimRecordName(dkim)}: ${dkimRecordText(dkim)}`,
          `The same as a line of a zone file: ${dkimZoneLine(dkim)}`,
        ],
      };
  }
}
