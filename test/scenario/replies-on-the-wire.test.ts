/**
 * Every scenario that replies, in every language that ships, through the real pipeline and over a real socket: the
 * reply that arrives has the fields of the contract, one recipient and our signature, and answers the mail.
 */

import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Customer, SubscriptionTransition } from '../../src/core/customer.ts';
import { type Scenario, scenarios } from '../../src/core/decision.ts';
import { verifyOwnMessageId } from '../../src/core/message-id.ts';
import { openSubmission } from '../../src/edges/submission.ts';
import type { Submission } from '../../src/ports.ts';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { makeDkimKey, verifyDkim } from '../support/dkim.ts';
import { byTest } from '../support/origin.ts';
import { noon, openPipelineDesk, readyCustomer, silent } from '../support/pipeline-desk.ts';
import { expectReplyForm } from '../support/reply-contract.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const key = makeDkimKey();
const dkim = { domain: 'partner.example', selector: 'desk', privateKey: key.pem };
let opened: OpenedStore;
let sink: SmtpSink;
let submission: Submission;
beforeAll(async () => {
  opened = await openStore({ dataDir: ':memory:' });
  sink = await startSmtpSink();
  submission = openSubmission(
    { host: '127.0.0.1', port: sink.port, secure: false, timeoutSeconds: 20, dkim },
    { log: silent },
  );
});
afterAll(async () => {
  await submission.close();
  await sink.close();
  await opened.store.close();
});

const locales = ['en', 'de', 'fr'] as const;
type Locale = (typeof locales)[number];

/** What the record must say for a scenario; absent: the record has no part in it, or nothing is sent. */
const situations: Partial<Record<Scenario, Partial<SubscriptionTransition>>> = {
  'approve-partner': { cspStatus: 'none' },
  'wait-for-csp': { cspStatus: 'ordered', cspLicensesAssigned: 0 },
  'cancel-portal': {},
  'cancel-phone': { licensesAssigned: 25, cspLicensesAssigned: 25 },
  'cancel-unknown-licenses': {},
  'stop-renewal': { billingAccount: 'mca', advisorEndsOn: '2026-12-14' },
  'already-cancelled': { advisorStatus: 'cancelled' },
  mixed: {},
  'already-answered': {},
};

function customerFor(scenario: Scenario, locale: Locale): Customer {
  const base = readyCustomer(`${scenario}-${locale}`);
  const [ready] = base.subscriptions;
  if (ready === undefined) throw new Error('the customer has a subscription');
  const { licensesAssigned: _count, ...uncounted } = ready;
  const counted = scenario === 'cancel-unknown-licenses' ? uncounted : ready;
  const first = { ...counted, ...situations[scenario] };
  const second = { ...ready, product: 'Visio Plan 2', cspStatus: 'ordered' as const };
  return {
    ...base,
    name: `Zürich & Søn „${scenario}“`,
    locale,
    contacts: [
      { name: 'Añá Müller-Łuć', address: base.contacts[0]?.address ?? '' },
      { address: `ben@${scenario}-${locale}.example` },
    ],
    ...(scenario === 'approve-partner'
      ? { partnerApproved: false, approvalLink: 'https://admin.microsoft.com/Adminportal/Home?x=1' }
      : {}),
    subscriptions: scenario === 'mixed' ? [first, second] : [first],
  };
}

const labels: Readonly<Record<Locale, readonly [string, string, string, string, string]>> = {
  en: ['From: ', 'Sent: ', 'To: ', 'Subject: ', 'Monday, November 23, 2026 8:00 AM'],
  de: ['Von: ', 'Gesendet: ', 'An: ', 'Betreff: ', 'Montag, 23. November 2026 08:00'],
  fr: ['De : ', 'Envoyé : ', 'À : ', 'Objet : ', 'lundi 23 novembre 2026 08:00'],
};
const title = 'You’re about to lose access to your Office 365 Subscription';

/** A forward by Outlook in a language; of an imitation where the scenario wants one. */
function forward(scenario: Scenario, locale: Locale, from: string): Buffer {
  const [sender, sent, to, subject, day] = labels[locale];
  const name = `${scenario}-${locale}`;
  const isFake = scenario === 'suspicious';
  const domain = from.split('@')[1] ?? '';
  return Buffer.from(
    [
      `Authentication-Results: mx.partner.example; dmarc=pass header.from=${domain}`,
      `From: =?utf-8?q?An=C3=A4?= <${from}>`,
      'To: support@partner.example',
      `Subject: =?utf-8?b?${Buffer.from(`WG: ${title}`).toString('base64')}?=`,
      `Message-ID: <${name}@${domain}>`,
      'References: <root@contoso.example>',
      'Cc: everybody@contoso.example',
      `Reply-To: eve@evil.example`,
      'Date: Mon, 23 Nov 2026 11:59:00 +0000',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      '',
      '________________________________',
      `${sender}Microsoft <microsoft-noreply@${isFake ? 'microsoft-billing.example' : 'microsoft.com'}>`,
      `${sent}${day}`,
      `${to}ana@${name}.example`,
      `${subject}${title}`,
      '',
      isFake ? 'Pay now to keep your data: https://pay.evil.example/microsoft' : title,
      `Domain: ${name}.example`,
      'Subscription name: Office 365 Business Premium',
      '',
    ].join('\r\n'),
  );
}

const generic: readonly Scenario[] = ['ask-for-details', 'suspicious'];
const cases = [...(Object.keys(situations) as Scenario[]), ...generic].flatMap((scenario) =>
  locales.map((locale) => [scenario, locale] as const),
);

test('these are all scenarios that reply', () => {
  const silentOnes: readonly Scenario[] = ['not-in-transition', 'transition-stopped'];
  // Nobody wrote what these answer: own-mails-on-the-wire.test.ts has them.
  const ownOnes: readonly Scenario[] = ['reminder', 'outreach'];
  const all = [...new Set(cases.map(([scenario]) => scenario)), ...silentOnes, ...ownOnes];
  expect(all.sort()).toEqual([...scenarios].sort());
});

test.each(cases)('%s in %s', async (scenario, locale) => {
  const isGeneric = generic.includes(scenario);
  const name = `${scenario}-${locale}`;
  const desk = await openPipelineDesk(opened.store);
  // The hours before do not count against this one.
  desk.now = new Date(
    noon.getTime() + cases.findIndex(([s, l]) => s === scenario && l === locale) * 3_600_000,
  );
  desk.submit = (reply) => submission.submit(reply, desk.now);
  await opened.store.importCustomers([customerFor(scenario, locale)], {
    dryRun: false,
    at: noon,
    origin: byTest,
  });
  const from = isGeneric ? `zoe@stranger-${name}.example` : `ana@${name}.example`;
  if (scenario === 'already-answered') {
    desk.tellAlreadyAnswered = true;
    await desk.take(forward(scenario, locale, `ben@${name}.example`));
    await desk.run();
  }
  const before = sink.mails.length;
  const id = await desk.take(forward(scenario, locale, from));
  await desk.run();

  const stored = await opened.store.findCase(id);
  expect(stored).toMatchObject({ action: 'reply', scenario, reply: { state: 'sent' } });
  expect(sink.mails).toHaveLength(before + 1);
  const mail = sink.mails.at(-1);
  if (mail === undefined) throw new Error('nothing arrived');
  const values = expectReplyForm(mail, { to: from, signed: true });
  expect(verifyDkim(mail.octets, key.p)).toBe('pass');
  expect(verifyOwnMessageId(values['Message-ID'] ?? '', 'a key of the tests, no secret')).toBe(id);
  expect(values).toMatchObject({
    From: 'Fabrikam Support <support@partner.example>',
    'In-Reply-To': `<${name}@${from.split('@')[1]}>`,
    References: `<root@contoso.example> <${name}@${from.split('@')[1]}>`,
    'X-Transition-Responder': id,
    Date: desk.now.toUTCString().replace('GMT', '+0000'),
  });
  const parsed = await simpleParser(mail.octets);
  const named = isGeneric ? '' : 'Añá Müller-Łuć';
  expect(parsed.to).toMatchObject({ value: [{ name: named, address: from }] });
  const reply = stored?.reply?.content;
  expect([parsed.subject, parsed.text, parsed.html]).toEqual([
    reply?.subject,
    reply?.text,
    reply?.html,
  ]);
  expect(reply?.locale).toBe(locale);
  if (isGeneric) expect(mail.raw).not.toContain('Zürich');
});
