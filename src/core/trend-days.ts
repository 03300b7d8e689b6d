/**
 * The days of a trend, and the moments that stand for them.
 */
import { trendPointsMax } from './limits.ts';

export const trendSteps = ['day', 'week', 'month'] as const;
export type TrendStep = (typeof trendSteps)[number];

const dayMs = 86_400_000;

function shifted(day: string, days: number): string {
  return new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10);
}

/** The last day of the month that is so many months before the one of `day`. */
function monthEnd(day: string, monthsBefore: number): string {
  const [year = 0, month = 0] = day.split('-').map(Number);
  return new Date(Date.UTC(year, month - monthsBefore, 0)).toISOString().slice(0, 10);
}

/** So far a trend reaches back when nobody says: a month by day, twelve weeks, a year by month. */
export function defaultSince(today: string, by: TrendStep): string {
  if (by === 'day') return shifted(today, -30);
  return by === 'week' ? shifted(today, -84) : monthEnd(today, 12);
}

/**
 * The days from `since` on, oldest first and today last: each day, each seventh before today, or the last
 * of each month. One more than `trendPointsMax` at most, so that the caller sees when there are too many.
 */
export function trendDays(trend: {
  readonly today: string;
  readonly since: string;
  readonly by: TrendStep;
}): readonly string[] {
  const { today, since, by } = trend;
  const days = [today];
  while (days.length <= trendPointsMax) {
    const count = days.length;
    const day =
      by === 'month' ? monthEnd(today, count) : shifted(today, -count * (by === 'week' ? 7 : 1));
    if (day < since) break;
    days.push(day);
  }
  return days.reverse();
}

/**
 * The last millisecond of a day, where `dayOf` says on which day a moment lies. Found by halving, since a
 * day may have 23 hours or begin at one o'clock.
 */
export function endOfDay(day: string, dayOf: (at: Date) => string): Date {
  // Zones reach from 14 hours before UTC to 12 behind it.
  let on = Date.parse(day) - 15 * 3_600_000;
  let after = Date.parse(day) + dayMs + 15 * 3_600_000;
  while (after - on > 1) {
    const middle = Math.floor((on + after) / 2);
    if (dayOf(new Date(middle)) <= day) on = middle;
    else after = middle;
  }
  return new Date(on);
}
