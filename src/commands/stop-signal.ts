/**
 * Waiting until the system, or whoever started it, tells the program to stop.
 */
import { once } from 'node:events';

/** Waits for SIGTERM or SIGINT, and says which. */
export async function stopSignal(): Promise<string> {
  const ended = new AbortController();
  const signals = ['SIGTERM', 'SIGINT'] as const;
  const waits = signals.map((signal) =>
    once(process, signal, { signal: ended.signal }).then(() => signal),
  );
  // The signal that did not come is no longer waited for.
  for (const wait of waits) wait.catch(() => undefined);
  const first = await Promise.race(waits);
  ended.abort();
  return first;
}
