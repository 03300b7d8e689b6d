/**
 * The days of a trend, and the moments at which they end.
 */
import { describe, expect, test } from 'vitest';
import { calendarDays } from '../../src/core/dates.ts';
import { trendPointsMax } from '../../src/core/limits.ts';
import { defaultSince, endOfDay, trendDays } from '../../src/core/trend-days.ts';

describe('days', () => {
  test('by day: each, the first and the last named included', () => {
    expect(trendDays({ today: '2028-03-01', since: '2028-02-28', by: 'day' })).toEqual([
      '2028-02-28',
      '2028-02-29',
      '2028-03-01',
    ]);
  });

  test('by week: each seventh back from today', () => {
    expect(trendDays({ today: '2026-03-02', since: '2026-02-10', by: 'week' })).toEqual([
      '2026-02-16',
      '2026-02-23',
      '2026-03-02',
    ]);
  });

  test('by month: the last of each month, then today', () => {
    expect(trendDays({ today: '2026-03-31', since: '2025-12-31', by: 'month' })).toEqual([
      '2025-12-31',
      '2026-01-31',
      '2026-02-28',
      '2026-03-31',
    ]);
  });

  test('today alone', () => {
    expect(trendDays({ today: '2026-03-02', since: '2026-03-02', by: 'week' })).toEqual([
      '2026-03-02',
    ]);
  });

  test.each([
    ['day', 31],
    ['week', 13],
    ['month', 13],
  ] as const)('by %s there are %i days when nobody says since when', (by, count) => {
    const today = '2026-03-02';
    expect(trendDays({ today, since: defaultSince(today, by), by })).toHaveLength(count);
  });

  test('too many show as one more than the limit', () => {
    const days = trendDays({ today: '2026-03-02', since: '1990-01-01', by: 'day' });
    expect(days).toHaveLength(trendPointsMax + 1);
  });
});

describe('the end of a day', () => {
  test.each([
    ['UTC', '2026-03-02', '2026-03-02T23:59:59.999Z'],
    ['Europe/Berlin', '2026-03-02', '2026-03-02T22:59:59.999Z'],
    ['Europe/Berlin', '2026-03-29', '2026-03-29T21:59:59.999Z'],
    ['Pacific/Kiritimati', '2026-03-02', '2026-03-02T09:59:59.999Z'],
    ['Etc/GMT+12', '2026-03-02', '2026-03-03T11:59:59.999Z'],
    // The day after begins at one o'clock.
    ['Africa/Cairo', '2026-04-23', '2026-04-23T21:59:59.999Z'],
  ])('in %s of %s is %s', (timeZone, day, end) => {
    expect(endOfDay(day, calendarDays(timeZone)).toISOString()).toBe(end);
  });
});
