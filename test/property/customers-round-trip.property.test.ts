/**
 * Whatever an import lets into a record, an export writes so that it is read back to the same: in both formats,
 * and through the store. A failure prints its seed; it can be given back with FAST_CHECK_SEED.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  advisorStatuses,
  billingAccounts,
  billingKinds,
  type Customer,
  cspStatuses,
  type SubscriptionTransition,
  transitionStatuses,
} from '../../src/core/customer.ts';
import {
  approval,
  bareAddress,
  type Checked,
  calendarDate,
  contactList,
  count,
  country,
  currency,
  customerId,
  domainList,
  domainName,
  httpsLink,
  languageTag,
  money,
  oneOf,
  plainText,
  subscriptionId,
  tenantId,
} from '../../src/edges/customer-values.ts';
import { readCustomers } from '../../src/edges/customers-file.ts';
import { customersWriters } from '../../src/edges/customers-writer.ts';
import type { ImportSummary } from '../../src/ports/records.ts';
import { openStore } from '../../src/store/open.ts';
import { noon } from '../conformance/samples.ts';
import { byTest } from '../support/origin.ts';

const seed = Number(process.env.FAST_CHECK_SEED ?? Date.now() % 2_147_483_647);
console.info(`property tests of customers files run with seed ${seed}`);
const limits = { seed, interruptAfterTimeLimit: 9_000, markInterruptAsFailure: false };

/** What `customer-rows.ts` lets through to the checks. */
function isCell(text: string): boolean {
  return (
    text !== '' &&
    text === text.trim() &&
    text.isWellFormed() &&
    !/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u.test(text)
  );
}

/** The values that a check makes of such texts, those it refuses left out. */
function admitted<Value>(
  texts: fc.Arbitrary<string>,
  check: (text: string) => Checked<Value>,
): fc.Arbitrary<Value> {
  return texts
    .map((text) => text.trim())
    .filter(isCell)
    .map(check)
    .filter((checked) => 'value' in checked)
    .map(({ value }) => value);
}

const hostileSigns = fc.constantFrom(
  ...[';', ',', '"', '""', '\\', '\\"', "'", ' ', '\u00a0', '\t', '=', '+', '-', '@', '<', '>'],
  ...[
    '|',
    'sep=;',
    '\ufeff',
    '\u0301',
    '\u200b',
    'İ',
    'ß',
    '\u0958',
    '株',
    '🚚',
    'é',
    'a',
    '1',
    'E+9',
  ],
);
const texts = fc.oneof(
  fc.array(hostileSigns, { minLength: 1, maxLength: 12 }).map((signs) => signs.join('')),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 250 }),
  fc.constantFrom('=1+1', '+49 30', '-Contoso', '@SUM(A1)', 'yes', 'null', '007', '1,5', '{"a":1}'),
);

const labels = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,8}[a-zA-Z0-9])?$/),
  fc.constantFrom('bücher', '株式会社', 'STRASSE', 'faß', 'xn--bcher-kva'),
);
const domains = fc
  .tuple(labels, fc.constantFrom('example', 'example.com', 'onmicrosoft.com', 'Example.ORG'))
  .map((parts) => parts.join('.'));
const locals = fc.oneof(
  fc.stringMatching(/^[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,10}(\.[A-Z0-9]{1,6})?$/),
  fc.constantFrom('jürgen', 'İlker', 'ΣΑΣ', '=cmd', '+kim', '-x', '用户'),
);
const addresses = fc.tuple(locals, domains).map((parts) => parts.join('@'));
const guids = fc.uuid().chain((id) => fc.constantFrom(id, id.toUpperCase(), `{${id}}`));
const dates = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2100-12-31'), noInvalidDate: true })
  .chain((date) => fc.constantFrom(date.toISOString().slice(0, 10), date.toISOString()));
const wholes = fc.integer({ min: 0, max: 10_000_000 }).map(String);
const amounts = fc.stringMatching(/^[0-9]{1,12}(\.[0-9]{1,4})?$/);
const links = fc.oneof(
  fc.webUrl({ withFragments: true, withQueryParameters: true, validSchemes: ['https'] }),
  texts.map((text) => `https://contoso.example/a;b,c?x=${text}#"${text}`),
);

/** Written as people write them, or as an export of ours would. */
const contactTexts = fc
  .tuple(texts, addresses)
  .chain(([name, address]) =>
    fc.constantFrom(
      address,
      `${name} <${address}>`,
      `"${name}" <${address}>`,
      `"${name.replace(/["\\]/g, '\\$&')}" <${address}>`,
    ),
  );

function several<Value>(
  one: fc.Arbitrary<Value>,
  keyOf: (value: Value) => unknown,
): fc.Arbitrary<readonly Value[]> {
  return fc.uniqueArray(one, { maxLength: 4, selector: keyOf });
}

/** A value or nothing at all. */
function known<Key extends string, Value>(
  key: Key,
  values: fc.Arbitrary<Value>,
): fc.Arbitrary<{ readonly [Name in Key]?: Value }> {
  return fc
    .option(values, { nil: undefined })
    .map((value) =>
      value === undefined ? {} : ({ [key]: value } as { readonly [Name in Key]?: Value }),
    );
}

const choice = <const Word extends string>(words: readonly Word[]) =>
  admitted(fc.constantFrom(...words), oneOf(words));

const subscription: fc.Arbitrary<SubscriptionTransition> = fc
  .tuple(
    admitted(texts, plainText).map((product) => ({ product })),
    known('advisorSubscriptionId', admitted(fc.oneof(guids, texts), subscriptionId)),
    known('advisorStatus', choice(advisorStatuses)),
    known('advisorRenewsOn', admitted(dates, calendarDate)),
    known('advisorEndsOn', admitted(dates, calendarDate)),
    known('billing', choice(billingKinds)),
    known('billingAccount', choice(billingAccounts)),
    known('licensesAssigned', admitted(wholes, count)),
    known('licensesTotal', admitted(wholes, count)),
    known('cspStatus', choice(cspStatuses)),
    known('cspSubscriptionId', admitted(guids, subscriptionId)),
    known('cspLicensesAssigned', admitted(wholes, count)),
    known('monthlyCost', admitted(amounts, money)),
    known('currency', admitted(fc.constantFrom('eur', 'CHF'), currency)),
    known('transitionStatus', choice(transitionStatuses)),
  )
  .map((parts) => Object.assign({}, ...parts));

const approved = fc
  .option(admitted(fc.oneof(fc.constantFrom('yes', 'NO'), dates), approval), { nil: undefined })
  .map((value) =>
    value === undefined
      ? {}
      : {
          partnerApproved: value.approved,
          ...(value.on === undefined ? {} : { partnerApprovedOn: value.on }),
        },
  );

const customer: fc.Arbitrary<Customer> = fc
  .tuple(
    admitted(texts, customerId).map((id) => ({ id })),
    admitted(texts, plainText).map((name) => ({ name })),
    known('tenantDomain', admitted(domains, domainName)),
    known('tenantId', admitted(guids, tenantId)),
    several(admitted(domains, domainList), String).map((lists) => ({ otherDomains: lists.flat() })),
    several(
      admitted(contactTexts, contactList).filter((list) => list.length === 1),
      (list) => list[0]?.address,
    ).map((lists) => ({ contacts: lists.flat() })),
    known('locale', admitted(fc.constantFrom('de', 'pt-br', 'zh-Hant-TW'), languageTag)),
    known('country', admitted(fc.constantFrom('de', 'US'), country)),
    approved,
    known('approvalLink', admitted(links, httpsLink)),
    known('accountManager', admitted(addresses, bareAddress)),
    fc
      .uniqueArray(subscription, {
        minLength: 1,
        maxLength: 4,
        selector: (one) => `${one.product.toLowerCase()}\n${one.advisorSubscriptionId ?? ''}`,
      })
      .map((subscriptions) => ({ subscriptions })),
  )
  .map((parts) => Object.assign({}, ...parts));

const customers = fc.uniqueArray(customer, { maxLength: 5, selector: ({ id }) => id });

type Format = keyof typeof customersWriters;
const formats = Object.keys(customersWriters) as readonly Format[];

async function written(
  all: Iterable<Customer> | AsyncIterable<Customer>,
  format: Format,
): Promise<string> {
  const leftOut: string[] = [];
  const texts: string[] = [];
  const listener = {
    onLeftOut: ({ id }: Customer, why: string) => leftOut.push(`${id} ${why}`),
  };
  for await (const text of customersWriters[format](all, listener)) texts.push(text);
  expect(leftOut).toEqual([]);
  return texts.join('');
}

async function* octets(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

function readText(text: string, format: Format) {
  return readCustomers(octets(text), { format });
}

test.each(formats)('no customer changes by being written and read: %s', async (format) => {
  await fc.assert(
    fc.asyncProperty(customers, async (all) => {
      const file = await readText(await written(all, format), format);
      expect(file.problems).toEqual([]);
      expect(file.customers).toEqual(all);
    }),
    limits,
  );
});

test('importing what was exported from the store changes nothing', async () => {
  const { store, pool } = await openStore({ dataDir: ':memory:' });
  const take = (all: readonly Customer[]): Promise<ImportSummary> =>
    store.importCustomers(all, { dryRun: false, at: noon, origin: byTest });
  try {
    await fc.assert(
      fc.asyncProperty(customers, fc.constantFrom(...formats), async (all, format) => {
        await pool.query('truncate customers, customer_keys, customer_changes, double_billings');
        expect(await take(all)).toMatchObject({ added: all.length });
        const file = await readText(await written(store.eachCustomer(), format), format);
        expect(file.problems).toEqual([]);
        expect(await take(file.customers)).toEqual({
          ...{ added: 0, changed: 0, ended: 0, missing: 0 },
          unchanged: all.length,
        });
      }),
      { ...limits, numRuns: 25 },
    );
  } finally {
    await store.close();
  }
});
