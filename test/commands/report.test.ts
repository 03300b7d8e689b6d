/**
 * `report` over a real embedded store: the text, CSV and JSON, the trend, and names that mean harm.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Customer, SubscriptionTransition } from '../../src/core/customer.ts';
import { subscriptionKeys } from '../../src/core/double-billing.ts';
import { openStore } from '../../src/store/open.ts';
import { customerOf, noon } from '../conformance/samples.ts';
import { makeCommandPlace, minimalSettings, runCommandLine } from '../support/command.ts';
import { byTest } from '../support/origin.ts';

const place = makeCommandPlace();
beforeAll(() => {
  place.write('responder.yaml', minimalSettings);
});
afterAll(() => place.remove());

function run(...args: readonly string[]) {
  return runCommandLine(['report', ...args, '--config', 'responder.yaml'], { cwd: place.folder });
}

const dayMs = 86_400_000;

interface Filled {
  readonly customer: Customer;
  readonly daysAgo: number;
  /** Ended so many days ago. */
  readonly untilDaysAgo?: number;
}

/** Puts the customers in and one span for each of their subscriptions. */
async function fill(...filled: readonly Filled[]): Promise<void> {
  const { store, pool } = await openStore({ dataDir: `${place.folder}/data` });
  try {
    await pool.query('truncate customers, customer_keys, customer_changes, double_billings');
    const customers = filled.map(({ customer }) => customer);
    await store.importCustomers(customers, { dryRun: false, at: noon, origin: byTest });
    await pool.query('truncate double_billings');
    const now = Date.now();
    const spans = filled.flatMap(({ customer, daysAgo, untilDaysAgo }) =>
      subscriptionKeys(customer).map(({ key: name }, index) => ({
        customer_id: customer.id,
        subscription: name,
        since: new Date(now - daysAgo * dayMs),
        until: untilDaysAgo === undefined ? null : new Date(now - untilDaysAgo * dayMs),
        monthly_cost: customer.subscriptions[index]?.monthlyCost ?? null,
        currency: customer.subscriptions[index]?.currency ?? null,
      })),
    );
    await pool.query(
      `insert into double_billings (customer_id, subscription, since, until, monthly_cost, currency)
       select * from jsonb_to_recordset($1::jsonb) as s(customer_id text, subscription text,
         since timestamptz, until timestamptz, monthly_cost numeric, currency text)`,
      [JSON.stringify(spans)],
    );
  } finally {
    await store.close();
  }
}

function billed(id: string, more: Partial<SubscriptionTransition> = {}, name = id): Customer {
  return customerOf(id, {
    name,
    partnerApproved: true,
    subscriptions: [
      {
        product: 'Office 365 E3',
        advisorStatus: 'active',
        licensesAssigned: 12,
        cspStatus: 'active',
        cspLicensesAssigned: 12,
        monthlyCost: '100',
        currency: 'EUR',
        ...more,
      },
    ],
  });
}

const three: readonly Filled[] = [
  { customer: billed('C-1', {}, 'Contoso Ltd.'), daysAgo: 10 },
  { customer: billed('C-2', { cspStatus: 'suspended' }, 'Northwind'), daysAgo: 365 },
  { customer: billed('C-3', { monthlyCost: '7.5', currency: 'CHF' }, '株式会社'), daysAgo: 1 },
  { customer: billed('C-4', {}, 'Gone'), daysAgo: 90, untilDaysAgo: 30 },
];

test('nobody is billed twice: says so, in every format', async () => {
  await fill({ customer: billed('C-4'), daysAgo: 90, untilDaysAgo: 30 });
  expect(await run()).toEqual({ code: 0, stdout: 'Nobody is billed twice.\n', stderr: '' });
  expect((await run('--format', 'csv')).stdout.split('\r\n')).toHaveLength(2);
  expect(JSON.parse((await run('--format', 'json')).stdout)).toMatchObject({
    subscriptions: [],
    totals: [],
  });
});

describe('text', () => {
  beforeEach(() => fill(...three));

  test('the longest first, then what it comes to by move and currency', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const { code, stdout, stderr } = await run();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      `customer      product        days     a month  twice so far  move      outstanding
Northwind     Office 365 E3   365  100.00 EUR   1200.00 EUR  partner   activate the new subscription and assign its licenses
Contoso Ltd.  Office 365 E3    10  100.00 EUR     32.88 EUR  customer  cancel the old subscription, in the portal or by phone
株式会社      Office 365 E3     1    7.50 CHF      0.25 CHF  customer  cancel the old subscription, in the portal or by phone

3 subscriptions of 3 customers are billed twice on ${today}.

whose move  subscriptions     a month  twice so far
customer                1    7.50 CHF      0.25 CHF
customer                1  100.00 EUR     32.88 EUR
partner                 1  100.00 EUR   1200.00 EUR
both                    2  200.00 EUR   1232.88 EUR
`,
    );
  });

  test('--limit shortens the lines, not the totals', async () => {
    const short = (await run('--limit', '1')).stdout;
    expect(short).toContain('Northwind');
    expect(short).not.toContain('Contoso');
    expect(short).toContain('\nand 2 more (--limit 0 shows all)\n');
    expect(short).toContain('\n3 subscriptions of 3 customers are billed twice');
    expect((await run('--limit', '0')).stdout).toBe((await run()).stdout);
  });
});

test('an unknown cost is said, not counted as nothing', async () => {
  const { monthlyCost: _unknown, ...rest } = billed('C-1').subscriptions[0] ?? { product: '' };
  await fill(
    { customer: { ...billed('C-1'), subscriptions: [rest] }, daysAgo: 10 },
    { customer: billed('C-2'), daysAgo: 1 },
  );
  const { stdout } = await run();
  expect(stdout).toMatch(/^C-1 .* unknown +unknown /m);
  expect(stdout).toMatch(/^customer +2 +100\.00 EUR +3\.29 EUR$/m);
  expect(stdout).toContain(
    '1 of them has no monthly_cost in the record: what that costs is in no sum.',
  );
});

describe('hostile names', () => {
  const name = '=cmd|\u001b[2J"x", \u009b31m\u202eevil\u2028next';
  beforeEach(() => fill({ customer: billed('C-1', { product: '@SUM(A1)' }, name), daysAgo: 1 }));

  test('do not drive the terminal', async () => {
    const { stdout } = await run();
    expect(stdout).toContain('=cmd| [2J"x",  31mevil next');
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]/u);
  });

  test('are no formula in a spreadsheet, and stay one cell on one line', async () => {
    const { stdout } = await run('--format', 'csv');
    expect(stdout.split('\r\n')).toHaveLength(3);
    expect(stdout).toContain(`"'=cmd| [2J""x"",  31m evil next"`);
    expect(stdout).toContain(",'@SUM(A1),");
    expect(stdout.replaceAll('\r\n', '')).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]/u);
  });

  test('are escaped in JSON and come back as they were', async () => {
    const { stdout } = await run('--format', 'json');
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]/u);
    expect(JSON.parse(stdout).subscriptions[0].customerName).toBe(name);
  });
});

test('CSV has a line for each subscription, with ids and the plain figures', async () => {
  await fill(...three);
  const lines = (await run('--format', 'csv')).stdout.split('\r\n');
  const since = new Date(Date.now() - 10 * dayMs).toISOString().slice(0, 10);
  expect(lines[0]).toBe(
    'customer_id,customer_name,product,advisor_subscription_id,csp_subscription_id,account_manager,since,days,monthly_cost,currency,paid_twice,move,code,outstanding',
  );
  expect(lines[2]).toBe(
    `C-1,Contoso Ltd.,Office 365 E3,,,,${since},10,100.00,EUR,32.88,customer,cancel-portal,"cancel the old subscription, in the portal or by phone"`,
  );
  expect(lines).toHaveLength(5);
});

test('JSON is whole and valid with twenty thousand, and its totals are those of all', async () => {
  const count = 20_000;
  const filled = Array.from({ length: count / 4 }, (_, index) => {
    const [one] = billed('x').subscriptions;
    if (one === undefined) throw new Error('a billed customer has a subscription');
    const subscriptions = [one, one, { ...one, product: 'EMS E3' }, { ...one, currency: 'CHF' }];
    return { customer: { ...billed(`C-${index}`), subscriptions }, daysAgo: 73 };
  });
  await fill(...filled);
  const { code, stdout } = await run('--format', 'json');
  expect(code).toBe(0);
  const report = JSON.parse(stdout);
  expect(report.subscriptions).toHaveLength(count);
  expect(new Set(report.subscriptions.map((line: object) => JSON.stringify(line))).size).toBe(
    // Of two of one product only the place in the record differs.
    (count / 4) * 3,
  );
  expect(report.customers).toBe(count / 4);
  expect(report.totals).toEqual([
    {
      move: 'customer',
      currency: 'CHF',
      subscriptions: 5_000,
      withoutCost: 0,
      monthlyCost: '500000.00',
      paidTwice: '1200000.00',
    },
    {
      move: 'customer',
      currency: 'EUR',
      subscriptions: 15_000,
      withoutCost: 0,
      monthlyCost: '1500000.00',
      paidTwice: '3600000.00',
    },
  ]);
});

describe('trend', () => {
  beforeEach(() => fill(...three));

  test('text: by week, twelve weeks back, with a bar', async () => {
    const { code, stdout } = await run('--trend');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('day         customers  subscriptions  a month, CHF  a month, EUR');
    expect(lines).toHaveLength(14);
    expect(lines[1]).toMatch(/^\d{4}-\d\d-\d\d +2 +2 +- +200\.00 {2}#{20}$/);
    expect(lines[13]).toMatch(/^\d{4}-\d\d-\d\d +3 +3 +7\.50 +200\.00 {2}#{30}$/);
    expect(lines[13]).toContain(new Date().toISOString().slice(0, 10));
  });

  test('CSV: a column for each currency', async () => {
    const since = new Date(Date.now() - 2 * dayMs).toISOString().slice(0, 10);
    const { stdout } = await run('--trend', '--by', 'day', '--since', since, '--format', 'csv');
    const lines = stdout.split('\r\n');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toBe('day,customers,subscriptions,monthly_cost_chf,monthly_cost_eur');
    expect(lines[1]).toBe(`${since},2,2,,200.00`);
    expect(lines[3]).toMatch(/,3,3,7\.50,200\.00$/);
  });

  test('JSON: each point with its moment', async () => {
    const { stdout } = await run('--trend', '--by', 'month', '--format', 'json');
    const { asOf, points } = JSON.parse(stdout);
    expect(points).toHaveLength(13);
    expect(points[0].at).toMatch(/T23:59:59\.999Z$/);
    expect(points[12]).toEqual({
      day: asOf.slice(0, 10),
      at: asOf,
      customers: 3,
      subscriptions: 3,
      monthlyCost: { CHF: '7.50', EUR: '200.00' },
    });
  });
});

describe('wrong usage', () => {
  test.each([
    [['--format', 'xml'], 'found “xml”, expected one of text, csv, json'],
    [['--by', 'day'], 'give --trend with it'],
    [['--since', '2026-01-01'], 'give --trend with it'],
    [['--trend', '--by', 'year'], 'expected one of day, week, month'],
    [['--trend', '--since', '2/1/2026'], 'is ambiguous; write 2026-02-01 or 2026-01-02'],
    [['--trend', '--since', '2099-01-01'], '2099-01-01 is yet to come'],
    [['--trend', '--by', 'day', '--since', '2000-01-01'], 'more than 1000 days'],
    [['--trend', '--limit', '3'], '--limit shortens the text'],
    [['--format', 'json', '--limit', '3'], '--limit shortens the text'],
    [['--limit', 'many'], 'expected a number of lines'],
  ])('%j: exit 2, and what is allowed', async (args, hint) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(hint);
  });
});
