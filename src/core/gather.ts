/**
 * Turns many questions that come at the same time into one: while one is being answered, what is asked meanwhile
 * gathers for the next.
 *
 * It keeps its own pace: alone, a question waits for nobody, and the more come at once, the less each costs. An
 * answer is given only after all that it was asked with is done.
 */
export interface GatherOptions {
  /** More than these wait for the next time. */
  readonly itemsMax: number;
  /** Resolves in the next turn of the event loop: whoever asks in the same one comes along. */
  readonly turn: () => Promise<void>;
  /**
   * Whether a failure may be the fault of one item: then each is asked anew by itself, so that the others do not
   * suffer. Without it all fail.
   */
  readonly isOfOne?: (error: unknown) => boolean;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** `run` answers each of its items, in their order. */
export function gathered<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  { itemsMax, turn, isOfOne = () => false }: GatherOptions,
): (item: Item) => Promise<Result> {
  const waiting: Waiting<Item, Result>[] = [];
  let isRunning = false;

  async function runBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await run(batch.map(({ item }) => item));
      if (results.length !== batch.length) throw new Error('every item has its answer');
      for (const [place, { resolve }] of batch.entries()) resolve(results[place] as Result);
    } catch (error) {
      if (batch.length > 1 && isOfOne(error)) for (const one of batch) await runBatch([one]);
      else for (const { reject } of batch) reject(error);
    }
  }

  async function runAll(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) {
      await turn();
      await runBatch(waiting.splice(0, itemsMax));
    }
    isRunning = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isRunning) void runAll();
    });
}
