/**
 * How a watch waits: until something rings, or for a time, and never longer than it is wanted.
 */

/** Wakes the watch: something is new, the connection closed, or it is to stop. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  get isRung(): boolean {
    return this.#rung;
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

/** Resolves after the time, or at once when aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
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
