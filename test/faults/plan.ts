/**
 * What the fault suite and its worker process say to each other, one JSON object a line, and the chance that
 * is the same again for the same seed.
 */

/** Where the process is to end: at which call of a port, and on which side of it. */
export interface KillPoint {
  /** Only calls of this one count, `store.accept`; absent: of all. */
  readonly port?: string;
  /** 1 is the first call. */
  readonly call: number;
  readonly phase: 'before' | 'after';
}

/** The first line that a worker reads. It waits for it with everything loaded. */
export interface WorkerPlan {
  /** Path of the settings file. */
  readonly config: string;
  /** Where the mail servers are reached: proxies, as a rule. */
  readonly imapPort: number;
  readonly smtpPort: number;
  readonly killAt?: KillPoint;
  /** Ends by itself once every mail below this UID is taken in and nothing is left to do. */
  readonly quietAtUid?: number;
  /** A queue that breaks off within this time takes a job's process for dead. */
  readonly lockMs: number;
}

/** What a worker is told while it runs. */
export type WorkerOrder =
  | { readonly quietAtUid: number }
  /** The clock of the service goes wrong by so much. */
  | { readonly clockOffsetMs: number };

/** What a worker tells. */
export type WorkerWord =
  | { readonly said: 'loaded' }
  | { readonly said: 'started' }
  | { readonly said: 'killed'; readonly port: string; readonly at: KillPoint }
  /** A call of a port failed. */
  | { readonly said: 'refused'; readonly port: string }
  | { readonly said: 'quiet'; readonly calls: number }
  | { readonly said: 'failed'; readonly error: string };

export interface Chance {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number from 0 up to, not including, `below`. */
  below(below: number): number;
  pick<T>(choices: readonly T[]): T;
}

/** Mulberry32: small, and the same everywhere. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    pick(choices) {
      const choice = choices[below(choices.length)];
      if (choice === undefined) throw new Error('there is nothing to choose from');
      return choice;
    },
  };
}
