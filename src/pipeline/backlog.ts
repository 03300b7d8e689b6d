/**
 * Keeps a flood in bounds: how much of each mailbox is queued, and when the server had better keep what it has.
 *
 * The store is the buffer and the queue only a part of it: what finds no room in the queue lies durable in the
 * store, and is queued oldest first as room comes. Where even that is too much, since replies cannot leave, nothing
 * more is taken in: the mail server keeps it, and nothing is lost there. Marks are no reason for either: while the
 * mailbox is renumbered they wait for what is still to be taken in.
 */
import { queuedMailsMax, unsettledMailsMax } from '../core/limits.ts';
import { ResponderError } from '../errors.ts';
import type { Job, Jobs } from '../ports.ts';
import { type PipelineParts, queue } from './parts.ts';

export interface BacklogBounds {
  /** Mails of one mailbox that are queued, to be decided or to be answered. */
  readonly queued: number;
  /** Mails of one mailbox that were taken in and not decided, or not answered as they should be. */
  readonly unsettled: number;
}

export const backlogBounds: BacklogBounds = {
  queued: queuedMailsMax,
  unsettled: unsettledMailsMax,
};

export type BacklogParts = Pick<PipelineParts, 'store' | 'jobs' | 'log' | 'desks' | 'clock'>;

/** What one mailbox is known to have left to do. */
class Share {
  /** No more mails than this wait: what was settled since the last count is not taken off. */
  atMost = Number.POSITIVE_INFINITY;
  /** Some of it lies in the store only. */
  isShort = false;
  /** How often new mails found no room. */
  turnedAway = 0;
  /** Mails that were queued ahead of older ones since the last sweep. */
  ahead = 0;
  /** As many replies wait to be sent as may. */
  isClogged = false;
  isPaused = false;
  /** What was queued since the last sweep; the sweep queues all anew, for a queue that lost something. */
  readonly queued = new Set<string>();
}

/** The backlog of the mailboxes of a service. */
export class Backlog {
  readonly #parts: BacklogParts;
  readonly #bounds: BacklogBounds;
  readonly #shares: ReadonlyMap<string, Share>;
  /** Rounds to leave out, and how many were left out before: nothing moved. */
  #rest = { left: 0, last: 0 };

  constructor(parts: BacklogParts, bounds = backlogBounds) {
    this.#parts = parts;
    this.#bounds = bounds;
    this.#shares = new Map([...parts.desks.keys()].map((mailbox) => [mailbox, new Share()]));
  }

  /**
   * Asked before new mails are taken in. Throws INTAKE_PAUSED while too many wait: the watcher then
   * leaves them where they are, and looks again after a while.
   */
  async admit(mailbox: string): Promise<void> {
    const share = this.#shareOf(mailbox);
    const { log } = this.#parts;
    const { unsettled } = this.#bounds;
    // Once paused, it stays so until there is room for more than a few.
    const bound = share.isPaused ? unsettled * resumeShare : unsettled;
    if (await this.#isWithin(mailbox, share, bound)) {
      if (share.isPaused)
        log.info({ mailbox, mails: share.atMost }, 'new mails are taken in again');
      share.isPaused = false;
      return;
    }
    if (!share.isPaused) {
      log.error(
        { mailbox, mails: share.atMost },
        'desk: too many mails wait for their answers, so no more are taken in for now; the mail server keeps them',
      );
    }
    share.isPaused = true;
    throw new ResponderError(
      'INTAKE_PAUSED',
      `${share.atMost} mails of ${mailbox} wait for their answers.`,
    );
  }

  /** The queue for mails that were just taken in: it takes as many as there is room for. */
  get intake(): Pick<Jobs, 'add'> {
    return { add: (jobs) => this.#addNew(jobs) };
  }

  /** Queues what was begun and not finished, of every mailbox: after a start, a crash or a lost queue. */
  async sweep(): Promise<number> {
    for (const share of this.#shares.values()) {
      share.queued.clear();
      share.ahead = 0;
    }
    this.#rest = { left: 0, last: 0 };
    return this.#queueUnfinished([...this.#shares.keys()]);
  }

  /** Queues more of the mailboxes that have more in the store than was queued; asked every second or so. */
  async refill(): Promise<number> {
    const short = [...this.#shares].filter(([, { isShort }]) => isShort).map(([name]) => name);
    if (short.length === 0) return 0;
    if (this.#rest.left > 0) {
      this.#rest.left -= 1;
      return 0;
    }
    const queued = await this.#queueUnfinished(short);
    const rounds = queued > 0 ? 0 : Math.min(2 * this.#rest.last + 1, restRoundsMax);
    this.#rest = { left: rounds, last: rounds };
    return queued;
  }

  async #addNew(jobs: readonly Job[]): Promise<void> {
    for (const [mailbox, found] of Map.groupBy(jobs, (job) => job.mailbox)) {
      const share = this.#shareOf(mailbox);
      share.atMost += found.length;
      if (!(await this.#hasRoom(mailbox, share, found.length))) {
        share.isShort = true;
        share.turnedAway += 1;
        continue;
      }
      for (const { kind, caseId } of found) share.queued.add(`${kind} ${caseId}`);
      await this.#parts.jobs.add(found);
    }
  }

  /** What came before is handled before; only so that somebody who writes now need not wait for a whole backlog. */
  async #hasRoom(mailbox: string, share: Share, mails: number): Promise<boolean> {
    const { queued } = this.#bounds;
    if (!share.isShort && (await this.#isWithin(mailbox, share, queued))) return true;
    if (share.isClogged || share.ahead + mails > queued) return false;
    share.ahead += mails;
    return true;
  }

  async #queueUnfinished(mailboxes: readonly string[]): Promise<number> {
    const { store, clock } = this.#parts;
    const bound = this.#bounds.queued;
    const before = new Map([...this.#shares].map(([name, { turnedAway }]) => [name, turnedAway]));
    const unfinished = await store.unfinishedJobs(mailboxes, bound, clock.now());
    const byMailbox = Map.groupBy(unfinished, (job) => job.mailbox);
    let count = 0;
    for (const mailbox of mailboxes) {
      const share = this.#shareOf(mailbox);
      const [begun, fresh] = partition(
        byMailbox.get(mailbox) ?? [],
        ({ kind }) => kind !== 'handle',
      );
      const unsent = begun.filter(({ kind }) => kind === 'deliver').length;
      // Replies that cannot leave take the room of new mails.
      const room = Math.max(0, bound - unsent);
      share.isClogged = room === 0;
      const news = [...begun, ...fresh.slice(0, room)].filter(
        ({ kind, caseId }) => !share.queued.has(`${kind} ${caseId}`),
      );
      const isAll = fresh.length <= room && fresh.length + unsent < bound;
      // What came during the question above is not in its answer.
      share.isShort = !isAll || share.turnedAway !== before.get(mailbox);
      for (const { kind, caseId } of news) share.queued.add(`${kind} ${caseId}`);
      await queue(this.#parts, news);
      count += news.length;
    }
    return count;
  }

  /** Whether no more than so many wait; asks the store only where that is not certain. */
  async #isWithin(mailbox: string, share: Share, bound: number): Promise<boolean> {
    if (share.atMost > bound) share.atMost = await this.#parts.store.countUnsettled(mailbox);
    return share.atMost <= bound;
  }

  #shareOf(mailbox: string): Share {
    const share = this.#shares.get(mailbox);
    if (share !== undefined) return share;
    throw new ResponderError(
      'SETTINGS_INVALID',
      `The mailbox “${mailbox}” is no longer in the settings.`,
    );
  }
}

/** Taking in goes on when so much of the bound is left over. */
const resumeShare = 3 / 4;
/** About as long as from one sweep to the next. */
const restRoundsMax = 31;

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}
