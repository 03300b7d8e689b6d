/**
 * Turns a composed reply into the bytes that are handed to the sending server.
 *
 * It must never let a value end its header field: a reply whose values hold line breaks is a
 * programmer's error and is refused whole, nothing of it is sent. RFC 5322 §2.2, RFC 2046 §5.1.4.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { domainToASCII } from 'node:url';
import DKIM from 'nodemailer/lib/dkim';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { Reply } from '../core/decision.ts';
import { type DkimSettings, faultOfDkimKey } from './dkim-key.ts';

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
    assert.ok(!/[\x00-\x1f\x7f\u2028\u2029]/.test(value), `a reply’s ${path} holds a line break`);
    // RFC 2047 §2: nodemailer writes what looks encoded as it is, and readers decode it.
    assert.ok(!value.includes('=?'), `a reply’s ${path} looks encoded`);
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

/** The address as it goes into MAIL FROM, RCPT TO and To: an internationalised domain as A-labels. */
export function envelopeAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  // What is ASCII goes as it is: `domainToASCII` reads `1.2.3` as the address of a host.
  if (at < 0 || !/[^\x00-\x7f]/.test(domain)) return address;
  return `${address.slice(0, at)}@${domainToASCII(domain) || domain}`;
}

/** RFC 6376 §5.4.1: what says who writes to whom, about what, in answer to what, and that a machine wrote it. */
const signedFields = [
  'From',
  'To',
  'Subject',
  'Date',
  'Message-ID',
  'In-Reply-To',
  'References',
  'Auto-Submitted',
  'X-Auto-Response-Suppress',
  'Precedence',
  'X-Transition-Responder',
  'MIME-Version',
  'Content-Type',
];

/** The fields in one order: a store may give a map back in another, and the same reply has the same octets. */
function inOrder(headers: Reply['headers']): Record<string, string> {
  const place = (name: string) => signedFields.indexOf(name) + 1 || signedFields.length + 1;
  const entries = Object.entries(headers).sort(
    ([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1),
  );
  return Object.fromEntries(entries);
}

/**
 * Puts a DKIM-Signature above a message: rsa-sha256, relaxed/relaxed, without a time, so that the same message
 * has the same signature.
 *
 * Nodemailer sends on unsigned what it cannot sign; here that is an error, since the settings promised it.
 * RFC 6376 §3.5, §5. Deviation: absent fields are not named in `h=`, §8.15: the signer cannot.
 */
async function sign(message: Buffer, dkim: DkimSettings): Promise<Buffer> {
  assert.equal(faultOfDkimKey(dkim.privateKey), undefined, 'the DKIM key cannot sign');
  const signed = new DKIM({
    domainName: dkim.domain,
    keySelector: dkim.selector,
    privateKey: dkim.privateKey,
    headerFieldNames: signedFields.join(':'),
  }).sign(message);
  const octets = Buffer.concat(await signed.toArray());
  assert.ok(octets.subarray(0, 15).equals(signatureStart), 'the reply was not signed');
  return octets;
}

const signatureStart = Buffer.from('DKIM-Signature:');

/**
 * Builds the message: text and HTML as alternatives, in that order, with the reply's own header
 * fields. The same reply and date give the same bytes, so that a deliberate resend is recognised
 * as the same message. Throws AssertionError on values that are not single lines.
 */
export async function buildMessage(reply: Reply, date: Date, dkim?: DkimSettings): Promise<Buffer> {
  assertSingleLines(reply);
  assertFieldNames(reply);
  const composer = new MailComposer({
    from: { name: reply.from.name, address: reply.from.address },
    // Nodemailer's own A-labels differ for some letters, and the field must name whom the envelope names.
    to: { name: reply.to.name ?? '', address: envelopeAddress(reply.to.address) },
    subject: reply.subject,
    text: reply.text,
    html: reply.html,
    messageId: reply.messageId,
    date,
    ...(reply.inReplyTo === undefined ? {} : { inReplyTo: reply.inReplyTo }),
    ...(reply.references.length === 0 ? {} : { references: [...reply.references] }),
    headers: inOrder(reply.headers),
    // Base64 bodies of auto-replies weigh on spam filters; 7bit would break long lines.
    encoding: 'quoted-printable',
    baseBoundary: createHash('sha256').update(reply.messageId).digest('hex').slice(0, 24),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const message = await composer.compile().build();
  return dkim === undefined ? message : sign(message, dkim);
}
