/**
 * What was saved in the console, and the history of one file: saved by whom, and when it first went out.
 */
import { type RawBuilder, sql } from 'kysely';
import type { TemplateFileVersion, TemplateSave, TemplateSaved } from '../ports/templates.ts';
import { writeAudit } from './audit.ts';
import { cleanText } from './json.ts';
import type { Database } from './schema.ts';

/** The words of before and of now, who saved them, and the line of the audit log, together. */
export async function saveTemplate(db: Database, save: TemplateSave): Promise<void> {
  const { folder, id, file, before, act, action } = save;
  await db.transaction().execute(async (trx) => {
    const words = [file, ...(before === undefined ? [] : [before])];
    await trx
      .insertInto('template_files')
      .values(
        words
          .map(({ hash, source }) => ({ hash, source: cleanText(source) }))
          .sort((a, b) => (a.hash < b.hash ? -1 : 1)),
      )
      .onConflict((conflict) => conflict.column('hash').doNothing())
      .execute();
    await trx
      .insertInto('template_saves')
      .values({
        folder: cleanText(folder),
        file_id: id,
        hash: file.hash,
        before_hash: before?.hash ?? null,
        at: act.at,
        by_name: cleanText(act.by),
      })
      .execute();
    await writeAudit(trx, {
      ...act,
      action,
      subject: 'template',
      subjectId: id,
      ...(before === undefined ? {} : { before: { version: before.hash.slice(0, 12) } }),
      after: { version: file.hash.slice(0, 12), folder },
    });
  });
}

/** The last save of each file of a folder. */
export async function lastTemplateSaves(
  db: Database,
  folder: string,
): Promise<readonly TemplateSaved[]> {
  const { rows } = await sql<{ file_id: string; hash: string; at: Date; by_name: string }>`
    select distinct on (file_id) file_id, hash, at, by_name from template_saves
    where folder = ${cleanText(folder)} order by file_id, id desc`.execute(db);
  return rows.map(({ file_id, hash, at, by_name }) => ({ id: file_id, hash, at, by: by_name }));
}

/**
 * Newest first. A partial’s words went out with whichever template of its language used them, the layout’s with any.
 */
export async function templateFileHistory(
  db: Database,
  { folder, id, limit }: { readonly folder: string; readonly id: string; readonly limit: number },
): Promise<readonly TemplateFileVersion[]> {
  const saves = await db
    .selectFrom('template_saves')
    .select(['hash', 'before_hash', 'at', 'by_name'])
    .where('folder', '=', cleanText(folder))
    .where('file_id', '=', id)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  const used = await firstUses(db, id, limit);
  const known = new Set([...saves.map(({ hash }) => hash), ...used.keys()]);
  const versions: TemplateFileVersion[] = [];
  for (const { hash, at, by_name } of saves)
    versions.push({ hash, at, by: by_name, ...firstUse(used.get(hash)) });
  const saved = new Set(saves.map(({ hash }) => hash));
  for (const [hash, at] of used) if (!saved.has(hash)) versions.push({ hash, at, firstUsedAt: at });
  for (const { before_hash: hash, at } of saves) {
    if (hash === null || known.has(hash)) continue;
    known.add(hash);
    versions.push({ hash, at, replaced: true });
  }
  return versions
    .sort((a, b) => b.at.getTime() - a.at.getTime() || Number(a.replaced) - Number(b.replaced))
    .slice(0, limit);
}

function firstUse(firstUsedAt: Date | undefined): { readonly firstUsedAt?: Date } {
  return firstUsedAt === undefined ? {} : { firstUsedAt };
}

async function firstUses(
  db: Database,
  id: string,
  limit: number,
): Promise<ReadonlyMap<string, Date>> {
  const isTemplate = id !== 'layout' && !id.includes('/partials/');
  const locale = id === 'layout' ? '' : `${id.split('/')[0]}/`;
  const own = isTemplate ? sql`template_id = ${id}` : sql`starts_with(template_id, ${locale})`;
  const { rows } = await sql<{ hash: string; at: Date }>`
    select file->>'hash' as hash, min(first_used_at) as at
    from template_versions, jsonb_array_elements(files) as file
    where ${own} and file->>'id' = ${id}
    group by 1 order by 2 desc limit ${limit}`.execute(db);
  return new Map(rows.map(({ hash, at }) => [hash, at]));
}

/** The words of a version of a file; undefined where its hash is of no version of it. */
export async function findTemplateWords(
  db: Database,
  { folder, id, hash }: { readonly folder: string; readonly id: string; readonly hash: string },
): Promise<string | undefined> {
  const { rows } = await sql<{ source: string }>`
    select source from template_files where hash = ${hash} and (
      exists (select from template_saves where folder = ${cleanText(folder)} and file_id = ${id}
        and (template_saves.hash = ${hash} or before_hash = ${hash}))
      or exists (select from template_versions, jsonb_array_elements(files) as file
        where file->>'id' = ${id} and file->>'hash' = ${hash}))`.execute(db);
  return rows[0]?.source;
}

/** Who saved any of these words last, as a part of the statement that keeps the version they belong to. */
export function authorOf(db: Database, hashes: readonly string[]): RawBuilder<string | null> {
  const author = db
    .selectFrom('template_saves')
    .select('by_name')
    .where('hash', 'in', hashes)
    .orderBy('id', 'desc')
    .limit(1);
  return sql<string | null>`(${author})`;
}
