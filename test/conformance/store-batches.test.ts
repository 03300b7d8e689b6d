/**
 * What many ask of the store at the same time goes into one statement, and must be as if each had asked alone: of
 * one reply key one reply, of a limit no more than it allows, and what fails of one is nobody else's.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { smallMailBytesMax } from '../../src/core/limits.ts';
import type { CaseRecord, ReplyAllowance, Store } from '../../src/ports.ts';
import { databases, emptyStore, type OpenedDatabase } from './databases.ts';
import {
  anyNumber,
  cursor,
  ignoreDecision,
  later,
  mailOf,
  noon,
  recordOf,
  replyDecision,
  replyRecord,
  reviewDecision,
} from './samples.ts';

for (const database of databases) {
  describe.skipIf(database.isMissing)(`many at once in the store on ${database.name}`, () => {
    let opened: OpenedDatabase;
    let store: Store;
    beforeAll(async () => {
      opened = await database.open();
      store = opened.store;
    });
    afterAll(() => opened?.close());
    beforeEach(() => emptyStore(opened.pool));

    let uid = 0;
    const accept = (caseIds: readonly string[]) =>
      store.accept(
        'support',
        caseIds.map((caseId) => {
          uid += 1;
          return mailOf(caseId, { location: { ...mailOf(caseId).location, uid } });
        }),
        cursor,
      );
    const names = (count: number, word = 'case') =>
      Array.from({ length: count }, (_, n) => `${word}-${String(n).padStart(2, '0')}`);
    /** To addresses of one domain, each under a key of its own. */
    const repliesTo = (
      caseIds: readonly string[],
      address: (n: number) => string,
      allowance: Partial<ReplyAllowance>,
    ) =>
      caseIds.map((caseId, n): CaseRecord => {
        const record = replyRecord(caseId, `key of ${caseId}`, address(n));
        if (record.reply === undefined) return record;
        return { ...record, reply: { ...record.reply, allowance: { ...anyNumber, ...allowance } } };
      });
    const saveAll = (records: readonly CaseRecord[], where: Store = store) =>
      Promise.all(records.map((record) => where.saveDecision(record)));
    const countOf = (outcomes: readonly string[], outcome: string) =>
      outcomes.filter((one) => one === outcome).length;

    describe('saving', () => {
      test('of two replies under one key one is saved, and nothing of the other', async () => {
        await accept(['one', 'two']);
        const outcomes = await saveAll([replyRecord('one', 'key'), replyRecord('two', 'key')]);
        expect(outcomes).toEqual(['saved', 'outrun']);
        expect(await store.findCase('two')).toBeUndefined();
        expect((await store.findMail('two'))?.state).toBe('accepted');
      });

      test.each([
        ['an address', () => 'ana@contoso.example', { toAddressLastDay: 2 }],
        ['a domain', (n: number) => `a${n}@contoso.example`, { toDomainLastHour: 2 }],
        ['a mailbox', (n: number) => `a@x${n}.example`, { fromMailboxLastHour: 2 }],
      ] as const)(
        '%s gets no more than its limit, those saved together included',
        async (_what, address, allowance) => {
          const ids = names(8);
          await accept(ids);
          const outcomes = await saveAll(repliesTo(ids, address, allowance));
          expect([countOf(outcomes, 'saved'), countOf(outcomes, 'outrun')]).toEqual([3, 5]);
          const again = await saveAll(repliesTo(ids.slice(3), address, allowance));
          expect(countOf(again, 'saved')).toBe(0);
        },
      );

      test('nor when two processes save many at once', async () => {
        const another = await opened.again?.();
        if (another === undefined) return;
        try {
          const ids = names(40);
          await accept(ids);
          const records = repliesTo(ids, (n) => `a${n}@contoso.example`, { toDomainLastHour: 6 });
          const both = await Promise.all([
            saveAll(records.filter((_, n) => n % 2 === 0)),
            saveAll(
              records.filter((_, n) => n % 2 === 1),
              another.store,
            ),
          ]);
          expect(countOf(both.flat(), 'saved')).toBe(7);
        } finally {
          await another.store.close();
        }
      });

      test('two processes that decide about the same mails save each once', async () => {
        const another = (await opened.again?.()) ?? opened;
        try {
          const ids = names(30);
          await accept(ids);
          const records = ids.map((id, n) =>
            n % 3 === 0
              ? replyRecord(id, id)
              : recordOf(id, n % 3 === 1 ? ignoreDecision : reviewDecision()),
          );
          const both = await Promise.all([saveAll(records), saveAll(records, another.store)]);
          for (const [n, id] of ids.entries())
            expect(both.map((outcomes) => outcomes[n]).toSorted(), id).toEqual([
              'already-decided',
              'saved',
            ]);
        } finally {
          if (another !== opened) await another.store.close();
        }
      });

      test('a hold keeps its mailbox’s replies back, and no other decision', async () => {
        await accept(['one', 'two']);
        await opened.pool.query(
          `insert into holds (kind, name, at, detail) values ('mailbox', 'support', now(), 'paused')`,
        );
        const outcomes = await saveAll([
          replyRecord('one', 'key'),
          recordOf('two', reviewDecision()),
        ]);
        expect(outcomes).toEqual(['outrun', 'saved']);
      });

      test('a decision about a mail that nobody took in fails alone', async () => {
        const ids = names(4);
        await accept(ids);
        const outcomes = await Promise.allSettled(
          [...ids.slice(0, 2), 'nowhere', ...ids.slice(2)].map((id) =>
            store.saveDecision(replyRecord(id, id)),
          ),
        );
        expect(outcomes.map(({ status }) => status)).toEqual([
          'fulfilled',
          'fulfilled',
          'rejected',
          'fulfilled',
          'fulfilled',
        ]);
        for (const id of ids) expect((await store.findCase(id))?.reply?.state).toBe('pending');
      });

      test('an ignored mail leaves its line and nothing else, among others', async () => {
        await accept(['one', 'two']);
        await saveAll([recordOf('one', ignoreDecision), recordOf('two', reviewDecision())]);
        expect(await store.findMail('one')).toMatchObject({ state: 'finished' });
        expect((await store.findMail('one'))?.raw).toBeUndefined();
        expect((await store.findMail('two'))?.raw).toBeDefined();
      });
    });

    describe('claiming what is fresh', () => {
      const claim = { at: later(5), decidedAfter: later(-1) };
      const decided = async (caseId: string, record = replyRecord(caseId, caseId)) => {
        await accept([caseId]);
        expect(await store.saveDecision(record)).toBe('saved');
      };

      test('gives each reply to one, with what was decided', async () => {
        await decided('one');
        const both = await Promise.all([
          store.claimFresh('one', claim),
          store.claimFresh('one', claim),
        ]);
        expect(both.filter((one) => one !== undefined)).toEqual([
          {
            reply: replyRecord('one', 'one').reply?.content,
            attempt: 1,
            decision: replyDecision,
            receivedAt: expect.any(Date),
          },
        ]);
        expect(await store.claimReply('one', noon)).toEqual({ status: 'interrupted' });
      });

      test('leaves what may have an objection: old, held, begun by us, claimed, or none', async () => {
        await decided('old');
        expect(await store.claimFresh('old', { ...claim, decidedAfter: noon })).toBeUndefined();
        await decided('own', {
          ...replyRecord('own', 'own'),
          decision: { ...replyDecision, scenario: 'reminder' },
        });
        expect(await store.claimFresh('own', claim)).toBeUndefined();
        await decided('claimed');
        await store.claimReply('claimed', noon);
        expect(await store.claimFresh('claimed', claim)).toBeUndefined();
        await decided('held', replyRecord('held', 'held', 'away@contoso.example'));
        await opened.pool.query(
          `insert into holds (kind, name, at, detail) values ('address', 'away@contoso.example', now(), 'x')`,
        );
        expect(await store.claimFresh('held', claim)).toBeUndefined();
        expect(await store.claimFresh('nowhere', claim)).toBeUndefined();
        for (const id of ['old', 'own', 'held'])
          expect((await store.findCase(id))?.reply, id).toMatchObject({
            state: 'pending',
            attempts: 0,
          });
      });

      test('settles each as it went, with its follow-up', async () => {
        const ids = names(5);
        for (const id of ids) await decided(id);
        await Promise.all(ids.map((id) => store.claimFresh(id, claim)));
        await Promise.all(
          ids.map((id, n) =>
            store.settleReply(id, {
              state: 'sent',
              at: later(n),
              response: `250 ${id}`,
              ...(n % 2 === 0 && { followUp: { customerId: 'C-1', dueAt: later(100 + n) } }),
            }),
          ),
        );
        for (const [n, id] of ids.entries()) {
          const found = await store.findCase(id);
          expect(found?.reply).toMatchObject({
            state: 'sent',
            settledAt: later(n),
            response: `250 ${id}`,
          });
          expect(found?.followUp?.dueAt).toEqual(n % 2 === 0 ? later(100 + n) : undefined);
        }
      });
    });

    describe('reading mails', () => {
      test('what was just taken in, what is read back and what is large are the same', async () => {
        const large = new Uint8Array(smallMailBytesMax + 1).fill(65);
        const ids = ['small', 'large', 'another'];
        await store.accept(
          'support',
          ids.map((caseId, n) => ({
            ...mailOf(caseId, { location: { ...mailOf(caseId).location, uid: n + 1 } }),
            ...(caseId === 'large' && { raw: large, sizeBytes: large.byteLength }),
          })),
          cursor,
        );
        const read = () => Promise.all([...ids, 'nowhere'].map((id) => store.findMail(id)));
        const fromMemory = await read();
        const readBack = await read();
        expect(fromMemory.map((mail) => mail?.raw?.byteLength)).toEqual([
          mailOf('small').raw.byteLength,
          large.byteLength,
          mailOf('another').raw.byteLength,
          undefined,
        ]);
        for (const [n, mail] of fromMemory.entries()) {
          const { raw: before, ...line } = mail ?? {};
          const { raw: after, ...lineAfter } = readBack[n] ?? {};
          expect(lineAfter).toEqual(line);
          expect(Buffer.from(after ?? []).equals(Buffer.from(before ?? []))).toBe(true);
        }
        expect(fromMemory[0]?.watchingSince).toEqual(noon);
      });

      test('a mail that is taken in again keeps what it said first', async () => {
        await accept(['one']);
        await store.accept(
          'support',
          [mailOf('one', { raw: new TextEncoder().encode('another'), sizeBytes: 7 })],
          cursor,
        );
        expect(Buffer.from((await store.findMail('one'))?.raw ?? []).toString('latin1')).toContain(
          'Subject: one',
        );
      });

      test('only small mails are to be handled together, and marks', async () => {
        const large = new Uint8Array(smallMailBytesMax + 1);
        await accept(['small', 'decided']);
        await store.saveDecision(recordOf('decided', reviewDecision()));
        const location = { ...mailOf('large').location, uid: 99 };
        await store.accept(
          'support',
          [mailOf('large', { location, raw: large, sizeBytes: large.byteLength })],
          cursor,
        );
        const jobs = await store.unfinishedJobs(['support'], 10);
        expect(new Map(jobs.map((job) => [job.caseId, job.together]))).toEqual(
          new Map([
            ['small', true],
            ['decided', true],
            ['large', undefined],
          ]),
        );
      });
    });
  });
}
