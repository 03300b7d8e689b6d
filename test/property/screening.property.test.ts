/**
 * Marks of machines and of hops on every forward we have, however they are folded, spelt, commented or encoded:
 * a machine is never answered, and a hop is never met with silence.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideAtDesk, fixture, fixtureNames } from '../support/sample-desk.ts';

const forwards = fixtureNames('forwards');
const machineMarks = [
  ['Auto-Submitted', 'auto-replied'],
  ['Auto-Submitted', 'auto-notified'],
  ['List-Id', '<all.lists.example>'],
  ['Precedence', 'bulk'],
  ['Precedence', 'auto_reply'],
  ['X-Autoreply', 'yes'],
  ['X-Zendesk-From-Account-Id', '68b8aed'],
  ['X-Failed-Recipients', 'a@x.example'],
  ['Return-Path', '<>'],
  ['X-Transition-Responder', 'c1'],
] as const;
const hopMarks = [
  ['Auto-Submitted', 'auto-generated'],
  ['Auto-Submitted', 'auto-forwarded'],
  ['X-Auto-Response-Suppress', 'All'],
  ['X-MS-Exchange-Inbox-Rules-Loop', 'a@x.example'],
  ['Resent-From', 'a@x.example'],
  ['X-Forwarded-To', 'a@x.example'],
  ['X-Loop', 'a@x.example'],
] as const;

/** The same mark as another program would write it. */
const spelling = fc.record({
  upper: fc.boolean(),
  fold: fc.boolean(),
  comment: fc.constantFrom('', '(by a rule) ', '(a (nested) one) '),
  encoded: fc.boolean(),
});

function mark(
  [name, value]: readonly [string, string],
  {
    upper,
    fold,
    comment,
    encoded,
  }: { upper: boolean; fold: boolean; comment: string; encoded: boolean },
): string {
  // Message-ids, paths and addresses are written in no other way.
  const isWord = /^[a-z_-]+$/i.test(value);
  const word = encoded && isWord ? `=?utf-8?B?${Buffer.from(value).toString('base64')}?=` : value;
  const written = `${isWord ? comment : ''}${word}`;
  return `${upper ? name.toUpperCase() : name.toLowerCase()}:${fold ? '\r\n\t' : ' '}${written}\r\n`;
}

const withMark = (name: string, field: string): Buffer =>
  Buffer.concat([Buffer.from(field), fixture('forwards', name)]);

test('a mail with any mark of a machine is never answered', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...forwards),
      fc.constantFrom(...machineMarks),
      spelling,
      async (name, chosen, how) => {
        const { action, reason } = await decideAtDesk(withMark(name, mark(chosen, how)));
        // Microsoft's own notice behind a group is the desk's.
        expect(`${action} ${reason}`).toMatch(
          /^(?:suppress suppressed-|review review-forwarding-hop)/,
        );
        if (action === 'review') expect(['List-Id', 'Precedence']).toContain(chosen[0]);
      },
    ),
    { numRuns: 200 },
  );
});

test('a mark of a hop never silences a forward that would have been answered', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...forwards),
      fc.constantFrom(...hopMarks),
      spelling,
      async (name, chosen, how) => {
        const plain = await decideAtDesk(fixture('forwards', name));
        const hop = await decideAtDesk(withMark(name, mark(chosen, how)));
        expect(['reply', 'review']).toContain(hop.action);
        if (plain.action === 'review') expect(hop.action).toBe('review');
      },
    ),
    { numRuns: 200 },
  );
});
