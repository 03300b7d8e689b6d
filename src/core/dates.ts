/**
 * Dates as people's mail clients and Microsoft write them, in many languages. Absent rather than guessed.
 *
 * `12/1/2026` is December in one country and January in another, so it is not read at all; month names
 * come from the Unicode CLDR through Intl, not from lists of ours.
 */
import { foldDiacritics } from './normalize.ts';

const monthLocales =
  'en de fr es it nl pt sv da nb fi pl cs sk hu ro tr ru uk hr sl el bg vi id he ar th'.split(' ');

const monthNumbers: ReadonlyMap<string, number> = monthNames();

function monthNames(): Map<string, number> {
  const names = new Map<string, number>();
  const ambiguous = new Set<string>();
  for (const locale of monthLocales) {
    for (const options of [
      { month: 'long' },
      { month: 'short' },
      { month: 'long', day: 'numeric' },
      { month: 'short', day: 'numeric' },
    ] as const) {
      const format = new Intl.DateTimeFormat(`${locale}-u-ca-gregory-nu-latn`, {
        ...options,
        timeZone: 'UTC',
      });
      for (let month = 1; month <= 12; month += 1) {
        const part = format
          .formatToParts(Date.UTC(2026, month - 1, 15))
          .find(({ type }) => type === 'month');
        const name = foldDiacritics(part?.value ?? '').replace(/\.$/, '');
        if (name === '' || /\d/.test(name)) continue;
        // Croatian `listopad` is October, Polish and Czech `listopad` is November.
        if ((names.get(name) ?? month) !== month) ambiguous.add(name);
        names.set(name, month);
      }
    }
  }
  for (const name of ambiguous) names.delete(name);
  return names;
}

interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Reads a date without a time as `YYYY-MM-DD`; undefined when it is not certain. */
export function parseCalendarDate(text: string): string | undefined {
  const date = findCalendarDate(foldDiacritics(text.slice(0, 200)));
  if (date === undefined) return undefined;
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${date.year}-${pad(date.month)}-${pad(date.day)}`;
}

/**
 * Reads a date with its time. A zone written beside it counts; without one, `offsetMinutes` (the zone
 * of the forwarder's own Date field, east positive) is the best guess there is. RFC 5322 §3.3.
 */
export function parseDateTime(text: string, offsetMinutes: number): Date | undefined {
  const folded = foldDiacritics(text.slice(0, 200));
  const date = findCalendarDate(folded);
  if (date === undefined) return undefined;
  const time = findTime(folded);
  const offset = findZone(folded) ?? offsetMinutes;
  const utc = Date.UTC(date.year, date.month - 1, date.day, time.hour, time.minute, time.second);
  return new Date(utc - offset * 60_000);
}

/** The zone at the end of a Date field in minutes east of UTC; 0 when it names none. */
export function zoneOf(dateField: string): number {
  return findZone(dateField.toLowerCase()) ?? 0;
}

function findCalendarDate(text: string): CalendarDate | undefined {
  // 2026-12-01 and 2026年12月1日, 2026년 12월 1일.
  const iso = /(?:^|\D)(\d{4})\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})(?!\d)/.exec(text);
  if (iso !== null) return calendarDate(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  // 01.12.2026: with dots the day is first wherever it is written.
  const dotted = /(?:^|\D)(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?!\d)/.exec(text);
  if (dotted !== null) return calendarDate(Number(dotted[3]), Number(dotted[2]), Number(dotted[1]));
  return namedDate(text) ?? slashedDate(text);
}

const dayJoiners = new Set(['de', 'er', 'st', 'nd', 'rd', 'th', 'of']);

/** `December 1, 2026`, `1. Dezember 2026`, `1 déc. 2026`: a name, a year, and the number beside the name. */
function namedDate(text: string): CalendarDate | undefined {
  const tokens = text.match(/[\p{L}\p{M}]+|\d+/gu)?.slice(0, 60) ?? [];
  const at = monthAt(tokens);
  const month = at < 0 ? undefined : monthNumbers.get(tokens[at] ?? '');
  if (month === undefined) return undefined;
  const near = tokens.slice(Math.max(0, at - 2), at + 5);
  const year = near.find((token) => /^(?:19|20)\d{2}$/.test(token));
  const isDay = (token: string | undefined): token is string => /^\d{1,2}$/.test(token ?? '');
  // `1 de dezembro de 2026`, `1er décembre`, `1st of December`.
  const before = tokens.slice(Math.max(0, at - 3), at).findLast((token) => !dayJoiners.has(token));
  const day = isDay(before) ? before : tokens[at + 1];
  if (year === undefined || !isDay(day)) return undefined;
  return calendarDate(Number(year), month, Number(day));
}

/** Where the month stands; of several, the one beside the year: `mar.` is Tuesday in `mar. 1 dic 2026`. */
function monthAt(tokens: readonly string[]): number {
  const named = [...tokens.keys()].filter((index) => monthNumbers.has(tokens[index] ?? ''));
  const months = new Set(named.map((index) => monthNumbers.get(tokens[index] ?? '')));
  if (months.size <= 1) return named[0] ?? -1;
  const isYear = (token: string | undefined): boolean => /^(?:19|20)\d{2}$/.test(token ?? '');
  return (
    named.find((index) => isYear(tokens.slice(index + 1).find((t) => !dayJoiners.has(t)))) ?? -1
  );
}

/** Only where one of the two numbers can be no month. */
function slashedDate(text: string): CalendarDate | undefined {
  const found = /(?:^|\D)(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?!\d)/.exec(text);
  if (found === null) return undefined;
  const [first, second, year] = [Number(found[1]), Number(found[2]), Number(found[3])];
  if (first > 12) return calendarDate(year, second, first);
  if (second > 12 || first === second) return calendarDate(year, first, second);
  return undefined;
}

function calendarDate(year: number, month: number, day: number): CalendarDate | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  const exists =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists && year >= 1990 && year < 2200 ? { year, month, day } : undefined;
}

function findTime(text: string): { hour: number; minute: number; second: number } {
  const found = /(?:^|[^\d.])(\d{1,2})\s?[:h.]\s?(\d{2})(?:[:.](\d{2}))?(?!\d)(?!\.\d)/.exec(text);
  if (found === null) return { hour: 0, minute: 0, second: 0 };
  const rest = text.slice(found.index + found[0].length, found.index + found[0].length + 8);
  const half = /^\s?([ap])\.?\s?m/.exec(rest)?.[1];
  const hour = Number(found[1]);
  const hour24 = half === 'p' && hour < 12 ? hour + 12 : half === 'a' && hour === 12 ? 0 : hour;
  return { hour: hour24 % 24, minute: Number(found[2]) % 60, second: Number(found[3] ?? 0) % 60 };
}

function findZone(text: string): number | undefined {
  // Hours to 14, so that the year of `1-12-2026` is none.
  const offset = /([+-])(0\d|1[0-4]):?([0-5]\d)(?!\d)/.exec(text.replace(/\d{4}-\d{2}-\d{2}/, ''));
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return offset[1] === '-' ? -minutes : minutes;
  }
  return /(?:^|[\s(])(?:utc|gmt)(?![\p{L}\d+-])/u.test(text) ? 0 : undefined;
}

/** `YYYY-MM-DD` of a moment in a time zone. */
export function calendarDay(now: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(now);
  const part = (type: string): string => parts.find((found) => found.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}
