/**
 * The part of the store that keeps what the desk did with cases: each in one transaction, judged in it.
 */
import type { Decision, Reply } from '../core/decision.ts';
import type { TemplateVersion } from '../core/template-version.ts';
import type { Act } from './audit.ts';
import type { DeskChoice, DeskOutcome, Dismissal, Settlement, SettlementKind } from './desk.ts';
import type { FollowUp } from './follow-ups.ts';

/** What a person decided on: the label that a correction keeps. */
export interface DeskChosen extends DeskChoice {
  /** The words are not the template's. */
  readonly isEdited?: true;
}

export type ApprovalKind = Extract<SettlementKind, 'approved' | 'edited' | 'rerouted'>;

export interface Approval {
  readonly caseId: string;
  readonly kind: ApprovalKind;
  readonly act: Act;
  /** Nothing is sent before. */
  readonly undoUntil: Date;
  /** The decision that the person saw: where the case says something else by now, nothing is done. */
  readonly seen: Decision;
  /** What the case says from now on. */
  readonly decision: Extract<Decision, { action: 'reply' }>;
  readonly chosen: DeskChosen;
  readonly reply: Reply;
  /** Domain of the recipient, or the address itself for shared domains. */
  readonly domain: string;
  /** The key has nothing behind it where no other general answer went out that day; then it goes on with the case. */
  readonly isGeneral: boolean;
  readonly evenIfAnswered: boolean;
  readonly template?: TemplateVersion;
}

export interface SettledCase {
  readonly settlement: Settlement;
  readonly chosen: DeskChosen;
  /** What the case says by now. */
  readonly decision: Decision;
  /** Octets of the mail, where they are still kept. */
  readonly raw?: Uint8Array;
}

/** What of a mail the desk needs to answer it. */
export interface MailHead {
  /** Its beginning, as far as a header section may reach; absent when it was deleted. */
  readonly octets?: Uint8Array;
  /** It carried `\Answered` when it was taken in. */
  readonly answered: boolean;
}

export interface DeskStore {
  findMailHead(caseId: string): Promise<MailHead | undefined>;
  approveReply(approval: Approval): Promise<DeskOutcome>;
  /** Settles a case that waits without a reply of ours: reviews, answers to us, overdue replies. */
  settleCase(settlement: {
    readonly caseId: string;
    readonly kind: 'answered' | 'dismissed';
    readonly act: Act;
    readonly undoUntil: Date;
    readonly dismissal?: Dismissal;
    readonly note?: string;
  }): Promise<DeskOutcome>;
  /** Puts the case back exactly as it was, while its reply is not claimed. */
  undoSettlement(caseId: string, act: Act): Promise<DeskOutcome>;
  reopenCase(caseId: string, act: Act): Promise<DeskOutcome>;
  /** An unconfirmed reply arrived: what begins to wait after it, begins. */
  noteArrived(arrival: {
    readonly caseId: string;
    readonly act: Act;
    readonly seen: Decision;
    readonly decision: Decision;
    readonly followUp?: (sentAt: Date) => Pick<FollowUp, 'customerId' | 'dueAt'>;
  }): Promise<DeskOutcome>;
  /** An unconfirmed, undelivered or rejected reply waits to be sent again, as it is. */
  sendReplyAgain(again: {
    readonly caseId: string;
    readonly act: Act;
    readonly undoUntil: Date;
    readonly seen: Decision;
    readonly decision: Extract<Decision, { action: 'reply' }>;
    /** Domain of the recipient, or the address itself for shared domains. */
    readonly domain: string;
  }): Promise<DeskOutcome>;
  /** What the desk settled and did not take back, oldest first; cases whose contents are gone are left out. */
  eachSettledCase(): AsyncIterable<SettledCase>;
}
