/** Dates as clients and Microsoft write them: read for certain, or not at all. */
import { expect, test } from 'vitest';
import { parseCalendarDate, parseDateTime, zoneOf } from '../../src/core/dates.ts';

test.each([
  ['English, as in the notice', 'December 1, 2026', '2026-12-01'],
  ['English, day first', '1 December 2026', '2026-12-01'],
  ['English with an ordinal', '1st of December, 2026', '2026-12-01'],
  ['abbreviated, with the weekday', 'Tue, Dec 1, 2026', '2026-12-01'],
  ['German', '1. Dezember 2026', '2026-12-01'],
  ['German with digits', '01.12.2026', '2026-12-01'],
  ['Austrian January', '5. Jänner 2027', undefined],
  ['French', '1er décembre 2026', '2026-12-01'],
  ['French, abbreviated', '1 déc. 2026', '2026-12-01'],
  ['French without accents', '1 decembre 2026', '2026-12-01'],
  ['Spanish', '1 de diciembre de 2026', '2026-12-01'],
  ['Portuguese', '1 de dezembro de 2026', '2026-12-01'],
  ['Japanese', '2026年12月1日', '2026-12-01'],
  ['Korean', '2026년 12월 1일', '2026-12-01'],
  ['ISO 8601', '2026-12-01', '2026-12-01'],
  ['slashes where one number can be no month', '12/31/2026', '2026-12-31'],
  ['slashes where both numbers are the same', '12/12/2026', '2026-12-12'],
  ['slashes that mean two dates in two countries', '12/1/2026', undefined],
  ['a name that is October here and November there', '1 listopad 2026', undefined],
  ['a Tuesday that is spelt like March', 'mar. 1 dic 2026', '2026-12-01'],
  ['a Tuesday in March', 'mar. 3 mars 2026', '2026-03-03'],
  ['two months, neither beside the year', 'mar 1 dic', undefined],
  ['no year', 'December 1', undefined],
  ['a day that does not exist', 'February 30, 2026', undefined],
  ['a month that does not exist', '2026-13-01', undefined],
  ['a year beyond sense', 'December 1, 1026', undefined],
  ['nothing', '', undefined],
  ['words', 'as soon as possible', undefined],
])('%s: %s', (_, text, expected) => {
  expect(parseCalendarDate(text)).toBe(expected);
});

test.each([
  [
    'the zone written beside it counts',
    '12 Nov 2026 09:31:00 +0100',
    0,
    '2026-11-12T08:31:00.000Z',
  ],
  ['else the forwarder’s', 'Thursday, November 12, 2026 9:31 AM', -300, '2026-11-12T14:31:00.000Z'],
  ['afternoon', 'November 12, 2026 9:31 PM', 0, '2026-11-12T21:31:00.000Z'],
  ['midnight in twelve hours', 'November 12, 2026 12:05 AM', 0, '2026-11-12T00:05:00.000Z'],
  ['noon in twelve hours', 'November 12, 2026 12:05 PM', 0, '2026-11-12T12:05:00.000Z'],
  ['German', 'Donnerstag, 12. November 2026 um 09:31 Uhr', 60, '2026-11-12T08:31:00.000Z'],
  ['French', 'jeudi 12 novembre 2026 à 09h31', 60, '2026-11-12T08:31:00.000Z'],
  ['dots', '12.11.2026 09:31', 0, '2026-11-12T09:31:00.000Z'],
  ['UTC by name', 'November 12, 2026 9:31 UTC', 300, '2026-11-12T09:31:00.000Z'],
  ['the year of a Dutch date is no zone', '13-11-2026 09:31', 60, '2026-11-13T08:31:00.000Z'],
  ['a far zone', '2026-11-12 09:31 +1400', 0, '2026-11-11T19:31:00.000Z'],
])('date and time: %s', (_, text, offset, expected) => {
  expect(parseDateTime(text, offset)?.toISOString()).toBe(expected);
});

test.each([
  ['Thu, 12 Nov 2026 11:42:04 -0500', -300],
  ['Thu, 12 Nov 2026 11:42:04 +0530', 330],
  ['Thu, 12 Nov 2026 11:42:04 GMT', 0],
  ['', 0],
])('the zone of “%s” is %d minutes', (field, minutes) => {
  expect(zoneOf(field)).toBe(minutes);
});
