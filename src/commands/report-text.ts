/**
 * The report for the terminal: the longest first, then what it comes to.
 */
import { amountText, moves, type ReportLine, type ReportTotals } from '../core/report.ts';
import { type TableColumn, tableLines, tableText } from './text-table.ts';

const columns: readonly TableColumn[] = [
  { title: 'customer', align: 'left' },
  { title: 'product', align: 'left' },
  { title: 'days', align: 'right' },
  { title: 'a month', align: 'right' },
  { title: 'twice so far', align: 'right' },
  { title: 'move', align: 'left' },
  { title: 'outstanding', align: 'left' },
];

export interface TextReport {
  readonly lines: AsyncIterable<ReportLine>;
  /** Of all lines that were read so far. */
  readonly totals: ReportTotals;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  /** Lines that are shown; the others are only counted. */
  readonly shownMax: number;
}

export async function* reportText(report: TextReport): AsyncGenerator<string> {
  const { totals, shownMax } = report;
  yield* tableLines(columns, shownRows(report));
  if (totals.subscriptions === 0) {
    yield 'Nobody is billed twice.\n';
    return;
  }
  const more = totals.subscriptions - shownMax;
  if (more > 0) yield `and ${more} more (--limit 0 shows all)\n`;
  yield `\n${headline(report)}\n\n${await totalsTable(totals)}`;
  const { withoutCost } = totals;
  if (withoutCost > 0) {
    const subject = withoutCost === 1 ? '1 of them has' : `${withoutCost} of them have`;
    yield `\n${subject} no monthly_cost in the record: what that costs is in no sum.\n`;
  }
}

async function* shownRows({ lines, shownMax }: TextReport): AsyncGenerator<readonly string[]> {
  let count = 0;
  for await (const line of lines) {
    count += 1;
    if (count <= shownMax) yield cellsOf(line);
  }
}

function cellsOf(line: ReportLine): readonly string[] {
  return [
    line.customerName,
    line.product,
    String(line.days),
    money(amountText(line.monthlyCost), line.currency),
    money(amountText(line.paidTwice), line.currency),
    line.move,
    line.outstanding,
  ];
}

function money(amount: string | undefined, currency: string | undefined): string {
  if (amount === undefined) return 'unknown';
  return currency === undefined ? amount : `${amount} ${currency}`;
}

function headline({ totals, today }: TextReport): string {
  const { subscriptions, customers } = totals;
  const what = subscriptions === 1 ? '1 subscription' : `${subscriptions} subscriptions`;
  const who = customers === 1 ? '1 customer' : `${customers} customers`;
  return `${what} of ${who} ${subscriptions === 1 ? 'is' : 'are'} billed twice on ${today}.`;
}

async function totalsTable(totals: ReportTotals): Promise<string> {
  const groups = totals.groups();
  const rows = groups.map((group) => [
    group.move,
    String(group.subscriptions),
    ...(group.withoutCost === group.subscriptions
      ? ['unknown', 'unknown']
      : [
          money(amountText(group.monthlyCost), group.currency),
          money(amountText(group.paidTwice), group.currency),
        ]),
  ]);
  const both = moves.length;
  const byCurrency = Map.groupBy(groups, ({ currency }) => currency);
  const sums = [...byCurrency.values()]
    .filter((parts) => parts.length === both)
    .map((parts) => {
      const sum = (of: 'monthlyCost' | 'paidTwice') =>
        amountText(parts.reduce((total, part) => total + part[of], 0n));
      const count = parts.reduce((total, part) => total + part.subscriptions, 0);
      const currency = parts[0]?.currency;
      return [
        'both',
        String(count),
        ...(['monthlyCost', 'paidTwice'] as const).map((of) => money(sum(of), currency)),
      ];
    });
  return tableText(
    [
      { title: 'whose move', align: 'left' },
      { title: 'subscriptions', align: 'right' },
      { title: 'a month', align: 'right' },
      { title: 'twice so far', align: 'right' },
    ],
    [...rows, ...sums],
  );
}
