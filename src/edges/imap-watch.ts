/**
 * Watches one mailbox over one long-lived connection, and mends it when it breaks.
 *
 * "Connected" is no health: only a look that succeeded counts, resets the backoff and is told. IDLE
 * is started at once after each look and renewed; UIDs are asked for at intervals even when IDLE
 * looks alive, since it can go silent without an error. RFC 2177 (IDLE), RFC 9051 §6.3.13.
 */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { ImapFlow } from 'imapflow';
import { gathered } from '../core/gather.ts';
import { ResponderError } from '../errors.ts';
import type { Clock, Cursor, Log, MailboxHandler, MailLocation, Mark } from '../ports.ts';
import {
  commandFailure,
  createClient,
  leave,
  loginHasEnded,
  type MailboxSettings,
  openFolder,
} from './imap-connection.ts';
import { FetchFailures } from './imap-fetch.ts';
import { type FolderView, intakeFailure, type LookContext, look } from './imap-look.ts';
import { type MarkOutcome, markMany, type WantedMark } from './imap-mark-many.ts';
import { Reconciler, type ReconcileTiming, reconcileTiming } from './imap-reconcile.ts';
import { Bell, pause } from './imap-wait.ts';

/** How long to wait after failures. A test may shorten them. */
export interface WatchTiming {
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
  /** After a refused login, or when asked to slow down: hammering locks accounts. */
  readonly refusedRetryMs: number;
  /** Before the next look while no mails are taken in: each look fetches some that are then left there. */
  readonly intakePausedMs?: number;
  /** How often the mailbox is compared with the ledger. */
  readonly reconcile?: ReconcileTiming;
}

export const watchTiming: WatchTiming = {
  firstRetryMs: 2_000,
  lastRetryMs: 60_000,
  refusedRetryMs: 5 * 60_000,
  reconcile: reconcileTiming,
};

const intakePausedMs = 10_000;
const retryGrowth = 1.5;
const pollSecondsDefault = 60;
/** An IDLE that ends sooner by itself is not worth restarting at once. */
const shortIdleMs = 50;
const idlePauseMsMax = 5_000;
/** Mails that are marked by one command: a set of some hundred characters. */
const marksMax = 50;

export interface WatchDependencies {
  readonly log: Log;
  readonly clock: Clock;
  readonly timing?: WatchTiming;
}

/** From `start` to `stop`. */
export class MailboxWatch {
  readonly #settings: MailboxSettings;
  readonly #handler: MailboxHandler;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #timing: WatchTiming;
  readonly #stop = new AbortController();
  readonly #bell = new Bell();
  readonly #failures = new FetchFailures();
  readonly #reconciler: Reconciler;
  #client: ImapFlow | undefined;
  /** UIDVALIDITY of what was handed over last: places of another one are looked up again first. */
  #uidValidity: string | undefined;
  #arrived = 0;
  /** Of the connection at hand. */
  #view: FolderView = {};
  #trouble: ResponderError | undefined;
  #looks = 0;
  #hasLoggedInAgain = false;
  #retries = 0;
  /** Marks that are wanted while others are being set go together. */
  readonly #marking = gathered<WantedMark, MarkOutcome>((wanted) => this.#markAll(wanted), {
    itemsMax: marksMax,
    turn,
  });
  #loop: Promise<void> = Promise.resolve();

  constructor(
    settings: MailboxSettings,
    handler: MailboxHandler,
    { log, clock, timing = watchTiming }: WatchDependencies,
  ) {
    this.#settings = settings;
    this.#handler = handler;
    this.#log = log;
    this.#clock = clock;
    this.#timing = timing;
    this.#reconciler = new Reconciler(handler, { log, clock, timing: timing.reconcile });
  }

  /** Resolves after the first successful look; rejects with ResponderError when it fails. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#loop = this.#run(resolve, reject).catch(reject);
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#bell.ring();
    await this.#loop;
  }

  /** Throws ResponderError while there is no connection: the mark is to be tried again later. */
  async mark(location: MailLocation, mark: Mark): Promise<'marked' | 'gone'> {
    const outcome = await this.#marking({ location, mark });
    if (outcome instanceof ResponderError) throw outcome;
    return outcome;
  }

  async #markAll(wanted: readonly WantedMark[]): Promise<readonly MarkOutcome[]> {
    const client = this.#client;
    if (client === undefined || !client.usable) {
      throw this.#notConnected();
    }
    const refused = wanted.map(({ location }) => this.#refusalWhileRenumbered(client, location));
    const rest = wanted.filter((_one, place) => refused[place] === undefined);
    try {
      const context = { client, settings: this.#settings, log: this.#log };
      const marked = new Map(
        (await markMany(context, rest)).map((outcome, place) => [rest[place], outcome]),
      );
      return wanted.map((one, place) => refused[place] ?? marked.get(one) ?? 'gone');
    } catch (error) {
      throw commandFailure(this.#settings.imap, error);
    }
  }

  /** Until all places are known anew, a mail that is not at its old one is not gone. */
  #refusalWhileRenumbered(
    { mailbox }: ImapFlow,
    location: MailLocation,
  ): ResponderError | undefined {
    const now = mailbox === false ? this.#uidValidity : String(mailbox.uidValidity);
    if (now === location.uidValidity || now === this.#uidValidity) {
      return undefined;
    }
    return new ResponderError(
      'IMAP_FAILED',
      `The mail server has renumbered mailbox ${this.#settings.name}; where its mails lie now is being found out.`,
    );
  }

  /** A mark can always be tried again, whatever keeps the watch from connecting. */
  #notConnected(): ResponderError {
    const trouble = this.#trouble;
    const code = trouble?.code === 'IMAP_UNREACHABLE' ? 'IMAP_UNREACHABLE' : 'IMAP_FAILED';
    const why = trouble?.message ?? 'it is being opened.';
    return new ResponderError(
      code,
      `There is no connection to mailbox ${this.#settings.name} at the moment: ${why}`,
      trouble === undefined ? {} : { cause: trouble },
    );
  }

  async #run(started: () => void, failed: (error: ResponderError) => void): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#session(started);
      } catch (error) {
        const failure = commandFailure(this.#settings.imap, error);
        if (this.#looks === 0) {
          failed(failure);
          return;
        }
        if (!this.#stop.signal.aborted) {
          await this.#pauseAfter(failure);
        }
      }
    }
    failed(new ResponderError('IMAP_FAILED', 'The watch was stopped before its first look.'));
  }

  /** One connection, from opening it to its end. Returns when stopped, or when it is to log in again. */
  async #session(started: () => void): Promise<void> {
    // Before the folder is opened, whose UIDNEXT can then never be behind it.
    const cursor = await this.#findCursor();
    const client = createClient(this.#settings.imap);
    this.#view = {};
    const ring = () => this.#bell.ring();
    const exists = ({ count, prevCount }: { count: number; prevCount: number }) => {
      this.#arrived += Math.max(0, count - prevCount);
      ring();
    };
    const abandon = () => client.close();
    client.on('exists', exists);
    client.on('close', ring);
    // Until it is open nothing is worth finishing.
    this.#stop.signal.addEventListener('abort', abandon);
    try {
      const folder = await openFolder(client, this.#settings.imap);
      if (folder.readOnly) {
        this.#log.warn(
          { mailbox: this.#settings.name },
          'the mail server opens the folder read-only: mails cannot be marked',
        );
      }
      this.#client = client;
      this.#stop.signal.removeEventListener('abort', abandon);
      await this.#lookAgainAndAgain(client, { cursor, started });
    } catch (error) {
      if (!this.#mayLogInAgain(client)) {
        throw error;
      }
      this.#log.debug({ mailbox: this.#settings.name, err: error }, 'logging in with a new token');
    } finally {
      this.#stop.signal.removeEventListener('abort', abandon);
      this.#client = undefined;
      client.off('exists', exists);
      client.off('close', ring);
      await leave(client);
    }
  }

  /** A login that ends with its token is no trouble; without a look between the two it is. */
  #mayLogInAgain(client: ImapFlow): boolean {
    if (this.#hasLoggedInAgain || !loginHasEnded(client, this.#settings.imap)) {
      return false;
    }
    this.#hasLoggedInAgain = true;
    return true;
  }

  async #lookAgainAndAgain(
    client: ImapFlow,
    from: { readonly cursor: Cursor | undefined; readonly started: () => void },
  ): Promise<void> {
    let cursor = await this.#look(client, from.cursor, { isFirst: true });
    from.started();
    while (!this.#stop.signal.aborted) {
      cursor = await this.#reconcile(client, cursor);
      const woken = this.#stop.signal.aborted ? 'rung' : await this.#wait(client);
      if (this.#stop.signal.aborted) {
        return;
      }
      if (!client.usable) {
        throw Object.assign(new Error('Connection closed'), {
          code: 'NoConnection',
          reason: client.byeReason,
        });
      }
      if (woken === 'time') {
        // The view of the folder moves on only with a command that allows it. RFC 9051 §5.2.
        await client.noop();
      }
      cursor = await this.#look(client, cursor);
    }
  }

  async #look(
    client: ImapFlow,
    before: Cursor | undefined,
    { isFirst = false } = {},
  ): Promise<Cursor> {
    // Before the look: what arrives during it rings again.
    this.#bell.silence();
    const arrived = this.#arrived;
    this.#arrived = 0;
    let cursor: Cursor;
    try {
      cursor = await look(
        { ...this.#lookContext(client), ...(isFirst ? {} : { arrived }) },
        before,
      );
      this.#uidValidity = cursor.uidValidity;
    } catch (error) {
      cursor = await this.#withoutRoom(error);
    }
    await this.#lookSucceeded();
    return cursor;
  }

  /** No trouble: the mailbox was seen, and the server keeps what is new until there is room for it. */
  async #withoutRoom(error: unknown): Promise<Cursor> {
    if (!(error instanceof ResponderError) || error.code !== 'INTAKE_PAUSED') throw error;
    await pause(this.#timing.intakePausedMs ?? intakePausedMs, this.#stop.signal);
    const cursor = await this.#findCursor();
    assert.ok(cursor !== undefined, 'mails are only handed over behind a cursor');
    // As many as there may be are left, and nothing will tell of them.
    this.#arrived = Number.POSITIVE_INFINITY;
    this.#bell.ring();
    return cursor;
  }

  #lookContext(client: ImapFlow): LookContext {
    return {
      client,
      settings: this.#settings,
      handler: this.#handler,
      log: this.#log,
      clock: this.#clock,
      failures: this.#failures,
      stop: this.#stop.signal,
      view: this.#view,
      progressed: async () => this.#handler.looked(this.#clock.now()),
    };
  }

  /** Compares the mailbox with the ledger when it is time to. New mail does not wait for the end of it. */
  async #reconcile(client: ImapFlow, before: Cursor): Promise<Cursor> {
    let cursor = before;
    const handler = this.#handler;
    const context = { ...this.#lookContext(client), handler, cursor: () => cursor };
    for await (const _portion of this.#reconciler.run(context)) {
      if (this.#bell.isRung) {
        cursor = await this.#look(client, cursor);
      }
    }
    return cursor;
  }

  async #findCursor(): Promise<Cursor | undefined> {
    try {
      return await this.#handler.findCursor();
    } catch (error) {
      throw intakeFailure(error);
    }
  }

  async #lookSucceeded(): Promise<void> {
    this.#looks += 1;
    this.#retries = 0;
    this.#hasLoggedInAgain = false;
    await this.#handler.looked(this.#clock.now());
    if (this.#trouble !== undefined) {
      this.#trouble = undefined;
      this.#handler.recovered();
    }
  }

  async #wait(client: ImapFlow): Promise<'rung' | 'time'> {
    const over = new AbortController();
    // It unwinds when the next command breaks the IDLE; when it fails, the connection did.
    keepIdling(client, over.signal).catch((error: unknown) =>
      this.#log.debug({ mailbox: this.#settings.name, err: error }, 'IDLE ended'),
    );
    const woken = await this.#bell.heard(
      (this.#settings.imap.pollSeconds ?? pollSecondsDefault) * 1_000,
    );
    over.abort();
    return woken;
  }

  async #pauseAfter(failure: ResponderError): Promise<void> {
    const retryInMs = this.#retryInMs(failure);
    if (this.#trouble?.code !== failure.code) {
      await this.#handler.troubled(failure, retryInMs);
    }
    this.#trouble = failure;
    this.#retries += 1;
    await pause(retryInMs, this.#stop.signal);
  }

  /** With jitter, so that many mailboxes of one server do not come back all at once. */
  #retryInMs(failure: ResponderError): number {
    const { firstRetryMs, lastRetryMs, refusedRetryMs } = this.#timing;
    const jitter = 1 + Math.random() * 0.25;
    if (failure.retry === 'never' || failure.pause === 'long') {
      return Math.round(refusedRetryMs * jitter);
    }
    const grown = Math.min(firstRetryMs * retryGrowth ** this.#retries, lastRetryMs);
    return Math.round(grown * jitter);
  }
}

/**
 * Idles until `over`, starting again after a mark has broken it. imapflow itself renews an IDLE
 * that has lasted for `maxIdleTime`. Without IDLE the interval of the poll is all there is.
 */
async function keepIdling(client: ImapFlow, over: AbortSignal): Promise<void> {
  let pauseMs = 0;
  while (!over.aborted && client.usable && client.mailbox && client.capabilities.has('IDLE')) {
    const began = performance.now();
    const ended = await client.idle({ whenFree: true });
    if (ended === false) {
      return;
    }
    // A server that ends every IDLE at once must not be asked in a tight loop.
    const isShort = performance.now() - began < shortIdleMs;
    pauseMs = isShort ? Math.min(Math.max(pauseMs * 2, shortIdleMs), idlePauseMsMax) : 0;
    if (isShort) {
      await pause(pauseMs, over);
    }
  }
}
