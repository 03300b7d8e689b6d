/**
 * Who is told ahead of the notice, tried on random records: never anybody who would lose access by doing what
 * the mail says, and nobody whom the record does not name.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type AdvisorStatus,
  advisorStatuses,
  billingAccounts,
  type CspStatus,
  type Customer,
  cspStatuses,
  type SubscriptionTransition,
  type TransitionStatus,
  transitionStatuses,
} from '../../src/core/customer.ts';
import { planOutreach } from '../../src/core/outreach.ts';
import { catalog, policy } from '../support/sample-desk.ts';

const seed = Number(process.env.FAST_CHECK_SEED ?? Date.now() % 2_147_483_647);
console.info(`property tests run with seed ${seed}`);

const count = fc.constantFrom(0, 1, 24, 25, 26, 300);
const day = fc.constantFrom('2026-11-19', '2026-11-20', '2026-12-31');
const maybe = <Value>(of: fc.Arbitrary<Value>) => fc.option(of, { nil: undefined });
/** Often what a record of a customer who is ready says, so that some are told at all. */
const mostly = <Value>(ready: Value, of: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(ready) }, { weight: 1, arbitrary: maybe(of) });

/** Leaves away what is undefined, as a record does. */
function known<Value extends object>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

const subscription = fc
  .record({
    product: fc.constantFrom('Office 365 E3', 'Visio Plan 2', 'Azure', 'Dynamics 365 Sales'),
    advisorStatus: mostly<AdvisorStatus>('active', fc.constantFrom(...advisorStatuses)),
    advisorRenewsOn: maybe(day),
    advisorEndsOn: maybe(day),
    billingAccount: maybe(fc.constantFrom(...billingAccounts)),
    licensesAssigned: maybe(count),
    licensesTotal: maybe(count),
    cspStatus: mostly<CspStatus>('active', fc.constantFrom(...cspStatuses)),
    cspLicensesAssigned: maybe(count),
    transitionStatus: mostly<TransitionStatus>('open', fc.constantFrom(...transitionStatuses)),
  })
  .map((value) => known(value) as SubscriptionTransition);

const customer = fc
  .record({
    id: fc.constant('C-1'),
    name: fc.constant('Contoso'),
    otherDomains: fc.constant([]),
    contacts: fc.array(
      fc.constantFrom(
        { address: 'ana@contoso.example' },
        { address: 'Support@partner.example' },
        { name: 'Ben', address: 'ben@contoso.example' },
      ),
      { maxLength: 2 },
    ),
    partnerApproved: mostly(true, fc.boolean()),
    approvalLink: maybe(fc.constant('https://admin.microsoft.com/x')),
    subscriptions: fc.array(subscription, { maxLength: 3 }),
  })
  .map((value) => known(value) as Customer);

test('nobody without an active, licensed new subscription is told to end the old one', () => {
  let told = 0;
  fc.assert(
    fc.property(customer, (record) => {
      const planned = planOutreach(record, { policy, catalog, today: '2026-11-20' });
      if (planned.kind === 'none') {
        expect(planned.why).not.toBe('');
        return;
      }
      told += 1;
      const { plan } = planned;
      expect(record.partnerApproved).not.toBe(false);
      expect(record.contacts.map(({ address }) => address)).toContain(plan.to);
      expect(plan.to).not.toMatch(/@partner\.example$/i);
      expect(plan.lines.length).toBe(record.subscriptions.length);
      for (const { scenario, index } of plan.lines) {
        const one = record.subscriptions[index];
        expect(one?.cspStatus).toBe('active');
        expect(one?.transitionStatus).not.toBe('stopped');
        if (scenario === 'already-cancelled') continue;
        expect(scenario).toMatch(/^(?:cancel-|stop-renewal)/);
        expect(one?.advisorStatus).toBe('active');
        expect(one?.cspLicensesAssigned).toBeGreaterThanOrEqual(
          Math.max(1, one?.licensesAssigned ?? 1),
        );
      }
      expect(plan.lines.some(({ scenario }) => scenario !== 'already-cancelled')).toBe(true);
    }),
    { seed, numRuns: 20_000 },
  );
  expect(told).toBeGreaterThan(50);
});
