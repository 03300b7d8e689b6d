/**
 * The closed list of reasons. A code is stable and never used again for something else.
 *
 * Each has the action it goes with and one sentence for people. docs/reasons.md is compared with this
 * table by a test.
 */

export const actions = ['reply', 'review', 'suppress', 'ignore'] as const;
export type Action = (typeof actions)[number];

interface ReasonEntry {
  readonly action: Action;
  readonly sentence: string;
}

export const reasons = {
  'reply-instructions': {
    action: 'reply',
    sentence:
      'A genuine notice from a known person of the customer: the instructions for the customer’s situation are sent.',
  },
  'reply-ask-for-details': {
    action: 'reply',
    sentence:
      'A genuine notice, but its forwarder is not known for any customer: the reply asks for the organisation’s domain and discloses nothing.',
  },
  'reply-suspicious': {
    action: 'reply',
    sentence:
      'The forwarded mail only imitates the notice: the reply warns its forwarder and discloses nothing.',
  },
  'reply-already-answered': {
    action: 'reply',
    sentence:
      'Somebody else of the customer has this answer already: a short word says who and when.',
  },
  'reply-reminder': {
    action: 'reply',
    sentence:
      'The record does not show yet what an earlier reply asked for: one reminder is sent, and no other.',
  },
  'reply-outreach': {
    action: 'reply',
    sentence:
      'The old subscription still runs: the customer is told what to do before Microsoft’s notice comes.',
  },
  'reply-approved': {
    action: 'reply',
    sentence: 'A person at the desk approved the reply.',
  },

  'review-unparsable': { action: 'review', sentence: 'The mail could not be read.' },
  'review-empty-mail': { action: 'review', sentence: 'The mail has no content.' },
  'review-too-large': {
    action: 'review',
    sentence: 'The mail is larger than what is read automatically.',
  },
  'review-unreadable-file': { action: 'review', sentence: 'The file could not be read.' },
  'review-no-author': {
    action: 'review',
    sentence: 'The mail names no author, so nobody can be answered.',
  },
  'review-several-authors': {
    action: 'review',
    sentence: 'The mail names more than one author, so it is unclear whom an answer would reach.',
  },
  'review-looks-automatic': {
    action: 'review',
    sentence: 'The subject looks like an automatic reply, but nothing else says so.',
  },
  'review-forwarding-hop': {
    action: 'review',
    sentence:
      'The mail was passed on or written by a machine and holds no notice that could be answered.',
  },
  'review-no-original': {
    action: 'review',
    sentence:
      'No forwarded message could be read, but subject, text or attachment says that there may be one.',
  },
  'review-uncertain-notice': {
    action: 'review',
    sentence: 'The forwarded mail resembles a notice, but not surely enough to answer it.',
  },
  'review-other-notice': {
    action: 'review',
    sentence: 'A Microsoft notice of another kind, which the settings give to the desk.',
  },
  'review-doubtful-notice': {
    action: 'review',
    sentence: 'Something in the forwarded notice does not fit a genuine one.',
  },
  'review-suspicious-notice': {
    action: 'review',
    sentence:
      'The mail imitates the notice, and its forwarder cannot safely be warned automatically.',
  },
  'review-answer-to-desk': {
    action: 'review',
    sentence:
      'The notice stands below an answer, not in a forward, so a person may already be at it.',
  },
  'review-unauthenticated-forwarder': {
    action: 'review',
    sentence:
      'Nothing proves that the forwarder wrote the mail, so an answer could reach somebody else.',
  },
  'review-failed-authentication': {
    action: 'review',
    sentence:
      'The check of the sender failed: the mail was probably not written by the address it names.',
  },
  'review-authentication-unavailable': {
    action: 'review',
    sentence: 'Whether the forwarder wrote the mail could not be checked just now.',
  },
  'review-ambiguous-customer': {
    action: 'review',
    sentence: 'More than one customer fits the notice.',
  },
  'review-conflicting-evidence': {
    action: 'review',
    sentence: 'What the notice says and who forwarded it point to different customers.',
  },
  'review-no-customer': { action: 'review', sentence: 'No customer fits the notice.' },
  'review-forwarded-by-colleague': {
    action: 'review',
    sentence:
      'Somebody of the desk’s own organisation forwarded it: the customer does not wait for an answer here.',
  },
  'review-unproven-notice': {
    action: 'review',
    sentence: 'The notice came by a forwarding rule and is not proven to be Microsoft’s.',
  },
  'review-no-contact': {
    action: 'review',
    sentence: 'The customer’s record names no contact to answer.',
  },
  'review-not-in-transition': {
    action: 'review',
    sentence: 'The notice names a subscription that is not part of the customer’s move.',
  },
  'review-azure-subscription': {
    action: 'review',
    sentence:
      'One of the subscriptions is Azure, which moves by a transfer of billing: instructions about licenses would be wrong.',
  },
  'review-transition-stopped': { action: 'review', sentence: 'The customer’s move was stopped.' },
  'review-incomplete-record': {
    action: 'review',
    sentence: 'The customer’s record lacks what is needed to choose the instructions.',
  },
  'review-contradictory-record': {
    action: 'review',
    sentence: 'The customer’s record contradicts itself.',
  },
  'review-template': {
    action: 'review',
    sentence: 'The reply could not be composed from its template.',
  },
  'review-every-reply': {
    action: 'review',
    sentence: 'The settings let every reply wait for the desk.',
  },
  'review-rate-limit': {
    action: 'review',
    sentence: 'More replies than usual would go out, so this one waits for the desk.',
  },
  'review-sending-paused': {
    action: 'review',
    sentence:
      'More replies than usual went out, so sending from this mailbox is paused until a person releases it.',
  },
  'review-answered-before': {
    action: 'review',
    sentence: 'The mail was already marked as answered when it was taken in.',
  },
  'review-old-mail': {
    action: 'review',
    sentence:
      'The mail is older than the watch of its mailbox; it was moved into the folder later.',
  },
  'review-record-changed': {
    action: 'review',
    sentence: 'Sending was held up, and by now the answer would be another one.',
  },
  'review-overtaken': {
    action: 'review',
    sentence:
      'A mail of our own was held back right before it was sent: by then the record or the customer had said something else.',
  },
  'review-processing-failed': {
    action: 'review',
    sentence: 'Handling the mail failed again and again; the log names the cause.',
  },
  'review-unconfirmed': {
    action: 'review',
    sentence:
      'The reply was handed to the mail server, but its confirmation never came: it may or may not have arrived.',
  },
  'review-undeliverable': {
    action: 'review',
    sentence: 'The reply could not be delivered: a report came back.',
  },
  'review-undeliverable-address': {
    action: 'review',
    sentence: 'A reply to this address came back before; a person must clear the address first.',
  },
  'review-answer-taken-back': {
    action: 'review',
    sentence:
      'The answer that the customer seemed to have was taken back at the desk before it was sent.',
  },
  'review-rejected': { action: 'review', sentence: 'The mail server refused the reply for good.' },

  'suppressed-null-reverse-path': {
    action: 'suppress',
    sentence: 'A delivery report or another mail that must not be answered.',
  },
  'suppressed-delivery-report': { action: 'suppress', sentence: 'A delivery report or receipt.' },
  'suppressed-bounce-of-reply': {
    action: 'suppress',
    sentence:
      'A delivery report about one of our replies; that reply’s case says what became of it.',
  },
  'suppressed-own-mail': {
    action: 'suppress',
    sentence: 'The mail is from this mailbox or one of its siblings.',
  },
  'suppressed-own-reply': {
    action: 'suppress',
    sentence: 'The mail is one of our own replies, come back.',
  },
  'suppressed-auto-submitted': { action: 'suppress', sentence: 'An automatic reply.' },
  'suppressed-calendar-reply': {
    action: 'suppress',
    sentence: 'The answer of a calendar to an invitation.',
  },
  'suppressed-list': { action: 'suppress', sentence: 'A mailing list or newsletter.' },
  'suppressed-bulk': { action: 'suppress', sentence: 'Bulk mail.' },
  'suppressed-autoreply-header': {
    action: 'suppress',
    sentence: 'An automatic reply, by the header of its software.',
  },
  'suppressed-ticket-system': {
    action: 'suppress',
    sentence: 'A mail written by a ticket system, which would answer an answer.',
  },
  'suppressed-system-author': {
    action: 'suppress',
    sentence: 'The author is an address that nobody reads.',
  },
  'suppressed-answer-to-reply': {
    action: 'suppress',
    sentence: 'An answer to one of our replies, with no new notice in it.',
  },
  'suppressed-already-answered': {
    action: 'suppress',
    sentence: 'This customer already has this answer, and the record has not changed since.',
  },
  'suppressed-generic-limit': {
    action: 'suppress',
    sentence: 'This address already got such a general answer today.',
  },

  'ignored-not-a-notice': {
    action: 'ignore',
    sentence: 'No notice in it: an ordinary mail, left as it was.',
  },
  'ignored-other-notice': {
    action: 'ignore',
    sentence: 'A Microsoft notice of a kind that the settings leave alone.',
  },
} as const satisfies Record<string, ReasonEntry>;

export type Reason = keyof typeof reasons;

/** The sentence for people. */
export function reasonSentence(reason: Reason): string {
  return reasons[reason].sentence;
}
