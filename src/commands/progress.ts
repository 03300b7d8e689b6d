/**
 * How far a long command is, for whoever watches it.
 */
import type { CommandIo } from './io.ts';

export interface Progress {
  show(text: string): void;
  end(): void;
}

/** One line of a terminal that is written over; nothing elsewhere. */
export function progressOn({ stderr }: CommandIo): Progress {
  let hasShown = false;
  return {
    show(text) {
      if (stderr.isTTY !== true) return;
      hasShown = true;
      stderr.write(`\r${text}`);
    },
    end() {
      if (hasShown) stderr.write('\n');
      hasShown = false;
    },
  };
}
