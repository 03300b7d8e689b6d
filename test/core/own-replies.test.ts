/** Our own replies, sent back or passed on: what they say about the notice must never be taken for one. */
import { describe, expect, test } from 'vitest';
import { composeReply } from '../../src/core/compose.ts';
import { type Reply, repliedScenarios, type Scenario } from '../../src/core/decision.ts';
import { signedMessageId } from '../../src/core/message-id.ts';
import { ownReferences } from '../../src/core/own-references.ts';
import { parseMail } from '../../src/core/parse.ts';
import {
  decideAtDesk,
  inlineBlock,
  mailText,
  messageIdKey,
  passFor,
  title,
} from '../support/sample-desk.ts';
import { customerWith, inputFor, planFor, settings } from './compose-fixture.ts';

const customer = customerWith([
  { licensesAssigned: 12, advisorEndsOn: '2026-12-01', advisorRenewsOn: '2026-12-01' },
]);

function replyOf(scenario: Scenario, locale: string): Reply {
  const lines = scenario === 'mixed' ? (['cancel-portal'] as const) : undefined;
  const plan = planFor(scenario, locale, customer, lines);
  const answered = { name: 'Ben Carter', on: '2026-11-01' };
  return composeReply(
    inputFor(scenario === 'already-answered' ? { ...plan, lines: [], answered } : plan, {
      policy: { ...settings.policy, messageIdKey },
      caseId: 'c0123456789abcdef01234567',
    }),
  );
}

/** The reply as it lies in the customer's mailbox. */
function octetsOf({ subject, text, html, messageId, headers }: Reply): string {
  return [
    'From: Fabrikam Support <support@partner.example>',
    'To: alex@contoso.example',
    `Subject: ${subject}`,
    'Date: Mon, 02 Nov 2026 09:00:00 +0000',
    `Message-ID: ${messageId}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'MIME-Version: 1.0',
    'Content-Type: multipart/alternative; boundary=inner',
    '',
    '--inner',
    'Content-Type: text/plain; charset=utf-8',
    '',
    text,
    '--inner',
    'Content-Type: text/html; charset=utf-8',
    '',
    html,
    '--inner--',
  ].join('\r\n');
}

const anna = { results: passFor('contoso.example') };

const attachedTo = (inner: string, head: readonly string[] = []): string =>
  [
    '--outer',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Is this from you?',
    '--outer',
    ...(head.length === 0 ? ['Content-Type: message/rfc822'] : head),
    '',
    inner,
    '--outer--',
  ].join('\r\n');

const outer = 'multipart/mixed; boundary=outer';

/** Without any field that names the reply: the worst that a client does. */
const forms: Readonly<Record<string, (reply: Reply) => string>> = {
  'inline, as Outlook': ({ subject, text }) =>
    mailText({
      ...anna,
      subject: `Fw: ${subject}`,
      body: `Is this from you?\n\n${inlineBlock(text, {
        from: 'Fabrikam Support <support@partner.example>',
        to: 'alex@contoso.example',
        subject,
      })}`,
    }),
  'inline, under a name only': ({ subject, text }) =>
    mailText({
      ...anna,
      subject: `FW: ${subject}`,
      body: inlineBlock(text, { from: 'Fabrikam Support', to: 'Alex', subject }),
    }),
  'inline, as Gmail': ({ subject, text }) =>
    mailText({
      ...anna,
      subject: `Fwd: ${subject}`,
      body: [
        '---------- Forwarded message ---------',
        'From: Fabrikam Support <support@partner.example>',
        'Date: Mon, Nov 2, 2026 at 10:00 AM',
        `Subject: ${subject}`,
        'To: <alex@contoso.example>',
        '',
        text,
      ].join('\n'),
    }),
  'quoted, as Apple Mail': ({ subject, text }) =>
    mailText({
      ...anna,
      subject: `Fwd: ${subject}`,
      body: [
        'Begin forwarded message:',
        '',
        'From: Fabrikam Support <support@partner.example>',
        `Subject: ${subject}`,
        'Date: 2. November 2026 at 10:00:00 CET',
        'To: alex@contoso.example',
        '',
        text,
      ]
        .join('\n')
        .replaceAll(/^/gm, '> '),
    }),
  'in HTML': ({ subject, html }) =>
    mailText({
      ...anna,
      subject: `Fw: ${subject}`,
      contentType: 'text/html; charset=utf-8',
      body: `<p>Is this from you?</p><hr><div><b>From:</b> Fabrikam Support &lt;support@partner.example&gt;<br><b>Sent:</b> Monday, November 2, 2026 10:00 AM<br><b>To:</b> alex@contoso.example<br><b>Subject:</b> ${subject}</div>${html}`,
    }),
  attached: (reply) =>
    mailText({
      ...anna,
      subject: `Fw: ${reply.subject}`,
      contentType: outer,
      body: attachedTo(octetsOf(reply)),
    }),
  'attached under a name only': (reply) =>
    mailText({
      ...anna,
      subject: `Fw: ${reply.subject}`,
      contentType: outer,
      body: attachedTo(octetsOf(reply), [
        'Content-Type: application/octet-stream; name=reply.eml',
        'Content-Disposition: attachment; filename=reply.eml',
      ]),
    }),
};

/** Those that name the reply by its signed Message-ID. */
const naming = ['attached', 'attached under a name only'];

describe.each(['en', 'de', 'fr'])('in %s', (locale) => {
  test.each(repliedScenarios)(
    'a forward of our own reply is never answered (%s)',
    async (scenario) => {
      const reply = replyOf(scenario, locale);
      for (const [form, make] of Object.entries(forms)) {
        const { action, reason } = await decideAtDesk(make(reply));
        expect(action, `${form}: ${reason}`).not.toBe('reply');
        if (naming.includes(form))
          expect(`${form}: ${reason}`).toBe(`${form}: suppressed-answer-to-reply`);
      }
    },
  );
});

test.each(repliedScenarios)(
  'nor one to whose template an admin gave the title of the notice (%s)',
  async (scenario) => {
    for (const subject of [title, `Re: ${title}`, `Your notice: ${title}`]) {
      for (const [form, make] of Object.entries(forms)) {
        const raw = make({ ...replyOf(scenario, 'en'), subject });
        const { action, reason } = await decideAtDesk(raw);
        expect(action, `${form}, ${subject}: ${reason}`).not.toBe('reply');
      }
    }
  },
);

test('an answer belongs to the nearest of our replies that it names', async () => {
  const [older, nearest] = ['c0', 'c1'].map((id) =>
    signedMessageId(id, messageIdKey, 'partner.example'),
  );
  for (const fields of [
    [`References: ${older} ${nearest}`],
    [`References: ${older}`, `In-Reply-To: ${nearest}`],
  ]) {
    const mail = await parseMail(Buffer.from(mailText({ fields })));
    expect(ownReferences(mail, messageIdKey)[0]?.caseId).toBe('c1');
  }
});
