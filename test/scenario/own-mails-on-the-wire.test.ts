/**
 * Mails that we begin ourselves, in every language that ships, through the real pipeline and over a real socket:
 * generated and not a reply, with a return path on which a bounce comes home, and our signature.
 */
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { verifyOwnMessageId } from '../../src/core/message-id.ts';
import { openSubmission } from '../../src/edges/submission.ts';
import { followUps } from '../../src/pipeline/follow-up.ts';
import { outreach } from '../../src/pipeline/outreach.ts';
import type { Submission } from '../../src/ports.ts';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { emptyStore } from '../conformance/databases.ts';
import { byTest } from '../support/origin.ts';
import {
  forwardOf,
  noon,
  openPipelineDesk,
  readyCustomer,
  silent,
} from '../support/pipeline-desk.ts';
import { expectReplyForm } from '../support/reply-contract.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

let opened: OpenedStore;
let sink: SmtpSink;
let submission: Submission;
beforeAll(async () => {
  opened = await openStore({ dataDir: ':memory:' });
  sink = await startSmtpSink();
  submission = openSubmission(
    { host: '127.0.0.1', port: sink.port, secure: false, timeoutSeconds: 20 },
    { log: silent },
  );
});
afterAll(async () => {
  await submission.close();
  await sink.close();
  await opened.store.close();
});
beforeEach(() => emptyStore(opened.pool));

const key = 'a key of the tests, no secret';

/** A desk that sends over the socket, and one customer of a language. */
async function ready(name: string, locale: string) {
  const base = readyCustomer(name);
  const contacts = [{ name: 'Añá Müller', address: `ana@${name}.example` }];
  await opened.store.importCustomers([{ ...base, locale, contacts }], {
    dryRun: false,
    at: noon,
    origin: byTest,
  });
  const desk = await openPipelineDesk(opened.store);
  desk.submit = (reply) => submission.submit(reply, desk.now);
  return desk;
}

const form = { from: 'support@partner.example', own: true };

test.each(['en', 'de', 'fr'])('a reminder in %s', async (locale) => {
  const name = `reminder-${locale}`;
  const desk = await ready(name, locale);
  await desk.take(forwardOf(name));
  await desk.run();
  const reply = sink.mails.at(-1);
  desk.now = new Date(noon.getTime() + 8 * 24 * 3_600_000);
  await followUps(desk.parts);
  await desk.run();
  const mail = sink.mails.at(-1);
  if (mail === undefined || reply === undefined) throw new Error('nothing arrived');
  const before = expectReplyForm(reply, { to: `ana@${name}.example`, references: true });
  const values = expectReplyForm(mail, { ...form, to: `ana@${name}.example` });
  expect(values).toMatchObject({
    'In-Reply-To': before['Message-ID'],
    References: `${before['In-Reply-To']} ${before['Message-ID']}`,
  });
  expect(verifyOwnMessageId(values['Message-ID'] ?? '', key)).toBe(
    values['X-Transition-Responder'],
  );
  const parsed = await simpleParser(mail.octets);
  expect(parsed.to).toMatchObject({ value: [{ name: 'Añá Müller' }] });
  expect(parsed.text).toContain('https://admin.microsoft.com');
});

test.each(['en', 'de', 'fr'])('word ahead of the notice in %s', async (locale) => {
  const name = `outreach-${locale}`;
  const desk = await ready(name, locale);
  const before = sink.mails.length;
  const options = { mailbox: 'support', send: true, isStopped: () => false };
  for await (const { outcome } of outreach(desk.parts, options)) expect(outcome.kind).toBe('sent');
  const mail = sink.mails[before];
  if (mail === undefined) throw new Error('nothing arrived');
  const values = expectReplyForm(mail, {
    ...form,
    to: `ana@${name}.example`,
    inReplyTo: false,
    references: false,
  });
  expect(verifyOwnMessageId(values['Message-ID'] ?? '', key)).toMatch(/^o/);
  const parsed = await simpleParser(mail.octets);
  expect(parsed.text?.replaceAll(/\s+/g, ' ')).toContain('You’re about to lose access');
});

test('a return path of the settings is used as it is', async () => {
  const desk = await ready('own-path', 'en');
  const parts = desk.parts;
  const desks = new Map(
    [...parts.desks].map(([name, one]) => [
      name,
      { ...one, sender: { ...one.sender, envelopeFrom: 'bounces@partner.example' } },
    ]),
  );
  const options = { mailbox: 'support', send: true, isStopped: () => false };
  for await (const { outcome } of outreach({ ...parts, desks }, options))
    expect(outcome.kind).toBe('sent');
  expect(sink.mails.at(-1)?.from).toBe('bounces@partner.example');
});
