/**
 * What codes are called on the screen.
 */
import type { Scenario } from '../../core/decision.ts';
import type { Reason } from '../../core/reasons.ts';
import type { Dismissal, SettlementKind } from '../../ports/desk.ts';
import type { ReplyState } from '../../ports.ts';

export const scenarioNames: Readonly<Record<Scenario, string>> = {
  'approve-partner': 'Approve the partner first',
  'wait-for-csp': 'Wait: the new licenses are not ready',
  'cancel-portal': 'Cancel in the portal',
  'cancel-phone': 'Cancel by phone',
  'cancel-unknown-licenses': 'Cancel: number of licenses unknown',
  'stop-renewal': 'Turn the renewal off',
  'already-cancelled': 'Nothing to do: already cancelled',
  mixed: 'Several subscriptions',
  'not-in-transition': 'Not part of the move',
  'transition-stopped': 'The move was stopped',
  'already-answered': 'A colleague has the answer',
  reminder: 'Reminder',
  outreach: 'Told before the notice',
  'ask-for-details': 'Ask for the organisation’s domain',
  suspicious: 'Warn of an imitation',
};

export const dismissalNames: Readonly<Record<Dismissal, string>> = {
  'no-answer-needed': 'No answer needed',
  'answered-elsewhere': 'Answered elsewhere',
  'not-a-customer': 'Not a customer',
  'not-a-notice': 'Not a notice',
  'spam-or-phishing': 'Spam or phishing',
  duplicate: 'A duplicate',
  other: 'Another reason',
};

export const settlementNames: Readonly<Record<SettlementKind, string>> = {
  approved: 'Approved',
  edited: 'Edited and approved',
  rerouted: 'Changed and approved',
  answered: 'Answered by a person',
  dismissed: 'Dismissed',
  arrived: 'Found to have arrived',
  'sent-again': 'Sent again',
};

export const replyStateNames: Readonly<Record<ReplyState, string>> = {
  pending: 'Waits to be sent',
  sending: 'Being sent',
  sent: 'Sent',
  unconfirmed: 'Perhaps sent: no confirmation came',
  undeliverable: 'Came back',
  rejected: 'Refused by the mail server',
  withdrawn: 'Held back before it was sent',
};

/** A reason in two or three words, for a button: the code without its action. */
export function reasonName(reason: Reason): string {
  const words = reason.slice(reason.indexOf('-') + 1).replaceAll('-', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
