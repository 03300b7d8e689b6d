/**
 * The watch of a mailbox in the store: where it began, where mails lie, and how long the oldest waits.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { databases, emptyStore, type OpenedDatabase } from './databases.ts';
import { cursor, later, mailOf, noon, replyRecord } from './samples.ts';

describe.each(databases)('watches on $name', ({ isMissing, open }) => {
  let opened: OpenedDatabase;
  beforeAll(async () => {
    if (!isMissing) opened = await open();
  });
  beforeEach(async () => {
    if (!isMissing) await emptyStore(opened.pool);
  });
  afterAll(() => opened?.close());

  const at = (uid: number, uidValidity = '7') => ({
    mailbox: 'support',
    path: 'INBOX',
    uidValidity,
    uid,
  });

  test.skipIf(isMissing)('of two that begin at once the first counts for both', async () => {
    const { store } = opened;
    const second = { ...cursor, nextUid: 50, watchingSince: later(60_000) };
    expect(await store.beginWatch('support', cursor)).toEqual(cursor);
    expect(await store.beginWatch('support', second)).toEqual(cursor);
    expect(await store.findCursor('support')).toEqual(cursor);
    expect(await store.findWatch('support')).toEqual({
      first: { uidValidity: cursor.uidValidity, uid: cursor.nextUid },
    });
    expect(await store.findWatch('billing')).toBeUndefined();
  });

  test.skipIf(isMissing)('tells places that no mail lies at', async () => {
    const { store } = opened;
    await store.accept('support', [mailOf('a', { location: at(3) })], cursor);
    await store.accept('support', [mailOf('b', { location: at(5) })], cursor);
    const places = { path: 'INBOX', uidValidity: '7', uids: [2, 3, 4, 5, 6] };
    expect(await store.withoutPlace('support', places)).toEqual([2, 4, 6]);
    expect(await store.withoutPlace('support', { ...places, uidValidity: '8' })).toEqual([
      2, 3, 4, 5, 6,
    ]);
    expect(await store.withoutPlace('billing', { ...places, uids: [3] })).toEqual([3]);
    expect(await store.withoutPlace('support', { ...places, uids: [] })).toEqual([]);
  });

  test.skipIf(isMissing)('gives a known mail its new place, and no other mail one', async () => {
    const { store } = opened;
    await store.accept('support', [mailOf('known', { location: at(3) })], cursor);
    const known = await store.keepPlaces([
      { caseId: 'known', location: at(1, '8') },
      { caseId: 'unknown', location: at(2, '8') },
    ]);
    expect([...known]).toEqual(['known']);
    expect(await store.keepPlaces([])).toEqual(new Set());
    const places = { path: 'INBOX', uidValidity: '8', uids: [1, 2] };
    expect(await store.withoutPlace('support', places)).toEqual([2]);
  });

  test.skipIf(isMissing)('takes in what a person asked for, and leaves the cursor', async () => {
    const { store } = opened;
    await store.accept('support', [mailOf('known')], cursor);
    const asked = [mailOf('old', { location: at(2) }), mailOf('known', { location: at(1) })];
    expect(await store.acceptBackfill('support', asked, later(60_000))).toEqual(['old']);
    expect(await store.acceptBackfill('support', asked, later(90_000))).toEqual([]);
    expect(await store.findCursor('support')).toEqual(cursor);
    expect(await store.findMail('old')).toMatchObject({ state: 'accepted', backfilled: true });
    expect(await store.findMail('known')).not.toHaveProperty('backfilled');
    expect(await store.unfinishedJobs(['support'], 10)).toHaveLength(2);
  });

  test.skipIf(isMissing)('tells how a mailbox is looked after', async () => {
    const { store } = opened;
    expect(await store.mailboxHealth([])).toEqual([]);
    expect(await store.mailboxHealth(['support'])).toEqual([{ mailbox: 'support', unhandled: 0 }]);

    await store.noteTrouble('support', { at: later(1_000), detail: 'no route' });
    await store.noteTrouble('support', { at: later(2_000), detail: 'refused\u0000' });
    expect(await store.mailboxHealth(['support'])).toEqual([
      { mailbox: 'support', unhandled: 0, troubledSince: later(1_000), trouble: 'refused\ufffd' },
    ]);

    await store.noteLook('support', later(5_000));
    await store.noteLook('support', later(4_000));
    await store.noteReconciliation('support', { at: later(6_000), compared: 9, missing: 2 });
    await store.accept('support', [mailOf('new', { internalDate: later(3_000) })], cursor);
    await store.accept('support', [mailOf('done', { location: at(2) })], cursor);
    await store.saveDecision(replyRecord('done', 'key'));
    await store.finishMail('done');
    expect(await store.mailboxHealth(['billing', 'support'])).toEqual([
      { mailbox: 'billing', unhandled: 0 },
      {
        mailbox: 'support',
        unhandled: 1,
        oldestUnhandledAt: later(3_000),
        lastLookAt: later(5_000),
        reconciledAt: later(6_000),
        reconciledMissing: 2,
      },
    ]);
    expect(await store.findWatch('support')).toEqual({ reconciledAt: later(6_000) });
  });

  test.skipIf(isMissing)('is not silenced by a clock that was ahead', async () => {
    const { store } = opened;
    await store.noteLook('support', later(3_600_000));
    await store.noteLook('support', later(1_000));
    expect(await store.mailboxHealth(['support'])).toMatchObject([{ lastLookAt: later(1_000) }]);
  });

  test.skipIf(isMissing)('counts the wait of an old mail from when it was asked for', async () => {
    const { store } = opened;
    await store.acceptBackfill('support', [mailOf('old')], later(60_000));
    expect(await store.mailboxHealth(['support'])).toEqual([
      { mailbox: 'support', unhandled: 1, oldestUnhandledAt: later(60_000) },
    ]);
    expect(noon < later(60_000)).toBe(true);
  });
});
