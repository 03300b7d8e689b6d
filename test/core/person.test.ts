/**
 * Whether a text names a person, and no more than that person.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  names,
  namesAnywhere,
  namingOf,
  onlyContact,
  withoutContact,
} from '../../src/core/person.ts';
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
  ['https://x.example/?data=05%7C01%7Cana%40contoso.example%7C1', true],
  ['https://y.example/?url=https%3A%2F%2Fx.example%2F%3Fu%3Dana%2540contoso.example', true],
  ['https://x.example/?u=diana%40contoso.example', false],
  ['Write to &#97;na&#x40;contoso.example', true],
  ['Ask her .ana@contoso.example', true],
  ['%', false],
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

test('an address at the beginning of a line is named, wherever the line stands', () => {
  expect(namesAnywhere({ reply: { text: 'Regards\nana@contoso.example' } }, ana)).toBe(true);
  expect(namesAnywhere([{ text: 'Regards\tdiana@contoso.example' }, null, 1], ana)).toBe(false);
});

const byRecord = (more: object) => ({
  subject: 'Fwd: notice',
  ...more,
  decision: {
    action: 'suppress' as const,
    reason: 'suppressed-already-answered' as const,
    authentication: { result: 'pass' as const, dkimAligned: false },
    match: { customer: readyCustomer('contoso'), matchedBy: [], against: [], score: 1 },
    evidence: [],
  },
});

test.each([
  ['the record alone', {}, 'record'],
  ['its subject', { subject: 'from ana@contoso.example' }, 'contents'],
  ['the name that the record gives', { reply: { text: 'Ana has the answer' } }, 'contents'],
])('a case that names a person by %s', (_, more, naming) => {
  expect(namingOf(byRecord(more), ana)).toBe(naming);
  expect(namingOf(byRecord(more), 'bob@contoso.example')).toBeUndefined();
});

test('what is told of a record to one of its people is nothing of the others', () => {
  const bob = { name: 'Bob', address: 'bob@contoso.example' };
  const customer = readyCustomer('contoso');
  const told = onlyContact({ ...customer, contacts: [...customer.contacts, bob] }, ana);
  expect(told).toEqual({ id: 'contoso', name: 'contoso Ltd', contacts: customer.contacts });
});
