/** Who may ever get an automatic answer: one test a guard, named by its harm, with a twin that is answered. */
import { expect, test } from 'vitest';
import { signedMessageId } from '../../src/core/message-id.ts';
import { parseMail } from '../../src/core/parse.ts';
import { isSystemAddress, type Screening, screen } from '../../src/core/screen.ts';
import {
  catalog,
  expectedOf,
  fixture,
  fixtureNames,
  mailText,
  messageIdKey,
  policy,
} from '../support/sample-desk.ts';

async function screened(raw: string | Uint8Array): Promise<Screening> {
  const mail = await parseMail(typeof raw === 'string' ? Buffer.from(raw) : raw);
  return screen(mail, { policy, senderDomains: catalog.senderDomains });
}

const own = signedMessageId('c0123456789abcdef01234567', messageIdKey, 'partner.example');
const forged = own.replace(/[0-9a-f]{32}/, '0'.repeat(32));

/** Harm, what makes the mail a machine’s, its reason, and the same mail of somebody who is answered. */
const machines: readonly (readonly [string, string, string, string])[] = [
  [
    'does not answer a delivery report',
    mailText({ above: ['Return-Path: <>'] }),
    'suppressed-null-reverse-path',
    mailText({ above: ['Return-Path: <anna.hoff@contoso.example>'] }),
  ],
  [
    'does not answer a null reverse-path with a space in it',
    mailText({ above: ['Return-Path: < >'] }),
    'suppressed-null-reverse-path',
    mailText(),
  ],
  [
    'does not answer a null reverse-path below another one',
    mailText({ above: ['Return-Path: <a@x.example>', 'Return-Path: <>'] }),
    'suppressed-null-reverse-path',
    mailText({ above: ['Return-Path: <a@x.example>', 'Return-Path: <b@x.example>'] }),
  ],
  [
    'does not answer a report that kept a return path',
    mailText({ contentType: 'multipart/report; report-type=delivery-status; boundary=b' }),
    'suppressed-delivery-report',
    mailText({ contentType: 'multipart/mixed; boundary=b' }),
  ],
  [
    'does not answer a read receipt',
    mailText({ contentType: 'message/disposition-notification' }),
    'suppressed-delivery-report',
    mailText({ fields: ['Disposition-Notification-To: anna.hoff@contoso.example'] }),
  ],
  [
    'does not answer a bounce of a server that writes no report',
    mailText({ fields: ['X-Failed-Recipients: a@x.example'] }),
    'suppressed-delivery-report',
    mailText(),
  ],
  [
    'does not answer itself',
    mailText({ from: 'Fabrikam <Support@Partner.Example>' }),
    'suppressed-own-mail',
    mailText({ from: 'Maria <maria.lopez@partner.example>' }),
  ],
  [
    'does not answer a sibling mailbox',
    mailText({ from: 'billing@partner.example' }),
    'suppressed-own-mail',
    mailText({ from: 'billing@contoso.example' }),
  ],
  [
    'does not answer its own reply that came back without its other marks',
    mailText().replace('<mail-1@contoso.example>', own),
    'suppressed-own-reply',
    mailText().replace('<mail-1@contoso.example>', forged),
  ],
  [
    'does not answer its own reply whose Message-ID a relay rewrote in lower case',
    mailText().replace('<mail-1@contoso.example>', own.toLowerCase()),
    'suppressed-own-reply',
    mailText(),
  ],
  [
    'does not answer its own reply by the loop mark',
    mailText({ fields: ['X-Transition-Responder: 1'] }),
    'suppressed-own-reply',
    mailText({ fields: ['X-Mailer: 1'] }),
  ],
  [
    'does not answer an automatic reply',
    mailText({ fields: ['Auto-Submitted: auto-replied'] }),
    'suppressed-auto-submitted',
    mailText({ fields: ['Auto-Submitted: no'] }),
  ],
  [
    'does not answer an automatic reply that says more behind it',
    mailText({ fields: ['Auto-Submitted: AUTO-REPLIED (vacation)'] }),
    'suppressed-auto-submitted',
    mailText({ fields: ['Auto-Submitted: No (written by hand)'] }),
  ],
  [
    'does not answer an automatic reply with a comment before it',
    mailText({ fields: ['Auto-Submitted: (vacation) auto-replied'] }),
    'suppressed-auto-submitted',
    mailText({ fields: ['Auto-Submitted: (by hand) no'] }),
  ],
  [
    'does not answer an automatic reply whose second field says so',
    mailText({ fields: ['Auto-Submitted: no', 'Auto-Submitted: auto-replied'] }),
    'suppressed-auto-submitted',
    mailText({ fields: ['Auto-Submitted: no', 'Auto-Submitted: no'] }),
  ],
  [
    'does not answer a Sieve notification',
    mailText({ fields: ['Auto-Submitted: auto-notified'] }),
    'suppressed-auto-submitted',
    mailText(),
  ],
  ...[
    'List-Id: <l.x.example>',
    'List-Unsubscribe: <mailto:u@x.example>',
    'List-Post: NO',
    'Mailing-List: l',
  ].map(
    (field) =>
      [
        `does not answer a mailing list (${field.split(':', 1)[0]})`,
        mailText({ fields: [field] }),
        'suppressed-list',
        mailText({ fields: ['Listing: 1'] }),
      ] as const,
  ),
  ...['bulk', 'list', 'JUNK'].map(
    (value) =>
      [
        `does not answer bulk mail (${value})`,
        mailText({ fields: [`Precedence: ${value}`] }),
        'suppressed-bulk',
        mailText({ fields: ['Precedence: first-class'] }),
      ] as const,
  ),
  [
    'does not answer a responder that knows only its own field',
    mailText({ fields: ['X-Autoreply: yes'] }),
    'suppressed-autoreply-header',
    mailText({ fields: ['X-Autoreply: no'] }),
  ],
  [
    'does not answer a responder that says it by precedence',
    mailText({ fields: ['Precedence: auto_reply'] }),
    'suppressed-autoreply-header',
    mailText(),
  ],
  [
    'does not write to an address that nobody reads',
    mailText({ from: 'no-reply@contoso.example' }),
    'suppressed-system-author',
    mailText({ from: 'norbert.replyson@contoso.example' }),
  ],
  [
    'does not write to a mail system',
    mailText({ from: 'MAILER-DAEMON@contoso.example' }),
    'suppressed-system-author',
    mailText({ from: 'demi.daemon@contoso.example' }),
  ],
];

for (const [harm, machine, reason, human] of machines) {
  test(harm, async () => {
    const { verdict, reason: found } = await screened(machine);
    expect({ verdict, reason: found }).toEqual({ verdict: 'machine', reason });
    const twin = await screened(human);
    expect({ verdict: twin.verdict, reason: twin.reason }).toEqual({
      verdict: 'human',
      reason: undefined,
    });
  });
}

test.each([
  ['Auto-Submitted: auto-generated', 'auto-submitted'],
  ['Auto-Submitted: auto-forwarded', 'auto-submitted'],
  ['X-Auto-Response-Suppress: All', 'x-auto-response-suppress'],
  ['X-Auto-Response-Suppress: DR, OOF', 'x-auto-response-suppress'],
  ['X-MS-Exchange-Inbox-Rules-Loop: a@x.example', 'exchange-rule'],
  ['X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent', 'exchange-rule'],
  ['Resent-From: a@x.example', 'resent'],
  ['X-Forwarded-To: a@x.example', 'forwarded-for'],
  ['Return-Path: <SRS0=x=y=contoso.example=anna@x.example>', 'srs'],
  ['Return-Path: <anna+SRS=x=y=microsoft.com=a@contoso.example>', 'srs'],
])('does not silence what a rule passed on (%s)', async (field, code) => {
  const { verdict, evidence } = await screened(mailText({ above: [field] }));
  expect(verdict).toBe('forwarding-hop');
  expect(evidence.map((entry) => entry.code)).toContain(code);
});

test.each([
  'X-Auto-Response-Suppress: None',
  'X-Auto-Response-Suppress: 0',
  'X-Auto-Response-Suppress:',
  'Auto-Submitted:',
  'Return-Path: <srs@contoso.example>',
])('takes nobody for a hop by %s', async (field) => {
  expect((await screened(mailText({ above: [field] }))).verdict).toBe('human');
});

test('a machine is a machine even where a rule passed it on', async () => {
  const raw = mailText({
    fields: ['X-MS-Exchange-Inbox-Rules-Loop: a@x.example', 'Auto-Submitted: auto-replied'],
  });
  expect((await screened(raw)).verdict).toBe('machine');
});

test('Microsoft’s own no-reply is what the desk waits for', async () => {
  const found = await screened(mailText({ from: 'Microsoft <microsoft-noreply@microsoft.com>' }));
  expect(found).toMatchObject({ verdict: 'forwarding-hop', byMicrosoft: true, redirected: false });
});

test.each(['noreply@microsoft.com.evil.example', 'noreply@notmicrosoft.com'])(
  'does not take %s for Microsoft',
  async (from) => {
    expect(await screened(mailText({ from }))).toMatchObject({
      verdict: 'machine',
      byMicrosoft: false,
    });
  },
);

test('knows an answer to its own reply by the signature, wherever it is named', async () => {
  for (const field of [`In-Reply-To: ${own}`, `References: <a@b> ${own} <c@d>`]) {
    expect((await screened(mailText({ fields: [field] }))).answersOwnReply).toBe(true);
  }
  expect((await screened(mailText({ fields: [`In-Reply-To: ${forged}`] }))).answersOwnReply).toBe(
    false,
  );
});

test.each([
  ['Automatic reply: your mail', true],
  ['Abwesenheitsnotiz: Urlaub', true],
  ['Réponse automatique : absence', true],
  ['Out of Office: Anna', true],
  ['Question about the automatic reply', false],
  ['Automatically renewed subscription', false],
  ['Fw: Out of licenses', false],
])('the subject “%s” looks automatic: %s', async (subject, expected) => {
  expect((await screened(mailText({ subject }))).looksAutomatic).toBe(expected);
});

test.each([
  ['mailer-daemon', true],
  ['postmaster', true],
  ['noreply', true],
  ['no-reply', true],
  ['no.reply', true],
  ['no_reply', true],
  ['donotreply', true],
  ['do-not-reply', true],
  ['billing-noreply', true],
  ['noreply+abc', true],
  ['nicht-antworten', true],
  ['ne-pas-repondre', true],
  ['owner-list', true],
  ['list-request', true],
  ['bounces+1=x', true],
  ['replying', false],
  ['roots', false],
  ['nobody.else', true],
  ['anna.hoff', false],
  ['lee.bounce', false],
])('the local part “%s” is nobody’s: %s', (local, expected) => {
  expect(isSystemAddress(`${local}@contoso.example`)).toBe(expected);
});

interface Expected {
  readonly verdict: string;
  readonly reason?: string;
  readonly alsoFine?: readonly string[];
}

const responders = fixtureNames('responders');

test('there are fixtures of automatic mails', () => {
  expect(responders.length).toBeGreaterThan(20);
});

for (const name of responders) {
  test(`screens ${name}`, async () => {
    const expected = expectedOf<Expected>('responders', name);
    const found = await screened(fixture('responders', name));
    expect(found.verdict).toBe(expected.verdict);
    if (expected.verdict === 'machine')
      expect([expected.reason, ...(expected.alsoFine ?? [])]).toContain(found.reason);
    if (expected.reason === 'review-looks-automatic') expect(found.looksAutomatic).toBe(true);
  });
}
