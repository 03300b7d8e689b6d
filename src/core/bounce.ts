/**
 * Reads delivery reports about our own replies: which reply, and what became of it.
 *
 * Two things must come together. The mail has the form of a report, not only its words: whoever writes a
 * valid signed id into an ordinary mail marks no case. And the message it is about is proven ours by the
 * signature in its Message-ID. That is no proof of who wrote the report: everybody who got the reply, or a
 * copy of it, knows its Message-ID. A forged report by its recipient keeps further replies from his own
 * address and does nothing else, so that it need not be prevented.
 *
 * Receipts (RFC 8098), feedback reports (RFC 5965) and vacation replies are no reports about delivery.
 *
 * RFC 3464, RFC 6522, RFC 6533, RFC 3463.
 */
import { localPartOf } from './address.ts';
import { looksLikeAutomaticReply } from './automatic-subjects.ts';
import { kindFromWords } from './bounce-words.ts';
import {
  type DeliveredTo,
  type DeliveryKind,
  deliveryKinds,
  readDeliveryStatus,
  statusIn,
} from './delivery-status.ts';
import { stripSubjectPrefixes } from './forward-labels.ts';
import { htmlToText } from './html-text.ts';
import { reportTextCharsMax, searchedCharsMax, shownCharsMax } from './limits.ts';
import type { Evidence, HeaderField, Mail } from './mail.ts';
import { shown } from './normalize.ts';
import { allValues, isAddress, parseAddresses } from './parse.ts';
import { findReturnedReply, type ReturnedReply } from './returned-message.ts';

export interface Bounce {
  /** The case of ours whose reply the report is about; proven by the signature in its Message-ID. */
  readonly caseId: string;
  /** What became of the reply. RFC 3464 §2.3.3. */
  readonly kind: DeliveryKind;
  /** RFC 3463, `5.1.1`. */
  readonly status?: string;
  /** As the report gives it: for people, never an address to write to or to look up. */
  readonly recipient?: string;
  /** Shown to the desk: cut, control characters out. */
  readonly diagnostic?: string;
}

/** The delivery report about one of our replies that a mail is; undefined when it is none. */
export function readBounce(mail: Mail, key: string | undefined): Bounce | undefined {
  if (key === undefined) return undefined;
  const form = formOf(mail);
  if (form === undefined) return undefined;
  const text = readableText(mail);
  const reply = findReturnedReply(mail, text, key);
  if (reply === undefined) return undefined;
  const notification = notificationOf(text);
  const told = toldBy(mail, notification);
  if (!isAboutDelivery(form, reply, told, mail)) return undefined;
  const { kind, status, recipient, diagnostic } = told ?? { kind: 'unknown' };
  return {
    caseId: reply.caseId,
    kind,
    ...(status === undefined ? {} : { status }),
    ...(recipient === undefined ? {} : { recipient: shown(recipient, shownCharsMax) }),
    ...(diagnostic === undefined ? {} : { diagnostic: shown(diagnostic, shownCharsMax) }),
  };
}

/** Whether the desk has to know: the reply did not arrive, or nobody can say. */
export function isUndelivered({ kind }: Bounce): boolean {
  return kind === 'failed' || kind === 'unknown';
}

export function bounceEvidence(bounce: Bounce): Evidence {
  const { caseId, kind, status, recipient, diagnostic } = bounce;
  const about = [`the reply of case ${caseId}`, recipient, status, diagnostic];
  const detail = about.filter((part) => part !== undefined).join(', ');
  return { stage: 'bounce', code: kind, detail: shown(detail, shownCharsMax) };
}

/**
 * How much of a report's form a mail has. `report`: its media type says so. `system`: a mail system wrote it.
 * `perhaps`: only a null reverse-path or a postmaster's name, which vacation replies and people have too.
 */
type Form = 'report' | 'system' | 'perhaps';

function formOf(mail: Mail): Form | undefined {
  const { fields, mediaType } = mail;
  const partTypes = mail.attachments.map(({ mediaType: type }) => type);
  // RFC 6522 §3.
  const contentType = allValues(fields, 'content-type')[0] ?? '';
  const reportType = /report-type\s{0,3}=\s{0,3}"?([a-z-]{1,40})/i.exec(contentType)?.[1];
  const hasStatus = partTypes.some((type) => /^message\/(?:global-)?delivery-status$/.test(type));
  // RFC 8098 §3, RFC 5965 §2: other reports of the same media type.
  const isOther = partTypes.some((type) => otherReports.includes(type)) && !hasStatus;
  if (isOther || (reportType !== undefined && !/^delivery-status$/i.test(reportType)))
    return undefined;
  const byNobody = allValues(fields, 'return-path').some((path) => /^<?\s{0,5}>?$/.test(path));
  const author = authorOf(mail);
  if (mediaType === 'multipart/report' && (hasStatus || reportType !== undefined)) return 'report';
  if (hasStatus && (byNobody || author !== undefined)) return 'report';
  const isMarked = ['x-failed-recipients', 'x-ms-exchange-message-is-ndr'].some(
    (name) => allValues(fields, name).length > 0,
  );
  if (author === 'system' || isMarked) return 'system';
  return byNobody || author !== undefined || mediaType === 'multipart/report'
    ? 'perhaps'
    : undefined;
}

const otherReports = [
  'message/disposition-notification',
  'message/global-disposition-notification',
  'message/feedback-report',
];

/** A postmaster may be a person. RFC 2142 §5. Some servers write `MAILER-DAEMON` without a domain, or `<>`. */
function authorOf({ from, fields }: Mail): 'system' | 'postmaster' | undefined {
  const locals = from.map(({ address }) => localPartOf(address));
  const written = allValues(fields, 'from')[0]?.slice(0, 300) ?? '';
  const isSystem =
    locals.some((local) => systemLocalPart.test(local)) ||
    /^<>$|\bmailer-daemon\b|\bmail delivery (?:sub)?system\b/i.test(written);
  if (isSystem) return 'system';
  return locals.some((local) => /^post[_.-]?master$/.test(local)) ? 'postmaster' : undefined;
}

// Exchange writes under the address of its system mailbox; `Mail.Delivery.System` is one of the others.
const systemLocalPart =
  /^(?:mailer[_.-]?daemon|mail[_.-]?daemon|mdaemon|mail[_.-]delivery[_.-](?:sub)?system|microsoftexchange[0-9a-f]{16,40})$/;

/** Whether a mail of this form is a report, by what it says and how it names the reply. */
function isAboutDelivery(
  form: Form,
  reply: ReturnedReply,
  told: DeliveredTo | undefined,
  mail: Mail,
): boolean {
  if (form === 'report') return true;
  const subject = stripSubjectPrefixes(mail.subject);
  // A person's answer or forward, or a vacation program's reply. MAILER-DAEMON answers nobody with `Re:`.
  if (subject.replied || subject.forwarded) return form === 'system' && reply.by !== 'thread';
  if (form === 'system') return told !== undefined || reply.by !== 'thread';
  if (told === undefined || mail.fields.some(isResponder)) return false;
  // What a vacation reply says of its absence may sound like this: the title, or the returned message, must too.
  if (kindFromWords(mail.subject, '') !== undefined) return true;
  return reply.by !== 'thread' && !looksLikeAutomaticReply(mail.subject);
}

/** Fields of programs that answer for people. RFC 3834 §5 has the comment. */
function isResponder({ name, value }: HeaderField): boolean {
  return (
    /^x-(?:mail-)?(?:auto-?(?:reply|respond|response)|vacation)/.test(name) ||
    (name === 'auto-submitted' && /\bvacation\b/i.test(value))
  );
}

/** What a report says to people, cut. The HTML only where there is nothing else. */
function readableText({ text, html }: Mail): string {
  const readable = text !== undefined && text.trim() !== '' ? text : undefined;
  const whole = readable ?? (html === undefined ? '' : htmlToText(html).text);
  return whole.slice(0, searchedCharsMax);
}

/** Lines with which servers begin the returned message: fields that only a whole message has, or a ruler. */
const returnedLine =
  /^[>|\s]{0,20}(?:received|return-path|mime-version|dkim-signature|message-id|x-originating-ip)\s{0,3}:|^[\s>]{0,20}[-=*_|]{2,80}\s{0,3}[^\n]{0,60}\b(?:original|copy|returned|unsent|header|message text|message contents)\b/i;

/** The text above the returned message, whose words are ours and not the server's. */
function notificationOf(text: string): string {
  const lines = text.slice(0, reportTextCharsMax).split('\n');
  const at = lines.findIndex((line) => returnedLine.test(line));
  return (at < 0 ? lines : lines.slice(0, at)).join('\n');
}

/** What became of the reply, by the best of what a report says; undefined where it says nothing. */
function toldBy(mail: Mail, notification: string): DeliveredTo | undefined {
  const parts = (mail.reportParts ?? []).filter(({ mediaType }) =>
    mediaType.endsWith('delivery-status'),
  );
  // Some servers write the fields of a delivery status into their text only.
  const all =
    parts.length > 0
      ? parts.flatMap(({ text, isCut }) => readDeliveryStatus(text, isCut))
      : readDeliveryStatus(notification);
  const said = toldInWords(mail, notification);
  const worst = deliveryKinds
    .map((kind) => all.find((one) => one.kind === kind))
    .find((one) => one !== undefined);
  if (worst === undefined) return said;
  // A status without an action, or with one that nobody knows, leaves it to the words.
  return {
    ...said,
    ...worst,
    ...(worst.kind === 'unknown' ? { kind: said?.kind ?? 'unknown' } : {}),
  };
}

/** An answer of a server that refuses. RFC 5321 §4.2.1. */
const refusal = /(?<![\d.])[45][0-5]\d[ -]/;

function toldInWords(mail: Mail, notification: string): DeliveredTo | undefined {
  const kind = kindFromWords(mail.subject, notification);
  if (kind === undefined) return undefined;
  const lines = notification.split('\n').map((line) => line.trim());
  const line = lines.find((text) => refusal.test(text) && /[a-z]/i.test(text));
  const diagnostic =
    line?.slice(line.search(refusal)) ?? lines.find((text) => statusIn(text) !== undefined);
  const status = statusIn(diagnostic ?? '') ?? statusIn(notification);
  const recipient = recipientOf(mail, lines);
  return {
    kind,
    ...(status === undefined ? {} : { status }),
    ...(recipient === undefined ? {} : { recipient }),
    ...(diagnostic === undefined ? {} : { diagnostic }),
  };
}

/** `X-Failed-Recipients`, or the first line that begins with an address. */
function recipientOf({ fields }: Mail, lines: readonly string[]): string | undefined {
  const field = allValues(fields, 'x-failed-recipients')[0];
  const named = field === undefined ? undefined : parseAddresses(field)[0]?.address;
  if (named !== undefined) return named;
  return lines
    .map((line) => /^[<"']?([^\s<>"':;,()]{3,320})/.exec(line)?.[1] ?? '')
    .find(isAddress);
}
