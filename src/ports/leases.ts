/**
 * Who watches a mailbox: of all the processes that could, one at a time, by a lease in the store.
 *
 * A lease ends by itself when it is not renewed, so that a dead watcher is replaced. Its epoch grows with each
 * new holder; what a watcher writes carries it, and is refused once a newer one is there. So a process that was
 * stopped for a while and wakes up again can do no harm, whatever its clock says.
 */

/** A lease as held. */
export interface WatchLease {
  readonly mailbox: string;
  /** `host:pid:uuid`: which process, and which watch of it. */
  readonly holder: string;
  /** Grows with each new holder of the mailbox. */
  readonly epoch: number;
}

export interface LeaseRequest {
  readonly mailbox: string;
  readonly holder: string;
  /** How long it lasts when it is not renewed. */
  readonly seconds: number;
  /**
   * A lease that was seen to stay as it was for longer than it lasts, by the clock of whoever asks: it is taken
   * although the database’s clock, which may have been set back, calls it valid.
   */
  readonly silent?: Pick<TakenLease, 'epoch' | 'renewals'>;
}

/** Somebody else’s lease, as found. */
export interface TakenLease {
  readonly status: 'taken';
  readonly holder: string;
  readonly epoch: number;
  readonly renewals: number;
  /** How long it lasts when it is not renewed. */
  readonly termMs: number;
  /** Until it ends, were it not renewed. */
  readonly freeInMs: number;
}

export interface LeaseStore {
  /**
   * Takes the lease of a mailbox where nobody holds one: never held, released, ended by the database’s clock, or
   * held by a process of this machine that is gone. In the embedded store, which only one process can have open,
   * every other process is gone.
   */
  takeLease(
    request: LeaseRequest,
  ): Promise<{ readonly status: 'held'; readonly lease: WatchLease } | TakenLease>;
  /** False when somebody else has taken it meanwhile. One that ended and that nobody took goes on. */
  renewLease(lease: WatchLease, seconds: number): Promise<boolean>;
  /** Ends it at once. Does nothing when somebody else holds it by now. */
  releaseLease(lease: WatchLease): Promise<void>;
}
