/**
 * A process of its own whose connection to the server is ended while a transaction has it, between two of its
 * statements. It says how the transaction ended, and that it still has the store.
 */
import pg from 'pg';
import { openStore } from '../../src/store/open.ts';

const databaseUrl = process.argv[2] ?? '';
const { store, pool } = await openStore({ databaseUrl });
const held = (await pool.connect()) as pg.PoolClient;
await held.query('begin');
const { rows } = await held.query<{ pid: number }>('select pg_backend_pid() as pid');
const other = new pg.Client({ connectionString: databaseUrl });
await other.connect();
const ended = new Promise((resolve) => held.once('end', resolve));
await other.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
await ended;
await other.end();
const outcome = await held.query('commit').then(
  () => 'committed',
  () => 'failed',
);
held.release(true);
const { server } = await store.check();
process.stdout.write(`${outcome}, ${server === '' ? 'gone' : 'alive'}\n`);
await store.close();
