/**
 * Jobs that can wait a moment for others to be packed with: marks, for which nobody waits.
 *
 * What is waiting here when the process ends is in the store, and the sweep queues it.
 */
import type { Job } from '../ports.ts';

const waitMs = 200;
const jobsMax = 50;

export class LaterJobs {
  readonly #add: (jobs: readonly Job[]) => Promise<void>;
  #waiting: Job[] = [];
  #timer: NodeJS.Timeout | undefined;
  #adding: Promise<void> = Promise.resolve();

  /** `add` must not reject: nobody is there to be told. */
  constructor(add: (jobs: readonly Job[]) => Promise<void>) {
    this.#add = add;
  }

  push(jobs: readonly Job[]): void {
    if (jobs.length === 0) return;
    this.#waiting.push(...jobs);
    if (this.#waiting.length >= jobsMax) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), waitMs);
  }

  /** Resolves when all that was pushed is added. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const jobs = this.#waiting;
    this.#waiting = [];
    if (jobs.length > 0) this.#adding = this.#adding.then(() => this.#add(jobs));
    return this.#adding;
  }
}
