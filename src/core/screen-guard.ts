/**
 * What a guard of screening is, and what guards share.
 */
import { domainOf, isWithinDomain } from './address.ts';
import type { Mail } from './mail.ts';
import { verifyOwnMessageId } from './message-id.ts';
import type { Policy } from './policy.ts';

export interface ScreenContext {
  readonly policy: Pick<Policy, 'ownAddresses' | 'messageIdKey'>;
  /** Domains Microsoft writes from: its no-reply addresses are not just any machine's. */
  readonly senderDomains: readonly string[];
}

/** One question about a mail. */
export interface Guard<Code extends string> {
  readonly code: Code;
  /** The question, as docs/screening.md has it. */
  readonly question: string;
  /** What answers it with yes, as the mail has it. */
  readonly saw: (mail: Mail, context: ScreenContext) => string | undefined;
}

export function isMicrosoft(address: string, senderDomains: readonly string[]): boolean {
  return senderDomains.some((domain) => isWithinDomain(domainOf(address), domain));
}

export function isOwnId(messageId: string, { policy }: ScreenContext): boolean {
  return (
    policy.messageIdKey !== undefined &&
    verifyOwnMessageId(messageId, policy.messageIdKey) !== undefined
  );
}
