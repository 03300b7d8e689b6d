/**
 * Delivery reports about our replies, in the dialects of many servers: which reply, and what became of it. A report
 * about somebody else's mail, or by somebody who only writes like one, is none of these.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Bounce, readBounce } from '../../src/core/bounce.ts';
import { reportPartCharsMax, reportRecipientsMax } from '../../src/core/limits.ts';
import { signedMessageId } from '../../src/core/message-id.ts';
import { parseMail } from '../../src/core/parse.ts';
import { decideAtDesk, mailText, messageIdKey, passFor } from '../support/sample-desk.ts';

const caseId = 'c0123456789abcdef01234567';
const own = signedMessageId(caseId, messageIdKey, 'partner.example');
const forged = own.replace(/[0-9a-f]{32}@/, `${'0'.repeat(32)}@`);
const folder = new URL('../fixtures/bounces/', import.meta.url);

/** The placeholders of the fixtures, as their README has them. */
function filled(name: string, id: string): string {
  const escaped = id.replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const wrapped = `${id.slice(0, 40)}\n> ${id.slice(40)}`;
  const lower = id.slice(1, -1).toLowerCase().replace(/@.*/, '@relay.example');
  return readFileSync(new URL(`${name}.eml`, folder), 'utf8')
    .replaceAll('{id}', id)
    .replaceAll('{eid}', escaped)
    .replaceAll('{wid}', wrapped)
    .replaceAll('{lid}', lower);
}

async function read(raw: string): Promise<Bounce | undefined> {
  return readBounce(await parseMail(Buffer.from(raw)), messageIdKey);
}

const anna = 'anna.hoff@contoso.example';

/** Fixture, what became of the reply, status, recipient. */
const dialects: readonly (readonly [
  string,
  Bounce['kind'],
  (string | undefined)?,
  (string | undefined)?,
])[] = [
  ['amazon_ses_report', 'failed', '5.7.9', anna],
  ['amazon_workmail_text_fields', 'failed', '5.1.1', anna],
  ['courier_1_report', 'failed', '5.0.0', anna],
  ['domino_9_report', 'failed', '5.0.0', anna],
  ['domino_9_text', 'failed', '5.1.1', anna],
  ['exchange_2003_text', 'failed', '5.1.1', anna],
  ['exchange_2019_report_html', 'failed', '5.1.10', anna],
  ['exchange_online_report_no_copy', 'failed', '5.7.1', anna],
  ['exchange_online_text_html_only', 'failed', '5.1.10'],
  ['exim_4_report', 'failed', '5.1.1', anna],
  ['exim_4_text', 'failed', '5.1.1', anna],
  ['exim_4_text_delayed', 'delayed', '4.2.1', anna],
  ['gmail_2014_text', 'failed', '5.1.1', anna],
  ['gmail_2014_text_delayed', 'delayed', '4.2.1', anna],
  ['gmail_2026_report', 'failed', '5.1.1', anna],
  ['groupwise_18_text', 'failed'],
  ['ionos_2026_text_de', 'failed', undefined, anna],
  ['iplanet_8_report_message_id_in_text', 'failed', '5.1.1', anna],
  ['mailenable_10_text', 'failed', '5.1.1'],
  ['mailru_2026_text_ru', 'failed', undefined, anna],
  ['opensmtpd_7_text', 'failed', '5.1.1', anna],
  ['postfix_3_report', 'failed', '5.1.1', anna],
  ['postfix_3_report_delayed', 'delayed', '4.4.1', anna],
  ['postfix_3_report_delivered', 'delivered', '2.0.0', anna],
  ['postfix_3_report_expanded', 'expanded', '2.0.0', anna],
  ['postfix_3_report_expired', 'failed', '4.4.1', anna],
  ['postfix_3_report_relayed', 'relayed', '2.0.0', anna],
  ['postfix_3_report_smtputf8', 'failed', '5.1.1', 'änna.hoff@contoso.example'],
  ['qmail_1_text', 'failed', '5.1.1', anna],
  ['qmail_1_text_queue_time', 'failed', '4.4.1', anna],
  ['sendmail_5_text', 'failed', '5.1.1'],
  ['sendmail_8_report', 'failed', '5.1.1', anna],
  ['sendmail_8_report_delayed', 'delayed', '4.2.0', anna],
  ['unknown_1_report_many_recipients', 'failed', '5.1.1', anna],
  ['unknown_1_report_no_status', 'unknown'],
  ['unknown_1_text_lower_case_id', 'failed'],
  ['unknown_1_text_no_words', 'unknown'],
  ['unknown_1_text_wrapped_id', 'failed'],
  ['yahoo_2026_text', 'failed', undefined, anna],
];

test('every fixture is in the table', () => {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.eml'))
    .map((name) => name.slice(0, -'.eml'.length));
  expect(dialects.map(([name]) => name).toSorted()).toEqual(names.toSorted());
});

describe.each(
  dialects.map(([name, kind, status, recipient]) => ({ name, kind, status, recipient })),
)('$name', ({ name, kind, status, recipient }) => {
  const lines = { LF: '\n', CRLF: '\r\n' } as const;

  test.each(Object.keys(lines) as (keyof typeof lines)[])('is read (%s)', async (ends) => {
    const bounce = await read(filled(name, own).replaceAll('\n', lines[ends]));
    expect(bounce).toMatchObject({ caseId, kind });
    expect([bounce?.status, bounce?.recipient]).toEqual([status, recipient]);
    expect(bounce?.diagnostic ?? '').not.toMatch(/[\x00-\x1f\x7f]/);
  });

  test('is about nothing of ours when the signature is not', async () => {
    expect(await read(filled(name, forged))).toBeUndefined();
  });

  test('is never answered, and belongs to the case of the reply', async () => {
    const { action, reason, relatedCaseId } = await decideAtDesk(filled(name, own));
    expect({ action, relatedCaseId }).toEqual({ action: 'suppress', relatedCaseId: caseId });
    if (kind === 'failed' || kind === 'unknown') expect(reason).toBe('suppressed-bounce-of-reply');
    else expect(reason).not.toBe('suppressed-bounce-of-reply');
  });
});

const refusal = `Your mail could not be delivered: 550 5.1.1 no such user.\n\nMessage-ID: ${own}\n`;

/** Mails that name our reply and are no report of it. */
const others: readonly (readonly [string, string])[] = [
  [
    'a person who quotes the reply and complains',
    mailText({
      results: passFor('contoso.example'),
      subject: 'Re: Your subscription',
      fields: [`In-Reply-To: ${own}`],
      body: refusal,
    }),
  ],
  [
    'a stranger who writes like a mail server',
    mailText({ from: 'Eve <eve@evil.example>', subject: 'Undeliverable', body: refusal }),
  ],
  [
    'a vacation program that quotes the reply',
    mailText({
      above: ['Return-Path: <>'],
      subject: 'Out of office',
      fields: ['Auto-Submitted: auto-replied (vacation)', `In-Reply-To: ${own}`],
      body: 'I am away until Monday.',
    }),
  ],
  [
    'an absence that sounds like a failure, above the header section of the reply',
    mailText({
      above: ['Return-Path: <>'],
      subject: 'Out of office',
      body: `I am away, and your mail cannot be delivered to anybody else.\n\n> Message-ID: ${own}\n`,
    }),
  ],
  [
    'a read receipt for the reply',
    mailText({
      above: ['Return-Path: <>'],
      subject: 'Read: Your subscription',
      contentType: 'multipart/report; report-type=disposition-notification; boundary=b',
      body: `--b\r\nContent-Type: text/plain\r\n\r\nread\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\nOriginal-Message-ID: ${own}\r\nDisposition: manual-action/MDN-sent-manually; deleted\r\n--b--\r\n`,
    }),
  ],
  [
    'a report about a colleague’s mail in the same thread',
    filled('postfix_3_report', '<colleague-1@partner.example>').replaceAll(
      /^References: .*$/gm,
      `References: ${own}`,
    ),
  ],
  [
    'a complaint about the reply',
    mailText({
      contentType: 'multipart/report; report-type=feedback-report; boundary=b',
      body: `--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: ${own}\r\nFrom: support@partner.example\r\n\r\ntext\r\n--b--\r\n`,
    }),
  ],
];

test.each(others)('%s: no report, and no answer', async (_, raw) => {
  expect(await read(raw)).toBeUndefined();
  const { action, bounce } = await decideAtDesk(raw);
  expect(bounce).toBeUndefined();
  expect(action).not.toBe('reply');
});

/** A report on so many members of a list, of whom one was not reached. */
function listReport(members: number, failed: number): string {
  const groups = Array.from({ length: members }, (_, index) => {
    const [action, status] = index === failed ? ['failed', '5.1.1'] : ['delivered', '2.0.0'];
    return `Final-Recipient: rfc822; p${index}@contoso.example\nAction: ${action}\nStatus: ${status}\n`;
  });
  return filled('unknown_1_report_no_status', own).replace(
    'Reporting-MTA: dns; mail.contoso.example\n',
    `Reporting-MTA: dns; mail.contoso.example\n\n${groups.join('\n')}`,
  );
}

test('a failure behind all that is read of a report is never taken for a delivery', async () => {
  const max = reportRecipientsMax;
  expect(await read(listReport(max, max - 1))).toMatchObject({ kind: 'failed', status: '5.1.1' });
  expect(await read(listReport(max, max))).toMatchObject({ kind: 'delivered' });
  expect(await read(listReport(max + 1, max))).toMatchObject({ kind: 'unknown' });
  expect(await read(listReport(10_000, 9_999))).toMatchObject({ kind: 'unknown' });
  expect(await read(listReport(10_000, 5))).toMatchObject({ kind: 'failed', status: '5.1.1' });
});

test('nor one behind the length that is kept of a report', async () => {
  const long = `Diagnostic-Code: smtp; ${'x'.repeat(reportPartCharsMax)}\n`;
  const raw = listReport(2, 1).replace('Status: 2.0.0\n', `Status: 2.0.0\n${long}`);
  expect(await read(raw)).toMatchObject({ kind: 'unknown' });
  expect(await read(listReport(2, 1))).toMatchObject({ kind: 'failed' });
});

test('without a key nothing is ours', async () => {
  const mail = await parseMail(Buffer.from(filled('postfix_3_report', own)));
  expect(readBounce(mail, undefined)).toBeUndefined();
});

test('what a report says to people cannot command a terminal', async () => {
  const raw = filled('postfix_3_report', own).replaceAll(
    'no person of that name here',
    'no\u001b[2J such\u202e person',
  );
  expect((await read(raw))?.diagnostic).toBe('550 5.1.1 no [2J such person');
});
