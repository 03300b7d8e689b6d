/**
 * What was decided about a mail, and everything that led there.
 */
import type { Bounce } from './bounce.ts';
import type { Customer } from './customer.ts';
import type { Evidence, Original } from './mail.ts';
import type { NoticeFields } from './notice.ts';
import type { Reason } from './reasons.ts';
import type { AuthResult } from './verification.ts';

export const scenarios = [
  'approve-partner',
  'wait-for-csp',
  'cancel-portal',
  'cancel-phone',
  'cancel-unknown-licenses',
  'stop-renewal',
  'already-cancelled',
  'mixed',
  'not-in-transition',
  'transition-stopped',
  'already-answered',
  'reminder',
  'outreach',
  'ask-for-details',
  'suspicious',
] as const;
export type Scenario = (typeof scenarios)[number];

/** Scenarios of one subscription: what `mixed` is made of. */
export const lineScenarios = [
  'approve-partner',
  'wait-for-csp',
  'cancel-portal',
  'cancel-phone',
  'cancel-unknown-licenses',
  'stop-renewal',
  'already-cancelled',
] as const satisfies readonly Scenario[];
export type LineScenario = (typeof lineScenarios)[number];

/** Scenarios whose reply discloses nothing of any record. */
const genericScenarios = ['ask-for-details', 'suspicious'] as const satisfies readonly Scenario[];

export function isGenericScenario(scenario: Scenario): boolean {
  return (genericScenarios as readonly Scenario[]).includes(scenario);
}

/** Mails that we begin ourselves: nobody wrote, so they are no responses. */
export const ownScenarios = ['reminder', 'outreach'] as const satisfies readonly Scenario[];
export type OwnScenario = (typeof ownScenarios)[number];

export function isOwnScenario(scenario: Scenario | undefined): scenario is OwnScenario {
  return scenario !== undefined && (ownScenarios as readonly Scenario[]).includes(scenario);
}

/** Scenarios that have a template: the other two always go to the desk. */
export const repliedScenarios = scenarios.filter(
  (scenario) => scenario !== 'not-in-transition' && scenario !== 'transition-stopped',
);

/** Whether the forwarder is who the From header says, in the words of RFC 8601; `by` says on whose word. */
export interface Authentication {
  readonly result: AuthResult;
  readonly by?: 'dkim' | 'spf' | 'arc' | 'authentication-results';
  /** An aligned DKIM pass: the only thing that counts for mail said to be from Microsoft. */
  readonly dkimAligned: boolean;
}

/** The customer a notice belongs to, with what spoke for it. */
export interface Match {
  readonly customer: Customer;
  readonly matchedBy: readonly MatchEvidence[];
  /** What the notice or its forwarder says that the record denies. */
  readonly against: readonly MatchEvidence[];
  /** 0 to 1. */
  readonly score: number;
}

export const matchEvidences = [
  'subscription-id',
  'tenant-id',
  'tenant-domain',
  'contact',
  'forwarder-domain',
  'original-recipient',
  'organization-name',
  'organization-similar',
] as const;
export type MatchEvidence = (typeof matchEvidences)[number];

/** To whom, about what: everything `compose` needs beside templates and settings. */
export interface ReplyPlan {
  readonly to: string;
  /** Display name from the record, for a contact of the record; never from the mail. */
  readonly toName?: string;
  readonly scenario: Scenario;
  /** The wish, before falling back to a locale that has templates. */
  readonly locale: string;
  /** Absent for generic scenarios: they disclose nothing. */
  readonly customer?: Customer;
  readonly lines: readonly {
    readonly product: string;
    readonly scenario: LineScenario;
    readonly index: number;
  }[];
  /** For `already-answered`: who of the customer has the answer, and since which day (`YYYY-MM-DD`). */
  readonly answered?: { readonly name: string; readonly on: string };
  /** For `reminder`: the day on which we wrote before (`YYYY-MM-DD`). */
  readonly writtenOn?: string;
  /** What makes two replies the same one. */
  readonly replyKey: string;
}

interface Outcome {
  readonly reason: Reason;
  readonly family?: string;
  /** 0 to 1: how sure `classify` is of the family. */
  readonly confidence?: number;
  readonly original?: Original;
  /** What the forwarder wrote, above everything that was passed on. */
  readonly comment?: string;
  readonly notice?: NoticeFields;
  readonly authentication: Authentication;
  readonly sender?: string;
  readonly match?: Match;
  readonly scenario?: Scenario;
  /** The case that this mail belongs to: the one it forwards again, answers, or reports about. */
  readonly relatedCaseId?: string;
  /** Whether sending from the mailbox is paused from here on: the breaker. */
  readonly pausesMailbox?: true;
  /** What a delivery report says became of one of our replies: it is about that case, not about this one. */
  readonly bounce?: Bounce;
  readonly evidence: readonly Evidence[];
}

export type Decision =
  | (Outcome & { readonly action: 'reply'; readonly plan: ReplyPlan })
  /** `plan` is what would be sent if the desk approves; absent where there is nothing to propose. */
  | (Outcome & { readonly action: 'review'; readonly plan?: ReplyPlan })
  | (Outcome & { readonly action: 'suppress' })
  | (Outcome & { readonly action: 'ignore' });

/** A reply, composed. Header values are single lines. */
export interface Reply {
  readonly from: { readonly name: string; readonly address: string };
  readonly to: { readonly name?: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** With angle brackets; derived from the case and signed. */
  readonly messageId: string;
  readonly inReplyTo?: string;
  readonly references: readonly string[];
  /** Fields beside From, To, Subject, Date, Message-ID, In-Reply-To and References. */
  readonly headers: Readonly<Record<string, string>>;
  /** The reverse-path; the empty string is the null path `<>`. */
  readonly envelopeFrom: string;
  /** The locale of the template that was used. */
  readonly locale: string;
  readonly templateId: string;
  /** SHA-256, in hex, over the template, the partials of its locale and the layout. */
  readonly templateHash: string;
}
