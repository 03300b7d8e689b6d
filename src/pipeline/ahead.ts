/**
 * Whom `outreach` would tell, by the record and by everything that was written to and by the customer before.
 */
import type { Customer } from '../core/customer.ts';
import { customerDay } from '../core/customer-day.ts';
import { answerKeyOf, planOutreach } from '../core/outreach.ts';
import { ownCaseIdOf, type Planned } from '../core/own-mail.ts';
import type { PipelineParts } from './parts.ts';
import { historyFor } from './save.ts';

/** The mail to a customer, or why it gets none. Limits, holds and an earlier outreach are not asked here. */
export async function planAhead(
  parts: PipelineParts,
  customer: Customer,
  when: { readonly mailbox: string; readonly now: Date },
): Promise<Planned> {
  const { store, policy, catalog } = parts;
  const today = customerDay(when.now, customer.country, policy.timeZone);
  const planned = planOutreach(customer, { policy, catalog, today });
  if (planned.kind === 'none') return planned;
  // A reminder in this state of the record presupposes the answer.
  const replyKey = answerKeyOf(planned.plan);
  const before = await historyFor(parts, when, { to: planned.plan.to, replyKey });
  if (before.sameKeyCount > 0) {
    const where = before.sameKey === undefined ? '' : `: case ${before.sameKey.caseId}`;
    return { kind: 'none', why: `it has this answer already${where}` };
  }
  const open = await store.findOpenCase(customer.id, ownCaseIdOf(planned.plan));
  return open === undefined
    ? planned
    : { kind: 'none', why: `there is a case already: ${open.caseId}, ${open.reason}` };
}
