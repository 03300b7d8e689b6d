/**
 * Opens the store: PGlite in a folder (or in memory), or a PostgreSQL server. The schema is brought up to
 * date before anybody sees it.
 */
import { join } from 'node:path';
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import pg from 'pg';
import { ResponderError } from '../errors.ts';
import type { Log } from '../ports.ts';
import { type StorePlace, storeFailure } from './failures.ts';
import { lockFolder } from './lock.ts';
import { migrate, type SchemaVersions } from './migrate.ts';
import { schemaVersions } from './migrations/table.ts';
import { PreparingClient } from './prepared.ts';
import { type Schema, schemaName } from './schema.ts';
import { prepareSearch } from './search-words.ts';
import { openPglitePool } from './session.ts';
import { prepareSimilarNames } from './similar-names.ts';
import { storeOver, type WholeStore } from './store.ts';

/** Enough for a worker of some ten jobs; one more connection is BullMQ’s, to listen. */
const connectionsMax = 12;
const connectTimeoutMs = 10_000;
const keepAliveMs = 10_000;
const sameErrorMs = 10_000;
/** Our tables first, then BullMQ’s, whose statements name no schema. */
const searchPath = `${schemaName}, bullmq, public`;

/**
 * A process that is stopped in the middle of a transaction, or whose machine is gone, must not hold up others for
 * long: what it has locked would keep the next watcher from taking the same mails in. Nothing of ours pauses for
 * so long between two statements of a transaction.
 */
const session = `set search_path to ${searchPath};
  set idle_in_transaction_session_timeout to '20s';
  set tcp_keepalives_idle to 10; set tcp_keepalives_interval to 5; set tcp_keepalives_count to 3`;

/** A `pg.Pool`, or what does its work over PGlite. */
export interface StorePool extends PostgresPool {
  query<Row extends object>(text: string, params?: unknown[]): Promise<{ readonly rows: Row[] }>;
}

export interface OpenedStore {
  readonly store: WholeStore;
  /** For BullMQ, which keeps its jobs in the same database. Ended by `store.close()`. */
  readonly pool: StorePool;
}

export interface OpenStoreOptions {
  /** Folder of the embedded store; `:memory:` keeps nothing. */
  readonly dataDir?: string;
  /** Takes precedence over `dataDir`. */
  readonly databaseUrl?: string;
  readonly log?: Log;
  /** What this program knows of the schema; a test may know less. */
  readonly versions?: SchemaVersions;
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
    Client: PreparingClient,
    connectionString: databaseUrl,
    max: connectionsMax,
    connectionTimeoutMillis: connectTimeoutMs,
    // A server that is gone without a word is found out while nothing is asked; the kernel's own wait is two hours.
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMs,
    onConnect: async (client) => {
      // The pool listens only while a client is idle. One that is lent out and breaks between two statements
      // would end the process; its next statement fails anyway, and the pool then replaces it.
      client.on('error', () => undefined);
      await client.query(session);
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
    const newer = await migrate(db, place, options.versions ?? schemaVersions);
    if (newer !== undefined)
      options.log?.warn(
        { schema: newer },
        `The schema of ${place.name} is of a newer version, which this one may still use: update soon.`,
      );
    const hasSimilarNames = await prepareSimilarNames(db);
    if (hasSimilarNames) await prepareSearch(db);
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
