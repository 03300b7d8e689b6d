/**
 * The store over every database: what is held back until a person releases it, replies that came back, and
 * limits that hold when several workers save at once.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Bounce } from '../../src/core/bounce.ts';
import type { CaseRecord, Store } from '../../src/ports.ts';
import { databases, emptyStore, type OpenedDatabase } from './databases.ts';
import { anyNumber, cursor, later, mailOf, noon, recordOf, replyRecord } from './samples.ts';

for (const database of databases) {
  describe.skipIf(database.isMissing)(`holds in the store on ${database.name}`, () => {
    let opened: OpenedDatabase;
    let store: Store;

    beforeAll(async () => {
      opened = await database.open();
      store = opened.store;
    });
    afterAll(() => opened?.close());
    beforeEach(() => emptyStore(opened.pool));

    let uid = 0;
    const take = async (...caseIds: readonly string[]) => {
      const mails = caseIds.map((caseId) => {
        uid += 1;
        return mailOf(caseId, { location: { ...mailOf(caseId).location, uid } });
      });
      await store.accept('support', mails, cursor);
    };
    const save = async (record: CaseRecord) => {
      await take(record.caseId);
      return store.saveDecision(record);
    };
    /** A reply that went out. */
    const sent = async (caseId: string, address = 'ana@contoso.example') => {
      expect(await save(replyRecord(caseId, caseId, address))).toBe('saved');
      await store.claimReply(caseId, noon);
      await store.settleReply(caseId, { state: 'sent', at: noon, response: '250 ok' });
    };
    const suppressed = (caseId: string, more: object = {}): CaseRecord =>
      recordOf(caseId, {
        action: 'suppress',
        reason: 'suppressed-delivery-report',
        authentication: { result: 'none', dkimAligned: false },
        evidence: [],
        ...more,
      });
    const report = (caseId: string, bounce: Partial<Bounce> & { caseId: string }): CaseRecord =>
      suppressed(caseId, {
        relatedCaseId: bounce.caseId,
        bounce: { kind: 'failed', status: '5.1.1', diagnostic: 'no such user', ...bounce },
      });

    describe('a mailbox that is paused', () => {
      const pausing: CaseRecord = {
        ...suppressed('much'),
        pause: { detail: '61 within an hour', fromMailboxLastHour: 0 },
      };

      test('sends nothing until a person releases it', async () => {
        expect(await store.listHolds()).toEqual([]);
        expect(await save(pausing)).toBe('saved');
        const hold = {
          kind: 'mailbox',
          name: 'support',
          at: noon,
          detail: '61 within an hour',
          caseId: 'much',
        };
        expect(await store.listHolds()).toEqual([hold]);
        expect(await save(replyRecord('late', 'late'))).toBe('outrun');
        const release = { at: later(5), by: 'maria' };
        expect(await store.releaseHold({ kind: 'mailbox', name: 'support' }, release)).toBe(true);
        expect(await store.releaseHold({ kind: 'mailbox', name: 'support' }, release)).toBe(false);
        expect(await store.saveDecision(replyRecord('late', 'late'))).toBe('saved');
      });

      test('is paused once, since the first time', async () => {
        await save(pausing);
        await save({
          ...pausing,
          caseId: 'more',
          decidedAt: later(5),
          pause: { detail: 'more', fromMailboxLastHour: 0 },
        });
        expect(await store.listHolds()).toMatchObject([{ at: noon, caseId: 'much' }]);
      });

      test('does not pause the others', async () => {
        await save(pausing);
        await take('other');
        const elsewhere = { ...replyRecord('other', 'other'), mailbox: 'sales' };
        expect(await store.saveDecision(elsewhere)).toBe('saved');
        const about = { mailbox: 'sales', address: 'ana@contoso.example' };
        expect(await store.holdsOn(about)).toEqual([]);
      });

      test('a released hold stays as a record of who did it', async () => {
        await save(pausing);
        await store.releaseHold(
          { kind: 'mailbox', name: 'support' },
          { at: later(5), by: 'maria\0' },
        );
        const { rows } = await opened.pool.query(
          'select name, released_at, released_by from holds',
        );
        expect(rows).toEqual([
          { name: 'support', released_at: later(5), released_by: 'maria\uFFFD' },
        ]);
      });
    });

    describe('a reply that came back', () => {
      test('its case says so, and its address is not written to again', async () => {
        await sent('one', 'Ana@contoso.example');
        expect(await save(report('bounce', { caseId: 'one' }))).toBe('saved');
        const found = await store.findCase('one');
        expect(found).toMatchObject({
          action: 'review',
          reason: 'review-undeliverable',
          followUps: ['bounce'],
          reply: {
            state: 'undeliverable',
            response: 'the reply came back: 5.1.1 no such user (report bounce)',
          },
        });
        expect((await store.findCase('bounce'))?.relatedCaseId).toBe('one');
        expect(await store.listHolds()).toMatchObject([
          { kind: 'address', name: 'ana@contoso.example', caseId: 'one' },
        ]);
        expect(await save(replyRecord('two', 'two', 'ANA@contoso.example'))).toBe('outrun');
        expect(await save(replyRecord('three', 'three', 'ben@contoso.example'))).toBe('saved');
        await store.releaseHold(
          { kind: 'address', name: 'Ana@Contoso.example' },
          { at: noon, by: 'maria' },
        );
        expect(await store.saveDecision(replyRecord('two', 'two', 'ana@contoso.example'))).toBe(
          'saved',
        );
      });

      test('keeps its key: nobody is answered a second time by itself', async () => {
        await sent('one');
        await save(report('bounce', { caseId: 'one' }));
        expect(await save(replyRecord('two', 'one', 'ben@contoso.example'))).toBe('outrun');
        const history = await store.replyHistory({
          mailbox: 'support',
          replyKey: 'one',
          address: 'ben@contoso.example',
          domain: 'contoso.example',
          now: noon,
        });
        expect(history).toMatchObject({ sameKeyCount: 1, sameKey: { state: 'undeliverable' } });
      });

      test('a report that does not say what became of it counts as well', async () => {
        await sent('one');
        await save(report('bounce', { caseId: 'one', kind: 'unknown' }));
        expect(await store.findCase('one')).toMatchObject({ reason: 'review-undeliverable' });
        expect(await store.listHolds()).toHaveLength(1);
      });

      test.each(['delayed', 'delivered', 'relayed', 'expanded'] as const)(
        'a report that it is %s changes nothing',
        async (kind) => {
          await sent('one');
          await save(report('bounce', { caseId: 'one', kind }));
          expect(await store.findCase('one')).toMatchObject({
            action: 'reply',
            followUps: ['bounce'],
            reply: { state: 'sent' },
          });
          expect(await store.listHolds()).toEqual([]);
        },
      );

      test('can be quicker than the answer of the sending server', async () => {
        await save(replyRecord('one', 'one'));
        await store.claimReply('one', noon);
        await save(report('bounce', { caseId: 'one' }));
        await store.settleReply('one', { state: 'sent', at: later(9), response: '250 ok' });
        expect(await store.findCase('one')).toMatchObject({
          reason: 'review-undeliverable',
          reply: { state: 'undeliverable' },
        });
      });

      test('a report about what never went out, or about nothing we know, changes nothing', async () => {
        await save(replyRecord('one', 'one'));
        await save(report('b1', { caseId: 'one' }));
        await save(report('b2', { caseId: 'unknown' }));
        expect(await store.findCase('one')).toMatchObject({ reply: { state: 'pending' } });
        expect(await store.listHolds()).toEqual([]);
      });

      test('a second report about the same reply changes nothing more', async () => {
        await sent('one');
        await save(report('b1', { caseId: 'one' }));
        await save(report('b2', { caseId: 'one', diagnostic: 'again' }));
        expect((await store.findCase('one'))?.reply?.response).toContain('report b1');
        expect(await store.listHolds()).toHaveLength(1);
      });
    });

    describe('limits while several workers save at once', () => {
      const rounds = 40;
      const outcomes = async (records: readonly CaseRecord[]) => {
        await take(...records.map(({ caseId }) => caseId));
        return Promise.all(records.map((record) => store.saveDecision(record)));
      };
      const limited = (
        caseId: string,
        address: string,
        limits: Partial<typeof anyNumber>,
      ): CaseRecord => {
        const record = replyRecord(caseId, caseId, address);
        if (record.reply === undefined) return record;
        return { ...record, reply: { ...record.reply, allowance: { ...anyNumber, ...limits } } };
      };

      test.each([
        ['address', 'toAddressLastDay', () => 'ana@contoso.example'],
        ['domain', 'toDomainLastHour', (n: number) => `p${n}@contoso.example`],
        ['mailbox', 'fromMailboxLastHour', (n: number) => `p${n}@d${n}.example`],
      ] as const)('no more go to or from one %s than are allowed', async (_, limit, address) => {
        for (let round = 0; round < rounds; round += 1) {
          await emptyStore(opened.pool);
          const records = [1, 2, 3, 4, 5, 6].map((n) =>
            limited(`r${round}-${n}`, address(n), {
              [limit]: 2,
              domain: limit === 'toDomainLastHour' ? 'contoso.example' : `d${n}.example`,
            }),
          );
          const saved = await outcomes(records);
          expect(saved.filter((outcome) => outcome === 'saved')).toHaveLength(3);
          expect(saved.filter((outcome) => outcome === 'outrun')).toHaveLength(3);
        }
      });

      test('of two that take one key, one gets it', async () => {
        for (let round = 0; round < rounds; round += 1) {
          const saved = await outcomes([
            replyRecord(`a${round}`, `key${round}`),
            replyRecord(`b${round}`, `key${round}`, 'ben@other.example'),
          ]);
          expect(saved.toSorted()).toEqual(['outrun', 'saved']);
        }
      });
    });
  });
}
