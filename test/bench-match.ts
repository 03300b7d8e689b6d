/**
 * Measures how long finding a customer takes: `npm run bench:match -- [customers…]`, by default 1,000, 100,000 and
 * 1,000,000 on PostgreSQL and up to 100,000 on PGlite.
 *
 * The whole of ask, fetch and judge, one question after the other, by what the notice and its forwarder say.
 */
import type { Customer } from '../src/core/customer.ts';
import type { Original } from '../src/core/mail.ts';
import { judgeMatch, type MatchInput, matchKeys, similarName } from '../src/core/match.ts';
import type { NoticeFields } from '../src/core/notice.ts';
import type { Store } from '../src/ports.ts';
import { openStore } from '../src/store/open.ts';
import { startPostgres } from './support/postgres.ts';
import { catalog, policy } from './support/sample-desk.ts';
import { findService } from './support/services.ts';

const sizes = process.argv.slice(2).map(Number);
const questions = 2_000;
const embeddedMax = 100_000;

const trades =
  'traders works toys airlines importers insurance winery technology solutions consulting engineering logistics services media foods farms energy motors systems labs dental legal partners properties transport construction travel design studios pharma'.split(
    ' ',
  );
const forms = ['GmbH', 'Ltd', 'SA', 'Inc.', 'B.V.', 'AB'];

/** A number that looks like chance and is the same in every run. */
function mixed(n: number, salt: number): number {
  return (Math.imul(n + salt * 7_919, 2_654_435_761) >>> 0) % 1_000_003;
}

function word(n: number, salt: number): string {
  const syllables = 'ba ce do fi gu ha je ko li mu na pe qui ro sa te vu wi xo za'.split(' ');
  const letters = [1, 2, 3].map((part) => syllables[mixed(n, salt * 3 + part) % syllables.length]);
  return letters.join('');
}

const guid = (kind: number, n: number): string =>
  `${String(kind).padStart(8, '0')}-0000-4000-8000-${String(n).padStart(12, '0')}`;

export function customerNumber(n: number): Customer {
  const name = `${word(n, 1)} ${word(n, 2)} ${trades[mixed(n, 3) % trades.length]}`;
  const domain = `c${n}.example`;
  return {
    id: `C-${n}`,
    name: `${name} ${forms[n % forms.length]}`,
    tenantDomain: `c${n}.onmicrosoft.com`,
    tenantId: guid(1, n),
    otherDomains: [domain],
    contacts: [{ name: 'Ana', address: `ana@${domain}` }],
    country: 'DE',
    partnerApproved: true,
    subscriptions: [
      {
        product: 'Office 365 E3',
        advisorSubscriptionId: guid(2, n),
        advisorStatus: n % 3 === 0 ? 'cancelled' : 'active',
        licensesAssigned: n % 60,
        cspStatus: 'active',
        cspSubscriptionId: guid(3, n),
        cspLicensesAssigned: 60,
        monthlyCost: '412.50',
        currency: 'EUR',
      },
    ],
  };
}

interface Question {
  readonly notice: NoticeFields;
  readonly forwarder: string;
}

/** With a letter of its own in the middle. */
const slip = (name: string): string => `${name.slice(0, 8)}x${name.slice(8)}`;

const kinds: Readonly<Record<string, (customer: Customer, n: number) => Question>> = {
  'subscription id': (_, n) => ({
    notice: { subscriptionId: guid(2, n) },
    forwarder: `ana@c${n}.example`,
  }),
  'tenant domain': (customer, n) => ({
    notice: { tenantDomain: customer.tenantDomain ?? '', organization: customer.name },
    forwarder: `bob@c${n}.example`,
  }),
  'contact alone': (_, n) => ({ notice: {}, forwarder: `ana@c${n}.example` }),
  'contact, name alike': (customer, n) => ({
    notice: { organization: slip(customer.name) },
    forwarder: `ana@c${n}.example`,
  }),
  'stranger, name alike': (customer) => ({
    notice: { organization: slip(customer.name) },
    forwarder: 'zoe@gmail.com',
  }),
  'stranger, unknown name': (_, n) => ({
    notice: { organization: `${word(n, 11)} ${word(n, 12)}` },
    forwarder: 'zoe@gmail.com',
  }),
};

const original: Original = { how: 'inline', depth: 1, to: [], text: '', links: [] };

async function ask(store: Store, question: Question): Promise<string> {
  const input: MatchInput = { ...question, original, catalog, ownAddresses: policy.ownAddresses };
  const candidates = await store.findCandidates(matchKeys(input));
  const name = similarName(candidates, input);
  const similar = name === undefined ? [] : await store.findSimilar(name);
  return judgeMatch(candidates, input, similar).kind;
}

async function measure(store: Store, customers: number): Promise<void> {
  const all: number[] = [];
  for (const [kind, questionOf] of Object.entries(kinds)) {
    const times: number[] = [];
    const kindsSeen = new Map<string, number>();
    for (let at = 0; at < questions; at += 1) {
      const n = mixed(at, 5) % customers;
      const question = questionOf(customerNumber(n), n);
      const started = performance.now();
      const found = await ask(store, question);
      times.push(performance.now() - started);
      kindsSeen.set(found, (kindsSeen.get(found) ?? 0) + 1);
    }
    all.push(...times);
    const outcome = [...kindsSeen].map(([found, count]) => `${found} ${count}`).join(', ');
    console.log(`  ${kind.padEnd(24)}${shown(times)}   ${outcome}`);
  }
  console.log(`  ${'all'.padEnd(24)}${shown(all)}`);
}

function shown(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return [at(0.5), at(0.99), sorted.at(-1) ?? Number.NaN]
    .map((ms) => ms.toFixed(2).padStart(9))
    .join('');
}

function* generate(customers: number): Generator<Customer> {
  for (let n = 0; n < customers; n += 1) yield customerNumber(n);
}

async function bench(name: string, store: Store, customers: number): Promise<void> {
  const started = performance.now();
  await store.importCustomers(generate(customers), {
    dryRun: false,
    at: new Date(),
    origin: { source: 'import', from: 'bench', by: 'bench' },
  });
  const seconds = (performance.now() - started) / 1_000;
  console.log(
    `\n${name}, ${customers.toLocaleString('en')} customers (imported in ${seconds.toFixed(0)} s)`,
  );
  console.log(
    `  ms${''.padEnd(22)}${['p50', 'p99', 'max'].map((head) => head.padStart(9)).join('')}`,
  );
  await measure(store, customers);
}

for (const customers of sizes.length > 0 ? sizes : [1_000, embeddedMax, 1_000_000]) {
  if (customers <= embeddedMax) {
    const { store } = await openStore({ dataDir: ':memory:' });
    await bench('PGlite', store, customers);
    await store.close();
  }
  if (findService('postgres') === undefined) {
    console.log('PostgreSQL is not installed: left out.');
    continue;
  }
  const server = await startPostgres();
  const { store } = await openStore({ databaseUrl: await server.createDatabase() });
  await bench('PostgreSQL', store, customers);
  await store.close();
  await server.stop();
}
