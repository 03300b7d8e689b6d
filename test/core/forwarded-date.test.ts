/** Numeric dates above a forward: settled by the forward's own date, or left alone. */
import { expect, test } from 'vitest';
import { settleDate } from '../../src/core/forwarded-date.ts';

test.each([
  ['19/02/26 08:58  (GMT+01:00)', '2026-02-19T09:15:59Z', '2026-02-19 08:58  (GMT+01:00)'],
  ['23.09.26 10:27', '2026-09-23T09:44:08Z', '2026-09-23 10:27'],
  ['2/19/26 8:58 AM', '2026-02-19T09:15:59Z', '2026-02-19 8:58 AM'],
  ['26/2/19 8:58', '2026-02-20T09:15:59Z', '2026-02-19 8:58'],
  ['11/12/2026 9:31 AM', '2026-11-13T08:00:00Z', '2026-11-12 9:31 AM'],
  ['12/11/2026 09:31', '2026-11-13T08:00:00Z', '2026-11-12 09:31'],
  ['On 28/10/26, 12:46, Anna wrote', '2026-10-28T12:00:00Z', 'On 2026-10-28, 12:46, Anna wrote'],
])('“%s” forwarded at %s is %s', (text, at, expected) => {
  expect(settleDate(text, new Date(at))).toBe(expected);
});

test.each([
  ['two days of the last year', '03/04/2026 9:31', '2026-11-13T08:00:00Z'],
  ['two days, short', '03/04/26 9:31', '2026-11-13T08:00:00Z'],
  ['a day to come', '12/12/2027 9:31', '2026-11-13T08:00:00Z'],
  ['a day long gone', '28/10/21 12:46', '2026-11-13T08:00:00Z'],
  ['no such day', '45/45/26 9:31', '2026-11-13T08:00:00Z'],
  ['a date with its month in words', 'Thursday, 12 November 2026 09:31', '2026-11-13T08:00:00Z'],
  ['an ISO date', '2026-11-12 09:31', '2026-11-13T08:00:00Z'],
  ['a version number', '1.2.3.4', '2026-11-13T08:00:00Z'],
])('leaves %s alone', (_, text, at) => {
  expect(settleDate(text, new Date(at))).toBe(text);
});

test('leaves everything alone without the date of the forward', () => {
  expect(settleDate('19/02/26 08:58', undefined)).toBe('19/02/26 08:58');
});
