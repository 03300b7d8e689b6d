/**
 * Watches one mailbox over one long-lived connection, and mends it when it breaks.
 *
 * "Connected" is no health: only a look that succeeded counts, resets the backoff and is told. IDLE
 * is started at once after each look and renewed; UIDs are asked for at intervals even when IDLE
 * looks alive, since it can go silent without an error. RFC 2177 (IDLE), RFC 9051 §6.3.13.
 */
import type { ImapFlow } from 'imapflow';
import { ResponderError } from '../errors.ts';
import type { Clock, Cursor, Log, MailboxHandler, MailLocation, Mark } from '../ports.ts';
import {
  commandFailure,
  createClient,
  leave,
  type MailboxSettings,
  openFolder,
} from './imap-connection.ts';
import { FetchFailures } from './imap-fetch.ts';
import { intakeFailure, look } from './imap-look.ts';
import { markMail } from './imap-mark.ts';

/** How long to wait after failures. A test may shorten them. */
export interface WatchTiming {
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
  /** After a refused login: hammering locks accounts. */
  readonly refusedRetryMs: number;
  /** Before the next look while no mails are taken in: each look fetches some that are then left there. */
  readonly intakePausedMs?: number;
}

export const watchTiming: WatchTiming = {
  firstRetryMs: 2_000,
  lastRetryMs: 60_000,
  refusedRetryMs: 5 * 60_000,
};

const intakePausedMs = 10_000;
const retryGrowth = 1.5;
const pollSecondsDefault = 60;
/** An IDLE that ends sooner by itself is not worth restarting at once. */
const shortIdleMs = 50;
const idlePauseMsMax = 5_000;

export interface WatchDependencies {
  readonly log: Log;
  readonly clock: Clock;
  readonly timing?: WatchTiming;
}

/** Wakes the watch: something is new, the connection closed, or it is to stop. */
class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  silence(): void {
    this.#rung = false;
  }

  /** Resolves when rung, or after the time: the answer says which. */
  async heard(timeoutMs: number): Promise<'rung' | 'time'> {
    if (this.#rung) {
      return 'rung';
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#wake = undefined;
        resolve('time');
      }, timeoutMs);
      this.#wake = () => {
        this.#wake = undefined;
        clearTimeout(timer);
        resolve('rung');
      };
    });
  }
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
  #client: ImapFlow | undefined;
  #trouble: ResponderError | undefined;
  #looks = 0;
  #retries = 0;
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
    const client = this.#client;
    if (client === undefined || !client.usable) {
      throw this.#notConnected();
    }
    try {
      return await markMail({ client, settings: this.#settings, log: this.#log }, location, mark);
    } catch (error) {
      throw commandFailure(this.#settings.imap, error);
    }
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

  /** One connection, from opening it to its end. Returns only when stopped. */
  async #session(started: () => void): Promise<void> {
    const client = createClient(this.#settings.imap);
    const ring = () => this.#bell.ring();
    const abandon = () => client.close();
    client.on('exists', ring);
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
      await this.#lookAgainAndAgain(client, started);
    } finally {
      this.#stop.signal.removeEventListener('abort', abandon);
      this.#client = undefined;
      client.off('exists', ring);
      client.off('close', ring);
      await leave(client);
    }
  }

  async #lookAgainAndAgain(client: ImapFlow, started: () => void): Promise<void> {
    let cursor = await this.#findCursor();
    while (!this.#stop.signal.aborted) {
      // Before the look: what arrives during it rings again.
      this.#bell.silence();
      cursor = await this.#look(client, cursor);
      this.#lookSucceeded();
      started();
      if (this.#stop.signal.aborted) {
        return;
      }
      const woken = await this.#wait(client);
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
    }
  }

  async #look(client: ImapFlow, cursor: Cursor | undefined): Promise<Cursor | undefined> {
    try {
      return await look(
        {
          client,
          settings: this.#settings,
          handler: this.#handler,
          log: this.#log,
          clock: this.#clock,
          failures: this.#failures,
          stop: this.#stop.signal,
        },
        cursor,
      );
    } catch (error) {
      // No trouble: the mailbox was seen, and the server keeps what is new until there is room for it.
      if (!(error instanceof ResponderError) || error.code !== 'INTAKE_PAUSED') throw error;
      await pause(this.#timing.intakePausedMs ?? intakePausedMs, this.#stop.signal);
      this.#bell.ring();
      return this.#findCursor();
    }
  }

  async #findCursor(): Promise<Cursor | undefined> {
    try {
      return await this.#handler.findCursor();
    } catch (error) {
      throw intakeFailure(error);
    }
  }

  #lookSucceeded(): void {
    this.#looks += 1;
    this.#retries = 0;
    this.#handler.looked(this.#clock.now());
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
      this.#handler.troubled(failure, retryInMs);
    }
    this.#trouble = failure;
    this.#retries += 1;
    await pause(retryInMs, this.#stop.signal);
  }

  /** With jitter, so that many mailboxes of one server do not come back all at once. */
  #retryInMs(failure: ResponderError): number {
    const { firstRetryMs, lastRetryMs, refusedRetryMs } = this.#timing;
    const jitter = 1 + Math.random() * 0.25;
    if (failure.retry === 'never') {
      return Math.round(refusedRetryMs * jitter);
    }
    const grown = Math.min(firstRetryMs * retryGrowth ** this.#retries, lastRetryMs);
    return Math.round(grown * jitter);
  }
}

/** Resolves after the time, or at once when aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
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
