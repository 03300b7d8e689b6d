/**
 * The store over every database: what is to happen after a reply, and mails that we begin ourselves.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Decision } from '../../src/core/decision.ts';
import { outreachInHandMs } from '../../src/core/limits.ts';
import type { CaseRecord, Store } from '../../src/ports.ts';
import { byTest } from '../support/origin.ts';
import { databases, emptyStore, type OpenedDatabase } from './databases.ts';
import {
  anyNumber,
  contoso,
  cursor,
  customerOf,
  later,
  mailOf,
  noon,
  recordOf,
  replyDecision,
  replyRecord,
  replyTo,
  reviewDecision,
} from './samples.ts';

const dayMs = 24 * 3_600_000;
const dueAt = later(7 * dayMs);

/** A mail of our own about the customer of the samples. */
function ownRecord(caseId: string, replyKey: string, more: Partial<CaseRecord> = {}): CaseRecord {
  if (replyDecision.action !== 'reply') throw new Error('it is a reply');
  const { plan } = replyDecision;
  const decision: Decision = {
    action: 'reply',
    reason: 'reply-reminder',
    authentication: { result: 'none', dkimAligned: false },
    scenario: 'reminder',
    relatedCaseId: 'one',
    evidence: [],
    plan: { ...plan, scenario: 'reminder', replyKey },
  };
  return {
    caseId,
    mailbox: 'support',
    subject: 'A reminder',
    decision,
    decidedAt: noon,
    reply: { replyKey, content: replyTo(plan.to), allowance: anyNumber },
    ...more,
  };
}

for (const database of databases) {
  describe.skipIf(database.isMissing)(`follow-ups in the store on ${database.name}`, () => {
    let opened: OpenedDatabase;
    let store: Store;
    beforeAll(async () => {
      opened = await database.open();
      store = opened.store;
    });
    afterAll(() => opened?.close());
    beforeEach(() => emptyStore(opened.pool));

    let uid = 0;
    const accept = async (caseId: string): Promise<void> => {
      const location = { ...mailOf(caseId).location, uid: ++uid };
      await store.accept('support', [mailOf(caseId, { location })], cursor);
    };
    /** A reply that went out, and is followed. */
    const sent = async (caseId: string, due = dueAt): Promise<void> => {
      await accept(caseId);
      await store.saveDecision(replyRecord(caseId, caseId));
      await store.claimReply(caseId, noon);
      await store.settleReply(caseId, {
        state: 'sent',
        at: noon,
        response: '250 ok',
        followUp: { customerId: contoso.id, dueAt: due },
      });
      await store.finishMail(caseId);
    };
    const decide = async (caseId: string, decision: Decision, at = noon): Promise<void> => {
      await accept(caseId);
      await store.saveDecision({ ...recordOf(caseId, decision), decidedAt: at });
    };
    const settled = (state: 'told' | 'done' | 'stopped' | 'reminded', at = dueAt) =>
      store.settleFollowUp('one', { state, at, detail: `it is ${state}` });

    test('begins when the reply is settled as sent, and with nothing else', async () => {
      await accept('one');
      await store.saveDecision(replyRecord('one', 'one'));
      const followUp = { customerId: 'C-1', dueAt };
      const sentNow = { state: 'sent', at: noon, response: '250', followUp } as const;
      // Nobody has claimed it, so nothing went out.
      await store.settleReply('one', sentNow);
      expect(await store.findFollowUp('one')).toBeUndefined();
      await store.claimReply('one', noon);
      await store.settleReply('one', { state: 'unconfirmed', at: noon, response: 'who knows' });
      expect(await store.findFollowUp('one')).toBeUndefined();
      await store.settleReply('one', sentNow);
      const expected = { caseId: 'one', mailbox: 'support', ...followUp, state: 'waiting' };
      expect(await store.findFollowUp('one')).toEqual(expected);
      expect((await store.findCase('one'))?.followUp).toEqual(expected);
      await store.addFollowUp({ ...followUp, caseId: 'one', mailbox: 'x', dueAt: noon });
      expect(await store.findFollowUp('one')).toEqual(expected);
    });

    test('is due from its time on, oldest first, in the mailboxes asked for', async () => {
      await sent('one');
      await sent('two', later(dayMs));
      const due = async (at: Date, mailboxes = ['support'], limit = 10) =>
        (await store.dueFollowUps(mailboxes, at, limit)).map(({ caseId }) => caseId);
      expect(await due(later(dayMs - 1))).toEqual([]);
      expect(await due(later(dayMs))).toEqual(['two']);
      expect(await due(dueAt)).toEqual(['two', 'one']);
      expect(await due(dueAt, ['support'], 1)).toEqual(['two']);
      expect(await due(dueAt, ['other'])).toEqual([]);
      expect(await due(dueAt, [])).toEqual([]);
    });

    test('of two that settle it, one does', async () => {
      await sent('one');
      const both = await Promise.all([settled('told'), settled('reminded')]);
      expect(both.toSorted()).toEqual([false, true]);
      expect(await store.dueFollowUps(['support'], dueAt, 10)).toEqual([]);
    });

    test('what was told about may still be done, and then nothing more', async () => {
      await sent('one');
      expect(await settled('told')).toBe(true);
      expect(await settled('reminded')).toBe(false);
      expect(await settled('done')).toBe(true);
      expect(await settled('stopped')).toBe(false);
      expect(await store.findFollowUp('one')).toMatchObject({
        state: 'done',
        settledAt: dueAt,
        detail: 'it is done',
      });
    });

    test('what was told about waits for the desk among the others, newest first', async () => {
      await sent('one');
      await decide('two', reviewDecision(), later(1));
      const waiting = async (limit = 10) =>
        (await store.listWaiting(limit)).map(({ caseId }) => caseId);
      expect(await waiting()).toEqual(['two']);
      await settled('told');
      expect(await waiting()).toEqual(['two', 'one']);
      expect(await waiting(1)).toEqual(['two']);
      await store.giveUp('one', { at: noon, detail: 'no mark', kind: 'mark' });
      expect(await waiting()).toEqual(['two', 'one']);
      await settled('done');
      expect(await waiting()).toEqual(['two']);
    });

    test('is looked at again when the record or the customer stirs', async () => {
      await store.importCustomers([contoso], { dryRun: false, at: noon, origin: byTest });
      await sent('one');
      const stirred = async (after = '') =>
        (await store.stirredFollowUps(['support'], after, 10)).map(({ caseId }) => caseId);
      expect(await stirred()).toEqual([]);
      await settled('told');
      expect(await stirred()).toEqual([]);
      const changed = { ...contoso, country: 'AT' };
      const importAt = (at: Date, customer = changed) =>
        store.importCustomers([customer], { dryRun: false, at, origin: byTest });
      await importAt(later(8 * dayMs));
      expect(await stirred()).toEqual(['one']);
      expect(await stirred('one')).toEqual([]);
      await opened.pool.query('truncate customers cascade');
      expect(await stirred()).toEqual(['one']);
      await importAt(noon);
      expect(await stirred()).toEqual([]);
      const answer = { ...reviewDecision(), relatedCaseId: 'one' };
      await decide('two', answer, later(8 * dayMs));
      expect(await stirred()).toEqual(['one']);
    });

    test('later cases: of the customer, and about its cases, but none of ours and none of others', async () => {
      await decide('before', { ...reviewDecision(), relatedCaseId: 'zero' }, later(-1));
      await sent('one');
      await decide('answer', { ...reviewDecision(), relatedCaseId: 'one' }, later(1));
      await decide('stranger', reviewDecision(), later(2));
      const match = { customer: contoso, matchedBy: [], against: [], score: 1 };
      await decide('forward', { ...reviewDecision(), match }, later(3));
      const other = { customer: customerOf('C-2'), matchedBy: [], against: [], score: 1 };
      await decide('other', { ...reviewDecision(), match: other }, later(3));
      await store.saveOwnCase(ownRecord('own', 'reminder:one'), { origin: 'reminder' });
      await decide('to-own', { ...reviewDecision(), relatedCaseId: 'own' }, later(4));
      const found = await store.laterCases('one');
      expect(found.map(({ caseId }) => caseId)).toEqual(['answer', 'forward', 'to-own']);
      expect(found[0]).toEqual({
        caseId: 'answer',
        action: 'review',
        reason: 'review-no-customer',
        receivedAt: noon,
      });
      expect(await store.laterCases('none')).toEqual([]);
    });

    test('a case that is open, or told the customer to end something, is found', async () => {
      await sent('one');
      expect(await store.findOpenCase(contoso.id, '')).toEqual({
        caseId: 'one',
        reason: 'reply-instructions',
      });
      await settled('told');
      expect(await store.findOpenCase(contoso.id, '')).toMatchObject({ caseId: 'one' });
      expect(await store.findOpenCase(contoso.id, 'one')).toBeUndefined();
      expect(await store.findOpenCase('C-2', '')).toBeUndefined();
      await settled('done');
      await decide('answer', { ...reviewDecision(), relatedCaseId: 'one' });
      expect(await store.findOpenCase(contoso.id, '')).toEqual({
        caseId: 'answer',
        reason: 'review-no-customer',
      });
    });

    describe('a mail of our own', () => {
      const save = (record: CaseRecord, perHour?: number) =>
        store.saveOwnCase(record, {
          origin: 'outreach',
          ...(perHour === undefined ? {} : { perHour }),
        });

      test('is a line of the ledger, decided, with its case and reply', async () => {
        expect(await save(ownRecord('own', 'k'))).toBe('saved');
        expect(await store.findMail('own')).toEqual({
          caseId: 'own',
          mailbox: 'support',
          state: 'decided',
          sizeBytes: 0,
          complete: true,
          answered: false,
          receivedAt: noon,
        });
        expect(await store.findCase('own')).toMatchObject({
          customerId: contoso.id,
          relatedCaseId: 'one',
          locations: [],
          reply: { state: 'pending', replyKey: 'k' },
        });
        expect((await store.findCase('own'))?.messageId).toBeUndefined();
      });

      test('saved twice is there once, whatever the second says', async () => {
        const another = await opened.again?.();
        const second = another?.store ?? store;
        for (let round = 0; round < 30; round += 1) {
          const record = ownRecord(`own-${round}`, `k-${round}`);
          const both = await Promise.all([
            save(record),
            second.saveOwnCase(record, { origin: 'outreach' }),
          ]);
          expect(both.toSorted()).toEqual(['already-saved', 'saved']);
        }
        await another?.store.close();
        expect(await save(ownRecord('own-0', 'another key'))).toBe('already-saved');
        expect((await store.findCase('own-0'))?.reply?.replyKey).toBe('k-0');
      });

      test('whose key is taken leaves nothing behind', async () => {
        await sent('one');
        expect(await save(ownRecord('own', 'one'))).toBe('outrun');
        expect(await store.findMail('own')).toBeUndefined();
        expect(await save(ownRecord('own', 'free'))).toBe('saved');
      });

      test('passes the limits and the holds of a reply', async () => {
        await sent('one');
        const allowance = { ...anyNumber, toDomainLastHour: 0 };
        const { reply } = ownRecord('own', 'k');
        if (reply === undefined) throw new Error('it has a reply');
        const limited = ownRecord('own', 'k', { reply: { ...reply, allowance } });
        expect(await save(limited)).toBe('outrun');
        await opened.pool.query(
          `insert into holds (kind, name, at, detail) values ('mailbox', 'support', now(), 'x')`,
        );
        expect(await save(ownRecord('own', 'k'))).toBe('outrun');
        expect(await store.findMail('own')).toBeUndefined();
      });

      test('keeps its pace, counted for its mailbox and origin, when many save at once', async () => {
        await store.saveOwnCase(ownRecord('reminder', 'r'), { origin: 'reminder' });
        await save(ownRecord('elsewhere', 'e', { mailbox: 'sales' }));
        await save(ownRecord('old', 'o', { decidedAt: later(-3_600_001) }));
        const many = Array.from({ length: 8 }, (_, n) => save(ownRecord(`m${n}`, `m${n}`), 3));
        const outcomes = await Promise.all(many);
        expect(outcomes.filter((outcome) => outcome === 'saved')).toHaveLength(3);
        const query = { origin: 'outreach', mailbox: 'support', since: later(-3_600_000) } as const;
        expect(await store.countOwnMails(query)).toBe(3);
      });

      test('is delivered and finished like any reply', async () => {
        await store.saveOwnCase(ownRecord('own', 'k'), { origin: 'reminder' });
        const jobs = () => store.unfinishedJobs(['support'], 10, noon);
        expect(await jobs()).toMatchObject([{ kind: 'deliver', caseId: 'own' }]);
        expect((await store.claimReply('own', noon)).status).toBe('claimed');
        await store.settleReply('own', { state: 'sent', at: noon, response: '250' });
        expect(await jobs()).toMatchObject([{ kind: 'mark', caseId: 'own' }]);
        await store.finishMail('own');
        expect(await jobs()).toEqual([]);
      });

      test('of outreach is in its hands for an hour, and then anybody’s', async () => {
        await save(ownRecord('own', 'k'));
        const at = (ms: number) => store.unfinishedJobs(['support'], 10, later(ms));
        expect(await at(0)).toEqual([]);
        expect(await at(outreachInHandMs - 1)).toEqual([]);
        expect(await at(outreachInHandMs)).toMatchObject([{ kind: 'deliver', caseId: 'own' }]);
        expect(await store.unfinishedJobs(['support'], 10)).toHaveLength(1);
      });

      test('that comes back holds its address', async () => {
        await save(ownRecord('own', 'k'));
        await store.claimReply('own', noon);
        await store.settleReply('own', { state: 'sent', at: noon, response: '250' });
        const bounce = { caseId: 'own', kind: 'failed', status: '5.1.1' } as const;
        await decide('report', { ...reviewDecision(), bounce, relatedCaseId: 'own' });
        expect(await store.findCase('own')).toMatchObject({
          reason: 'review-undeliverable',
          reply: { state: 'undeliverable' },
          followUps: ['report'],
        });
        expect(await store.listHolds()).toMatchObject([{ kind: 'address', caseId: 'own' }]);
      });
    });

    test('all customers are read, each once, by id', async () => {
      const customers = Array.from({ length: 1_203 }, (_, n) => customerOf(`C-${n}`));
      await store.importCustomers(customers, { dryRun: false, at: noon, origin: byTest });
      const ids: string[] = [];
      for await (const { id } of store.eachCustomer()) ids.push(id);
      expect(ids.toSorted()).toEqual(customers.map(({ id }) => id).toSorted());
    });
  });
}
