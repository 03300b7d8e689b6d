/**
 * What a customers file leaves empty in a record that another system has spoken about.
 *
 * Without such a system an empty cell means unknown. With one it says nothing: the states and ids that Partner
 * Center or Graph told yesterday must not be forgotten until they tell them again, and nobody be answered
 * meanwhile. What the file does say always wins, and which subscriptions belong to the move is the file's alone.
 */
import type { Customer, SubscriptionTransition } from './customer.ts';

/** What `mergeFacts` may have written. */
const customerFields = [
  'tenantDomain',
  'tenantId',
  'country',
  'approvalLink',
] as const satisfies readonly (keyof Customer)[];
const subscriptionFields = [
  'advisorSubscriptionId',
  'advisorStatus',
  'advisorRenewsOn',
  'advisorEndsOn',
  'licensesTotal',
  'cspStatus',
  'cspSubscriptionId',
  'cspLicensesAssigned',
] as const satisfies readonly (keyof SubscriptionTransition)[];

export function keepFacts(before: Customer, file: Customer): Customer {
  const isSilent = file.partnerApproved === undefined;
  return {
    ...kept(before, file, customerFields),
    ...(isSilent ? kept(before, file, ['partnerApproved', 'partnerApprovedOn'] as const) : {}),
    ...file,
    otherDomains: file.otherDomains.length > 0 ? file.otherDomains : before.otherDomains,
    subscriptions: file.subscriptions.map((subscription) => {
      const known = sameSubscription(subscription, before, file);
      return known === undefined
        ? subscription
        : { ...kept(known, subscription, subscriptionFields), ...subscription };
    }),
  };
}

function kept<Whole extends object, Key extends keyof Whole>(
  before: Whole,
  now: Whole,
  fields: readonly Key[],
): Partial<Whole> {
  const found: Partial<Whole> = {};
  for (const field of fields)
    if (now[field] === undefined && before[field] !== undefined) found[field] = before[field];
  return found;
}

/** By its id; where the file names none, by its product, if there is one of that name on either side. */
function sameSubscription(
  { advisorSubscriptionId: id, product }: SubscriptionTransition,
  before: Customer,
  file: Customer,
): SubscriptionTransition | undefined {
  const ofName = (customer: Customer) =>
    customer.subscriptions.filter((one) => one.product.toLowerCase() === product.toLowerCase());
  if (id !== undefined) {
    const byId = before.subscriptions.find((one) => one.advisorSubscriptionId === id);
    if (byId !== undefined) return byId;
  }
  const [known, ...more] = ofName(before);
  if (known === undefined || more.length > 0 || ofName(file).length > 1) return undefined;
  // Of another id it is another subscription.
  const isOther = id !== undefined && known.advisorSubscriptionId !== undefined;
  return isOther ? undefined : known;
}
