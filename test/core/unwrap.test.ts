/** Both parts of a mail are read, and neither is believed alone; attached messages are found by what they are. */
import { expect, test } from 'vitest';
import { linksMax } from '../../src/core/limits.ts';
import { parseMail } from '../../src/core/parse.ts';
import { unwrap } from '../../src/core/unwrap.ts';

const read = async (raw: string) => unwrap(await parseMail(Buffer.from(raw, 'utf8')), false);

const head = 'From: a@x.example\r\nSubject: Fw: s\r\nDate: Fri, 13 Nov 2026 11:00:00 +0000\r\n';
const both = (text: string, html: string, fields = head): string =>
  `${fields}Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${html}\r\n--b--`;
const block =
  'From: A <a@y.example>\nSent: Friday, November 13, 2026 9:00 AM\nTo: b@x.example\nSubject: s\n';
const htmlBlock = block.replaceAll('\n', '<br>').replace(/<(a@y.example)>/, '&lt;$1&gt;');

test('what the other part shows goes along', async () => {
  const { originals } = await read(both(`${block}\nThe text.`, `<p>${htmlBlock}<br>The page.</p>`));
  expect(originals[0]).toMatchObject({
    text: 'The text.',
    twin: { text: 'The page.', subject: 's', from: { address: 'a@y.example' } },
  });
});

test('all of the other part goes along where it holds no message', async () => {
  const { originals } = await read(
    both(`${block}\nThe text.`, '<p>Call us: <a href="https://evil.example/">now</a></p>'),
  );
  expect(originals[0]).toMatchObject({
    twin: { text: expect.stringContaining('Call us') },
    links: [{ href: 'https://evil.example/', text: 'now' }],
  });
});

test('an author whose address only the other part shows has it', async () => {
  const { originals } = await read(
    both(`${block.replace(' <a@y.example>', '')}\nThe text.`, `<p>${htmlBlock}<br>The page.</p>`),
  );
  expect(originals[0]?.from).toEqual({ name: 'A', address: 'a@y.example' });
});

test('an author whose address stands only behind his name has it', async () => {
  const html = `<p><b>From:</b> <a href="mailto:billing@y.example">Microsoft</a><br>Sent: Friday, November 13, 2026 9:00 AM<br>To: b<br>Subject: s</p><p>Body</p>`;
  const { originals } = await read(`${head}Content-Type: text/html\r\n\r\n${html}`);
  expect(originals[0]?.from).toEqual({ name: 'Microsoft', address: 'billing@y.example' });
});

test('a stub beside the HTML is not what an attached message says', async () => {
  const inner = both('No HTML here.', `<p>${'The page says more. '.repeat(10)}</p>`);
  const { originals } = await read(`${head}Content-Type: message/rfc822\r\n\r\n${inner}`);
  expect(originals[0]).toMatchObject({
    how: 'attachment',
    text: expect.stringContaining('The page says more.'),
    twin: { text: expect.stringContaining('No HTML here.') },
  });
});

test.each([
  ['exactly', linksMax, undefined],
  ['one more than', linksMax + 1, true],
])('%s the limit of links', async (_, count, incomplete) => {
  const links = Array.from({ length: count }, (__, n) => `<a href="https://a.example/${n}">x</a>`);
  const { originals } = await read(both(`${block}\nThe text.`, links.join(' ')));
  expect(originals[0]?.links).toHaveLength(linksMax);
  expect(originals[0]?.incomplete).toBe(incomplete);
});

test('a link without a scheme is one', async () => {
  const text = `${block}\nRenew at www.renew.example/pay, or not: a@www.x.example`;
  const { originals } = await read(`${head}Content-Type: text/plain\r\n\r\n${text}`);
  expect(originals[0]?.links.map(({ href }) => href)).toEqual(['http://www.renew.example/pay']);
});

test('the signature below a quoted original goes along apart from it', async () => {
  const text = `${block}\nThe text.`.replaceAll(/^/gm, '> ');
  const { originals } = await read(`${head}\r\n${text}\n\n-- \nAnna, call +1 555 0100`);
  expect(originals[0]).toMatchObject({ text: 'The text.', footer: '-- \nAnna, call +1 555 0100' });
});

const attached = (type: string, content: string, encoding = '7bit'): string =>
  `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee below.\r\n--b\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\nContent-Disposition: attachment\r\n\r\n${content}\r\n--b--`;
const message =
  'Received: by x\r\nFrom: A <a@y.example>\r\nDate: Fri, 13 Nov 2026 9:00:00 +0000\r\nSubject: inner\r\n\r\nText';

test.each([
  ['message/rfc822', message],
  ['message/global', message],
  ['application/octet-stream; name="notice.eml"', message],
  ['application/octet-stream', message],
  ['application/octet-stream; name="about v1.5"', message],
])('an attached %s is a message', async (type, content) => {
  const { originals } = await read(attached(type, content));
  expect(originals[0]).toMatchObject({ how: 'attachment', subject: 'inner' });
});

test.each([
  ['text that is no message', 'application/octet-stream', 'Hello: world\r\n\r\nText'],
  ['a log', 'application/octet-stream; name="a.log"', 'Date: today\r\nSubject: x\r\n\r\nText'],
])('%s is none', async (_, type, content) => {
  const { originals } = await read(attached(type, content));
  expect(originals.map(({ how }) => how)).toEqual(['direct']);
});

const base64 = (octets: readonly number[]): string => Buffer.from(octets).toString('base64');

test.each([
  ['winmail.dat', 'application/ms-tnef', base64([1])],
  ['TNEF without its name', 'application/octet-stream', base64([0x78, 0x9f, 0x3e, 0x22, 0])],
  [
    'a .msg without its name',
    'application/octet-stream',
    base64([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
  ],
  ['an S/MIME mail', 'application/pkcs7-mime; name=smime.p7m', base64([1])],
  ['a PGP mail', 'application/pgp-encrypted', base64([1])],
])('%s is known as unreadable', async (_, type, content) => {
  const mail = await parseMail(Buffer.from(attached(type, content, 'base64')));
  expect(mail.defects).toContain('unreadable-attachment');
});
