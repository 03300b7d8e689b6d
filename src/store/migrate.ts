/**
 * Brings the schema up to date, and says whether this program may run on one that is ahead of it.
 *
 * During a rolling upgrade the new version migrates while workers of the one before go on, and are perhaps
 * started again. They may where the schema says so: `schema_compat` names the oldest schema whose program its
 * columns and constraints still suit. Every migration only adds; what takes something away does so a release
 * after the last program that used it.
 */
import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { ResponderError } from '../errors.ts';
import { type StorePlace, storeFailure } from './failures.ts';
import { type Schema, schemaName } from './schema.ts';

export interface SchemaVersions {
  readonly migrations: Readonly<Record<string, Migration>>;
  /** The oldest schema whose program may still run on the newest: the last one of the release before. */
  readonly compatibleFrom: string;
}

/** What has been run, in order; nothing where the database is new. */
async function executedNames(db: Kysely<Schema>): Promise<readonly string[]> {
  const table = `${schemaName}.kysely_migration`;
  const { rows: found } = await sql<{ exists: boolean }>`
    select to_regclass(${table}) is not null as exists`.execute(db);
  if (found[0]?.exists !== true) return [];
  const { rows } = await sql<{ name: string }>`
    select name from ${sql.table(table)} order by name`.execute(db);
  return rows.map(({ name }) => name);
}

/** Which programs the newest schema still suits; undefined where it does not say. */
async function compatibleFrom(db: Kysely<Schema>, newest: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('schema_compat')
    .select('compatible_from')
    .where('newest', '=', newest)
    .executeTakeFirst();
  return row?.compatible_from;
}

/** The newest name when the schema is ahead and says that this program may run. Throws when it may not. */
async function findNewer(
  db: Kysely<Schema>,
  place: StorePlace,
  known: readonly string[],
): Promise<string | undefined> {
  const executed = await executedNames(db);
  const newest = executed.at(-1);
  const unknown = executed.filter((name) => !known.includes(name));
  const [first] = unknown;
  if (newest === undefined || first === undefined) return undefined;
  const last = known.at(-1) ?? '';
  const isAhead = first > last && known.every((name) => executed.includes(name));
  // Whoever knows of `schema_compat` at all has run the migration that made it.
  const from =
    isAhead && known.includes(compatSince) ? await compatibleFrom(db, newest) : undefined;
  if (from !== undefined && from <= last) return newest;
  throw new ResponderError(
    'STORE_FAILED',
    `The schema of ${place.name} is newer than this version (it has ${newest}): update first.`,
  );
}

const compatSince = '0005-leases';

/** The last migration writes down who may still run, in its own transaction. */
function withCompat({
  migrations,
  compatibleFrom: from,
}: SchemaVersions): Record<string, Migration> {
  const last = Object.entries(migrations).at(-1);
  if (last === undefined || last[0] < compatSince) return { ...migrations };
  const [name, migration] = last;
  const up = async (db: Kysely<unknown>): Promise<void> => {
    await migration.up(db);
    await sql`insert into schema_compat (newest, compatible_from) values (${name}, ${from})
      on conflict (only_line) do update
      set newest = excluded.newest, compatible_from = excluded.compatible_from`.execute(db);
  };
  return { ...migrations, [name]: { up } };
}

/**
 * Several processes may do this at once: Kysely lets one of them migrate and the others wait. Answers with the
 * name of the newest migration where the schema is ahead of this program, and serves it all the same.
 */
export async function migrate(
  db: Kysely<Schema>,
  place: StorePlace,
  versions: SchemaVersions,
): Promise<string | undefined> {
  const known = Object.keys(versions.migrations);
  const before = await findNewer(db, place, known);
  if (before !== undefined) return before;
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => withCompat(versions) },
    migrationTableSchema: schemaName,
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return undefined;
  // A newer version may have been quicker.
  const newer = await findNewer(db, place, known).catch((failure: unknown) => {
    throw failure instanceof ResponderError ? failure : storeFailure(error, place);
  });
  if (newer !== undefined) return newer;
  throw storeFailure(error, place);
}
