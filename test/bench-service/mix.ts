/**
 * What lies in a support mailbox, in fixed shares, so that each run has the same work:
 *
 * of a hundred mails 40 are forwards of the notice by as many customers, 25 newsletters (HTML, some 40 kB),
 * 18 questions (text and HTML, a quoted thread below), 7 mails with an attachment of 60 to 200 kB,
 * 5 absence notes and 5 delivery reports.
 */
import { forwardOf } from './forwards.ts';

export const forwardsOfHundred = 40;

type Kind = 'forward' | 'newsletter' | 'question' | 'attachment' | 'absence' | 'report';

const shares: Readonly<Record<Kind, number>> = {
  forward: forwardsOfHundred,
  newsletter: 25,
  question: 18,
  attachment: 7,
  absence: 5,
  report: 5,
};

/** The kinds of a hundred mails, well mixed: a step that has no divisor in common with 100. */
const kinds: readonly Kind[] = (() => {
  const sorted = (Object.keys(shares) as Kind[]).flatMap((kind) =>
    Array.from({ length: shares[kind] }, () => kind),
  );
  return sorted.map((_, at) => sorted[(at * 37) % sorted.length] ?? 'question');
})();

/** How many of the first `mails` mails are forwards. */
export function forwardsAmong(mails: number): number {
  const rest = kinds.slice(0, mails % kinds.length).filter((kind) => kind === 'forward');
  return Math.floor(mails / kinds.length) * forwardsOfHundred + rest.length;
}

export interface BenchMail {
  readonly kind: Kind;
  readonly raw: string;
}

/** The `at`th mail of the mix, which is always the same. A binary string with CRLF. */
export function mailOf(at: number): BenchMail {
  const kind = kinds[at % kinds.length] ?? 'question';
  if (kind === 'forward') return { kind, raw: forwardOf(forwardsAmong(at)) };
  return { kind, raw: others[kind](at) };
}

const words =
  'the invoice of this month has two lines more than before could you please tell us what they are for and ' +
  'whether the new licenses are in it already since our accountant would like to close the books by Friday';

/** Some text of about `chars` characters, another for each number. */
function prose(number: number, chars: number): string {
  const list = words.split(' ');
  const chosen: string[] = [];
  for (let length = 0, at = number; length < chars; at += 1) {
    const word = list[(at * 7 + number) % list.length] ?? 'mail';
    chosen.push(chosen.length % 14 === 13 ? `${word}.\r\n` : word);
    length += word.length + 1;
  }
  return chosen.join(' ').replace(/\r\n /g, '\r\n');
}

function head(at: number, from: string, subject: string, more: readonly string[] = []): string {
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return [
    `Return-Path: <${more.includes('null') ? '' : from}>`,
    'Delivered-To: support@partner.example',
    `Authentication-Results: mx.partner.example; spf=pass smtp.mailfrom=${from};`,
    `\tdkim=pass header.d=${domain} header.s=s1; dmarc=pass header.from=${domain}`,
    `Received: from mail.${domain} (mail.${domain} [198.51.100.${at % 250}])`,
    `\tby mx.partner.example with ESMTPS id ${at.toString(16).toUpperCase()}AF3;`,
    '\tFri, 20 Nov 2026 10:05:41 +0000',
    `From: Robin Roe <${from}>`,
    'To: Fabrikam Support <support@partner.example>',
    `Subject: ${subject}`,
    'Date: Fri, 20 Nov 2026 10:05:37 +0000',
    `Message-ID: <other-${at}@${domain}>`,
    'MIME-Version: 1.0',
    ...more.filter((line) => line !== 'null'),
  ].join('\r\n');
}

function alternative(text: string, html: string): string {
  return [
    'Content-Type: multipart/alternative; boundary="=_alt"',
    '',
    '--=_alt',
    'Content-Type: text/plain; charset="utf-8"',
    '',
    text,
    '--=_alt',
    'Content-Type: text/html; charset="utf-8"',
    '',
    html,
    '--=_alt--',
    '',
  ].join('\r\n');
}

function newsletter(at: number): string {
  const block = (number: number) =>
    [
      '<table role="presentation" width="600" cellpadding="0" cellspacing="0" style="border-collapse:collapse">',
      `<tr><td style="padding:24px;font-family:Helvetica,Arial,sans-serif;font-size:16px"><h2>Part ${number}</h2>`,
      `<p style="margin:0 0 12px 0;color:#333333">${prose(at + number, 600)}</p>`,
      `<p><a href="https://news.letter-${at % 97}.example/c/${at}/${number}?utm_source=mail">Read on</a></p>`,
      `<img src="https://img.letter-${at % 97}.example/${number}.png" width="552" alt="">`,
      '</td></tr></table>',
    ].join('\r\n');
  const blocks = Array.from({ length: 36 }, (_, number) => block(number));
  const html = `<html><head><style>td{color:#222}</style></head><body>\r\n${blocks.join('\r\n')}\r\n</body></html>`;
  const list = [
    `List-Id: Letter <weekly.letter-${at % 97}.example>`,
    `List-Unsubscribe: <https://news.letter-${at % 97}.example/leave?m=${at}>`,
    'Precedence: bulk',
  ];
  const from = `letter@letter-${at % 97}.example`;
  return `${head(at, from, `This week in licensing, number ${at}`, list)}\r\n${alternative(prose(at, 2_000), html)}`;
}

function questionParts(at: number): string {
  const text = `Hello,\r\n\r\n${prose(at, 700)}\r\n\r\nKind regards\r\nRobin`;
  const quoted = prose(at + 3, 2_500);
  const html = `<html><body><div>${text.replaceAll('\r\n', '<br>\r\n')}</div><blockquote>${quoted}</blockquote></body></html>`;
  return alternative(`${text}\r\n\r\n> ${quoted.replaceAll('\r\n', '\r\n> ')}`, html);
}

function question(at: number): string {
  const from = `robin@asking-${at % 997}.example`;
  return `${head(at, from, `Re: Our invoice ${at}`)}\r\n${questionParts(at)}`;
}

function attachment(at: number): string {
  const octets = Buffer.alloc(60_000 + (at % 15) * 10_000);
  for (let i = 0, value = at; i < octets.length; i += 1) {
    value = (value * 1_103_515_245 + 12_345) & 0x7fffffff;
    octets[i] = value >> 16;
  }
  const lines = octets.toString('base64').match(/.{1,76}/g) ?? [];
  const parts = [
    'Content-Type: multipart/mixed; boundary="=_mix"',
    '',
    '--=_mix',
    questionParts(at),
    '--=_mix',
    `Content-Type: application/pdf; name="order-${at}.pdf"`,
    `Content-Disposition: attachment; filename="order-${at}.pdf"`,
    'Content-Transfer-Encoding: base64',
    '',
    ...lines,
    '--=_mix--',
    '',
  ];
  return `${head(at, `robin@asking-${at % 997}.example`, `Signed order ${at}`)}\r\n${parts.join('\r\n')}`;
}

function absence(at: number): string {
  const fields = [
    'null',
    'Auto-Submitted: auto-replied',
    'Content-Type: text/plain; charset=utf-8',
  ];
  const from = `away@asking-${at % 997}.example`;
  return `${head(at, from, `Automatic reply: Our invoice ${at}`, fields)}\r\n\r\nI am away until Monday.\r\n`;
}

function report(at: number): string {
  const fields = [
    'null',
    'Auto-Submitted: auto-replied',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="=_rep"',
  ];
  const parts = [
    '',
    '--=_rep',
    'Content-Type: text/plain; charset=utf-8',
    '',
    `Your message could not be delivered. ${prose(at, 200)}`,
    '--=_rep',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mail.asking.example',
    '',
    `Final-Recipient: rfc822; gone-${at}@asking-${at % 997}.example`,
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 no such user',
    '',
    '--=_rep--',
    '',
  ];
  const from = `mailer-daemon@asking-${at % 997}.example`;
  return `${head(at, from, 'Undelivered mail', fields)}\r\n${parts.join('\r\n')}`;
}

const others: Readonly<Record<Exclude<Kind, 'forward'>, (at: number) => string>> = {
  newsletter,
  question,
  attachment,
  absence,
  report,
};
