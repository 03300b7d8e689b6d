/**
 * The leases of watchers on every database: one holder at a time, an epoch that only grows, and a fence that
 * keeps a former holder from moving the cursor.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LeaseRequest, WatchLease } from '../../src/ports/leases.ts';
import type { Store } from '../../src/ports.ts';
import { thisProcess } from '../../src/store/processes.ts';
import { databases, emptyStore, type OpenedDatabase } from './databases.ts';
import { cursor, mailOf } from './samples.ts';

const ask = (holder: string, more: Partial<LeaseRequest> = {}): LeaseRequest => ({
  mailbox: 'support',
  holder,
  seconds: 30,
  ...more,
});

/** The text of a process of this machine that has ended. */
async function endedProcess(): Promise<string> {
  const child = spawn(process.execPath, ['-e', '']);
  const pid = child.pid ?? 0;
  await once(child, 'exit');
  return thisProcess().replace(/\/\d+\/(\d+)\//, `/${pid}/$1/`);
}

describe.each(databases)('the leases on $name', ({ name, isMissing, open }) => {
  describe.skipIf(isMissing)(name, () => {
    let database: OpenedDatabase;
    let store: Store;
    beforeAll(async () => {
      database = await open();
      store = database.store;
    });
    beforeEach(() => emptyStore(database.pool));
    afterAll(() => database.close());

    const take = async (holder: string, more?: Partial<LeaseRequest>): Promise<WatchLease> => {
      const answer = await store.takeLease(ask(holder, more));
      if (answer.status !== 'held') throw new Error(`${answer.holder} holds it`);
      return answer.lease;
    };
    /** As if the database’s clock had gone on, or back, by so much. */
    const clockGoesOn = (seconds: number) =>
      database.pool.query(
        'update watch_leases set expires_at = expires_at - make_interval(secs => $1)',
        [seconds],
      );

    test('one holds it at a time, for each mailbox', async () => {
      const lease = await take('a');
      expect(lease).toEqual({ mailbox: 'support', holder: 'a', epoch: 1 });
      const other = await store.takeLease(ask('b'));
      expect(other).toMatchObject({ status: 'taken', holder: 'a', epoch: 1, termMs: 30_000 });
      expect(other.status === 'taken' && other.freeInMs).toBeGreaterThan(20_000);
      expect(await take('b', { mailbox: 'sales' })).toMatchObject({ epoch: 1 });
    });

    test('of many who ask at once, one gets it', async () => {
      for (let round = 1; round <= 3; round++) {
        const asked = ['a', 'b', 'c', 'd', 'e'].map((who) =>
          store.takeLease(ask(`${who}${round}`)),
        );
        const answers = await Promise.all(asked);
        expect(answers.filter(({ status }) => status === 'held')).toHaveLength(1);
        await clockGoesOn(31);
      }
    });

    test('one that ended is taken by another, with the next epoch, and is not renewed any more', async () => {
      const first = await take('a');
      await clockGoesOn(31);
      expect(await take('b')).toMatchObject({ holder: 'b', epoch: 2 });
      expect(await store.renewLease(first, 30)).toBe(false);
      await store.releaseLease(first);
      expect(await store.takeLease(ask('c'))).toMatchObject({ status: 'taken', holder: 'b' });
    });

    test('one that ended and that nobody took goes on when it is renewed', async () => {
      const lease = await take('a');
      await clockGoesOn(31);
      expect(await store.renewLease(lease, 30)).toBe(true);
      expect(await store.takeLease(ask('b'))).toMatchObject({ status: 'taken', holder: 'a' });
    });

    test('one that was given back is free at once, and its epoch goes on', async () => {
      await store.releaseLease(await take('a'));
      expect(await take('b')).toMatchObject({ epoch: 2 });
    });

    test('a clock that is set back keeps nobody out for ever: what is silent is taken', async () => {
      const lease = await take('a');
      await clockGoesOn(-86_400);
      const seen = await store.takeLease(ask('b'));
      if (seen.status !== 'taken') throw new Error('it is held');
      expect(seen.freeInMs).toBeGreaterThan(80_000_000);
      await store.renewLease(lease, 30);
      // It was renewed since, so it is not silent.
      expect(await store.takeLease(ask('b', { silent: seen }))).toMatchObject({ status: 'taken' });
      const again = await store.takeLease(ask('b'));
      if (again.status !== 'taken') throw new Error('it is held');
      expect(await take('b', { silent: again })).toMatchObject({ epoch: 2 });
    });

    test('a holder of this machine that is gone is replaced at once', async () => {
      await take('a');
      await database.pool.query('update watch_leases set process = $1', [await endedProcess()]);
      expect(await take('b')).toMatchObject({ epoch: 2 });
    });

    test('another process is gone where only one can have the store open, and nowhere else', async () => {
      await take('a');
      await database.pool.query("update watch_leases set process = 'elsewhere/1/2/3'");
      const answer = await store.takeLease(ask('b'));
      expect(answer.status).toBe(name === 'PGlite' ? 'held' : 'taken');
    });

    test('what a former holder takes in is refused as a whole; the new one goes on', async () => {
      const first = await take('a');
      const accept = (id: string, nextUid: number, lease?: WatchLease) =>
        store.accept('support', [mailOf(id)], { ...cursor, nextUid }, lease);
      expect(await accept('one', 2, first)).toEqual(['one']);
      await clockGoesOn(31);
      const second = await take('b');
      expect(await accept('two', 9, second)).toEqual(['two']);
      await expect(accept('three', 3, first)).rejects.toMatchObject({ code: 'LEASE_LOST' });
      expect(await store.findMail('three')).toBeUndefined();
      expect(await store.findCursor('support')).toMatchObject({ nextUid: 9 });
      // Without a lease, as in a test: nobody is asked.
      expect(await accept('three', 10)).toEqual(['three']);
    });

    test('one that ended but was not taken lets its holder take mails in', async () => {
      const lease = await take('a');
      await clockGoesOn(31);
      expect(await store.accept('support', [mailOf('one')], cursor, lease)).toEqual(['one']);
    });
  });
});
