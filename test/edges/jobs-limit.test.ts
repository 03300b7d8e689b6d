/**
 * What a number of mails a minute means for a queue: never more within any minute, wherever it begins.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { limitOf } from '../../src/edges/jobs-limit.ts';

/** When BullMQ lets jobs begin that are asked for at these times: its window runs from the first job in it. */
function begun(asked: readonly number[], { max, duration }: ReturnType<typeof limitOf>): number[] {
  const times: number[] = [];
  let now = 0;
  let windowEnds = Number.NEGATIVE_INFINITY;
  let inWindow = 0;
  for (const at of asked.toSorted((a, b) => a - b)) {
    now = Math.max(now, at);
    if (now < windowEnds && inWindow >= max) now = windowEnds;
    if (now >= windowEnds) {
      windowEnds = now + duration;
      inWindow = 0;
    }
    inWindow += 1;
    times.push(now);
  }
  return times;
}

test('within no minute do more jobs begin than are allowed', () => {
  const minuteMs = 60_000;
  const times = fc.array(fc.nat(4 * minuteMs), { minLength: 1, maxLength: 400 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), times, (perMinute, asked) => {
      const starts = begun(asked, limitOf(perMinute));
      for (const [index, start] of starts.entries()) {
        const behind = starts.slice(index).filter((at) => at < start + minuteMs);
        expect(behind.length).toBeLessThanOrEqual(perMinute);
      }
    }),
    { numRuns: 200 },
  );
});

test.each([1, 2, 14, 15, 24, 25, 30, 100, 600, 10_000])(
  'at least two thirds of %i a minute go out where more are waiting',
  (perMinute) => {
    const { max, duration } = limitOf(perMinute);
    expect((max * 60_000) / duration).toBeGreaterThanOrEqual((perMinute * 2) / 3);
  },
);

test('of the 30 a minute of Exchange Online three may go out at once', () => {
  expect(limitOf(30)).toEqual({ max: 3, duration: 6_667 });
});
