/**
 * Invariant 4 for what people choose: whatever the record, the mail and the choice, nothing of a record goes to an
 * address that the record does not know, and nothing at all to ourselves, to Microsoft or to a machine.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadKnowledge } from '../../src/commands/knowledge.ts';
import { normalizeAddress } from '../../src/core/address.ts';
import type { Customer } from '../../src/core/customer.ts';
import { type Decision, isGenericScenario, scenarios } from '../../src/core/decision.ts';
import { candidateScenarios, type PlanInput, planChoice } from '../../src/core/desk-plan.ts';
import { knownAs } from '../../src/core/who-may-know.ts';
import { loadSettings, programRoot } from '../../src/edges/settings.ts';
import { noon } from '../support/pipeline-desk.ts';

const settings = loadSettings({ env: {}, cwd: programRoot, secrets: 'optional' });
const knowledge = await loadKnowledge(settings);
const own = 'support@partner.example';
const policy = { ...knowledge.policy, ownAddresses: [own] };

const local = fc.constantFrom(
  'ana',
  'bob',
  'ANA',
  'no-reply',
  'mailer-daemon',
  'support',
  'ö',
  '"a b"',
);
const domain = fc.constantFrom(
  'contoso.example',
  'fabrikam.example',
  'partner.example',
  'microsoft.com',
  'gmail.com',
  'evil.example',
  'Contoso.Example',
);
const address = fc.tuple(local, domain).map(([user, host]) => `${user}@${host}`);
const hostile = fc.constantFrom(
  '',
  'a@b\r\nBcc: x@y.example',
  '<ana@contoso.example>',
  'ana@contoso.example, x@evil.example',
);
const anyAddress = fc.oneof({ weight: 6, arbitrary: address }, { weight: 1, arbitrary: hostile });
const status = <T extends string>(...values: T[]) =>
  fc.option(fc.constantFrom(...values), { nil: undefined });

const customer: fc.Arbitrary<Customer> = fc
  .record({
    id: fc.constantFrom('C-1', 'C-2'),
    domains: fc.array(domain, { maxLength: 2 }),
    contacts: fc.array(fc.record({ address: anyAddress, name: fc.string({ maxLength: 12 }) }), {
      maxLength: 3,
    }),
    partnerApproved: fc.option(fc.boolean(), { nil: undefined }),
    advisorStatus: status('active', 'cancelled'),
    cspStatus: status('none', 'ordered', 'active'),
    licenses: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
  })
  .map(({ id, domains, contacts, partnerApproved, advisorStatus, cspStatus, licenses }) => ({
    id,
    name: 'Customer',
    otherDomains: domains.map((one) => one.toLowerCase()),
    contacts,
    ...(partnerApproved === undefined ? {} : { partnerApproved }),
    subscriptions: [
      {
        product: 'Office 365 E3',
        ...(advisorStatus === undefined ? {} : { advisorStatus }),
        ...(cspStatus === undefined ? {} : { cspStatus }),
        ...(licenses === undefined
          ? {}
          : { licensesAssigned: licenses, cspLicensesAssigned: licenses }),
      },
    ],
  }));

const review = (before: Customer | undefined, to: string): Decision => ({
  action: 'review',
  reason: 'review-every-reply',
  authentication: { result: 'none', dkimAligned: false },
  evidence: [],
  original: {
    how: 'inline',
    depth: 1,
    from: { address: 'mallory@evil.example' },
    to: [{ address: 'mallory@evil.example' }],
    subject: 'x',
    text: 'x',
    links: [],
  },
  ...(before === undefined
    ? {}
    : {
        plan: {
          to,
          scenario: 'cancel-portal',
          locale: 'en',
          customer: before,
          lines: [{ product: 'Office 365 E3', scenario: 'cancel-portal', index: 0 }],
          replyKey: 'k',
        },
      }),
});

test('nothing of a record goes to an address that it does not know, whatever a person chooses', () => {
  let planned = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      fc.record({
        now: fc.option(customer, { nil: undefined }),
        before: fc.option(customer, { nil: undefined }),
        author: fc.option(anyAddress, { nil: undefined }),
        decidedTo: anyAddress,
        to: fc.option(anyAddress, { nil: undefined }),
        scenario: fc.option(fc.constantFrom(...scenarios), { nil: undefined }),
      }),
      ({ now, before, author, decidedTo, to, scenario }) => {
        const input: PlanInput = {
          policy,
          catalog: knowledge.catalog,
          decision: review(before, decidedTo),
          ...(author === undefined ? {} : { author: { address: author } }),
          ...(now === undefined ? {} : { customer: now }),
          now: noon,
        };
        candidateScenarios(input);
        const outcome = planChoice(input, {
          ...(to === undefined ? {} : { to }),
          ...(scenario === undefined ? {} : { scenario }),
        });
        if (outcome.kind === 'refused') {
          refused += 1;
          return;
        }
        planned += 1;
        const { plan } = outcome;
        const sent = normalizeAddress(plan.to);
        expect(sent).not.toMatch(/\s|[<>,]|no-reply|daemon|microsoft|@partner\.example$|^@|@$/);
        if (isGenericScenario(plan.scenario)) {
          expect(plan.customer).toBeUndefined();
          expect(sent).toBe(normalizeAddress(author ?? ''));
          expect(JSON.stringify(plan)).not.toContain('Customer');
          return;
        }
        expect(plan.customer).toBe(now);
        if (now === undefined) throw new Error('instructions without a record');
        expect(knownAs(plan.to, now, policy, knowledge.catalog)).toBeDefined();
        const isOffered = [author ?? '', ...now.contacts.map((one) => one.address)];
        expect(isOffered.map(normalizeAddress)).toContain(sent);
        if (to !== undefined) expect(sent).toBe(normalizeAddress(to));
      },
    ),
    { numRuns: 8_000 },
  );
  expect(planned).toBeGreaterThan(150);
  expect(refused).toBeGreaterThan(300);
});
