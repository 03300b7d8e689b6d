/**
 * What came and went on each day, counted where days begin and end by the partner's clock.
 *
 * The bounds of the days are worked out here, by the same rules as those of the trend: a database need not know the
 * time zone, and a day may have 23 or 25 hours.
 */
import { sql } from 'kysely';
import { calendarDays } from '../core/dates.ts';
import type { Scenario } from '../core/decision.ts';
import { type Action, actions, type Reason, reasons } from '../core/reasons.ts';
import { endOfDay } from '../core/trend-days.ts';
import type { DayFigures } from '../ports/console.ts';
import type { Database } from './schema.ts';

const dayMs = 86_400_000;
/** A year and a bit: more than any screen shows. */
const daysMax = 400;

export async function dayFigures(
  db: Database,
  { from, to, timeZone }: { readonly from: string; readonly to: string; readonly timeZone: string },
): Promise<readonly DayFigures[]> {
  const days = daysBetween(from, to);
  const [first] = days;
  if (first === undefined) return [];
  const dayOf = calendarDays(timeZone);
  // Each day begins where the one before has ended; the last bound ends the last day.
  const bounds = [shifted(first, -1), ...days].map(
    (day) => new Date(endOfDay(day, dayOf).getTime() + 1),
  );
  const [decided, sent, pace] = await Promise.all([
    countDecided(db, bounds),
    countSent(db, bounds),
    measurePace(db, bounds),
  ]);
  return days.map((day, index) => {
    const place = index + 1;
    const replyMs = pace.get(place);
    return {
      day,
      decided: decided.get(place) ?? noneDecided,
      sent: sent.get(place) ?? {},
      ...(replyMs === undefined ? {} : { replyMs }),
    };
  });
}

const noneDecided = { reply: 0, review: 0, suppress: 0, ignore: 0 } satisfies Record<
  Action,
  number
>;

function shifted(day: string, days: number): string {
  return new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10);
}

function daysBetween(from: string, to: string): readonly string[] {
  const days: string[] = [];
  for (let day = from; day <= to && days.length < daysMax; day = shifted(day, 1)) days.push(day);
  return days;
}

/** The place of the day, counted from 1, that a moment lies in. */
function placeOf(column: string, bounds: readonly Date[]) {
  return sql<number>`width_bucket(${sql.ref(column)}, ${bounds.map((at) => at.toISOString())}::timestamptz[])`;
}

function within(column: string, bounds: readonly Date[]) {
  const at = sql.ref(column);
  return sql<boolean>`${at} >= ${bounds[0]} and ${at} < ${bounds.at(-1)}`;
}

async function countDecided(
  db: Database,
  bounds: readonly Date[],
): Promise<ReadonlyMap<number, Readonly<Record<Action, number>>>> {
  const { rows } = await sql<{ place: number; reason: string; count: string }>`
    select ${placeOf('decided_at', bounds)} as place, reason, count(*) as count from mails
    where ${within('decided_at', bounds)} and reason is not null
    group by 1, 2`.execute(db);
  const counts = new Map<number, Record<Action, number>>();
  for (const { place, reason, count } of rows) {
    const action = actionOf(reason);
    if (action === undefined) continue;
    const day = counts.get(place) ?? { ...noneDecided };
    day[action] += Number(count);
    counts.set(place, day);
  }
  return counts;
}

/** A reason that only a newer version knows still says by its first word what was done. */
function actionOf(reason: string): Action | undefined {
  if (Object.hasOwn(reasons, reason)) return reasons[reason as Reason].action;
  return actions.find((action) => reason.startsWith(action));
}

async function countSent(
  db: Database,
  bounds: readonly Date[],
): Promise<ReadonlyMap<number, Partial<Record<Scenario, number>>>> {
  const { rows } = await sql<{ place: number; scenario: Scenario | null; count: string }>`
    select ${placeOf('r.settled_at', bounds)} as place, c.scenario, count(*) as count
    from replies r join cases c on c.case_id = r.case_id
    where ${within('r.settled_at', bounds)} and r.state in ('sent', 'undeliverable')
    group by 1, 2`.execute(db);
  const counts = new Map<number, Partial<Record<Scenario, number>>>();
  for (const { place, scenario, count } of rows) {
    const day = counts.get(place) ?? {};
    if (scenario !== null) day[scenario] = Number(count);
    counts.set(place, day);
  }
  return counts;
}

/** Only replies to mails that came by themselves and that nobody held: the others say how quick people are. */
async function measurePace(
  db: Database,
  bounds: readonly Date[],
): Promise<ReadonlyMap<number, { readonly p50: number; readonly p95: number }>> {
  const { rows } = await sql<{ place: number; p50: number; p95: number }>`
    select place, percentile_cont(0.5) within group (order by ms) as p50,
      percentile_cont(0.95) within group (order by ms) as p95
    from (
      select ${placeOf('r.settled_at', bounds)} as place,
        greatest(0, extract(epoch from r.settled_at - m.received_at) * 1000)::float8 as ms
      from replies r join mails m on m.case_id = r.case_id
      where ${within('r.settled_at', bounds)} and r.state in ('sent', 'undeliverable')
        and m.origin = 'mailbox' and m.backfilled_at is null and m.reason like 'reply-%'
    ) as taken
    group by place`.execute(db);
  return new Map(
    rows.map(({ place, p50, p95 }) => [place, { p50: Math.round(p50), p95: Math.round(p95) }]),
  );
}
