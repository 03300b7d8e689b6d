/**
 * Figures that are kept between pages: whoever asks gets what is there at once, and what is too old is fetched anew
 * behind it, once at a time.
 */

/** A day that is over changes no more: its figures are fetched once. */
export class Kept<Value> {
  readonly #load: () => Promise<Value>;
  readonly #freshMs: number;
  readonly #now: () => number;
  readonly #failed: (error: unknown) => void;
  #value: Value | undefined;
  #loadedAt = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;

  constructor(kept: {
    readonly load: () => Promise<Value>;
    readonly freshMs: number;
    /** In ms; its steps count, not its zero. */
    readonly now: () => number;
    readonly failed: (error: unknown) => void;
  }) {
    this.#load = kept.load;
    this.#freshMs = kept.freshMs;
    this.#now = kept.now;
    this.#failed = kept.failed;
  }

  /** What is there, however old. */
  get value(): Value | undefined {
    return this.#value;
  }

  get isFresh(): boolean {
    return this.#now() - this.#loadedAt < this.#freshMs;
  }

  /** Fetches it anew where it is old, behind whoever asked. */
  renew(): Promise<void> {
    if (this.isFresh) return Promise.resolve();
    this.#loading ??= this.#refresh();
    return this.#loading;
  }

  /** What is there after a wait of `ms` at most, where it is old or nothing is there yet. */
  async within(ms: number): Promise<Value | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([this.renew(), enough]);
    clearTimeout(timer);
    return this.#value;
  }

  async #refresh(): Promise<void> {
    try {
      this.#value = await this.#load();
      this.#loadedAt = this.#now();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#loading = undefined;
    }
  }
}
