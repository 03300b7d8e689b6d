/** The situation of a record: every row of the table, every contradiction, and the whole space of records. */
import { describe, expect, test } from 'vitest';
import {
  advisorStatuses,
  billingAccounts,
  type Customer,
  cspStatuses,
  type SubscriptionTransition,
  transitionStatuses,
} from '../../src/core/customer.ts';
import { scenarios } from '../../src/core/decision.ts';
import type { NoticeFields } from '../../src/core/notice.ts';
import { reasons } from '../../src/core/reasons.ts';
import { chooseScenario, type ScenarioOutcome } from '../../src/core/scenario.ts';
import { catalog } from '../support/sample-desk.ts';

const today = '2026-11-20';
/** Everything is ready: ten people, all with a new license. */
const ready: SubscriptionTransition = {
  product: 'Office 365 Business Premium',
  advisorSubscriptionId: '00000000-0000-4000-8000-000000000001',
  advisorStatus: 'active',
  billingAccount: 'mosa',
  licensesAssigned: 10,
  licensesTotal: 300,
  cspStatus: 'active',
  cspSubscriptionId: '00000000-0000-4000-8000-000000000002',
  cspLicensesAssigned: 300,
  transitionStatus: 'open',
};
const approved: Partial<Customer> = { partnerApproved: true, approvalLink: 'https://a.example' };

type Absent<T> = { readonly [K in keyof T]?: T[K] | undefined };

function choose(
  subscriptions: readonly Absent<SubscriptionTransition>[],
  customer: Absent<Customer> = {},
  notice: NoticeFields = {},
): ScenarioOutcome {
  return chooseScenario({
    customer: withoutAbsent<Customer>({
      id: 'c',
      name: 'C',
      otherDomains: [],
      contacts: [],
      ...approved,
      ...customer,
      subscriptions: subscriptions.map((changes) =>
        withoutAbsent<SubscriptionTransition>({ ...ready, ...changes }),
      ),
    }),
    notice,
    portalLicensesBelow: 25,
    productAliases: catalog.productAliases,
    today,
  });
}

function withoutAbsent<T>(value: Absent<T>): T {
  return Object.fromEntries(Object.entries(value).filter(([, found]) => found !== undefined)) as T;
}

const brief = (outcome: ScenarioOutcome): string =>
  outcome.kind === 'instructions' ? outcome.scenario : outcome.reason;

describe('one subscription', () => {
  test.each([
    ['24 licenses assigned', { licensesAssigned: 24 }, {}, 'cancel-portal'],
    ['25 licenses assigned', { licensesAssigned: 25 }, {}, 'cancel-phone'],
    ['26 licenses assigned', { licensesAssigned: 26 }, {}, 'cancel-phone'],
    [
      '24 of 300 licenses assigned: only the assigned count',
      { licensesAssigned: 24, licensesTotal: 300 },
      {},
      'cancel-portal',
    ],
    ['no license assigned', { licensesAssigned: 0 }, {}, 'cancel-portal'],
    [
      'nobody knows how many are assigned',
      { licensesAssigned: undefined },
      {},
      'cancel-unknown-licenses',
    ],
    ['a Microsoft Customer Agreement', { billingAccount: 'mca' }, {}, 'stop-renewal'],
    [
      'a Microsoft Customer Agreement with many licenses',
      { billingAccount: 'mca', licensesAssigned: 250 },
      {},
      'stop-renewal',
    ],
    ['an account of unknown kind', { billingAccount: undefined }, {}, 'cancel-portal'],
    [
      'the partner is not approved',
      { cspStatus: 'none' },
      { partnerApproved: false },
      'approve-partner',
    ],
    [
      'the partner is not approved, the new one ordered',
      { cspStatus: 'ordered' },
      { partnerApproved: false },
      'approve-partner',
    ],
    ['the new one is not there', { cspStatus: 'none' }, {}, 'wait-for-csp'],
    ['the new one is ordered', { cspStatus: 'ordered' }, {}, 'wait-for-csp'],
    ['the new one is suspended', { cspStatus: 'suspended' }, {}, 'wait-for-csp'],
    ['nobody has a new license', { cspLicensesAssigned: 0 }, {}, 'wait-for-csp'],
    [
      'nobody has a license of either',
      { cspLicensesAssigned: 0, licensesAssigned: 0 },
      {},
      'wait-for-csp',
    ],
    ['one has no new license yet', { cspLicensesAssigned: 9 }, {}, 'wait-for-csp'],
    ['just as many have a new license', { cspLicensesAssigned: 10 }, {}, 'cancel-portal'],
    ['it is cancelled already', { advisorStatus: 'cancelled' }, {}, 'already-cancelled'],
    [
      'it is cancelled and the move is done',
      { advisorStatus: 'cancelled', transitionStatus: 'done' },
      {},
      'already-cancelled',
    ],
    [
      'it is cancelled, and how many have a new license is unknown',
      { advisorStatus: 'cancelled', cspLicensesAssigned: undefined },
      {},
      'already-cancelled',
    ],
    ['the move was stopped', { transitionStatus: 'stopped' }, {}, 'review-transition-stopped'],
    ['the state of the move is unknown', { transitionStatus: undefined }, {}, 'cancel-portal'],
  ] as const)('%s', (_, subscription, customer, expected) => {
    expect(brief(choose([subscription], customer))).toBe(expected);
  });

  test.each([
    [
      'no link to approve the partner with',
      { cspStatus: 'none' },
      { partnerApproved: false, approvalLink: undefined },
    ],
    [
      'whether the partner is approved, and the new one waits',
      { cspStatus: 'ordered' },
      { partnerApproved: undefined },
    ],
    ['the state of the new one', { cspStatus: undefined }, {}],
    ['how many have a new license', { cspLicensesAssigned: undefined }, {}],
    ['the state of the old one', { advisorStatus: undefined }, {}],
    ['what to do with an expired one', { advisorStatus: 'expired' }, {}],
    ['what to do with a disabled one', { advisorStatus: 'disabled' }, {}],
  ] as const)('the desk decides where the record does not say %s', (_, subscription, customer) => {
    expect(brief(choose([subscription], customer))).toBe('review-incomplete-record');
  });

  test.each([
    ['not approved, but the new one is active', {}, { partnerApproved: false }],
    [
      'not approved, but the new one was suspended',
      { cspStatus: 'suspended' },
      { partnerApproved: false },
    ],
    ['cancelled, but no new one', { advisorStatus: 'cancelled', cspStatus: 'none' }, {}],
    [
      'cancelled, and nobody knows of a new one',
      { advisorStatus: 'cancelled', cspStatus: undefined },
      {},
    ],
    [
      'cancelled, but nobody has a new license',
      { advisorStatus: 'cancelled', cspLicensesAssigned: 0 },
      {},
    ],
    ['done, but not cancelled', { transitionStatus: 'done' }, {}],
    ['more assigned than there are', { licensesAssigned: 31, licensesTotal: 30 }, {}],
    ['active, but its term is over', { billingAccount: 'mca', advisorEndsOn: '2026-11-19' }, {}],
    [
      'active, but its renewal is over',
      { billingAccount: 'mca', advisorRenewsOn: '2026-11-19' },
      {},
    ],
  ] as const)(
    'the desk decides where the record contradicts itself: %s',
    (_, subscription, customer) => {
      const outcome = choose([subscription], customer);
      expect(brief(outcome)).toBe('review-contradictory-record');
      expect(outcome.kind === 'review' && outcome.detail).toContain(ready.product);
    },
  );

  test('a term that ends today is not over', () => {
    expect(brief(choose([{ billingAccount: 'mca', advisorEndsOn: today }]))).toBe('stop-renewal');
  });
});

describe('several subscriptions', () => {
  const named = (product: string, changes: Absent<SubscriptionTransition>) => ({
    product,
    ...changes,
  });

  test('alike are one situation, with a line each', () => {
    const outcome = choose([named('a', {}), named('b', {})]);
    expect(outcome).toMatchObject({ kind: 'instructions', scenario: 'cancel-portal' });
    expect(outcome.kind === 'instructions' && outcome.lines).toHaveLength(2);
  });

  test('mixed come safest first, then as in the record', () => {
    const outcome = choose([
      named('gone', { advisorStatus: 'cancelled' }),
      named('many', { licensesAssigned: 99 }),
      named('few', {}),
      named('unknown', { licensesAssigned: undefined }),
      named('mca', { billingAccount: 'mca' }),
      named('waits', { cspStatus: 'ordered' }),
      named('few too', {}),
    ]);
    expect(outcome).toMatchObject({ kind: 'instructions', scenario: 'mixed' });
    expect(outcome.kind === 'instructions' && outcome.lines.map(({ product }) => product)).toEqual([
      'waits',
      'mca',
      'few',
      'few too',
      'many',
      'unknown',
      'gone',
    ]);
  });

  test('one that is unclear leaves all of them to the desk', () => {
    expect(brief(choose([{}, { cspStatus: undefined }]))).toBe('review-incomplete-record');
    expect(brief(choose([{}, { transitionStatus: 'stopped' }]))).toBe('review-transition-stopped');
  });

  test('all stopped is a stopped move', () => {
    const stopped = { transitionStatus: 'stopped' } as const;
    expect(choose([stopped, stopped])).toMatchObject({ scenario: 'transition-stopped' });
  });

  test('a record without any leaves it to the desk', () => {
    expect(brief(choose([]))).toBe('review-incomplete-record');
  });
});

describe('what the notice names', () => {
  const other = '00000000-0000-4000-8000-000000000009';

  test.each([
    ['its id', { subscriptionId: ready.advisorSubscriptionId ?? '' }, 'cancel-portal'],
    [
      'its id, under another name',
      { subscriptionId: ready.advisorSubscriptionId ?? '', subscription: 'Visio' },
      'cancel-portal',
    ],
    ['another id', { subscriptionId: other }, 'review-not-in-transition'],
    [
      'the id of the new one',
      { subscriptionId: ready.cspSubscriptionId ?? '' },
      'review-not-in-transition',
    ],
    ['its name', { subscription: 'Office 365 Business Premium' }, 'cancel-portal'],
    [
      'its name in other capitals',
      { subscription: 'OFFICE 365 business premium' },
      'cancel-portal',
    ],
    [
      'its name with the term',
      { subscription: 'Office 365 Business Premium (Monthly)' },
      'cancel-portal',
    ],
    ['its name of today', { subscription: 'Microsoft 365 Business Standard' }, 'cancel-portal'],
    ['another product', { subscription: 'Visio Plan 2' }, 'review-not-in-transition'],
    ['nothing', {}, 'cancel-portal'],
  ])('%s', (_, notice, expected) => {
    expect(brief(choose([{}], {}, notice))).toBe(expected);
  });

  test('another plan of the same product is another product', () => {
    const plan = { product: 'Exchange Online (Plan 1)' };
    expect(brief(choose([plan], {}, { subscription: 'Exchange Online (Plan 1)' }))).toBe(
      'cancel-portal',
    );
    expect(brief(choose([plan], {}, { subscription: 'Exchange Online (Plan 2)' }))).toBe(
      'review-not-in-transition',
    );
  });

  test('where the record has no ids, the name decides', () => {
    const bare = { advisorSubscriptionId: undefined };
    expect(brief(choose([bare], {}, { subscriptionId: other }))).toBe('cancel-portal');
    expect(brief(choose([bare], {}, { subscriptionId: other, subscription: 'Visio' }))).toBe(
      'review-not-in-transition',
    );
  });
});

/** Every state a subscription’s record can be in, as far as anything looks at it. */
function* everyRecord() {
  const or = <T>(values: readonly T[]): readonly (T | undefined)[] => [...values, undefined];
  for (const partnerApproved of or([true, false]))
    for (const approvalLink of or(['https://a.example']))
      for (const advisorStatus of or(advisorStatuses))
        for (const cspStatus of or(cspStatuses))
          for (const transitionStatus of or(transitionStatuses))
            for (const billingAccount of or(billingAccounts))
              for (const licensesAssigned of or([0, 1, 24, 25, 26]))
                for (const cspLicensesAssigned of or([0, 1, 24, 25, 300]))
                  for (const advisorEndsOn of or(['2026-11-19', '2026-12-01']))
                    yield {
                      customer: { partnerApproved, approvalLink },
                      subscription: {
                        advisorStatus,
                        cspStatus,
                        transitionStatus,
                        billingAccount,
                        licensesAssigned,
                        cspLicensesAssigned,
                        advisorEndsOn,
                      },
                    };
}

test('every record has exactly one outcome, and none says “cancel” before it is safe', () => {
  const cancels = ['cancel-portal', 'cancel-phone', 'cancel-unknown-licenses', 'stop-renewal'];
  const seen = new Map<string, number>();
  const unsafe: unknown[] = [];
  for (const record of everyRecord()) {
    const outcome = choose([record.subscription], record.customer);
    const said = brief(outcome);
    seen.set(said, (seen.get(said) ?? 0) + 1);
    const { customer, subscription } = record;
    const assigned = subscription.cspLicensesAssigned ?? 0;
    const isSafe =
      customer.partnerApproved !== false &&
      subscription.cspStatus === 'active' &&
      assigned >= Math.max(1, subscription.licensesAssigned ?? 1) &&
      subscription.transitionStatus !== 'stopped' &&
      subscription.advisorStatus === 'active';
    if (cancels.includes(said) && !isSafe) unsafe.push(record);
    const continues =
      subscription.advisorStatus === 'cancelled' && subscription.cspStatus === 'active';
    if (said === 'already-cancelled' && !continues) unsafe.push(record);
    if (said === 'approve-partner' && customer.partnerApproved !== false) unsafe.push(record);
  }
  expect(unsafe.slice(0, 3)).toEqual([]);
  for (const said of seen.keys()) {
    expect(said in reasons || (scenarios as readonly string[]).includes(said)).toBe(true);
  }
  for (const scenario of [...cancels, 'approve-partner', 'wait-for-csp', 'already-cancelled'])
    expect(seen.get(scenario)).toBeGreaterThan(0);
});
