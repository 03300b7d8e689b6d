/**
 * Redaction: no form of an address stays, lines about one person can still be joined, and what is no address stays.
 */
import { describe, expect, test } from 'vitest';
import { redactorFor } from '../../src/core/redact.ts';

const key = 'a key of the tests, no secret';
const redactor = redactorFor({ redact: 'addresses', key, keep: ['Support@partner.example'] });
const anna = redactor.text('anna@contoso.example');

test('an address is a short hash, and the same one in every form and process', () => {
  expect(anna).toMatch(/^address:[0-9a-f]{8}$/);
  const again = redactorFor({ redact: 'all', key });
  expect(again.text('Anna@Contoso.example')).toBe(anna);
  expect(redactor.text(anna)).toBe(anna);
});

test('another key makes another hash', () => {
  const other = redactorFor({ redact: 'addresses', key: 'another key of the tests' });
  expect(other.text('anna@contoso.example')).not.toBe(anna);
});

describe('an address is found', () => {
  test.each([
    ['in brackets', '550 5.1.1 <anna@contoso.example>: unknown', `550 5.1.1 <${anna}>: unknown`],
    ['behind a display name', '"Hoff" <anna@contoso.example>', `"Hoff" <${anna}>`],
    ['in quotation marks', '“anna@contoso.example” ‘anna@contoso.example’', `“${anna}” ‘${anna}’`],
    ['behind mailto:', 'mailto:anna@contoso.example?x=1', `mailto:${anna}?x=1`],
    ['behind a name and =', 'to=anna@contoso.example, x', `${anna}, x`],
    ['at the end of a sentence', 'sent to anna@contoso.example.', `sent to ${anna}.`],
    ['with spaces around the sign', 'anna @ contoso.example said', `${anna} said`],
    ['in a URL', 'x.example/?u=anna%40contoso.example&n=1', `${anna}&n=1`],
    ['in an HTML entity', 'anna&#64;contoso.example', anna],
    ['with a wide sign', 'anna＠contoso.example', anna],
  ])('%s', (_where, text, expected) => {
    expect(redactor.text(text)).toBe(expected);
  });

  test.each([
    ['with a quoted local-part', '"anna hoff"@contoso.example'],
    ['with a quoted mark in it', '"anna \\" hoff"@contoso.example'],
    ['with a comment', 'anna(the boss)@contoso.example'],
    ['of a host without dots', 'anna@localhost'],
    ['of a host by number', 'anna@[192.0.2.1]'],
    ['in other scripts', 'anna.jäger@例え.jp'],
    ['as a forwarder rewrites it', 'SRS0=ab=cd=contoso.example=anna@forwarder.example'],
    ['as a list rewrites it', 'bounces+anna=contoso.example@list.example'],
    ['in an encoded word', 'anna=40contoso.example'],
    ['with odd characters', "{o'anna|!#$%&*/?^`}@contoso.example"],
  ])('%s', (_what, text) => {
    expect(redactor.text(`a ${text} b`)).toMatch(/^a ['`{]?address:[0-9a-f]{8} b$/);
  });
});

test('the addresses of the desk itself stay, for they say which login is meant', () => {
  const text = 'login refused for support@partner.example (user=SUPPORT@partner.example)';
  expect(redactor.text(text)).toBe(text);
  expect(redactor.text('anna=contoso.example=support@partner.example')).toMatch(/^address:/);
});

test.each([
  'look @ this',
  'uid=40.5 of 4096',
  'at f (/app/node_modules/@azure/msal-node/lib/x.js:3:1)',
  'postgres://responder:[not logged]@db.example:5432/responder',
  'nothing at all',
  '@',
])('%s is no address', (text) => {
  expect(redactor.text(text)).toBe(text);
});

test('none leaves all of it, all takes subjects and names too', () => {
  const none = redactorFor({ redact: 'none', key });
  expect(none.text('anna@contoso.example')).toBe('anna@contoso.example');
  expect(none.field('subject', 'Lost access')).toBeUndefined();
  expect(redactor.field('subject', 'Lost access')).toBeUndefined();
  const all = redactorFor({ redact: 'all', key });
  expect(all.field('subject', 'Lost access')).toMatch(/^subject:[0-9a-f]{8}$/);
  expect(all.field('baseSubject', 'Lost access')).toBe(all.field('subject', 'Lost access'));
  expect(all.field('displayName', 'Anna Hoff')).toMatch(/^name:[0-9a-f]{8}$/);
  expect(all.field('mailbox', 'support')).toBeUndefined();
  expect(all.text('554 refused: Subject: Lost access')).toBe(
    `554 refused: Subject: ${all.field('subject', 'Lost access')}`,
  );
});

describe('hostile text takes no longer than its length', () => {
  const repeated = ['@', 'a@', '"@', '(@', ')@', '\\"@', '""', '()', '%40', 'a@b.', ' @ ', '=40a'];
  test.each(repeated)('%s again and again', (part) => {
    const text = `${part.repeat(Math.ceil(16_000 / part.length))}"@x.example`;
    expect(redactor.text(text).length).toBeLessThanOrEqual(text.length * 8);
  });
});
