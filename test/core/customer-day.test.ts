/** Which day it is where the customer is: midnight in one zone, in several, and where the country is unknown. */
import { expect, test } from 'vitest';
import { customerDay } from '../../src/core/customer-day.ts';

test.each([
  ['just before midnight in Berlin', '2026-11-25T22:59:59Z', 'DE', '2026-11-25'],
  ['midnight in Berlin', '2026-11-25T23:00:00Z', 'DE', '2026-11-26'],
  ['midnight in Berlin in summer', '2026-07-14T22:00:00Z', 'DE', '2026-07-15'],
  ['midnight in Tokyo', '2026-11-25T15:00:00Z', 'JP', '2026-11-26'],
  ['midnight in Kathmandu, at a quarter', '2026-11-25T18:15:00Z', 'NP', '2026-11-26'],
  ['just before midnight in Kathmandu', '2026-11-25T18:14:59Z', 'NP', '2026-11-25'],
  [
    'midnight in New York is still yesterday in Honolulu',
    '2026-11-26T05:00:00Z',
    'US',
    '2026-11-26',
  ],
  ['before midnight in New York', '2026-11-26T04:59:59Z', 'US', '2026-11-25'],
  ['the easternmost of Brazil', '2026-11-26T02:00:00Z', 'BR', '2026-11-26'],
])('%s', (_, now, country, day) => {
  expect(customerDay(new Date(now), country, 'UTC')).toBe(day);
});

test('without a country, or with one that has no zone, the zone of the settings counts', () => {
  const now = new Date('2026-11-25T23:30:00Z');
  expect(customerDay(now, undefined, 'Europe/Berlin')).toBe('2026-11-26');
  expect(customerDay(now, undefined, 'UTC')).toBe('2026-11-25');
  expect(customerDay(now, 'ZZ', 'Europe/Berlin')).toBe('2026-11-26');
  expect(customerDay(now, '../x', 'UTC')).toBe('2026-11-25');
});

test('asked again later, it is the day of then', () => {
  const ask = (now: string) => customerDay(new Date(now), 'GB', 'UTC');
  expect(ask('2026-11-25T23:59:59.999Z')).toBe('2026-11-25');
  expect(ask('2026-11-26T00:00:00Z')).toBe('2026-11-26');
  expect(ask('2026-11-25T23:59:59.999Z')).toBe('2026-11-25');
});
