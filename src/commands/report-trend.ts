/**
 * The trend in its three formats: how many were billed twice at the end of each day, and what a month of it
 * cost then.
 */
import { formatAmount, parseAmount } from '../core/amount.ts';
import { csvLine } from '../core/csv-line.ts';
import type { DoubleBillingTrendPoint } from '../ports/records.ts';
import { tableText } from './text-table.ts';

export interface TrendPoint extends DoubleBillingTrendPoint {
  /** `YYYY-MM-DD` where the partner is. */
  readonly day: string;
}

/** The longest bar. */
const barColumns = 30;

function currenciesOf(points: readonly TrendPoint[]): readonly string[] {
  return [...new Set(points.flatMap(({ monthlyCost }) => Object.keys(monthlyCost)))].sort();
}

function costText(point: TrendPoint, currency: string): string | undefined {
  const cost = point.monthlyCost[currency];
  const amount = cost === undefined ? undefined : parseAmount(cost);
  return amount === undefined ? undefined : formatAmount(amount);
}

export async function trendText(points: readonly TrendPoint[]): Promise<string> {
  const currencies = currenciesOf(points);
  const most = Math.max(1, ...points.map(({ subscriptions }) => subscriptions));
  return tableText(
    [
      { title: 'day', align: 'left' },
      { title: 'customers', align: 'right' },
      { title: 'subscriptions', align: 'right' },
      ...currencies.map(
        (currency) =>
          ({
            title: currency === '' ? 'a month' : `a month, ${currency}`,
            align: 'right',
          }) as const,
      ),
      { title: '', align: 'left' },
    ],
    points.map((point) => [
      point.day,
      String(point.customers),
      String(point.subscriptions),
      ...currencies.map((currency) => costText(point, currency) ?? '-'),
      '#'.repeat(Math.ceil((point.subscriptions / most) * barColumns)),
    ]),
  );
}

/** A column for each currency that occurs; `monthly_cost` holds what has none. */
export function trendCsv(points: readonly TrendPoint[]): string {
  const currencies = currenciesOf(points);
  const names = currencies.map((currency) =>
    currency === '' ? 'monthly_cost' : `monthly_cost_${currency.toLowerCase()}`,
  );
  return [
    csvLine(['day', 'customers', 'subscriptions', ...names]),
    ...points.map((point) =>
      csvLine([
        point.day,
        point.customers,
        point.subscriptions,
        ...currencies.map((currency) => costText(point, currency)),
      ]),
    ),
  ].join('');
}

export function trendJson(points: readonly TrendPoint[], now: Date): string {
  const shown = points.map((point) => ({
    day: point.day,
    at: point.at,
    customers: point.customers,
    subscriptions: point.subscriptions,
    monthlyCost: Object.fromEntries(
      currenciesOf([point]).map((currency) => [currency, costText(point, currency) ?? null]),
    ),
  }));
  return `${JSON.stringify({ asOf: now, points: shown })}\n`;
}
