/**
 * Opens the store: PGlite in a folder (or in memory), or a PostgreSQL server. The schema is brought up to
 * date before anybody sees it.
 */
import { join } from 'node:path';
import { Kysely, PostgresDialect, type PostgresPool, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import { ResponderError } from '../errors.ts';
import type { PrivacyStore } from '../ports/privacy.ts';
import type { Log, Store } from '../ports.ts';
import { type StorePlace, storeFailure } from './failures.ts';
import { lockFolder } from './lock.ts';
import { migrations } from './migrations/table.ts';
import { type Schema, schemaName } from './schema.ts';
import { openPglitePool } from './session.ts';
import { prepareSimilarNames } from './similar-names.ts';
import { storeOver } from './store.ts';

/** Enough for a worker of some ten jobs; one more connection is BullMQ’s, to listen. */
const connectionsMax = 12;
const connectTimeoutMs = 10_000;
const sameErrorMs = 10_000;

/** Our tables first, then BullMQ’s, whose statements name no schema. */
const searchPath = `${schemaName}, bullmq, public`;

/** A `pg.Pool`, or what does its work over PGlite. */
export interface StorePool extends PostgresPool {
  query<Row extends object>(text: string, params?: unknown[]): Promise<{ readonly rows: Row[] }>;
}

export interface OpenedStore {
  readonly store: Store & PrivacyStore;
  /** For BullMQ, which keeps its jobs in the same database. Ended by `store.close()`. */
  readonly pool: StorePool;
}

export interface OpenStoreOptions {
  /** Folder of the embedded store; `:memory:` keeps nothing. */
  readonly dataDir?: string;
  /** Takes precedence over `dataDir`. */
  readonly databaseUrl?: string;
  readonly log?: Log;
}

interface Opened {
  readonly pool: StorePool;
  readonly place: StorePlace;
  readonly afterClose: () => void;
}

async function openEmbedded(dataDir: string): Promise<Opened> {
  const isMemory = dataDir === ':memory:';
  const place: StorePlace = {
    name: isMemory ? 'the store in memory' : `the store in ${dataDir}`,
    isServer: false,
  };
  const unlock = isMemory ? () => undefined : lockDataFolder(dataDir);
  try {
    const pool = await openPglitePool(isMemory ? undefined : join(dataDir, 'pglite'));
    await pool.query(`set search_path to ${searchPath}`);
    return { pool, place, afterClose: unlock };
  } catch (error) {
    unlock();
    throw new ResponderError('STORE_FAILED', `${place.name} cannot be opened.`, { cause: error });
  }
}

function lockDataFolder(dataDir: string): () => void {
  try {
    return lockFolder(dataDir);
  } catch (error) {
    if (error instanceof ResponderError) throw error;
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    throw new ResponderError('STORE_FAILED', `The folder ${dataDir} cannot be written${code}.`, {
      cause: error,
    });
  }
}

function placeOf(databaseUrl: string): StorePlace {
  try {
    const { host, port } = new pg.Client({ connectionString: databaseUrl });
    return { name: `PostgreSQL at ${host}:${port}`, isServer: true };
  } catch {
    // The driver’s error repeats the URL, and with it the password.
    throw new ResponderError(
      'SETTINGS_INVALID',
      'DATABASE_URL is not a URL like postgres://user:password@host:5432/database.',
    );
  }
}

async function openServer(databaseUrl: string, log: Log | undefined): Promise<Opened> {
  const place = placeOf(databaseUrl);
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connectionsMax,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    onConnect: async (client) => {
      // The pool listens only while a client is idle. One that is lent out and breaks between two statements
      // would end the process; its next statement fails anyway, and the pool then replaces it.
      client.on('error', () => undefined);
      await client.query(`set search_path to ${searchPath}`);
    },
  });
  // Broken idle connections are replaced by the pool; without a listener they would end the process.
  let loggedAt = Number.NEGATIVE_INFINITY;
  pool.on('error', (error) => {
    // When the server goes away, all of them break at once.
    if (performance.now() - loggedAt < sameErrorMs) return;
    loggedAt = performance.now();
    log?.warn({ err: error }, `A connection to ${place.name} broke off.`);
  });
  try {
    await pool.query('select 1');
    return { pool, place, afterClose: () => undefined };
  } catch (error) {
    await pool.end();
    throw storeFailure(error, place);
  }
}

/** Several processes may do this at once: Kysely lets one of them migrate and the others wait. */
async function migrate(db: Kysely<Schema>, place: StorePlace): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableSchema: schemaName,
  });
  const known = await migrator.getMigrations();
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const run = await sql<{ name: string }>`
    select name from ${sql.table(`${schemaName}.kysely_migration`)} order by name`
    .execute(db)
    .catch(() => undefined);
  const unknown = run?.rows.find((row) => !known.some((migration) => migration.name === row.name));
  if (unknown !== undefined)
    throw new ResponderError(
      'STORE_FAILED',
      `The schema of ${place.name} is newer than this version (it has ${unknown.name}): update first.`,
      { cause: error },
    );
  throw storeFailure(error, place);
}

/**
 * Opens the store and brings its schema up to date.
 *
 * Throws STORE_IN_USE, STORE_UNREACHABLE, STORE_FAILED, or SETTINGS_INVALID for a URL that is none.
 */
export async function openStore(options: OpenStoreOptions): Promise<OpenedStore> {
  const { pool, place, afterClose } =
    options.databaseUrl === undefined
      ? await openEmbedded(options.dataDir ?? 'data')
      : await openServer(options.databaseUrl, options.log);
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= pool.end().finally(afterClose);
    return closing;
  };
  try {
    await migrate(db, place);
    const hasSimilarNames = await prepareSimilarNames(db);
    if (!hasSimilarNames)
      options.log?.warn(
        {},
        `${place.name} has no pg_trgm: customers are found by their very names only (create extension pg_trgm, then start again).`,
      );
    return { store: storeOver(db, { place, close, hasSimilarNames }), pool };
  } catch (error) {
    await close();
    throw storeFailure(error, place);
  }
}
