/** The fixtures and the demo's samples through all stages: what would become of each. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { indexCustomers } from '../../src/core/customer-index.ts';
import { decideMail } from '../../src/core/decide-mail.ts';
import type { Decision } from '../../src/core/decision.ts';
import { reasons } from '../../src/core/reasons.ts';
import { readCustomers } from '../../src/edges/customers-file.ts';
import {
  catalog,
  decideAtDesk,
  expectedOf,
  fixture,
  fixtureNames,
  now,
  policy,
} from '../support/sample-desk.ts';

const samples = new URL('../../src/demo/samples/', import.meta.url);

interface Sample {
  readonly file: string;
  readonly expect: {
    readonly action: string;
    readonly reason?: string;
    readonly family?: string;
    readonly customer?: string;
    readonly scenario?: string;
  };
}

const declared = parse(readFileSync(new URL('samples.yaml', samples), 'utf8')) as readonly Sample[];
const records = (await readCustomers(new URL('customers.csv', samples).pathname)).customers;

function withEndings(raw: Buffer, ending: string): Buffer {
  return Buffer.from(
    raw.toString('latin1').replaceAll('\r\n', '\n').replaceAll('\n', ending),
    'latin1',
  );
}

test('there are samples of every kind', () => {
  expect(declared.length).toBeGreaterThanOrEqual(28);
  expect(records.length).toBeGreaterThan(10);
});

for (const sample of declared) {
  for (const [name, ending] of [
    ['LF', '\n'],
    ['CRLF', '\r\n'],
  ] as const) {
    test(`${sample.file} with ${name}`, async () => {
      const { decision } = await decideMail(
        withEndings(readFileSync(new URL(sample.file, samples)), ending),
        { policy, catalog, ...indexCustomers(records) },
        { complete: true, now },
      );
      const { action, reason, family, scenario, match } = decision;
      // Only what was sent before makes this one a second answer; that is restrain's to know.
      const isSecond = sample.expect.reason === 'suppressed-already-answered';
      const wanted = isSecond
        ? { ...sample.expect, action: 'reply', reason: 'reply-instructions' }
        : sample.expect;
      expect({ action, reason, family, scenario, customer: match?.customer.id }).toMatchObject(
        wanted,
      );
    });
  }
}

function wellFormed(decision: Decision): void {
  expect(reasons[decision.reason].action).toBe(decision.action);
  expect(decision.evidence.at(-1)?.code).toBe(decision.reason);
}

interface ResponderExpected {
  readonly verdict: string;
}

for (const name of fixtureNames('responders')) {
  test(`does not answer the machine of ${name}`, async () => {
    const decision = await decideAtDesk(fixture('responders', name));
    wellFormed(decision);
    const { verdict } = expectedOf<ResponderExpected>('responders', name);
    if (verdict === 'machine') expect(decision.action).toBe('suppress');
    else expect(decision.action).not.toBe('suppress');
  });
}

for (const name of fixtureNames('notices')) {
  test(`tells nobody that ${name} is genuine because it says so`, async () => {
    const decision = await decideAtDesk(fixture('notices', name));
    wellFormed(decision);
    if (name.startsWith('lookalike')) expect(decision.action).not.toBe('reply');
  });
}

test('the same fixtures without any verdict of a host are never answered', async () => {
  let looked = 0;
  for (const folder of ['forwards', 'notices', 'responders'] as const) {
    for (const name of fixtureNames(folder)) {
      const decision = await decideAtDesk(fixture(folder, name), {
        policy: { trustedAuthservIds: [] },
      });
      expect(decision.action).not.toBe('reply');
      looked += 1;
    }
  }
  expect(looked).toBeGreaterThan(100);
});
