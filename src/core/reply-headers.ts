/**
 * The header fields of a reply: those that keep other machines from answering, and the thread.
 *
 * Nothing here is taken from the mail but its message-ids, and of these only well-formed ones.
 * RFC 3834 §3.1, RFC 5322 §3.6.4.
 */

import { plainValue } from './document.ts';
import { messageIdCharsMax, referencesMax, replySubjectCharsMax } from './limits.ts';

/** Our own loop header; its value is the case id. */
export const loopHeader = 'X-Transition-Responder';

/** What the thread of a mail needs from it. */
export interface ThreadedMail {
  readonly messageId?: string;
  readonly references: readonly string[];
  readonly inReplyTo: readonly string[];
}

/** The fields by which machines know an automatic reply. */
export function automaticHeaders(caseId: string): Readonly<Record<string, string>> {
  return {
    // RFC 3834 §3.1.7: an automatic reply says so.
    'Auto-Submitted': 'auto-replied',
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
  return value.length <= messageIdCharsMax && /^<[!-;=?A-~]+@[!-;=?A-~]+>$/.test(value);
}

/** A display name that cannot be taken for an address or end its quotes; undefined when nothing is left. */
export function displayName(name: string): string | undefined {
  const plain = plainValue(name, 80)
    .replace(/["<>\\]/g, '')
    .trim();
  return plain === '' || plain.includes('@') ? undefined : plain;
}

/** Whether the text is one bare address, safe for a header and an envelope. */
export function isBareAddress(address: string): boolean {
  return (
    address.length <= 254 && /^[^\s\p{C}"(),:;<>@[\]\\]+@[^\s\p{C}"(),:;<>@[\]\\]+$/u.test(address)
  );
}

/** A subject on one line, cut at the limit. */
export function subjectLine(subject: string): string {
  return plainValue(subject, replySubjectCharsMax);
}
