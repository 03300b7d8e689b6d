/**
 * The worst that the stages can be given that read a mail as a whole: parse, screen, authenticate, and the
 * readers of its HTML and lines.
 */
import { authenticate } from '../../src/core/authenticate.ts';
import { readAuthenticationResults } from '../../src/core/authentication-results.ts';
import { readBounce } from '../../src/core/bounce.ts';
import { composeReply } from '../../src/core/compose.ts';
import { htmlToText } from '../../src/core/html-text.ts';
import type { HeaderField, Mail } from '../../src/core/mail.ts';
import { ownReferences } from '../../src/core/own-references.ts';
import { caseIdOf, parseMail } from '../../src/core/parse.ts';
import { screen } from '../../src/core/screen.ts';
import { readLines, unquote } from '../../src/core/text-lines.ts';
import { customerWith, inputFor, planFor } from '../core/compose-fixture.ts';
import { type Flood, fill, unitFloods } from '../support/flood.ts';
import { catalog, host, messageIdKey, policy } from '../support/sample-desk.ts';

/** A parsed mail with nothing in it but what is said. */
export function mailWith(part: Partial<Mail>): Mail {
  return {
    fields: [],
    from: [{ address: 'anna@contoso.example' }],
    replyTo: [],
    to: [],
    cc: [],
    subject: '',
    inReplyTo: [],
    references: [],
    attachments: [],
    attachedMails: [],
    mediaType: 'text/plain',
    sizeBytes: 1,
    defects: [],
    ...part,
  };
}

const head = 'From: a@x.example\r\nSubject: Fw: x\r\n';

/** Folded at 900 characters, as a mail server would pass it on; core stops at a megabyte of header section. */
const folded = (text: string): string =>
  (text.slice(0, 950_000).match(/.{1,900}/gs) ?? []).join('\r\n ');

const parsing = (name: string, make: (octets: number) => string): Flood => ({
  stage: 'parse',
  name,
  prepare: (octets) => {
    const raw = Buffer.from(make(octets), 'utf8');
    return () => parseMail(raw);
  },
});

const fieldUnits = [
  ' ',
  '<',
  '>',
  '(',
  '((a)',
  '"',
  '\\',
  ',',
  ';',
  ':;',
  '@',
  'a@b.cc,',
  'a:b@c.dd;',
  '<a@b.cc>',
  '=?',
  '=?utf-8?q?',
  '=?utf-8?q?a?= ',
  '=?utf-8?b?/?==?utf-8?b?/?=',
  "a*0*=utf-8''x;",
  'a*1=x;',
  '=?x?q??=',
  '; boundary=b',
  '\r\n ',
];

const addressFields = [
  'From',
  'To',
  'Subject',
  'Content-Type',
  'Content-Disposition',
  'References',
];

const parts = (make: (part: number) => string, count: number): string =>
  `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n${Array.from({ length: count }, (_, n) => `--b\r\n${make(n)}\r\n`).join('')}--b--`;

const nested = (depth: number, body: string): string =>
  `${head}Content-Type: ${Array.from({ length: depth }, (_, n) => `multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\nContent-Type: `).join('')}text/plain\r\n\r\n${body}`;

const body = (fields: string, text: string): string => `${head}${fields}\r\n\r\n${text}`;

const parseFloods: readonly Flood[] = [
  ...addressFields.flatMap((name) =>
    fieldUnits.map((unit) =>
      parsing(`${name} of ${JSON.stringify(unit)}`, (octets) => {
        const value = unit === '\r\n ' ? fill(unit, octets * 0.9) : folded(fill(unit, octets));
        return `${head.replace(`${name}:`, 'X-Other:')}${name}: text/plain${value}x\r\n\r\nx`;
      }),
    ),
  ),
  parsing('one line', (octets) => body('', 'x'.repeat(octets))),
  parsing('empty lines', (octets) => body('', '\r\n'.repeat(octets / 2))),
  parsing('bare carriage returns', (octets) => `a: b\r\n${fill('a\r', octets)}`),
  parsing('one header line', (octets) => `${'x'.repeat(octets * 0.9)}`),
  parsing('one field', (octets) => `X: ${'x'.repeat(octets * 0.9)}\r\n${head}\r\nx`),
  parsing('fields', (octets) => `${fill('a:b\r\n', octets * 0.9)}${head}\r\nx`),
  parsing(
    'lines folded onto no field',
    (octets) => `x\r\n${fill(' y\r\n', octets * 0.9)}${head}\r\nx`,
  ),
  parsing('boundary-like lines', (octets) => parts(() => `\r\n${fill('--x\r\n', octets)}`, 1)),
  parsing('boundary-like lines below 900 open boundaries', (octets) =>
    nested(900, fill('--b\r\n', octets)),
  ),
  parsing('900 texts', (octets) => parts(() => `\r\n${fill('x\r\n', octets / 900)}`, 900)),
  parsing('900 texts in HTML', (octets) =>
    parts(() => `Content-Type: text/html\r\n\r\n${fill('<p>x', octets / 900)}`, 900),
  ),
  parsing('900 attachments', (octets) =>
    parts(
      () => `Content-Type: application/octet-stream\r\n\r\n${fill('a: b\r\n', octets / 900)}`,
      900,
    ),
  ),
  parsing('twenty attached messages', (octets) =>
    parts(() => `Content-Type: message/rfc822\r\n\r\n${body('', fill('x\r\n', octets / 20))}`, 20),
  ),
  parsing(
    'attached messages in attached messages',
    (octets) =>
      `${`${head}Content-Type: message/rfc822\r\n\r\n`.repeat(6)}${body('', fill('x\r\n', octets))}`,
  ),
  parsing('base64', (octets) =>
    body('Content-Transfer-Encoding: base64\r\n', fill('QUJD\r\n', octets)),
  ),
  parsing('base64 of nothing', (octets) =>
    body('Content-Transfer-Encoding: base64\r\n', fill('=!\r\n', octets)),
  ),
  parsing('quoted-printable', (octets) =>
    body('Content-Transfer-Encoding: quoted-printable\r\n', fill('=\r\n', octets)),
  ),
  parsing('quoted-printable in one line', (octets) =>
    body('Content-Transfer-Encoding: quoted-printable\r\n', fill('=20', octets)),
  ),
  parsing('flowed text', (octets) =>
    body('Content-Type: text/plain; format=flowed; delsp=yes\r\n', fill('> a \r\n', octets)),
  ),
  parsing('flowed spaces', (octets) =>
    body('Content-Type: text/plain; format=flowed\r\n', fill(' \r\n', octets)),
  ),
  ...['iso-2022-jp', 'utf-7', 'utf-16', 'gb18030', 'unknown-8bit'].map((octetset) =>
    parsing(`text in ${octetset}`, (octets) =>
      body(`Content-Type: text/plain; octetset=${octetset}\r\n`, fill('\u001B$B+AGE-', octets)),
    ),
  ),
  {
    stage: 'parse',
    name: 'the id of a case',
    prepare: (octets) => {
      const raw = Buffer.from(`${fill('Message-ID: <\r\nFrom: (\r\n', octets)}\r\nx`);
      return () => caseIdOf('desk', raw);
    },
  },
];

/** Fields of one name after the other, as long as core keeps them, of noise with something behind it. */
const fieldsOf = (names: readonly string[], unit: string, octets: number): HeaderField[] =>
  Array.from({ length: Math.max(1, octets / 64_000) }, (_, n) => ({
    name: names[n % names.length] ?? '',
    value: `${fill(unit, Math.min(octets, 64_000))}x`,
  }));

const screenedNames = [
  'return-path',
  'auto-submitted',
  'x-auto-response-suppress',
  'precedence',
  'x-autoreply',
  'x-precedence',
  'x-auto-reply',
];

const screening = (name: string, make: (octets: number) => Mail): Flood => ({
  stage: 'screen',
  name,
  prepare: (octets) => {
    const mail = make(octets);
    return () => screen(mail, { policy, senderDomains: catalog.senderDomains });
  },
});

const screenFloods: readonly Flood[] = [
  ...screenedNames.flatMap((field) =>
    [' ', '(', '"', '\\', '<', 'a', '+srs', 'auto-'].map((unit) =>
      screening(`${field} of ${JSON.stringify(unit)}`, (octets) =>
        mailWith({ fields: fieldsOf([field], unit, octets) }),
      ),
    ),
  ),
  screening('authors', (octets) =>
    mailWith({ from: Array.from({ length: octets / 10 }, () => ({ address: 'a-no-re@b.cc' })) }),
  ),
  screening('an author of dashes', (octets) =>
    mailWith({ from: [{ address: `${fill('do-not-', octets)}@b.cc` }] }),
  ),
  screening('ids like our own', (octets) =>
    mailWith({
      references: Array.from(
        { length: octets / 60 },
        () => `<tr.c.${'a'.repeat(32)}@partner.example>`,
      ),
    }),
  ),
  screening('an id like our own', (octets) =>
    mailWith({ inReplyTo: [`<tr.c.${'a'.repeat(32)}@${'a'.repeat(octets)}`] }),
  ),
  screening('a subject', (octets) => mailWith({ subject: fill('automatic ', octets) })),
  screening('media types', (octets) =>
    mailWith({
      attachments: Array.from({ length: octets / 20 }, () => ({ mediaType: 'a/b', sizeBytes: 1 })),
    }),
  ),
];

const resultUnits = [
  ' ',
  '(',
  '()',
  ';',
  '"',
  '""',
  '\\',
  '=',
  'a=b ',
  'dkim=pass header.d=contoso.example;',
  'dmarc=none ',
  'x',
  'by ',
  '\t',
];

const authenticateFloods: readonly Flood[] = [
  ...resultUnits.flatMap((unit) =>
    [`${host}; `, '', 'i=1; '].map(
      (before): Flood => ({
        stage: 'authenticate',
        name: `${JSON.stringify(unit)} behind “${before}”`,
        prepare: (octets) => {
          const names = [
            'authentication-results',
            'arc-authentication-results',
            'received',
            'arc-seal',
            'arc-message-signature',
          ];
          const mail = mailWith({
            // As long as a field that is read.
            fields: Array.from({ length: Math.max(1, octets / 16_000) }, (_, n) => ({
              name: names[n % 5] ?? '',
              value: `${before.replace('i=1', `i=${1 + Math.floor(n / 5)}`)}${fill(unit, 15_900)}`,
            })),
          });
          return () =>
            authenticate(mail, {
              trustedAuthservIds: ['other.example', host, 'exchange-online'],
              trustedArcSealers: [host],
            });
        },
      }),
    ),
  ),
  ...unitFloods('authenticate', resultUnits, (text) =>
    readAuthenticationResults(`${host}; dkim=pass${text}`),
  ),
];

const tags =
  '<b> </b> < > & &amp; &#x; <a> <a_href=x>y <a_href="https://a.example">x</a> <p> <p>a </p> <br> <td> <tr><td> <!-- --> <!--> <![CDATA[ <script> <style> <title> <svg><title> <textarea> <pre> <plaintext> <a_ <a_x=" <p_class="a_b_c"> <p_style="display:none"> <p_style="visibility:hidden;_"> <p_hidden> <blockquote_type=cite> <table><tr><td><p>'
    .split(' ')
    .map((tag) => tag.replaceAll('_', ' '));

const html: readonly Flood[] = [
  ...unitFloods('html', [...tags, ' ', '\n', '\u00A0', '<pre>\n', 'x '], htmlToText),
  ...['i', 'b', 'p', 'a'].map(
    (name): Flood => ({
      stage: 'html',
      name: `half of it <b>, half of it </${name}>`,
      prepare: (octets) => {
        const text = `${fill('<b>', octets / 2)}${fill(`</${name}>`, octets / 2)}`;
        return () => htmlToText(text);
      },
    }),
  ),
  ...unitFloods('html', ['a ', ' ', 'display: none;', '&quot;', "'"], (text) =>
    htmlToText(`<p class="${text}" style="${text}" id='${text}' href="${text}">x`),
  ),
];

const lines = unitFloods(
  'lines',
  ['>', '> ', '>\n', ' >', '\n', 'a\n', '\u200E', '\uFEFF>'],
  (text) =>
    unquote(
      readLines(text).map(({ raw }) => raw),
      1_000,
    ),
);

const customer = customerWith([{}]);

const composing: readonly Flood[] = ['<a@b.cc>', '<', `<${'a'.repeat(500)}@b>`].map((id) => ({
  stage: 'compose',
  name: `references ${id.slice(0, 10)}`,
  prepare: (octets) => {
    const references = Array.from({ length: octets / id.length }, () => id);
    const plan = planFor('cancel-portal', 'en', customer);
    const mail = { messageId: fill(id, octets), references, inReplyTo: references };
    return () => composeReply(inputFor(plan, { mail }));
  },
}));

/** A delivery report that is nothing but one unit, in every place that is searched for an id or a status. */
const bounceUnits = [
  'tr.c.',
  `tr.c.${'a'.repeat(32)}`,
  `tr.${'c'.repeat(128)}.`,
  'Message-ID: ',
  'Message-ID:\n ',
  'References: x\n ',
  'Final-Recipient: rfc822; a@b.cc\nAction: failed\n\n',
  'Status: 5.1.',
  '5.',
  '550 ',
  '> ',
  '\n',
  '=\n',
  '- ',
  'will keep trying ',
  'could not ',
  'delivery to ',
] as const;

const bounceFloods: readonly Flood[] = unitFloods('bounce', bounceUnits, (text) => {
  const part = { mediaType: 'message/delivery-status', text };
  const inner = mailWith({ text, fields: [{ name: 'message-id', value: text }] });
  const mail = mailWith({
    mediaType: 'multipart/report',
    fields: [{ name: 'return-path', value: '<>' }],
    attachments: [{ mediaType: part.mediaType, sizeBytes: 1 }],
    reportParts: [part],
    attachedMails: [inner],
    subject: text,
    text,
    html: text,
  });
  ownReferences(mail, messageIdKey);
  readBounce(mail, messageIdKey);
  readBounce({ ...mail, reportParts: [], attachedMails: [] }, messageIdKey);
});

export const mailFloods: readonly Flood[] = [
  ...parseFloods,
  ...screenFloods,
  ...bounceFloods,
  ...authenticateFloods,
  ...html,
  ...lines,
  ...composing,
];
