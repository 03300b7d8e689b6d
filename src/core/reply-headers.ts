/**
 * The header fields of a reply: those that keep other machines from answering, and the thread.
 *
 * Nothing here is taken from the mail but its message-ids, and of these only well-formed ones.
 * RFC 3834 §3.1, RFC 5322 §3.6.4.
 */

import { isOwnScenario, type Scenario } from './decision.ts';
import { plainValue } from './document.ts';
import {
  displayNameCharsMax,
  messageIdCharsMax,
  nameCharsMax,
  referencesMax,
  replySubjectCharsMax,
} from './limits.ts';

/** Our own loop header; its value is the case id. */
export const loopHeader = 'X-Transition-Responder';

/** What the thread of a mail needs from it. */
export interface ThreadedMail {
  readonly messageId?: string;
  readonly references: readonly string[];
  readonly inReplyTo: readonly string[];
}

/** The fields by which machines know an automatic reply, or a mail that we begin ourselves. */
export function automaticHeaders(
  caseId: string,
  scenario: Scenario,
): Readonly<Record<string, string>> {
  return {
    // RFC 3834 §3.1.7: an automatic reply says so; §5: what answers no mail is generated, not a reply.
    'Auto-Submitted': isOwnScenario(scenario) ? 'auto-generated' : 'auto-replied',
    // [MS-OXCMAIL] 2.1.3.2.20: asks Exchange for no automatic answer of any kind.
    'X-Auto-Response-Suppress': 'All',
    // Not a standard, but what older responders look at; `bulk` would land in junk folders.
    Precedence: 'auto_reply',
    [loopHeader]: caseId,
  };
}

/** In-Reply-To and References of the reply to a mail. */
export function replyThread(mail: ThreadedMail): {
  readonly inReplyTo?: string;
  readonly references: readonly string[];
} {
  const parent =
    mail.messageId !== undefined && isMessageId(mail.messageId) ? mail.messageId : undefined;
  const earlier = mail.references.filter(isMessageId);
  // RFC 5322 §3.6.4: without References, a single In-Reply-To stands for them.
  const before =
    earlier.length === 0 && mail.inReplyTo.length === 1
      ? mail.inReplyTo.filter(isMessageId)
      : earlier;
  const all = [
    ...new Set([
      ...before.filter((id) => id !== parent),
      ...(parent === undefined ? [] : [parent]),
    ]),
  ];
  const references =
    all.length <= referencesMax ? all : [...all.slice(0, 1), ...all.slice(1 - referencesMax)];
  return parent === undefined ? { references } : { inReplyTo: parent, references };
}

/** A message-id in its plain form. RFC 5322 §3.6.4, without comments and quoted strings, which nobody writes. */
function isMessageId(value: string): boolean {
  return (
    value.length <= messageIdCharsMax &&
    /^<[!-;=?A-~]+@[!-;=?A-~]+>$/.test(value) &&
    !value.includes(encodedWordStart)
  );
}

/** RFC 2047 §2: readers decode what begins so, line breaks and addresses included. */
const encodedWordStart = '=?';

/**
 * A display name that cannot be taken for an address, end its quotes or be read in another order than it is
 * written; undefined when nothing is left, or when it tries.
 */
export function displayName(name: string): string | undefined {
  // Compatibility forms included: a full-width @ looks like any other.
  const seen = name.slice(0, nameCharsMax).normalize('NFKC');
  const isOther = seen.includes('@') || seen.includes('://') || seen.includes(encodedWordStart);
  if (isOther || /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/.test(seen)) return undefined;
  const plain = plainValue(name.slice(0, nameCharsMax), displayNameCharsMax)
    .replace(/["<>\\]/g, '')
    .trim();
  return plain === '' ? undefined : plain;
}

/**
 * Whether the text is one bare address, safe for a header and an envelope, that reads the same everywhere.
 *
 * A local-part beyond ASCII needs servers that take it all the way (RFC 6531), and a domain that ends in a number
 * is the address of a host: the desk decides about both.
 */
export function isBareAddress(address: string): boolean {
  const [local = '', domain = '', ...more] = address.split('@');
  return (
    more.length === 0 &&
    address.length <= 254 &&
    !address.includes(encodedWordStart) &&
    /^[!#-'*+./0-9=?A-Z^_`a-z{|}~-]+$/.test(local) &&
    /^[\p{L}\p{M}\p{N}.-]+$/u.test(domain) &&
    domain.split('.').every((label) => label !== '') &&
    /\p{L}/u.test(domain.slice(domain.lastIndexOf('.') + 1))
  );
}

/** A subject on one line, cut at the limit, in which nothing is decoded a second time. */
export function subjectLine(subject: string): string {
  return plainValue(subject.replaceAll(encodedWordStart, '= ?'), replySubjectCharsMax);
}
