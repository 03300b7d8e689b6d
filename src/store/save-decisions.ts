/**
 * Saves decisions, many at once, with the guards of each: of two replies under one key the first wins, and what
 * the limits allow is counted under locks, this batch’s own replies included.
 *
 * A batch with replies is one transaction: the locks, the counts, then one statement that writes everything. The
 * locks come before the count, since a statement sees what was committed before it began.
 */
import assert from 'node:assert';
import { sql } from 'kysely';
import { domainOf, normalizeAddress, organizationalDomain } from '../core/address.ts';
import type { CaseRecord, MailState } from '../ports.ts';
import { customerOf, type SaveOutcome, saveWithConsequences } from './cases.ts';
import { cleanText, toJson } from './json.ts';
import { prepared } from './prepared.ts';
import {
  askedRows,
  type CountedRow,
  countedRows,
  countsOf,
  type ReplyCounts,
} from './reply-history.ts';
import type { Database } from './schema.ts';
import { keepTemplateVersion, unknownVersions } from './template-versions.ts';

type WithReply = CaseRecord & { readonly reply: NonNullable<CaseRecord['reply']> };

/** One outcome for each record, in their order. Of two about the same mail the first is saved. */
export async function saveDecisions(
  db: Database,
  records: readonly CaseRecord[],
): Promise<readonly SaveOutcome[]> {
  const firsts = new Map<string, CaseRecord>();
  for (const record of records) if (!firsts.has(record.caseId)) firsts.set(record.caseId, record);
  const saved = await saveEach(db, [...firsts.values()]);
  const outcomes = new Map([...firsts.keys()].map((caseId, place) => [caseId, saved[place]]));
  return records.map(({ caseId }) => {
    const outcome = outcomes.get(caseId) ?? assert.fail('every record has its outcome');
    if (outcome === 'saved') outcomes.set(caseId, 'already-decided');
    return outcome;
  });
}

async function saveEach(
  db: Database,
  records: readonly CaseRecord[],
): Promise<readonly SaveOutcome[]> {
  for (const { reply, decision } of records)
    assert(
      reply === undefined || decision.action === 'reply',
      'only a decision to reply has one to send',
    );
  const [first] = records;
  // What changes other cases or pauses a mailbox is rare, and has a transaction of its own.
  if (first !== undefined && records.length === 1 && hasConsequences(first))
    return [await saveWithConsequences(db, first)];
  assert(!records.some(hasConsequences), 'what has consequences is saved by itself');
  const templates = records.flatMap(({ template }) => template ?? []);
  const unknown = await unknownVersions(db, templates);
  if (unknown.length === 0 && !records.some(hasReply)) return writeAll(db, records);
  return db.transaction().execute(async (trx) => {
    const refused = await refusedReplies(trx, records.filter(hasReply));
    const rest = records.filter((record) => !refused.has(record));
    const written = new Map(refused);
    for (const [place, outcome] of (await writeAll(trx, rest)).entries())
      written.set(rest[place] ?? assert.fail(), outcome);
    for (const version of unknown) {
      const user = rest.find(
        (record) => record.template?.hash === version.hash && written.get(record) === 'saved',
      );
      if (user !== undefined) await keepTemplateVersion(trx, version, user.decidedAt);
    }
    return records.map((record) => written.get(record) ?? assert.fail());
  });
}

/** Whether saving it changes more than its own case. */
export function hasConsequences({ pause, decision }: CaseRecord): boolean {
  return pause !== undefined || decision.bounce !== undefined;
}

function hasReply(record: CaseRecord): record is WithReply {
  return record.reply !== undefined;
}

function toDomainOf(address: string): string {
  return cleanText(organizationalDomain(domainOf(address)));
}

/**
 * The replies that must not be saved as they were decided. Whoever saves one to the same people, or from the same
 * mailbox, waits until the transaction ends.
 */
async function refusedReplies(
  trx: Database,
  records: readonly WithReply[],
): Promise<ReadonlyMap<CaseRecord, SaveOutcome>> {
  const refused = new Map<CaseRecord, SaveOutcome>();
  if (records.length === 0) return refused;
  await lockAll(trx, [
    ...records.map(({ reply }) => `to ${cleanText(reply.allowance.domain)}`),
    ...records.map(({ mailbox }) => `from ${mailbox}`),
  ]);
  const rows = await countAll(trx, records);
  const granted: WithReply[] = [];
  for (const [place, record] of records.entries()) {
    const row = rows[place];
    assert(row !== undefined, 'every reply is counted');
    assert(row.state !== null, `a decision about a mail that was never taken in: ${record.caseId}`);
    if (row.state !== 'accepted') refused.set(record, 'already-decided');
    else if (row.holds !== null || !isAllowed(record, countsOf(row), granted))
      refused.set(record, 'outrun');
    else granted.push(record);
  }
  return refused;
}

/** In one order for all that lock several: first whom it goes to, then where it comes from, each by its letters. */
async function lockAll(trx: Database, names: readonly string[]): Promise<void> {
  const inOrder = [...new Set(names)].sort((a, b) =>
    a.startsWith('to ') === b.startsWith('to ') ? (a < b ? -1 : 1) : a.startsWith('to ') ? -1 : 1,
  );
  await sql`${prepared('lock-names')}
    select pg_advisory_xact_lock(hashtextextended(name, 0)) from unnest(${inOrder}::text[]) as name`.execute(
    trx,
  );
}

interface SaveRow extends CountedRow {
  readonly state: MailState | null;
}

async function countAll(trx: Database, records: readonly WithReply[]): Promise<readonly SaveRow[]> {
  const asked = records.map(({ mailbox, decidedAt: now, reply }) => ({
    mailbox,
    now,
    address: reply.content.to.address,
    domain: reply.allowance.domain,
  }));
  const ids = records.map(({ caseId }) => caseId);
  const { rows } = await sql<SaveRow>`${prepared('count-before-saving')}
    with asked as materialized (select * from ${askedRows(asked)}), ${countedRows}
    select counted.to_address, counted.to_domain, counted.from_mailbox, counted.holds, mails.state
    from counted
    join unnest(${ids}::text[]) with ordinality as k(case_id, place) using (place)
    left join mails on mails.case_id = k.case_id
    order by counted.place`.execute(trx);
  return rows;
}

/** `granted`: replies of this batch that the counts do not show yet. */
function isAllowed(
  { mailbox, reply }: WithReply,
  counts: ReplyCounts,
  granted: readonly WithReply[],
): boolean {
  const { allowance, content, replyKey } = reply;
  const address = normalizeAddress(content.to.address);
  const domain = cleanText(allowance.domain.toLowerCase());
  let { toAddressLastDay, toDomainLastHour, fromMailboxLastHour } = counts;
  for (const other of granted) {
    const to = normalizeAddress(other.reply.content.to.address);
    if (other.reply.replyKey === replyKey) return false;
    if (to === address) toAddressLastDay += 1;
    if (to === domain || toDomainOf(to) === domain) toDomainLastHour += 1;
    if (other.mailbox === mailbox) fromMailboxLastHour += 1;
  }
  return (
    toAddressLastDay <= allowance.toAddressLastDay &&
    toDomainLastHour <= allowance.toDomainLastHour &&
    fromMailboxLastHour <= allowance.fromMailboxLastHour
  );
}

/** A record as a row of the statement that writes it. */
function rowOf(record: CaseRecord): object {
  const { decision, reply } = record;
  const address = reply === undefined ? undefined : normalizeAddress(reply.content.to.address);
  return {
    case_id: record.caseId,
    mailbox: record.mailbox,
    message_id: record.messageId,
    subject: record.subject,
    action: decision.action,
    reason: decision.reason,
    scenario: decision.scenario,
    customer_id: customerOf(decision)?.id,
    // A mail that is none of our business leaves one line, and nothing of what it says.
    decision: decision.action === 'ignore' ? undefined : decision,
    proposal: record.proposal,
    decided_at: record.decidedAt,
    related_case_id: decision.relatedCaseId,
    reply_key: reply?.replyKey,
    content: reply?.content,
    to_address: address,
    to_domain: address === undefined ? undefined : toDomainOf(address),
  };
}

/** Writes replies, cases and the lines of the ledger. A reply whose key is taken takes its case along. */
async function writeAll(
  db: Database,
  records: readonly CaseRecord[],
): Promise<readonly SaveOutcome[]> {
  if (records.length === 0) return [];
  const { rows } = await sql<{ case_id: string; is_written: boolean }>`${prepared('save-decisions')}
    with input as materialized (
      select * from json_to_recordset(${toJson(records.map(rowOf))}::json) as i(
        case_id text, mailbox text, message_id text, subject text, action text, reason text,
        scenario text, customer_id text, decision jsonb, proposal jsonb, decided_at timestamptz,
        related_case_id text, reply_key text, content jsonb, to_address text, to_domain text)
    ),
    -- In one order, since two workers may have the same mails.
    open as materialized (
      select m.case_id from mails m
      where m.case_id in (select case_id from input) and m.state = 'accepted'
      order by m.case_id for no key update
    ),
    saved_replies as (
      insert into replies (case_id, mailbox, reply_key, state, content, to_address, to_domain, created_at)
      select case_id, mailbox, reply_key, 'pending', content, to_address, to_domain, decided_at
      from input join open using (case_id) where reply_key is not null
      on conflict (reply_key) where state not in ('rejected', 'withdrawn') do nothing
      returning case_id
    ),
    go as materialized (
      select input.* from input join open using (case_id)
      where reply_key is null or case_id in (select case_id from saved_replies)
    ),
    saved_cases as (
      insert into cases (case_id, mailbox, message_id, subject, action, reason, scenario, customer_id,
        decision, proposal, decided_at, related_case_id)
      select case_id, mailbox, message_id, subject, action, reason, scenario, customer_id,
        decision, proposal, decided_at, related_case_id
      from go where action <> 'ignore'
    ),
    written as (
      update mails m set reason = go.reason, decided_at = go.decided_at,
        state = case when go.action = 'ignore' then 'finished' else 'decided' end,
        raw = case when go.action = 'ignore' then null else m.raw end
      from go where m.case_id = go.case_id
      returning m.case_id
    )
    select case_id, case_id in (select case_id from written) as is_written from open`.execute(db);
  const open = new Map(rows.map((row) => [row.case_id, row.is_written]));
  await assertTakenIn(
    db,
    records.filter(({ caseId }) => !open.has(caseId)),
  );
  return records.map(({ caseId }) => {
    const isWritten = open.get(caseId);
    return isWritten === undefined ? 'already-decided' : isWritten ? 'saved' : 'outrun';
  });
}

async function assertTakenIn(db: Database, records: readonly CaseRecord[]): Promise<void> {
  if (records.length === 0) return;
  const ids = records.map(({ caseId }) => caseId);
  const { rows } = await sql<{ case_id: string }>`
    select case_id from mails where case_id = any(${ids}::text[])`.execute(db);
  const known = new Set(rows.map((row) => row.case_id));
  const missing = ids.filter((id) => !known.has(id));
  assert(missing.length === 0, `a decision about a mail that was never taken in: ${missing}`);
}
