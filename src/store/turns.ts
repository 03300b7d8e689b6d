/**
 * Turns on something that only one may use at a time: first come, first served.
 */

interface Waiting {
  readonly owner: object;
  readonly go: () => void;
}

export class Turns {
  readonly #waitMsMax: number;
  readonly #queue: Waiting[] = [];
  #holder: object | undefined;

  constructor(waitMsMax: number) {
    this.#waitMsMax = waitMsMax;
  }

  isHeldBy(owner: object): boolean {
    return this.#holder === owner;
  }

  /** Resolves when `owner` has the turn, at once when it already has. Rejects after `waitMsMax`. */
  take(owner: object): Promise<void> {
    if (this.#holder === owner) return Promise.resolve();
    if (this.#holder === undefined) {
      this.#holder = owner;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        reject(new Error(`No turn came within ${this.#waitMsMax} ms: a transaction stays open.`));
      }, this.#waitMsMax);
      timer.unref();
      const waiting: Waiting = {
        owner,
        go: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.#queue.push(waiting);
    });
  }

  /** Passes the turn on to whoever has waited longest. */
  give(owner: object): void {
    if (this.#holder !== owner) return;
    const next = this.#queue.shift();
    this.#holder = next?.owner;
    next?.go();
  }
}
