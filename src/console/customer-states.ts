/**
 * What is to be done for each subscription, and since when it is billed twice: by the judging of `report`.
 */
import type { Customer } from '../core/customer.ts';
import { subscriptionKeys } from '../core/double-billing.ts';
import { type ReportLine, reportLines } from '../core/report.ts';
import type { ConsoleParts } from './parts.ts';
import type { SubscriptionState } from './views/customer-record.ts';

type StateParts = Pick<ConsoleParts, 'store' | 'clock' | 'customers' | 'timeZone'>;

/** In the order of the record. */
export async function subscriptionStates(
  { store, clock, customers, timeZone }: StateParts,
  customer: Customer,
): Promise<readonly SubscriptionState[]> {
  const now = clock.now();
  const open = new Map(
    (await store.openBillings(customer.id)).map((billing) => [billing.subscription, billing]),
  );
  const judge = reportLines({ now, timeZone, ...customers.rules });
  return subscriptionKeys(customer).map(({ key, name }) => {
    // A span keeps the name that it began with until its record is written again.
    const billing = open.get(key) ?? open.get(name);
    const line = judge({ customer, subscription: key, since: now, ...billing });
    if (billing !== undefined)
      return {
        outstanding: line.outstanding,
        twice: { sinceDay: line.sinceDay, days: line.days },
      };
    return {
      outstanding: line.code === 'already-cancelled' ? 'nothing' : line.outstanding,
    };
  });
}

/** As many as are asked for. */
export async function longestBilledTwice(
  { store, clock, customers, timeZone }: StateParts,
  linesMax: number,
): Promise<readonly ReportLine[]> {
  const judge = reportLines({ now: clock.now(), timeZone, ...customers.rules });
  const lines: ReportLine[] = [];
  for await (const billing of store.eachDoubleBilling(linesMax)) {
    lines.push(judge(billing));
    if (lines.length >= linesMax) break;
  }
  return lines;
}
