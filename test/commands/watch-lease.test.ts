/**
 * Several processes that are told to watch one mailbox: exactly one does, and another takes over when it ends,
 * is lost sight of, or is outrun. The store is real; what watching does is written down.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { HeldLease } from '../../src/commands/held-lease.ts';
import { type BegunWatch, LeasedWatch } from '../../src/commands/watch-lease.ts';
import { ResponderError } from '../../src/errors.ts';
import type { LeaseStore } from '../../src/ports/leases.ts';
import type { Log } from '../../src/ports.ts';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { emptyStore } from '../conformance/databases.ts';

let opened: OpenedStore;
beforeAll(async () => {
  opened = await openStore({ dataDir: ':memory:' });
});
beforeEach(() => emptyStore(opened.pool));
afterEach(async () => {
  await Promise.all(watches.splice(0).map((watch) => watch.stop()));
});
afterAll(() => opened.store.close());

const watches: LeasedWatch[] = [];

interface Watcher {
  readonly watch: LeasedWatch;
  readonly events: string[];
  readonly said: string[];
  readonly fields: object[];
  held: HeldLease | undefined;
}

interface WatcherOptions {
  readonly seconds?: number;
  readonly store?: LeaseStore;
  readonly begin?: (end: AbortSignal) => Promise<void>;
}

function watcher(holder: string, { seconds = 1, store, begin }: WatcherOptions = {}): Watcher {
  const events: string[] = [];
  const said: string[] = [];
  const fields: object[] = [];
  const say = (about: object, sentence: string) => {
    fields.push(about);
    said.push(sentence);
  };
  const log: Log = { debug: say, info: say, warn: say, error: say };
  const made: Watcher = {
    events,
    said,
    fields,
    held: undefined,
    watch: new LeasedWatch({
      mailbox: 'support',
      holder,
      seconds,
      store: store ?? opened.store,
      log,
      async begin(held, end): Promise<BegunWatch> {
        made.held = held;
        await begin?.(end);
        events.push('began');
        return { stop: async (how) => void events.push(how) };
      },
    }),
  };
  watches.push(made.watch);
  return made;
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 10 });
/** As if the lease had ended while nobody renewed it, and another had taken it. */
const outrun = () =>
  opened.pool.query(
    "update watch_leases set epoch = epoch + 1, holder = 'c', expires_at = clock_timestamp() + interval '1 s'",
  );

describe('of two that watch', () => {
  test('one watches, the other stands by, and takes over when the first ends', async () => {
    const [a, b] = [watcher('a', { seconds: 30 }), watcher('b', { seconds: 30 })];
    await a.watch.start();
    await b.watch.start();
    expect([a.events, b.events]).toEqual([['began'], []]);
    expect(b.said).toEqual(['another process watches; standing by']);
    await a.watch.stop();
    await until(() => expect(b.events).toEqual(['began']));
    expect(a.events).toEqual(['began', 'finish']);
    await b.watch.stop();
  });

  test('a lease that is renewed is not taken', async () => {
    let renewals = 0;
    const counting: LeaseStore = {
      ...opened.store,
      async renewLease(lease, seconds) {
        renewals += 1;
        return opened.store.renewLease(lease, seconds);
      },
    };
    const [a, b] = [watcher('a', { seconds: 3, store: counting }), watcher('b', { seconds: 3 })];
    await a.watch.start();
    await b.watch.start();
    // Longer than the lease would last by itself.
    await until(() => expect(renewals).toBeGreaterThan(3));
    expect([a.events, b.events]).toEqual([['began'], []]);
  });

  test('one that renews no more is replaced, and stops by itself', async () => {
    const isAway = () => Promise.reject(new ResponderError('STORE_UNREACHABLE', 'It is away.'));
    let taken = 0;
    const away: LeaseStore = {
      takeLease: (request) => (taken++ === 0 ? opened.store.takeLease(request) : isAway()),
      renewLease: isAway,
      releaseLease: isAway,
    };
    const [a, b] = [watcher('a', { store: away }), watcher('b', { seconds: 30 })];
    await a.watch.start();
    await b.watch.start();
    await until(() => expect(b.events).toEqual(['began']));
    await until(() => expect(a.events).toEqual(['began', 'abandon']));
    expect(a.said).toContain('the lease could not be renewed in time; the watch is stopped');
  });

  test('a store that never answers keeps no watcher watching past its lease', async () => {
    const mute: LeaseStore = { ...opened.store, renewLease: () => new Promise(() => undefined) };
    const a = watcher('a', { store: mute });
    await a.watch.start();
    await until(() => expect(a.events.slice(0, 2)).toEqual(['began', 'abandon']));
    await a.watch.stop();
  });
});

describe('one that was outrun', () => {
  test('notices when it renews, abandons its watch, stands by and watches again later', async () => {
    const a = watcher('a');
    await a.watch.start();
    await outrun();
    await until(() => expect(a.events.slice(0, 3)).toEqual(['began', 'abandon', 'began']));
    expect(a.said).toContain('the lease is lost; standing by');
    await a.watch.stop();
    expect(a.events.at(-1)).toBe('finish');
  });

  test('may do nothing on the server once it was paused for longer than its lease', async () => {
    const a = watcher('a', { seconds: 30 });
    await a.watch.start();
    const { held } = a;
    if (held === undefined) throw new Error('it holds no lease');
    await held.check();
    await outrun();
    // For all it knows it holds the lease still; then the time of its lease passes.
    await held.check();
    const later = performance.now() + 31_000;
    const steady = vi.spyOn(performance, 'now').mockReturnValue(later);
    await expect(held.check()).rejects.toMatchObject({ code: 'LEASE_LOST' });
    steady.mockRestore();
    await a.watch.stop();
  });

  test('a clock that jumps ahead only makes it ask the store', async () => {
    const a = watcher('a', { seconds: 30 });
    await a.watch.start();
    const wall = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
    await a.held?.check();
    wall.mockReturnValue(0);
    await a.held?.check();
    wall.mockRestore();
    await a.watch.stop();
    expect(a.events).toEqual(['began', 'finish']);
  });
});

describe('a mailbox that cannot be reached', () => {
  const refused = new ResponderError('IMAP_UNREACHABLE', 'It is away.');

  test('fails the first start, and gives the lease back', async () => {
    const a = watcher('a', { seconds: 30, begin: () => Promise.reject(refused) });
    await expect(a.watch.start()).rejects.toBe(refused);
    await a.watch.stop();
    const b = watcher('b', { seconds: 30 });
    await b.watch.start();
    expect(b.events).toEqual(['began']);
    await b.watch.stop();
  });

  test('is tried again after a failed start, where the others go on', async () => {
    let isAway = true;
    const a = watcher('a', {
      seconds: 30,
      begin: async () => {
        if (!isAway) return;
        isAway = false;
        throw refused;
      },
    });
    await expect(a.watch.start()).rejects.toBe(refused);
    a.watch.tryAgain(refused);
    await until(() => expect(a.events).toEqual(['began']));
    expect(a.said).toContain('the mailbox cannot be watched; it is tried again by itself');
    await a.watch.stop();
    expect(a.events).toEqual(['began', 'finish']);
  });

  test.each([
    ['refuses the login', new ResponderError('IMAP_LOGIN_REFUSED', 'No.')],
    ['has revoked the grant', new ResponderError('OAUTH_REFUSED', 'No.')],
    ['asks to be left in peace', new ResponderError('IMAP_THROTTLED', 'Later.')],
  ])('that %s is asked again after minutes, not seconds', async (_, failure) => {
    const a = watcher('a', { seconds: 30, begin: () => Promise.reject(failure) });
    a.watch.tryAgain(failure);
    expect(a.fields[0]).toMatchObject({ retryInMs: 300_000 });
    await a.watch.stop();
  });

  test('does not fail one that stands by: it says so, and tries again', async () => {
    let isAway = true;
    const b = watcher('b', {
      seconds: 30,
      begin: async () => {
        if (!isAway) return;
        isAway = false;
        throw refused;
      },
    });
    const a = watcher('a', { seconds: 30 });
    await a.watch.start();
    await b.watch.start();
    await a.watch.stop();
    await until(() => expect(b.events).toEqual(['began']));
    expect(b.said).toContain('the mailbox cannot be watched; it is tried again by itself');
    await b.watch.stop();
  });

  test('a start that hangs is cut off by a stop', async () => {
    const hanging = (end: AbortSignal) =>
      new Promise<void>((_, reject) =>
        end.addEventListener('abort', () => reject(new Error('stopped'))),
      );
    const b = watcher('b', { seconds: 30, begin: hanging });
    const a = watcher('a', { seconds: 30 });
    await a.watch.start();
    await b.watch.start();
    await a.watch.stop();
    await until(() => expect(b.held).toBeDefined());
    await b.watch.stop();
    expect(b.events).toEqual([]);
  });
});
