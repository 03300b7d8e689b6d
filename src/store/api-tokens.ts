/**
 * Tokens of the API, and the answers that are given again when the same request comes twice.
 */
import type { Act } from '../ports/audit.ts';
import { type ApiToken, type ConsoleRole, consoleRoles } from '../ports/doors.ts';
import { writeAudit } from './audit.ts';
import { cleanText } from './json.ts';
import type { Database, Schema } from './schema.ts';

const usedEveryMs = 60_000;

function tokenOf(row: Schema['api_tokens']): ApiToken {
  return {
    id: row.id,
    userName: row.user_name,
    label: row.label,
    role: row.role,
    createdAt: row.created_at,
    endsAt: row.ends_at,
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at }),
  };
}

function rankOf(role: ConsoleRole): number {
  return consoleRoles.indexOf(role);
}

export async function addToken(
  db: Database,
  token: ApiToken & { readonly tokenHash: string },
  act: Act,
): Promise<'done' | 'no-user' | 'role-too-high'> {
  return db.transaction().execute(async (trx) => {
    const owner = await trx
      .selectFrom('users')
      .select(['name', 'role'])
      .where('name', '=', cleanText(token.userName))
      .forUpdate()
      .executeTakeFirst();
    if (owner === undefined) return 'no-user';
    if (owner.role === null || rankOf(token.role) > rankOf(owner.role)) return 'role-too-high';
    await trx
      .insertInto('api_tokens')
      .values({
        id: token.id,
        token_hash: token.tokenHash,
        user_name: owner.name,
        label: cleanText(token.label),
        role: token.role,
        created_at: token.createdAt,
        ends_at: token.endsAt,
        last_used_at: null,
      })
      .execute();
    await writeAudit(trx, {
      ...act,
      action: 'made',
      subject: 'token',
      subjectId: token.id,
      after: {
        owner: owner.name,
        label: token.label,
        role: token.role,
        ends: token.endsAt.toISOString(),
      },
    });
    return 'done';
  });
}

export async function findToken(
  db: Database,
  tokenHash: string,
  at: Date,
): Promise<ApiToken | undefined> {
  const row = await db
    .selectFrom('api_tokens')
    .innerJoin('users', 'users.name', 'api_tokens.user_name')
    .selectAll('api_tokens')
    .select('users.role as owner_role')
    .where('token_hash', '=', tokenHash)
    .where('ends_at', '>', at)
    .executeTakeFirst();
  if (row === undefined || row.owner_role === null) return undefined;
  if (row.last_used_at === null || at.getTime() - row.last_used_at.getTime() >= usedEveryMs)
    await db.updateTable('api_tokens').set({ last_used_at: at }).where('id', '=', row.id).execute();
  const role = rankOf(row.role) < rankOf(row.owner_role) ? row.role : row.owner_role;
  return { ...tokenOf(row), role };
}

export async function listTokens(
  db: Database,
  at: Date,
  userName?: string,
): Promise<readonly ApiToken[]> {
  const rows = await db
    .selectFrom('api_tokens')
    .selectAll()
    .where('ends_at', '>', at)
    .$if(userName !== undefined, (select) => select.where('user_name', '=', userName ?? ''))
    .orderBy('user_name')
    .orderBy('created_at')
    .execute();
  return rows.map(tokenOf);
}

export async function revokeToken(db: Database, id: string, act: Act): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const revoked = await trx
      .deleteFrom('api_tokens')
      .where('id', '=', cleanText(id))
      .returning(['user_name', 'label'])
      .executeTakeFirst();
    if (revoked === undefined) return false;
    await writeAudit(trx, {
      ...act,
      action: 'revoked',
      subject: 'token',
      subjectId: id,
      before: { owner: revoked.user_name, label: revoked.label },
    });
    return true;
  });
}
