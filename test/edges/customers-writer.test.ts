/**
 * The writer of customers files to the sign: what stands where, and what the form cannot hold. That it reads back
 * to the same is in test/property/customers-round-trip.property.test.ts.
 */
import { describe, expect, test } from 'vitest';
import type { Customer } from '../../src/core/customer.ts';
import { csvLineCharsMax } from '../../src/core/limits.ts';
import { customerColumns } from '../../src/edges/customer-columns.ts';
import { readCustomers } from '../../src/edges/customers-file.ts';
import { customersCsv, customersJsonl } from '../../src/edges/customers-writer.ts';
import { contoso, customerOf } from '../conformance/samples.ts';

async function written(writer: typeof customersCsv, ...customers: readonly Customer[]) {
  const leftOut: string[] = [];
  const whole: string[] = [];
  const texts: string[] = [];
  const listener = {
    onWritten: ({ id }: Customer) => whole.push(id),
    onLeftOut: ({ id }: Customer, why: string) => leftOut.push(`${id} ${why}`),
  };
  for await (const text of writer(customers, listener)) texts.push(text);
  return { text: texts.join(''), whole, leftOut };
}

const header = customerColumns.map(({ name }) => name).join(',');

test('CSV: the columns in their order, a row for each subscription, the customer repeated', async () => {
  const { text, whole } = await written(customersCsv, contoso);
  const organisation =
    'C-1,Contoso Ltd.,contoso.onmicrosoft.com,11111111-1111-4111-8111-111111111111,' +
    'contoso.example;contoso.example.org,Ana <Ana@Contoso.Example>;it@contoso.example,en,DE,2026-01-15,,';
  const move =
    'Microsoft 365 Business Standard,22222222-2222-4222-8222-222222222222,active,,,,,12,,active,' +
    '33333333-3333-4333-8333-333333333333,,412.50,,,';
  expect(text.split('\n')).toEqual([
    header,
    `${organisation}${move}`,
    `${organisation}Exchange Online (Plan 1),,,,,,,,,,,,,,,`,
    '',
  ]);
  expect(whole).toEqual(['C-1']);
});

test('JSON lines: numbers as numbers, lists as lists, what is unknown left out', async () => {
  const { text } = await written(customersJsonl, contoso);
  const [first, second, end] = text.split('\n');
  const organisation = {
    customer_id: 'C-1',
    customer_name: 'Contoso Ltd.',
    tenant_domain: 'contoso.onmicrosoft.com',
    tenant_id: '11111111-1111-4111-8111-111111111111',
    other_domains: ['contoso.example', 'contoso.example.org'],
    contacts: ['Ana <Ana@Contoso.Example>', 'it@contoso.example'],
    locale: 'en',
    country: 'DE',
    partner_approved: '2026-01-15',
  };
  expect(JSON.parse(first ?? '')).toEqual({
    ...organisation,
    product: 'Microsoft 365 Business Standard',
    advisor_subscription_id: '22222222-2222-4222-8222-222222222222',
    advisor_status: 'active',
    licenses_assigned: 12,
    csp_status: 'active',
    csp_subscription_id: '33333333-3333-4333-8333-333333333333',
    monthly_cost: '412.50',
  });
  expect(JSON.parse(second ?? '')).toEqual({
    ...organisation,
    product: 'Exchange Online (Plan 1)',
  });
  expect(end).toBe('');
});

const product = (name: string): Partial<Customer> => ({ subscriptions: [{ product: name }] });

test('of no customers there is a header row, and nothing in JSON lines', async () => {
  expect((await written(customersCsv)).text).toBe(`${header}\n`);
  expect((await written(customersJsonl)).text).toBe('');
});

test.each(['=1+1', '+49 30 1', '-Contoso', '@SUM(A1)', '‮evil', '007'])(
  'no value is changed for a spreadsheet: %s',
  async (name) => {
    const customer = customerOf('C-1', { name, ...product('E3') });
    expect((await written(customersCsv, customer)).text).toContain(`\nC-1,${name},`);
  },
);

test('approved by no is no, also beside a date of earlier', async () => {
  const customer = customerOf('C-1', {
    ...product('E3'),
    partnerApproved: false,
    partnerApprovedOn: '2026-01-15',
  });
  expect((await written(customersCsv, customer)).text).toContain(',no,');
  expect((await written(customersJsonl, customer)).text).toContain('"partner_approved":false');
});

test('JSON lines cannot command a terminal', async () => {
  const customer = customerOf('C-1', {
    name: 'a\u001b[2J\u009b31m\u202eb\u2028c',
    ...product('E3'),
  });
  const { text } = await written(customersJsonl, customer);
  expect(text).toMatch(/^[ -~]+\n$/);
  expect(JSON.parse(text).customer_name).toBe(customer.name);
});

describe('what the form cannot hold is left out whole and told', () => {
  test.each([
    ['CSV', customersCsv, `${header}\n`],
    ['JSON lines', customersJsonl, ''],
  ] as const)('a customer without subscriptions: %s', async (_name, writer, start) => {
    const { text, whole, leftOut } = await written(writer, customerOf('C-1'));
    expect({ text, whole }).toEqual({ text: start, whole: [] });
    expect(leftOut).toEqual(['C-1 has no subscription, so there is no row to write']);
  });

  test('a line above what import reads, and not one that is just as long', async () => {
    const named = (length: number) =>
      customerOf('C-1', { contacts: [{ name: 'n'.repeat(length), address: 'a@b.example' }] });
    const short = { ...named(1), ...product('E3') };
    const [, line = ''] = (await written(customersCsv, short)).text.split('\n');
    const room = csvLineCharsMax - line.length + 1;
    const longest = { ...named(room), ...product('E3') };
    const { text } = await written(customersCsv, longest);
    const file = await readCustomers(
      (async function* () {
        yield Buffer.from(text);
      })(),
    );
    expect(file.customers).toEqual([longest]);

    const tooLong = {
      ...named(room + 1),
      subscriptions: [{ product: 'E' }, { product: 'E3' }],
    };
    const { text: rest, whole, leftOut } = await written(customersCsv, tooLong, short);
    expect(rest).toBe(`${header}\n${line}\n`);
    expect(whole).toEqual(['C-1']);
    expect(leftOut).toEqual([
      'C-1 needs a line above 65536 characters, which import does not read',
    ]);
  });
});
