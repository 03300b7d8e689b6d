/**
 * Brings approved replies to their sending when nobody can take them back any more.
 *
 * Only so that nobody waits for the sweep: when the process dies the sweep of any other finds them in the store.
 */
export class DeskTimers {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** Runs once, a moment after `at`; a clock that runs ahead of its timers would find it too early. */
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

const slackMs = 20;
