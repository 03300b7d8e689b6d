/**
 * All customers, read in pages, so that any number of them takes the memory of one page.
 */
import type { Customer } from '../core/customer.ts';
import { type StorePlace, storeFailure } from './failures.ts';
import type { Database } from './schema.ts';

const pageRows = 500;

/** By id. One that is added while it runs may be missed. */
export async function* eachCustomer(db: Database, place: StorePlace): AsyncGenerator<Customer> {
  let after = '';
  for (;;) {
    const rows = await db
      .selectFrom('customers')
      .select(['id', 'record'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(pageRows)
      .execute()
      .catch((error: unknown) => {
        throw storeFailure(error, place);
      });
    for (const { record } of rows) yield record;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
