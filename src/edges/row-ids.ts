/**
 * Whose row it is: ids in one spelling, and rows without one that stand below a customer.
 *
 * In a sheet with merged cells only the first row of a customer has its id. Such a row is a problem of that
 * customer, which is then left out whole: without it, its other rows would be half a customer.
 */
import { type CustomerRow, idColumnOf, type RowSource } from './customer-rows.ts';
import { customerId } from './customer-values.ts';

export async function* withIds({ columns, rows }: RowSource): AsyncGenerator<CustomerRow> {
  const idAt = idColumnOf(columns);
  const nameAt = columns.findIndex((column) => column?.name === 'customer_name');
  let above = { id: '', name: '' };
  for await (const row of rows) {
    const id = normalId(row.cells[idAt] ?? '');
    const name = row.cells[nameAt] ?? '';
    if (id !== '') {
      above = { id, name: name === '' && id === above.id ? above.name : name };
      yield withId(row, idAt, id);
    } else if (above.id !== '' && (name === '' || name === above.name)) {
      const fault = { column: 'customer_id', value: '', message: 'is missing' };
      yield { ...withId(row, idAt, above.id), faults: [...row.faults, fault] };
    } else yield row;
  }
}

/** Composed and decomposed letters, one space or two: one id. What is wrong with it is told by its column. */
function normalId(text: string): string {
  const checked = customerId(text);
  return 'value' in checked ? checked.value : text;
}

function withId(row: CustomerRow, idAt: number, id: string): CustomerRow {
  return row.cells[idAt] === id ? row : { ...row, cells: row.cells.with(idAt, id) };
}
