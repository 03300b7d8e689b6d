/**
 * The day in a text: every date it names, each certain by itself.
 *
 * Works on folded text (`foldDate`) whose time and zone were taken out. What can be read as two days is
 * decided by a day of the week beside it, or left out.
 */
import { dateWords, phraseAt, type Token, tokensOf } from './date-words.ts';

export interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

export interface FoundCalendarDate {
  readonly date: CalendarDate;
  /** The text without the date, each character of it a space. */
  readonly rest: string;
}

/** What a text may mean: one date, or several of which at most one is right. */
interface Reading {
  readonly dates: readonly CalendarDate[];
  readonly start: number;
  readonly end: number;
}

/** All different days that a text names for certain; the caller decides what two of them mean. */
export function findCalendarDates(text: string): FoundCalendarDate[] {
  const found = new Map<string, FoundCalendarDate>();
  for (const { dates, start, end } of [...numericReadings(text), ...namedReadings(text)]) {
    const date = certainOf(dates, text);
    // A reading that is not certain may be the one that was meant.
    if (date === undefined) return [];
    const rest = `${text.slice(0, start)}${' '.repeat(end - start)}${text.slice(end)}`;
    found.set(`${date.year}-${date.month}-${date.day}`, { date, rest });
  }
  return [...found.values()];
}

/** The only one that exists, or the only one on the day of the week that the text names. */
function certainOf(dates: readonly CalendarDate[], text: string): CalendarDate | undefined {
  const existing = dates.filter(exists);
  const different = new Set(existing.map(({ month, day }) => `${month}-${day}`));
  if (different.size === 1) return existing[0];
  const named = weekdaysIn(text);
  const fitting = existing.filter((date) => named.has(weekdayOf(date)));
  return fitting.length === 1 ? fitting[0] : undefined;
}

function weekdaysIn(text: string): Set<number> {
  const { weekdays } = dateWords();
  const tokens = tokensOf(text);
  return new Set(
    tokens.flatMap((token, at) => {
      // Vietnamese counts its days: `Thứ 6` is Friday, and looks like an English Thursday.
      const isCounted = token.text === 'thu' && /^[2-7]$/.test(tokens[at + 1]?.text ?? '');
      return isCounted ? [] : [...(phraseAt(tokens, at, weekdays)?.value ?? [])];
    }),
  );
}

function weekdayOf({ year, month, day }: CalendarDate): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

function exists({ year, month, day }: CalendarDate): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** Years that a mail may name; a Buddhist one (พ.ศ. 2569) is 543 ahead. Undefined for any other. */
function yearOf(digits: string): number | undefined {
  const year = Number(digits);
  if (digits.length !== 4) return undefined;
  if (year >= 1990 && year < 2200) return year;
  return year >= 1990 + 543 && year < 2200 + 543 ? year - 543 : undefined;
}

const numericForms = [
  // 2026年12月1日, 2026년 12월 1일.
  { form: /(?<!\d)(\d{4}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2})(?!\d)/g, order: 'ymd' },
  // 2026-12-01, 2026/12/1, 2026. 12. 1.
  {
    form: /(?<![\d./-])(\d{4})(?:-|\/|\. ?)(\d{1,2})(?:-|\/|\. ?)(\d{1,2})(?!\d|[./-]\d)/g,
    order: 'ymd',
  },
  // 01.12.2026, 1. 12. 2026: with dots the day is first wherever it is written.
  { form: /(?<!\d|\d[./-])(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})(?!\d|[./-]\d)/g, order: 'dmy' },
  // 12/31/2026, 31/12/2026, 31-12-2026.
  { form: /(?<!\d|\d[./-])(\d{1,2})([/-])(\d{1,2})\2(\d{4})(?!\d|[./-]\d)/g, order: 'either' },
] as const;

function numericReadings(text: string): Reading[] {
  return numericForms.flatMap(({ form, order }) =>
    [...withoutEra(text).matchAll(form)].flatMap((match) => {
      const [whole, first = '', second = '', third = '', fourth = ''] = match;
      const span = { start: match.index, end: match.index + whole.length };
      if (order === 'ymd') return readingOf(first, [[second, third]], span);
      if (order === 'dmy') return readingOf(third, [[second, first]], span);
      // Whoever counts Buddhist years writes the day first.
      const orders: [string, string][] = [[third, first]];
      if (Number(fourth) < 2500) orders.push([first, third]);
      return readingOf(fourth, orders, span);
    }),
  );
}

/** 令和8年 and 民國115年 are 2026. The length stays, so that places do. */
function withoutEra(text: string): string {
  return text.replace(/(令和|平成|民國|民国) ?(\d{1,3}|元)(?= ?年)/g, (whole, era, count) => {
    const first = era === '令和' ? 2018 : era === '平成' ? 1988 : 1911;
    return String(first + (count === '元' ? 1 : Number(count))).padStart(whole.length, ' ');
  });
}

function readingOf(
  yearDigits: string,
  monthsAndDays: readonly (readonly [string, string])[],
  span: { readonly start: number; readonly end: number },
): Reading[] {
  const year = yearOf(yearDigits);
  if (year === undefined) return [];
  const dates = monthsAndDays
    .map(([month, day]) => ({ year, month: Number(month), day: Number(day) }))
    .filter(({ month }) => month >= 1 && month <= 12);
  return [{ dates, ...span }];
}

interface NamedMonth {
  readonly months: ReadonlySet<number>;
  /** The first token of the name, and the one behind it. */
  readonly from: number;
  readonly to: number;
}

/** `December 1, 2026`, `1. Dezember 2026`, `2026. december 1.`, `1 tháng 12, 2026`. */
function namedReadings(text: string): Reading[] {
  const tokens = tokensOf(text);
  const named = namedMonths(tokens);
  const isMonth = new Set(named.flatMap(({ from, to }) => range(from, to)));
  return named.flatMap((month) => {
    const numbers = numbersBeside(tokens, month, isMonth);
    if (numbers === undefined) return [];
    const { year, day } = numbers;
    const places = [tokens[month.from], tokens[month.to - 1], year, day].flatMap((at) => at ?? []);
    const start = Math.min(...places.map((token) => token.start));
    const end = Math.max(...places.map((token) => token.end));
    const months = meantMonths(month.months, tokens[month.from]?.text ?? '', {
      day: text[day.end] === '.',
      year: text[year.end] === '.',
    });
    const yearNumber = yearOf(year.text);
    if (yearNumber === undefined) return [];
    const dates = months.map((number) => ({
      year: yearNumber,
      month: number,
      day: Number(day.text),
    }));
    return [{ dates, start, end }];
  });
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

function namedMonths(tokens: readonly Token[]): NamedMonth[] {
  const { months } = dateWords();
  const found: NamedMonth[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const word = tokens[at]?.text ?? '';
    const next = tokens[at + 1]?.text ?? '';
    // Vietnamese counts its months: `tháng 12`, `thg 12`.
    if (/^th(?:ang|g)$/.test(word) && /^(?:0?[1-9]|1[0-2])$/.test(next)) {
      found.push({ months: new Set([Number(next)]), from: at, to: at + 2 });
      at += 1;
      continue;
    }
    const phrase = phraseAt(tokens, at, months) ?? hebrewPrefixed(word, months);
    if (phrase === undefined) continue;
    found.push({ months: phrase.value, from: at, to: at + phrase.length });
    at += phrase.length - 1;
  }
  return found;
}

/** Hebrew writes `in December` as one word. */
function hebrewPrefixed(
  word: string,
  months: ReadonlyMap<string, ReadonlySet<number>>,
): { readonly value: ReadonlySet<number>; readonly length: number } | undefined {
  const value = /^[בל]/.test(word) ? months.get(word.slice(1)) : undefined;
  return value === undefined ? undefined : { value, length: 1 };
}

/** Words between the parts of a date: `1 de dezembro de 2026`, `2026. gada 1.`, `พ.ศ.`. */
const wordsBetweenMax = 2;

/** The day and the year around a month: D M Y, M D Y, Y M D or Y D M, and nothing that fits two of them. */
function numbersBeside(
  tokens: readonly Token[],
  { from, to }: NamedMonth,
  isMonth: ReadonlySet<number>,
): { readonly day: Token; readonly year: Token } | undefined {
  const walk = (at: number, step: 1 | -1): number => {
    let next = at;
    for (let words = 0; words <= wordsBetweenMax; words += 1, next += step) {
      if (isMonth.has(next)) return -1;
      if (/^\d/.test(tokens[next]?.text ?? '')) return next;
    }
    return -1;
  };
  const before = walk(from - 1, -1);
  const beforeThat = before < 0 ? -1 : walk(before - 1, -1);
  const after = walk(to, 1);
  const afterThat = after < 0 ? -1 : walk(after + 1, 1);
  // A day that follows its month follows at once, and so does its year but for `1st`: `Mar, Oktubre 28`
  // and `mar, 2 dhjetor 2026` are Tuesdays in languages unknown here.
  const isNext = after === to;
  const between = tokens.slice(after + 1, Math.max(afterThat, 0));
  const isWhole = between.every(({ text }) => /^(?:st|nd|rd|th)$/.test(text));
  const isDay = (at: number): boolean => /^(?:0?[1-9]|[12]\d|3[01])$/.test(tokens[at]?.text ?? '');
  const isYear = (at: number): boolean => yearOf(tokens[at]?.text ?? '') !== undefined;
  const pick = (day: number, year: number): { day: Token; year: Token } | undefined => {
    const [dayToken, yearToken] = [tokens[day], tokens[year]];
    if (dayToken === undefined || yearToken === undefined) return undefined;
    return { day: dayToken, year: yearToken };
  };
  if (isDay(before) && isYear(after)) return pick(before, after);
  if (isDay(before)) return isYear(beforeThat) ? pick(before, beforeThat) : undefined;
  if (!isNext || !isDay(after)) return undefined;
  if (isYear(before)) return pick(after, before);
  return isYear(afterThat) && isWhole ? pick(after, afterThat) : undefined;
}

/**
 * The months that a name means where it stands. Of the names with two months Croatian has the earlier one
 * and dots day and year (`12. listopada 2026.`), Polish the later one without dots (`12 listopada 2026`).
 * In any other form both stay.
 */
function meantMonths(
  months: ReadonlySet<number>,
  name: string,
  dots: { readonly day: boolean; readonly year: boolean },
): number[] {
  const all = [...months].sort((a, b) => a - b);
  // Nobody dates by the nominative; Croatian July is Czech August, which is no Polish month.
  if (all.length < 2 || name === 'listopad' || dots.day !== dots.year) return all;
  if (dots.day) return all.slice(0, 1);
  return name === 'srp' ? all : all.slice(-1);
}
