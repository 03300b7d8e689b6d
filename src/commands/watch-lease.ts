/**
 * Watches a mailbox while this process holds its lease, and stands by while another one does.
 *
 * Any number of processes may be told to watch. The one that holds the lease does; it renews it at a third of its
 * term, and stops by itself when it cannot in time.
 */
import { watchTiming } from '../edges/imap-watch.ts';
import { ResponderError } from '../errors.ts';
import type { LeaseStore, TakenLease } from '../ports/leases.ts';
import type { Log } from '../ports.ts';
import { elapsed, HeldLease, type Instant, instant } from './held-lease.ts';
import { ended, inTime, pause } from './waiting.ts';

/** How often one that stands by asks: a watcher that ends cleanly is replaced within this. */
const standByMs = 1_000;
/** A lease that is about to end is asked for this much after its end. */
const afterEndMs = 20;
/** A renewal that failed is tried again after this. */
const renewAgainMs = 1_000;
/** A store that is away must not hold up the end of the process; the lease then ends by itself. */
const releaseMsMax = 5_000;
const retryGrowth = 1.5;

/** A watch that has begun. `abandon`: somebody else watches, so nothing in hand is worth finishing. */
export interface BegunWatch {
  stop(how: 'finish' | 'abandon'): Promise<void>;
}

export interface LeasedWatchOptions {
  readonly mailbox: string;
  /** `host:pid:uuid`, another for each watch. */
  readonly holder: string;
  readonly seconds: number;
  readonly store: LeaseStore;
  readonly log: Log;
  /** Begins to watch. Rejects when the mailbox cannot be reached, and when it is to end before it has begun. */
  begin(held: HeldLease, end: AbortSignal): Promise<BegunWatch>;
}

/** From `start` to `stop`. */
export class LeasedWatch {
  readonly #options: LeasedWatchOptions;
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(options: LeasedWatchOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the watch has begun, or when somebody else watches. Rejects when the lease is ours and the
   * mailbox cannot be reached, or when the store cannot be asked: then nothing goes on.
   */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#loop = this.#run(resolve, reject);
    });
  }

  /** After a start that failed: goes on trying, as after every later failure, until `stop`. */
  tryAgain(failure: unknown): void {
    this.#loop = this.#pauseAfter(failure, 0).then(() =>
      this.#run(
        () => undefined,
        () => undefined,
        1,
      ),
    );
  }

  /** Finishes what is in hand and gives the lease back, so that another process takes over at once. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  /** `failuresBefore`: so many came before; the first start is then over. */
  async #run(
    started: () => void,
    failed: (error: unknown) => void,
    failuresBefore = 0,
  ): Promise<void> {
    let hasStarted = failuresBefore > 0;
    const first = () => {
      hasStarted = true;
      started();
    };
    let failures = failuresBefore;
    while (!this.#stop.signal.aborted) {
      try {
        const held = await this.#standBy(first);
        if (held === undefined) return;
        await this.#watch(held, () => {
          failures = 0;
          first();
        });
      } catch (error) {
        if (!hasStarted) return failed(error);
        await this.#pauseAfter(error, failures);
        failures += 1;
      }
    }
    first();
  }

  /** Asks until the lease is ours. Undefined when it is to stop. Throws when the store cannot be asked. */
  async #standBy(standingBy: () => void): Promise<HeldLease | undefined> {
    const { mailbox, store, seconds, holder, log } = this.#options;
    let seen: (TakenLease & { readonly since: Instant }) | undefined;
    while (!this.#stop.signal.aborted) {
      const askedAt = instant();
      const isSilent = seen !== undefined && elapsed(seen.since).steadyMs > seen.termMs;
      const silent = isSilent && seen !== undefined ? { silent: seen } : {};
      const asking = store.takeLease({ mailbox, holder, seconds, ...silent });
      const answer = await inTime(asking, seconds * 1_000, this.#stop.signal);
      if (answer === undefined) return undefined;
      if (answer.status === 'held') return new HeldLease(answer.lease, store, { seconds, askedAt });
      if (seen?.holder !== answer.holder) {
        log.info({ mailbox, holder: answer.holder }, 'another process watches; standing by');
      }
      if (seen?.epoch !== answer.epoch || seen.renewals !== answer.renewals)
        seen = { ...answer, since: askedAt };
      standingBy();
      await pause(Math.min(answer.freeInMs + afterEndMs, standByMs), this.#stop.signal);
    }
    return undefined;
  }

  /** Resolves when the lease is lost or the watch is to stop; throws when it could not begin. */
  async #watch(held: HeldLease, begun: () => void): Promise<void> {
    const released = new AbortController();
    const keeping = this.#keep(held, released.signal);
    try {
      const watching = await this.#begin(held);
      if (watching === undefined) return;
      begun();
      await ended(this.#stop.signal, held.lost);
      await watching.stop(held.lost.aborted ? 'abandon' : 'finish');
    } finally {
      released.abort();
      await keeping;
      if (held.lost.aborted)
        this.#options.log.warn(
          { mailbox: this.#options.mailbox },
          'the lease is lost; standing by',
        );
      else await this.#release(held);
    }
  }

  /** Undefined when it was cut off because it is to end, or because somebody else watches: no failure. */
  async #begin(held: HeldLease): Promise<BegunWatch | undefined> {
    const { mailbox, log, begin } = this.#options;
    const end = AbortSignal.any([this.#stop.signal, held.lost]);
    try {
      return await begin(held, end);
    } catch (error) {
      if (!end.aborted) throw error;
      log.debug({ mailbox, err: error }, 'the watch ended before it had begun');
      return undefined;
    }
  }

  async #release(held: HeldLease): Promise<void> {
    const { mailbox, log, store } = this.#options;
    try {
      await inTime(store.releaseLease(held.lease), releaseMsMax);
    } catch (error) {
      log.warn(
        { mailbox, error: String(error) },
        'the lease could not be given back; it ends by itself',
      );
    }
  }

  /** Renews until the lease is given back. Loses it when it cannot be renewed in time. */
  async #keep(held: HeldLease, released: AbortSignal): Promise<void> {
    const { mailbox, seconds, log } = this.#options;
    const thirdMs = (seconds * 1_000) / 3;
    let waitMs = thirdMs;
    for (;;) {
      await pause(waitMs, released, held.lost);
      if (released.aborted || held.lost.aborted) return;
      const renewal = await inTime(
        held.renew().catch((error: unknown) => error),
        seconds * 1_000,
        released,
        held.lost,
      );
      if (released.aborted || held.lost.aborted) return;
      waitMs = thirdMs;
      if (renewal === true) continue;
      if (held.leftMs() <= 0) {
        log.error({ mailbox }, 'the lease could not be renewed in time; the watch is stopped');
        held.lose();
        return;
      }
      log.warn({ mailbox, error: String(renewal) }, 'the lease could not be renewed; tried again');
      waitMs = Math.min(renewAgainMs, held.leftMs());
    }
  }

  async #pauseAfter(error: unknown, failures: number): Promise<void> {
    const { mailbox, log } = this.#options;
    const { code, hint, details: mends } = error instanceof ResponderError ? error : {};
    const retryInMs = retryPauseMs(error, failures);
    if (failures === 0)
      log.error(
        {
          mailbox,
          code,
          error: error instanceof Error ? error.message : error,
          mends,
          hint,
          retryInMs,
        },
        'the mailbox cannot be watched; it is tried again by itself',
      );
    await pause(retryInMs, this.#stop.signal);
  }
}

/** A store that is away holds nobody up for long; a mail server that refuses the login is asked seldom. */
function retryPauseMs(error: unknown, failures: number): number {
  const { firstRetryMs, lastRetryMs, refusedRetryMs } = watchTiming;
  if (error instanceof ResponderError) {
    if (error.code.startsWith('STORE_')) return firstRetryMs;
    if (error.retry === 'never' || error.pause === 'long') return refusedRetryMs;
  }
  return Math.min(firstRetryMs * retryGrowth ** failures, lastRetryMs);
}
