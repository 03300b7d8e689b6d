/** What Intl writes in any language is read as the same minute or not at all, never as another one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCalendarDate, parseDateTime } from '../../src/core/dates.ts';
import { processorMs } from '../support/flood.ts';

const locales = [
  ...'en-US en-GB en-AU en-CA en-IN de de-AT de-CH fr fr-CA fr-CH es es-MX es-CO it nl nl-BE'.split(
    ' ',
  ),
  ...'pt-BR pt-PT sv da nb fi pl cs sk hu ro tr ru uk hr bs el bg sl sr sr-Latn mk et lv lt'.split(
    ' ',
  ),
  ...'he ar ar-EG ar-SA ar-SY ar-MA ar-DZ th th-u-nu-thai fa vi id ms ja ko zh-Hans zh-Hant'.split(
    ' ',
  ),
  // Languages that nobody listed.
  ...'ga cy eu kk az ka hy sq hi bn fil'.split(' '),
] as const;
// Their dates without words are in the order of their country, and 3/4/2026 is no certain date.
const neverRead = new Set('fa ga cy eu kk az ka hy sq hi bn fil'.split(' '));

const moments = fc
  .date({ min: new Date('2005-01-01'), max: new Date('2060-01-01'), noInvalidDate: true })
  .map((date) => new Date(Math.floor(date.getTime() / 60_000) * 60_000));

const dateStyles = ['full', 'long', 'medium', 'short'] as const;
const timeStyles = ['short', 'medium'] as const;

const formats = new Map<string, Intl.DateTimeFormat>();

function written(locale: string, date: Date, options: Intl.DateTimeFormatOptions): string {
  const key = `${locale} ${JSON.stringify(options)}`;
  const format =
    formats.get(key) ?? new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
  formats.set(key, format);
  return format.format(date);
}

test('a date in the style of any language', () => {
  const inputs = fc.record({
    locale: fc.constantFrom(...locales),
    date: moments,
    dateStyle: fc.constantFrom(...dateStyles),
    timeStyle: fc.constantFrom(...timeStyles),
  });
  fc.assert(
    fc.property(inputs, ({ locale, date, dateStyle, timeStyle }) => {
      const text = written(locale, date, { dateStyle, timeStyle });
      const read = parseDateTime(text, 0);
      if (read !== undefined) expect([text, read]).toEqual([text, date]);
      const day = parseCalendarDate(text);
      if (day !== undefined) expect([text, day]).toEqual([text, date.toISOString().slice(0, 10)]);
      // The long forms name their month, so that nothing is left to guess.
      const isCertain = dateStyle === 'full' || dateStyle === 'long';
      if (isCertain && !neverRead.has(locale)) expect([text, read]).toEqual([text, date]);
    }),
    { numRuns: 3_000 },
  );
});

test('a date put together from parts, in twelve hours', () => {
  const inputs = fc.record({
    locale: fc.constantFrom(...locales),
    date: moments,
    month: fc.constantFrom('long', 'short', 'numeric', '2-digit'),
    weekday: fc.constantFrom('long', 'short'),
    hour12: fc.boolean(),
  });
  fc.assert(
    fc.property(inputs, ({ locale, date, month, weekday, hour12 }) => {
      const text = written(locale, date, {
        ...{ year: 'numeric', month, day: 'numeric', weekday },
        ...{ hour: 'numeric', minute: '2-digit', hour12 },
      });
      const read = parseDateTime(text, 0);
      if (read !== undefined) expect([text, read]).toEqual([text, date]);
    }),
    { numRuns: 3_000 },
  );
});

test('the zone a moment is written in does not change it', () => {
  const zones = ['Europe/Berlin', 'Europe/Athens', 'America/New_York', 'Asia/Tokyo'] as const;
  const inputs = fc.record({
    locale: fc.constantFrom('en-US', 'en-GB', 'de', 'fr', 'es', 'it', 'pl', 'ru', 'ja', 'ko'),
    date: moments,
    timeZone: fc.constantFrom(...zones),
    timeZoneName: fc.constantFrom('short', 'long', 'shortOffset', 'longOffset'),
  });
  fc.assert(
    fc.property(inputs, ({ locale, date, timeZone, timeZoneName }) => {
      const text = new Intl.DateTimeFormat(locale, {
        ...{ year: 'numeric', month: 'long', day: 'numeric' },
        ...{ hour: 'numeric', minute: '2-digit', timeZone, timeZoneName },
      }).format(date);
      // A forwarder of the other half of the world.
      expect([text, parseDateTime(text, -660)]).toEqual([text, date]);
    }),
    { numRuns: 300 },
  );
});

test('no text makes it fail or take long', () => {
  const pieces = fc.constantFrom(
    ...[
      '12',
      '2026',
      ':',
      '.',
      '/',
      ' ',
      'Dec',
      'mar',
      '月',
      '年',
      'PM',
      '+01',
      '-',
      'พ.ศ.',
      '令和',
      'a',
    ],
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces).map((all) => all.join('')),
      ),
      (text) => {
        const read = parseDateTime(text, 0);
        if (read !== undefined) expect(Number.isNaN(read.getTime())).toBe(false);
        parseCalendarDate(text);
      },
    ),
    { numRuns: 2_000 },
  );
  const started = processorMs();
  for (const piece of ['1', '1 ', '1.', '1:', '/', 'mar ', '年1', ' ']) {
    parseDateTime(piece.repeat(1_000_000), 0);
    parseDateTime(piece.repeat(100), 0);
  }
  expect(processorMs() - started).toBeLessThan(1_000);
});
