/** The contract of `classify --json` about the sender: three words, whatever the standard has. */
import { expect, test } from 'vitest';
import { classificationLine } from '../../src/commands/classification-line.ts';
import type { Authentication } from '../../src/core/decision.ts';

test.each<[Authentication['result'], NonNullable<Authentication['by']>, string, string | null]>([
  ['pass', 'authentication-results', 'pass', 'authentication-results'],
  ['pass', 'arc', 'pass', 'arc'],
  ['pass', 'dkim', 'pass', 'dkim'],
  ['fail', 'authentication-results', 'fail', 'authentication-results'],
  ['softfail', 'spf', 'fail', 'spf'],
  ['none', 'authentication-results', 'none', null],
  ['neutral', 'authentication-results', 'none', null],
  ['temperror', 'dkim', 'none', null],
  ['permerror', 'authentication-results', 'none', null],
])('%s by %s is told as %s', (result, by, authenticated, saidBy) => {
  const { sender } = classificationLine({
    file: 'mail.eml',
    decision: {
      action: 'ignore',
      reason: 'ignored-not-a-notice',
      authentication: { result, by, dkimAligned: false },
      evidence: [],
    },
  });
  expect(sender).toEqual({ address: null, authenticated, by: saidBy });
});
