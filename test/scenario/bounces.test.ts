/**
 * A reply that comes back, on the whole pipeline over a real store: its case says so, its address is held, and
 * the desk is asked instead of anybody being written to again.
 */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StoredCase } from '../../src/ports.ts';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { byTest } from '../support/origin.ts';
import {
  forwardOf,
  noon,
  openPipelineDesk,
  type PipelineDesk,
  readyCustomer,
} from '../support/pipeline-desk.ts';

let opened: OpenedStore;
let desk: PipelineDesk;
beforeAll(async () => {
  opened = await openStore({ dataDir: ':memory:' });
  const names = ['back', 'late', 'text', 'person'];
  await opened.store.importCustomers(names.map(readyCustomer), {
    dryRun: false,
    at: noon,
    origin: byTest,
  });
  desk = await openPipelineDesk(opened.store);
  desk.perHour = 100;
});
afterAll(() => opened.store.close());

async function answer(raw: Buffer): Promise<StoredCase> {
  const caseId = await desk.take(raw);
  await desk.run();
  const found = await opened.store.findCase(caseId);
  if (found === undefined) throw new Error('the mail has no case');
  return found;
}

/** A report in the form of a server, about the reply of a case, with an identity of its own. */
function report(name: string, { reply }: StoredCase, serial: string): Buffer {
  const text = readFileSync(new URL(`../fixtures/bounces/${name}.eml`, import.meta.url), 'utf8');
  return Buffer.from(
    text.replaceAll('{id}', reply?.content.messageId ?? '').replace('<report-1@', `<${serial}@`),
  );
}

test('a reply that comes back: its case says so, and nobody is written to again by itself', async () => {
  const first = await answer(forwardOf('back'));
  expect(first).toMatchObject({ action: 'reply', reply: { state: 'sent' } });
  const bounce = await answer(report('exchange_2019_report_html', first, 'back'));
  expect(bounce).toMatchObject({
    action: 'suppress',
    reason: 'suppressed-bounce-of-reply',
    relatedCaseId: first.caseId,
  });
  expect(await opened.store.findCase(first.caseId)).toMatchObject({
    action: 'review',
    reason: 'review-undeliverable',
    followUps: [bounce.caseId],
    reply: { state: 'undeliverable', response: expect.stringContaining('5.1.10') },
  });
  expect(await opened.store.listHolds()).toMatchObject([
    { kind: 'address', name: 'ana@back.example', caseId: first.caseId },
  ]);
  const again = await answer(forwardOf('back', { id: 'again' }));
  expect(again).toMatchObject({ action: 'review', reason: 'review-undeliverable-address' });
  expect(desk.sent).toHaveLength(1);
});

test('a report that it is late changes nothing, and the final one does', async () => {
  const first = await answer(forwardOf('late'));
  const delayed = await answer(report('postfix_3_report_delayed', first, 'late-1'));
  expect(delayed).toMatchObject({ action: 'suppress', relatedCaseId: first.caseId });
  expect(await opened.store.findCase(first.caseId)).toMatchObject({ action: 'reply' });
  await answer(report('postfix_3_report_expired', first, 'late-2'));
  expect(await opened.store.findCase(first.caseId)).toMatchObject({
    reason: 'review-undeliverable',
  });
});

test('a report in words only, as old servers write it, is as good', async () => {
  const first = await answer(forwardOf('text'));
  await answer(report('qmail_1_text', first, 'text'));
  expect(await opened.store.findCase(first.caseId)).toMatchObject({
    reason: 'review-undeliverable',
  });
});

test('an answer that quotes the reply belongs to its case, and marks nothing', async () => {
  const first = await answer(forwardOf('person'));
  const sent = desk.sent.at(-1);
  const thanks = await answer(
    Buffer.from(
      [
        'Authentication-Results: mx.partner.example; dmarc=pass header.from=person.example',
        'From: ana@person.example',
        'To: support@partner.example',
        `Subject: Re: ${sent?.subject}`,
        'Message-ID: <thanks@person.example>',
        `In-Reply-To: ${sent?.messageId}`,
        'MIME-Version: 1.0',
        'Content-Type: text/plain; charset=utf-8',
        '',
        'Delivery of the licenses failed permanently, we think. 550?',
      ].join('\r\n'),
    ),
  );
  expect(thanks).toMatchObject({
    action: 'suppress',
    reason: 'suppressed-answer-to-reply',
    relatedCaseId: first.caseId,
  });
  expect(await opened.store.findCase(first.caseId)).toMatchObject({
    action: 'reply',
    followUps: [thanks.caseId],
  });
});
