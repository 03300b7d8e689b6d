/**
 * The watch of each mailbox, as any process can read it: where it began, where its mails lie, when it saw
 * the mailbox last, and how long the oldest mail waits.
 */
import { sql } from 'kysely';
import type { MailboxHealth } from '../ports/health.ts';
import type {
  Cursor,
  IntakeMail,
  MailLocation,
  Places,
  Reconciliation,
  WatchRecord,
} from '../ports/watch.ts';
import { cleanText } from './json.ts';
import { findCursor, inLockOrder, insertMails, saveLocations } from './mails.ts';
import type { Database, Schema } from './schema.ts';

/** Keeps where the watch begins. Of two that begin at once the first counts, for both. */
export async function beginWatch(db: Database, mailbox: string, cursor: Cursor): Promise<Cursor> {
  await db.transaction().execute(async (trx) => {
    const begun = await trx
      .insertInto('cursors')
      .values({
        mailbox,
        uid_validity: cursor.uidValidity,
        next_uid: cursor.nextUid,
        watching_since: cursor.watchingSince,
      })
      .onConflict((conflict) => conflict.column('mailbox').doNothing())
      .returning('mailbox')
      .executeTakeFirst();
    if (begun === undefined) return;
    const first = { first_uid_validity: cursor.uidValidity, first_uid: cursor.nextUid };
    await trx
      .insertInto('watches')
      .values({ mailbox, ...nothingNoted, ...first })
      .onConflict((conflict) => conflict.column('mailbox').doUpdateSet(first))
      .execute();
  });
  return (await findCursor(db, mailbox)) ?? cursor;
}

const nothingNoted = {
  first_uid_validity: null,
  first_uid: null,
  looked_at: null,
  troubled_since: null,
  trouble: null,
  reconciled_at: null,
  reconciled_compared: null,
  reconciled_missing: null,
} satisfies Omit<Record<keyof Schema['watches'], null>, 'mailbox'>;

export async function findWatch(db: Database, mailbox: string): Promise<WatchRecord | undefined> {
  const row = await db
    .selectFrom('watches')
    .select(['first_uid_validity', 'first_uid', 'reconciled_at'])
    .where('mailbox', '=', mailbox)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { first_uid_validity: uidValidity, first_uid: uid, reconciled_at: reconciledAt } = row;
  return {
    ...(uidValidity === null || uid === null ? {} : { first: { uidValidity, uid: Number(uid) } }),
    ...(reconciledAt === null ? {} : { reconciledAt }),
  };
}

/** Takes in mails that a person asked for. Returns the case ids that were not known, in the order given. */
export async function acceptBackfill(
  db: Database,
  mailbox: string,
  mails: readonly IntakeMail[],
  at: Date,
): Promise<readonly string[]> {
  const sorted = inLockOrder(mails);
  const added = await db.transaction().execute(async (trx) => {
    const ids = await insertMails(trx, mailbox, sorted, at);
    await saveLocations(trx, sorted);
    return new Set(ids);
  });
  return [...new Set(mails.map(({ caseId }) => caseId))].filter((caseId) => added.has(caseId));
}

export async function withoutPlace(
  db: Database,
  mailbox: string,
  { path, uidValidity, uids }: Places,
): Promise<readonly number[]> {
  const [first, last] = [uids.at(0), uids.at(-1)];
  if (first === undefined || last === undefined) return [];
  const rows = await db
    .selectFrom('locations')
    .select('uid')
    .where('mailbox', '=', mailbox)
    .where('path', '=', cleanText(path))
    .where('uid_validity', '=', uidValidity)
    .where(sql<boolean>`uid between ${first} and ${last}`)
    .execute();
  const known = new Set(rows.map(({ uid }) => Number(uid)));
  return uids.filter((uid) => !known.has(uid));
}

export async function keepPlaces(
  db: Database,
  mails: readonly { readonly caseId: string; readonly location: MailLocation }[],
): Promise<ReadonlySet<string>> {
  if (mails.length === 0) return new Set();
  return db.transaction().execute(async (trx) => {
    const ids = [...new Set(mails.map(({ caseId }) => caseId))];
    const rows = await trx
      .selectFrom('mails')
      .select('case_id')
      .where('case_id', '=', sql<string>`any(${ids}::text[])`)
      .execute();
    const known = new Set(rows.map((row) => row.case_id));
    await saveLocations(trx, inLockOrder(mails.filter(({ caseId }) => known.has(caseId))));
    return known;
  });
}

/** A note that is so far ahead of a look was made by a clock that has been set right since. */
const clockSetBackMs = 10 * 60_000;

/** Looks may be noted by several processes, and out of order: the newest counts. */
export async function noteLook(db: Database, mailbox: string, at: Date): Promise<void> {
  await db
    .insertInto('watches')
    .values({ mailbox, ...nothingNoted, looked_at: at })
    .onConflict((conflict) =>
      conflict
        .column('mailbox')
        .doUpdateSet({ looked_at: at, troubled_since: null, trouble: null })
        .where((where) =>
          where.or([
            where('watches.looked_at', 'is', null),
            where('watches.looked_at', '<=', at),
            where('watches.looked_at', '>', new Date(at.getTime() + clockSetBackMs)),
          ]),
        ),
    )
    .execute();
}

export async function noteTrouble(
  db: Database,
  mailbox: string,
  { at, detail }: { readonly at: Date; readonly detail: string },
): Promise<void> {
  const trouble = cleanText(detail);
  await db
    .insertInto('watches')
    .values({ mailbox, ...nothingNoted, troubled_since: at, trouble })
    .onConflict((conflict) =>
      conflict.column('mailbox').doUpdateSet({
        troubled_since: sql`coalesce(watches.troubled_since, ${at})`,
        trouble,
      }),
    )
    .execute();
}

export async function noteReconciliation(
  db: Database,
  mailbox: string,
  { at, compared, missing }: Reconciliation,
): Promise<void> {
  const result = {
    reconciled_at: at,
    reconciled_compared: compared,
    reconciled_missing: missing,
  };
  await db
    .insertInto('watches')
    .values({ mailbox, ...nothingNoted, ...result })
    .onConflict((conflict) => conflict.column('mailbox').doUpdateSet(result))
    .execute();
}

/** A mail that a person asked for waits since then, however old it is. */
const waitsSince = sql<Date | null>`min(coalesce(backfilled_at, received_at))`;

export async function mailboxHealth(
  db: Database,
  mailboxes: readonly string[],
): Promise<readonly MailboxHealth[]> {
  if (mailboxes.length === 0) return [];
  const watches = await db
    .selectFrom('watches')
    .selectAll()
    .where('mailbox', 'in', [...mailboxes])
    .execute();
  const waiting = await db
    .selectFrom('mails')
    .select(['mailbox', waitsSince.as('oldest')])
    .select((select) => select.fn.countAll<string>().as('count'))
    .where('state', '<>', 'finished')
    .where('origin', '=', 'mailbox')
    .where('mailbox', 'in', [...mailboxes])
    .groupBy('mailbox')
    .execute();
  return mailboxes.map((mailbox): MailboxHealth => {
    const watch = watches.find((row) => row.mailbox === mailbox);
    const open = waiting.find((row) => row.mailbox === mailbox);
    return {
      mailbox,
      unhandled: Number(open?.count ?? 0),
      ...present('oldestUnhandledAt', open?.oldest),
      ...present('lastLookAt', watch?.looked_at),
      ...present('troubledSince', watch?.troubled_since),
      ...present('trouble', watch?.trouble),
      ...present('reconciledAt', watch?.reconciled_at),
      ...present('reconciledMissing', watch?.reconciled_missing),
    };
  });
}

function present<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined,
): Partial<Record<Name, Value>> {
  if (value === null || value === undefined) return {};
  return { [name]: value } as Record<Name, Value>;
}
