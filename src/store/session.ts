/**
 * One PGlite as a pool: clients shaped like those of node-postgres take turns on the single session.
 *
 * PGlite is PostgreSQL in this process, with one session for everybody. A client that has begun a
 * transaction holds the session until the transaction ends; what others ask waits its turn, first come,
 * first served. Kysely's PostgreSQL dialect and BullMQ's PostgreSQL backend both work on it, as they do
 * on a `pg.Pool`, so that the embedded store and a server are one path.
 *
 * It must never let a query of one client join another's transaction. Whoever waits, inside a transaction,
 * for another client's query waits for itself: that ends with an error after `turnWaitMsMax`.
 */
import assert from 'node:assert';
import { EventEmitter } from 'node:events';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import type { PostgresCursor } from 'kysely';
import pg from 'pg';
import { type Command, PreparedStatements, type SqlResult } from './pglite-prepared.ts';
import { preparedName } from './prepared.ts';
import { Turns } from './turns.ts';

/** A turn that has not come after this will never come: some client waits for itself. */
const turnWaitMsMax = 300_000;

/**
 * PGlite reads some types otherwise than node-postgres (int8, numeric, bytea, arrays): node-postgres’ own
 * parsers are put in their place, so that both answer alike.
 */
function readLikeNodePostgres(db: PGlite): void {
  for (const key of Object.keys(db.parsers)) {
    const oid = Number(key);
    if (Number.isInteger(oid)) db.parsers[oid] = pg.types.getTypeParser(oid, 'text');
  }
  // As octets, whatever the type says: as text a mail would be made three times as large, copied and read again.
  const octets = (bytes: Uint8Array) => bytes;
  Reflect.set(db.serializers, pg.types.builtins.BYTEA, octets);
}

/** `LISTEN x` and `UNLISTEN x` as PGlite has to be told them, past comments. */
function listenCommand(text: string): { verb: 'listen' | 'unlisten'; channel: string } | undefined {
  const bare = text.replace(/^(?:\s|--[^\n]*(?:\n|$))+/, '');
  const found = /^(listen|unlisten)\s+("[^"]+"|\w+)\s*;?\s*$/i.exec(bare);
  const [, verb, channel] = found ?? [];
  if (verb === undefined || channel === undefined) return undefined;
  return { verb: verb.toLowerCase() === 'listen' ? 'listen' : 'unlisten', channel };
}

/** A client of the one session. Its own queries run in the order in which they were asked. */
class PgliteClient extends EventEmitter {
  readonly #db: PGlite;
  readonly #turns: Turns;
  readonly #statements: PreparedStatements;
  readonly #listening = new Map<string, () => Promise<void>>();
  #last: Promise<unknown> = Promise.resolve();
  #released = false;

  constructor(db: PGlite, turns: Turns, statements: PreparedStatements) {
    super();
    this.#db = db;
    this.#turns = turns;
    this.#statements = statements;
  }

  /** Several statements in one text are possible only without parameters; the last one answers. */
  query<Row>(text: string, params?: readonly unknown[]): Promise<SqlResult<Row>>;
  query<Row>(cursor: PostgresCursor<Row>): PostgresCursor<Row>;
  query<Row>(
    text: string | PostgresCursor<Row>,
    params: readonly unknown[] = [],
  ): Promise<SqlResult<Row>> | PostgresCursor<Row> {
    assert(typeof text === 'string', 'cursors are not served');
    if (this.#released) return Promise.reject(new Error('This client has been released.'));
    return this.#inOrder(() => this.#inTurn(() => this.#run<Row>(text, params)));
  }

  /** Gives the client back. A transaction that it left open is rolled back before anybody's turn. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#last = this.#inOrder(async () => {
      if (this.#listening.size === 0 && !this.#turns.isHeldBy(this)) return;
      await this.#inTurn(async () => {
        if (this.#db.isInTransaction()) await this.#db.exec('ROLLBACK');
        for (const stop of this.#listening.values()) await stop();
        this.#listening.clear();
      });
    }).catch((error: unknown) => {
      // Nobody awaits a release; whoever listens for errors of the client is told.
      if (this.listenerCount('error') > 0) this.emit('error', error);
    });
  }

  /** Resolves when everything asked of this client so far is done, its release included. */
  async settled(): Promise<void> {
    await this.#last;
  }

  #inOrder<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step, step);
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #inTurn<T>(step: () => Promise<T>): Promise<T> {
    await this.#turns.take(this);
    try {
      return await step();
    } finally {
      if (this.#db.closed || !this.#db.isInTransaction()) this.#turns.give(this);
    }
  }

  async #run<Row>(text: string, params: readonly unknown[]): Promise<SqlResult<Row>> {
    const listen = listenCommand(text);
    if (listen !== undefined) {
      await this.#listen(listen.verb, listen.channel);
      return { command: listen.verb.toUpperCase() as Command, rowCount: 0, rows: [] };
    }
    const name = preparedName(text);
    if (name !== undefined) return this.#statements.run<Row>(name, text, params);
    const results =
      params.length === 0
        ? await this.#db.exec(text)
        : [await this.#db.query<Row>(text, [...params])];
    const last = results.at(-1);
    return {
      command: (last?.command ?? '') as Command,
      rowCount: last?.rowCount ?? 0,
      rows: (last?.rows ?? []) as Row[],
    };
  }

  async #listen(verb: 'listen' | 'unlisten', channel: string): Promise<void> {
    const stop = this.#listening.get(channel);
    if (verb === 'unlisten') {
      this.#listening.delete(channel);
      await stop?.();
    } else if (stop === undefined) {
      const name = channel.startsWith('"') ? channel.slice(1, -1) : channel.toLowerCase();
      const heard = (payload: string) =>
        this.emit('notification', { channel: name, payload, processId: 0 });
      this.#listening.set(channel, await this.#db.listen(channel, heard));
    }
  }
}

/** A `pg.Pool` as far as Kysely and BullMQ need one. Any number of clients, no limit to run into. */
export class PglitePool extends EventEmitter {
  readonly options: object = {};
  readonly #db: PGlite;
  readonly #turns = new Turns(turnWaitMsMax);
  readonly #statements: PreparedStatements;
  readonly #clients = new Set<PgliteClient>();
  #ending: Promise<void> | undefined;

  constructor(db: PGlite) {
    super();
    // Each queue and worker listens for errors of its pool: that is no leak.
    this.setMaxListeners(0);
    this.#db = db;
    this.#statements = new PreparedStatements(db);
    readLikeNodePostgres(db);
  }

  async connect(): Promise<PgliteClient> {
    if (this.#ending !== undefined)
      throw new Error('Cannot use a pool after calling end on the pool');
    const client = new PgliteClient(this.#db, this.#turns, this.#statements);
    this.#clients.add(client);
    const release = client.release.bind(client);
    client.release = () => {
      release();
      void client.settled().then(() => this.#clients.delete(client));
    };
    return client;
  }

  async query<Row>(text: string, params?: readonly unknown[]): Promise<SqlResult<Row>> {
    const client = await this.connect();
    try {
      return await client.query<Row>(text, params);
    } finally {
      client.release();
    }
  }

  /** Waits for what has been asked, then closes the database. */
  end(): Promise<void> {
    this.#ending ??= (async () => {
      for (const client of [...this.#clients]) client.release();
      await Promise.all([...this.#clients].map((client) => client.settled()));
      await this.#db.close();
    })();
    return this.#ending;
  }
}

/** Opens PGlite over a folder, or in memory when none is given. */
export async function openPglitePool(folder: string | undefined): Promise<PglitePool> {
  const db = await PGlite.create({
    extensions: { pg_trgm },
    ...(folder === undefined ? {} : { dataDir: folder }),
  });
  return new PglitePool(db);
}
