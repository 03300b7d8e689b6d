/**
 * Replies that are being looked at, for their frames: kept for minutes in memory, for whoever made them alone.
 *
 * A reply has styles of its own, which no page of the console may have. So it is a document by itself, with a policy
 * that runs nothing and loads nothing, in a frame that may do nothing.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../ports.ts';

interface Kept {
  readonly html: string;
  readonly by: string;
  readonly until: number;
}

const keptMs = 10 * 60_000;
/** Each is some 10 kB; somebody who types makes one a second. */
const keptEachMax = 12;
const keptMax = 120;
const charsMax = 512 * 1024;

export const previewPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

export class TemplatePreviews {
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns its key; undefined for one that is too long to be shown. */
  keep(html: string, by: string): string | undefined {
    if (html.length > charsMax) return undefined;
    this.#forget(by);
    const key = randomUUID();
    this.#kept.set(key, { html, by, until: this.#clock.now().getTime() + keptMs });
    return key;
  }

  find(key: string, by: string): string | undefined {
    const found = this.#kept.get(key);
    const isTheirs = found?.by === by && found.until > this.#clock.now().getTime();
    return isTheirs ? found.html : undefined;
  }

  /** The oldest of the same person, those whose time is over, and the oldest of all where there are too many. */
  #forget(by: string): void {
    const now = this.#clock.now().getTime();
    for (const [key, { until }] of this.#kept) if (until <= now) this.#kept.delete(key);
    const own = [...this.#kept].filter(([, kept]) => kept.by === by);
    for (const [key] of own.slice(0, Math.max(0, own.length - keptEachMax + 1)))
      this.#kept.delete(key);
    for (const key of this.#kept.keys()) {
      if (this.#kept.size < keptMax) break;
      this.#kept.delete(key);
    }
  }
}
