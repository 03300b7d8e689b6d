/**
 * `export` over a real embedded store: what is written where, what stays when it fails, and the way back.
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exportCommand } from '../../src/commands/export.ts';
import type { Customer } from '../../src/core/customer.ts';
import { openStore, type StorePool } from '../../src/store/open.ts';
import { contoso, customerOf, noon } from '../conformance/samples.ts';
import {
  makeCommandPlace,
  minimalSettings,
  runCliProcess,
  runCommandLine,
} from '../support/command.ts';
import { byTest } from '../support/origin.ts';

const place = makeCommandPlace();
const target = join(place.folder, 'out/customers.csv');
beforeAll(() => {
  place.write('responder.yaml', minimalSettings);
});
beforeEach(() => {
  rmSync(join(place.folder, 'out'), { recursive: true, force: true });
  place.write('out/other.txt', 'stays');
});
afterAll(() => place.remove());

function run(...args: readonly string[]) {
  return runCommandLine([...args, '--config', 'responder.yaml'], { cwd: place.folder });
}

async function withStore(
  customers: readonly Customer[],
  more: (pool: StorePool) => Promise<unknown> = async () => undefined,
): Promise<void> {
  const { store, pool } = await openStore({ dataDir: `${place.folder}/data` });
  try {
    await pool.query('truncate customers, customer_keys, customer_changes, double_billings');
    await store.importCustomers(customers, { dryRun: false, at: noon, origin: byTest });
    await more(pool);
  } finally {
    await store.close();
  }
}

function customerWithRow(id: string, more: Partial<Customer> = {}): Customer {
  return customerOf(id, { subscriptions: [{ product: 'Office 365 E3' }], ...more });
}

/** As an import makes it. */
const imported: Customer = {
  ...contoso,
  contacts: [{ name: 'Ana; "A"', address: 'ana@b.example' }],
};

describe('export', () => {
  beforeAll(() => withStore([imported, customerWithRow('C-2', { name: 'Northwind, "N"' })]));

  test('writes CSV to standard output, and what it wrote to standard error', async () => {
    const { code, stdout, stderr } = await run('export');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '2 customers written, 3 rows.\n' });
    const [header, , , last, end] = stdout.split('\n');
    expect(header).toMatch(/^customer_id,customer_name,tenant_domain,/);
    expect(last).toMatch(/^C-2,"Northwind, ""N""",,/);
    expect(end).toBe('');
  });

  test('writes JSON lines where they are asked for, or the file is named so', async () => {
    const { stdout } = await run('export', '--format', 'jsonl');
    expect(JSON.parse(stdout.split('\n')[2] ?? '')).toEqual({
      customer_id: 'C-2',
      customer_name: 'Northwind, "N"',
      product: 'Office 365 E3',
    });
    await run('export', 'out/customers.ndjson');
    expect(readFileSync(join(place.folder, 'out/customers.ndjson'), 'utf8')).toBe(stdout);
    await run('export', 'out/customers.csv', '--format', 'jsonl');
    expect(readFileSync(target, 'utf8')).toBe(stdout);
  });

  test('writes a file that only its owner reads, and nothing else', async () => {
    place.write('out/customers.csv', 'earlier');
    const { code, stdout, stderr } = await run('export', 'out/customers.csv');
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '',
      stderr: '2 customers written, 3 rows.\n',
    });
    expect(readFileSync(target, 'utf8')).toBe((await run('export')).stdout);
    expect(statSync(target).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(place.folder, 'out')).sort()).toEqual(['customers.csv', 'other.txt']);
  });

  test('leaves a link where it is and replaces what it leads to', async () => {
    const file = place.write('out/real.csv', 'earlier');
    symlinkSync('real.csv', target);
    expect((await run('export', 'out/customers.csv')).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe((await run('export')).stdout);
    expect(readdirSync(join(place.folder, 'out')).length).toBe(3);
  });

  test.each(['customers.csv', 'customers.jsonl'])('%s is imported as unchanged', async (name) => {
    await run('export', `out/${name}`);
    const { code, stdout } = await run('import', `out/${name}`);
    expect(code).toBe(0);
    expect(stdout).toContain('0 added\n0 changed\n2 unchanged\n');
  });

  test('a format that does not exist is wrong usage, and writes nothing', async () => {
    const { code, stderr } = await run('export', 'out/customers.csv', '--format', 'xlsx');
    expect(code).toBe(2);
    expect(stderr).toContain('--format: found “xlsx”, expected one of csv, jsonl.');
    expect(existsSync(target)).toBe(false);
  });

  test.each([
    ['a folder that is not there', 'nowhere/customers.csv', 'cannot be written (ENOENT)'],
    ['a folder', 'out', 'is not a file'],
    ['something below a file', 'out/other.txt/customers.csv', 'cannot be written (ENOTDIR)'],
  ])('%s is told in a sentence', async (_name, file, sentence) => {
    const { code, stderr } = await run('export', file);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
    expect(readdirSync(join(place.folder, 'out'))).toEqual(['other.txt']);
  });
});

test('a customer without subscriptions is named and left out, and the others are written', async () => {
  await withStore([customerOf('C-\u009b1'), contoso]);
  const { code, stdout, stderr } = await run('export');
  expect(code).toBe(1);
  expect(stderr).toBe(
    'customer "C-\\u009b1" has no subscription, so there is no row to write\n' +
      '1 customers written, 2 rows; 1 customers left out.\n',
  );
  expect(stdout.match(/^C-/gm)).toHaveLength(2);
});

test('many that are left out are counted', async () => {
  await withStore(Array.from({ length: 25 }, (_, number) => customerOf(`C-${number}`)));
  const { code, stderr } = await run('export');
  expect(code).toBe(1);
  expect(stderr.split('\n')).toHaveLength(23);
  expect(stderr).toMatch(/\nand 5 more\n0 customers written, 0 rows; 25 customers left out\.\n$/);
});

test('what breaks off half-way leaves the earlier file, and no half of a new one', async () => {
  await withStore([contoso, customerWithRow('C-2')], (pool) =>
    pool.query(`update customers set record = '{"id": "C-2"}' where id = 'C-2'`),
  );
  place.write('out/customers.csv', 'earlier');
  const { code } = await run('export', 'out/customers.csv');
  expect(code).toBe(70);
  expect(readFileSync(target, 'utf8')).toBe('earlier');
  expect(readdirSync(join(place.folder, 'out')).sort()).toEqual(['customers.csv', 'other.txt']);
});

describe('many customers', () => {
  beforeAll(() =>
    withStore(
      Array.from({ length: 5_001 }, (_, number) =>
        customerWithRow(`C-${number}`, { name: 'Contoso '.repeat(20) }),
      ),
    ),
  );

  test('stop quietly when nobody reads any more', async () => {
    const { code, stderr } = await runCliProcess(['export', '--config', 'responder.yaml'], {
      cwd: place.folder,
      hangUp: true,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('are counted on a terminal while they are written', async () => {
    const err: string[] = [];
    const out: string[] = [];
    const code = await exportCommand(
      { config: 'responder.yaml' },
      {
        stdin: Readable.from([]),
        stdout: { write: (text) => out.push(text) },
        stderr: { write: (text) => err.push(text), isTTY: true },
        env: {},
        cwd: place.folder,
      },
    );
    expect(code).toBe(0);
    expect(err.join('')).toBe('\r5000 customers written\n5001 customers written, 5001 rows.\n');
    expect(out.join('').split('\n')).toHaveLength(5_003);
    expect(out.length).toBeLessThan(100);
  });
});
