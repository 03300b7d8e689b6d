/**
 * What could be sent for a case now: planned with the record as it is now, composed, and shown with everything that a
 * person should know before approving it.
 */
import { composeProposal, type ProposedReply } from '../core/compose.ts';
import type { Customer } from '../core/customer.ts';
import type { ReplyPlan, Scenario } from '../core/decision.ts';
import { authenticationWarning, digestOf, kindOfApproval } from '../core/desk-decision.ts';
import {
  candidateScenarios,
  hasRecordChanged,
  type PlanInput,
  type Planned,
  planChoice,
  wantedCustomerId,
} from '../core/desk-plan.ts';
import { objectionToApproval } from '../core/desk-standing.ts';
import { editableMarkdown } from '../core/editable-markdown.ts';
import type { EarlierReply, SentBefore } from '../core/restrain.ts';
import { TemplateError } from '../core/template.ts';
import type { TemplateSet } from '../core/template-compile.ts';
import type { DeskChoice, DeskWords, Proposal, Refused } from '../ports/desk.ts';
import {
  type DeskCase,
  type DeskMail,
  machineRefusal,
  readDeskMail,
  refused,
} from './desk-case.ts';
import { type Composed, composed, composeInput, historyFor } from './save.ts';

/** A proposal with what approving it needs. */
export interface Proposed extends Composed {
  readonly kind: 'proposed';
  readonly plan: ReplyPlan;
  /** The plan where nobody chooses anything; undefined where there is none without a choice. */
  readonly usual: ReplyPlan | undefined;
  readonly isEdited: boolean;
  readonly proposal: Proposal;
}

interface Asked {
  readonly found: DeskCase;
  readonly mail: DeskMail;
  readonly input: PlanInput;
  /** Asked once: an edit may go live between two askings. */
  readonly templates: TemplateSet;
  readonly now: Date;
}

export async function proposeFor(
  found: DeskCase,
  choice: DeskChoice,
  words: DeskWords | undefined,
  now: Date,
): Promise<Proposed | Refused> {
  const { stored, parts, standing } = found;
  const objection = objectionToApproval(standing);
  if (objection !== undefined) return refused(objection.why, objection.sentence);
  const machine = machineRefusal(stored);
  if (machine !== undefined) return machine;
  const mail = await readDeskMail(found);
  const customer = await customerFor(found, choice);
  if (customer === undefined && choice.customerId !== undefined)
    return refused('no-reply', 'There is no record of this customer any more.');
  const input: PlanInput = {
    policy: parts.policy,
    catalog: parts.catalog,
    decision: stored.decision,
    ...(mail.author === undefined ? {} : { author: mail.author }),
    ...(customer === undefined ? {} : { customer }),
    now,
  };
  const asked: Asked = { found, mail, input, templates: parts.templates(), now };
  const planned = planChoice(input, choice);
  if (planned.kind === 'refused')
    return { ...refused(planned.why, planned.sentence), scenarios: scenariosFor(asked) };
  const draft = tryToCompose(asked, planned.plan, words);
  if (typeof draft === 'string') return refused('no-reply', draft);
  const before = await historyFor(parts, { mailbox: stored.mailbox, now }, planned.plan);
  const usual = await usualPlan(asked, choice);
  return proposed(asked, { planned, usual, draft, before, choice, isEdited: words !== undefined });
}

async function usualPlan(
  { found, input }: Asked,
  { customerId }: DeskChoice,
): Promise<ReplyPlan | undefined> {
  const { customer: chosen, ...rest } = input;
  const customer = customerId === undefined ? chosen : await customerFor(found, {});
  const planned = planChoice({ ...rest, ...(customer === undefined ? {} : { customer }) }, {});
  return planned.kind === 'plan' ? planned.plan : undefined;
}

function customerFor(
  { stored, parts }: DeskCase,
  choice: DeskChoice,
): Promise<Customer | undefined> {
  const id = wantedCustomerId(stored.decision, choice);
  return id === undefined ? Promise.resolve(undefined) : parts.store.findCustomer(id);
}

/** The composed reply, or why there is none. */
function tryToCompose(
  { found, mail, templates, now }: Asked,
  plan: ReplyPlan,
  words?: DeskWords,
): ProposedReply | string {
  const { caseId, mailbox } = found.stored;
  const input = { job: { caseId, mailbox }, plan, mail: mail.thread, now };
  try {
    return composeProposal(composeInput(found.parts, templates, input), words);
  } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
}

interface Made {
  readonly planned: Extract<Planned, { kind: 'plan' }>;
  readonly usual: ReplyPlan | undefined;
  readonly draft: ProposedReply;
  readonly before: SentBefore;
  readonly choice: DeskChoice;
  readonly isEdited: boolean;
}

function proposed(asked: Asked, made: Made): Proposed {
  const { planned, usual, draft, choice, isEdited } = made;
  const { plan, recipients } = planned;
  const { reply, markdown } = draft;
  const earlier = earlierOf(asked, made);
  return {
    kind: 'proposed',
    ...composed(reply, asked.templates),
    plan,
    usual,
    isEdited,
    proposal: {
      choice: {
        ...choice,
        ...(plan.customer === undefined ? {} : { customerId: plan.customer.id }),
        scenario: plan.scenario,
        to: plan.to,
      },
      reply,
      markdown: isEdited ? markdown : editableMarkdown(markdown),
      recipients,
      scenarios: scenariosFor(asked),
      locales: localesFor(asked.templates, plan.scenario),
      warnings: warningsFor(asked, made),
      ...(earlier === undefined
        ? {}
        : { answeredBefore: { caseId: earlier.caseId, at: earlier.at, to: earlier.to } }),
      digest: digestOf(reply, plan.replyKey),
    },
  };
}

function earlierOf({ found }: Asked, { before }: Made): EarlierReply | undefined {
  return before.sameKey?.caseId === found.stored.caseId ? undefined : before.sameKey;
}

/** Those that a template can say completely for this customer, to somebody who may get them. */
function scenariosFor(asked: Asked): readonly Scenario[] {
  return candidateScenarios(asked.input).filter((scenario) => {
    const planned = planChoice(asked.input, { scenario });
    return planned.kind === 'plan' && typeof tryToCompose(asked, planned.plan) !== 'string';
  });
}

function localesFor({ templates }: TemplateSet, scenario: Scenario): readonly string[] {
  const end = `/${scenario}`;
  return [...templates.keys()]
    .filter((id) => id.endsWith(end))
    .map((id) => id.slice(0, -end.length))
    .sort();
}

/** The gravest first. */
function warningsFor(asked: Asked, made: Made): readonly string[] {
  const { found, mail, input } = asked;
  const { planned, draft, before } = made;
  const { decision, reason } = found.stored;
  const said = [
    found.parts.policy.mode === 'shadow' ? 'The settings send nothing (mode: shadow).' : undefined,
    ...before.holds.map(({ kind, detail }) => heldSentence(kind, detail)),
    authorWarning(asked, made),
    suspicions[reason],
    answeredSentence(earlierOf(asked, made)),
    mail.wasAnswered ? 'The mail was already marked as answered when it came.' : undefined,
    hasRecordChanged(decision, input.customer)
      ? 'The record has changed since the mail was decided about.'
      : undefined,
    planned.recordSays === undefined
      ? undefined
      : `The record says something else (${planned.recordSays}): check it before you send this.`,
    ...draft.problems,
  ];
  return said.filter((sentence) => sentence !== undefined);
}

const suspicions: Readonly<Record<string, string>> = {
  'review-suspicious-notice': 'The mail imitates the notice: it may be a fraud.',
  'review-doubtful-notice': 'Something in the notice does not fit a genuine one.',
};

/** Most of all where the reply would go to just the address that is in doubt. */
function authorWarning({ found }: Asked, { planned }: Made): string | undefined {
  const { authentication } = found.stored.decision;
  const warning = authenticationWarning(authentication);
  const to = planned.recipients.find(({ address }) => address === planned.plan.to);
  if (warning === undefined || to?.as !== 'author') return warning;
  return `${warning} This reply would go to that address.`;
}

function heldSentence(kind: 'mailbox' | 'address', detail: string): string {
  return kind === 'mailbox'
    ? `Sending from this mailbox is paused: ${detail}`
    : `A reply to this address came back: ${detail}`;
}

function answeredSentence(earlier: EarlierReply | undefined): string | undefined {
  if (earlier === undefined) return undefined;
  const what = earlier.state === 'open' ? 'is on its way' : 'went out before';
  return `The same reply ${what}, to ${earlier.to} in case ${earlier.caseId}.`;
}

export function kindOf({ usual, plan, isEdited }: Proposed) {
  return kindOfApproval(usual, plan, isEdited);
}
