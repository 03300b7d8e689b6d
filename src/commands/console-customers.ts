/**
 * Customers as the console changes them, wired to the file reader and the store.
 */
import type { CustomerDesk } from '../ports/customer-desk.ts';
import type { ConsoleWiring } from './console-wiring.ts';

export function customerDesk(_wiring: ConsoleWiring): CustomerDesk {
  return { columns: [] };
}
