/** Who may ever get an automatic answer: one test a guard, named by its harm, with a twin that is answered. */
import { expect, test } from 'vitest';
import { signedMessageId } from '../../src/core/message-id.ts';
import { parseMail } from '../../src/core/parse.ts';
import { type Screening, screen } from '../../src/core/screen.ts';
import { hopGuards } from '../../src/core/screen-hop.ts';
import { machineGuards } from '../../src/core/screen-machine.ts';
import { isSystemAddress } from '../../src/core/system-addresses.ts';
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

/** An invitation or its answer, as clients attach it. */
function calendarMail(method: string, type = 'multipart/alternative', name = ''): string {
  const part = (type: string, body: string) => `--b\r\nContent-Type: ${type}\r\n\r\n${body}\r\n`;
  return mailText({
    contentType: `${type}; boundary=b`,
    body: `${part('text/plain', 'see')}${part(`text/calendar${name}`, `BEGIN:VCALENDAR\r\nMETHOD:${method}\r\nEND:VCALENDAR`)}--b--\r\n`,
  });
}

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
    'does not answer a read receipt in UTF-8',
    mailText({ contentType: 'message/global-disposition-notification' }),
    'suppressed-delivery-report',
    mailText({ contentType: 'text/html' }),
  ],
  [
    'does not answer a delivery report of Exchange by the field that has no value',
    mailText({ fields: ['X-MS-Exchange-Message-Is-Ndr:'] }),
    'suppressed-delivery-report',
    mailText({ fields: ['X-MS-Has-Attach:'] }),
  ],
  [
    'does not answer itself under a subaddress',
    mailText({ from: 'support+case7@partner.example' }),
    'suppressed-own-mail',
    mailText({ from: 'support+case7@contoso.example' }),
  ],
  [
    'does not answer itself behind another author',
    mailText({ from: 'Anna <anna.hoff@contoso.example>, support@partner.example' }),
    'suppressed-own-mail',
    mailText({ from: 'Anna <anna.hoff@contoso.example>, ben@contoso.example' }),
  ],
  [
    'does not answer itself behind a second From field',
    mailText({ fields: ['From: support@partner.example'] }),
    'suppressed-own-mail',
    mailText({ fields: ['From: ben@contoso.example'] }),
  ],
  [
    'does not answer itself inside a group',
    mailText({ from: 'Team: anna.hoff@contoso.example, support@partner.example;' }),
    'suppressed-own-mail',
    mailText({ from: 'Team: anna.hoff@contoso.example;' }),
  ],
  [
    'does not answer an automatic reply that a gateway encoded',
    mailText({ fields: ['Auto-Submitted: =?utf-8?Q?auto-replied?='] }),
    'suppressed-auto-submitted',
    mailText({ fields: ['Auto-Submitted: =?utf-8?Q?no?='] }),
  ],
  [
    'does not answer an automatic reply encoded as Base64',
    mailText({ fields: ['Auto-Submitted: =?us-ascii?B?YXV0by1yZXBsaWVk?='] }),
    'suppressed-auto-submitted',
    mailText({ fields: ['Auto-Submitted: =?us-ascii?B?bm8=?='] }),
  ],
  ...[
    'Auto-Submitted: (vacation auto-replied',
    'Auto-Submitted: "auto-replied',
    'Auto-Submitted: =?utf-8?q?auto-?= =?utf-8?q?replied?=',
    'Auto-Submitted: auto-generated, auto-replied',
    'Auto-Submitted: \u200bauto-replied',
  ].map(
    (field) =>
      [
        `does not answer an automatic reply that is spelt oddly (${JSON.stringify(field)})`,
        mailText({ fields: [field] }),
        'suppressed-auto-submitted',
        mailText({ fields: ['Auto-Submitted: (by hand) no'] }),
      ] as const,
  ),
  [
    'does not answer an automatic reply folded over lines',
    mailText({ fields: ['Auto-Submitted:\r\n (a vacation;\r\n\tof Anna)\r\n auto-replied'] }),
    'suppressed-auto-submitted',
    mailText({ fields: ['Auto-Submitted:\r\n (by Anna)\r\n no'] }),
  ],
  [
    'does not answer a calendar that accepts an invitation',
    mailText({
      contentType: 'text/calendar; charset=utf-8; method=REPLY',
      body: 'BEGIN:VCALENDAR',
    }),
    'suppressed-calendar-reply',
    mailText({
      contentType: 'text/calendar; charset=utf-8; method=REQUEST',
      body: 'BEGIN:VCALENDAR',
    }),
  ],
  [
    'does not answer a calendar that says so only inside',
    calendarMail('COUNTER'),
    'suppressed-calendar-reply',
    calendarMail('REQUEST'),
  ],
  ...[
    ['Google Groups', 'X-Google-Group-Id: 358814495539', 'X-Google-Smtp-Source: 1'],
    ['Mailman', 'X-BeenThere: list@lists.example', 'X-Priority: 3'],
    ['fml', 'X-ML-Name: staff', 'X-Mail-Count: 3'],
    ['the server of fml', 'X-MLServer: fml [fml 4.0.3]', 'X-Mail-Count: 3'],
  ].map(
    ([name, field, twin]) =>
      [
        `does not answer a group (${name})`,
        mailText({ fields: [field ?? ''] }),
        'suppressed-list',
        mailText({ fields: [twin ?? ''] }),
      ] as const,
  ),
  ...[
    'X-Auto-Reply: yes',
    'X-Autorespond: Your ticket',
    'X-Autoresponse: 1',
    'X-Autoresponder: true',
    'X-Auto-Reply-From: a@x.example',
    'X-Mail-Autoreply: yes',
    'X-Autogenerated: Reply',
    'X-FC-MachineGenerated: true',
    'X-AMAZON-MAIL-RELAY-TYPE: notification',
    'X-Precedence: auto_reply',
    'Delivered-To: autoresponder',
  ].map(
    (field) =>
      [
        `does not answer a responder of the family of X-Autoreply (${field.split(':', 1)[0]})`,
        mailText({ fields: [field] }),
        'suppressed-autoreply-header',
        mailText({ fields: [field.replace(/:.*/, field.startsWith('Deliv') ? ': anna' : ': no')] }),
      ] as const,
  ),
  [
    'does not answer the vacation responder of iCloud, which writes no Auto-Submitted',
    mailText({ fields: ['X-Apple-Action: VACATION'] }),
    'suppressed-autoreply-header',
    mailText({ fields: ['X-Apple-Action: FORWARD'] }),
  ],
  [
    'does not answer the responder of Mailtraq',
    mailText({ fields: ['X-POST-MessageClass: 9; Autoresponder'] }),
    'suppressed-autoreply-header',
    mailText({ fields: ['X-POST-MessageClass: 1; Mail'] }),
  ],
  ...[
    ['Zendesk', 'X-Zendesk-From-Account-Id: 68b8aed'],
    ['Zendesk by its mailer', 'X-Mailer: Zendesk Mailer'],
    ['ServiceNow', 'X-ServiceNow-Generated: true'],
    ['Request Tracker', 'X-RT-Loop-Prevention: rt.contoso.example'],
    ['OTRS', 'X-OTRS-Loop: 1'],
    ['Jira', 'X-JIRA-FingerPrint: 7c2b'],
    ['FreeScout', 'X-FreeScout-Mail-Type: auto.reply'],
    ['osTicket', 'X-Mailer: osTicket Mailer'],
    ['Freshdesk by its bounces', 'Return-Path: <bounce@eu.freshdesk.com>'],
  ].map(
    ([name, field = '']) =>
      [
        `does not talk to a ticket system (${name})`,
        mailText({ above: [field] }),
        'suppressed-ticket-system',
        mailText({ above: ['X-Mailer: Mail of Zendesk users', 'X-SES-Outgoing: 2026.11.18'] }),
      ] as const,
  ),
  [
    'does not talk to a ticket system by its Message-ID',
    mailText().replace('<mail-1@contoso.example>', '<1_sprut@contoso.zendesk.com>'),
    'suppressed-ticket-system',
    mailText().replace('<mail-1@contoso.example>', '<1_sprut@zendesk.com.contoso.example>'),
  ],
  [
    'does not talk to a ticket system that writes from its own domain',
    mailText({ from: 'support@contoso.freshdesk.com' }),
    'suppressed-ticket-system',
    mailText({ from: 'support@contoso-freshdesk.example' }),
  ],
  [
    'does not answer a list server by its reverse-path',
    mailText({ above: ['Return-Path: <owner-all@contoso.example>'] }),
    'suppressed-system-author',
    mailText({ above: ['Return-Path: <bounces+anna=partner.example@mail.contoso.example>'] }),
  ],
  [
    'does not answer a list server behind a BATV tag',
    mailText({ above: ['Return-Path: <prvs=0123abcd=all-request@contoso.example>'] }),
    'suppressed-system-author',
    mailText({ above: ['Return-Path: <prvs=0123abcd=anna@contoso.example>'] }),
  ],
  [
    'does not answer the author of Exchange’s own reports',
    mailText({ from: 'MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@contoso.example' }),
    'suppressed-system-author',
    mailText({ from: 'microsoft.exchange@contoso.example' }),
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

test.each([
  ['a name without an address', 'MAILER-DAEMON'],
  ['the same between angle brackets', '<MAILER-DAEMON>'],
  ['the null path', '<>'],
  ['its name and the null path', 'MAILER-DAEMON <>'],
])('does not answer a mail system that writes %s', async (_, from) => {
  expect(await screened(mailText({ from }))).toMatchObject({
    verdict: 'machine',
    reason: 'suppressed-system-author',
  });
});

test('the order of the ladder: what is surest ends it, one mark after the other', async () => {
  const marks: readonly (readonly [string, string])[] = [
    ['suppressed-null-reverse-path', 'Return-Path: <>'],
    ['suppressed-delivery-report', 'X-Failed-Recipients: a@x.example'],
    ['suppressed-own-reply', 'X-Transition-Responder: 1'],
    ['suppressed-auto-submitted', 'Auto-Submitted: auto-replied'],
    ['suppressed-list', 'List-Id: <l.x.example>'],
    ['suppressed-bulk', 'Precedence: bulk'],
    ['suppressed-autoreply-header', 'X-Autoreply: yes'],
    ['suppressed-ticket-system', 'X-OTRS-Loop: 1'],
  ];
  for (const [index, [reason]] of marks.entries()) {
    const rest = marks.slice(index).map(([, field]) => field);
    const raw = mailText({ fields: rest.toReversed(), from: 'no-reply@contoso.example' });
    expect((await screened(raw)).reason).toBe(reason);
  }
  expect(
    machineGuards.map(({ code }) => code).filter((code) => marks.some(([c]) => c === code)),
  ).toEqual(marks.map(([code]) => code));
});

test('every guard asks one question, and has a reason of its own', () => {
  const guards = [...machineGuards, ...hopGuards];
  for (const { question } of guards) expect(question).toMatch(/^[A-Z].*\?$/);
  expect(new Set(guards.map(({ code }) => code)).size).toBe(guards.length);
  const tested = new Set(machines.map(([, , reason]) => reason));
  expect(machineGuards.map(({ code }) => code).filter((code) => !tested.has(code))).toEqual([]);
});

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
  ['Return-Path: <anna+caf_=desk=partner.example@contoso.example>', 'srs'],
  ['Auto-Submitted: =?utf-8?Q?auto-generated?=', 'auto-submitted'],
  ['X-MS-Exchange-Transport-Rules-Loop: 1', 'exchange-rule'],
  ['X-Loop: yes', 'forwarded-for'],
  ['X-Forwarded-For: anna@contoso.example support@partner.example', 'forwarded-for'],
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

test('a person who attaches the answer of a calendar is a person', async () => {
  const attached = calendarMail('REPLY', 'multipart/mixed', '; name="answer.ics"');
  expect((await screened(attached)).verdict).toBe('human');
  expect((await screened(calendarMail('REPLY'))).verdict).toBe('machine');
});

test('does not answer Google’s calendar, which wraps its answer in a mixed mail', async () => {
  const wrapped = (method: string): string =>
    mailText({
      contentType: 'multipart/mixed; boundary=a',
      body: [
        '--a\r\nContent-Type: multipart/alternative; boundary=b\r\n',
        '--b\r\nContent-Type: text/plain\r\n\r\nAccepted',
        `--b\r\nContent-Type: text/calendar; method=${method}\r\n`,
        `BEGIN:VCALENDAR\r\nMETHOD:${method}\r\nEND:VCALENDAR\r\n--b--`,
        '--a\r\nContent-Type: application/ics; name="invite.ics"\r\n',
        `BEGIN:VCALENDAR\r\nMETHOD:${method}\r\nEND:VCALENDAR\r\n--a--\r\n`,
      ].join('\r\n'),
    });
  expect(await screened(wrapped('REPLY'))).toMatchObject({
    verdict: 'machine',
    reason: 'suppressed-calendar-reply',
  });
  expect((await screened(wrapped('REQUEST'))).verdict).toBe('human');
});

test('a person who attaches a header section is a person', async () => {
  const attached = (type: string) =>
    mailText({
      contentType: `${type}; boundary=b`,
      body: '--b\r\nContent-Type: text/plain\r\n\r\nsee\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: a@x.example\r\n\r\n--b--\r\n',
    });
  expect((await screened(attached('multipart/mixed'))).verdict).toBe('human');
  expect((await screened(attached('multipart/report'))).verdict).toBe('machine');
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
  ['[EXTERNAL] Automatic reply: your mail', true],
  ['[EXT][SPAM?] Out of Office', true],
  ['EXTERNAL: Automatic reply: x', true],
  ['{External} Automatic reply', true],
  ['***SPAM*** Automatic reply', true],
  ['AUTOMATIC  REPLY: your mail', true],
  ['Respuesta automática: su mensaje', true],
  ['Risposta automatica: licenze', true],
  ['Automatisch antwoord: licenties', true],
  ['Resposta automática: licenças', true],
  ['Odpowiedź automatyczna: licencje', true],
  ['Automatiskt svar: licenser', true],
  ['Automatisk svar: lisenser', true],
  ['Automaattinen vastaus: lisenssit', true],
  ['Automatická odpověď: licence', true],
  ['Otomatik yanıt: lisanslar', true],
  ['自動応答: ライセンス', true],
  ['自动答复: 许可证', true],
  ['자동 회신: 라이선스', true],
  ['Автоматический ответ: лицензии', true],
  ['Автоматична відповідь: ліцензії', true],
  ['Automatikus válasz: licencek', true],
  ['Răspuns automat: licențe', true],
  ['Αυτόματη απάντηση: άδειες', true],
  ['رد تلقائي: التراخيص', true],
  ['מענה אוטומטי: רישיונות', true],
  ['Automatski odgovor: licence', true],
  ['Absence du bureau : Anne', true],
  ['RE: Automatic reply: your mail', false],
  ['Abwesenheitsregelung für die Lizenzen', false],
  ['Fuori sedentari', false],
  ['Autosvarta', false],
])('the subject “%s” looks automatic: %s', async (subject, expected) => {
  expect((await screened(mailText({ subject }))).looksAutomatic).toBe(expected);
});

test.each([
  ['mailer-daemon', true],
  ['postmaster', true],
  ['post_master', true],
  ['postmaster.smith', true],
  ['postmasters', false],
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
  ['nobody', true],
  ['nobody.else', false],
  ['root.anna', false],
  ['daemon.smith', false],
  ['product-owner', false],
  ['do-not-respond', true],
  ['noanswer', true],
  ['anna.hoff', false],
  ['lee.bounce', false],
  ['all-bounces', true],
  ['noreply2', true],
  ['NoReply', true],
  ['auto-reply', true],
  ['autoresponder', true],
  ['keine-antwort', true],
  ['bitte.nicht.antworten', true],
  ['nepasrepondre', true],
  ['no_responder', true],
  ['non-rispondere', true],
  ['niet-beantwoorden', true],
  ['nao-responda', true],
  ['não-responda', true],
  ['nie-odpowiadaj', true],
  ['svara-inte', true],
  ['svar-ikke', true],
  ['ala-vastaa', true],
  ['älä.vastaa', true],
  ['neodpovidat', true],
  ['yanıtlamayın', true],
  ['yanitlamayin', true],
  ['ne-valaszolj', true],
  ['nu-raspunde', true],
  ['ne-otvechat', true],
  ['не-отвечать', true],
  ['min-apantate', true],
  ['ne-odgovaraj', true],
  ['返信不可', true],
  ['请勿回复', true],
  ['reply.all', false],
  ['norbert.replyson', false],
  ['keine.ahnung', false],
  ['nora.reply', false],
  ['casino-reply', false],
  ['svara', false],
  ['nicht.schmidt', false],
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
