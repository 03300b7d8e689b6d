/**
 * The leases of those who watch, by the database's clock, and the fence that keeps a former watcher out.
 *
 * Whoever takes a lease does so on the very line it has seen: of two that try, one finds it changed.
 */
import { type SqlBool, sql } from 'kysely';
import { ResponderError } from '../errors.ts';
import type { Watcher } from '../ports/house.ts';
import type { LeaseRequest, TakenLease, WatchLease } from '../ports/leases.ts';
import type { Cursor } from '../ports.ts';
import { isGone, thisProcess } from './processes.ts';
import type { Database, DatabaseTransaction } from './schema.ts';

interface FoundLease extends TakenLease {
  readonly process: string;
  readonly isOver: boolean;
}

async function findLease(db: Database, mailbox: string): Promise<FoundLease | undefined> {
  const row = await db
    .selectFrom('watch_leases')
    .select(['holder', 'process', 'epoch', 'renewals', 'term_ms'])
    .select(sql<SqlBool>`expires_at <= clock_timestamp()`.as('is_over'))
    .select(
      sql<string>`greatest(0, extract(epoch from expires_at - clock_timestamp()) * 1000)`.as(
        'free_in_ms',
      ),
    )
    .where('mailbox', '=', mailbox)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    status: 'taken',
    holder: row.holder,
    process: row.process,
    epoch: Number(row.epoch),
    renewals: Number(row.renewals),
    termMs: row.term_ms,
    freeInMs: Number(row.free_in_ms),
    isOver: Boolean(row.is_over),
  };
}

/** Everybody who watches or watched; a lease that ended says that nobody does. */
export async function listWatchers(db: Database): Promise<readonly Watcher[]> {
  const rows = await db
    .selectFrom('watch_leases')
    .select(['mailbox', 'holder'])
    .select(sql<SqlBool>`expires_at > clock_timestamp()`.as('is_at_work'))
    .orderBy('mailbox')
    .execute();
  return rows.map(({ mailbox, holder, is_at_work }) => {
    const [, host = holder, pid = '0'] = /^(.*):(\d{1,10}):[^:]*$/.exec(holder) ?? [];
    return { mailbox, host, pid: Number(pid), isAtWork: Boolean(is_at_work) };
  });
}

/** `isShared`: whether other processes can have the store open. */
function isFree(found: FoundLease, request: LeaseRequest, isShared: boolean): boolean {
  const { silent } = request;
  // Our own, whose answer did not reach us.
  if (found.isOver || found.holder === request.holder) return true;
  if (silent !== undefined && silent.epoch === found.epoch && silent.renewals === found.renewals)
    return true;
  return isGone(found.process) || (!isShared && found.process !== thisProcess());
}

export async function takeLease(
  db: Database,
  request: LeaseRequest,
  isShared: boolean,
): Promise<{ readonly status: 'held'; readonly lease: WatchLease } | TakenLease> {
  const { mailbox, holder, seconds } = request;
  const found = await findLease(db, mailbox);
  if (found !== undefined && !isFree(found, request, isShared)) {
    const { isOver: _, process: __, ...taken } = found;
    return taken;
  }
  const values = {
    holder,
    process: thisProcess(),
    renewals: 0,
    term_ms: seconds * 1_000,
    expires_at: fromNow(seconds),
  };
  const taken = await db
    .insertInto('watch_leases')
    .values({ mailbox, epoch: 1, ...values })
    .onConflict((conflict) =>
      conflict
        .column('mailbox')
        .doUpdateSet({ ...values, epoch: sql`watch_leases.epoch + 1` })
        .where('watch_leases.epoch', '=', String(found?.epoch ?? 0))
        .where('watch_leases.renewals', '=', String(found?.renewals ?? 0)),
    )
    .returning('epoch')
    .executeTakeFirst();
  if (taken === undefined) {
    const { isOver: _, process: __, ...now } = await getLease(db, mailbox);
    return now;
  }
  return { status: 'held', lease: { mailbox, holder, epoch: Number(taken.epoch) } };
}

async function getLease(db: Database, mailbox: string): Promise<FoundLease> {
  const found = await findLease(db, mailbox);
  if (found === undefined)
    throw new ResponderError('STORE_FAILED', `The lease of mailbox ${mailbox} has vanished.`);
  return found;
}

function fromNow(seconds: number) {
  return sql<Date>`clock_timestamp() + make_interval(secs => ${seconds})`;
}

export async function renewLease(
  db: Database,
  { mailbox, holder, epoch }: WatchLease,
  seconds: number,
): Promise<boolean> {
  const renewed = await db
    .updateTable('watch_leases')
    .set((set) => ({
      renewals: sql<number>`${set.ref('renewals')} + 1`,
      expires_at: fromNow(seconds),
    }))
    .where('mailbox', '=', mailbox)
    .where('holder', '=', holder)
    .where('epoch', '=', String(epoch))
    .returning('epoch')
    .executeTakeFirst();
  return renewed !== undefined;
}

export async function releaseLease(
  db: Database,
  { mailbox, holder, epoch }: WatchLease,
): Promise<void> {
  await db
    .updateTable('watch_leases')
    .set({ expires_at: sql`'epoch'` })
    .where('mailbox', '=', mailbox)
    .where('holder', '=', holder)
    .where('epoch', '=', String(epoch))
    .execute();
}

/**
 * Writes the cursor down, and with a lease only for its holder.
 *
 * Throws LEASE_LOST when a newer watcher is there, which undoes the transaction. The line of the lease is locked
 * until the transaction ends: so this is asked last, and a takeover waits for no more than a commit.
 */
export async function saveCursor(
  trx: DatabaseTransaction,
  mailbox: string,
  cursor: Cursor,
  lease: WatchLease | undefined,
): Promise<void> {
  if (lease !== undefined) {
    const held = await trx
      .selectFrom('watch_leases')
      .select('epoch')
      .where('mailbox', '=', mailbox)
      .where('epoch', '=', String(lease.epoch))
      .forShare()
      .executeTakeFirst();
    if (held === undefined)
      throw new ResponderError(
        'LEASE_LOST',
        `Another process watches mailbox ${mailbox} by now; nothing of this one was taken in.`,
      );
  }
  const values = {
    uid_validity: cursor.uidValidity,
    next_uid: cursor.nextUid,
    watching_since: cursor.watchingSince,
  };
  await trx
    .insertInto('cursors')
    .values({ mailbox, ...values })
    .onConflict((conflict) => conflict.column('mailbox').doUpdateSet(values))
    .execute();
}
