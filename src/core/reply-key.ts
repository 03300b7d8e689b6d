/**
 * What makes two replies the same one.
 */
import { createHash } from 'node:crypto';
import { normalizeAddress } from './address.ts';
import type { Customer, SubscriptionTransition } from './customer.ts';
import type { Scenario } from './decision.ts';
import type { ScenarioLine } from './scenario.ts';

/** What the instructions about a subscription come from. */
const keyFields = [
  'product',
  'advisorSubscriptionId',
  'advisorStatus',
  'advisorEndsOn',
  'advisorRenewsOn',
  'cspStatus',
  'licensesAssigned',
] as const satisfies readonly (keyof SubscriptionTransition)[];

/**
 * What makes two replies the same one: customer, scenario, and the state of the record that the
 * instructions come from. A changed record allows a new reply; a changed contact or name does not.
 */
export function replyKeyOf(
  customer: Customer,
  scenario: Scenario,
  lines: readonly ScenarioLine[],
): string {
  const state = {
    approved: customer.partnerApproved ?? null,
    approvalLink: customer.approvalLink ?? null,
    country: customer.country ?? null,
    // Sorted, so that the order of the rows in a file makes no new reply.
    lines: lines
      .map(({ scenario: line, index }) => {
        const subscription = customer.subscriptions[index];
        return JSON.stringify([line, ...keyFields.map((field) => subscription?.[field] ?? null)]);
      })
      .sort(),
  };
  const digest = createHash('sha256').update(JSON.stringify(state)).digest('hex').slice(0, 24);
  return `${customer.id}:${scenario}:${digest}`;
}

/** Keys that name the address itself; those of a customer's instructions never do. */
const addressedKeys = ['general:', 'already-answered:'] as const;

/** The same key with a digest in the place of the address: what is left of it when contents are deleted. */
export function keyWithoutAddress(replyKey: string, address: string): string {
  const named = normalizeAddress(address);
  const isAddressed = addressedKeys.some((start) => replyKey.startsWith(start));
  if (!isAddressed || named === '') return replyKey;
  const digest = createHash('sha256').update(named).digest('hex').slice(0, 24);
  return replyKey.replaceAll(`:${named}`, `:${digest}`);
}
