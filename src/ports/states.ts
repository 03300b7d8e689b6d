/**
 * How far a mail is, and what became of its reply.
 */

/** `accepted`: durable, not decided. `decided`: case stored. `finished`: marked, or nothing to mark. */
export const mailStates = ['accepted', 'decided', 'finished'] as const;
export type MailState = (typeof mailStates)[number];

/**
 * `rejected`: the server refused it for good. `withdrawn`: it was held back before it was sent.
 * `undeliverable`: it went out and came back.
 */
export const replyStates = [
  'pending',
  'sending',
  'sent',
  'unconfirmed',
  'undeliverable',
  'rejected',
  'withdrawn',
] as const;
export type ReplyState = (typeof replyStates)[number];
