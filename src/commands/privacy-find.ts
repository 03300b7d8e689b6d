/**
 * Finds everything that is kept about a person, by the address.
 *
 * Raw mails are read as their readers would see them, since an address may stand in an encoded body. That takes some
 * milliseconds a mail, and is shown.
 */
import type { Customer } from '../core/customer.ts';
import type { Mail } from '../core/mail.ts';
import { parseMail } from '../core/parse.ts';
import { names, namesAnywhere, namingOf, withoutContact } from '../core/person.ts';
import type { AuditEntry } from '../ports/audit.ts';
import type { DeskNote, KeptCase, PrivacyStore } from '../ports/privacy.ts';
import type { HistoryEntry } from '../ports/records.ts';
import type { Hold } from '../ports.ts';
import { showProgress } from './evaluate-progress.ts';
import type { Output } from './io.ts';

/** A case, without its contents: there may be many, and their mails be large. */
export interface FoundCase {
  readonly caseId: string;
  readonly mailbox: string;
  readonly receivedAt: Date;
  readonly isFinished: boolean;
  /** `record`: only the record that it was decided by names the person. */
  readonly naming: 'contents' | 'record';
}

export interface Found {
  readonly cases: readonly FoundCase[];
  /** Records that have the person as a contact or account manager. */
  readonly records: readonly Customer[];
  /** Ids of those that name the address elsewhere too, as in the name of the customer. */
  readonly namedOtherwise: readonly string[];
  readonly history: readonly HistoryEntry[];
  readonly holds: readonly Hold[];
  readonly notes: readonly DeskNote[];
  readonly audit: readonly AuditEntry[];
}

export async function findPerson(
  store: PrivacyStore,
  address: string,
  stderr: Output,
): Promise<Found> {
  return {
    cases: await findCases(store, address, stderr),
    ...(await findRecords(store, address)),
    history: (await store.listHistoryNaming(address)).filter(({ fields }) =>
      fields.some(({ before, after }) => names(before, address) || names(after, address)),
    ),
    holds: await store.listHoldsNaming(address),
    notes: await store.listNotesNaming(address),
    audit: await store.listAuditNaming(address),
  };
}

async function findCases(
  store: PrivacyStore,
  address: string,
  stderr: Output,
): Promise<readonly FoundCase[]> {
  const progress = showProgress(stderr, await store.countKeptCases());
  const found: FoundCase[] = [];
  for await (const kept of store.eachKeptCase()) {
    const { caseId, mailbox, receivedAt, isFinished } = kept;
    const naming = await namingOfKept(kept, address);
    if (naming !== undefined) found.push({ caseId, mailbox, receivedAt, isFinished, naming });
    progress.add(1);
  }
  progress.end();
  return found;
}

async function namingOfKept(
  { stored, raw }: KeptCase,
  address: string,
): Promise<FoundCase['naming'] | undefined> {
  const naming = stored === undefined ? undefined : namingOf(stored, address);
  if (naming === 'contents' || raw === undefined) return naming;
  return (await isNamedIn(raw, address)) ? 'contents' : naming;
}

async function isNamedIn(raw: Uint8Array, address: string): Promise<boolean> {
  // Fields may hold UTF-8, addresses too.
  const text = Buffer.from(raw).toString('utf8');
  if (names(text, address)) return true;
  if (!/base64|quoted-printable|=\?/i.test(text)) return false;
  return textsOf(await parseMail(raw)).some((part) => names(part, address));
}

function textsOf(mail: Mail): readonly string[] {
  const { subject, text, html, from, to, cc, replyTo } = mail;
  return [
    subject,
    text ?? '',
    html ?? '',
    ...[...from, ...to, ...cc, ...replyTo].flatMap((one) => [one.address, one.name ?? '']),
    ...mail.fields.map(({ value }) => value),
    ...(mail.reportParts ?? []).map((part) => part.text),
    ...mail.attachedMails.flatMap(textsOf),
  ];
}

async function findRecords(
  store: PrivacyStore,
  address: string,
): Promise<Pick<Found, 'records' | 'namedOtherwise'>> {
  const records: Customer[] = [];
  const namedOtherwise: string[] = [];
  for await (const record of store.eachRecordNaming(address)) {
    const without = withoutContact(record, address);
    if (without !== undefined) records.push(record);
    if (namesAnywhere(without ?? record, address)) namedOtherwise.push(record.id);
  }
  return { records, namedOtherwise };
}
