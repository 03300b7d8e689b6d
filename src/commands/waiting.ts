/**
 * Waiting for a time, a signal or an answer, whichever comes first, and leaving nothing behind.
 */
import { ResponderError } from '../errors.ts';

/**
 * A store that does not answer at all, as when its machine is gone, must keep nobody waiting for ever: after the
 * time STORE_UNREACHABLE is thrown. Undefined when one of the signals is aborted before.
 */
export async function inTime<T>(
  answer: Promise<T>,
  ms: number,
  ...ends: readonly AbortSignal[]
): Promise<T | undefined> {
  const answered = new AbortController();
  try {
    const first = await Promise.race([
      answer.then((value) => ({ value })),
      pause(ms, answered.signal, ...ends).then(() => undefined),
    ]);
    if (first !== undefined) return first.value;
    // What comes later is nobody's any more: a lease taken so ends by itself.
    answer.catch(() => undefined);
    if (ends.some((end) => end.aborted)) return undefined;
    throw new ResponderError('STORE_UNREACHABLE', 'The store does not answer.');
  } finally {
    answered.abort();
  }
}

/** Resolves when one of the signals is aborted. */
export function ended(...signals: readonly AbortSignal[]): Promise<void> {
  return pause(undefined, ...signals);
}

/** Resolves after the time, or at once when one of the signals is aborted. */
export function pause(ms: number | undefined, ...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = ms === undefined ? undefined : setTimeout(end, ms);
    for (const signal of signals) signal.addEventListener('abort', end);
    if (signals.some((signal) => signal.aborted)) end();
  });
}
