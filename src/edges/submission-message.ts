/**
 * Turns a composed reply into the bytes that are handed to the sending server.
 *
 * It must never let a value end its header field: a reply whose values hold line breaks is a
 * programmer's error and is refused whole, nothing of it is sent. RFC 5322 §2.2, RFC 2046 §5.1.4.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { domainToASCII } from 'node:url';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { Reply } from '../core/decision.ts';

/** Fields that come from their own place in the reply, or from building the message. */
const ownFields = new Set([
  'from',
  'to',
  'cc',
  'bcc',
  'subject',
  'date',
  'message-id',
  'in-reply-to',
  'references',
  'mime-version',
]);

/** Throws an AssertionError when a value of the reply could break out of its field or its command. */
function assertSingleLines(reply: Reply): void {
  const values: readonly (readonly [string, string])[] = [
    ['from.name', reply.from.name],
    ['from.address', reply.from.address],
    ['to.name', reply.to.name ?? ''],
    ['to.address', reply.to.address],
    ['subject', reply.subject],
    ['messageId', reply.messageId],
    ['inReplyTo', reply.inReplyTo ?? ''],
    ['envelopeFrom', reply.envelopeFrom],
    ...reply.references.map((value) => ['references', value] as const),
    ...Object.entries(reply.headers).map(([name, value]) => [`headers.${name}`, value] as const),
  ];
  for (const [path, value] of values) {
    assert.ok(!/[\x00-\x1f\x7f]/.test(value), `a reply’s ${path} holds a control character`);
  }
  for (const address of [reply.from.address, reply.to.address]) {
    assert.match(address, /^[^\s<>,;]+@[^\s<>,;@]+$/, 'a reply’s address is not one address');
  }
  assert.match(reply.envelopeFrom, /^$|^[^\s<>]+@[^\s<>@]+$/, 'the reverse-path is not an address');
  assert.match(reply.messageId, /^<[^\s<>]+@[^\s<>]+>$/, 'a reply’s Message-ID is not one msg-id');
}

function assertFieldNames(reply: Reply): void {
  for (const name of Object.keys(reply.headers)) {
    // RFC 5322 §3.6.8: printable US-ASCII without the colon.
    assert.match(name, /^[!-9;-~]+$/, 'a reply’s header field has an invalid name');
    const lower = name.toLowerCase();
    assert.ok(
      !ownFields.has(lower) && !lower.startsWith('content-'),
      `a reply’s header field ${lower} is not free to set`,
    );
  }
}

/** The address as it goes into MAIL FROM and RCPT TO: an internationalised domain as A-labels. */
export function envelopeAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0
    ? address
    : `${address.slice(0, at)}@${domainToASCII(address.slice(at + 1)) || address.slice(at + 1)}`;
}

/**
 * Builds the message: text and HTML as alternatives, in that order, with the reply's own header
 * fields. The same reply and date give the same bytes, so that a deliberate resend is recognised
 * as the same message. Throws AssertionError on values that are not single lines.
 */
export async function buildMessage(reply: Reply, date: Date): Promise<Buffer> {
  assertSingleLines(reply);
  assertFieldNames(reply);
  const composer = new MailComposer({
    from: { name: reply.from.name, address: reply.from.address },
    to: { name: reply.to.name ?? '', address: reply.to.address },
    subject: reply.subject,
    text: reply.text,
    html: reply.html,
    messageId: reply.messageId,
    date,
    ...(reply.inReplyTo === undefined ? {} : { inReplyTo: reply.inReplyTo }),
    ...(reply.references.length === 0 ? {} : { references: [...reply.references] }),
    headers: { ...reply.headers },
    // Base64 bodies of auto-replies weigh on spam filters; 7bit would break long lines.
    encoding: 'quoted-printable',
    baseBoundary: createHash('sha256').update(reply.messageId).digest('hex').slice(0, 24),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}
