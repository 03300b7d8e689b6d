/**
 * A record that is being written, with what changes by it.
 */
import type { Customer } from '../core/customer.ts';
import type { RecordChange } from '../ports/records.ts';

export interface WrittenRecord {
  readonly customer: Customer;
  /** The record as it stands in the store; absent for one that is new. */
  readonly before?: Customer | undefined;
  readonly change: RecordChange;
}

/** Of records that were there before, so that something of them may have to go. */
export function knownIds(records: readonly WrittenRecord[]): readonly string[] {
  return records.filter(({ change }) => change.kind !== 'added').map(({ customer }) => customer.id);
}
