/** Names that imitate Microsoft's, by letters of the same shape too. */
import { expect, test } from 'vitest';
import { decodePunycode, imitatesMicrosoft } from '../../src/core/look-alike.ts';

const host = (name: string): string => new URL(`https://${name}/`).hostname;

test.each([
  ['Latin', 'microsoft.com.evil.example', true],
  ['zeros', 'micros0ft.example', true],
  ['r and n', 'rnicrosoft.example', true],
  ['a hyphen', 'micro-soft.example', true],
  ['Cyrillic letters', 'Мiсrоsоft', true],
  ['a host with one Cyrillic letter', host('mіcrosoft.com'), true],
  ['a host that begins with Cyrillic', host('мicrosoft.com'), true],
  ['a host with Greek letters', host('οffice365.example'), true],
  ['accents', host('mìcrósoft.example'), true],
  ['a Cyrillic name of something else', host('почта.example'), false],
  ['an umlaut', host('müller-software.example'), false],
  ['contoso', 'contoso.example', false],
  ['a broken name', 'xn--\u0000.example', false],
])('%s: %s', (_, name, expected) => {
  expect(imitatesMicrosoft(name)).toBe(expected);
});

// RFC 3492 §7.1 has such samples; these are ours.
test.each(['bücher', 'почта', 'δοκιμή', '例え', 'münchen-ost', '한국', 'a-ü-b'])(
  'reads the Punycode of %s',
  (label) => {
    expect(decodePunycode(host(`${label}.example`).split('.')[0]?.slice(4) ?? '')).toBe(label);
  },
);

test.each(['', '-', '!!', '99999999999999999999', 'a'.repeat(100_000)])(
  'survives %.20j',
  (label) => {
    expect(typeof decodePunycode(label)).toBe('string');
  },
);

test('digits that overflow are no letters', () => {
  for (const digits of [300, 400, 5_000]) {
    const label = `${'9'.repeat(digits)}a`;
    expect(typeof decodePunycode(label)).toBe('string');
    expect(imitatesMicrosoft(`xn--${label}`)).toBe(false);
  }
});
