/**
 * Amounts of money: no binary fraction ever touches them.
 */
import { describe, expect, test } from 'vitest';
import { costOfDays, formatAmount, parseAmount } from '../../src/core/amount.ts';

function cost(monthly: string, days: number): string {
  const amount = parseAmount(monthly);
  if (amount === undefined) throw new Error(`${monthly} is not an amount`);
  return formatAmount(costOfDays(amount, days));
}

describe('reading', () => {
  test.each([
    ['0', 0n, '0.00'],
    ['412.5', 4_125_000n, '412.50'],
    ['412.50', 4_125_000n, '412.50'],
    ['0.1', 1_000n, '0.10'],
    ['0.0625', 625n, '0.0625'],
    ['0.125', 1_250n, '0.125'],
    ['3.500000', 35_000n, '3.50'],
    ['999999999999.9999', 9_999_999_999_999_999n, '999999999999.9999'],
  ])('%s is read and written back', (text, amount, written) => {
    expect(parseAmount(text)).toBe(amount);
    expect(formatAmount(amount)).toBe(written);
  });

  test.each(['', 'NaN', '-1', '1,50', '1e3', '0.00001', ' 1', '1.'])(
    '“%s” is no amount, and not rounded into one',
    (text) => {
      expect(parseAmount(text)).toBeUndefined();
    },
  );
});

describe('cost of days', () => {
  test.each([
    ['nothing on the first day', '365', 0, '0.00'],
    ['a day is a 365th of twelve months', '365', 1, '12.00'],
    ['a year is twelve months', '412.50', 365, '4950.00'],
    ['up from 3.2876…', '100', 1, '3.29'],
    ['down from 9.8630…', '100', 3, '9.86'],
    ['as it is where it comes out even', '1.825', 1, '0.06'],
    ['up from 0.00501…', '0.0025', 61, '0.01'],
    ['down from 0.00493…', '0.0025', 60, '0.00'],
    ['a century of the largest amount', '999999999999.9999', 36_500, '1199999999999999.88'],
  ])('%s: %s for %i days', (_, monthly, days, expected) => {
    expect(cost(monthly, days)).toBe(expected);
  });
});
