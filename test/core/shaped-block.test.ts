/** Header blocks in languages that nobody listed: known by their shape, and only where they are one. */
import { expect, test } from 'vitest';
import { BlockLines } from '../../src/core/header-block.ts';
import { readShapedBlock } from '../../src/core/shaped-block.ts';
import { readLines } from '../../src/core/text-lines.ts';
import { hasAddress, hasMoment } from '../../src/core/value-shape.ts';

const read = (text: string, outerSubject = '', isBelow = false) =>
  readShapedBlock(new BlockLines(readLines(text)), 0, {
    outerSubject,
    isBelowSeparator: () => isBelow,
  });

const outlook = [
  'Qora: Anna Hoff <anna@contoso.example>',
  'Zelu: 12 mirvos 2026 09:31',
  'Tavi: Support <support@partner.example>',
  'Mondo: The title',
];
const thunderbird = [
  'Mondo: The title',
  'Zelu: Thu, 12 Nov 2026 09:31:00 +0100',
  'Qora: Anna Hoff <anna@contoso.example>',
  'Tavi: support@partner.example',
];

test.each([
  ['the order of Outlook', outlook],
  ['the order of Thunderbird', thunderbird],
  ['the order of Apple Mail', [outlook[0], outlook[3], outlook[1], outlook[2]]],
  ['quotation marks', outlook.map((line) => `> ${line}`)],
  ['blank lines between', outlook.flatMap((line) => [line, ''])],
  ['direction marks', outlook.map((line) => `\u200F${line}`)],
  ['full-width colons', outlook.map((line) => line.replace(': ', '：'))],
  ['values on lines of their own', outlook.flatMap((line) => line.split(/(?<=^\w+:) /))],
])('reads a block with %s', (_, lines) => {
  const block = read(`${lines.join('\n')}\n\nThe body.`);
  expect(block?.values).toMatchObject({
    from: expect.stringContaining('anna@contoso.example'),
    to: expect.stringContaining('support@partner.example'),
    subject: 'The title',
    date: expect.stringContaining('09:31'),
  });
  expect(block?.by).toBe('shape');
});

test('a name alone is an author where the subject is that of the mail', () => {
  const lines = 'Qora: Microsoft\nZelu: 12 mirvos 2026 09:31\nTavi: Anna Hoff\nMondo: The title';
  expect(read(lines, 'The title')?.values).toMatchObject({
    from: 'Microsoft',
    to: 'Anna Hoff',
    subject: 'The title',
  });
  expect(read(lines, 'Something else')).toBeUndefined();
});

test('three lines are a block below a separator, or with the subject of the mail', () => {
  const lines = outlook.filter((_, index) => index !== 2).join('\n');
  expect(read(lines)).toBeUndefined();
  expect(read(lines, '', true)?.values.subject).toBe('The title');
  expect(read(lines, 'The title')?.values.subject).toBe('The title');
});

test('the body that follows without a blank line is not part of it', () => {
  const block = read(`${outlook.join('\n')}\nOrganization name: Contoso\nDomain: contoso.example`);
  expect(block?.end).toBe(4);
});

test('a list of recipients goes on over lines', () => {
  const lines = [outlook[0], outlook[1], 'Tavi: A <a@x.example>,', 'B <b@x.example>', outlook[3]];
  expect(read(lines.join('\n'))?.values.to).toBe('A <a@x.example>, B <b@x.example>');
});

test.each([
  [
    'the fields of a notice',
    'Organization name: Contoso\nDomain: contoso.example\nSubscription name: Office\nExpires: December 1, 2026',
  ],
  [
    'a form that somebody filled in',
    'Name: Anna\nMail: anna@contoso.example\nDate: 12.11.2026 09:31\nPhone: 12\nMessage: Hello',
  ],
  [
    'an agenda',
    'Monday: call\nTuesday: 12 Nov 2026 09:31\nWednesday: mail to anna@contoso.example',
  ],
  ['a signature', 'Phone: 12 34\nMail: anna@contoso.example\nWeb: contoso.example\nOpen: 09:00'],
  ['sentences with colons', 'Please note: this\nAnd: that\nSo: what'],
  [
    'the last line of a signature and the block below it',
    `Mail: anna@contoso.example\n\n${outlook.join('\n')}`,
  ],
  ['two lines', outlook.slice(0, 2).join('\n')],
])('finds no block in %s', (_, lines) => {
  expect(read(lines)).toBeUndefined();
});

test.each([
  ['a@x.example', true],
  ['A <a@x.example>', true],
  ['@x.example', false],
  ['a@localhost', false],
  ['a @x.example', false],
  ['@'.repeat(1_000), false],
])('“%s” names an address: %s', (value, expected) => {
  expect(hasAddress(value)).toBe(expected);
});

test.each([
  ['Thursday, 12 November 2026 09:31', true],
  ['12.11.2026 klo 9.31', true],
  ['2026年11月12日 9時31分', true],
  ['١٢ نوفمبر ٢٠٢٦ ٠٩:٣١', true],
  ['12 November 2026', false],
  ['09:31', false],
  ['December 1, 2026', false],
])('“%s” names a day and a time: %s', (value, expected) => {
  expect(hasMoment(value)).toBe(expected);
});
