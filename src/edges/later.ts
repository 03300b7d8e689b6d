/**
 * Timers that keep no process alive, one under each key.
 */
import type { Later } from '../ports/later.ts';

export class Timers implements Later {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** A moment later than asked: a timer that fires early by the clock would find nothing to do. */
  after(key: string, waitMs: number, run: () => void): void {
    this.cancel(key);
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      run();
    }, Math.max(0, waitMs) + slackMs);
    timer.unref();
    this.#timers.set(key, timer);
  }

  cancel(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
  }

  close(): void {
    for (const key of [...this.#timers.keys()]) this.cancel(key);
  }
}

/** Who sends asks the clock of another machine, which may be a little behind; the sweep would come much later. */
const slackMs = 1_000;
