/**
 * `report`: who is billed twice, for how long, what it costs, what is outstanding and whose move it is; with
 * --trend how that went over time.
 *
 * Reads only. Lines are written as they are read, so that a million of them need no more memory than a page.
 */

import { calendarDay, calendarDays } from '../core/dates.ts';
import { trendPointsMax } from '../core/limits.ts';
import { type ReportLine, type ReportRules, ReportTotals, reportLines } from '../core/report.ts';
import {
  defaultSince,
  endOfDay,
  type TrendStep,
  trendDays,
  trendSteps,
} from '../core/trend-days.ts';
import { systemClock } from '../edges/clock.ts';
import { calendarDate } from '../edges/customer-values.ts';
import { openLog } from '../edges/log.ts';
import { logOptionsOf } from '../edges/settings-log.ts';
import { ResponderError } from '../errors.ts';
import type { Store } from '../ports.ts';
import { openStore } from '../store/open.ts';
import { settingsFor } from './command-settings.ts';
import type { CommandIo } from './io.ts';
import { reportCsv, reportJson } from './report-files.ts';
import { reportText } from './report-text.ts';
import { type TrendPoint, trendCsv, trendJson, trendText } from './report-trend.ts';
import { writeBlocks } from './write-blocks.ts';

export const reportFormats = ['text', 'csv', 'json'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** As they come from the command line. */
export interface ReportOptions {
  readonly format?: string;
  readonly config?: string;
  readonly trend?: boolean;
  readonly by?: string;
  readonly since?: string;
  readonly limit?: string;
}

/** Lines of the text that are shown when nobody says how many: some screens full. */
const shownLines = 50;

/** Throws USAGE before anything is opened. */
export async function reportCommand(options: ReportOptions, io: CommandIo): Promise<number> {
  const wanted = readOptions(options);
  const settings = settingsFor(options, io, 'store');
  const { timeZone } = settings;
  const { portalLicensesBelow } = settings.rules;
  const rules: ReportRules = { now: systemClock.now(), timeZone, portalLicensesBelow };
  const days = wanted.isTrend ? wantedDays(wanted, rules) : [];
  const log = openLog({ ...logOptionsOf(settings), level: 'warn', destination: io.stderr });
  const { store } = await openStore({ ...settings.store, log });
  try {
    const text = wanted.isTrend
      ? trend(store, { ...wanted, rules, days })
      : report(store, { ...wanted, rules });
    await writeBlocks(text, io.stdout);
    return 0;
  } finally {
    await store.close();
  }
}

interface Wanted {
  readonly format: ReportFormat;
  readonly isTrend: boolean;
  readonly by: TrendStep;
  readonly since: string | undefined;
  readonly shownMax: number;
}

function readOptions(options: ReportOptions): Wanted {
  const { trend: isTrend = false, limit } = options;
  const format = oneOf('--format', options.format ?? 'text', reportFormats);
  for (const name of ['by', 'since'] as const)
    if (options[name] !== undefined && !isTrend)
      throw usage(`--${name} says which days a trend has: give --trend with it.`);
  if (limit !== undefined && (isTrend || format !== 'text'))
    throw usage('--limit shortens the text of a report: CSV, JSON and a trend hold all there is.');
  return {
    format,
    isTrend,
    by: oneOf('--by', options.by ?? 'week', trendSteps),
    since: options.since === undefined ? undefined : dayOption(options.since),
    shownMax: limit === undefined ? shownLines : limitOption(limit),
  };
}

function usage(sentence: string): ResponderError {
  return new ResponderError('USAGE', sentence);
}

function oneOf<const Word extends string>(
  option: string,
  text: string,
  words: readonly Word[],
): Word {
  const found = words.find((word) => word === text);
  if (found === undefined)
    throw usage(`${option}: found “${text}”, expected one of ${words.join(', ')}.`);
  return found;
}

function dayOption(text: string): string {
  const checked = calendarDate(text);
  if ('message' in checked) throw usage(`--since: “${text}” ${checked.message}.`);
  return checked.value;
}

function limitOption(text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw usage(`--limit: found “${text}”, expected a number of lines; 0 for all.`);
  return Number(text) === 0 ? Number.POSITIVE_INFINITY : Number(text);
}

function wantedDays({ by, since }: Wanted, { now, timeZone }: ReportRules): readonly string[] {
  const today = calendarDay(now, timeZone);
  if (since !== undefined && since > today) throw usage(`--since: ${since} is yet to come.`);
  const days = trendDays({ today, since: since ?? defaultSince(today, by), by });
  if (days.length > trendPointsMax)
    throw usage(
      `--since: more than ${trendPointsMax} days would be told; take a later one, or week or month for --by.`,
    );
  return days;
}

async function* report(
  store: Store,
  { format, rules, shownMax }: Wanted & { readonly rules: ReportRules },
): AsyncGenerator<string> {
  const totals = new ReportTotals();
  const lines = judgedLines(store, rules, totals);
  const { now, timeZone } = rules;
  if (format === 'csv') yield* reportCsv(lines);
  else if (format === 'json') yield* reportJson({ lines, totals, now });
  else yield* reportText({ lines, totals, shownMax, today: calendarDay(now, timeZone) });
}

async function* judgedLines(
  store: Store,
  rules: ReportRules,
  totals: ReportTotals,
): AsyncGenerator<ReportLine> {
  const judge = reportLines(rules);
  for await (const billing of store.eachDoubleBilling()) {
    const line = judge(billing);
    totals.add(line);
    yield line;
  }
}

/** The last day is not over: its point is now. */
async function* trend(
  store: Store,
  wanted: Wanted & { readonly rules: ReportRules; readonly days: readonly string[] },
): AsyncGenerator<string> {
  const { format, days, rules } = wanted;
  const { now, timeZone } = rules;
  const dayOf = calendarDays(timeZone);
  const times = days.map((day, at) => (at === days.length - 1 ? now : endOfDay(day, dayOf)));
  const counted = await store.doubleBillingTrend(times);
  const points: readonly TrendPoint[] = counted.map((point, at) => ({
    ...point,
    day: days[at] ?? '',
  }));
  if (format === 'csv') yield trendCsv(points);
  else yield format === 'json' ? trendJson(points, now) : await trendText(points);
}
