/**
 * Looks for work that nobody has queued, for as long as a service runs.
 */
import type { Backlog } from '../pipeline/backlog.ts';
import type { Log } from '../ports.ts';

/** How often more is queued of a mailbox that has more to do than was queued. */
const refillMs = 1_000;

interface Sweeping {
  readonly log: Log;
  /** How often the store is asked for everything that was begun and not finished. */
  readonly sweepMs: number;
  readonly failed: (error: unknown) => void;
}

/** Returns what ends it, once the round in hand is over. */
export function sweepAgainAndAgain(
  backlog: Backlog,
  { log, sweepMs, failed }: Sweeping,
): () => Promise<void> {
  const everyMs = Math.min(refillMs, sweepMs);
  const sweepRounds = Math.round(sweepMs / everyMs);
  let round = 0;
  let turn: Promise<void> = Promise.resolve();
  let isBusy = false;
  const once = async (): Promise<void> => {
    isBusy = true;
    round += 1;
    try {
      await (round % sweepRounds === 0 ? backlog.sweep() : backlog.refill());
    } catch (error) {
      failed(error);
      log.warn(
        { error: String(error) },
        'the store could not be asked for unfinished work; asked again later',
      );
    } finally {
      isBusy = false;
    }
  };
  const timer = setInterval(() => {
    if (!isBusy) turn = once();
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await turn;
  };
}
