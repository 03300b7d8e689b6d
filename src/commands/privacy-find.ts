/**
 * Finds everything that is kept about a person, by the address.
 *
 * Raw mails are read as their readers would see them, since an address may stand in an encoded body. That takes some
 * milliseconds a mail, and is shown.
 */
import type { Customer } from '../core/customer.ts';
import type { Mail } from '../core/mail.ts';
import { parseMail } from '../core/parse.ts';
import { names, withoutContact } from '../core/person.ts';
import type { KeptCase, PrivacyStore } from '../ports/privacy.ts';
import type { HistoryEntry } from '../ports/records.ts';
import type { Hold } from '../ports.ts';
import { showProgress } from './evaluate-progress.ts';
import type { Output } from './io.ts';

export interface Found {
  readonly cases: readonly KeptCase[];
  /** Records with the person, and as they are without. */
  readonly records: readonly { readonly before: Customer; readonly after: Customer }[];
  readonly history: readonly HistoryEntry[];
  readonly holds: readonly Hold[];
}

export async function findPerson(
  store: PrivacyStore,
  address: string,
  stderr: Output,
): Promise<Found> {
  return {
    cases: await findCases(store, address, stderr),
    records: await findRecords(store, address),
    history: (await store.listHistoryNaming(address)).filter(({ fields }) =>
      fields.some(({ before, after }) => names(before, address) || names(after, address)),
    ),
    holds: await store.listHoldsNaming(address),
  };
}

async function findCases(
  store: PrivacyStore,
  address: string,
  stderr: Output,
): Promise<readonly KeptCase[]> {
  const progress = showProgress(stderr, await store.countKeptCases());
  const found: KeptCase[] = [];
  for await (const kept of store.eachKeptCase()) {
    if (await isAbout(kept, address)) found.push(kept);
    progress.add(1);
  }
  progress.end();
  return found;
}

async function isAbout({ stored, raw }: KeptCase, address: string): Promise<boolean> {
  if (stored !== undefined && names(JSON.stringify(stored), address)) return true;
  if (raw === undefined) return false;
  const octets = Buffer.from(raw).toString('latin1');
  if (names(octets, address)) return true;
  if (!/base64|quoted-printable|=\?/i.test(octets)) return false;
  return textsOf(await parseMail(raw)).some((text) => names(text, address));
}

function textsOf(mail: Mail): readonly string[] {
  const { subject, text, html, from, to, cc, replyTo } = mail;
  return [
    subject,
    text ?? '',
    html ?? '',
    ...[...from, ...to, ...cc, ...replyTo].map((one) => one.address),
    ...(mail.reportParts ?? []).map((part) => part.text),
    ...mail.attachedMails.flatMap(textsOf),
  ];
}

async function findRecords(store: PrivacyStore, address: string): Promise<Found['records']> {
  const found = [];
  for await (const before of store.eachRecordNaming(address)) {
    const after = withoutContact(before, address);
    if (after !== undefined) found.push({ before, after });
  }
  return found;
}
