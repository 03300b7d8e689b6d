/**
 * The words of dates in many languages: months, days of the week, halves of the day, zones.
 *
 * They come from the Unicode CLDR through Intl, not from lists of ours, except where people write
 * differently from the CLDR. A word that means two things in two languages keeps both meanings: the
 * reader of the date has to find out which, or read none.
 */
import { asciiDigits, foldText } from './normalize.ts';

const locales = [
  ...'en en-AU de de-AT fr fr-CA es es-MX it nl pt sv da nb fi pl cs sk hu ro tr ru uk hr sl el bg'.split(
    ' ',
  ),
  ...'he ar ar-SY ar-MA ar-DZ fa th vi id ms ja ko zh-Hans zh-Hant et lv lt mk sr sr-Latn ca gl is sq be az ka hy hi'.split(
    ' ',
  ),
];

/** `noon` and `night` are 中午 and 晚上, whose twelve is not that of the others. */
export type Meridiem = 'am' | 'pm' | 'noon' | 'night';

interface DateWords {
  /** Words joined by a space, such as `ธ ค` or `كانون الاول`, to months 1 to 12. */
  readonly months: ReadonlyMap<string, ReadonlySet<number>>;
  /** To days of the week, 0 for Sunday. */
  readonly weekdays: ReadonlyMap<string, ReadonlySet<number>>;
  /** Without dots and spaces. */
  readonly meridiems: ReadonlyMap<string, Meridiem>;
}

/**
 * One line in lower case, digits as 0 to 9, without Latin, Greek and Cyrillic accents and without Hebrew
 * and Arabic points; the marks of Thai stay, since มี.ค. is March and ม.ค. is January.
 */
export function foldDate(text: string): string {
  return asciiDigits(foldText(text))
    .normalize('NFD')
    .replace(/[\u0300-\u036F\u0591-\u05BD\u064B-\u0655]+/g, '')
    .normalize('NFC')
    .replaceAll('ı', 'i');
}

/** A run of letters or a run of digits, with where it stands. */
export interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export function tokensOf(text: string): Token[] {
  return [...text.matchAll(/[\p{L}\p{M}]+|\d+/gu)].map(({ 0: found, index }) => ({
    text: found,
    start: index,
    end: index + found.length,
  }));
}

const wordsMax = 3;

/** Looks up the longest phrase that begins at a token; `length` is its number of tokens. */
export function phraseAt<Value>(
  tokens: readonly Token[],
  at: number,
  words: ReadonlyMap<string, Value>,
): { readonly value: Value; readonly length: number } | undefined {
  for (let length = wordsMax; length >= 1; length -= 1) {
    const run = tokens.slice(at, at + length);
    if (run.length < length) continue;
    const value = words.get(run.map(({ text }) => text).join(' '));
    if (value !== undefined) return { value, length };
  }
  return undefined;
}

const phraseOf = (text: string): string =>
  tokensOf(foldDate(text))
    .map((token) => token.text)
    .join(' ');

/** Without dots and spaces: `p. m.` and `pm` are one. */
export const compact = (text: string): string => foldDate(text).replace(/[^\p{L}\p{M}]+/gu, '');

let known: DateWords | undefined;

/** Made at the first use: asking Intl for all of it takes a tenth of a second. */
export function dateWords(): DateWords {
  known ??= readWords();
  return known;
}

function readWords(): DateWords {
  const months = new Map<string, Set<number>>();
  const weekdays = new Map<string, Set<number>>();
  const meridiems = new Map<string, Meridiem>(ownMeridiems);
  for (const locale of locales) {
    for (const style of ['long', 'short'] as const) {
      const ask = [{ month: style }, { month: style, day: 'numeric' }] as const;
      for (const options of ask) addMonths(months, locale, options);
      addWeekdays(weekdays, locale, style);
    }
    const hours = formatOf(locale, { hour: 'numeric', minute: 'numeric', hour12: true });
    for (const [hour, half] of [
      [3, 'am'],
      [15, 'pm'],
    ] as const) {
      const word = compact(partOf(hours, Date.UTC(2026, 0, 1, hour), 'dayPeriod'));
      if (word !== '') meridiems.set(word, half);
    }
  }
  for (const [phrase, month] of olderMonths) add(months, phrase, month);
  return { months, weekdays, meridiems };
}

// iOS in Chinese and Korean, Outlook in Turkish and Greek, and what people type.
const ownMeridiems: readonly (readonly [string, Meridiem])[] = [
  ...'am 上午 早上 早晨 清晨 凌晨 午前 오전 πμ ص ق.ظ'
    .split(' ')
    .map((word) => [compact(word), 'am'] as const),
  ...'pm 下午 傍晚 午後 오후 μμ م ب.ظ'.split(' ').map((word) => [compact(word), 'pm'] as const),
  ['中午', 'noon'],
  ['晚上', 'night'],
];

// Abbreviations of earlier editions of the CLDR, which clients go on writing: Gmail in Finnish, Outlook.
const olderMonths: readonly (readonly [string, number])[] = [
  ...'tammik helmik maalisk huhtik toukok kesak heinak elok syysk lokak marrask jouluk'
    .split(' ')
    .map((phrase, index) => [phrase, index + 1] as const),
  ['mrz', 3],
  ['mrt', 3],
  ['sept', 9],
  ['сент', 9],
  // Vietnamese in words, as Outlook writes its months.
  ...'mot hai ba tu nam sau bay tam chin muoi muoi_mot muoi_hai'
    .split(' ')
    .map((number, index) => [`thang ${number.replace('_', ' ')}`, index + 1] as const),
  ['thang gieng', 1],
  ['thang chap', 12],
];

function addMonths(
  months: Map<string, Set<number>>,
  locale: string,
  options: Intl.DateTimeFormatOptions,
): void {
  const format = formatOf(locale, options);
  for (let month = 1; month <= 12; month += 1) {
    const phrase = phraseOf(partOf(format, Date.UTC(2026, month - 1, 15), 'month'));
    if (phrase === '' || /\d/.test(phrase)) continue;
    add(months, phrase, month);
    // Catalan: `de desembre`, `d’octubre`.
    if (/^de? /.test(phrase)) add(months, phrase.replace(/^de? /, ''), month);
  }
}

function addWeekdays(
  weekdays: Map<string, Set<number>>,
  locale: string,
  style: 'long' | 'short',
): void {
  const format = formatOf(locale, { weekday: style });
  for (let day = 0; day < 7; day += 1) {
    // The fourth of January 2026 is a Sunday.
    const phrase = phraseOf(partOf(format, Date.UTC(2026, 0, 4 + day), 'weekday'));
    // Two letters are too many languages' words for something else.
    // Vietnamese `Thứ 6` would be an English Thursday.
    if (phrase.length < 3 || /\d/.test(phrase)) continue;
    add(weekdays, phrase, day);
    // Portuguese: `terça-feira`, and `terça`.
    if (phrase.endsWith(' feira')) add(weekdays, phrase.slice(0, -' feira'.length), day);
  }
}

function formatOf(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(`${locale}-u-ca-gregory-nu-latn`, { ...options, timeZone: 'UTC' });
}

function partOf(format: Intl.DateTimeFormat, at: number, type: string): string {
  return format.formatToParts(at).find((part) => part.type === type)?.value ?? '';
}

function add(words: Map<string, Set<number>>, phrase: string, value: number): void {
  words.set(phrase, (words.get(phrase) ?? new Set()).add(value));
}
