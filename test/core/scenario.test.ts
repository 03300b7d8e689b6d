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
/** The new one was not ordered yet. */
const nothingNew = {
  cspStatus: 'none',
  cspSubscriptionId: undefined,
  cspLicensesAssigned: undefined,
} as const;
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
    ['the new one is not there', nothingNew, {}, 'wait-for-csp'],
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
    ['both cancelled', { ...nothingNew, advisorStatus: 'cancelled' }, {}],
    [
      'the new one is gone, its id is not',
      { ...nothingNew, cspSubscriptionId: ready.cspSubscriptionId },
      {},
    ],
    ['the new one is gone, but has licenses', { ...nothingNew, cspLicensesAssigned: 1 }, {}],
    [
      'old and new are the same subscription',
      { cspSubscriptionId: ready.advisorSubscriptionId },
      {},
    ],
    ['approved on a day to come', {}, { partnerApprovedOn: '2026-11-21' }],
    ['done, but not cancelled', { transitionStatus: 'done' }, {}],
    [
      'done, but the new one is gone',
      { ...nothingNew, transitionStatus: 'done', advisorStatus: 'cancelled' },
      {},
    ],
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

  test('a term that ends today is not over, and one that ended yesterday is', () => {
    const ending = (day: string) => brief(choose([{ billingAccount: 'mca', advisorEndsOn: day }]));
    expect(ending(today)).toBe('stop-renewal');
    expect(ending('2026-11-19')).toBe('review-contradictory-record');
  });

  test('an approval of today counts', () => {
    expect(brief(choose([{}], { partnerApprovedOn: today }))).toBe('cancel-portal');
  });

  test('before the approval nothing that is left over of an order matters', () => {
    expect(brief(choose([{ cspStatus: 'none' }], { partnerApproved: false }))).toBe(
      'approve-partner',
    );
  });
});

describe('products', () => {
  test.each([
    ['Office 365 E3', 10, 'cancel-portal'],
    ['Microsoft 365 Business Premium', 25, 'cancel-phone'],
    ['Enterprise Mobility + Security E3', 24, 'cancel-portal'],
    ['Intune', 30, 'cancel-phone'],
    ['Power BI Pro', undefined, 'cancel-unknown-licenses'],
    ['Dynamics 365 Sales Professional', 10, 'cancel-portal'],
    ['Microsoft Dynamics CRM Online Professional', 10, 'cancel-phone'],
    ['CRM Online', undefined, 'cancel-phone'],
    ['Azure Active Directory Premium P1', 10, 'cancel-portal'],
    ['Azure Information Protection Plan 1', 10, 'cancel-portal'],
    ['Microsoft Azure', 10, 'review-azure-subscription'],
    ['AZURE plan', undefined, 'review-azure-subscription'],
    ['Pay-As-You-Go', 10, 'review-azure-subscription'],
    ['AZURE_PLAN', 10, 'review-azure-subscription'],
    ['MicrosoftAzure', 10, 'review-azure-subscription'],
    ['MS-AZR-0017P', 10, 'review-azure-subscription'],
    ['PAYG', 10, 'review-azure-subscription'],
    ['Azure Active Directory Domain Services', 10, 'review-azure-subscription'],
    ['Azure Active Directory B2C', 10, 'review-azure-subscription'],
  ] as const)('%s with %s licenses', (product, licensesAssigned, expected) => {
    expect(brief(choose([{ product, licensesAssigned }]))).toBe(expected);
  });

  test.each([
    [{ cspStatus: 'ordered' }, {}],
    [nothingNew, { partnerApproved: false }],
    [{ advisorStatus: 'cancelled' }, {}],
  ] as const)('Azure never gets instructions about seats: %j', (subscription, customer) => {
    const azure = { ...subscription, product: 'Microsoft Azure' };
    expect(brief(choose([azure], customer))).toBe('review-azure-subscription');
  });

  test('one of Azure beside others leaves all of them to the desk', () => {
    const azure = { product: 'Microsoft Azure', advisorSubscriptionId: undefined };
    expect(brief(choose([{}, azure]))).toBe('review-azure-subscription');
  });
});

describe('several subscriptions', () => {
  const named = (product: string, changes: Absent<SubscriptionTransition>) => ({
    product,
    advisorSubscriptionId: undefined,
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
    expect(brief(choose([{}, named('b', { cspStatus: undefined })]))).toBe(
      'review-incomplete-record',
    );
    expect(brief(choose([{}, named('b', { transitionStatus: 'stopped' })]))).toBe(
      'review-transition-stopped',
    );
  });

  test('all stopped is a stopped move', () => {
    const stopped = { transitionStatus: 'stopped' } as const;
    expect(choose([stopped, stopped])).toMatchObject({ scenario: 'transition-stopped' });
  });

  test('two rows with one id are one subscription with two stories', () => {
    const outcome = choose([{}, { product: 'Visio Plan 2' }]);
    expect(brief(outcome)).toBe('review-contradictory-record');
    expect(outcome).toMatchObject({ detail: expect.stringContaining('Visio Plan 2') });
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
                  for (const advisorEndsOn of or(['2026-11-19', today]))
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

/** Each record above as one of each kind of product, with and without the id of a new subscription. */
const kinds = [
  { product: 'Office 365 E3', cspSubscriptionId: ready.cspSubscriptionId },
  { product: 'Office 365 E3', cspSubscriptionId: undefined },
  { product: 'Dynamics CRM Online', cspSubscriptionId: undefined },
  { product: 'Microsoft Azure', cspSubscriptionId: undefined },
];

const cancels = ['cancel-portal', 'cancel-phone', 'cancel-unknown-licenses', 'stop-renewal'];

test('every record has exactly one outcome, and none says “cancel” before it is safe', () => {
  const seen = new Map<string, number>();
  const unsafe: unknown[] = [];
  for (const record of everyRecord())
    for (const kind of kinds) {
      const outcome = choose([{ ...record.subscription, ...kind }], record.customer);
      const said = brief(outcome);
      seen.set(said, (seen.get(said) ?? 0) + 1);
      if (!isSafe(said, record, kind.product)) unsafe.push({ said, ...record, ...kind });
    }
  expect(unsafe.slice(0, 3)).toEqual([]);
  for (const said of seen.keys()) {
    expect(said in reasons || (scenarios as readonly string[]).includes(said)).toBe(true);
  }
  const all = [...cancels, 'approve-partner', 'wait-for-csp', 'already-cancelled'];
  for (const scenario of all) expect(seen.get(scenario)).toBeGreaterThan(0);
});

/** What has to be true of a record for a customer to be told this, in words of the record alone. */
function isSafe(
  said: string,
  { customer, subscription }: typeof everyRecord extends () => Generator<infer R> ? R : never,
  product: string,
): boolean {
  if (said.startsWith('review-')) return true;
  const { advisorStatus, cspStatus, transitionStatus, licensesAssigned } = subscription;
  const assigned = subscription.cspLicensesAssigned;
  const isRunning = cspStatus === 'active' && customer.partnerApproved !== false;
  const hasNew = (assigned ?? 0) >= Math.max(1, licensesAssigned ?? 1);
  if (product === 'Microsoft Azure' || transitionStatus === 'stopped') return false;
  if (cancels.includes(said)) {
    const isPortal = licensesAssigned !== undefined && licensesAssigned < 25;
    return (
      isRunning &&
      hasNew &&
      advisorStatus === 'active' &&
      transitionStatus !== 'done' &&
      (said !== 'cancel-portal' || isPortal) &&
      (said === 'stop-renewal') === (subscription.billingAccount === 'mca')
    );
  }
  if (said === 'already-cancelled')
    return isRunning && advisorStatus === 'cancelled' && (assigned === undefined || hasNew);
  if (said === 'approve-partner')
    return customer.partnerApproved === false && customer.approvalLink !== undefined;
  return said === 'wait-for-csp' && customer.partnerApproved !== false && !(isRunning && hasNew);
}

test('of two subscriptions, what one may be told never depends on the other', () => {
  // Every pair of situations: the line of each is its own, whatever stands beside it.
  const alone: Absent<SubscriptionTransition>[] = [
    {},
    { licensesAssigned: 99 },
    { licensesAssigned: undefined },
    { billingAccount: 'mca' },
    { cspStatus: 'ordered' },
    { advisorStatus: 'cancelled' },
  ];
  for (const one of alone)
    for (const other of alone) {
      const pair = choose([
        { ...one, product: 'one', advisorSubscriptionId: undefined },
        { ...other, product: 'other', advisorSubscriptionId: undefined },
      ]);
      const said = pair.kind === 'instructions' ? pair.lines : [];
      const line = (product: string) => said.find((found) => found.product === product)?.scenario;
      expect([line('one'), line('other')]).toEqual([brief(choose([one])), brief(choose([other]))]);
    }
});
