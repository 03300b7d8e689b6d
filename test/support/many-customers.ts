/**
 * A customers file of any size, for benchmarks: invented, in documentation domains, every column filled.
 *
 * Each fifth customer has two rows, the second of which stands much later in the file.
 */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { customerColumns } from '../../src/edges/customer-columns.ts';

const rowsApart = 5_000;
const rowsOfChunk = 1_000;

export function customerGuid(number: number, kind: number): string {
  const digits = number.toString(16).padStart(12, '0');
  return `${kind.toString(16).padStart(8, '0')}-0000-4000-8000-${digits}`;
}

function row(customer: number, subscription: number): string {
  const domain = `customer-${customer}.example`;
  const values: Readonly<Record<string, string>> = {
    customer_id: `C-${customer}`,
    customer_name: `Customer number ${customer} of Fabrikam Ltd`,
    tenant_domain: `c${customer}.onmicrosoft.com`,
    tenant_id: customerGuid(customer, 1),
    other_domains: `${domain};mail.${domain}`,
    contacts: `Kim Doe <kim@${domain}>;it@${domain}`,
    locale: 'de',
    country: 'DE',
    partner_approved: customer % 3 === 0 ? 'no' : '2026-10-19',
    approval_link: `https://admin.microsoft.com/approve?customer=${customer}`,
    product: subscription === 0 ? 'Office 365 E3' : 'Microsoft 365 Business Standard',
    advisor_subscription_id: customerGuid(customer, 2 + subscription),
    advisor_status: customer % 4 === 0 ? 'cancelled' : 'active',
    advisor_renews_on: '2027-02-01',
    advisor_ends_on: '2027-02-01',
    billing: 'card',
    billing_account: 'mosa',
    licenses_assigned: String(customer % 60),
    licenses_total: '60',
    csp_status: customer % 2 === 0 ? 'active' : 'ordered',
    csp_subscription_id: customerGuid(customer, 8 + subscription),
    csp_licenses_assigned: String(customer % 60),
    monthly_cost: `${customer % 900}.50`,
    currency: 'EUR',
    transition_status: 'open',
    account_manager: 'sam@partner.example',
  };
  return customerColumns.map(({ name }) => values[name] ?? '').join(',');
}

function* rows(count: number): Generator<string> {
  const waiting: { readonly customer: number; readonly due: number }[] = [];
  let next = 0;
  for (let at = 0; at < count; at += 1) {
    const first = waiting[0];
    const isLast = count - at <= waiting.length;
    if (first !== undefined && (first.due <= at || isLast)) {
      waiting.shift();
      yield row(first.customer, 1);
      continue;
    }
    if (next % 5 === 0 && count - at > waiting.length + 1)
      waiting.push({ customer: next, due: at + rowsApart });
    yield row(next, 0);
    next += 1;
  }
}

function* chunks(count: number): Generator<string> {
  let chunk = [customerColumns.map(({ name }) => name).join(',')];
  for (const line of rows(count)) {
    chunk.push(line);
    if (chunk.length < rowsOfChunk) continue;
    yield `${chunk.join('\n')}\n`;
    chunk = [];
  }
  if (chunk.length > 0) yield `${chunk.join('\n')}\n`;
}

export async function writeManyCustomers(path: string, count: number): Promise<void> {
  await pipeline(Readable.from(chunks(count)), createWriteStream(path));
}
