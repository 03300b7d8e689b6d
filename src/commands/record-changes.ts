/**
 * Changes of records as a command shows them: field by field, the first ones; the others are counted.
 */
import { shownText } from '../edges/customer-rows.ts';
import type { RecordChange } from '../ports/records.ts';

/** Customers that are named one by one; the others are counted. */
export const shownChangesMax = 20;

export function changeLines({ customerId, fields }: RecordChange): readonly string[] {
  const shown = (value: string) => (value === '' ? '(unknown)' : shownText(value));
  return [
    `  ~ ${customerId}`,
    ...fields.map(
      ({ path, before, after }) => `      ${path}: ${shown(before)} -> ${shown(after)}`,
    ),
  ];
}
