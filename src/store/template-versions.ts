/**
 * Which words went out: every version of a template that a reply was made of, each file kept once.
 */
import assert from 'node:assert';
import { sql } from 'kysely';
import type { TemplateSource } from '../core/template.ts';
import type { TemplateVersion } from '../core/template-version.ts';
import type { StoredTemplateVersion, TemplateRefusal, TemplateUse } from '../ports/templates.ts';
import { cleanText, toJson } from './json.ts';
import { prepared } from './prepared.ts';
import type { Database, DatabaseTransaction, TemplateFileRow } from './schema.ts';
import { authorOf } from './template-saves.ts';

/** Keeps a version, in the transaction that saves the reply made of it. One that is there stays as it is. */
export async function keepTemplateVersion(
  trx: DatabaseTransaction,
  version: TemplateVersion,
  at: Date,
): Promise<void> {
  const known = await trx
    .selectFrom('template_versions')
    .select('hash')
    .where('hash', '=', version.hash)
    .executeTakeFirst();
  if (known !== undefined) return;
  await keepFiles(trx, version.files);
  await trx
    .insertInto('template_versions')
    .values({
      hash: version.hash,
      template_id: version.templateId,
      files: rowsOf(version.files),
      first_used_at: at,
      author: authorOf(trx, ownWords(version)),
    })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .execute();
}

/** The template’s own words and those of its partials: who saved one of them last is who changed the reply. */
function ownWords({ files }: TemplateVersion): readonly string[] {
  return files.map(({ hash }) => hash);
}

/** Those that are not kept yet, each once. */
export async function unknownVersions(
  db: Database,
  versions: readonly TemplateVersion[],
): Promise<readonly TemplateVersion[]> {
  const byHash = new Map(versions.map((version) => [version.hash, version]));
  if (byHash.size === 0) return [];
  const { rows } = await sql<{ hash: string }>`${prepared('known-template-versions')}
    select hash from template_versions where hash = any(${[...byHash.keys()]}::text[])`.execute(db);
  for (const { hash } of rows) byHash.delete(hash);
  return [...byHash.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1));
}

async function keepFiles(db: Database, files: readonly TemplateSource[]): Promise<void> {
  await db
    .insertInto('template_files')
    // Always in one order: two workers that keep the same files at once wait for each other, and never both.
    .values(
      files
        .map(({ hash, source }) => ({ hash, source: cleanText(source) }))
        .sort((a, b) => (a.hash < b.hash ? -1 : 1)),
    )
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .execute();
}

function rowsOf(files: readonly TemplateSource[]): string {
  return toJson(files.map(({ id, path, hash }): TemplateFileRow => ({ id, path, hash })));
}

/** Fewer characters of a hash name nothing. */
const hashCharsMin = 8;

export async function findTemplateVersion(
  db: Database,
  hash: string,
): Promise<StoredTemplateVersion | undefined> {
  const asked = hash.toLowerCase();
  if (!/^[0-9a-f]+$/.test(asked) || asked.length < hashCharsMin) return undefined;
  const rows = await db
    .selectFrom('template_versions')
    .selectAll()
    .where('hash', 'like', `${asked}%`)
    .limit(2)
    .execute();
  const [row] = rows;
  if (row === undefined || rows.length > 1) return undefined;
  return { ...useOf(row), files: await withSources(db, row.files) };
}

async function withSources(
  db: Database,
  files: readonly TemplateFileRow[],
): Promise<readonly TemplateSource[]> {
  const hashes = files.map(({ hash }) => hash);
  const rows = await db
    .selectFrom('template_files')
    .selectAll()
    .where('hash', 'in', hashes)
    .execute();
  const sources = new Map(rows.map(({ hash, source }) => [hash, source]));
  return files.map((file) => {
    const source = sources.get(file.hash);
    assert(source !== undefined, `a file of a version is kept with it: ${file.id}`);
    return { ...file, source };
  });
}

export async function keepTemplateSet(
  db: Database,
  folder: string,
  files: readonly TemplateSource[],
  at: Date,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await keepFiles(trx, files);
    const values = { files: rowsOf(files), at };
    await trx
      .insertInto('template_sets')
      .values({ folder: cleanText(folder), ...values })
      .onConflict((conflict) => conflict.column('folder').doUpdateSet(values))
      .execute();
  });
}

export async function findTemplateSet(
  db: Database,
  folder: string,
): Promise<readonly TemplateSource[] | undefined> {
  const row = await db
    .selectFrom('template_sets')
    .select('files')
    .where('folder', '=', cleanText(folder))
    .executeTakeFirst();
  return row === undefined ? undefined : withSources(db, row.files);
}

export async function listTemplateVersions(
  db: Database,
  query: { readonly templateId?: string; readonly limit: number },
): Promise<readonly TemplateUse[]> {
  const rows = await db
    .selectFrom('template_versions')
    .select(['hash', 'template_id', 'first_used_at', 'author'])
    .$if(query.templateId !== undefined, (all) =>
      all.where('template_id', '=', cleanText(query.templateId ?? '')),
    )
    .orderBy('first_used_at', 'desc')
    .orderBy('hash')
    .limit(query.limit)
    .execute();
  return rows.map(useOf);
}

function useOf(row: {
  readonly hash: string;
  readonly template_id: string;
  readonly first_used_at: Date;
  readonly author: string | null;
}): TemplateUse {
  return {
    hash: row.hash,
    templateId: row.template_id,
    firstUsedAt: row.first_used_at,
    ...(row.author === null ? {} : { author: row.author }),
  };
}

export async function refuseTemplates(
  db: Database,
  { place, at, problems }: TemplateRefusal,
): Promise<void> {
  const values = { at, problems: toJson(problems) };
  await db
    .insertInto('template_refusals')
    .values({ place: cleanText(place), ...values })
    .onConflict((conflict) => conflict.column('place').doUpdateSet(values))
    .execute();
}

export async function acceptTemplates(db: Database, place: string): Promise<void> {
  await db.deleteFrom('template_refusals').where('place', '=', cleanText(place)).execute();
}

export async function listTemplateRefusals(db: Database): Promise<readonly TemplateRefusal[]> {
  return db.selectFrom('template_refusals').selectAll().orderBy('at').orderBy('place').execute();
}
