/**
 * The store over every database: taking mails in, deciding, and what is left to do after a crash.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { IntakeMail, Store } from '../../src/ports.ts';
import { migrations } from '../../src/store/migrations/table.ts';
import { databases, emptyStore, type OpenedDatabase } from './databases.ts';
import {
  cursor,
  ignoreDecision,
  later,
  mailOf,
  noon,
  recordOf,
  replyDecision,
  replyRecord,
  replyTo,
  reviewDecision,
} from './samples.ts';

for (const database of databases) {
  describe.skipIf(database.isMissing)(`the store on ${database.name}`, () => {
    let opened: OpenedDatabase;
    let store: Store;

    beforeAll(async () => {
      opened = await database.open();
      store = opened.store;
    });
    afterAll(() => opened?.close());
    beforeEach(() => emptyStore(opened.pool));

    const accept = (...mails: IntakeMail[]) => store.accept('support', mails, cursor);

    describe('taking in', () => {
      test('keeps mail and cursor as they came', async () => {
        expect(await store.findCursor('support')).toBeUndefined();
        const mail = mailOf('one');
        expect(await accept(mail)).toEqual(['one']);
        expect(await store.findCursor('support')).toEqual(cursor);
        const found = await store.findMail('one');
        expect(found).toMatchObject({
          caseId: 'one',
          mailbox: 'support',
          state: 'accepted',
          sizeBytes: mail.sizeBytes,
          complete: true,
          receivedAt: noon,
        });
        expect(Buffer.from(found?.raw ?? []).equals(Buffer.from(mail.raw))).toBe(true);
      });

      test('keeps every byte of a mail of many megabytes', async () => {
        const raw = Buffer.alloc(12 * 1024 * 1024, 0);
        for (let index = 0; index < raw.length; index += 251) raw[index] = index % 256;
        await accept(mailOf('big', { raw }), mailOf('small'));
        const found = await store.findMail('big');
        expect(raw.equals(Buffer.from(found?.raw ?? []))).toBe(true);
      });

      test('takes a mail that is given twice in only once', async () => {
        expect(await accept(mailOf('one'), mailOf('one'))).toEqual(['one']);
        expect(await accept(mailOf('one'), mailOf('two'))).toEqual(['two']);
      });

      test('takes a mail that two watchers give at once in only once', async () => {
        for (let round = 0; round < 20; round++) {
          const ids = [`a${round}`, `b${round}`, `c${round}`];
          const both = await Promise.all([
            accept(...ids.map((id) => mailOf(id))),
            accept(...ids.toReversed().map((id) => mailOf(id))),
          ]);
          expect(both.flat().toSorted()).toEqual(ids);
        }
      });

      test('a mail that was renumbered only gains a location', async () => {
        await accept(mailOf('one'));
        await store.saveDecision(recordOf('one', reviewDecision()));
        const location = {
          mailbox: 'support',
          path: 'INBOX',
          uidValidity: '8',
          uid: 4_294_967_294,
        };
        expect(await accept(mailOf('one', { location }))).toEqual([]);
        const found = await store.findCase('one');
        expect(found?.mailState).toBe('decided');
        expect(found?.locations).toEqual([mailOf('one').location, location]);
      });

      test('no mails move the cursor too', async () => {
        expect(await store.accept('support', [], { ...cursor, nextUid: 4_294_967_295 })).toEqual(
          [],
        );
        expect((await store.findCursor('support'))?.nextUid).toBe(4_294_967_295);
        expect(await store.findCursor('other')).toBeUndefined();
      });

      test('neither mails nor cursor are kept when one of them fails', async () => {
        const broken = mailOf('two', { internalDate: new Date(Number.NaN) });
        await expect(accept(mailOf('one'), broken)).rejects.toMatchObject({ code: 'STORE_FAILED' });
        expect(await store.findMail('one')).toBeUndefined();
        expect(await store.findCursor('support')).toBeUndefined();
      });
    });

    describe('deciding', () => {
      test('reads a case back as it was saved, dates as dates', async () => {
        await accept(mailOf('one'));
        const proposal = replyTo('ana@contoso.example');
        const record = { ...replyRecord('one', 'key'), proposal };
        expect(await store.saveDecision(record)).toBe('saved');
        expect(await store.findCase('one')).toEqual({
          caseId: 'one',
          mailbox: 'support',
          messageId: '<one@contoso.example>',
          subject: record.subject,
          action: 'reply',
          reason: 'reply-instructions',
          scenario: 'cancel-portal',
          customerId: 'C-1',
          decision: replyDecision,
          decidedAt: noon,
          receivedAt: noon,
          mailState: 'decided',
          locations: [mailOf('one').location],
          followUps: [],
          proposal,
          reply: {
            state: 'pending',
            replyKey: 'key',
            content: record.reply?.content,
            attempts: 0,
          },
        });
      });

      test('a mail is decided once', async () => {
        await accept(mailOf('one'));
        expect(await store.saveDecision(recordOf('one', reviewDecision()))).toBe('saved');
        expect(await store.saveDecision(replyRecord('one', 'key'))).toBe('already-decided');
        expect((await store.findCase('one'))?.reply).toBeUndefined();
      });

      test('of two decisions about one mail at once, one is saved', async () => {
        await accept(mailOf('one'));
        const both = await Promise.all([
          store.saveDecision(replyRecord('one', 'key-1')),
          store.saveDecision(replyRecord('one', 'key-2')),
        ]);
        expect(both.toSorted()).toEqual(['already-decided', 'saved']);
      });

      test('a mail that was never taken in is a bug, not a case', async () => {
        await expect(store.saveDecision(replyRecord('none', 'key'))).rejects.toThrow(
          'never taken in',
        );
        expect(await store.findCase('none')).toBeUndefined();
      });

      test('of a hundred pairs that want one reply key at once, exactly one gets it each time', async () => {
        for (let round = 0; round < 100; round++) {
          const [a, b] = [`a${round}`, `b${round}`];
          await accept(mailOf(a), mailOf(b));
          const both = await Promise.all([
            store.saveDecision(replyRecord(a, `key-${round}`)),
            store.saveDecision(replyRecord(b, `key-${round}`)),
          ]);
          expect(both.toSorted()).toEqual(['outrun', 'saved']);
        }
      });

      test('when the reply key is taken, nothing is saved', async () => {
        await accept(mailOf('one'), mailOf('two'));
        await store.saveDecision(replyRecord('one', 'key'));
        expect(await store.saveDecision(replyRecord('two', 'key'))).toBe('outrun');
        expect(await store.findCase('two')).toBeUndefined();
        expect((await store.findMail('two'))?.state).toBe('accepted');
        expect((await store.findMail('two'))?.raw).toBeDefined();
      });

      test('an ignored mail leaves one line, without its content', async () => {
        await accept(mailOf('one'));
        expect(await store.saveDecision(recordOf('one', ignoreDecision))).toBe('saved');
        const mail = await store.findMail('one');
        expect(mail?.state).toBe('finished');
        expect(mail?.raw).toBeUndefined();
        const { rows } = await opened.pool.query('select count(*) from cases');
        expect(rows).toEqual([{ count: '0' }]);
        expect(await store.findCase('<one@contoso.example>')).toMatchObject({
          action: 'ignore',
          reason: 'ignored-not-a-notice',
          mailState: 'finished',
        });
        expect(await store.unfinishedJobs(['support', 'other', 'sales'], 10)).toEqual([]);
        // Seen again, it is still known.
        expect(await accept(mailOf('one'))).toEqual([]);
        expect(await store.saveDecision(recordOf('one', ignoreDecision))).toBe('already-decided');
      });

      test('text that PostgreSQL cannot hold does not keep a case from being saved', async () => {
        await accept(mailOf('one', { messageId: '<nul\u0000@x.example>' }));
        const decision = {
          ...reviewDecision(),
          evidence: [{ stage: 'parse', code: 'x', detail: 'nul \u0000 half \ud800 pair' }],
        };
        const record = { ...recordOf('one', decision), subject: 'a\u0000b\udc00' };
        expect(await store.saveDecision(record)).toBe('saved');
        const found = await store.findCase('one');
        expect(found?.subject).toBe('a\ufffdb\ufffd');
        expect(found?.decision.evidence[0]?.detail).toBe('nul \ufffd half \ufffd pair');
      });
    });

    describe('finding', () => {
      test('by case id, and by Message-ID with angle brackets or without', async () => {
        await accept(mailOf('one'));
        await store.saveDecision(recordOf('one', reviewDecision()));
        for (const asked of ['one', '<one@contoso.example>', ' one@contoso.example '])
          expect((await store.findCase(asked))?.caseId).toBe('one');
        expect(await store.findCase('two')).toBeUndefined();
        expect(await store.findMail('two')).toBeUndefined();
      });

      test('the newest of several mails with one Message-ID', async () => {
        const messageId = '<same@contoso.example>';
        const location = { ...mailOf('x').location, uid: 2 };
        await accept(
          mailOf('new', { messageId, location, internalDate: later(1000) }),
          mailOf('old', { messageId }),
        );
        await store.saveDecision(recordOf('new', reviewDecision()));
        await store.saveDecision(recordOf('old', reviewDecision()));
        expect((await store.findCase(messageId))?.caseId).toBe('new');
      });

      test('what waits for the desk, newest first', async () => {
        await accept(mailOf('a'), mailOf('b'), mailOf('c'));
        await store.saveDecision({ ...recordOf('a', reviewDecision()), decidedAt: later(1) });
        await store.saveDecision({ ...recordOf('b', reviewDecision()), decidedAt: later(2) });
        await store.saveDecision(replyRecord('c', 'key'));
        expect((await store.listWaiting(10)).map((one) => one.caseId)).toEqual(['b', 'a']);
        expect((await store.listWaiting(1)).map((one) => one.caseId)).toEqual(['b']);
      });

      test('an answer to our reply is shown to the desk; a newsletter is not', async () => {
        const { authentication, evidence } = reviewDecision();
        const silenced = (reason: 'suppressed-answer-to-reply' | 'suppressed-list') =>
          ({ action: 'suppress', reason, authentication, evidence }) as const;
        await accept(mailOf('answer'), mailOf('letter'));
        await store.saveDecision(recordOf('answer', silenced('suppressed-answer-to-reply')));
        await store.saveDecision(recordOf('letter', silenced('suppressed-list')));
        expect((await store.listWaiting(10)).map((one) => one.caseId)).toEqual(['answer']);
      });
    });

    describe('after a crash', () => {
      test('each state leads to the job that is due, oldest mail first', async () => {
        const names = ['handle', 'deliver', 'sending', 'sent', 'review', 'done', 'ignored'];
        const mails = names.map((name, index) =>
          mailOf(name, {
            internalDate: later(-index * 1000),
            location: { ...mailOf(name).location, uid: index + 1 },
          }),
        );
        await accept(...mails);
        for (const name of ['deliver', 'sending', 'sent', 'done'])
          await store.saveDecision(replyRecord(name, `key-${name}`));
        await store.saveDecision(recordOf('review', reviewDecision()));
        await store.saveDecision(recordOf('ignored', ignoreDecision));
        for (const name of ['sending', 'sent', 'done']) await store.claimReply(name, noon);
        for (const name of ['sent', 'done'])
          await store.settleReply(name, { state: 'sent', at: noon, response: '250 ok' });
        await store.finishMail('done');
        const due = [
          { kind: 'mark', caseId: 'review', mailbox: 'support' },
          { kind: 'mark', caseId: 'sent', mailbox: 'support' },
          { kind: 'deliver', caseId: 'sending', mailbox: 'support' },
          { kind: 'deliver', caseId: 'deliver', mailbox: 'support' },
          { kind: 'handle', caseId: 'handle', mailbox: 'support' },
        ];
        expect(await store.unfinishedJobs(['support', 'other', 'sales'], 10)).toMatchObject(due);
        // One of each kind, so that none has to wait behind the others.
        const kinds = (await store.unfinishedJobs(['support'], 1)).map(({ kind }) => kind);
        expect(kinds.toSorted()).toEqual(['deliver', 'handle', 'mark']);
        expect(await store.countUnsettled('support')).toBe(3);
        expect(await store.countUnsettled('other')).toBe(0);
      });

      test('an undecided mail cannot be finished, and so not lost', async () => {
        await accept(mailOf('one'));
        await store.finishMail('one');
        expect(await store.unfinishedJobs(['support', 'other', 'sales'], 10)).toMatchObject([
          { kind: 'handle', caseId: 'one', mailbox: 'support' },
        ]);
      });

      test('a reply is still due when its mail was finished too early', async () => {
        await accept(mailOf('one'));
        await store.saveDecision(replyRecord('one', 'key'));
        await store.finishMail('one');
        expect(await store.unfinishedJobs(['support', 'other', 'sales'], 10)).toMatchObject([
          { kind: 'deliver', caseId: 'one', mailbox: 'support' },
        ]);
      });
    });

    test('check names server and schema', async () => {
      const { server, schemaVersion } = await store.check();
      expect(server).toMatch(/PostgreSQL \d+/);
      expect(schemaVersion).toBe(Object.keys(migrations).at(-1));
    });
  });
}
