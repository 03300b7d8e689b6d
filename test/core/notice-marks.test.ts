/** Marks in the words of a notice and in what its mail carries; footers are not the notice's. */
import { expect, test } from 'vitest';
import type { Mail } from '../../src/core/mail.ts';
import {
  endOfNotice,
  isFooterLink,
  partMarks,
  standsBelow,
  wordingMarks,
} from '../../src/core/notice-marks.ts';
import { parseMail } from '../../src/core/parse.ts';
import { processorMs } from '../support/flood.ts';
import { noticeText } from '../support/sample-desk.ts';

const closing = 'Microsoft Corporation, One Microsoft Way, Redmond, WA 98052';

function marks(text: string, hasGenuineLink = true): string {
  return wordingMarks(text, endOfNotice(text), hasGenuineLink)
    .map(({ code, isStrong }) => `${isStrong ? 'strong' : 'weak'} ${code}`)
    .join(', ');
}

const inside = (line: string): string => noticeText({ extra: line });
const below = (line: string): string => `${noticeText()}\n${line}`;

test.each([
  ['nothing', '', ''],
  ['a call for a call', 'To stop this charge call +1 555 0142 000.', 'weak asks-to-call'],
  ['a German one', 'Bitte rufen Sie 030 5550142 an.', 'weak asks-to-call'],
  ['a French one', 'Appelez le +33 1 55 50 01 42', 'weak asks-to-call'],
  ['a Japanese one', 'お電話ください電話 03-5550-0142', 'weak asks-to-call'],
  ['a Russian one', 'Позвоните по номеру +7 495 555 01 42', 'weak asks-to-call'],
  ['help at a number', 'Contact our support team at +1 (888) 555-0199.', 'weak asks-to-call'],
  ['a helpline', 'Helpline +1-888-555-0199', 'weak asks-to-call'],
  ['a number behind a colon', 'Call us (toll free): +1 888 555 0199', 'weak asks-to-call'],
  ['a number on the next line', 'Contact our billing desk\n+1 888 555 0199', 'weak asks-to-call'],
  ['help before a day', 'Contact support by 12/01/2026.', ''],
  ['a gateway’s warning', 'Never confirm your password after clicking a link.', ''],
  ['a number that nobody asks to ring', 'Order 5550142000', ''],
  ['a word that only begins like a call', 'recall 5550142000', ''],
  ['a password', 'Please verify your password.', 'weak asks-for-credentials'],
  ['a German password', 'Bestätigen Sie Ihr Passwort', 'weak asks-for-credentials'],
  ['a French identity', 'Confirmez votre identité', 'weak asks-for-credentials'],
  ['a card', 'Update your card details', 'weak asks-for-card'],
  ['a gift card', 'Pay with a gift card', 'weak asks-for-card'],
  ['hours', 'Your account will be deleted within 24 hours', 'weak presses-for-time'],
  ['German hours', 'innerhalb von 48 Stunden', 'weak presses-for-time'],
  ['Spanish hours', 'en las próximas 24 horas', 'weak presses-for-time'],
  ['days, as Microsoft counts', 'You have 30 days', ''],
  ['a renewal', 'Renew your subscription and update your payment method', ''],
])('inside the notice: %s', (_, line, expected) => {
  expect(marks(inside(line))).toBe(expected);
});

test.each([
  ['a telephone number', 'Tel. +49 30 5550142', ''],
  ['a call for a call', 'Call us: +49 30 5550142', ''],
  ['a password', 'Please confirm your password.', 'weak asks-for-credentials'],
  ['a warning', 'We never ask you to confirm your password.', ''],
  ['another one', 'For urgent matters call +49 30 5550142.', ''],
  ['hours of the desk', 'We answer within 24 hours', ''],
  ['a warning', 'We never ask you to verify your password.', ''],
  ['a call about the notice', 'To cancel the renewal call +1 555 0142 000', 'weak asks-to-call'],
])('below the notice: %s', (_, line, expected) => {
  expect(marks(below(line))).toBe(expected);
});

test('a sum, a number and no link of Microsoft’s are a scam, each alone is not', () => {
  const scam = 'You were charged $587.95. If this was not you call +1 555 0142 000 for a refund.';
  expect(marks(inside(scam), false)).toBe('strong asks-to-call');
  expect(marks(inside(scam), true)).toBe('weak asks-to-call');
  expect(marks(inside('Call +1 555 0142 000'), false)).toBe('weak asks-to-call');
  expect(marks(inside('You were charged $587.95.'), false)).toBe('');
});

test('a mail that may be nothing but a picture', () => {
  expect(marks('[cid:image001.png]', false)).toBe('weak no-text');
  expect(marks('[cid:image001.png]', true)).toBe('');
});

test.each([
  ['behind the address of Microsoft', `a\n${closing}\nb`, `a\n${closing}`.length],
  ['behind its last one', `${closing}\na\n${closing}\nb`, `${closing}\na\n${closing}`.length],
  [
    'behind an address in two lines',
    'a\nOne Microsoft Way,\n> Redmond, WA 98052\nb',
    'a\nOne Microsoft Way,\n> Redmond, WA 98052'.length,
  ],
  ['nowhere', 'a\nb', 3],
])('the notice ends %s', (_, text, expected) => {
  expect(endOfNotice(text)).toBe(expected);
});

const footer = `${noticeText()}\nBest, Anna\nwww.contoso.example\nhttps://deep.example/x`;

test.each([
  ['a text below', { href: 'https://a.example', text: 'www.contoso.example' }, true],
  ['a target below', { href: 'https://deep.example/x', text: '' }, true],
  ['a target without its scheme', { href: 'http://www.contoso.example', text: '' }, true],
  ['a text inside', { href: 'https://a.example', text: 'Renew your subscription' }, false],
  ['a text nowhere', { href: 'https://a.example', text: 'Something else' }, false],
  ['no text, and a target nowhere', { href: 'https://a.example', text: '' }, false],
])('a link stands below: %s', (_, link, expected) => {
  expect(standsBelow(link, footer, endOfNotice(footer))).toBe(expected);
});

test.each([
  ['a front page', 'https://www.contoso.example', 'www.contoso.example', true],
  ['a front page in a language', 'https://www.contoso.example/en/', 'Contoso', true],
  ['an imprint', 'https://www.contoso.example/de/impressum', 'Impressum', true],
  ['a privacy policy', 'https://www.contoso.example/privacy-policy', 'Privacy policy', true],
  ['a page to renew', 'https://x.example/renew', '', false],
  ['a call to renew', 'https://x.example', 'Renew now', false],
  ['a French call', 'https://x.example', 'Renouvelez maintenant', false],
  ['words in another script', 'https://x.example', 'продлить', false],
  ['a page of who knows what', 'https://x.example/a8f3', 'Our site', false],
  ['a query', 'https://x.example/?id=1', 'Our site', false],
  ['a privacy policy to sign in', 'https://x.example/login/privacy', 'Privacy', false],
])('a link of a footer: %s', (_, href, text, expected) => {
  expect(isFooterLink({ href, text })).toBe(expected);
});

async function mailWith(filename: string, html = '', isAttached = false): Promise<Mail> {
  const lines = [
    'From: a@x.example',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/html; charset=utf-8',
    '',
    html,
    '--b',
    `Content-Type: application/octet-stream; name="${filename}"`,
    `Content-Disposition: attachment; filename="${filename}"`,
    '',
    'x',
    '--b--',
  ];
  const attached = [
    'From: b@y.example',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=o',
    '',
    '--o',
    'Content-Type: message/rfc822',
    '',
    ...lines,
    '',
    '--o--',
  ];
  return parseMail(Buffer.from((isAttached ? attached : lines).join('\r\n')));
}

const shownMarks = (
  all: readonly { readonly code: string; readonly isStrong: boolean }[],
): string => all.map(({ code, isStrong }) => `${isStrong ? 'strong' : 'weak'} ${code}`).join(', ');

test.each([
  ['invoice.pdf', ''],
  ['image001.png', ''],
  ['ATT00001.htm', ''],
  ['smime.p7s', ''],
  ['Invoice.HTML', 'weak attached-page'],
  ['logo.svg', 'weak attached-page'],
  ['renewal.zip', 'weak attached-page'],
  ['invoice.docm', 'weak attached-page'],
  ['invoice.pdf.exe', 'weak attached-program'],
  ['renew.lnk ', 'weak attached-program'],
])('an attachment beside an inline forward: %s', async (filename, expected) => {
  expect(shownMarks(partMarks(await mailWith(filename), 'inline'))).toBe(expected);
});

test('what lies in an attached mail counts beside an inline forward too', async () => {
  const mail = await mailWith('invoice.exe', '', true);
  expect(shownMarks(partMarks(mail, 'inline'))).toBe('weak attached-program');
  expect(shownMarks(partMarks(mail, 'direct'))).toBe('weak attached-program');
  expect(shownMarks(partMarks(await mailWith('a.zip', '', true), 'attachment'))).toBe(
    'weak attached-page',
  );
});

test.each([
  ['an archive', { mediaType: 'application/zip' }, 'weak attached-page'],
  [
    'a program',
    { filename: 'invoice', mediaType: 'application/x-msdownload' },
    'weak attached-page',
  ],
  [
    'a document that is an archive inside',
    { filename: 'a.docx', mediaType: 'application/zip' },
    '',
  ],
  ['octets', { mediaType: 'application/octet-stream' }, ''],
])('an attachment without an ending: %s', async (_, attachment, expected) => {
  const mail = await mailWith('a.txt');
  const attachments = [{ sizeBytes: 1, ...attachment }];
  expect(shownMarks(partMarks({ ...mail, attachments }, 'inline'))).toBe(expected);
});

test('a program in Microsoft’s own mail is no mail of Microsoft’s', async () => {
  const mail = await mailWith('invoice.exe');
  expect(shownMarks(partMarks(mail, 'direct'))).toBe('strong attached-program');
  const forward = await mailWith('invoice.exe', '', true);
  expect(shownMarks(partMarks(forward, 'attachment'))).toBe('strong attached-program');
});

test.each([
  ['no form', '<p>transform, <b>form</b></p>', ''],
  ['a form', '<form action="https://x.example"><input name=a></form>', 'weak form'],
  [
    'a form for a password',
    '<FORM><input class=x type = "password"></FORM>',
    'strong form-for-password',
  ],
])('%s', async (_, html, expected) => {
  expect(shownMarks(partMarks(await mailWith('a.txt', html), 'inline'))).toBe(expected);
  expect(shownMarks(partMarks(await mailWith('a.txt', html, true), 'attachment'))).toBe(expected);
});

test('no text takes long', () => {
  const started = processorMs();
  for (const piece of [
    'call ',
    'call 1',
    '1 ',
    'one microsoft way ',
    '\n',
    '>',
    '$1.',
    'é',
    '<form ',
    '電話1',
  ]) {
    const text = piece.repeat(Math.floor(1_000_000 / piece.length));
    wordingMarks(text, endOfNotice(text), false);
    standsBelow({ href: text.slice(0, 5_000), text: text.slice(0, 5_000) }, text, 10);
    isFooterLink({ href: `https://x.example/${text.slice(0, 7_000)}`, text });
  }
  expect(processorMs() - started).toBeLessThan(5_000);
});

test.each([
  ['its address', `x\n${closing}\nFooter`, 'Footer'],
  [
    'its address over two lines',
    'x\nMicrosoft Corporation\nOne Microsoft Way, Redmond\nFooter',
    'Footer',
  ],
  ['its name in a greeting', 'Dear customer of Microsoft Corporation,\nFooter', undefined],
  ['an address above the fields', `${closing}\nDomain: x.example\nFooter`, undefined],
])('a notice ends at %s or not at all', (_, text, footer) => {
  const end = endOfNotice(text);
  expect(end < text.length ? text.slice(end).trim() : undefined).toBe(footer);
});
