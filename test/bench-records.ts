/**
 * Measures records by the hundred thousand: `npm run bench:records -- [rows] [pglite|postgresql]`, by default 100,000
 * rows on PGlite and 1,000,000 on PostgreSQL.
 *
 * Reading and importing a file of every column, importing it again, importing it with every tenth row changed; seconds,
 * and the most memory the process has had. Nothing is asserted: machines differ.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Customer } from '../src/core/customer.ts';
import { openCustomers } from '../src/edges/customers-file.ts';
import type { Store } from '../src/ports.ts';
import { openStore } from '../src/store/open.ts';
import { writeManyCustomers } from './support/many-customers.ts';
import { startPostgres } from './support/postgres.ts';
import { findService } from './support/services.ts';

const [rowsAsked, placeAsked] = process.argv.slice(2);

async function timed<Result>(what: string, run: () => Promise<Result>): Promise<Result> {
  const started = performance.now();
  const result = await run();
  const seconds = (performance.now() - started) / 1_000;
  const peakMb = process.resourceUsage().maxRSS / 1_024;
  console.log(
    `  ${what.padEnd(34)}${seconds.toFixed(1).padStart(8)} s   peak ${peakMb.toFixed(0).padStart(5)} MB`,
  );
  return result;
}

async function importFile(
  store: Store,
  path: string,
  change: (customer: Customer, at: number) => Customer = (customer) => customer,
): Promise<string> {
  const opened = await openCustomers(path);
  async function* changed(): AsyncGenerator<Customer> {
    let at = 0;
    for await (const customer of opened.customers) yield change(customer, at++);
  }
  const {
    added,
    changed: differing,
    unchanged,
  } = await store.importCustomers(changed(), {
    dryRun: false,
    at: new Date(),
    origin: { source: 'import', from: 'many.csv', by: 'bench' },
  });
  await opened.close();
  return `${added} added, ${differing} changed, ${unchanged} unchanged`;
}

const everyTenth = (customer: Customer, at: number): Customer =>
  at % 10 === 0
    ? {
        ...customer,
        subscriptions: customer.subscriptions.map((one) => ({
          ...one,
          advisorStatus: 'cancelled',
        })),
      }
    : customer;

async function bench(name: string, store: Store, rows: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-records-'));
  const path = join(folder, 'many.csv');
  console.log(`\n${name}, ${rows.toLocaleString('en')} rows`);
  try {
    await timed('(writing the file)', () => writeManyCustomers(path, rows));
    await timed('reading alone', async () => {
      const opened = await openCustomers(path);
      for await (const _ of opened.customers);
      await opened.close();
    });
    console.log(`    ${await timed('import', () => importFile(store, path))}`);
    console.log(`    ${await timed('the same again', () => importFile(store, path))}`);
    console.log(
      `    ${await timed('every tenth changed', () => importFile(store, path, everyTenth))}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (placeAsked !== 'postgresql') {
  const dataDir = mkdtempSync(join(tmpdir(), 'bench-records-'));
  const { store } = await openStore({ dataDir });
  await bench('PGlite', store, Number(rowsAsked ?? 100_000));
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
}
if (placeAsked !== 'pglite') {
  if (findService('postgres') === undefined) console.log('PostgreSQL is not installed: left out.');
  else {
    const server = await startPostgres();
    const { store } = await openStore({ databaseUrl: await server.createDatabase() });
    await bench('PostgreSQL', store, Number(rowsAsked ?? 1_000_000));
    await store.close();
    await server.stop();
  }
}
