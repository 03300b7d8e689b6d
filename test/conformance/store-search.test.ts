/**
 * The store over every database: what the lists of the console find, and what they must not.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Customer } from '../../src/core/customer.ts';
import type { CaseQuery } from '../../src/ports/console.ts';
import type { CaseRecord } from '../../src/ports.ts';
import { byTest } from '../support/origin.ts';
import { databases, emptyStore, type OpenedDatabase } from './databases.ts';
import {
  contoso,
  cursor,
  customerOf,
  later,
  mailOf,
  noon,
  recordOf,
  replyRecord,
  reviewDecision,
} from './samples.ts';

for (const database of databases) {
  describe.skipIf(database.isMissing)(`searching on ${database.name}`, () => {
    let opened: OpenedDatabase;
    let store: OpenedDatabase['store'];
    beforeAll(async () => {
      opened = await database.open();
      store = opened.store;
    });
    afterAll(() => opened?.close());
    beforeEach(() => emptyStore(opened.pool));

    const put = async (record: CaseRecord, receivedAt = record.decidedAt) => {
      const mail = mailOf(record.caseId, { internalDate: receivedAt });
      await store.accept(
        'support',
        [{ ...mail, location: { ...mail.location, uid: ++uid } }],
        cursor,
      );
      expect(await store.saveDecision(record)).toBe('saved');
    };
    let uid = 0;
    const ids = async (query: Partial<CaseQuery>) =>
      (await store.searchCases({ limit: 50, ...query })).map(({ caseId }) => caseId);

    describe('cases', () => {
      test('are found by a part of the subject, the author, the customer, an id, whatever the case of the letters', async () => {
        await put(replyRecord('case-one', 'key-1'));
        await put({ ...recordOf('case-two', reviewDecision()), subject: 'Überraschung für alle' });
        for (const text of [
          'ABOUT TO LOSE',
          'ana@contoso',
          'Contoso Ltd',
          'C-1',
          'case-o',
          '<case-one@',
        ])
          expect(await ids({ text }), text).toEqual(['case-one']);
        expect(await ids({ text: 'überRASCH' })).toEqual(['case-two']);
        expect(await ids({ text: 'lose ana' })).toEqual(['case-one']);
        expect(await ids({ text: 'lose nobody' })).toEqual([]);
      });

      test.each(['%', '_', '\\', '%%', "'; drop table cases; --", '\u0000'])(
        'are found by %j only where it stands',
        async (text) => {
          await put({ ...recordOf('plain', reviewDecision()), subject: 'nothing odd' });
          expect(await ids({ text })).toEqual([]);
          await put({ ...recordOf('odd', reviewDecision()), subject: `it says ${text} here` });
          expect(await ids({ text })).toEqual(['odd']);
        },
      );

      test('are not found any more once their contents were deleted', async () => {
        await put(replyRecord('case-one', 'key-1'));
        await store.claimReply('case-one', noon);
        await store.settleReply('case-one', { state: 'sent', at: noon, response: '250 ok' });
        await store.finishMail('case-one');
        expect(await ids({ text: 'ana@contoso' })).toEqual(['case-one']);
        await opened.pool.query(`update mails set state = 'finished'`);
        await store.emptyCases(['support'], { before: later(1), at: later(2), limit: 10 });
        expect(await ids({ text: 'ana@contoso' })).toEqual([]);
        expect(await ids({ text: 'case-one' })).toEqual(['case-one']);
      });

      test('each page goes on where the one before ended, of those of one moment too', async () => {
        for (const id of ['a', 'b', 'c', 'd', 'e']) await put(recordOf(id, reviewDecision()));
        const seen: string[] = [];
        for (let after: CaseQuery['after']; ; ) {
          const page = await store.searchCases({ limit: 2, ...(after && { after }) });
          seen.push(...page.map(({ caseId }) => caseId));
          const last = page.at(-1);
          if (last === undefined) break;
          after = last;
        }
        expect(seen).toEqual(['e', 'd', 'c', 'b', 'a']);
      });

      test('are filtered by each of their states', async () => {
        await put(replyRecord('sent', 'key-1'));
        await put(
          { ...recordOf('odd', reviewDecision()), decidedAt: later(5) },
          later(-86_400_000),
        );
        expect(await ids({ action: 'review' })).toEqual(['odd']);
        expect(await ids({ reason: 'reply-instructions' })).toEqual(['sent']);
        expect(await ids({ scenario: 'cancel-portal' })).toEqual(['sent']);
        expect(await ids({ customerId: 'C-1' })).toEqual(['sent']);
        expect(await ids({ mailbox: 'support' })).toEqual(['odd', 'sent']);
        expect(await ids({ mailbox: 'sales' })).toEqual([]);
        expect(await ids({ replyState: 'pending' })).toEqual(['sent']);
        expect(await ids({ replyState: 'unconfirmed' })).toEqual([]);
        expect(await ids({ since: noon })).toEqual(['sent']);
        expect(await ids({ before: noon })).toEqual(['odd']);
        expect(await ids({ since: later(-1), before: later(1) })).toEqual(['sent']);
      });
    });

    describe('customers', () => {
      const found = async (text?: string, afterId?: string) =>
        (
          await store.searchCustomers({
            limit: 10,
            ...(text === undefined ? {} : { text }),
            ...(afterId === undefined ? {} : { afterId }),
          })
        ).map(({ id }) => id);
      const load = (...customers: readonly Customer[]) =>
        store.importCustomers(customers, { dryRun: false, at: noon, origin: byTest });

      test('are found by name, id, domain and contact, and by no name of a field', async () => {
        await load(contoso, customerOf('C-2'));
        for (const text of ['contoso l', 'onmicro', 'example.org', 'it@contoso', 'ana'])
          expect(await found(text), text).toEqual(['C-1']);
        expect(await found('c-')).toEqual(['C-1', 'C-2']);
        for (const text of ['address', 'subscriptions', 'Exchange'])
          expect(await found(text), text).toEqual([]);
        expect(await found(undefined, 'C-1')).toEqual(['C-2']);
      });

      test('say what stands in a line of the list', async () => {
        await load(contoso);
        expect(await store.searchCustomers({ limit: 1 })).toEqual([
          {
            id: 'C-1',
            name: 'Contoso Ltd.',
            tenantDomain: 'contoso.onmicrosoft.com',
            subscriptions: 2,
            updatedAt: noon,
          },
        ]);
      });

      test('saved by hand leave history and a line of the audit log, or nothing at all', async () => {
        await load(contoso);
        const act = { at: later(1), by: 'ana', via: 'console' } as const;
        const changed = { ...contoso, name: 'Contoso AG' };
        const save = (isAsSeen: boolean) =>
          store.saveCustomer({ customer: changed, isAsSeen: () => isAsSeen, act });
        expect(await save(false)).toBe('conflict');
        expect(await store.listAudit({ limit: 5 })).toEqual([]);
        expect(await save(true)).toBe('saved');
        expect(await save(true)).toBe('unchanged');
        expect((await store.findCustomer('C-1'))?.name).toBe('Contoso AG');
        expect((await store.listHistory('C-1', 1))[0]).toMatchObject({
          origin: { source: 'console', by: 'ana' },
          fields: [{ path: 'name', before: 'Contoso Ltd.', after: 'Contoso AG' }],
        });
        expect(await store.listAudit({ limit: 5 })).toMatchObject([
          { action: 'changed', subjectId: 'C-1', after: { name: 'Contoso AG' }, by: 'ana' },
        ]);
        expect(await found('contoso ag')).toEqual(['C-1']);
      });
    });

    describe('the figures of days', () => {
      const timeZone = 'Europe/Berlin';
      const dayOf = async (day: string, zone = timeZone) =>
        (await store.dayFigures({ from: day, to: day, timeZone: zone }))[0];

      test('count a mail on the day it is where the partner is', async () => {
        await put({
          ...recordOf('late', reviewDecision()),
          decidedAt: new Date('2026-03-01T23:30:00Z'),
        });
        expect((await dayOf('2026-03-02'))?.decided.review).toBe(1);
        expect((await dayOf('2026-03-01'))?.decided.review).toBe(0);
        expect((await dayOf('2026-03-01', 'UTC'))?.decided.review).toBe(1);
      });

      test('give a day of 23 and one of 25 hours all of their hours and no other', async () => {
        // Summer time begins in Berlin on 29 March 2026, and ends on 25 October.
        const moments = [
          '2026-03-28T23:00:00Z',
          '2026-03-29T21:59:59Z',
          '2026-10-24T22:00:00Z',
          '2026-10-25T22:59:59Z',
        ];
        for (const [index, at] of moments.entries())
          await put({ ...recordOf(`m${index}`, reviewDecision()), decidedAt: new Date(at) });
        await put({
          ...recordOf('before', reviewDecision()),
          decidedAt: new Date('2026-03-28T22:59:59Z'),
        });
        await put({
          ...recordOf('after', reviewDecision()),
          decidedAt: new Date('2026-10-25T23:00:00Z'),
        });
        expect((await dayOf('2026-03-29'))?.decided.review).toBe(2);
        expect((await dayOf('2026-10-25'))?.decided.review).toBe(2);
      });

      test('have a line for each day, and say how fast replies were that nobody held', async () => {
        await put(replyRecord('quick', 'key-1'), later(-4_000));
        await store.claimReply('quick', noon);
        await store.settleReply('quick', { state: 'sent', at: noon, response: '250 ok' });
        await put(recordOf('held', reviewDecision()));
        const days = await store.dayFigures({ from: '2026-03-01', to: '2026-03-03', timeZone });
        expect(days.map(({ day }) => day)).toEqual(['2026-03-01', '2026-03-02', '2026-03-03']);
        expect(days[1]).toEqual({
          day: '2026-03-02',
          decided: { reply: 1, review: 1, suppress: 0, ignore: 0 },
          sent: { 'cancel-portal': 1 },
          replyMs: { p50: 4_000, p95: 4_000 },
        });
        expect(days[2]).toEqual({
          day: '2026-03-03',
          decided: { reply: 0, review: 0, suppress: 0, ignore: 0 },
          sent: {},
        });
      });

      test('a range that ends before it begins has no days', async () => {
        expect(await store.dayFigures({ from: '2026-03-02', to: '2026-03-01', timeZone })).toEqual(
          [],
        );
      });
    });
  });
}
