/**
 * Whether a text names a person, and no more than that person.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { names, withoutContact } from '../../src/core/person.ts';
import { readyCustomer } from '../support/pipeline-desk.ts';

const ana = 'ana@contoso.example';

test.each([
  [ana, true],
  ['From: "Ana" <ANA@Contoso.example>', true],
  ['mailto:ana@contoso.example?subject=x', true],
  ['Ask ana@contoso.example.', true],
  ["'ana@contoso.example',", true],
  ['\\"ana@contoso.example\\"', true],
  ['diana@contoso.example', false],
  ['maria.ana@contoso.example', false],
  ['ana@contoso.example.org', false],
  ['ana@contoso.example-mail.org', false],
  ['ana@contoso.examples', false],
  ['diana@contoso.example and ana@contoso.example', true],
  ['ana at contoso.example', false],
  ['', false],
])('%s: %s', (text, expected) => {
  expect(names(text, ana)).toBe(expected);
});

test('an address between spaces is always named, whatever stands around', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, after) => {
      expect(names(`${before} ${ana} ${after}`, ana)).toBe(true);
    }),
  );
});

test('a record without a contact keeps everything else', () => {
  const customer = { ...readyCustomer('contoso'), accountManager: 'mia@partner.example' };
  expect(withoutContact(customer, 'ANA@contoso.example')).toEqual({ ...customer, contacts: [] });
  const { accountManager, ...rest } = customer;
  expect(withoutContact(customer, accountManager)).toEqual(rest);
  expect(withoutContact(customer, 'bob@contoso.example')).toBeUndefined();
});
