/**
 * The pool as BullMQ’s PostgreSQL backend sees it: the store’s own, with one connection to listen on for
 * all queues together.
 *
 * BullMQ keeps a client per worker to listen on. With a worker for each mailbox those would use up the
 * store’s connections, and everything would stand still. It also asks again at once after most errors:
 * here an error is only passed on after a pause, and a broken connection as the one kind of error that
 * BullMQ itself waits after.
 */
import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { PgNotification, PgPool, PgPoolClient, PgQueryResult } from 'bullmq';
import type { Log } from '../ports.ts';

const pauseAfterErrorMs = 1_000;

/** BullMQ’s own refusals (`job not active`, …): answers, not failures. */
const bullmqState = 'BM001';

function errorField(error: unknown, name: 'code' | 'severity'): string | undefined {
  if (!(error instanceof Error) || !(name in error)) return undefined;
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' ? value : undefined;
}

/** Whether the server answered with an error about the statement, not about the connection. */
function isAnswer(error: unknown): boolean {
  const severity = errorField(error, 'severity');
  return severity !== undefined && !/^08|^53|^57P/.test(errorField(error, 'code') ?? '');
}

/** A broken connection in the words that BullMQ knows. */
class ConnectionLost extends Error {
  readonly code = 'ECONNREFUSED';
}

/** What BullMQ takes for a client: its LISTEN goes to the shared connection, the rest to the pool. */
class SharedClient extends EventEmitter implements PgPoolClient {
  readonly #pool: JobsPool;

  constructor(pool: JobsPool) {
    super();
    this.#pool = pool;
  }

  async query<Row>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<Row>> {
    const channel = /^(?:\s|--[^\n]*\n)*listen\s+(\w+)/i.exec(text)?.[1];
    if (channel !== undefined) {
      await this.#pool.listen(channel);
      return { rows: [] };
    }
    // BullMQ names the connection it listens on after its worker; this one is everybody’s.
    if (text.includes('application_name')) return { rows: [] };
    return this.#pool.query<Row>(text, params);
  }

  release(): void {
    this.#pool.forget(this);
  }
}

export class JobsPool extends EventEmitter implements PgPool {
  readonly #pool: PgPool;
  readonly #log: Log;
  readonly #clients = new Set<SharedClient>();
  readonly #channels = new Map<string, Promise<unknown>>();
  readonly #closing = new AbortController();
  #listener: Promise<PgPoolClient> | undefined;
  #isTroubled = false;

  constructor(pool: PgPool, log: Log) {
    super();
    // Every queue and every worker listens for errors of its pool: that is no leak.
    this.setMaxListeners(0);
    this.#pool = pool;
    this.#log = log;
  }

  async connect(): Promise<PgPoolClient> {
    const client = new SharedClient(this);
    this.#clients.add(client);
    return client;
  }

  async query<Row>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<Row>> {
    try {
      const result = await this.#pool.query<Row>(text, params);
      this.#recovered();
      return result;
    } catch (error) {
      throw await this.#slowed(error);
    }
  }

  /** Makes the shared connection listen, so that every client hears what comes on the channel. */
  async listen(channel: string): Promise<void> {
    try {
      // One at a time: several workers ask for the same channel at once.
      const listening = this.#channels.get(channel) ?? this.#listenOn(channel);
      this.#channels.set(channel, listening);
      await listening;
      this.#recovered();
    } catch (error) {
      this.#channels.delete(channel);
      throw await this.#slowed(error);
    }
  }

  forget(client: SharedClient): void {
    this.#clients.delete(client);
  }

  /** Gives the shared connection back; the pool itself belongs to the store. */
  async end(): Promise<void> {
    this.#closing.abort();
    const listener = await this.#listener?.catch(() => undefined);
    this.#listener = undefined;
    listener?.removeAllListeners('notification');
    // Not for anybody else: it still listens.
    listener?.release(true);
  }

  async #listenOn(channel: string): Promise<void> {
    this.#listener ??= this.#openListener();
    const listener = await this.#listener;
    await listener.query(`listen ${channel}`);
  }

  async #openListener(): Promise<PgPoolClient> {
    try {
      const listener = await this.#pool.connect();
      listener.on('notification', (message: PgNotification) => {
        for (const client of this.#clients) client.emit('notification', message);
      });
      let isLost = false;
      const lost = (error: Error) => {
        if (isLost) return;
        isLost = true;
        this.#dropListener(listener, error);
      };
      listener.on('error', lost);
      listener.on('end', () => lost(new Error('The connection ended.')));
      return listener;
    } catch (error) {
      this.#listener = undefined;
      throw error;
    }
  }

  /** Tells every client, so that BullMQ looks for jobs it was not told of and listens anew. */
  #dropListener(listener: PgPoolClient, error: Error): void {
    if (this.#closing.signal.aborted) return;
    this.#listener = undefined;
    this.#channels.clear();
    this.#troubled(error);
    listener.removeAllListeners('notification');
    listener.release(true);
    for (const client of [...this.#clients])
      if (client.listenerCount('error') > 0) client.emit('error', error);
  }

  async #slowed(error: unknown): Promise<unknown> {
    if (errorField(error, 'code') === bullmqState) return error;
    const isLost = !isAnswer(error);
    if (isLost) this.#troubled(error);
    await pause(pauseAfterErrorMs, undefined, { signal: this.#closing.signal, ref: false }).catch(
      // Closing ends the pause early, and that is all.
      () => undefined,
    );
    return isLost ? new ConnectionLost('The queue’s database is away.', { cause: error }) : error;
  }

  #troubled(error: unknown): void {
    if (this.#isTroubled || this.#closing.signal.aborted) return;
    this.#isTroubled = true;
    this.#log.warn({ err: error }, 'The queue lost its database; it is tried again by itself.');
  }

  #recovered(): void {
    if (!this.#isTroubled) return;
    this.#isTroubled = false;
    this.#log.info({}, 'The queue has its database again.');
  }
}
