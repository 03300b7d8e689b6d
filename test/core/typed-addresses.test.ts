/** Address lists as clients type them above a forwarded message. */
import { expect, test } from 'vitest';
import { typedAddressesMax } from '../../src/core/limits.ts';
import { readTypedAddresses } from '../../src/core/typed-addresses.ts';

test.each([
  ['Name <a@x.example>', [{ name: 'Name', address: 'a@x.example' }]],
  ['a@X.Example', [{ address: 'a@x.example' }]],
  ['"Last, First" <a@x.example>', [{ name: 'Last, First', address: 'a@x.example' }]],
  ['Name [mailto:a@x.example]', [{ name: 'Name', address: 'a@x.example' }]],
  ['a@x.example <mailto:a@x.example>', [{ address: 'a@x.example' }]],
  ['a@x.example; b@x.example', [{ address: 'a@x.example' }, { address: 'b@x.example' }]],
  [
    'A <a@x.example>; B <b@x.example>',
    [
      { name: 'A', address: 'a@x.example' },
      { name: 'B', address: 'b@x.example' },
    ],
  ],
  ['Anna Hoff', [{ name: 'Anna Hoff' }]],
  ["'Anna' <a@x.example>", [{ name: 'Anna', address: 'a@x.example' }]],
  ['a@x.example <a@x.example>', [{ address: 'a@x.example' }]],
  ["'Last, First' <a@x.example>", [{ name: 'Last, First', address: 'a@x.example' }]],
  [
    'Last, First <a@x.example>, b@x.example <b@x.example>',
    [{ name: 'Last, First', address: 'a@x.example' }, { address: 'b@x.example' }],
  ],
  ['Anna Hoff, b@x.example', [{ name: 'Anna Hoff' }, { address: 'b@x.example' }]],
  [
    'Anna Hoff; Bob <b@x.example>',
    [{ name: 'Anna Hoff' }, { name: 'Bob', address: 'b@x.example' }],
  ],
  [
    'A<mailto:a@x.example> <a@x.example<mailto:a@x.example>> on behalf of t@x.example<mailto:t@x.example>',
    [{ name: 'A', address: 'a@x.example' }],
  ],
  ['\u200Fענת <a@x.example>\u200F', [{ name: 'ענת', address: 'a@x.example' }]],
  [
    '安娜＜a@x.example＞；b@x.example',
    [{ name: '安娜', address: 'a@x.example' }, { address: 'b@x.example' }],
  ],
  ['Anna (a@x.example)', [{ name: 'Anna', address: 'a@x.example' }]],
  ['„Anna” <a@x.example>', [{ name: 'Anna', address: 'a@x.example' }]],
  ['', []],
  [' , ;', []],
])('reads the typed address list “%s”', (value, expected) => {
  expect(readTypedAddresses(value)).toEqual(expected);
});

test('addresses beyond the limit are not read', () => {
  const list = Array.from({ length: typedAddressesMax + 1 }, (_, index) => `a${index}@x.example`);
  expect(readTypedAddresses(list.join('; '))).toHaveLength(typedAddressesMax);
});
