/**
 * Words that a person edits are readable, and still say the same.
 */
import { expect, test } from 'vitest';
import { escapeMarkdown, readMarkdown } from '../../src/core/document.ts';
import { editableMarkdown } from '../../src/core/editable-markdown.ts';

test.each([
  ['a day', 'ends on December 13\\, 2026', 'ends on December 13, 2026'],
  ['a domain', 'contoso\\-gmbh\\.example', 'contoso-gmbh.example'],
  ['an address', 'anna\\@contoso\\.example', 'anna@contoso.example'],
  ['a name', "City Power \\(Retail\\)\\, O\\'Brien", "City Power (Retail), O'Brien"],
])('does not show the backslashes of %s', (_what, escaped, plain) => {
  expect(editableMarkdown(escaped)).toBe(plain);
});

test.each([
  '1\\. not a list',
  '\\*not strong\\*',
  '[a]\\(b\\)',
  '\\- not a list',
  '\\# no heading',
  '\\\\, a backslash',
])('keeps the backslash that %s needs', (source) => {
  expect(readMarkdown(editableMarkdown(source))).toEqual(readMarkdown(source));
  expect(editableMarkdown(source)).toContain('\\');
});

test('says the same whatever signs a value has', () => {
  const signs = [...'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~1a '];
  for (const first of signs)
    for (const second of signs) {
      const value = escapeMarkdown(`${first}${second}`);
      const source = `Hello ${value} end\n\n${value} ${value}x`;
      expect(readMarkdown(editableMarkdown(source))).toEqual(readMarkdown(source));
    }
});
