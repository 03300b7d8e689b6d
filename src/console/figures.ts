/**
 * The figures of Today, kept in this process: what came and went on each day, and how many are billed twice.
 */
import { calendarDay, calendarDays } from '../core/dates.ts';
import { endOfDay, trendDays } from '../core/trend-days.ts';
import type { ConsoleStore, DayFigures } from '../ports/console.ts';
import type { DoubleBillingTrendPoint } from '../ports/records.ts';
import { Kept } from './kept.ts';
import type { ConsoleParts } from './parts.ts';

/** Days that the charts show. */
export const figureDays = 30;
const dayMs = 86_400_000;
/** Counting a day anew takes some milliseconds, and a screen is looked at now and then. */
const todayFreshMs = 5_000;
/** The trend moves by the day. */
const trendFreshMs = 5 * 60_000;
/** So long a page waits for the count of today. */
const quickMs = 15;
/** Days to one question: nobody else waits longer than it takes. */
const chunkDays = 5;

export interface TrendDay extends DoubleBillingTrendPoint {
  readonly day: string;
}

/** Counts of days, oldest first, today last. */
export interface CountedFigures {
  readonly days: readonly DayFigures[];
  /** Whether every day is there. */
  readonly isWhole: boolean;
  /** Undefined while it is not counted yet. */
  readonly trend: readonly TrendDay[] | undefined;
}

export interface Figures {
  /** With today counted anew, where that is all that is missing. */
  quickly(): Promise<CountedFigures>;
  /** After a wait for what is missing or old. */
  within(ms: number): Promise<CountedFigures>;
  /** Counts what is missing or old, behind whoever asked: the embedded store counts in our own thread. */
  renew(): void;
}

export function openFigures({ store, clock, timeZone, log }: ConsoleParts): Figures {
  const known = new Map<string, DayFigures>();
  const now = () => clock.now().getTime();
  const failed = (err: unknown) => log.warn({ err }, 'the figures of the console were not counted');
  const wanted = () => daysUntil(calendarDay(clock.now(), timeZone));
  const days = new Kept({
    load: () => countDays(store, { known, days: wanted(), timeZone }),
    freshMs: todayFreshMs,
    now,
    failed,
  });
  const trend = new Kept({
    load: () => countTrend(store, { now: clock.now(), timeZone }),
    freshMs: trendFreshMs,
    now,
    failed,
  });
  const counted = (): CountedFigures => {
    const asked = wanted();
    const found = asked.flatMap((day) => known.get(day) ?? []);
    return { days: found, isWhole: found.length === asked.length, trend: trend.value };
  };
  return {
    async quickly() {
      if (
        wanted()
          .slice(0, -1)
          .every((day) => known.has(day))
      )
        await days.within(quickMs);
      return counted();
    },
    async within(ms) {
      await Promise.all([days.within(ms), trend.within(ms)]);
      return counted();
    },
    renew() {
      void days.renew().then(() => trend.renew());
    },
  };
}

function daysUntil(today: string): readonly string[] {
  const first = new Date(Date.parse(today) - (figureDays - 1) * dayMs).toISOString().slice(0, 10);
  return trendDays({ today, since: first, by: 'day' });
}

interface Counting {
  readonly known: Map<string, DayFigures>;
  readonly days: readonly string[];
  readonly timeZone: string;
}

/** Today and yesterday each time, since what began before midnight ends after it; the others once, newest first. */
async function countDays(store: ConsoleStore, { known, days, timeZone }: Counting): Promise<void> {
  for (const day of known.keys()) if (!days.includes(day)) known.delete(day);
  const take = async (from: string | undefined, to: string | undefined): Promise<void> => {
    if (from === undefined || to === undefined) return;
    for (const figures of await store.dayFigures({ from, to, timeZone }))
      known.set(figures.day, figures);
  };
  await take(days.at(-2), days.at(-1));
  for (let end = days.length - 2; end > 0; end -= chunkDays) {
    const chunk = days.slice(Math.max(0, end - chunkDays), end);
    if (chunk.some((day) => !known.has(day))) await take(chunk[0], chunk.at(-1));
  }
}

/** As `report --trend --by day` counts: at the end of each day, and now. */
async function countTrend(
  store: ConsoleParts['store'],
  { now, timeZone }: { readonly now: Date; readonly timeZone: string },
): Promise<readonly TrendDay[]> {
  const days = daysUntil(calendarDay(now, timeZone));
  const dayOf = calendarDays(timeZone);
  const times = days.map((day, at) => (at === days.length - 1 ? now : endOfDay(day, dayOf)));
  const points = await store.doubleBillingTrend(times);
  return points.map((point, at) => ({ ...point, day: days[at] ?? '' }));
}
