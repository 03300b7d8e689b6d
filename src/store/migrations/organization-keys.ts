/**
 * Brings the keys of organisation names up to date with how names are compared now.
 *
 * They are derived from the names of the records; only those that differ are written.
 */
import { type Kysely, sql } from 'kysely';
import { normalizeOrganization } from '../../core/organization-name.ts';
import { cleanText, toJson } from '../json.ts';

const pageRows = 5_000;

interface NameRow {
  readonly id: string;
  readonly name: string;
  readonly value: string | null;
}

export async function renewOrganizationKeys(db: Kysely<unknown>): Promise<void> {
  let after = '';
  for (;;) {
    const { rows } = await sql<NameRow>`
      select c.id, c.name, k.value
      from (select id, name from customers where id > ${after} order by id limit ${pageRows}) as c
      left join customer_keys k on k.customer_id = c.id and k.kind = 'organization'
      order by c.id`.execute(db);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
    const renewed = rows
      .map(({ id, name, value }) => ({ id, value, now: cleanText(normalizeOrganization(name)) }))
      .filter(({ value, now }) => (value ?? '') !== now);
    if (renewed.length > 0) await renew(db, renewed);
  }
}

async function renew(
  db: Kysely<unknown>,
  renewed: readonly { readonly id: string; readonly now: string }[],
): Promise<void> {
  const json = toJson(renewed);
  await sql`
    delete from customer_keys
    where kind = 'organization' and customer_id in
      (select id from jsonb_to_recordset(${json}::jsonb) as r(id text))`.execute(db);
  await sql`
    insert into customer_keys (kind, value, customer_id)
    select 'organization', now, id from jsonb_to_recordset(${json}::jsonb) as r(id text, now text)
    where now <> ''
    on conflict do nothing`.execute(db);
}
