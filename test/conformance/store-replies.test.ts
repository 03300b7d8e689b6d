/**
 * The store over every database: who may send a reply, what became of it, and giving up.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ReplySettlement, Store } from '../../src/ports.ts';
import { databases, emptyStore, type OpenedDatabase } from './databases.ts';
import { cursor, later, mailOf, noon, recordOf, replyRecord, reviewDecision } from './samples.ts';

const hourMs = 3_600_000;

for (const database of databases) {
  describe.skipIf(database.isMissing)(`replies in the store on ${database.name}`, () => {
    let opened: OpenedDatabase;
    let store: Store;

    beforeAll(async () => {
      opened = await database.open();
      store = opened.store;
    });
    afterAll(() => opened?.close());
    beforeEach(() => emptyStore(opened.pool));

    let uid = 0;
    /** A decided mail with a pending reply. */
    const decided = async (caseId: string, replyKey = caseId, address?: string) => {
      const location = { ...mailOf(caseId).location, uid: ++uid };
      await store.accept('support', [mailOf(caseId, { location })], cursor);
      expect(await store.saveDecision(replyRecord(caseId, replyKey, address))).toBe('saved');
    };
    const settle = (caseId: string, state: ReplySettlement['state'], at = noon) =>
      store.settleReply(caseId, { state, at, response: `${state}: as the server said` });

    describe('claiming', () => {
      test('hands out the reply with the number of the attempt', async () => {
        await decided('one');
        expect(await store.claimReply('one', noon)).toEqual({
          status: 'claimed',
          reply: replyRecord('one', 'one').reply?.content,
          attempt: 1,
        });
        await settle('one', 'pending');
        expect(await store.claimReply('one', noon)).toMatchObject({
          status: 'claimed',
          attempt: 2,
        });
      });

      test('of two that claim at once, one gets the reply', async () => {
        for (let round = 0; round < 50; round++) {
          await decided(`r${round}`);
          const both = await Promise.all([
            store.claimReply(`r${round}`, noon),
            store.claimReply(`r${round}`, noon),
          ]);
          expect(both.map((claim) => claim.status).toSorted()).toEqual(['claimed', 'interrupted']);
        }
      });

      test('a reply that is being sent is not handed out again', async () => {
        await decided('one');
        await store.claimReply('one', noon);
        expect(await store.claimReply('one', noon)).toEqual({ status: 'interrupted' });
      });

      test.each(['sent', 'unconfirmed', 'rejected'] as const)(
        'a reply that is %s is not handed out again',
        async (state) => {
          await decided('one');
          await store.claimReply('one', noon);
          await settle('one', state);
          expect(await store.claimReply('one', noon)).toEqual({ status: 'settled' });
        },
      );

      test('where there is no reply there is nothing to send', async () => {
        await store.accept('support', [mailOf('one')], cursor);
        await store.saveDecision(recordOf('one', reviewDecision()));
        expect(await store.claimReply('one', noon)).toEqual({ status: 'settled' });
        expect(await store.claimReply('none', noon)).toEqual({ status: 'settled' });
      });
    });

    describe('withdrawing', () => {
      const withdrawal = {
        at: later(5),
        reason: 'review-every-reply',
        detail: 'mode: review',
      } as const;

      test('a reply that waits goes to the desk, and frees its key', async () => {
        await decided('one');
        expect(await store.withdrawReply('one', withdrawal)).toBe(true);
        const found = await store.findCase('one');
        expect(found).toMatchObject({ action: 'review', reason: 'review-every-reply' });
        expect(found?.reply).toMatchObject({ state: 'withdrawn', settledAt: later(5) });
        expect(await store.claimReply('one', noon)).toEqual({ status: 'settled' });
        expect(await store.withdrawReply('one', withdrawal)).toBe(false);
        await decided('two', found?.reply?.replyKey);
      });

      test('one that is on its way is left alone', async () => {
        await decided('one');
        await store.claimReply('one', noon);
        expect(await store.withdrawReply('one', withdrawal)).toBe(false);
        expect((await store.findCase('one'))?.reply?.state).toBe('sending');
      });
    });

    describe('settling', () => {
      test('sent: the case stays as decided', async () => {
        await decided('one');
        await store.claimReply('one', noon);
        await settle('one', 'sent', later(5));
        const found = await store.findCase('one');
        expect(found).toMatchObject({ action: 'reply', reason: 'reply-instructions' });
        expect(found?.reply).toMatchObject({
          state: 'sent',
          attempts: 1,
          settledAt: later(5),
          response: 'sent: as the server said',
        });
      });

      test.each([
        ['unconfirmed', 'review-unconfirmed'],
        ['rejected', 'review-rejected'],
      ] as const)('%s: the case goes to the desk', async (state, reason) => {
        await decided('one');
        await store.claimReply('one', noon);
        await settle('one', state);
        const found = await store.findCase('one');
        expect(found).toMatchObject({ action: 'review', reason, scenario: 'cancel-portal' });
        expect(found?.decision).toMatchObject({ action: 'review', reason });
        expect(found?.decision.original?.date).toBeInstanceOf(Date);
        expect(found?.decision.evidence.slice(-2)).toEqual([
          { stage: 'pipeline', code: 'decided-before', detail: 'reply, reply-instructions' },
          { stage: 'deliver', code: state, detail: `${state}: as the server said` },
        ]);
        expect((await store.listWaiting(10)).map((one) => one.caseId)).toEqual(['one']);
        expect(await store.unfinishedJobs(['support', 'other', 'sales'], 10)).toMatchObject([
          { kind: 'mark', caseId: 'one' },
        ]);
      });

      test('a settled reply is not settled to anything else', async () => {
        await decided('one');
        await store.claimReply('one', noon);
        await settle('one', 'sent');
        await settle('one', 'rejected');
        await settle('one', 'pending');
        expect(await store.findCase('one')).toMatchObject({
          action: 'reply',
          reply: { state: 'sent' },
        });
      });

      test('an unconfirmed reply is never pending again, but can turn out to be sent', async () => {
        await decided('one');
        await store.claimReply('one', noon);
        await settle('one', 'unconfirmed');
        await settle('one', 'pending');
        expect((await store.findCase('one'))?.reply?.state).toBe('unconfirmed');
        await settle('one', 'sent');
        expect(await store.findCase('one')).toMatchObject({
          action: 'review',
          reply: { state: 'sent' },
        });
      });

      test('a reply that nobody claimed cannot be settled', async () => {
        await decided('one');
        await settle('one', 'sent');
        expect((await store.findCase('one'))?.reply?.state).toBe('pending');
      });
    });

    describe('what limits need to know', () => {
      const history = (
        replyKey: string,
        {
          domain = 'contoso.example',
          address = 'nobody@contoso.example',
          mailbox = 'support',
        } = {},
      ) => store.replyHistory({ mailbox, replyKey, address, domain, now: noon });
      const nothing = {
        sameKeyCount: 0,
        sameKeyRows: 0,
        toAddressLastDay: 0,
        toDomainLastHour: 0,
        fromMailboxLastHour: 0,
        holds: [],
      };

      test('the earlier case with the same key, when it went out or may have', async () => {
        await decided('one', 'key', 'Ana@Contoso.example');
        const to = 'ana@contoso.example';
        const earlier = { caseId: 'one', to, toName: 'Ana' };
        expect((await history('key')).sameKey).toEqual({ ...earlier, at: noon, state: 'open' });
        expect((await history('other')).sameKey).toBeUndefined();
        await store.claimReply('one', noon);
        await settle('one', 'sent', later(7));
        expect((await history('key')).sameKey).toEqual({ ...earlier, at: later(7), state: 'sent' });
      });

      test('keys that go on with a colon count as the same, others that begin alike do not', async () => {
        for (const key of ['ask:a@x.example', 'ask:a@x.example:1', 'ask:a@x.example:2'])
          await decided(key.replaceAll(/\W/g, '-'), key);
        for (const key of [
          'ask:a@x.example.org',
          'ask:a@x.example;',
          'ask:a@x.example9',
          'ask:a@x',
        ])
          await decided(key.replaceAll(/\W/g, '_'), key);
        await store.claimReply('ask-a-x-example-1', noon);
        await settle('ask-a-x-example-1', 'sent', later(3));
        expect(await history('ask:a@x.example')).toMatchObject({
          sameKey: { caseId: 'ask-a-x-example-1', at: later(3) },
          sameKeyCount: 3,
          sameKeyRows: 3,
        });
        expect(await history('ask:a@x.example%')).toMatchObject({ sameKeyCount: 0 });
      });

      test('a reply that was rejected never arrived, and gives its key back', async () => {
        await decided('one', 'key');
        await store.claimReply('one', noon);
        await settle('one', 'rejected');
        expect((await history('key')).sameKey).toBeUndefined();
        await decided('two', 'key');
        expect((await history('key')).sameKey?.caseId).toBe('two');
      });

      test('replies of the last hour and on their way, by domain or address and by mailbox', async () => {
        await decided('a', 'a', 'a@contoso.example');
        await decided('b', 'b', 'b@contoso.example');
        await decided('c', 'c', 'me@shared.example');
        for (const name of ['b', 'c']) await store.claimReply(name, noon);
        await settle('b', 'sent', later(-hourMs - 1));
        await settle('c', 'unconfirmed', later(-1));
        expect(await history('x')).toEqual({
          ...nothing,
          toDomainLastHour: 1,
          fromMailboxLastHour: 2,
        });
        const shared = 'me@shared.example';
        expect(await history('x', { domain: shared })).toMatchObject({ toDomainLastHour: 1 });
        expect(await history('x', { mailbox: 'other', domain: 'nobody.example' })).toEqual(nothing);
      });

      test('replies of the last day to one address', async () => {
        for (const [name, at] of [
          ['a', -hourMs * 25],
          ['b', -hourMs * 23],
          ['c', -1],
        ] as const) {
          await decided(name, name, 'Ana@contoso.example');
          await store.claimReply(name, noon);
          await settle(name, 'sent', later(at));
        }
        await decided('d', 'd', 'ana@contoso.example');
        const found = await history('x', { address: 'ANA@contoso.example' });
        expect(found).toMatchObject({ toAddressLastDay: 3, toDomainLastHour: 2 });
      });
    });

    describe('giving up', () => {
      const failure = { at: later(9), detail: 'The resolver\r\nnever answered.' };
      const shown = 'The resolver never answered.';

      test('a mail that could not be handled becomes a case of its own', async () => {
        await store.accept('support', [mailOf('one')], cursor);
        await store.giveUp('one', failure);
        expect(await store.findCase('<one@contoso.example>')).toMatchObject({
          action: 'review',
          reason: 'review-processing-failed',
          decidedAt: later(9),
          mailState: 'decided',
          decision: {
            authentication: { result: 'none', dkimAligned: false },
            evidence: [{ stage: 'pipeline', code: 'handle-failed', detail: shown }],
          },
        });
        expect((await store.findMail('one'))?.raw).toBeDefined();
        expect(await store.unfinishedJobs(['support', 'other', 'sales'], 10)).toMatchObject([
          { kind: 'mark', caseId: 'one' },
        ]);
        expect(await store.saveDecision(replyRecord('one', 'key'))).toBe('already-decided');
      });

      test('a reply that was never sent is rejected, one that was begun is unconfirmed', async () => {
        await decided('pending');
        await decided('sending');
        await store.claimReply('sending', noon);
        await store.giveUp('pending', failure);
        await store.giveUp('sending', failure);
        for (const [caseId, state] of [
          ['pending', 'rejected'],
          ['sending', 'unconfirmed'],
        ]) {
          const found = await store.findCase(caseId ?? '');
          expect(found).toMatchObject({ action: 'review', reason: 'review-processing-failed' });
          expect(found?.reply).toMatchObject({ state, response: shown, settledAt: later(9) });
          expect(found?.decision.evidence.at(-2)?.detail).toBe('reply, reply-instructions');
        }
        expect(
          (await store.unfinishedJobs(['support', 'other', 'sales'], 10)).map((job) => job.kind),
        ).toEqual(['mark', 'mark']);
      });

      test('a mail that could not be marked is finished, and nothing is tried for ever', async () => {
        await decided('one');
        await store.claimReply('one', noon);
        await settle('one', 'sent');
        await store.giveUp('one', failure);
        expect(await store.findCase('one')).toMatchObject({
          action: 'review',
          mailState: 'finished',
          reply: { state: 'sent' },
        });
        expect(await store.unfinishedJobs(['support', 'other', 'sales'], 10)).toEqual([]);
      });

      test('a job that is told twice changes nothing the second time', async () => {
        await store.accept('support', [mailOf('one')], cursor);
        await store.giveUp('one', { ...failure, kind: 'handle' });
        await store.giveUp('one', { ...failure, kind: 'handle' });
        const found = await store.findCase('one');
        expect(found?.mailState).toBe('decided');
        expect(found?.decision.evidence).toHaveLength(1);
      });

      test('an unknown case is an error', async () => {
        await expect(store.giveUp('none', failure)).rejects.toMatchObject({
          code: 'CASE_NOT_FOUND',
        });
      });
    });
  });
}
