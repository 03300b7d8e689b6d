/**
 * No regular expression of core may cost more than the length of a mail's text, whatever stands in it. Each one
 * is read from the source and judged by itself; where one is slow, what it meets has to be short, and why is said
 * here. Templates are written by the admin and not looked at.
 */
import { expect, test } from 'vitest';
import { slownessOf } from '../support/backtracking.ts';
import { codeOnly, filesBelow, lineAt, readProjectFile } from '../support/source-code.ts';

/** Slow ones by file and pattern, each with what keeps their cost down. */
const allowed: readonly (readonly [string, string, string])[] = [
  [
    'address.ts',
    '(?<=^|\\.)[^.]+\\.(?:(?:mail\\.)?onmicrosoft',
    'begins only behind a dot and reads to the next',
  ],
  ['attribution.ts', '[^\\d]*$', 'an attribution is cut at 500 characters'],
  ['classify.ts', '^[>*|\\s]+|[*\\s]+$', 'a label is cut at 80 characters'],
  ['extract.ts', '[*\\s]+$', 'a label is cut at 80 characters'],
  ['extract.ts', '[*|\\s]+$', 'a value is cut at 200 characters just before'],
  ['extract.ts', '\\s*[<[(]\\s*(?:https?', 'a value is cut at 200 characters'],
  ['extract.ts', '[/\\s].*$', 'a value is cut at 200 characters'],
  ['frame-html.ts', '<!--', 'a page of a template, whose values are escaped and cut'],
  ['frame-html.ts', '<style[^>]*>', 'the same'],
  ['forward-labels.ts', '[\\s:]+$', 'a separator is cut at 200 characters, a tag at 30'],
  ['forward-labels.ts', '[\\s:：*]+$', 'a bare separator is cut at 100 characters'],
  [
    'links.ts',
    '^[\\p{L}\\p{N}-]+(?:\\.',
    'a host and what is behind it share no character: / ? # : part them',
  ],
  ['redact.ts', '[.\\u3002', 'a domain is read up to 1,024 characters'],
  ['typed-addresses.ts', '(?<![^\\s<>"\'()[\\]])', 'begins only where a word does'],
  ['typed-addresses.ts', '["\'*“”', 'a name is cut at 200 characters'],
];

interface Found {
  readonly place: string;
  readonly file: string;
  readonly pattern: RegExp;
}

const found = filesBelow('src/core', '.ts')
  .filter((path) => !path.includes('/template-'))
  .flatMap((path): Found[] => {
    const source = readProjectFile(path);
    const code = codeOnly(source);
    return [...code.matchAll(/"+/g)].flatMap(({ 0: blank, index }) => {
      const written = source.slice(index, index + blank.length);
      if (!written.startsWith('/')) return [];
      const flags = /^[a-z]*/.exec(
        code.slice(index + blank.length, index + blank.length + 10),
      )?.[0];
      const place = `${path}:${lineAt(source, index)}`;
      const pattern = new RegExp(written.slice(1, -1), flags);
      return [{ place, file: path.slice('src/core/'.length), pattern }];
    });
  });

const reasonFor = ({ file, pattern }: Found): string | undefined =>
  allowed.find(([where, begins]) => where === file && pattern.source.startsWith(begins))?.[2];

test('no regular expression meets mail text that it could take more than its length for', () => {
  const slow = found.flatMap((one) => {
    const slowness = reasonFor(one) === undefined ? slownessOf(one.pattern) : undefined;
    return slowness === undefined ? [] : [`${one.place} ${one.pattern}: ${slowness}`];
  });
  expect(found.length).toBeGreaterThan(200);
  expect(slow).toEqual([]);
});

test('what is allowed is there, and is slow', () => {
  const stale = allowed.filter(
    ([file, begins]) =>
      !found.some(
        (one) =>
          one.file === file &&
          one.pattern.source.startsWith(begins) &&
          slownessOf(one.pattern) !== undefined,
      ),
  );
  expect(stale).toEqual([]);
});

test('none is built while running, but from lists of the code', () => {
  const building = filesBelow('src/core', '.ts').filter((path) =>
    codeOnly(readProjectFile(path)).includes('new RegExp('),
  );
  // The words of titles are canonical: letters and digits, no more.
  const fromLists = ['src/core/forward-labels.ts', 'src/core/notice-title.ts'];
  expect(building.filter((path) => !fromLists.includes(path))).toEqual([]);
});

test.each([
  [/\s+$/, 'two loops over the same text'],
  [/^\s*(?:none)?\s*$/, 'two loops over the same text'],
  [/\S*[./]\S*/g, 'two loops over the same text'],
  [/\[mailto:([^\]\s]+)\]/, 'two loops over the same text'],
  [/"[^"]*=[^"]*=x/, 'two loops over the same text'],
  [/(?:a|a)*b/, 'two ways round one loop'],
  [/^(?:\d{1,2} ?)*\|$/, 'two ways round one loop'],
  [/(?:a*)*b/, 'a loop inside a loop'],
  [/(?<=\s+)a/, 'a look-behind without a bound'],
  [/\s+/g, undefined],
  [/^\s+/, undefined],
  [/^\s*(?:none)?$/, undefined],
  [/\[mailto:([^[\]\s]+)\]/, undefined],
  [/<[^<>]{3,320}>?/g, undefined],
  [/^(?:\d{1,2} )*\|$/, undefined],
  [/^(?:[a-z]+\.)+[a-z]+$/, undefined],
])('the judge of patterns knows %s', (pattern, expected) => {
  expect(slownessOf(pattern)).toBe(expected);
});
