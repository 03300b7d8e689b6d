/**
 * What the console reads of the desk's work: what waits, what was settled, what has changed, who looks at what.
 */
import { type RawBuilder, sql } from 'kysely';
import { headerSectionBytesMax } from '../core/limits.ts';
import type { CaseLine, ChangeMarks, Presence } from '../ports/console.ts';
import type { Settlement } from '../ports/desk.ts';
import type { DeskChosen, MailHead, SettledCase } from '../ports/desk-store.ts';
import { type CaseLineRow, caseLineColumns, caseLineJoins, caseLineOf } from './case-lines.ts';
import { cleanText, reviveDecision } from './json.ts';
import { readRaw } from './mails.ts';
import type { Database } from './schema.ts';

/** As the conditions of the indexes say it. */
export const waitsForDesk: RawBuilder<boolean> = sql`(settled_at is null and (
  action = 'review' or reason in ('suppressed-answer-to-reply', 'suppressed-generic-limit')))`;

/** Replies that led to nothing in time are few, and have no order of their own. */
export async function listReview(db: Database, limit: number): Promise<readonly CaseLine[]> {
  const { rows } = await sql<CaseLineRow>`
    with waiting as (
      (select case_id from cases where ${waitsForDesk}
        order by (decision->'notice'->>'expiresOn'), decided_at, case_id limit ${limit})
      union
      (select case_id from follow_ups where state in ('told', 'reminded'))
    )
    select ${caseLineColumns} from waiting join cases c on c.case_id = waiting.case_id ${caseLineJoins}
    order by (c.decision->'notice'->>'expiresOn'), c.decided_at, c.case_id limit ${limit}`.execute(
    db,
  );
  return rows.map(caseLineOf);
}

export async function countReview(db: Database): Promise<number> {
  const { rows } = await sql<{ count: string }>`
    select (select count(*) from cases where ${waitsForDesk})
      + (select count(*) from follow_ups f where f.state in ('told', 'reminded') and not exists (
          select from cases where case_id = f.case_id and ${waitsForDesk})) as count`.execute(db);
  return Number(rows[0]?.count ?? 0);
}

export async function listSettlements(
  db: Database,
  caseId: string,
): Promise<readonly Settlement[]> {
  const rows = await db
    .selectFrom('desk_settlements')
    .select(['kind', 'at', 'by_name', 'undo_until', 'dismissal', 'note'])
    .where('case_id', '=', cleanText(caseId))
    .where('ended_at', 'is', null)
    .orderBy('id', 'desc')
    .execute();
  return rows.map((row) => ({
    caseId,
    kind: row.kind,
    at: row.at,
    by: row.by_name,
    ...(row.undo_until === null ? {} : { undoUntil: row.undo_until }),
    ...(row.dismissal === null ? {} : { dismissal: row.dismissal }),
    ...(row.note === null ? {} : { note: row.note }),
  }));
}

/** A mail may have 25 MB: whoever shows its beginning does not have the rest fetched. */
export async function findRaw(
  db: Database,
  caseId: string,
  octetsMax?: number,
): Promise<Uint8Array | undefined> {
  if (octetsMax === undefined) return readRaw(db, cleanText(caseId));
  const { rows } = await sql<{ raw: Uint8Array | null }>`
    select substring(raw from 1 for ${octetsMax}::int) as raw
    from mails where case_id = ${cleanText(caseId)}`.execute(db);
  return rows[0]?.raw ?? undefined;
}

export async function findMailHead(db: Database, caseId: string): Promise<MailHead | undefined> {
  const { rows } = await sql<{ octets: Uint8Array | null; answered: boolean }>`
    select substring(raw from 1 for ${headerSectionBytesMax}::int) as octets, answered
    from mails where case_id = ${cleanText(caseId)}`.execute(db);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { octets, answered } = row;
  return { answered, ...(octets === null || octets.byteLength === 0 ? {} : { octets }) };
}

/** Each part is the end of an index, or counts what is open: cheap enough to be asked every second. */
export async function changeMarks(db: Database): Promise<ChangeMarks> {
  const { rows } = await sql<{ review: string; cases: string }>`
    with review as (
      select concat_ws(' ',
        (select count(*) || ' ' || coalesce(extract(epoch from max(decided_at)), 0)
          from cases where ${waitsForDesk}),
        (select count(*) from follow_ups where state in ('told', 'reminded')),
        (select max(id) from desk_settlements),
        (select extract(epoch from max(ended_at)) from desk_settlements where ended_at is not null)
      ) as mark
    )
    select review.mark as review, concat_ws(' ', review.mark,
      (select extract(epoch from max(decided_at)) from cases where emptied_at is null),
      (select string_agg(extract(epoch from latest.at)::text, ' ') from cursors
        left join lateral (
          select max(settled_at) as at from replies r where r.mailbox = cursors.mailbox
            and r.state not in ('pending', 'sending', 'rejected', 'withdrawn')
        ) latest on true),
      (select count(*) filter (where state = 'sending') || ' ' || count(*)
        from replies where state in ('pending', 'sending'))
    ) as cases from review`.execute(db);
  return rows[0] ?? { review: '', cases: '' };
}

/** Who was seen longer ago looks at nothing any more. */
const presenceKeptMs = 10 * 60_000;

export async function notePresence(db: Database, { caseId, by, seenAt }: Presence): Promise<void> {
  await sql`
    with old as (
      delete from desk_presence where seen_at < ${new Date(seenAt.getTime() - presenceKeptMs)}
        and (case_id, by_name) <> (${cleanText(caseId)}, ${cleanText(by)})
    )
    insert into desk_presence (case_id, by_name, seen_at)
    values (${cleanText(caseId)}, ${cleanText(by)}, ${seenAt})
    on conflict (case_id, by_name) do update set seen_at = excluded.seen_at`.execute(db);
}

export async function listPresence(db: Database, since: Date): Promise<readonly Presence[]> {
  const rows = await db
    .selectFrom('desk_presence')
    .selectAll()
    .where('seen_at', '>=', since)
    .orderBy('case_id')
    .orderBy('by_name')
    .execute();
  return rows.map((row) => ({ caseId: row.case_id, by: row.by_name, seenAt: row.seen_at }));
}

const pageRows = 100;

export async function* eachSettledCase(db: Database): AsyncGenerator<SettledCase> {
  for (let after = '0'; ; ) {
    const rows = await db
      .selectFrom('desk_settlements as d')
      .innerJoin('cases as c', 'c.case_id', 'd.case_id')
      .select(['d.id', 'd.case_id', 'd.kind', 'd.at', 'd.by_name', 'd.dismissal', 'd.note'])
      .select(['d.chosen', 'c.decision'])
      .where('d.ended_at', 'is', null)
      .where('c.emptied_at', 'is', null)
      .where('d.id', '>', after)
      .orderBy('d.id')
      .limit(pageRows)
      .execute();
    for (const row of rows) {
      const raw = await readRaw(db, row.case_id);
      yield {
        settlement: {
          caseId: row.case_id,
          kind: row.kind,
          at: row.at,
          by: row.by_name,
          ...(row.dismissal === null ? {} : { dismissal: row.dismissal }),
          ...(row.note === null ? {} : { note: row.note }),
        },
        chosen: row.chosen as DeskChosen,
        decision: reviveDecision(row.decision),
        ...(raw === undefined ? {} : { raw }),
      };
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
