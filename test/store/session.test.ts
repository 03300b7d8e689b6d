/**
 * The pool over one PGlite: transactions of different clients never mix, and nobody waits for ever.
 */
import { CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openPglitePool, type PglitePool } from '../../src/store/session.ts';

interface Tables {
  accounts: { name: string; amount: number };
}

describe('the pool over one PGlite', () => {
  let pool: PglitePool;
  let db: Kysely<Tables>;

  beforeAll(async () => {
    pool = await openPglitePool(undefined);
    db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
    await pool.query('create table accounts (name text primary key, amount integer not null)');
  });

  afterAll(() => pool.end());

  beforeEach(async () => {
    await pool.query("delete from accounts; insert into accounts values ('a', 0), ('b', 1000)");
  });

  const amountOf = async (name: string) => {
    const row = await db
      .selectFrom('accounts')
      .select('amount')
      .where('name', '=', name)
      .executeTakeFirst();
    return row?.amount;
  };

  describe('a statement that is prepared', () => {
    const named = (amount: unknown) =>
      pool.query<{ name: string; amount: number; octets: Buffer | null }>(
        `/* prepared: of-amount */ select name, amount, $2::bytea as octets from accounts
         where amount = any($1::int[]) order by name`,
        [amount, amount === null ? null : Buffer.from([0, 39, 92, 255])],
      );

    test('answers each time as if it were new, with types, octets and nothing', async () => {
      const octets = Buffer.from([0, 39, 92, 255]);
      const both = [
        { name: 'a', amount: 0, octets },
        { name: 'b', amount: 1000, octets },
      ];
      expect((await named([0, 1000])).rows).toEqual(both);
      expect(await named([1000])).toMatchObject({
        command: 'SELECT',
        rowCount: 1,
        rows: [both[1]],
      });
      expect((await named(null)).rows).toEqual([]);
    });

    test('is planned anew as a table grows: what reads all of a small one goes by the index of a large one', async () => {
      await pool.query('create table many (k text primary key, pad text not null)');
      await pool.query("insert into many values ('key 0', ''); analyze many");
      const find = (key: string) =>
        pool.query(
          '/* prepared: of-many */ select m.k from many m join unnest($1::text[]) as a(k) on a.k = m.k',
          [[key]],
        );
      const plan = async () => {
        const { rows } = await pool.query(`explain execute "of-many"('{"key 7"}')`);
        return JSON.stringify(rows);
      };
      for (let at = 0; at < 9; at += 1) await find('key 7');
      await pool.query(`insert into many select 'key ' || n, repeat('x', 200)
        from generate_series(1, 20000) as n`);
      expect(await plan()).toContain('Seq Scan on many');
      for (let at = 0; at < 600; at += 1) expect((await find('key 7')).rowCount).toBe(1);
      expect(await plan()).toContain('Index');
      expect(await plan()).not.toContain('Seq Scan on many');
    });

    test('that fails leaves the session as it was, also within a transaction', async () => {
      await expect(named('{nonsense}')).rejects.toMatchObject({ code: '22P02' });
      expect((await named([0])).rows).toHaveLength(1);
      const client = await pool.connect();
      await client.query('begin');
      const add = '/* prepared: add-account */ insert into accounts values ($1, $2)';
      await expect(client.query(add, ['a', 1])).rejects.toMatchObject({ code: '23505' });
      await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' });
      await client.query('rollback');
      client.release();
      expect(await pool.query(add, ['c', 5])).toMatchObject({ command: 'INSERT', rowCount: 1 });
      expect(await amountOf('c')).toBe(5);
    });

    test('has its name alone: another text under it is a bug', async () => {
      await named([0]);
      await expect(pool.query('/* prepared: of-amount */ select 1')).rejects.toThrow(
        'two statements',
      );
    });
  });

  test('no update is lost among many transactions and single queries', async () => {
    const move = (index: number) =>
      db.transaction().execute(async (trx) => {
        const read = await trx
          .selectFrom('accounts')
          .selectAll()
          .where('name', '=', 'a')
          .executeTakeFirstOrThrow();
        // Read and written in two steps: another transaction in between would lose this one.
        if (index % 3 === 0) await sql`select pg_sleep(0)`.execute(trx);
        await trx
          .updateTable('accounts')
          .set({ amount: read.amount + 1 })
          .where('name', '=', 'a')
          .execute();
        await trx
          .updateTable('accounts')
          .set((set) => ({ amount: set('amount', '-', 1) }))
          .where('name', '=', 'b')
          .execute();
      });
    const sums: number[] = [];
    const look = async () => {
      const { rows } = await pool.query<{ sum: string }>('select sum(amount) from accounts');
      sums.push(Number(rows[0]?.sum));
    };
    await Promise.all(
      Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? move(index) : look())),
    );
    expect(await amountOf('a')).toBe(100);
    expect(await amountOf('b')).toBe(900);
    // A query that joined a transaction would have seen the amount between its two updates.
    expect(new Set(sums)).toEqual(new Set([1000]));
  });

  test('a single query of another client waits for the end of a transaction', async () => {
    const client = await pool.connect();
    await client.query('begin');
    await client.query("update accounts set amount = 5 where name = 'a'");
    const other = pool.query<{ amount: number }>("select amount from accounts where name = 'a'");
    await client.query("update accounts set amount = 6 where name = 'a'");
    await client.query('commit');
    client.release();
    expect((await other).rows).toEqual([{ amount: 6 }]);
  });

  test('a rollback takes nothing of another client with it', async () => {
    const client = await pool.connect();
    await client.query('begin');
    await client.query("update accounts set amount = 5 where name = 'a'");
    const other = pool.query("update accounts set amount = 7 where name = 'b'");
    await client.query('rollback');
    client.release();
    await other;
    expect([await amountOf('a'), await amountOf('b')]).toEqual([0, 7]);
  });

  test('an error inside a transaction holds the session until the rollback', async () => {
    const client = await pool.connect();
    await client.query('begin');
    await client.query("update accounts set amount = 5 where name = 'a'");
    await expect(client.query('select 1/0')).rejects.toMatchObject({ code: '22012' });
    const other = pool.query<{ amount: number }>("select amount from accounts where name = 'a'");
    // The transaction is aborted but not over: the other query must not run into it.
    await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' });
    await client.query('rollback');
    client.release();
    expect((await other).rows).toEqual([{ amount: 0 }]);
  });

  test('the commit of an aborted transaction is an error, and saves nothing', async () => {
    const attempt = db.transaction().execute(async (trx) => {
      await trx.updateTable('accounts').set({ amount: 5 }).execute();
      await sql`select 1/0`.execute(trx).catch(() => undefined);
    });
    await expect(attempt).rejects.toThrow();
    expect(await amountOf('a')).toBe(0);
  });

  test('a client released in the middle of a transaction is rolled back', async () => {
    const client = await pool.connect();
    await client.query('begin');
    await client.query("update accounts set amount = 5 where name = 'a'");
    client.release();
    expect(await amountOf('a')).toBe(0);
    await expect(client.query('select 1')).rejects.toThrow('released');
  });

  test('a release right behind a query waits for it', async () => {
    const client = await pool.connect();
    const begun = client.query('begin');
    const updated = client.query("update accounts set amount = 5 where name = 'a'");
    client.release();
    await Promise.all([begun, updated]);
    expect(await amountOf('a')).toBe(0);
  });

  test('whoever waits longest is served first', async () => {
    const served: number[] = [];
    const holder = await pool.connect();
    await holder.query('begin');
    const waiting = Array.from({ length: 50 }, async (_, index) => {
      await pool.query('select 1');
      served.push(index);
    });
    await holder.query('commit');
    // The holder asks again at once, and has to stand in line like everybody.
    const again = holder.query('select 1').then(() => served.push(-1));
    await Promise.all([...waiting, again]);
    holder.release();
    expect(served).toEqual([...Array.from({ length: 50 }, (_, index) => index), -1]);
  });

  test('a busy client does not starve a single query', async () => {
    let busy = true;
    const loop = (async () => {
      for (let round = 0; busy && round < 10_000; round++)
        await db.transaction().execute((trx) => sql`select 1`.execute(trx));
    })();
    for (let round = 0; round < 20; round++) await pool.query('select 1');
    busy = false;
    await loop;
  });

  test('notifications reach the client that listens, until it is released', async () => {
    const client = await pool.connect();
    const heard: unknown[] = [];
    client.on('notification', (message) => heard.push(message));
    await client.query('-- as BullMQ has it\nLISTEN some_channel;\n');
    await pool.query("select pg_notify('some_channel', 'one')");
    await pool.query('select 1');
    client.release();
    await pool.query("select pg_notify('some_channel', 'two')");
    await pool.query('select 1');
    expect(heard).toEqual([{ channel: 'some_channel', payload: 'one', processId: 0 }]);
  });

  test('a text of several statements runs as a whole', async () => {
    const { rows } = await pool.query('create temp table t (n integer); insert into t values (1)');
    expect(rows).toEqual([]);
    await expect(pool.query('insert into t values (2); select 1/0')).rejects.toThrow();
    const { rows: left } = await pool.query('select n from t');
    expect(left).toEqual([{ n: 1 }]);
  });

  test('what Kysely asks of a connection is answered', async () => {
    const result = await db.connection().execute(async (connection) => {
      const updated = await connection
        .updateTable('accounts')
        .set({ amount: 1 })
        .executeTakeFirst();
      const raw = await connection.executeQuery(CompiledQuery.raw('select 1 as one'));
      return { updated: updated.numUpdatedRows, rows: raw.rows };
    });
    expect(result).toEqual({ updated: 2n, rows: [{ one: 1 }] });
  });

  test('the end waits for what was asked before, and refuses what comes after', async () => {
    const own = await openPglitePool(undefined);
    const client = await own.connect();
    await client.query('begin');
    const asked = client.query<{ one: number }>('select 1 as one');
    const ended = own.end();
    expect((await asked).rows).toEqual([{ one: 1 }]);
    await ended;
    await expect(own.query('select 1')).rejects.toThrow('after calling end');
  });
});
