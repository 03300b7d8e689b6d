/**
 * Message-IDs of our replies: derived from the case and signed, so that a reply that comes back is known.
 *
 * The signature survives relays that strip every other mark of an automatic reply. The same case always
 * has the same Message-ID, so a deliberate resend is recognised as the same message by whoever gets it.
 * RFC 5322 §3.6.4, RFC 2104.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const caseIdPattern = /^[A-Za-z0-9_-]{1,128}$/;
// Some relays fold Message-IDs to lower case; the signature is hexadecimal so that it survives that.
const ownMessageId = /^<tr\.([A-Za-z0-9_-]{1,128})\.([0-9a-f]{32})@[^<>@\s]+>$/i;

/** The signed Message-ID of a case’s reply, with angle brackets. */
export function signedMessageId(caseId: string, key: string, domain: string): string {
  return `<tr.${checkedCaseId(caseId)}.${signature(caseId, key)}@${domain}>`;
}

/** The form used where no key is at hand. It is never recognised as ours, and such replies are never sent. */
export function unsignedMessageId(caseId: string, domain: string): string {
  return `<tr.${checkedCaseId(caseId)}.unsigned@${domain}>`;
}

/**
 * The case whose reply has this Message-ID; undefined when it is not ours or not signed with this key.
 *
 * The domain is not looked at: relays rewrite it, and the signature proves the case by itself.
 */
export function verifyOwnMessageId(messageId: string, key: string): string | undefined {
  const found = ownMessageId.exec(messageId.trim());
  const caseId = found?.[1];
  const claimed = found?.[2];
  if (caseId === undefined || claimed === undefined) return undefined;
  const expected = Buffer.from(signature(caseId, key), 'hex');
  return timingSafeEqual(expected, Buffer.from(claimed, 'hex')) ? caseId : undefined;
}

/** Half of HMAC-SHA-256: 128 bits are far beyond guessing and keep the line short. RFC 2104 §5. */
function signature(caseId: string, key: string): string {
  return createHmac('sha256', key).update(`message-id\n${caseId}`).digest('hex').slice(0, 32);
}

function checkedCaseId(caseId: string): string {
  if (!caseIdPattern.test(caseId))
    throw new RangeError('A case id holds letters, digits, - and _.');
  return caseId;
}
