/**
 * Who changes records in tests.
 */
import type { ChangeOrigin } from '../../src/ports/records.ts';

export const byTest: ChangeOrigin = { source: 'import', from: 'customers.csv', by: 'maria' };
