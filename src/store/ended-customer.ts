/**
 * A customer that a file which replaces everything no longer has: nothing of it is deleted, its open moves stop.
 */
import type { Customer } from '../core/customer.ts';
import type { RecordChange } from '../ports/records.ts';
import { customerChange } from './customer-diff.ts';
import type { WrittenRecord } from './written-record.ts';

/** Undefined where every move had ended already: done stays done. */
export function endedRecord(before: Customer): WrittenRecord | undefined {
  const customer: Customer = {
    ...before,
    subscriptions: before.subscriptions.map((subscription) =>
      subscription.transitionStatus === 'done' || subscription.transitionStatus === 'stopped'
        ? subscription
        : { ...subscription, transitionStatus: 'stopped' },
    ),
  };
  const change: RecordChange = { ...customerChange(before, customer), kind: 'ended' };
  return change.fields.length === 0 ? undefined : { customer, before, change };
}
