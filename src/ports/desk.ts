/**
 * What a person at the desk may do with a case, as the console and its API see it.
 *
 * Each answer is a value: that somebody else was quicker, or that a reply must not go, is no error.
 */
import type { Reply, Scenario } from '../core/decision.ts';
import type { Act } from './audit.ts';

/** What the desk chooses in place of what was decided; what is absent stays as it was decided. */
export interface DeskChoice {
  readonly customerId?: string;
  readonly scenario?: Scenario;
  /** One of the addresses that `Proposal.recipients` names. */
  readonly to?: string;
  readonly locale?: string;
}

/** Words in place of the template's: Markdown, as in a template, without Handlebars. */
export interface DeskWords {
  readonly subject: string;
  readonly markdown: string;
}

export interface ProposalRecipient {
  readonly address: string;
  readonly name?: string;
  /** `author`: who wrote the mail. `contact`: somebody of the record. */
  readonly as: 'author' | 'contact';
}

/** What could be sent for a case now, with the record, the templates and the settings as they are now. */
export interface Proposal {
  readonly choice: Required<Pick<DeskChoice, 'scenario' | 'to'>> & DeskChoice;
  readonly reply: Reply;
  /** The words as Markdown, for editing. */
  readonly markdown: string;
  /** To whom it may go: known for the customer, or the author where the reply discloses nothing. */
  readonly recipients: readonly ProposalRecipient[];
  /** Scenarios that can be composed for this customer. */
  readonly scenarios: readonly Scenario[];
  readonly locales: readonly string[];
  /** What a person should know before approving, each a sentence: the author is not proven, it was answered before. */
  readonly warnings: readonly string[];
  /** Whether a reply under the same key went out before: approving then needs `evenIfAnswered`. */
  readonly answeredBefore?: { readonly caseId: string; readonly at: Date; readonly to: string };
  /** Names what is shown: approving anything else is refused. */
  readonly digest: string;
}

/** Why there is nothing to approve, or why it is not done. */
export const deskRefusals = [
  /** No such case. */
  'no-case',
  /** It was settled meanwhile: by whom and how stands in the sentence. */
  'already-settled',
  /** Its reply went out, or is on its way. */
  'already-replied',
  /** What would be sent is no longer what was shown: look again. */
  'changed',
  /** The same reply went out before, and nobody said that it is to go again. */
  'answered-before',
  /** The mail must never be answered: a machine wrote it. */
  'never-answered',
  /** No reply can be composed: no customer, no template, a record that says nothing. */
  'no-reply',
  /** The address is not known for the customer. */
  'recipient-not-allowed',
  /** Sending is paused, the address gave mail back, or the settings send nothing (shadow). */
  'held',
  /** Too late to undo. */
  'too-late',
  /** The contents of the case were deleted. */
  'emptied',
  /** The case is in no state for it. */
  'not-possible',
] as const;
export type DeskRefusal = (typeof deskRefusals)[number];

export interface Refused {
  readonly kind: 'refused';
  readonly why: DeskRefusal;
  /** For the person at the desk. */
  readonly sentence: string;
  /** Where nothing is proposed: what could be said all the same. */
  readonly scenarios?: readonly Scenario[];
}

export interface Done {
  readonly kind: 'done';
  readonly caseId: string;
  /** Until when it can be undone; absent: it cannot. */
  readonly undoUntil?: Date;
}

export type DeskOutcome = Done | Refused;

export const dismissals = [
  'no-answer-needed',
  'answered-elsewhere',
  'not-a-customer',
  'not-a-notice',
  'spam-or-phishing',
  'duplicate',
  'other',
] as const;
export type Dismissal = (typeof dismissals)[number];

/** How long an approval, a dismissal or an own answer can be taken back: nothing is sent before. */
export const undoMs = 10_000;

export interface DeskActions {
  /** Composes nothing that is stored, changes nothing. */
  propose(
    caseId: string,
    choice: DeskChoice,
    words?: DeskWords,
  ): Promise<{ readonly kind: 'proposal'; readonly proposal: Proposal } | Refused>;
  /** Sends the reply once `undoMs` are over. */
  approve(
    caseId: string,
    approval: {
      readonly choice: DeskChoice;
      readonly words?: DeskWords;
      /** Of the proposal that the person saw. */
      readonly digest: string;
      readonly evenIfAnswered?: boolean;
    },
    act: Act,
  ): Promise<DeskOutcome>;
  /** A person answers with their own mail program: nothing is sent from here. */
  answerYourself(caseId: string, act: Act): Promise<DeskOutcome>;
  dismiss(
    caseId: string,
    dismissal: { readonly why: Dismissal; readonly note?: string },
    act: Act,
  ): Promise<DeskOutcome>;
  /** Within `undoMs` only, and only by whoever did it. */
  undo(caseId: string, act: Act): Promise<DeskOutcome>;
  /** Puts a case that was settled without a reply back among those that wait. */
  reopen(caseId: string, act: Act): Promise<DeskOutcome>;
  /** An unconfirmed reply: a person found that it arrived. */
  arrived(caseId: string, act: Act): Promise<DeskOutcome>;
  /** An unconfirmed or undelivered reply goes out again, under the same Message-ID. */
  sendAgain(caseId: string, act: Act): Promise<DeskOutcome>;
}

export const settlementKinds = [
  'approved',
  'edited',
  'rerouted',
  'answered',
  'dismissed',
  'arrived',
  'sent-again',
] as const;
/** `rerouted`: approved with another customer, scenario or recipient than was proposed. */
export type SettlementKind = (typeof settlementKinds)[number];

/** What the desk did with a case. */
export interface Settlement {
  readonly caseId: string;
  readonly kind: SettlementKind;
  readonly at: Date;
  readonly by: string;
  readonly undoUntil?: Date;
  readonly dismissal?: Dismissal;
  readonly note?: string;
}
