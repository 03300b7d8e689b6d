/**
 * Customers that do not exist, for the check and the preview: the ordinary ones and those on every boundary.
 *
 * What no sample has, no check sees; so each optional value is present in one and absent in another.
 */
import type { Customer, SubscriptionTransition } from './customer.ts';
import {
  isGenericScenario,
  isOwnScenario,
  type LineScenario,
  type ReplyPlan,
  type Scenario,
} from './decision.ts';

export interface TemplateSample {
  readonly name: string;
  /** Values that look like Markdown, HTML and Handlebars on purpose: they must come out literally. */
  readonly hostile: boolean;
  readonly plan: ReplyPlan;
}

/** The day the samples are made for: their dates lie before and behind it. */
export const samplesNow = new Date('2026-11-02T09:00:00Z');

const ordinary: Customer = {
  id: 'C-0001',
  name: 'Contoso GmbH',
  tenantDomain: 'contoso.example',
  otherDomains: [],
  contacts: [{ name: 'Alex Berger', address: 'alex@contoso.example' }],
  country: 'DE',
  approvalLink:
    'https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship&partnerId=11111111-2222-4333-8444-555555555555&msppId=0#/BillingAccounts/partner-invitation',
  accountManager: 'dana@partner.example',
  subscriptions: [],
};

const bare: Customer = {
  id: 'C-0002',
  name: 'Fourth Coffee',
  otherDomains: [],
  contacts: [],
  approvalLink: 'https://admin.microsoft.com/partner',
  subscriptions: [],
};

const hostileName =
  '1. *A* & B [x](https://evil.example) <b>GmbH</b> `{{partner.name}}` | "C" _d_ \\ #';

const full: SubscriptionTransition = {
  product: 'Microsoft 365 Business Standard',
  advisorSubscriptionId: '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d',
  advisorRenewsOn: '2026-12-01',
  licensesAssigned: 24,
  monthlyCost: '252.00',
  currency: 'EUR',
};
const ending: SubscriptionTransition = {
  product: 'Exchange Online (Plan 1)',
  advisorEndsOn: '2027-01-31',
  licensesAssigned: 25,
  monthlyCost: '93.75',
  currency: 'USD',
};
const unknown: SubscriptionTransition = { product: 'Power BI Pro' };
const past: SubscriptionTransition = {
  product: 'Visio Plan 2',
  advisorRenewsOn: '2026-10-01',
  advisorEndsOn: '2026-09-30',
  licensesAssigned: 1,
};
const many: SubscriptionTransition = {
  ...full,
  product: 'Office 365 E3',
  licensesAssigned: 12_345,
};

const crm: SubscriptionTransition = { product: 'Dynamics CRM Online', licensesAssigned: 7 };
const dynamics: SubscriptionTransition = {
  product: 'Dynamics 365 Sales',
  licensesAssigned: 30,
};
const desktop: SubscriptionTransition = { product: 'Microsoft 365 Apps', licensesAssigned: 8 };
const project: SubscriptionTransition = { product: 'Project Plan 3', licensesAssigned: 3 };

interface Shape {
  readonly name: string;
  readonly hostile?: true;
  readonly customer: Customer;
  readonly subscriptions: readonly SubscriptionTransition[];
}

const shapes: readonly Shape[] = [
  { name: 'ordinary', customer: ordinary, subscriptions: [full] },
  { name: 'nothing known', customer: bare, subscriptions: [unknown] },
  { name: 'dates in the past', customer: { ...ordinary, country: 'FR' }, subscriptions: [past] },
  { name: '25 licenses, an end date', customer: ordinary, subscriptions: [ending] },
  { name: 'two subscriptions', customer: ordinary, subscriptions: [full, ending] },
  {
    name: 'many licenses, a country without a number',
    customer: { ...ordinary, country: 'AQ' },
    subscriptions: [many, unknown],
  },
  { name: 'Dynamics', customer: ordinary, subscriptions: [crm, dynamics] },
  {
    name: 'a long name',
    customer: { ...ordinary, name: `${'Consolidated Messenger and '.repeat(7)}Sons` },
    subscriptions: [full],
  },
  {
    name: 'names that look like markup',
    hostile: true,
    customer: { ...ordinary, name: hostileName },
    subscriptions: [{ ...full, product: hostileName }],
  },
];

/** What a mixed reply may be made of, in the order in which `decide` puts it. */
const mixtures: readonly (readonly LineScenario[])[] = [
  [
    'approve-partner',
    'wait-for-csp',
    'stop-renewal',
    'cancel-portal',
    'cancel-phone',
    'cancel-unknown-licenses',
    'already-cancelled',
  ],
  ['cancel-portal', 'cancel-phone'],
  ['cancel-portal', 'already-cancelled'],
  ['wait-for-csp', 'stop-renewal', 'cancel-phone'],
  ['approve-partner', 'already-cancelled'],
  ['wait-for-csp', 'already-cancelled'],
  ['wait-for-csp', 'cancel-unknown-licenses'],
  ['stop-renewal', 'already-cancelled'],
];

/** What a mail ahead of the notice may be about: nothing that waits for the partner. */
const aheadMixtures: readonly (readonly LineScenario[])[] = [
  ['stop-renewal', 'cancel-portal', 'cancel-phone', 'cancel-unknown-licenses', 'already-cancelled'],
  ['cancel-portal'],
  ['cancel-phone'],
  ['cancel-unknown-licenses'],
  ['stop-renewal'],
  ['cancel-portal', 'already-cancelled'],
];

/** A reminder may be about one subscription as well as about several. */
const mixturesOf: Readonly<
  Record<'mixed' | 'reminder' | 'outreach', readonly (readonly LineScenario[])[]>
> = {
  mixed: mixtures,
  reminder: [...mixtures, ['approve-partner'], ...aheadMixtures],
  outreach: aheadMixtures,
};

/** Every sample of a scenario, for a locale. */
export function templateSamples(scenario: Scenario, locale: string): readonly TemplateSample[] {
  if (isGenericScenario(scenario)) {
    const anybody = { name: 'anybody', customer: ordinary, subscriptions: [] };
    return [sample(scenario, locale, anybody, [])];
  }
  if (scenario === 'already-answered') {
    return shapes.map((shape) => {
      const { name, plan, hostile } = sample(scenario, locale, { ...shape, subscriptions: [] }, []);
      const answered = {
        name: shape.hostile ? hostileName : shownColleague(shape),
        on: answeredOn,
      };
      return { name, hostile, plan: { ...plan, answered } };
    });
  }
  if (scenario === 'mixed' || isOwnScenario(scenario)) {
    const all = mixturesOf[scenario];
    return shapes.flatMap((shape, index) =>
      all
        .slice(0, index === 0 ? all.length : 1)
        .map((mixture) => sample(scenario, locale, spread(shape, mixture.length), mixture)),
    );
  }
  return shapes.map((shape) => {
    const lines = shape.subscriptions.map(() => scenario as LineScenario);
    return sample(scenario, locale, shape, lines);
  });
}

const answeredOn = '2026-11-01';

/** A contact of the record, or the bare address of one that it does not name. */
function shownColleague({ customer }: Shape): string {
  return customer.contacts[0]?.name ?? 'kim@fourthcoffee.example';
}

/** The plan of one ordinary reply, for a preview without a customer. */
export function samplePlan(scenario: Scenario, locale: string): ReplyPlan {
  const samples = templateSamples(scenario, locale);
  const place = { mixed: 3, reminder: 9, outreach: 1 } as const;
  const plan = samples[scenario in place ? place[scenario as keyof typeof place] : 0]?.plan;
  if (plan === undefined) throw new RangeError(`No samples of ${scenario}`);
  return plan;
}

function spread(shape: Shape, count: number): Shape {
  const others = [full, ending, past, many, desktop, project, unknown];
  const base = [...new Set([...shape.subscriptions, ...others])];
  return { ...shape, subscriptions: base.slice(0, count) };
}

function sample(
  scenario: Scenario,
  locale: string,
  shape: Shape,
  lines: readonly LineScenario[],
): TemplateSample {
  const subscriptions = shape.subscriptions.map((subscription, index) =>
    fitting(subscription, lines[index]),
  );
  return {
    name: shape.name,
    hostile: shape.hostile ?? false,
    plan: {
      to: 'alex@contoso.example',
      scenario,
      locale,
      ...(isGenericScenario(scenario) ? {} : { customer: { ...shape.customer, subscriptions } }),
      lines: lines.map((line, index) => ({
        product: subscriptions[index]?.product ?? '',
        scenario: line,
        index,
      })),
      ...(scenario === 'reminder' ? { writtenOn: answeredOn } : {}),
      replyKey: 'sample',
    },
  };
}

/** The subscription with a number of licenses that belongs to the scenario. */
function fitting(
  subscription: SubscriptionTransition,
  scenario: LineScenario | undefined,
): SubscriptionTransition {
  const { licensesAssigned, ...rest } = subscription;
  if (scenario === 'cancel-unknown-licenses') return rest;
  if (scenario === 'cancel-phone') {
    return { ...rest, licensesAssigned: Math.max(licensesAssigned ?? 0, 25) };
  }
  if (scenario === 'cancel-portal') {
    return { ...rest, licensesAssigned: Math.min(licensesAssigned ?? 1, 24) };
  }
  return subscription;
}
