/**
 * Judges a desk after everything that happened to its workers: by what the sink accepted, what stands in the
 * ledger, and how the mails lie on the server.
 *
 * It knows nothing of the faults. What it says must hold whatever they were: every due mail answered exactly once
 * or visibly with the desk, none lost, none answered twice, and marks that tell the truth.
 */
import { simpleParser } from 'mailparser';
import { caseIdOf } from '../../src/core/parse.ts';
import type { Store, StoredCase, StoredMail } from '../../src/ports.ts';
import type { OpenedStore } from '../../src/store/open.ts';
import { type FaultDesk, keyword, mailboxName, reviewFolder } from './desk.ts';
import type { Letter } from './letters.ts';
import type { AcceptedMail } from './sink.ts';

/** Sentences, each about one mail or customer. */
export interface Verdict {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  /** What is neither, and not right either: a mark that says what is not so. */
  readonly wrong: readonly string[];
  readonly mails: number;
  readonly answered: number;
  /** Mails with the desk, by reason. */
  readonly reviews: ReadonlyMap<string, number>;
}

export interface Judged {
  readonly letter: Letter;
  readonly mail: StoredMail | undefined;
  readonly found: StoredCase | undefined;
  readonly places: readonly Place[];
}

/** What the sink accepted, as whoever gets it reads it. */
export interface ReadReply {
  /** Of the envelope. */
  readonly to: string;
  readonly messageId: string;
  /** Addresses of its To field. */
  readonly addressees: readonly string[];
  readonly inReplyTo?: string;
  /** Whom its subject and its text are about. */
  readonly customers: readonly string[];
}

/** Where a copy of a mail lies on the server. */
export interface Place {
  readonly folder: string;
  readonly flags: readonly string[];
}

interface Findings {
  readonly lost: string[];
  readonly doubled: string[];
  readonly wrong: string[];
}

export async function judge(desk: FaultDesk): Promise<Verdict> {
  const places = await placesOf(desk);
  const replies = await Promise.all(desk.sink.accepted.map(readReply));
  const opened = await desk.openStore();
  try {
    const judged: Judged[] = [];
    for (const letter of desk.letters) judged.push(await lookUp(opened.store, letter, places));
    const verdict = weigh(judged, replies);
    const strange = [...strangeOnServer(desk, places), ...(await strangeInLedger(desk, opened))];
    return { ...verdict, wrong: [...verdict.wrong, ...strange] };
  } finally {
    await opened.store.close();
  }
}

/** As a mail program reads it, which decodes what is encoded. */
export async function readReply({ to, messageId, raw }: AcceptedMail): Promise<ReadReply> {
  const { subject = '', text = '', html, inReplyTo, to: field } = await simpleParser(raw);
  const addressees = [field ?? []].flat().flatMap(({ value }) => value.map((one) => one.address));
  const words = [subject, text, html === false ? '' : html].join('\n');
  return {
    to,
    messageId,
    addressees: addressees.map((address) => address ?? ''),
    ...(inReplyTo === undefined ? {} : { inReplyTo }),
    customers: [...new Set(words.match(/\bcustomer-\d+\b/g))],
  };
}

/** A mail that somebody has put there besides us would be no letter. */
function strangeOnServer(
  { letters }: FaultDesk,
  places: ReadonlyMap<string, readonly Place[]>,
): readonly string[] {
  const known = new Set(letters.map(({ messageId }) => messageId));
  const strange = [...places.keys()].filter((messageId) => !known.has(messageId));
  return strange.map((messageId) => `${messageId}: lies on the server, and nobody sent it`);
}

/** One mail that is taken in twice under two names could be answered twice. */
async function strangeInLedger(
  { letters }: FaultDesk,
  { pool }: Pick<OpenedStore, 'pool'>,
): Promise<readonly string[]> {
  const { rows } = await pool.query<{ case_id: string; message_id: string | null }>(
    'select case_id, message_id from mails',
  );
  const known = new Set(letters.map(({ raw }) => caseIdOf(mailboxName, raw)));
  const strange = rows.filter((row) => !known.has(row.case_id));
  return strange.map(
    ({ case_id: caseId, message_id: id }) => `${id}: stands in the ledger once more, as ${caseId}`,
  );
}

async function lookUp(
  store: Store,
  letter: Letter,
  places: ReadonlyMap<string, readonly Place[]>,
): Promise<Judged> {
  const caseId = caseIdOf(mailboxName, letter.raw);
  return {
    letter,
    mail: await store.findMail(caseId),
    found: await store.findCase(caseId),
    places: places.get(letter.messageId) ?? [],
  };
}

/** By Message-ID, in both folders. */
export async function placesOf({
  dovecot,
}: FaultDesk): Promise<ReadonlyMap<string, readonly Place[]>> {
  const places = new Map<string, Place[]>();
  const client = await dovecot.connect();
  try {
    for (const folder of ['INBOX', reviewFolder]) {
      const isThere = (await client.list()).some(({ path }) => path === folder);
      if (!isThere) continue;
      const { exists } = await client.mailboxOpen(folder, { readOnly: true });
      if (exists === 0) continue;
      for (const row of await client.fetchAll('1:*', { flags: true, envelope: true })) {
        const id = row.envelope?.messageId ?? '';
        const flags = [...(row.flags ?? [])].filter((flag) => flag !== '\\Recent');
        places.set(id, [...(places.get(id) ?? []), { folder, flags: flags.sort() }]);
      }
    }
  } finally {
    await client.logout();
  }
  return places;
}

export function weigh(judged: readonly Judged[], accepted: readonly ReadReply[]): Verdict {
  const findings: Findings = { lost: [], doubled: [], wrong: [] };
  const byMessageId = Map.groupBy(accepted, ({ messageId }) => messageId);
  const known = new Set<string>();
  for (const one of judged) {
    const messageId = one.found?.reply?.content.messageId;
    if (messageId !== undefined) known.add(messageId);
    judgeLedger(one, findings);
    const replies = byMessageId.get(messageId ?? '') ?? [];
    judgeReply(one, replies.length, findings);
    for (const reply of replies) judgeWords(one.letter, reply, findings);
    judgeMarks(one, findings);
  }
  for (const { messageId, to } of accepted)
    if (!known.has(messageId))
      findings.wrong.push(`${to}: got ${messageId}, of which no case knows`);
  judgeCustomers(judged, accepted, findings);
  return { ...findings, ...countsOf(judged, accepted) };
}

function countsOf(
  judged: readonly Judged[],
  accepted: readonly ReadReply[],
): Pick<Verdict, 'mails' | 'answered' | 'reviews'> {
  const reviews = new Map<string, number>();
  for (const { found } of judged)
    if (found?.action === 'review') reviews.set(found.reason, (reviews.get(found.reason) ?? 0) + 1);
  return { mails: judged.length, answered: accepted.length, reviews };
}

function judgeLedger({ letter, mail, places }: Judged, { lost, wrong }: Findings): void {
  const about = `${letter.messageId} (${letter.kind})`;
  if (mail === undefined) lost.push(`${about}: is not in the ledger`);
  else if (mail.state !== 'finished') lost.push(`${about}: was left ${mail.state}`);
  if (places.length === 0) lost.push(`${about}: is gone from the server`);
  if (places.length > 1) wrong.push(`${about}: lies on the server ${places.length} times`);
}

/** What the ledger says of the reply of one mail, and what the sink accepted of it. */
function judgeReply(
  { letter, found }: Judged,
  accepted: number,
  { lost, doubled, wrong }: Findings,
): void {
  const about = `${letter.messageId} (${letter.kind})`;
  const state = found?.reply?.state;
  if (accepted > 1) doubled.push(`${about}: its reply was accepted ${accepted} times`);
  if (state === 'pending' || state === 'sending')
    lost.push(`${about}: its reply was left ${state}`);
  if (state === 'sent' && accepted === 0) lost.push(`${about}: said to be sent, and it was not`);
  if ((state === 'rejected' || state === 'withdrawn') && accepted > 0)
    wrong.push(`${about}: said to be ${state}, and it was sent`);
  const isAnswerable = letter.kind === 'first' || letter.kind === 'again';
  if (accepted > 0 && !isAnswerable && letter.kind !== 'colleague')
    wrong.push(`${about}: was answered`);
  if (letter.kind === 'forged' && found?.action !== 'review')
    lost.push(`${about}: is not with the desk`);
}

/** It answers this mail, reaches its author and nobody else, and is about their own organisation. */
function judgeWords(letter: Letter, reply: ReadReply, { wrong }: Findings): void {
  const about = `${letter.messageId} (${letter.kind})`;
  const { to, addressees, inReplyTo, customers } = reply;
  if ([to, ...addressees].some((address) => address !== letter.from) || addressees.length !== 1)
    wrong.push(`${about}: its answer went to ${to}, and names ${addressees.join(', ')}`);
  if (inReplyTo !== letter.messageId) wrong.push(`${about}: its answer is one to ${inReplyTo}`);
  if (customers.length !== 1 || customers[0] !== letter.customer)
    wrong.push(`${about}: its answer is about ${customers.join(', ') || 'nobody'}`);
}

/**
 * Why a case for the desk may lie where it was, which its evidence says: the answer that it repeats turned out to be
 * in doubt when it was done with, or its mark was given up, since the process died three times over it.
 */
const unfiledCodes: readonly string[] = ['answer-in-doubt', 'mark-failed'];

/** Marks on the server: \Answered and the keyword where the reply is known to be sent, and nothing else ever. */
function judgeMarks({ letter, found, places }: Judged, { wrong }: Findings): void {
  const about = `${letter.messageId} (${letter.kind})`;
  const isSent = found?.reply?.state === 'sent';
  // A reply that was held for unconfirmed when its mail was marked, or whose mark was given up: the desk has both.
  const isWithDesk = found?.action === 'review';
  const isExcused = found?.decision.evidence.some(({ code }) => unfiledCodes.includes(code));
  for (const { folder, flags } of places) {
    const text = flags.join(' ');
    const marked = [keyword, '\\Answered'].sort().join(' ');
    if (isSent ? text !== marked && !(isWithDesk && text === '') : text !== '')
      wrong.push(`${about}: reply ${found?.reply?.state ?? 'none'}, and its flags are “${text}”`);
    if ((folder === reviewFolder) !== isWithDesk && !isSent && !isExcused)
      wrong.push(`${about}: ${found?.reason ?? 'ignored'}, and it lies in ${folder}`);
  }
}

/** One customer, one state of its record, one reply. */
function judgeCustomers(
  judged: readonly Judged[],
  accepted: readonly ReadReply[],
  { lost, doubled }: Findings,
): void {
  const byDomain = Map.groupBy(accepted, ({ to }) => to.split('@')[1] ?? '');
  for (const [customer, mails] of Map.groupBy(judged, ({ letter }) => letter.customer)) {
    if (customer === undefined) continue;
    const replies = byDomain.get(`${customer}.example`)?.length ?? 0;
    if (replies > 1) doubled.push(`${customer}: got ${replies} replies`);
    const isWithDesk = mails.some(
      ({ letter, found }) => letter.kind !== 'forged' && found?.action === 'review',
    );
    if (replies === 0 && !isWithDesk)
      lost.push(`${customer}: got no reply, and the desk knows nothing of it`);
  }
}
