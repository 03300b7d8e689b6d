/**
 * Dates as people's mail clients and Microsoft write them, in many languages. Absent rather than guessed.
 *
 * `12/1/2026` is December in one country and January in another, so it is not read at all, unless a day
 * of the week beside it tells which; the same goes for a month's name that means October in one
 * language and November in another, and for a time whose half of the day is not certain.
 * RFC 5322 §3.3.
 */
import { type CalendarDate, findCalendarDates } from './calendar-date.ts';
import { compact, dateWords, foldDate, type Meridiem, tokensOf } from './date-words.ts';
import { asciiDigits, normalizeText } from './normalize.ts';
import { remembering } from './remembering.ts';
import { findZone, longZoneOffsets } from './time-zone-names.ts';

/** A date line has under 100 characters; of a longer text nobody knows which part is the date. */
const dateCharsMax = 200;

/** Reads a date, with or without a time, as `YYYY-MM-DD`; undefined when it is not certain. */
export function parseCalendarDate(text: string): string | undefined {
  const date = readDate(text)?.date;
  if (date === undefined) return undefined;
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${date.year}-${pad(date.month)}-${pad(date.day)}`;
}

/**
 * Reads a date with its time. A zone written beside it counts; without one, `offsetMinutes` (the zone
 * of the forwarder's own Date field, east positive) is the best guess there is. Of a zone's name with
 * several meanings the one nearest to the forwarder's is taken. Undefined without a time.
 */
export function parseDateTime(text: string, offsetMinutes: number): Date | undefined {
  const found = readDate(text);
  if (found === undefined) return undefined;
  const { date, rest, zone } = found;
  const time = found.time ?? findDottedTime(rest);
  if (time === undefined) return undefined;
  const offsets = zone ?? longZoneOffsets(rest.slice(time.end));
  const offset = nearest(offsets, offsetMinutes) ?? offsetMinutes;
  const utc = Date.UTC(date.year, date.month - 1, date.day, time.hour, time.minute, time.second);
  return new Date(utc - offset * 60_000);
}

/** The zone at the end of a Date field in minutes east of UTC; 0 when it names none. */
export function zoneOf(dateField: string): number {
  return findZone(plainDate(dateField.slice(0, dateCharsMax)))?.offsets[0] ?? 0;
}

function nearest(offsets: readonly number[], to: number): number | undefined {
  return [...offsets].sort((a, b) => Math.abs(a - to) - Math.abs(b - to))[0];
}

/** One line with plain digits, spaces and dashes, in its own capitals. */
function plainDate(text: string): string {
  return asciiDigits(normalizeText(text))
    .replace(/\s+/g, ' ')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .trim();
}

interface FoundTime {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Where what follows it begins. */
  readonly end: number;
}

interface FoundDate {
  readonly date: CalendarDate;
  readonly time?: FoundTime;
  /** Offsets of the zone, where one is written. */
  readonly zone?: readonly number[];
  /** The folded text, zone, time and date taken out. */
  readonly rest: string;
}

/** Both parts of a mail have the same date. */
const readDate = remembering(dateIn, { entriesMax: 200, charsMax: dateCharsMax });

/** Takes out the zone, then the time, then reads the date from what is left: no digit counts twice. */
function dateIn(text: string): FoundDate | undefined {
  if (text.length > dateCharsMax) return undefined;
  const plain = plainDate(text);
  const zone = findZone(plain);
  const folded = foldDate(zone?.rest ?? plain);
  const colon = findColonTime(folded);
  if (colon === 'uncertain') return undefined;
  const [found, ...more] = findCalendarDates(colon === undefined ? folded : colon.rest);
  if (found === undefined || more.length > 0) return undefined;
  return {
    date: found.date,
    rest: found.rest,
    ...(colon === undefined ? {} : { time: colon.time }),
    ...(zone === undefined ? {} : { zone: zone.offsets }),
  };
}

/** `9:31`, `17:55:44`, `T14:05:09.123`. Two times are one too many. */
function findColonTime(
  text: string,
): { readonly time: FoundTime; readonly rest: string } | 'uncertain' | undefined {
  const form = /(?<![\d:.])(\d{1,2}) ?: ?(\d{2})(?: ?: ?(\d{2})(?:[.,]\d{1,9})?)?(?![\d:])/g;
  const [first, second] = [...text.matchAll(form)];
  if (first === undefined) return undefined;
  const time = second === undefined ? timeOf(first, text) : undefined;
  if (time === undefined) return 'uncertain';
  return { time, rest: blanked(text, first.index, first[0].length) };
}

/** `17.55.44`, `14h05`, `14 h 05 min 09 s`, `14時05分`, `오후 2시 5분`: read once the date is taken out. */
function findDottedTime(text: string): FoundTime | undefined {
  const forms = [
    /(?<![\d.])(\d{1,2}) ?[時时點点시] ?(\d{1,2}) ?[分분](?: ?(\d{1,2}) ?[秒초])?/,
    /(?<!\d)(\d{1,2}) นาฬิกา (\d{1,2}) นาที(?: (\d{1,2}) วินาที)?/,
    /(?<![\d.])(\d{1,2}) ?h ?(\d{2})(?:(?: ?min)? ?(\d{2}) ?s)?(?![\d.\p{L}])/u,
    /(?<![\d.])(\d{1,2})\.(\d{2})(?:\.(\d{2}))?(?!\d|\.\d)/,
  ];
  for (const form of forms) {
    const found = form.exec(text);
    if (found !== null) return timeOf(found, text);
  }
  return undefined;
}

// Halves of the day in words, of which nobody's hours are the same: `2:05 de la tarde`.
const inWords =
  /tarde|noche|noite|nachmittag|abends|nachts|morgens|afternoon|evening|soir|matin|pomeriggio|sera|夜|새벽|저녁|밤/;

/** `r.n.`, `p.d.`: a half of the day in a language that is not known here. */
const unknownHalf = /^ ?\p{L}\. ?\p{L}\.(?!\p{L})/u;

function timeOf(found: RegExpExecArray, text: string): FoundTime | undefined {
  const [hour, minute, second] = [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
  const end = found.index + found[0].length;
  const halves = new Set([
    ...halfBefore(text.slice(0, found.index)),
    ...halfAfter(text.slice(end)),
  ]);
  if (hour > 23 || minute > 59 || second > 59 || halves.size > 1) return undefined;
  const [half] = halves;
  // A client that writes `14:05 PM` means 14:05.
  if (hour > 12) return { hour, minute, second, end };
  if (half === undefined) {
    const isUncertain = inWords.test(text) || unknownHalf.test(text.slice(end));
    return isUncertain ? undefined : { hour, minute, second, end };
  }
  // 晚上12 is no hour of the same day for everybody.
  if (half === 'night' && hour === 12) return undefined;
  const isMorning = half === 'am' || (half === 'noon' && hour === 11);
  return { hour: (hour % 12) + (isMorning ? 0 : 12), minute, second, end };
}

/** `下午2:05`, `오후 2:05`, `ÖS 2:05`: the word that ends right before the time. */
function halfBefore(before: string): Meridiem[] {
  const tail = /[\p{L}\p{M}. ]{1,24}$/u.exec(before.slice(-24))?.[0] ?? '';
  // In Chinese and Japanese no space parts it from the day: `1日下午2:05`.
  if (/\p{sc=Han} *$/u.test(tail)) {
    for (const [word, half] of dateWords().meridiems) {
      if (/^\p{sc=Han}/u.test(word) && tail.trimEnd().endsWith(word)) return [half];
    }
  }
  const words = tokensOf(tail).map(({ text }) => text);
  // Latin ones follow their time; before it `am` is German and Welsh.
  if (/^[ap]m$/.test(words.at(-1) ?? '')) return [];
  return halfAmong(words, (words, n) => words.slice(-n), tail);
}

/** `2:05 PM`, `2:05 p. m.`, `2:05 μ.μ.`, `2:05 ч. pm`. */
function halfAfter(after: string): Meridiem[] {
  const head = /^[\p{L}\p{M}. ]{1,24}/u.exec(after.slice(0, 24))?.[0] ?? '';
  const words = tokensOf(head).map(({ text }) => text);
  if (words[0] === 'ч') words.shift();
  return halfAmong(words, (all, n) => all.slice(0, n), head);
}

function halfAmong(
  words: readonly string[],
  take: (words: readonly string[], count: number) => readonly string[],
  written: string,
): Meridiem[] {
  const { meridiems } = dateWords();
  for (const count of [3, 2, 1]) {
    if (words.length < count) continue;
    const word = compact(take(words, count).join(''));
    const half = meridiems.get(word);
    // Hungarian `de.` and `du.`, which are French and Spanish words without their dot.
    if (half === undefined || (/^d[eu]$/.test(word) && !written.includes(`${word}.`))) continue;
    return [half];
  }
  return [];
}

function blanked(text: string, at: number, length: number): string {
  return `${text.slice(0, at)}${' '.repeat(length)}${text.slice(at + length)}`;
}

/** `YYYY-MM-DD` of a moment in a time zone. */
export function calendarDay(now: Date, timeZone: string): string {
  return calendarDays(timeZone)(now);
}

const dayFormats = new Map<string, Intl.DateTimeFormat>();
const dayFormatsMax = 100;

/** What knows a time zone takes longer to make than to ask, so it is kept. */
function dayFormat(timeZone: string): Intl.DateTimeFormat {
  const known = dayFormats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  if (dayFormats.size >= dayFormatsMax) dayFormats.clear();
  dayFormats.set(timeZone, format);
  return format;
}

/** The same for many moments. */
export function calendarDays(timeZone: string): (at: Date) => string {
  const format = dayFormat(timeZone);
  return (at) => {
    const parts = format.formatToParts(at);
    const part = (type: string): string => parts.find((found) => found.type === type)?.value ?? '';
    return `${part('year')}-${part('month')}-${part('day')}`;
  };
}
