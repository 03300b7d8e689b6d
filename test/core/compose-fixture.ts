/** What the tests of composing share: the templates that ship, settings, and customers in plans. */

import type { ComposeInput } from '../../src/core/compose.ts';
import type { Customer, SubscriptionTransition } from '../../src/core/customer.ts';
import {
  isOwnScenario,
  type LineScenario,
  type ReplyPlan,
  type Scenario,
} from '../../src/core/decision.ts';
import { compileTemplates } from '../../src/core/template-compile.ts';
import { loadContacts } from '../../src/edges/contacts.ts';
import { loadTemplates } from '../../src/edges/templates.ts';

export const shippedSources = await loadTemplates('templates');
export const shipped = compileTemplates(shippedSources);
export const settings = {
  contacts: await loadContacts('config/contacts.yaml'),
  partner: { name: 'Fabrikam Cloud', signature: 'Fabrikam support desk' },
  policy: { portalLicensesBelow: 25, timeZone: 'UTC', messageIdKey: 'a key for tests' },
};

export const approvalLink = 'https://partner.example/approve?id=1&to=(contoso)';

export function customerWith(
  subscriptions: readonly Partial<SubscriptionTransition>[],
  changes: Partial<Customer> = {},
): Customer {
  return {
    id: 'C-1',
    name: 'Contoso GmbH',
    otherDomains: [],
    contacts: [],
    country: 'DE',
    approvalLink,
    subscriptions: subscriptions.map((subscription) => ({
      product: 'Microsoft 365 Business Standard',
      advisorSubscriptionId: '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d',
      ...subscription,
    })),
    ...changes,
  };
}

export function planFor(
  scenario: Scenario,
  locale: string,
  customer: Customer,
  lines?: readonly LineScenario[],
): ReplyPlan {
  return {
    to: 'alex@contoso.example',
    scenario,
    locale,
    customer,
    lines: customer.subscriptions.map(({ product }, index) => ({
      product,
      scenario:
        lines?.[index] ?? (isOwnScenario(scenario) ? 'cancel-portal' : (scenario as LineScenario)),
      index,
    })),
    ...(scenario === 'reminder' ? { writtenOn: '2026-11-01' } : {}),
    replyKey: 'k',
  };
}

export function inputFor(plan: ReplyPlan, changes: Partial<ComposeInput> = {}): ComposeInput {
  return {
    plan,
    templates: shipped,
    ...settings,
    sender: { name: 'Fabrikam Support', address: 'support@partner.example', envelopeFrom: '' },
    mail: { messageId: '<a@contoso.example>', references: [], inReplyTo: [] },
    caseId: 'case-1',
    now: new Date('2026-11-02T09:00:00Z'),
    ...changes,
  };
}

/** The text part with its line breaks taken out, for looking up sentences. */
export function flat(text: string): string {
  return text.replace(/\s+/g, ' ');
}
