/**
 * What one person has in hand at once: checks of templates take a thread that everybody shares.
 */

/** One of a page, and one of what they typed meanwhile. */
const inHandMax = 2;

export class InHand {
  readonly #counts = new Map<string, number>();

  /** Does the work, unless this one has enough in hand. */
  async run<Result>(whose: string, work: () => Promise<Result>): Promise<Result | 'busy'> {
    const inHand = this.#counts.get(whose) ?? 0;
    if (inHand >= inHandMax) return 'busy';
    this.#counts.set(whose, inHand + 1);
    try {
      return await work();
    } finally {
      const left = (this.#counts.get(whose) ?? 1) - 1;
      if (left === 0) this.#counts.delete(whose);
      else this.#counts.set(whose, left);
    }
  }
}
