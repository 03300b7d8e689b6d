/** The demo says every difference between what came of a sample and what it declares. */
import { expect, test } from 'vitest';
import { type DemoOutcome, differences } from '../../src/demo/report.ts';
import type { Sample } from '../../src/demo/samples.ts';

const sample: Sample = {
  file: 'a.eml',
  title: 'a forward',
  expect: { action: 'reply', reason: 'reply-instructions', customer: 'contoso' },
};
const good: DemoOutcome = {
  from: 'ana@contoso.example',
  action: 'reply',
  reason: 'reply-instructions',
  customer: 'contoso',
  flags: ['\\Answered'],
  replyMs: 90,
  repliesTo: ['ana@contoso.example'],
};

test('an outcome as declared has no difference', () => {
  expect(differences(sample, good)).toEqual([]);
});

test.each([
  ['another reason', { reason: 'review-no-customer' }, 'reason is'],
  ['another customer', { customer: 'fabrikam' }, 'customer is fabrikam'],
  [
    'a second reply',
    { repliesTo: ['ana@contoso.example', 'ana@contoso.example'] },
    'replies went to',
  ],
  ['a reply to somebody else', { repliesTo: ['eve@evil.example'] }, 'replies went to eve'],
  ['no reply', { repliesTo: [] }, 'nobody'],
  ['no mark', { flags: [] }, 'not marked'],
])('%s is a difference', (_, change, words) => {
  expect(differences(sample, { ...good, ...change }).join('; ')).toContain(words);
});

test('a mail that is not answered must keep its flags', () => {
  const ignored: Sample = { ...sample, expect: { action: 'ignore' } };
  const outcome = { ...good, action: 'ignore', repliesTo: [], flags: ['\\Seen'] };
  expect(differences(ignored, outcome)).toEqual(['it carries the flags \\Seen']);
});

test('a redirected notice is answered to the contact that the sample names', () => {
  const redirected = { ...sample, replyTo: 'jonas@contoso.example' };
  expect(differences(redirected, { ...good, repliesTo: ['jonas@contoso.example'] })).toEqual([]);
});
