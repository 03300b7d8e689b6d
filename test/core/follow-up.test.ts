/** What becomes of a reply that asked for something: a row for each way in which it can end, and what is asked. */
import { describe, expect, test } from 'vitest';
import { type Customer, cspStatuses } from '../../src/core/customer.ts';
import { type ReplyPlan, scenarios } from '../../src/core/decision.ts';
import {
  asksCustomer,
  type FollowedReply,
  type FollowUpInput,
  judgeFollowUp,
  type LaterCase,
} from '../../src/core/follow-up.ts';
import { ownCaseIdOf, planReminder } from '../../src/core/own-mail.ts';
import { replyKeyOf } from '../../src/core/reply-key.ts';
import { chooseScenario } from '../../src/core/scenario.ts';
import { catalog, customerOf, policy } from '../support/sample-desk.ts';

const contoso = customerOf('contoso');
const today = '2026-11-30';
const sentAt = new Date('2026-11-20T23:30:00Z');

function planOf(customer: Customer): ReplyPlan {
  const outcome = chooseScenario({
    customer,
    notice: {},
    portalLicensesBelow: policy.portalLicensesBelow,
    productAliases: catalog.productAliases,
    today,
  });
  if (outcome.kind === 'review') throw new Error(outcome.detail);
  const { scenario, lines } = outcome;
  const replyKey = replyKeyOf(customer, scenario, lines);
  const [contact] = customer.contacts;
  return { to: contact?.address ?? '', scenario, locale: 'de', customer, lines, replyKey };
}

const plan = planOf(contoso);
const followed: FollowedReply = {
  caseId: 'c1',
  plan,
  replyKey: plan.replyKey,
  notice: {},
  sentAt,
  isWithDesk: false,
};

const judge = (change: Partial<FollowUpInput> = {}) =>
  judgeFollowUp({ followed, customer: contoso, laterCases: [], policy, catalog, today, ...change });

const with_ = (change: object): Customer => ({
  ...contoso,
  subscriptions: contoso.subscriptions.map((one) => ({ ...one, ...change })),
});

const later = (change: Partial<LaterCase>): LaterCase => ({
  caseId: 'c2',
  action: 'suppress',
  reason: 'suppressed-auto-submitted',
  receivedAt: new Date(sentAt.getTime() + 1),
  ...change,
});

describe('a reply', () => {
  test.each(scenarios)('of %s alone asks for something, or not', (scenario) => {
    const line = { product: 'x', scenario: scenario as 'cancel-portal', index: 0 };
    const asks = ['approve-partner', 'cancel-', 'stop-renewal'].some((name) =>
      scenario.startsWith(name),
    );
    expect(asksCustomer({ scenario, lines: [line] })).toBe(asks);
  });

  test('of several asks where one of them does', () => {
    const lines = (['wait-for-csp', 'stop-renewal'] as const).map((scenario, index) => ({
      product: 'x',
      scenario,
      index,
    }));
    expect(asksCustomer({ scenario: 'mixed', lines })).toBe(true);
    expect(asksCustomer({ scenario: 'mixed', lines: lines.slice(0, 1) })).toBe(false);
    expect(asksCustomer({ scenario: 'reminder', lines })).toBe(false);
  });

  const rows: readonly (readonly [string, Partial<FollowUpInput>, object])[] = [
    ['is overdue where nothing happened', {}, { state: 'overdue' }],
    [
      'is done where every old subscription is cancelled',
      { customer: with_({ advisorStatus: 'cancelled' }) },
      { state: 'done' },
    ],
    [
      'is done even if the customer wrote',
      {
        customer: with_({ advisorStatus: 'cancelled' }),
        laterCases: [later({ action: 'review', reason: 'review-no-original' })],
      },
      { state: 'done' },
    ],
    ...cspStatuses
      .filter((status) => status !== 'active')
      .map(
        (cspStatus) =>
          [
            `is never overdue where csp_status is ${cspStatus}: cancelling would cut access`,
            { customer: with_({ cspStatus }) },
            { state: 'stopped', isNews: true },
          ] as const,
      ),
    [
      'is not reminded of where another number of licenses makes other instructions',
      { customer: with_({ licensesAssigned: 30, cspLicensesAssigned: 30, licensesTotal: 30 }) },
      { state: 'overdue', noReminder: expect.stringContaining('cancel-phone now') },
    ],
    ['ends where the record is gone', { customer: undefined }, { state: 'stopped', isNews: true }],
    [
      'ends where it did not arrive',
      { followed: { ...followed, sentAt: undefined } as unknown as FollowedReply },
      { state: 'stopped', isNews: false },
    ],
    [
      'ends where the desk has a mail of theirs',
      { laterCases: [later({ action: 'review', reason: 'review-no-original' })] },
      { state: 'stopped', isNews: false, detail: expect.stringContaining('c2') },
    ],
    [
      'ends where they answered it',
      { laterCases: [later({ reason: 'suppressed-answer-to-reply' })] },
      { state: 'stopped', isNews: false },
    ],
    ['is overdue where only a machine wrote', { laterCases: [later({})] }, { state: 'overdue' }],
    [
      'is not reminded of where the notice was forwarded again',
      { laterCases: [later({ reason: 'suppressed-already-answered' })] },
      { state: 'overdue', noReminder: expect.stringContaining('forwarded again') },
    ],
    [
      'is not reminded of where another answer went out',
      { laterCases: [later({ action: 'reply', reason: 'reply-instructions' })] },
      { state: 'overdue', noReminder: expect.any(String) },
    ],
    [
      'is reminded of where the other forward came before it was answered',
      { laterCases: [later({ reason: 'suppressed-already-answered', receivedAt: sentAt })] },
      { state: 'overdue' },
    ],
  ];
  test.each(rows)('%s', (_, change, verdict) => {
    expect(judge(change)).toMatchObject(verdict);
    const isReminder = JSON.stringify(verdict) === '{"state":"overdue"}';
    expect('noReminder' in judge(change)).toBe(!isReminder && 'noReminder' in verdict);
  });
});

describe('the reminder', () => {
  const overdue = judge();
  if (overdue.state !== 'overdue') throw new Error('it is overdue');
  const remind = (customer: Customer = contoso, change: Partial<FollowedReply> = {}) =>
    planReminder({ ...followed, ...change }, { ...overdue, customer }, { policy, catalog });

  test('goes where the reply went, in the language of the record, and says when we wrote', () => {
    expect(remind()).toMatchObject({
      kind: 'planned',
      plan: {
        to: plan.to,
        scenario: 'reminder',
        locale: contoso.locale ?? 'de',
        lines: plan.lines,
        writtenOn: '2026-11-20',
        replyKey: `reminder:${plan.replyKey}`,
      },
    });
  });

  test('counts days where the desk is', () => {
    const planned = planReminder(followed, overdue, {
      policy: { ...policy, timeZone: 'Europe/Berlin' },
      catalog,
    });
    expect(planned).toMatchObject({ plan: { writtenOn: '2026-11-21' } });
  });

  test('goes to no address that the record does not know any more', () => {
    const stranger = { ...contoso, contacts: [], otherDomains: [], tenantDomain: 'x.example' };
    expect(remind(stranger)).toMatchObject({ kind: 'none' });
    const colleague = { ...stranger, otherDomains: [plan.to.split('@')[1] ?? ''] };
    expect(remind(colleague).kind).toBe('planned');
  });

  test('has a case id of its own, the same each time, that no mail can have', () => {
    const planned = remind();
    if (planned.kind === 'none') throw new Error(planned.why);
    const id = ownCaseIdOf(planned.plan);
    expect(id).toMatch(/^o[0-9a-f]{24}$/);
    const elsewhere = { ...planned.plan, to: 'other@contoso.example' };
    expect(ownCaseIdOf(elsewhere)).toBe(id);
    expect(ownCaseIdOf({ ...planned.plan, scenario: 'outreach' })).not.toBe(id);
  });
});
