/** Text made comparable: what people and machines write differently becomes the same, and nothing is lost. */
import { expect, test } from 'vitest';
import {
  asciiDigits,
  countInterleaved,
  foldDiacritics,
  foldText,
  normalizeText,
  shown,
} from '../../src/core/normalize.ts';

test.each([
  ['full-width letters are plain ones', 'Ｍｉｃｒｏｓｏｆｔ', 'Microsoft'],
  ['ligatures are their letters', 'oﬃce', 'office'],
  ['no-break and thin spaces are spaces', 'Domain:\u00A0\u2009contoso', 'Domain: contoso'],
  ['zero-width characters are gone', 'con\u200Bto\u2060so\uFEFF', 'contoso'],
  ['soft hyphens are gone', 'sub\u00ADscription', 'subscription'],
  ['variation selectors are gone', 'Y\u{E0101}o\u{E0102}u', 'You'],
  ['the grapheme joiner is gone', 'a\u034Fb', 'ab'],
  ['CRLF and CR are line breaks', 'a\r\nb\rc', 'a\nb\nc'],
  ['line breaks stay', 'a\n\nb', 'a\n\nb'],
])('%s', (_, text, expected) => {
  expect(normalizeText(text)).toBe(expected);
});

test.each([
  ['curly quotes are straight', 'You’re “here”', `you're "here"`],
  ['dashes are one', 'a–b—c−d', 'a-b-c-d'],
  ['case and space do not count', '  Lose   ACCESS\n now ', 'lose access now'],
])('folding: %s', (_, text, expected) => {
  expect(foldText(text)).toBe(expected);
});

test.each([
  ['accents', 'Présenté', 'presente'],
  ['umlauts', 'Müller', 'muller'],
  ['composed and decomposed are one', 'e\u0301', 'e'],
])('folding without diacritics: %s', (_, text, expected) => {
  expect(foldDiacritics(text)).toBe(expected);
});

test('counts letters torn apart, not those of scripts that join theirs', () => {
  expect(countInterleaved('Y\u200Bo\u200Bu')).toBe(2);
  expect(countInterleaved('a\u{E0100}b')).toBe(1);
  expect(countInterleaved('می\u200Cخواهم')).toBe(0);
  expect(countInterleaved('a \u200B b')).toBe(0);
});

test.each([
  ['a line break cannot make a second line in a log', 'a\r\nb', 'a b'],
  ['a direction mark cannot turn the line round', 'a\u202Eb', 'ab'],
  ['separators of lines and paragraphs go', 'a\u2028b\u2029c', 'a b c'],
  ['an escape sequence is no escape', 'a\u001B[31mb', 'a [31mb'],
])('shown: %s', (_, text, expected) => {
  expect(shown(text, 100)).toBe(expected);
});

test('what is shown is never longer than allowed, and says that it was cut', () => {
  expect(shown('x'.repeat(200), 200)).toHaveLength(200);
  expect(shown('x'.repeat(201), 200)).toHaveLength(200);
  expect(shown('x'.repeat(201), 200).endsWith('…')).toBe(true);
});

test('thirty marks on a letter are kept, more are not', () => {
  expect(normalizeText(`q${'\u0323'.repeat(30)}`)).toHaveLength(31);
  expect(normalizeText(`q${'\u0323'.repeat(31)}`)).toHaveLength(31);
});

test.each([
  ['٠١٢٣٤٥٦٧٨٩', '0123456789'],
  ['۰۱۲۳۴۵۶۷۸۹', '0123456789'],
  ['๐๑๒๓๔๕๖๗๘๙', '0123456789'],
  ['०१२३४५६७८९', '0123456789'],
  ['12 ① Ⅻ', '12 ① Ⅻ'],
])('digits of %s', (text, expected) => {
  expect(asciiDigits(text)).toBe(expected);
});

/** As it is written down in Annex #15, without any short cut. */
const slowly = (text: string): string =>
  text
    .replace(/(\p{M}{30})\p{M}+/gu, '$1')
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}+/gu, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[^\S\n]+/g, ' ');

test('what is passed over as it is, is as it would be made: every character of the first plane', () => {
  const wrong: string[] = [];
  for (let code = 0; code < 0x10000; code += 1) {
    const char = String.fromCharCode(code);
    // Behind a letter marks compose, and behind a syllable letters of Korean do.
    for (const text of [char, `a${char}b`, `가${char}`, `é ${char}  ${char}\n`]) {
      if (normalizeText(text) !== slowly(text)) wrong.push(code.toString(16));
    }
  }
  expect(wrong).toEqual([]);
});

test('lines are normalised each by itself as the whole text is', () => {
  const lines = [
    'plain',
    'Office\u00A0365 …',
    'e\u0301',
    '\u0301mark at the beginning',
    '',
    '가\u11A8',
    '\r',
  ];
  const text = lines.join('\n');
  expect(normalizeText(text)).toBe(slowly(text));
});
