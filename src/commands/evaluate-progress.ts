/**
 * How far a long run is, on standard error: on a terminal one line that is written anew, else a line
 * now and then, so that a log does not fill.
 */
import type { Output } from './io.ts';

export interface Progress {
  /** Tells that so many mails more are done. */
  add(mails: number): void;
  end(): void;
}

const terminalPauseMs = 100;
const logPauseMs = 5_000;

/** `now` is a clock in milliseconds. A run that is over before the first pause is shown nowhere. */
export function showProgress(
  stderr: Output,
  total: number,
  now: () => number = () => performance.now(),
): Progress {
  const isTerminal = stderr.isTTY === true;
  const pauseMs = isTerminal ? terminalPauseMs : logPauseMs;
  let done = 0;
  let shownAt = now();
  let hasShown = false;
  const line = () => `${done} of ${total} mails`;
  return {
    add(mails) {
      done += mails;
      if (now() - shownAt < pauseMs) return;
      shownAt = now();
      hasShown = true;
      stderr.write(isTerminal ? `\r${line()}` : `${line()}\n`);
    },
    end() {
      if (isTerminal && hasShown) stderr.write(`\r${line()}\n`);
    },
  };
}
