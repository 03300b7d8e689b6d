/**
 * Opening the store: one process to a folder, many to a server, and what is said when it fails.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Customer } from '../../src/core/customer.ts';
import { lockFolder } from '../../src/store/lock.ts';
import type { SchemaVersions } from '../../src/store/migrate.ts';
import { migrations } from '../../src/store/migrations/table.ts';
import { openStore } from '../../src/store/open.ts';
import { cursor, customerOf, mailOf } from '../conformance/samples.ts';
import { byTest } from '../support/origin.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { freePort, requireService } from '../support/services.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'responder-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script of this folder in a process of its own. */
function run(script: string, ...args: string[]) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
}

describe('the lock on the data folder', () => {
  const lockFile = () => join(folder, 'lock');

  test('is held until it is given back', () => {
    const unlock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(
      `The data folder ${folder} is in use by process ${process.pid} on`,
    );
    unlock();
    expect(existsSync(lockFile())).toBe(false);
    lockFolder(folder)();
  });

  test('a folder that is missing is created', () => {
    lockFolder(join(folder, 'a', 'b'))();
    expect(existsSync(join(folder, 'a', 'b'))).toBe(true);
  });

  const holder = { token: 'old', pid: process.pid, host: 'x', started: '1' };

  test('a process that is gone is replaced', async () => {
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(child, 'exit');
    const unlock = lockFolder(folder);
    const { host } = JSON.parse(readFileSync(lockFile(), 'utf8'));
    unlock();
    writeFileSync(lockFile(), JSON.stringify({ ...holder, host, pid: child.pid, started: '' }));
    lockFolder(folder)();
  });

  test.runIf(existsSync('/proc/self/stat'))(
    'another process that has got the same number is not taken for the holder',
    () => {
      const unlock = lockFolder(folder);
      const mine = JSON.parse(readFileSync(lockFile(), 'utf8'));
      unlock();
      writeFileSync(lockFile(), JSON.stringify({ ...mine, token: 'old', started: '1' }));
      lockFolder(folder)();
    },
  );

  test('a holder on another host is gone only when it has been silent for long', () => {
    writeFileSync(lockFile(), JSON.stringify(holder));
    expect(() => lockFolder(folder)).toThrow('in use by process');
    const old = new Date(Date.now() - 61_000);
    utimesSync(lockFile(), old, old);
    lockFolder(folder)();
  });

  test('a lock file that names nobody is waited for, then replaced', () => {
    writeFileSync(lockFile(), '');
    expect(() => lockFolder(folder)).toThrow('in use by another process');
    const old = new Date(Date.now() - 61_000);
    utimesSync(lockFile(), old, old);
    lockFolder(folder)();
  });

  test('somebody else’s lock is not given back', () => {
    const unlock = lockFolder(folder);
    writeFileSync(lockFile(), JSON.stringify({ ...holder, token: 'theirs' }));
    unlock();
    expect(existsSync(lockFile())).toBe(true);
  });

  test('of many processes that find a stale lock at once, exactly one takes it', async () => {
    for (let round = 0; round < 3; round++) {
      writeFileSync(lockFile(), JSON.stringify({ ...holder, token: `old-${round}` }));
      const old = new Date(Date.now() - 120_000);
      utimesSync(lockFile(), old, old);
      const children = Array.from({ length: 6 }, () => run('./lock-taker.ts', folder));
      // Each says when it is ready and waits for the word, so that all try at the same time.
      const said = children.map(async (child) => {
        const [first] = await once(child.stdout, 'data');
        expect(String(first)).toBe('ready\n');
      });
      await Promise.all(said);
      const answers = children.map(async (child) => {
        const answer = once(child.stdout, 'data');
        child.stdin.write('go\n');
        return String((await answer)[0]).trim();
      });
      const taken = await Promise.all(answers);
      expect(taken.toSorted()).toEqual([
        ...Array.from({ length: 5 }, () => 'STORE_IN_USE'),
        'locked',
      ]);
      const ended = children.map((child) => once(child, 'exit'));
      for (const child of children) child.stdin.end();
      await Promise.all(ended);
    }
  });
});

describe('the embedded store', () => {
  test('is opened by one process at a time, and keeps what it holds', async () => {
    const first = await openStore({ dataDir: folder });
    await expect(openStore({ dataDir: folder })).rejects.toMatchObject({ code: 'STORE_IN_USE' });
    await first.store.accept('support', [mailOf('one')], cursor);
    await first.store.close();
    await first.store.close();
    const second = await openStore({ dataDir: folder });
    expect(await second.store.findMail('one')).toMatchObject({ state: 'accepted' });
    expect(await second.store.findCursor('support')).toEqual(cursor);
    await second.store.close();
  });

  test('what was durable is there after the process was killed', async () => {
    const child = run('./killed-store.ts', folder);
    const [code, signal] = await once(child, 'exit');
    expect([code, signal]).toEqual([null, 'SIGKILL']);
    const { store } = await openStore({ dataDir: folder });
    expect(await store.unfinishedJobs(['support', 'other', 'sales'], 10)).toMatchObject([
      { kind: 'handle', caseId: 'one', mailbox: 'support' },
      { kind: 'deliver', caseId: 'two', mailbox: 'support' },
    ]);
    await store.close();
  });

  test('a folder that cannot be is named', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(openStore({ dataDir: join(file, 'data') })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining(join(file, 'data')),
    });
  });
});

describe('a store on a server that cannot be', () => {
  test('host and port are named, the password is not', async () => {
    const port = await freePort();
    const opening = openStore({ databaseUrl: `postgres://me:s3cret@127.0.0.1:${port}/db` });
    await expect(opening).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: `PostgreSQL at 127.0.0.1:${port} cannot be reached (ECONNREFUSED).`,
    });
  });

  test('a URL that is none is a setting to correct, and is not repeated', async () => {
    const opening = openStore({ databaseUrl: 'postgres://me:s3cret@host:port/db' });
    await expect(opening).rejects.toMatchObject({ code: 'SETTINGS_INVALID' });
    await expect(opening).rejects.not.toThrow('s3cret');
  });
});

describe.skipIf(!requireService('postgres'))('a store on PostgreSQL', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  test('is brought up to date once, however many open it at the same time', async () => {
    const databaseUrl = await server.createDatabase();
    const opened = await Promise.all(Array.from({ length: 6 }, () => openStore({ databaseUrl })));
    for (const { store } of opened)
      expect((await store.check()).schemaVersion).toBe(Object.keys(migrations).at(-1));
    const { rows } = await (opened[0]?.pool.query('select name from kysely_migration') ?? {});
    expect(rows).toEqual(Object.keys(migrations).map((name) => ({ name })));
    await Promise.all(opened.map(({ store }) => store.close()));
  });

  test('a schema that is newer than the program is refused', async () => {
    const databaseUrl = await server.createDatabase();
    const { store, pool } = await openStore({ databaseUrl });
    await pool.query("insert into kysely_migration values ('9999-future', now()::text)");
    await store.close();
    await expect(openStore({ databaseUrl })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('newer than this version (it has 9999-future)'),
    });
  });

  test('one version ahead is served where the schema says so, and no further', async () => {
    const databaseUrl = await server.createDatabase();
    const names = Object.keys(migrations);
    const release = (later: readonly string[], compatibleFrom: string): SchemaVersions => ({
      migrations: {
        ...migrations,
        ...Object.fromEntries(later.map((name) => [name, { up: async () => undefined }])),
      },
      compatibleFrom,
    });
    const now = names.at(-1) ?? '';
    const [this_, next, afterNext] = [
      release([], names.at(-2) ?? ''),
      release(['9001-next'], now),
      release(['9001-next', '9002-after'], '9001-next'),
    ];
    await (await openStore({ databaseUrl, versions: this_ })).store.close();
    await (await openStore({ databaseUrl, versions: next })).store.close();
    const beside = await openStore({ databaseUrl, versions: this_ });
    expect((await beside.store.check()).schemaVersion).toBe('9001-next');
    await beside.store.accept('support', [mailOf('one')], cursor);
    await beside.store.close();
    await (await openStore({ databaseUrl, versions: afterNext })).store.close();
    await expect(openStore({ databaseUrl, versions: this_ })).rejects.toMatchObject({
      message: expect.stringContaining('newer than this version (it has 9002-after)'),
    });
    await (await openStore({ databaseUrl, versions: next })).store.close();
  });

  test('a connection that breaks in the middle of a transaction ends the transaction, not the process', async () => {
    const databaseUrl = await server.createDatabase();
    const { store, pool } = await openStore({ databaseUrl });
    const client = (await pool.connect()) as pg.PoolClient;
    await client.query('begin');
    const broke = once(client, 'error');
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await broke;
    await expect(client.query('select 1')).rejects.toThrow();
    client.release(true);
    await store.close();
  });

  test('an import that is cut off between two statements says that the server is away', async () => {
    const { store, pool } = await openStore({ databaseUrl: await server.createDatabase() });
    async function* customers(): AsyncGenerator<Customer> {
      // More than go into one statement.
      for (let at = 0; at < 1_100; at += 1) yield customerOf(`C-${at}`);
      await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and state = 'idle in transaction'`);
      await delay(200);
      for (let at = 2_000; at < 3_100; at += 1) yield customerOf(`C-${at}`);
    }
    const origin = byTest;
    await expect(
      store.importCustomers(customers(), { dryRun: false, at: new Date(), origin }),
    ).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    const { rows } = await pool.query('select id from customers');
    expect(rows).toEqual([]);
    await store.close();
  });

  test('a process that is stopped in a transaction holds up nobody for long', async () => {
    const { store, pool } = await openStore({ databaseUrl: await server.createDatabase() });
    const { rows } = await pool.query(
      "select current_setting('idle_in_transaction_session_timeout') as s",
    );
    expect(rows).toEqual([{ s: '20s' }]);
    await store.close();
  });

  test.each([
    ['a database that is not there', 'nowhere', /has no such database/],
    ['a user that is not known', 'postgres?user=nobody', /refused the login/],
  ])('%s is said', async (_name, database, message) => {
    const databaseUrl = `postgres://postgres@127.0.0.1:${server.port}/${database}`;
    await expect(openStore({ databaseUrl })).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringMatching(message),
    });
  });

  test('a server that restarts is found again', async () => {
    const databaseUrl = await server.createDatabase();
    const { store } = await openStore({ databaseUrl });
    await store.accept('support', [mailOf('one')], cursor);
    await server.crash();
    await expect(store.findMail('one')).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    await server.start();
    expect(await store.findMail('one')).toMatchObject({ state: 'accepted' });
    await store.close();
  });

  test('a connection that ends between two statements of a transaction fails it, and nothing else', async () => {
    const child = run('cut-off-store.ts', await server.createDatabase());
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += String(chunk);
    });
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(said).toBe('failed, alive\n');
  });

  test('its rows look as those of PGlite do', async () => {
    const text = `select 1::int8 as int8, 1.50::numeric as numeric, 2::int4 as int4, true as bool,
      'x'::bytea as bytea, '{"a":[1]}'::jsonb as jsonb, array['a','b,"']::text[] as texts,
      array[1,2]::int8[] as int8s, '2026-03-02T12:00:00.123Z'::timestamptz as at, null as nothing,
      1.5::float8 as float8, '11111111-1111-4111-8111-111111111111'::uuid as uuid`;
    const databaseUrl = await server.createDatabase();
    const remote = new pg.Client({ connectionString: databaseUrl });
    await remote.connect();
    const embedded = await openStore({ dataDir: ':memory:' });
    const [a, b] = await Promise.all([remote.query(text), embedded.pool.query(text)]);
    await remote.end();
    await embedded.store.close();
    expect(b.rows).toEqual(a.rows);
    expect(b.rows[0]).toMatchObject({ int8: '1', numeric: '1.50', int4: 2 });
    expect(Reflect.get(b.rows[0] ?? {}, 'bytea')).toBeInstanceOf(Buffer);
  });
});
