/** Octets in, a mail out: what is wrong is listed, nothing throws, and no field is read that another wrote. */
import { expect, test } from 'vitest';
import * as limits from '../../src/core/limits.ts';
import {
  caseIdOf,
  isAddress,
  mailIdentity,
  messageIdsIn,
  parseAddresses,
  parseHeaderSection,
  parseMail,
} from '../../src/core/parse.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');
const parse = (text: string) => parseMail(bytes(text.replaceAll('\n', '\r\n')));

test.each([
  ['no bytes', '', ['no-author', 'no-header-section', 'empty']],
  ['no From', 'Subject: s\n\ntext', ['no-author']],
  ['two From fields', 'From: a@x.example\nFrom: b@x.example\n\ntext', ['several-from-fields']],
  [
    'two From fields in two spellings',
    'From: a@x.example\nFROM : b@x.example\n\nt',
    ['several-from-fields'],
  ],
  ['the same From twice', 'From: a@x.example\nFrom: a@x.example\n\nt', ['several-from-fields']],
  ['a From that holds no address', 'From: nobody\n\ntext', ['no-author']],
  ['no body', 'From: a@x.example\n\n', ['empty']],
  ['a blank body', 'From: a@x.example\n\n \n\t\n', ['empty']],
  ['only text', 'text without any field', ['no-author', 'no-header-section']],
])('names what is wrong with a mail of %s', async (_, raw, defects) => {
  const found = (await parse(raw)).defects;
  for (const defect of defects) expect(found).toContain(defect);
});

test('a sound mail has no defects', async () => {
  expect((await parse('From: a@x.example\nSubject: s\n\ntext')).defects).toEqual([]);
});

test('a mail exactly at the limit is read, one byte more is not', async () => {
  const head = 'From: a@x.example\r\n\r\n';
  const at = Buffer.concat([bytes(head), Buffer.alloc(limits.mailSizeBytesMax - head.length, 120)]);
  expect((await parseMail(at)).defects).toEqual([]);
  const over = Buffer.concat([at, Buffer.from('x')]);
  const mail = await parseMail(over);
  expect(mail.defects).toContain('too-large');
  expect(mail.from).toEqual([{ address: 'a@x.example' }]);
  expect(mail.sizeBytes).toBe(limits.mailSizeBytesMax + 1);
});

test('a mail of which only the head was fetched says so', async () => {
  const mail = await parseMail(bytes('From: a@x.example\r\n\r\ncut'), { complete: false });
  expect(mail.defects).toEqual(['too-large']);
  expect(mail.text ?? '').toBe('');
});

test.each([
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
])('reads fields with %s', (_, ending) => {
  const fields = parseHeaderSection(bytes(['A: 1', 'B: 2', ' 3', '', 'C: 4'].join(ending)));
  expect(fields).toEqual([
    { name: 'a', value: '1' },
    { name: 'b', value: '2 3' },
  ]);
});

test.each([
  ['an mbox line above', 'From x Thu Nov 12 08:31:00 2026\nA: 1\n\n', ['a: 1']],
  ['a line that is no field', 'A: 1\nno field\nB: 2\n\n', ['a: 1', 'b: 2']],
  ['a name with a space before the colon', 'A : 1\n\n', ['a: 1']],
  ['a name with a space inside', 'A B: 1\nC: 2\n\n', ['c: 2']],
  ['an empty value', 'A:\nB: 2\n\n', ['a: ', 'b: 2']],
  ['a colon in the value', 'A: b: c\n\n', ['a: b: c']],
  ['every instance of a field, in order', 'A: 1\nB: 2\nA: 3\n\n', ['a: 1', 'b: 2', 'a: 3']],
  ['empty lines above', '\n\nA: 1\n\n', ['a: 1']],
])('reads the header section with %s', (_, raw, expected) => {
  const fields = parseHeaderSection(bytes(raw));
  expect(fields.map(({ name, value }) => `${name}: ${value}`)).toEqual(expected);
});

// A host writes its verdict above what the author sent, and nothing below may reach up into it.
test('a folded line behind a broken one does not lengthen the field above it', () => {
  const raw =
    'Authentication-Results: mx.example; none\nbroken line\n dkim=pass header.d=x.example\n\n';
  expect(parseHeaderSection(bytes(raw))).toEqual([
    { name: 'authentication-results', value: 'mx.example; none' },
  ]);
});

test('fields beyond the limit are not read', () => {
  const fields = parseHeaderSection(bytes(`${'A: 1\n'.repeat(limits.headerFieldsMax + 1)}\n`));
  expect(fields).toHaveLength(limits.headerFieldsMax);
});

test('a value beyond the limit is cut', () => {
  const [field] = parseHeaderSection(bytes(`A: ${'x'.repeat(limits.headerValueCharsMax + 1)}\n\n`));
  expect(field?.value).toHaveLength(limits.headerValueCharsMax);
});

test('a header section that is not UTF-8 loses no byte', () => {
  const [field] = parseHeaderSection(Buffer.from([65, 58, 32, 0xe9, 10, 10]));
  expect(field?.value).toBe('é');
});

test.each([
  ['a@x.example', ['a@x.example']],
  ['Name <A@X.Example>', ['A@x.example']],
  ['a@x.example, b@y.example', ['a@x.example', 'b@y.example']],
  ['group: a@x.example, b@y.example;', ['a@x.example', 'b@y.example']],
  ['undisclosed-recipients:;', []],
  // Outlook users without quotes: one author, not two.
  ['Hoff, Anna <anna@x.example>', ['anna@x.example']],
  ['"a@x.example" <b@y.example>', ['b@y.example']],
  ['"a@x.example, c" <b@y.example>', ['b@y.example']],
  ['=?utf-8?q?a=40x.example=2C?= <b@y.example>', ['b@y.example']],
  ['=?utf-8?q?a=40x.example?=', []],
  ['"a@x.example b"@y.example', []],
  ['<a@x.example@y.example>', []],
  ['a@x.example\0@y.example', []],
  ['a@[192.0.2.1]', []],
  ['', []],
])('reads the address list “%s”', (value, expected) => {
  expect(parseAddresses(value).map(({ address }) => address)).toEqual(expected);
});

test.each([
  ['a@x.example', true],
  ['müller@bücher.example', true],
  ['a b@x.example', false],
  ['a@x.example\r\nBcc: b@y.example', false],
  ['a@x.example>', false],
  ['a,b@x.example', false],
  ['a@b@x.example', false],
  ['@x.example', false],
  ['a@', false],
  [`${'a'.repeat(320)}@x.example`, false],
])('“%s” as an address: %s', (text, expected) => {
  expect(isAddress(text)).toBe(expected);
});

test('message-ids are found among comments and folding', () => {
  expect(messageIdsIn('(x) <a@b>  <c@d>\t<e@f')).toEqual(['<a@b>', '<c@d>']);
});

test('text and HTML are kept apart, line ends become LF', async () => {
  const mail = await parse(
    'From: a@x.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nplain\nline\n--b\nContent-Type: text/html\n\n<p>html\n--b--\n',
  );
  expect(mail.text?.trim()).toBe('plain\nline');
  expect(mail.html).toContain('<p>html');
});

test.each([
  ['message/rfc822', 'Content-Type: message/rfc822'],
  ['a dragged .eml file', 'Content-Type: application/octet-stream; name="notice.EML"'],
  [
    'base64',
    'Content-Type: application/octet-stream; name=n.eml\nContent-Transfer-Encoding: base64',
  ],
])('reads a message attached as %s', async (name, head) => {
  const inner = 'From: m@microsoft.com\r\nSubject: inside\r\n\r\ntext';
  const body = name === 'base64' ? Buffer.from(inner).toString('base64') : inner;
  const mail = await parse(
    `From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nsee\n--b\n${head}\n\n${body}\n--b--\n`,
  );
  expect(mail.attachedMails.map(({ subject }) => subject)).toEqual(['inside']);
});

test('messages attached deeper than the limit are named, not followed', async () => {
  const nested = (depth: number): string =>
    `From: a@x.example\r\nSubject: ${depth}\r\nContent-Type: message/rfc822\r\n\r\n${depth === 0 ? 'From: z@x.example\r\n\r\nend' : nested(depth - 1)}`;
  const depthOf = (mail: Awaited<ReturnType<typeof parseMail>>): number =>
    mail.attachedMails.reduce((deepest, inner) => Math.max(deepest, 1 + depthOf(inner)), 0);
  const mail = await parseMail(bytes(nested(limits.attachedDepthMax + 3)));
  expect(depthOf(mail)).toBe(limits.attachedDepthMax);
});

test('winmail.dat and .msg are named, since nothing here can read them', async () => {
  const mail = await parse(
    'From: a@x.example\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\nAAAA\n',
  );
  expect(mail.defects).toContain('unreadable-attachment');
});

test('the identity of a mail is the same for every rendering of it, and not for another mail', () => {
  const mail = 'Message-ID: <1@x.example>\nFrom: a@x.example\nSubject: a\n b\nDate: x\n\ntext';
  const again = mail.replaceAll('\n', '\r\n').replace('text', 'rendered anew');
  expect(mailIdentity(bytes(mail))).toBe(mailIdentity(bytes(again)));
  expect(mailIdentity(bytes(mail.replace('Subject: a', 'Subject: c')))).not.toBe(
    mailIdentity(bytes(mail)),
  );
  expect(mailIdentity(bytes('From: a\n\n1'))).not.toBe(mailIdentity(bytes('From: a\n\n2')));
});

test('the same mail in two mailboxes is two cases', () => {
  const mail = bytes('Message-ID: <1@x.example>\n\n');
  expect(caseIdOf('support', mail)).not.toBe(caseIdOf('billing', mail));
  expect(caseIdOf('support', mail)).toBe(caseIdOf('support', mail));
});
