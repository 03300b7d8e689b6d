/** Whose row it is: ids in one spelling, and rows without one below a customer. */
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { readCustomers } from '../../src/edges/customers-file.ts';

const header = 'customer_id,customer_name,product,csp_status';
const read = (...rows: readonly string[]) =>
  readCustomers(Readable.from([Buffer.from([header, ...rows].join('\n'))]));

test('a row of merged cells keeps its whole customer out: half of it would be wrong', async () => {
  const file = await read('C-1,Contoso,E3,active', ',,Exchange,active', 'C-2,Fabrikam,E1,none');
  expect(file.customers.map(({ id }) => id)).toEqual(['C-2']);
  expect(file.skippedCustomers).toEqual(['C-1']);
  expect(file.problems).toEqual([
    { line: 3, column: 'customer_id', value: '', message: 'is missing' },
  ]);
});

test('so does one that repeats the name', async () => {
  const file = await read('C-1,Contoso,E3,active', 'C-1,,E5,active', ',Contoso,Exchange,active');
  expect(file.skippedCustomers).toEqual(['C-1']);
});

test('a row of another name is nobody’s', async () => {
  const file = await read('C-1,Contoso,E3,active', ',Fabrikam,Exchange,active');
  expect(file.customers.map(({ id }) => id)).toEqual(['C-1']);
  expect(file.rowsOfNobody).toBe(1);
});

test('ids that are written otherwise and mean the same are one customer', async () => {
  const file = await read(
    'Cafe\u0301 1,Contoso,E3,active',
    'Caf\u00e9 1,,E5,active',
    'Caf\u00e9  1,,Visio,none',
  );
  expect(file.customers).toHaveLength(1);
  expect(file.customers[0]).toMatchObject({ id: 'Caf\u00e9 1' });
  expect(file.customers[0]?.subscriptions).toHaveLength(3);
});

test.each([
  [
    'a value',
    '{"customer_id":"C-1","customer_name":"C","product":"E3","licenses_assigned":50,"licenses_assigned":5}',
  ],
  [
    'a value, escaped',
    '{"customer_id":"C-1","customer_name":"C","product":"E3","country":"DE","co\\u0075ntry":"AT"}',
  ],
])('JSON that has %s twice is refused', async (_, line) => {
  const source = Readable.from([Buffer.from(`${line}\n`)]);
  const { customers, problems } = await readCustomers(source, { format: 'jsonl' });
  expect(customers).toEqual([]);
  expect(problems).toMatchObject([{ message: 'is there twice in this line' }]);
});

test('a name within a value is no name of the line', async () => {
  const line =
    '{"customer_id":"C-1","customer_name":"product","product":"a \\"product\\": b","contacts":["product:x@y.example"]}';
  const source = Readable.from([Buffer.from(`${line}\n`)]);
  const { problems } = await readCustomers(source, { format: 'jsonl' });
  expect(problems.filter(({ message }) => message.includes('twice'))).toEqual([]);
});
