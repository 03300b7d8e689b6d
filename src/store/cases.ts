/**
 * Cases: what was decided about a mail, saved once, read back, and turned over to the desk.
 *
 * A decision is saved in one transaction with its reply, and only for a mail that has none yet. The
 * unique reply key is the last guard against a second reply: no earlier check can replace it.
 */
import assert from 'node:assert';
import { type Selectable, sql } from 'kysely';
import type { Customer } from '../core/customer.ts';
import type { Decision } from '../core/decision.ts';
import type { CaseRecord, StoredCase } from '../ports.ts';
import { saveBounce } from './bounces.ts';
import { findFollowUps } from './follow-ups.ts';
import { holdsOn, placeHold } from './holds.ts';
import { cleanOrNull, cleanText, reviveDecision, toJson } from './json.ts';
import { findLocations } from './mails.ts';
import { countReplies } from './reply-history.ts';
import type { Database, DatabaseTransaction, Schema } from './schema.ts';
import { keepTemplateVersion } from './template-versions.ts';

export type SaveOutcome = 'saved' | 'already-decided' | 'outrun';

/** A mail that we begin ourselves matched nobody: its plan says whom it is for. */
export function customerOf(decision: Decision): Customer | undefined {
  if (decision.match !== undefined) return decision.match.customer;
  return decision.action === 'reply' ? decision.plan.customer : undefined;
}

export async function insertCase(trx: DatabaseTransaction, record: CaseRecord): Promise<void> {
  const { decision } = record;
  await trx
    .insertInto('cases')
    .values({
      case_id: record.caseId,
      mailbox: record.mailbox,
      message_id: cleanOrNull(record.messageId),
      subject: cleanText(record.subject),
      action: decision.action,
      reason: decision.reason,
      scenario: decision.scenario ?? null,
      customer_id: cleanOrNull(customerOf(decision)?.id),
      decision: toJson(decision),
      proposal: record.proposal === undefined ? null : toJson(record.proposal),
      decided_at: record.decidedAt,
      related_case_id: cleanOrNull(decision.relatedCaseId),
    })
    .execute();
}

/**
 * Whether the reply still may go: whoever saves one to the same people, or from the same mailbox, waits for
 * the others and counts what they saved. The locks end with the transaction, and are taken in one order.
 */
export async function isStillAllowed(
  trx: DatabaseTransaction,
  { mailbox, decidedAt: now }: CaseRecord,
  { allowance, content }: NonNullable<CaseRecord['reply']>,
): Promise<boolean> {
  const { domain } = allowance;
  await lock(trx, `to ${cleanText(domain)}`);
  await lock(trx, `from ${mailbox}`);
  const { address } = content.to;
  if ((await holdsOn(trx, { mailbox, address })).length > 0) return false;
  const counts = await countReplies(trx, { mailbox, address, domain, now });
  return (
    counts.toAddressLastDay <= allowance.toAddressLastDay &&
    counts.toDomainLastHour <= allowance.toDomainLastHour &&
    counts.fromMailboxLastHour <= allowance.fromMailboxLastHour
  );
}

/** Whether the mailbox, which is locked, still sends too much: a person may have released it meanwhile. */
async function isStillTooMuch(
  trx: DatabaseTransaction,
  { mailbox, decidedAt: now }: CaseRecord,
  pause: NonNullable<CaseRecord['pause']>,
): Promise<boolean> {
  const nobody = { address: '', domain: '' };
  const { fromMailboxLastHour } = await countReplies(trx, { mailbox, ...nobody, now });
  return fromMailboxLastHour >= pause.fromMailboxLastHour;
}

async function lock(trx: DatabaseTransaction, name: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(trx);
}

/** What a decision changes beside its own case. */
async function saveConsequences(trx: DatabaseTransaction, record: CaseRecord): Promise<void> {
  const { caseId, mailbox, decidedAt: at, decision, pause } = record;
  if (pause !== undefined)
    await placeHold(trx, { kind: 'mailbox', name: mailbox, at, detail: pause.detail, caseId });
  if (decision.bounce !== undefined) await saveBounce(trx, decision.bounce, { caseId, at });
}

/** Saves a decision that changes more than its own case: it pauses a mailbox, or says what became of a reply. */
export async function saveWithConsequences(db: Database, record: CaseRecord): Promise<SaveOutcome> {
  const { caseId, decision, mailbox, pause } = record;
  assert(record.reply === undefined, 'such a decision sends nothing');
  return db.transaction().execute(async (trx) => {
    // Before the mail: whoever saves replies locks in this order.
    if (pause !== undefined) await lock(trx, `from ${mailbox}`);
    const mail = await trx
      .selectFrom('mails')
      .select('state')
      .where('case_id', '=', caseId)
      .forNoKeyUpdate()
      .executeTakeFirst();
    assert(mail !== undefined, `a decision about a mail that was never taken in: ${caseId}`);
    if (mail.state !== 'accepted') return 'already-decided';
    if (pause !== undefined && !(await isStillTooMuch(trx, record, pause))) return 'outrun';
    const isIgnored = decision.action === 'ignore';
    if (!isIgnored) await insertCase(trx, record);
    if (record.template !== undefined)
      await keepTemplateVersion(trx, record.template, record.decidedAt);
    await saveConsequences(trx, record);
    await trx
      .updateTable('mails')
      .set({
        state: isIgnored ? 'finished' : 'decided',
        reason: decision.reason,
        decided_at: record.decidedAt,
        ...(isIgnored ? { raw: null } : {}),
      })
      .where('case_id', '=', caseId)
      .execute();
    return 'saved';
  });
}

type MailLine = Pick<Selectable<Schema['mails']>, 'received_at' | 'state'>;

function storedCase(
  row: Selectable<Schema['cases']>,
  mail: MailLine,
  reply: Selectable<Schema['replies']> | undefined,
  more: Pick<StoredCase, 'locations' | 'followUps' | 'followUp'>,
): StoredCase {
  return {
    caseId: row.case_id,
    mailbox: row.mailbox,
    ...(row.message_id === null ? {} : { messageId: row.message_id }),
    subject: row.subject,
    action: row.action,
    reason: row.reason,
    ...(row.scenario === null ? {} : { scenario: row.scenario }),
    ...(row.customer_id === null ? {} : { customerId: row.customer_id }),
    decision: reviveDecision(row.decision),
    decidedAt: row.decided_at,
    receivedAt: mail.received_at,
    mailState: mail.state,
    ...more,
    ...(row.related_case_id === null ? {} : { relatedCaseId: row.related_case_id }),
    ...(row.proposal === null ? {} : { proposal: row.proposal }),
    ...(row.settled_at === null ? {} : { settledAt: row.settled_at }),
    ...(reply === undefined
      ? {}
      : {
          reply: {
            state: reply.state,
            replyKey: reply.reply_key,
            content: reply.content,
            attempts: reply.attempts,
            ...(reply.response === null ? {} : { response: reply.response }),
            ...(reply.settled_at === null ? {} : { settledAt: reply.settled_at }),
            ...(reply.not_before === null ? {} : { notBefore: reply.not_before }),
          },
        }),
  };
}

async function readCases(
  db: Database,
  rows: readonly Selectable<Schema['cases']>[],
): Promise<readonly StoredCase[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.case_id);
  const mails = await db
    .selectFrom('mails')
    .select(['case_id', 'received_at', 'state'])
    .where('case_id', 'in', ids)
    .execute();
  const replies = await db.selectFrom('replies').selectAll().where('case_id', 'in', ids).execute();
  const locations = await findLocations(db, ids);
  const related = await db
    .selectFrom('cases')
    .select(['case_id', 'related_case_id'])
    .where('related_case_id', 'in', ids)
    .orderBy('decided_at')
    .orderBy('case_id')
    .execute();
  const laterOnes = Map.groupBy(related, (line) => line.related_case_id);
  const followUps = await findFollowUps(db, ids);
  return rows.map((row) => {
    const mail = mails.find((line) => line.case_id === row.case_id);
    assert(mail !== undefined, 'every case has its mail, by its foreign key');
    const reply = replies.find((line) => line.case_id === row.case_id);
    const followUp = followUps.get(row.case_id);
    return storedCase(row, mail, reply, {
      locations: locations.get(row.case_id) ?? [],
      followUps: (laterOnes.get(row.case_id) ?? []).map((line) => line.case_id),
      ...(followUp === undefined ? {} : { followUp }),
    });
  });
}

/** What is left of an ignored mail: enough to say why nothing happened. */
async function findIgnored(db: Database, caseId: string): Promise<StoredCase | undefined> {
  const row = await db
    .selectFrom('mails')
    .select(['mailbox', 'message_id', 'reason', 'decided_at', 'received_at', 'state'])
    .where('case_id', '=', caseId)
    .executeTakeFirst();
  if (row === undefined || row.reason === null || row.decided_at === null) return undefined;
  const decision: Decision = {
    action: 'ignore',
    reason: row.reason,
    authentication: { result: 'none', dkimAligned: false },
    evidence: [
      { stage: 'pipeline', code: 'left-alone', detail: 'Nothing else is kept of this mail.' },
    ],
  };
  return {
    caseId,
    mailbox: row.mailbox,
    ...(row.message_id === null ? {} : { messageId: row.message_id }),
    subject: '',
    action: decision.action,
    reason: decision.reason,
    decision,
    decidedAt: row.decided_at,
    receivedAt: row.received_at,
    mailState: row.state,
    locations: (await findLocations(db, [caseId])).get(caseId) ?? [],
    followUps: [],
  };
}

/** By case id, or the newest with that Message-ID, angle brackets or not. */
export async function findCase(
  db: Database,
  caseIdOrMessageId: string,
): Promise<StoredCase | undefined> {
  const asked = cleanText(caseIdOrMessageId.trim());
  const bare = asked.replace(/^<|>$/g, '');
  const mail = await db
    .selectFrom('mails')
    .select('case_id')
    .where((where) =>
      where.or([where('case_id', '=', asked), where('message_id', 'in', [`<${bare}>`, bare])]),
    )
    .orderBy((order) => order('case_id', '=', asked), 'desc')
    .orderBy('received_at', 'desc')
    .executeTakeFirst();
  if (mail === undefined) return undefined;
  const rows = await db
    .selectFrom('cases')
    .selectAll()
    .where('case_id', '=', mail.case_id)
    .execute();
  const [found] = await readCases(db, rows);
  return found ?? findIgnored(db, mail.case_id);
}

/** Those of the cases that still have their contents, by id. */
export async function casesById(
  db: Database,
  caseIds: readonly string[],
): Promise<ReadonlyMap<string, StoredCase>> {
  if (caseIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('cases')
    .selectAll()
    .where('case_id', 'in', [...caseIds])
    .where('emptied_at', 'is', null)
    .execute();
  return new Map((await readCases(db, rows)).map((stored) => [stored.caseId, stored]));
}

export async function listWaiting(db: Database, limit: number): Promise<readonly StoredCase[]> {
  // Two questions, each by its own index.
  const found = [...(await waitingRows(db, limit)), ...(await overdueRows(db, limit))];
  const rows = [...new Map(found.map((row) => [row.case_id, row])).values()]
    .toSorted(
      (a, b) => b.decided_at.getTime() - a.decided_at.getTime() || (a.case_id < b.case_id ? -1 : 1),
    )
    .slice(0, limit);
  return readCases(db, rows);
}

/** Cases with a reply, or with one that is proposed. Newest first. */
export async function listReplied(db: Database, limit: number): Promise<readonly StoredCase[]> {
  const rows = await db
    .selectFrom('cases')
    .selectAll()
    .where((where) => where.or([where('action', '=', 'reply'), where('proposal', 'is not', null)]))
    .where('emptied_at', 'is', null)
    .orderBy('decided_at', 'desc')
    .orderBy('case_id')
    .limit(limit)
    .execute();
  return readCases(db, rows);
}

/** Replies that led to nothing in time. */
function overdueRows(db: Database, limit: number): Promise<Selectable<Schema['cases']>[]> {
  return db
    .selectFrom('follow_ups')
    .innerJoin('cases', 'cases.case_id', 'follow_ups.case_id')
    .selectAll('cases')
    .where('follow_ups.state', 'in', ['told', 'reminded'])
    .orderBy('cases.decided_at', 'desc')
    .orderBy('cases.case_id')
    .limit(limit)
    .execute();
}

function waitingRows(db: Database, limit: number): Promise<Selectable<Schema['cases']>[]> {
  return (
    db
      .selectFrom('cases')
      .selectAll()
      .where('settled_at', 'is', null)
      // An answer to us gets no automatic one, but our replies promise that a person reads it; and who was asked
      // for details and writes again may have given them.
      .where((where) =>
        where.or([
          where('action', '=', 'review'),
          where('reason', 'in', ['suppressed-answer-to-reply', 'suppressed-generic-limit']),
        ]),
      )
      .orderBy('decided_at', 'desc')
      .orderBy('case_id')
      .limit(limit)
      .execute()
  );
}
