/**
 * The store over every database: forgetting what is old, and what a person asks to have forgotten, without forgetting
 * that anybody was answered.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Customer } from '../../src/core/customer.ts';
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

/** RFC 3464: a report that the reply could not be delivered. */
function deliveryReport(messageId: string, recipient: string): Buffer {
  return Buffer.from(
    [
      'Return-Path: <>',
      'From: MAILER-DAEMON@mx.contoso.example',
      'To: support@partner.example',
      'Subject: Undelivered Mail Returned to Sender',
      'Message-ID: <report@mx.contoso.example>',
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
      '',
      '--b',
      '',
      `<${recipient}>: user unknown`,
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.contoso.example',
      '',
      `Final-Recipient: rfc822; ${recipient}`,
      'Action: failed',
      'Status: 5.1.1',
      `Diagnostic-Code: smtp; 550 5.1.1 <${recipient}> user unknown`,
      '',
      '--b',
      'Content-Type: text/rfc822-headers',
      '',
      `Message-ID: ${messageId}`,
      '',
      '--b--',
      '',
    ].join('\r\n'),
  );
}

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

    test('whoever got a general answer is not named by its key, and is known by it', async () => {
      const unknown = () =>
        forwardOf('nobody', { from: 'eve@stranger.example', id: `e${desk.sent.length}` });
      await desk.take(unknown());
      await desk.run();
      expect(desk.sent).toHaveLength(1);
      await erase(
        'eve@stranger.example',
        (await kept()).map((one) => one.caseId),
      );
      expect(await dump()).not.toMatch(/eve|stranger/);
      await desk.take(unknown());
      await desk.run();
      expect(desk.sent).toHaveLength(1);
    });

    test('a reply of which nothing is left and that comes back names nobody, and holds nobody', async () => {
      const caseId = await answered();
      await forget(daysLater(731));
      const report = await desk.take(
        deliveryReport(desk.sent[0]?.messageId ?? '', 'ana@contoso.example'),
      );
      desk.now = daysLater(731);
      await desk.run();
      expect((await store.findCase(report))?.decision.bounce?.caseId).toBe(caseId);
      expect(await store.findCase(caseId)).toMatchObject({
        reason: 'review-undeliverable',
        reply: { state: 'undeliverable' },
      });
      expect(JSON.stringify(await store.findCase(caseId))).not.toContain('ana@');
      expect(await store.listHolds()).toEqual([]);
    });

    /** Everything that stands in the tables, as text. */
    const dump = async (): Promise<string> => {
      const tables = [
        'mails',
        'locations',
        'cases',
        'replies',
        'holds',
        'customers',
        'customer_keys',
        'customer_changes',
        'follow_ups',
      ];
      const texts: string[] = [];
      for (const table of tables) {
        const { rows } = await opened.pool.query<{ line: string }>(
          `select t::text as line from responder.${table} t`,
        );
        texts.push(...rows.map((row) => row.line));
      }
      return texts.join('\n');
    };

    const erase = (
      address: string,
      caseIds: readonly string[],
      recordCaseIds: readonly string[] = [],
    ) => store.erasePerson({ address, at: daysLater(1), by: 'maria', caseIds, recordCaseIds });

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

    test('of a person whom only the record of a case names that record, not the case', async () => {
      const bob = 'bob@contoso.example';
      const contacts = [...readyCustomer('contoso').contacts, { name: 'Bob', address: bob }];
      await store.importCustomers([{ ...readyCustomer('contoso'), contacts }], {
        dryRun: false,
        at: noon,
        origin: byTest,
      });
      const caseId = await answered();
      await erase(bob, [], [caseId]);
      const stored = await store.findCase(caseId);
      expect(stored?.reply?.content.text).toContain('Fabrikam');
      expect(stored?.decision.match?.customer.contacts).toHaveLength(1);
      expect(await dump()).not.toMatch(/bob@/i);
      expect((await store.findMail(caseId))?.raw).toBeDefined();
    });

    test('a case that names the person by its own contents meanwhile is emptied', async () => {
      const caseId = await answered();
      await erase('ana@contoso.example', [], [caseId]);
      expect((await store.findCase(caseId))?.subject).toBe('');
      expect(await dump()).not.toContain('ana@contoso');
    });

    test('what an import writes before the record is erased stays', async () => {
      const seen: Customer[] = [];
      for await (const one of store.eachRecordNaming('ana@contoso.example')) seen.push(one);
      const [found] = seen;
      const subscriptions = found?.subscriptions.map((one) => ({
        ...one,
        advisorStatus: 'cancelled' as const,
      }));
      await store.importCustomers(
        [{ ...readyCustomer('contoso'), subscriptions: subscriptions ?? [] }],
        {
          dryRun: false,
          at: noon,
          origin: byTest,
        },
      );
      await erase('ana@contoso.example', []);
      expect(await store.findCustomer('contoso')).toMatchObject({
        contacts: [],
        subscriptions: [{ advisorStatus: 'cancelled' }],
      });
    });

    test('holds of others and Message-IDs of ignored mails forget the address too', async () => {
      const caseId = await answered('fabrikam');
      const { messageId = '' } = desk.sent[0] ?? {};
      await desk.take(deliveryReport(messageId, 'ana@contoso.example'));
      await desk.take(
        Buffer.from('Message-ID: <1.ana@contoso.example>\r\nSubject: lunch\r\n\r\nhi\r\n'),
      );
      await desk.run();
      expect(await store.listHoldsNaming('ana@contoso.example')).toHaveLength(1);
      await erase(
        'ana@contoso.example',
        (await kept()).map((one) => one.caseId),
      );
      expect(await store.listHolds()).toMatchObject([
        { name: 'ana@fabrikam.example', detail: '[erased]', caseId },
      ]);
      expect(await dump()).not.toContain('ana@contoso');
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
