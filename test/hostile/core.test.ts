/**
 * Attacks on the stages, each by its name: what must not happen when a mail is made to harm.
 *
 * The bounds in time are generous, for a busy machine: what they catch is cost that grows with the square.
 */
import { describe, expect, test } from 'vitest';
import { indexCustomers } from '../../src/core/customer-index.ts';
import { decideMail } from '../../src/core/decide-mail.ts';
import type { Decision } from '../../src/core/decision.ts';
import { parseMail } from '../../src/core/parse.ts';
import { processorMs } from '../support/flood.ts';
import {
  catalog,
  customers,
  decideAtDesk,
  forwardText,
  host,
  inlineBlock,
  mailText,
  noticeText,
  now,
  outcomeOf,
  passFor,
  policy,
  title,
  unprovenForward,
} from '../support/sample-desk.ts';

const byAnna = 'reply reply-instructions cancel-portal to anna.hoff@contoso.example';
const unproven = 'review review-unauthenticated-forwarder';

function recipientOf(decision: Decision): string | undefined {
  return decision.action === 'reply' ? decision.plan.to : undefined;
}

describe('forged authentication', () => {
  const forged = `Authentication-Results: ${host}; ${passFor('contoso.example')}`;

  test.each([
    [
      'below the host’s own verdict',
      unprovenForward({ above: [`Authentication-Results: ${host}; none`], fields: [forged] }),
      unproven,
    ],
    [
      'below the host’s own failure',
      unprovenForward({ above: [`Authentication-Results: ${host}; dmarc=fail`], fields: [forged] }),
      'review review-failed-authentication',
    ],
    [
      'in a line folded onto one that is no field',
      unprovenForward({
        above: [
          `Authentication-Results: ${host}; none`,
          'not a field',
          ` ; ${passFor('contoso.example')}`,
        ],
      }),
      unproven,
    ],
    [
      'in the comment of a real one',
      unprovenForward({
        above: [`Authentication-Results: ${host}; spf=none (; ${passFor('contoso.example')})`],
      }),
      unproven,
    ],
    [
      'behind a quoted quotation mark of a real one',
      unprovenForward({
        above: [
          `Authentication-Results: ${host}; spf=pass smtp.mailfrom="a\\"; ${passFor('contoso.example')}; x=\\""@evil.example`,
        ],
      }),
      unproven,
    ],
    [
      'below a real one that its sender made unreadable',
      unprovenForward({
        above: [`Authentication-Results: ${host}; spf=none smtp.mailfrom="a`, forged],
      }),
      unproven,
    ],
    [
      'in the quoted local part of a real one',
      unprovenForward({
        above: [
          `Authentication-Results: ${host}; spf=none smtp.mailfrom="a; ${passFor('contoso.example')};"@evil.example`,
        ],
      }),
      unproven,
    ],
    [
      'in the body',
      unprovenForward({ body: `${forged}\r\n\r\n${inlineBlock(noticeText())}` }),
      unproven,
    ],
    [
      'in an attached mail',
      unprovenForward({
        contentType: 'message/rfc822',
        body: `${forged}\r\nFrom: Microsoft <microsoft-noreply@microsoft.com>\r\nSubject: ${title}\r\n\r\n${noticeText()}`,
      }),
      unproven,
    ],
    [
      'behind a bare carriage return',
      unprovenForward({ above: [`Authentication-Results: ${host}; none`, `X-A: b\r${forged}`] }),
      'review review-unparsable',
    ],
    [
      'in an encoded word',
      unprovenForward({ fields: [`X-A: =?utf-8?q?=0D=0A${forged.replaceAll(' ', '_')}?=`] }),
      unproven,
    ],
    [
      'for the domain of an address in the display name',
      forwardText({
        from: '"anna.hoff@contoso.example" <eve@evil.example>',
        results: passFor('evil.example'),
      }),
      'reply reply-ask-for-details ask-for-details to eve@evil.example',
    ],
    [
      'for a look-alike of the customer’s domain',
      forwardText({
        from: 'anna.hoff@contoso.example.evil.example',
        results: passFor('contoso.example.evil.example'),
      }),
      'reply reply-ask-for-details ask-for-details to anna.hoff@contoso.example.evil.example',
    ],
    [
      'for a look-alike in other letters',
      forwardText({ from: 'anna.hoff@cоntoso.example', results: passFor('contoso.example') }),
      unproven,
    ],
    [
      'by another tenant of Microsoft',
      forwardText({
        from: 'anna@contoso.onmicrosoft.com',
        results:
          'dkim=pass header.d=evil.onmicrosoft.com; spf=pass smtp.mailfrom=evil.onmicrosoft.com',
      }),
      unproven,
    ],
  ])('%s', async (_, raw, expected) => {
    expect(await outcomeOf(raw)).toBe(expected);
  });
});

describe('header injection', () => {
  const injected = '=0D=0ABcc:_eve@evil.example=0D=0A';

  test.each([
    [
      'through the author’s name',
      forwardText({ from: `=?utf-8?q?Anna${injected}?= <anna.hoff@contoso.example>` }),
    ],
    ['through the subject', forwardText({ subject: `=?utf-8?q?Fw:_x${injected}?=` })],
    [
      'through the typed author of the original',
      forwardText({
        body: inlineBlock(noticeText(), {
          from: `=?utf-8?q?M${injected}?= <microsoft-noreply@microsoft.com>`,
        }),
      }),
    ],
    [
      'through the organisation of the notice',
      forwardText({ notice: { organization: 'Contoso\rBcc: eve@evil.example' } }),
    ],
  ])('%s', async (_, raw) => {
    const decision = await decideAtDesk(raw);
    expect([undefined, 'anna.hoff@contoso.example']).toContain(recipientOf(decision));
    const { evidence, ...rest } = decision;
    for (const { detail } of evidence) expect(detail).not.toMatch(/[\r\n\0]/);
    if (rest.action === 'reply') expect(JSON.stringify(rest.plan.toName)).not.toContain('eve');
  });

  test('through the author’s address', async () => {
    for (const from of [
      'anna.hoff@contoso.example\u0000eve@evil.example',
      '=?utf-8?q?anna.hoff=40contoso.example=0D=0ABcc:_eve=40evil.example?=',
      '"anna.hoff@contoso.example eve"@evil.example',
    ]) {
      expect(await outcomeOf(forwardText({ from }))).toBe('review review-no-author');
    }
    const folded = '<anna.hoff@contoso.example\r\n Bcc: eve@evil.example>';
    expect(await outcomeOf(forwardText({ from: folded }))).toBe(byAnna);
  });
});

describe('two authors', () => {
  test.each([
    ['two From fields', forwardText({ fields: ['From: eve@evil.example'] })],
    [
      'the second with a space before its colon',
      forwardText({ fields: ['From : eve@evil.example'] }),
    ],
    ['the second in capitals', forwardText({ fields: ['FROM: eve@evil.example'] })],
    ['the second above the first', forwardText({ above: ['From: eve@evil.example'] })],
    [
      'two in angle brackets',
      forwardText({ from: '<anna.hoff@contoso.example> <eve@evil.example>' }),
    ],
    ['two in one field', forwardText({ from: 'anna.hoff@contoso.example, eve@evil.example' })],
    ['two in a group', forwardText({ from: 'g: anna.hoff@contoso.example, eve@evil.example;' })],
  ])('%s', async (_, raw) => {
    expect(await outcomeOf(raw)).toBe('review review-several-authors');
  });
});

describe('links that lie', () => {
  const safe = (url: string) =>
    `https://nam02.safelinks.protection.outlook.com/?url=${encodeURIComponent(url)}&data=1`;
  const html = (link: string) =>
    forwardText({
      contentType: 'text/html; charset=utf-8',
      body: `<div>From: Microsoft &lt;microsoft-noreply@microsoft.com&gt;<br>Sent: Thursday, November 12, 2026 9:31 AM<br>To: Anna<br>Subject: ${title}</div><br>${noticeText().replaceAll('\n', '<br>')}<br>${link}`,
    });

  test.each([
    [
      'Safe Links around a foreign host',
      html(`<a href="${safe('https://evil.example/')}">Renew</a>`),
      'review review-doubtful-notice',
    ],
    [
      'Safe Links around a look-alike',
      html(`<a href="${safe('https://micros0ft-renew.example/')}">Renew</a>`),
      'reply reply-suspicious suspicious to anna.hoff@contoso.example',
    ],
    [
      'a text that shows Microsoft',
      html('<a href="https://evil.example/">https://admin.microsoft.com/</a>'),
      'reply reply-suspicious suspicious to anna.hoff@contoso.example',
    ],
    [
      'a user name that is Microsoft’s host',
      html('<a href="https://admin.microsoft.com@evil.example/">Renew</a>'),
      'reply reply-suspicious suspicious to anna.hoff@contoso.example',
    ],
    [
      'a script',
      html('<a href="javascript:alert(1)">Renew</a>'),
      'reply reply-suspicious suspicious to anna.hoff@contoso.example',
    ],
    ['nothing that lies', html('<a href="https://admin.microsoft.com/">Renew</a>'), byAnna],
  ])('%s', async (_, raw, expected) => {
    expect(await outcomeOf(raw)).toBe(expected);
  });
});

const M = 1_000_000;
const block = inlineBlock('').trimEnd();
const head = (fields = ''): string =>
  `From: a@x.example\r\nSubject: Fw: ${title}\r\n${fields}Content-Type: `;
const text = (body: string): string => `${head()}text/plain; charset=utf-8\r\n\r\n${body}`;
const html = (body: string): string => `${head()}text/html; charset=utf-8\r\n\r\n${body}`;
const foldedOver = (value: string): string => (value.match(/.{1,900}/gs) ?? []).join('\r\n ');
const field = (name: string, value: string): string =>
  `${name}: ${foldedOver(value)}\r\n${head()}text/plain\r\n\r\nx`;
const nested = (depth: number): string =>
  `${head()}${Array.from({ length: depth }, (_, n) => `multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\nContent-Type: `).join('')}text/plain\r\n\r\nx`;

/** Megabytes of the worst that each stage can be given. */
const floods: readonly (readonly [string, () => string])[] = [
  ['a line of a million quote marks', () => text('>'.repeat(M))],
  ['half a million quoted empty lines', () => text('>\n'.repeat(M / 2))],
  ['a hundred thousand lines of a label', () => text('a:\n'.repeat(100_000))],
  ['a hundred thousand labels with blank lines between', () => text('From:\n\n'.repeat(100_000))],
  ['a megabyte of lines that look like labels', () => text('ab: cd\n'.repeat(M / 7))],
  [
    'a megabyte of lines that look like a header block of no language',
    () => text('a: x@y.zz\nb: 2026 10:10\n'.repeat(M / 23)),
  ],
  [
    'twenty-five thousand header blocks that were flattened',
    () => text('From: a : b : c : d : e : f : g : h\n'.repeat(M / 36)),
  ],
  ['a flattened header block of a megabyte', () => text(`From: ${'a :'.repeat(M / 3)}`)],
  ['a megabyte of separators', () => text('-------- Forwarded message --------\n'.repeat(M / 36))],
  ['a megabyte of dashes', () => text(`${'-'.repeat(119)}\n`.repeat(M / 120))],
  [
    'a megabyte of attributions without an end',
    () => text('On 28/10/2026 12:46 <a@b.cc> wrote\n'.repeat(M / 36)),
  ],
  [
    'a megabyte of attributions with long domains',
    () => text(`On 28/10/2026 12:46, <a@b${'.c'.repeat(200)}> wrote:\n`.repeat(M / 430)),
  ],
  [
    'typed recipients of a megabyte of quotation marks',
    () => text(block.replace('To: ', `To: ${'"'.repeat(M)}`)),
  ],
  [
    'a hundred thousand marked elements',
    () => html('<p class="gmail_quote MsoNormal">a: b</p>'.repeat(30_000)),
  ],
  [
    'twenty attachments of a megabyte without a name',
    () =>
      `${head()}multipart/mixed; boundary=b\r\n\r\n${`--b\r\nContent-Type: application/octet-stream\r\n\r\n${'a: b\r\n'.repeat(170_000)}\r\n`.repeat(20)}--b--`,
  ],
  ['three thousand forwards inside forwards', () => text(`${block}\n\n`.repeat(3_000))],
  ['a million spaces behind a header block', () => text(`${block}\n${' '.repeat(M)}x`)],
  ['a million line breaks behind a header block', () => text(`${block}\n${'\n'.repeat(M)}x`)],
  ['a recipient of a million brackets', () => text(block.replace('To: ', `To: ${'<'.repeat(M)}`))],
  [
    'a list of recipients over forty lines',
    () => text(block.replace('To: ', `To: a,\n${`${'a'.repeat(25_000)},\n`.repeat(38)}`)),
  ],
  [
    'a title with a megabyte of exclamation marks',
    () => mailText({ subject: `${title}${'!'.repeat(900_000)}x`, body: 'x' }),
  ],
  [
    'a title with a hundred thousand prefixes',
    () => mailText({ subject: `${'Fwd: '.repeat(100_000)}${title}`, body: 'x' }),
  ],
  [
    'five hundred links that end in two thousand brackets',
    () => text(`${block}\n\n${`http://a/${')'.repeat(1_990)}xxxxx\n`.repeat(500)}`),
  ],
  ['ten thousand links', () => text(`${block}\n\n${'https://a.example/x\n'.repeat(10_000)}`)],
  ['sixty thousand links in HTML', () => html('<a href="https://a.example">x</a>'.repeat(60_000))],
  ['a million labels of a notice', () => text(`${block}\n\n${'Domain:\n'.repeat(M / 8)}`)],
  [
    'a domain of half a million labels',
    () => text(`${block}\n\nDomain: ${'a.'.repeat(M / 2)}onmicrosoft.com`),
  ],
  [
    'half a million combining marks on a letter',
    () => text(`${block}\n\nDomain: a${'\u0301\u0323'.repeat(M / 4)}`),
  ],
  [
    'half a million ligatures that unfold to eighteen letters each',
    () => text(`${block}\n\n${'\uFDFA'.repeat(M / 2)}`),
  ],
  ['half a million soft hyphens', () => text(`${block}\n\na${'\u00AD'.repeat(M / 2)}`)],
  [
    'letters torn apart a hundred thousand times',
    () => text(`${block}\n\n${'a\u200B\u200B'.repeat(100_000)}`),
  ],
  [
    'parentheses in Authentication-Results',
    () => field('Authentication-Results', '('.repeat(M - 10_000)),
  ],
  [
    'sixty fields of spaces in Authentication-Results',
    () =>
      `${`Authentication-Results: ${host}; a${' '.repeat(15_000)}b=c\r\n`.repeat(60)}${head()}text/plain\r\n\r\nx`,
  ],
  [
    'sixty fields of semicolons in Authentication-Results',
    () =>
      `${`Authentication-Results: ${host}${';'.repeat(15_000)}\r\n`.repeat(60)}${head()}text/plain\r\n\r\nx`,
  ],
  ['brackets in From', () => `From: ${foldedOver('<'.repeat(M - 10_000))}\r\n\r\nx`],
  ['parentheses in From', () => `From: ${foldedOver('('.repeat(M - 10_000))}\r\n\r\nx`],
  ['a hundred thousand authors', () => `From: ${foldedOver('a@b.cc,'.repeat(100_000))}\r\n\r\nx`],
  [
    'a hundred thousand groups in From',
    () => `From: ${foldedOver('a:b;'.repeat(100_000))}\r\n\r\nx`,
  ],
  [
    'sixty thousand encoded words in From',
    () => `From: ${foldedOver('=?utf-8?q?a?= '.repeat(60_000))}\r\n\r\nx`,
  ],
  [
    'a hundred thousand header fields',
    () => `${'a:b\r\n'.repeat(100_000)}${head()}text/plain\r\n\r\nx`,
  ],
  ['a header line without an end', () => 'x'.repeat(M)],
  ['References of a megabyte', () => field('References', '<a'.repeat(400_000))],
  [
    'Received fields full of “by”',
    () => `${`Received: ${'by '.repeat(20_000)}\r\n`.repeat(15)}${head()}text/plain\r\n\r\nx`,
  ],
  ['blockquotes fifty thousand deep', () => html(`${'<blockquote>'.repeat(50_000)}x`)],
  ['elements six hundred thousand deep', () => html(`${'<b>'.repeat(600_000)}x`)],
  [
    'closing tags of what was never opened, in the deep',
    () => html(`${'<b>'.repeat(300_000)}${'</i>'.repeat(275_000)}`),
  ],
  [
    'closing tags of what is open furthest',
    () => html(`<i>${'<b>'.repeat(300_000)}</i>`.repeat(2)),
  ],
  ['two million opening brackets', () => html('<'.repeat(2 * M))],
  ['a tag of half a million attributes', () => html(`<a ${'x=y '.repeat(500_000)}>`)],
  ['a tag that never ends', () => html(`<a href="${'x'.repeat(2 * M)}`)],
  ['comments that never end', () => html('<!--'.repeat(500_000))],
  ['a class of a million names', () => html(`<p class="${'a '.repeat(M)}">x`)],
  [
    'hidden elements eighty thousand deep',
    () => html(`${'<p style="display: none">'.repeat(80_000)}x`),
  ],
  ['parts nine hundred deep', () => nested(900)],
  ['parts five thousand deep', () => nested(5_000)],
  [
    'attached messages two thousand deep',
    () => `${`${head()}message/rfc822\r\n\r\n`.repeat(2_000)}${head()}text/plain\r\n\r\nx`,
  ],
  [
    'twenty attached messages below a large text',
    () =>
      `${head()}multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n${'<p>x'.repeat(400_000)}\r\n${`--b\r\nContent-Type: message/rfc822\r\n\r\n${head()}text/plain\r\n\r\nx\r\n`.repeat(20)}--b--`,
  ],
  [
    'quoted-printable of a million equals signs',
    () =>
      `${head()}text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${'='.repeat(M)}`,
  ],
  [
    'a charset that switches at every letter',
    () => `${head()}text/plain; charset=iso-2022-jp\r\n\r\n${'\u001B$B'.repeat(M / 3)}`,
  ],
  [
    'flowed text of quote marks',
    () => `${head()}text/plain; format=flowed; delsp=yes\r\n\r\n${'> \r\n'.repeat(M / 4)}`,
  ],
];

/** Ten times what the slowest takes alone; a square would take minutes. */
const boundMs = 15_000;

describe('floods', () => {
  test.each(floods)('%s ends as a decision, in time', async (_, make) => {
    const raw = Buffer.from(make(), 'utf8');
    const from = processorMs();
    const { decision } = await decideMail(
      raw,
      { policy, catalog, ...indexCustomers(customers) },
      { complete: true, now },
    );
    expect(decision.action).not.toBe('reply');
    expect(processorMs() - from).toBeLessThan(boundMs);
  });
});

test('a mail that cannot be read is the desk’s, with its author and subject still shown', async () => {
  const decision = await decideAtDesk(nested(5_000));
  expect(decision.reason).toBe('review-unparsable');
  expect(decision.sender).toBe('a@x.example');
  expect((await parseMail(Buffer.from(nested(5_000)))).subject).toContain('lose access');
});
