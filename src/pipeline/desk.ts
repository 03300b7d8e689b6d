/**
 * What a person at the desk does with a case, as one story each: asked, judged, saved, queued.
 *
 * What must not happen twice is judged by the store, in the transaction that writes it. An approved reply waits in
 * the store until nobody can take it back, and then goes the way of every other.
 */
import { approvedDecision, arrivedDecision } from '../core/desk-decision.ts';
import { planOf, staleness } from '../core/desk-plan.ts';
import { shownCharsMax } from '../core/limits.ts';
import { shown } from '../core/normalize.ts';
import type { Act } from '../ports/audit.ts';
import type { DeskActions, DeskOutcome, Refused } from '../ports/desk.ts';
import { undoMs } from '../ports/desk.ts';
import type { Job } from '../ports.ts';
import { followUpAfter } from './deliver.ts';
import { type DeskCase, type DeskParts, findDeskCase, refused } from './desk-case.ts';
import { kindOf, type Proposed, proposeFor } from './desk-propose.ts';
import { queue } from './parts.ts';
import { allowanceFor } from './save.ts';

export type { DeskParts } from './desk-case.ts';

export function deskActions(parts: DeskParts): DeskActions {
  const settle = settling(parts);
  return {
    propose: (caseId, choice, words) => propose(parts, caseId, choice, words),
    approve: async (caseId, approval, act) => {
      const found = await findDeskCase(parts, caseId);
      if (found.kind === 'refused') return found;
      const outcome = await approve(parts, found, approval, act);
      deliverLater(parts, found, outcome);
      return outcome;
    },
    answerYourself: (caseId, act) => settle({ caseId, kind: 'answered', act }),
    dismiss: (caseId, { why, note }, act) =>
      settle({
        caseId,
        kind: 'dismissed',
        act,
        dismissal: why,
        ...(note === undefined ? {} : { note: shown(note, shownCharsMax) }),
      }),
    undo: async (caseId, act) => {
      const outcome = await parts.store.undoSettlement(caseId, act);
      if (outcome.kind === 'done') parts.later?.cancel(caseId);
      return outcome;
    },
    reopen: (caseId, act) => parts.store.reopenCase(caseId, act),
    arrived: (caseId, act) => arrived(parts, caseId, act),
    sendAgain: async (caseId, act) => {
      const found = await findDeskCase(parts, caseId);
      if (found.kind === 'refused') return found;
      const outcome = await sendAgain(parts, found, act);
      deliverLater(parts, found, outcome);
      return outcome;
    },
  };
}

function settling({ store }: DeskParts) {
  return (settlement: Omit<Parameters<DeskParts['store']['settleCase']>[0], 'undoUntil'>) =>
    store.settleCase({ ...settlement, undoUntil: undoUntilOf(settlement.act) });
}

function undoUntilOf({ at }: Act): Date {
  return new Date(at.getTime() + undoMs);
}

async function propose(
  parts: DeskParts,
  ...[caseId, choice, words]: Parameters<DeskActions['propose']>
): ReturnType<DeskActions['propose']> {
  const found = await findDeskCase(parts, caseId);
  if (found.kind === 'refused') return found;
  const made = await proposeFor(found, choice, words, parts.clock.now());
  return made.kind === 'refused' ? made : { kind: 'proposal', proposal: made.proposal };
}

async function approve(
  { store }: DeskParts,
  found: DeskCase,
  approval: Parameters<DeskActions['approve']>[1],
  act: Act,
): Promise<DeskOutcome> {
  const { stored, parts } = found;
  const { choice, words, digest, evenIfAnswered = false } = approval;
  const made = await proposeFor(found, choice, words, act.at);
  if (made.kind === 'refused') return made;
  if (made.proposal.digest !== digest)
    return refused('changed', 'What would be sent is no longer what was shown: look at it again.');
  const shadow = shadowRefusal(found);
  if (shadow !== undefined) return shadow;
  const { answeredBefore } = made.proposal;
  if (answeredBefore !== undefined && !evenIfAnswered)
    return refused(
      'answered-before',
      `The same reply went out before, in case ${answeredBefore.caseId}.`,
    );
  const { plan, reply, template } = made;
  const kind = kindOf(made);
  return store.approveReply({
    caseId: stored.caseId,
    kind,
    act,
    undoUntil: undoUntilOf(act),
    seen: stored.decision,
    decision: approvedDecision(stored.decision, plan, { code: kind, by: shown(act.by, 100) }),
    chosen: chosenOf(made),
    reply,
    domain: allowanceFor(plan, parts).domain,
    isGeneral: plan.customer === undefined,
    evenIfAnswered,
    ...(template === undefined ? {} : { template }),
  });
}

function chosenOf({ plan, isEdited }: Proposed) {
  return {
    scenario: plan.scenario,
    locale: plan.locale,
    ...(plan.customer === undefined ? {} : { customerId: plan.customer.id }),
    ...(isEdited ? { isEdited: true as const } : {}),
  };
}

function shadowRefusal({ parts }: DeskCase): Refused | undefined {
  return parts.policy.mode === 'shadow'
    ? refused('held', 'The settings send nothing (mode: shadow).')
    : undefined;
}

/** Queued when it may go; the sweep does the same where this process is gone by then. */
function deliverLater(
  { clock, later }: DeskParts,
  { stored, parts }: DeskCase,
  outcome: DeskOutcome,
): void {
  if (outcome.kind !== 'done' || outcome.undoUntil === undefined) return;
  const { caseId, mailbox } = stored;
  const job: Job = { kind: 'deliver', caseId, mailbox };
  const waitMs = outcome.undoUntil.getTime() - clock.now().getTime();
  later?.after(caseId, waitMs, () => void queue(parts, [job]));
}

async function arrived(parts: DeskParts, caseId: string, act: Act): Promise<DeskOutcome> {
  const found = await findDeskCase(parts, caseId);
  if (found.kind === 'refused') return found;
  const { stored } = found;
  const decision = arrivedDecision(stored.decision, shown(act.by, 100));
  const followUp = followUpAfter(found.parts, decision);
  const outcome = await parts.store.noteArrived({
    caseId,
    act,
    seen: stored.decision,
    decision,
    ...(followUp === undefined ? {} : { followUp }),
  });
  if (outcome.kind === 'done')
    await queue(found.parts, [{ kind: 'mark', caseId, mailbox: stored.mailbox, together: true }]);
  return outcome;
}

async function sendAgain({ store }: DeskParts, found: DeskCase, act: Act): Promise<DeskOutcome> {
  const { stored, parts } = found;
  const plan = planOf(stored.decision);
  if (plan === undefined || stored.reply === undefined)
    return refused('not-possible', 'There is no reply that could go out again.');
  const shadow = shadowRefusal(found);
  if (shadow !== undefined) return shadow;
  const { customer } = plan;
  const stale =
    customer === undefined
      ? undefined
      : staleness(plan, await parts.store.findCustomer(customer.id), parts);
  if (stale !== undefined)
    return refused('changed', `By now the reply may be wrong: ${stale}. Answer yourself.`);
  return store.sendReplyAgain({
    caseId: stored.caseId,
    act,
    undoUntil: undoUntilOf(act),
    seen: stored.decision,
    decision: approvedDecision(stored.decision, plan, {
      code: 'sent-again',
      by: shown(act.by, 100),
    }),
    domain: allowanceFor(plan, parts).domain,
  });
}
