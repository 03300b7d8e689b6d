/**
 * Gathers what the rows of a Partner Center file say into facts by tenant.
 *
 * Of two rows about one subscription the later month or charge counts; two of the same that differ are a
 * problem of that customer, which is left out whole.
 */
import type { CustomerFacts, SubscriptionFacts } from '../core/record-facts.ts';
import type { RowFacts } from './partner-center-profiles.ts';

interface Dated<Value> {
  readonly value: Value;
  readonly asOf: string;
  readonly line: number;
}

interface Draft {
  name?: Dated<string>;
  tenantDomain?: Dated<string>;
  partnerApproved?: boolean;
  readonly subscriptions: Map<string, Dated<SubscriptionFacts>>;
  isBad: boolean;
}

/** Says what is wrong with a row that is there already. */
export type ReportRow = (line: number, value: string, message: string) => void;

export class TenantFacts {
  readonly #tenants = new Map<string, Draft>();
  /** By tenant domain: the first tenant that has it. */
  readonly #domains = new Map<string, { readonly tenant: string; readonly line: number }>();
  /** Of rows that name no tenant, by subscription. */
  readonly #homeless = new Map<string, Dated<SubscriptionFacts>>();
  readonly #badSubscriptions = new Set<string>();
  readonly #report: ReportRow;
  #newest = '';

  constructor(report: ReportRow) {
    this.#report = report;
  }

  add(facts: RowFacts, line: number): void {
    const { tenantId, subscription, asOf } = facts;
    if (asOf > this.#newest) this.#newest = asOf;
    const at = { asOf, line };
    if (tenantId === undefined) {
      if (subscription === undefined) return;
      const { subscriptionId } = subscription;
      if (!this.#keep(this.#homeless, { value: subscription, ...at }))
        this.#badSubscriptions.add(subscriptionId);
      return;
    }
    const draft = this.#draftOf(tenantId);
    if (facts.name !== undefined) draft.name = later(draft.name, { value: facts.name, ...at });
    if (facts.tenantDomain !== undefined)
      this.#addDomain(tenantId, { value: facts.tenantDomain, ...at });
    // A partner of two kinds has a customer twice; one relationship that allows to sell is enough.
    if (facts.partnerApproved !== undefined)
      draft.partnerApproved = draft.partnerApproved === true || facts.partnerApproved;
    if (
      subscription !== undefined &&
      !this.#keep(draft.subscriptions, { value: subscription, ...at })
    )
      draft.isBad = true;
  }

  /** Leaves out whom a bad row is about. */
  spoil(about: {
    readonly tenantId?: string | undefined;
    readonly subscriptionId?: string | undefined;
  }): void {
    if (about.tenantId !== undefined) this.#draftOf(about.tenantId).isBad = true;
    else if (about.subscriptionId !== undefined) this.#badSubscriptions.add(about.subscriptionId);
  }

  /** Subscriptions whose rows name no tenant, and are not bad. */
  homeless(): readonly SubscriptionFacts[] {
    return [...this.#homeless.values()]
      .map((dated) => this.#current(dated))
      .filter(({ subscriptionId }) => !this.#badSubscriptions.has(subscriptionId));
  }

  house(tenantId: string, subscription: SubscriptionFacts): void {
    const dated = { value: subscription, asOf: '', line: 0 };
    this.#draftOf(tenantId).subscriptions.set(subscription.subscriptionId, dated);
  }

  finish(): { readonly facts: readonly CustomerFacts[]; readonly skipped: readonly string[] } {
    const facts: CustomerFacts[] = [];
    const skipped: string[] = [];
    for (const [tenantId, draft] of this.#tenants) {
      if (draft.isBad) skipped.push(tenantId);
      else facts.push({ ...factsOf(tenantId, draft), subscriptions: this.#subscriptionsOf(draft) });
    }
    return { facts, skipped: [...skipped, ...this.#badSubscriptions] };
  }

  #subscriptionsOf(draft: Draft): readonly SubscriptionFacts[] {
    return [...draft.subscriptions.values()].map((dated) => this.#current(dated));
  }

  /** What only an earlier month of the file has was so then: it may have ended since. */
  #current({ value, asOf }: Dated<SubscriptionFacts>): SubscriptionFacts {
    if (asOf === this.#newest || asOf === '') return value;
    const { advisorStatus: _old, cspStatus: _new, licensesAssigned: _seats, ...lasting } = value;
    return lasting;
  }

  #draftOf(tenantId: string): Draft {
    const known = this.#tenants.get(tenantId);
    if (known !== undefined) return known;
    const draft: Draft = { subscriptions: new Map(), isBad: false };
    this.#tenants.set(tenantId, draft);
    return draft;
  }

  /** False when a row of the same time says otherwise, which has been reported. */
  #keep(into: Map<string, Dated<SubscriptionFacts>>, dated: Dated<SubscriptionFacts>): boolean {
    const { subscriptionId } = dated.value;
    const known = into.get(subscriptionId);
    if (known?.asOf === dated.asOf) {
      if (JSON.stringify(known.value) === JSON.stringify(dated.value)) return true;
      const when = dated.asOf === '' ? '' : ` and ${dated.asOf}`;
      const message = `says otherwise than line ${known.line} about the same subscription${when}`;
      this.#report(dated.line, subscriptionId, message);
      return false;
    }
    into.set(subscriptionId, later(known, dated));
    return true;
  }

  /** A domain belongs to one tenant, and replies may go to its people. */
  #addDomain(tenant: string, dated: Dated<string>): void {
    const draft = this.#draftOf(tenant);
    const owner = this.#domains.get(dated.value);
    if (owner !== undefined && owner.tenant !== tenant) {
      const message = `is the domain of another customer in line ${owner.line}`;
      this.#report(dated.line, dated.value, message);
      draft.isBad = true;
      this.#draftOf(owner.tenant).isBad = true;
      return;
    }
    this.#domains.set(dated.value, owner ?? { tenant, line: dated.line });
    draft.tenantDomain = later(draft.tenantDomain, dated);
  }
}

/** The later of two; the first of the same time. */
function later<Value>(known: Dated<Value> | undefined, next: Dated<Value>): Dated<Value> {
  return known !== undefined && known.asOf >= next.asOf ? known : next;
}

/** None of the files is said to hold all there is, so what is missing in one is not gone. */
function factsOf(tenantId: string, draft: Draft): Omit<CustomerFacts, 'subscriptions'> {
  return {
    tenantId,
    ...(draft.name === undefined ? {} : { name: draft.name.value }),
    ...(draft.tenantDomain === undefined ? {} : { tenantDomain: draft.tenantDomain.value }),
    ...(draft.partnerApproved === undefined ? {} : { partnerApproved: draft.partnerApproved }),
    complete: [],
  };
}
