/**
 * The lease of a mailbox while it is held: for how long for all this process knows, and whether it still is.
 *
 * Only clocks that run evenly are read (and the wall clock only where it makes us more careful), so that a clock
 * that is set forward or back changes nothing.
 */
import { performance } from 'node:perf_hooks';
import { ResponderError } from '../errors.ts';
import type { LeaseStore, WatchLease } from '../ports/leases.ts';
import { inTime } from './waiting.ts';

/** A lease that has run out is asked for once more, for so long: a process that was paused learns what became of it. */
const renewMsMin = 1_000;

/** The lease while it is held. */
export class HeldLease {
  readonly lease: WatchLease;
  readonly #store: LeaseStore;
  readonly #seconds: number;
  readonly #lost = new AbortController();
  #validFrom: Instant;
  #renewing: Promise<boolean> | undefined;

  constructor(lease: WatchLease, store: LeaseStore, term: { seconds: number; askedAt: Instant }) {
    this.lease = lease;
    this.#store = store;
    this.#seconds = term.seconds;
    this.#validFrom = term.askedAt;
  }

  /** Aborted once somebody else watches, or may. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Says that somebody else watches: what the store refused, or a renewal. */
  lose(): void {
    this.#lost.abort();
  }

  /**
   * Before anything is done on the mail server. A process that was stopped for longer than its lease notices here,
   * and asks the store whether it is still the one. Throws LEASE_LOST.
   */
  async check(): Promise<void> {
    const { steadyMs, wallMs } = elapsed(this.#validFrom);
    // While the machine sleeps the steady clock stands still: then the wall clock knows better.
    const isValid = Math.max(steadyMs, wallMs) < this.#seconds * 1_000;
    if (!this.#lost.signal.aborted && (isValid || (await this.renew()))) return;
    throw new ResponderError(
      'LEASE_LOST',
      `Another process watches mailbox ${this.lease.mailbox} by now, or may.`,
    );
  }

  /** Until it ends for all we know; our clock began before the store's did. */
  leftMs(): number {
    return this.#seconds * 1_000 - elapsed(this.#validFrom).steadyMs;
  }

  /** False, and lost, when somebody else has taken it. Throws when the store cannot be asked. */
  renew(): Promise<boolean> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renew(): Promise<boolean> {
    const askedAt = instant();
    const renewal = this.#store.renewLease(this.lease, this.#seconds);
    const isOurs = (await inTime(renewal, Math.max(this.leftMs(), renewMsMin))) === true;
    if (isOurs) this.#validFrom = askedAt;
    else this.lose();
    return isOurs;
  }
}

export interface Instant {
  readonly steadyMs: number;
  readonly wallMs: number;
}

export function instant(): Instant {
  return { steadyMs: performance.now(), wallMs: Date.now() };
}

export function elapsed(since: Instant): Instant {
  const now = instant();
  return { steadyMs: now.steadyMs - since.steadyMs, wallMs: now.wallMs - since.wallMs };
}
