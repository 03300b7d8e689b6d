/**
 * Sessions, one-time logins and the count of wrong passwords: what lets a person in, and what keeps guessing out.
 */
import { sql } from 'kysely';
import type { Act } from '../ports/audit.ts';
import type { OpenedSession, Session, SessionLine, User } from '../ports/doors.ts';
import { writeAudit } from './audit.ts';
import { cleanOrNull, cleanText } from './json.ts';
import type { Database } from './schema.ts';
import { userOf } from './users.ts';

/** A page loads many parts; that somebody is there is written down this often. */
const seenEveryMs = 60_000;

export async function openSession(
  db: Database,
  { idHash, userName, how, endsAt }: OpenedSession,
  act: Act,
  idleMs: number,
): Promise<void> {
  const { at } = act;
  await db.transaction().execute(async (trx) => {
    await trx
      .deleteFrom('sessions')
      .where((where) =>
        where.or([
          where('ends_at', '<=', at),
          where('seen_at', '<=', new Date(at.getTime() - idleMs)),
        ]),
      )
      .execute();
    await trx.deleteFrom('one_time_logins').where('ends_at', '<=', at).execute();
    await trx
      .insertInto('sessions')
      .values({
        id_hash: idHash,
        user_name: userName,
        how,
        started_at: at,
        seen_at: at,
        ends_at: endsAt,
        from_address: cleanOrNull(act.from),
      })
      .execute();
    await trx
      .updateTable('users')
      .set({ last_login_at: at })
      .where('name', '=', userName)
      .execute();
    await writeAudit(trx, {
      ...act,
      action: 'logged-in',
      subject: 'session',
      subjectId: userName,
      after: { how },
    });
  });
}

export async function findSession(
  db: Database,
  idHash: string,
  at: Date,
  idleMs: number,
  isByItself = false,
): Promise<Session | undefined> {
  const row = await db
    .selectFrom('sessions')
    .innerJoin('users', 'users.name', 'sessions.user_name')
    .selectAll('users')
    .select(['sessions.how', 'sessions.seen_at'])
    .where('sessions.id_hash', '=', idHash)
    .where('sessions.ends_at', '>', at)
    .where('sessions.seen_at', '>', new Date(at.getTime() - idleMs))
    .executeTakeFirst();
  if (row === undefined || row.role === null) return undefined;
  if (!isByItself && at.getTime() - row.seen_at.getTime() >= seenEveryMs)
    await db
      .updateTable('sessions')
      .set({ seen_at: at })
      .where('id_hash', '=', idHash)
      .where('seen_at', '<', at)
      .execute();
  return { user: { ...userOf(row), role: row.role }, how: row.how };
}

export async function endSession(db: Database, idHash: string, act: Act): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const ended = await trx
      .deleteFrom('sessions')
      .where('id_hash', '=', idHash)
      .returning('user_name')
      .executeTakeFirst();
    if (ended === undefined) return;
    const subjectId = ended.user_name;
    await writeAudit(trx, { ...act, action: 'logged-out', subject: 'session', subjectId });
  });
}

export async function listSessions(
  db: Database,
  userName: string,
): Promise<readonly SessionLine[]> {
  const rows = await db
    .selectFrom('sessions')
    .selectAll()
    .where('user_name', '=', userName)
    .orderBy('started_at', 'desc')
    .execute();
  return rows.map((row) => ({
    idHash: row.id_hash,
    startedAt: row.started_at,
    seenAt: row.seen_at,
    ...(row.from_address === null ? {} : { address: row.from_address }),
  }));
}

export async function endOtherSessions(
  db: Database,
  userName: string,
  keptIdHash: string,
  act: Act,
): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const ended = await trx
      .deleteFrom('sessions')
      .where('user_name', '=', userName)
      .where('id_hash', '!=', keptIdHash)
      .returning('id_hash')
      .execute();
    if (ended.length > 0)
      await writeAudit(trx, {
        ...act,
        action: 'others-ended',
        subject: 'session',
        subjectId: userName,
        after: { ended: String(ended.length) },
      });
    return ended.length;
  });
}

/** So many wrong passwords in a row cost nothing: people mistype. */
const freeFailures = 5;
/** The longest wait: a stranger who guesses at a name must not keep its owner out for long. */
const waitSecondsMax = 60;
/** After so long without a try everything is forgotten. */
const forgottenAfterMs = 15 * 60_000;

function waitMs(failures: number): number {
  if (failures < freeFailures) return 0;
  return Math.min(waitSecondsMax, 2 ** (failures - freeFailures + 1)) * 1_000;
}

export async function beginLogin(
  db: Database,
  nameHash: string,
  at: Date,
): Promise<{ readonly waitUntil?: Date }> {
  return db.transaction().execute(async (trx) => {
    await trx
      .deleteFrom('login_attempts')
      .where('last_at', '<=', new Date(at.getTime() - forgottenAfterMs))
      .execute();
    await trx
      .insertInto('login_attempts')
      .values({ name_hash: nameHash, failures: 0, last_at: at })
      .onConflict((conflict) => conflict.column('name_hash').doNothing())
      .execute();
    const { failures, last_at: lastAt } = await trx
      .selectFrom('login_attempts')
      .selectAll()
      .where('name_hash', '=', nameHash)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const waitUntil = new Date(lastAt.getTime() + waitMs(failures));
    // Tries in the meantime do not make it longer.
    if (failures >= freeFailures && at < waitUntil) return { waitUntil };
    await trx
      .updateTable('login_attempts')
      .set({ failures: sql<number>`failures + 1`, last_at: at })
      .where('name_hash', '=', nameHash)
      .execute();
    return {};
  });
}

/** The audit log remembers logins that have ended. */
export async function hasComeFrom(
  db: Database,
  userName: string,
  address: string,
  since: Date,
): Promise<boolean> {
  const found = await db
    .selectFrom('audit')
    .select('id')
    .where('by_name', '=', cleanText(userName))
    .where('subject', '=', 'session')
    .where('action', '=', 'logged-in')
    .where('from_address', '=', address)
    .where('at', '>=', since)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

export async function forgetLogins(db: Database, nameHash: string): Promise<void> {
  await db.deleteFrom('login_attempts').where('name_hash', '=', nameHash).execute();
}

export async function addOneTimeLogin(
  db: Database,
  login: { readonly tokenHash: string; readonly userName: string; readonly endsAt: Date },
): Promise<void> {
  await db
    .insertInto('one_time_logins')
    .values({
      token_hash: login.tokenHash,
      user_name: cleanText(login.userName),
      ends_at: login.endsAt,
    })
    .execute();
}

export async function takeOneTimeLogin(
  db: Database,
  tokenHash: string,
  at: Date,
): Promise<User | undefined> {
  const taken = await db
    .deleteFrom('one_time_logins')
    .where('token_hash', '=', tokenHash)
    .returning(['user_name', 'ends_at'])
    .executeTakeFirst();
  if (taken === undefined || taken.ends_at <= at) return undefined;
  const row = await db
    .selectFrom('users')
    .selectAll()
    .where('name', '=', taken.user_name)
    .executeTakeFirst();
  return row && userOf(row);
}
