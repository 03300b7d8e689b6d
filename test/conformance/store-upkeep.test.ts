/**
 * The store over every database: forgetting what is old, and what a person asks to have forgotten, without forgetting
 * that anybody was answered.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withoutContact } from '../../src/core/person.ts';
import { upkeep } from '../../src/pipeline/upkeep.ts';
import type { KeptCase } from '../../src/ports/privacy.ts';
import { byTest } from '../support/origin.ts';
import {
  forwardOf,
  noon,
  openPipelineDesk,
  type PipelineDesk,
  readyCustomer,
  silent,
} from '../support/pipeline-desk.ts';
import { databases, emptyStore, type OpenedDatabase } from './databases.ts';

const dayMs = 24 * 3_600_000;
const daysLater = (days: number) => new Date(noon.getTime() + days * dayMs);

for (const database of databases) {
  describe.skipIf(database.isMissing)(`forgetting, in the store on ${database.name}`, () => {
    let opened: OpenedDatabase;
    let store: OpenedDatabase['store'];
    let desk: PipelineDesk;

    beforeAll(async () => {
      opened = await database.open();
      store = opened.store;
    });
    afterAll(() => opened?.close());
    beforeEach(async () => {
      await emptyStore(opened.pool);
      desk = await openPipelineDesk(store);
      desk.followUp = { afterDays: 0, remind: false };
      await store.importCustomers([readyCustomer('contoso'), readyCustomer('fabrikam')], {
        dryRun: false,
        at: noon,
        origin: byTest,
      });
    });

    const answered = async (name = 'contoso'): Promise<string> => {
      const caseId = await desk.take(forwardOf(name));
      await desk.run();
      return caseId;
    };
    const forget = (now: Date, retention = { rawDays: 90, caseDays: 730 }) =>
      upkeep(
        { store, clock: { now: () => now }, log: silent, mailboxes: ['support'], retention },
        new AbortController().signal,
      );
    const kept = async (): Promise<readonly KeptCase[]> => {
      const found: KeptCase[] = [];
      for await (const one of store.eachKeptCase()) found.push(one);
      return found;
    };

    test('the raw mail goes first, its case stays readable', async () => {
      const caseId = await answered();
      await forget(daysLater(89));
      expect((await store.findMail(caseId))?.raw).toBeDefined();
      await forget(daysLater(91));
      expect((await store.findMail(caseId))?.raw).toBeUndefined();
      expect((await store.findCase(caseId))?.reply?.content.text).toContain('Fabrikam');
    });

    test('contents go later, and what is left names nobody', async () => {
      const caseId = await answered();
      await forget(daysLater(731));
      const stored = await store.findCase(caseId);
      expect(stored).toMatchObject({
        action: 'reply',
        customerId: 'contoso',
        subject: '',
        reply: { state: 'sent', content: { to: { address: '' }, text: '', html: '' } },
      });
      expect(JSON.stringify(stored)).not.toMatch(/ana@|Ana|lose access/);
      expect(await store.listReplied(10)).toEqual([]);
    });

    test('who was answered before is not answered again', async () => {
      await answered();
      await forget(daysLater(731));
      desk.now = daysLater(731);
      await desk.take(forwardOf('contoso', { id: 'again' }));
      await desk.run();
      expect(desk.sent).toHaveLength(1);
    });

    test('the same mail, seen again, is known', async () => {
      const caseId = await answered();
      await forget(daysLater(731));
      expect(await desk.take(forwardOf('contoso'))).toBe('');
      expect((await store.findMail(caseId))?.state).toBe('finished');
    });

    test('nothing of what is not finished', async () => {
      const waiting = await desk.take(forwardOf('contoso'));
      desk.submit = async () => ({ outcome: 'refused', permanent: false, response: '451 later' });
      const pending = await desk.take(forwardOf('fabrikam'));
      const later = desk.queue.splice(0, 1);
      await desk.run();
      await forget(daysLater(1_000));
      expect((await store.findMail(waiting))?.raw).toBeDefined();
      expect((await store.findMail(pending))?.raw).toBeDefined();
      expect((await store.findCase(pending))?.reply?.content.to.address).toBe(
        'ana@fabrikam.example',
      );
      expect(later).toHaveLength(1);
    });

    test('nothing at all with 0 days', async () => {
      const caseId = await answered();
      await forget(daysLater(9_999), { rawDays: 0, caseDays: 0 });
      expect((await store.findMail(caseId))?.raw).toBeDefined();
      expect((await store.findCase(caseId))?.subject).not.toBe('');
    });

    test('a reply that is followed up stays until that has ended', async () => {
      desk.followUp = { afterDays: 365, remind: false };
      const caseId = await answered();
      await forget(daysLater(400), { rawDays: 30, caseDays: 30 });
      expect((await store.findCase(caseId))?.subject).not.toBe('');
    });

    test('an answer to a reply of which nothing is left is still known as one', async () => {
      await answered();
      const [reply] = desk.sent;
      await forget(daysLater(731));
      desk.now = daysLater(731);
      const raw = Buffer.from(
        [
          'Authentication-Results: mx.partner.example; dmarc=pass header.from=contoso.example',
          'From: ana@contoso.example',
          'To: support@partner.example',
          'Subject: Re: hello',
          'Message-ID: <answer@contoso.example>',
          `In-Reply-To: ${reply?.messageId}`,
          '',
          'Thank you!',
          '',
        ].join('\r\n'),
      );
      const answer = await desk.take(raw);
      await desk.run();
      expect((await store.findCase(answer))?.reason).toBe('suppressed-answer-to-reply');
    });

    const erase = async (address: string, caseIds: readonly string[]) => {
      const records = [];
      for await (const before of store.eachRecordNaming(address)) {
        const after = withoutContact(before, address);
        if (after !== undefined) records.push({ before, after });
      }
      await store.erasePerson({ address, at: daysLater(1), by: 'maria', caseIds, records });
    };

    test('a person: the cases, the contact, its history and its hold; nobody else', async () => {
      const caseId = await answered();
      const other = await answered('fabrikam');
      const renamed = {
        ...readyCustomer('contoso'),
        contacts: [
          { name: 'Ana Again', address: 'ana@contoso.example' },
          { name: 'Bob', address: 'bob@contoso.example' },
        ],
      };
      await store.importCustomers([renamed], { dryRun: false, at: noon, origin: byTest });
      expect(await store.listHistoryNaming('ana@contoso.example')).toHaveLength(1);
      await erase('ana@contoso.example', [caseId]);
      const customer = await store.findCustomer('contoso');
      expect(customer?.contacts).toEqual([{ name: 'Bob', address: 'bob@contoso.example' }]);
      expect(
        await store.findCandidates({
          subscriptionIds: [],
          tenantIds: [],
          domains: [],
          addresses: ['ana@contoso.example'],
          organizations: [],
        }),
      ).toEqual([]);
      expect(await store.listHistoryNaming('ana@contoso.example')).toEqual([]);
      expect(JSON.stringify(await store.listHistory('contoso', 10))).not.toMatch(/Ana/);
      expect((await kept()).map((one) => one.caseId)).toEqual([other]);
      expect((await store.findCase(caseId))?.messageId).toBeUndefined();
    });

    test('a person who was erased and writes again is not answered twice', async () => {
      const caseId = await answered();
      await erase('ana@contoso.example', [caseId]);
      await store.importCustomers([readyCustomer('contoso')], {
        dryRun: false,
        at: noon,
        origin: byTest,
      });
      await desk.take(forwardOf('contoso', { id: 'again' }));
      await desk.run();
      expect(desk.sent).toHaveLength(1);
    });
  });
}
