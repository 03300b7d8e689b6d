/**
 * Users of the console. Whatever takes rights from somebody ends their sessions and tokens in the same transaction.
 */
import type { Act } from '../ports/audit.ts';
import type { ConsoleRole, IssuerAccount, User, UserOutcome } from '../ports/doors.ts';
import { writeAudit } from './audit.ts';
import { cleanText } from './json.ts';
import type { Database, DatabaseTransaction, Schema } from './schema.ts';

export type UserRow = Schema['users'];

export function userOf(row: UserRow): User {
  return {
    name: row.name,
    ...(row.role === null ? {} : { role: row.role }),
    login: row.password_hash === null ? 'issuer' : 'password',
    createdAt: row.created_at,
    ...(row.last_login_at === null ? {} : { lastLoginAt: row.last_login_at }),
  };
}

export async function listUsers(db: Database): Promise<readonly User[]> {
  const rows = await db.selectFrom('users').selectAll().orderBy('name').execute();
  return rows.map(userOf);
}

export async function findUser(db: Database, name: string): Promise<User | undefined> {
  const row = await rowOf(db, name);
  return row && userOf(row);
}

export async function findPasswordHash(db: Database, name: string): Promise<string | undefined> {
  return (await rowOf(db, name))?.password_hash ?? undefined;
}

function rowOf(db: Database, name: string) {
  return db.selectFrom('users').selectAll().where('name', '=', cleanText(name)).executeTakeFirst();
}

export async function addUser(
  db: Database,
  user: { readonly name: string; readonly role: ConsoleRole; readonly passwordHash: string },
  act: Act,
): Promise<UserOutcome> {
  return db.transaction().execute(async (trx) => {
    const added = await trx
      .insertInto('users')
      .values({
        name: cleanText(user.name),
        role: user.role,
        password_hash: user.passwordHash,
        issuer: null,
        subject: null,
        created_at: act.at,
        last_login_at: null,
      })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returning('name')
      .executeTakeFirst();
    if (added === undefined) return 'name-taken';
    await audit(trx, act, { action: 'added', name: user.name, after: { role: user.role } });
    return 'done';
  });
}

export async function changeRole(
  db: Database,
  name: string,
  role: ConsoleRole,
  act: Act,
): Promise<UserOutcome> {
  return change(db, name, act, async (trx, row) => {
    if (isOwn(row, act)) return 'own-account';
    if (row.password_hash === null) return 'role-from-issuer';
    await trx.updateTable('users').set({ role }).where('name', '=', row.name).execute();
    const before = { role: row.role ?? 'none' };
    await audit(trx, act, { action: 'role-changed', name, before, after: { role } });
    return 'done';
  });
}

export async function changePassword(
  db: Database,
  name: string,
  passwordHash: string,
  act: Act,
): Promise<UserOutcome> {
  return change(db, name, act, async (trx, row) => {
    if (row.password_hash === null) return 'role-from-issuer';
    await trx
      .updateTable('users')
      .set({ password_hash: passwordHash })
      .where('name', '=', row.name)
      .execute();
    await audit(trx, act, { action: 'password-changed', name });
    return 'done';
  });
}

export async function removeUser(db: Database, name: string, act: Act): Promise<UserOutcome> {
  return change(db, name, act, async (trx, row) => {
    if (isOwn(row, act)) return 'own-account';
    await trx.deleteFrom('users').where('name', '=', row.name).execute();
    const before = { role: row.role ?? 'none' };
    await audit(trx, act, { action: 'removed', name, before });
    return 'done';
  });
}

/** A command is given by whoever holds the machine: its login name is another kind of name. */
function isOwn(row: UserRow, act: Act): boolean {
  return act.via !== 'command' && act.by === row.name;
}

/** One change of one user, alone; where it is done, the user must come in anew. */
async function change(
  db: Database,
  name: string,
  _act: Act,
  judge: (trx: DatabaseTransaction, row: UserRow) => Promise<UserOutcome>,
): Promise<UserOutcome> {
  return db.transaction().execute(async (trx) => {
    const row = await trx
      .selectFrom('users')
      .selectAll()
      .where('name', '=', cleanText(name))
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return 'no-user';
    const outcome = await judge(trx, row);
    if (outcome === 'done') await shutOut(trx, row.name);
    return outcome;
  });
}

async function shutOut(trx: DatabaseTransaction, name: string): Promise<void> {
  for (const table of ['sessions', 'api_tokens', 'one_time_logins'] as const)
    await trx.deleteFrom(table).where('user_name', '=', name).execute();
}

async function audit(
  trx: DatabaseTransaction,
  act: Act,
  {
    name,
    ...change
  }: {
    readonly action: string;
    readonly name: string;
    readonly before?: Readonly<Record<string, string>>;
    readonly after?: Readonly<Record<string, string>>;
  },
): Promise<void> {
  await writeAudit(trx, { ...act, ...change, subject: 'user', subjectId: name });
}

/** Nobody may have changed the password meanwhile. */
export async function keepRehash(
  db: Database,
  name: string,
  from: string,
  to: string,
): Promise<void> {
  await db
    .updateTable('users')
    .set({ password_hash: to })
    .where('name', '=', cleanText(name))
    .where('password_hash', '=', from)
    .execute();
}

export async function keepIssuerAccount(
  db: Database,
  account: IssuerAccount,
  at: Omit<Act, 'by'>,
): Promise<User | undefined> {
  return db.transaction().execute(async (trx) => {
    const row = await trx
      .selectFrom('users')
      .selectAll()
      .where('issuer', '=', account.issuer)
      .where('subject', '=', cleanText(account.subject))
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return account.role && addAccount(trx, account, account.role, at);
    const role = account.role ?? null;
    if (role === row.role) return role === null ? undefined : userOf(row);
    await trx.updateTable('users').set({ role }).where('name', '=', row.name).execute();
    await shutOut(trx, row.name);
    await audit(
      trx,
      { ...at, by: row.name },
      {
        action: 'role-changed',
        name: row.name,
        before: { role: row.role ?? 'none' },
        after: { role: role ?? 'none', source: account.issuer },
      },
    );
    return role === null ? undefined : userOf({ ...row, role });
  });
}

/** A name that somebody else has already must never make one of two people: then the subject stands beside it. */
async function addAccount(
  trx: DatabaseTransaction,
  { issuer, subject, name, role: _role }: IssuerAccount,
  role: ConsoleRole,
  at: Omit<Act, 'by'>,
): Promise<User> {
  const wanted = cleanText(name).slice(0, accountNameCharsMax);
  for (const candidate of [wanted, `${wanted} (${cleanText(subject)})`]) {
    const row = await trx
      .insertInto('users')
      .values({
        name: candidate,
        role,
        password_hash: null,
        issuer,
        subject: cleanText(subject),
        created_at: at.at,
        last_login_at: null,
      })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) continue;
    const after = { role, source: issuer };
    await audit(trx, { ...at, by: candidate }, { action: 'added', name: candidate, after });
    return userOf(row);
  }
  throw new Error('two accounts of an issuer have the same name and subject');
}

/** Longer than any address. */
const accountNameCharsMax = 254;
