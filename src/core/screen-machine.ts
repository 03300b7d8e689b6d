/**
 * The ladder of guards against machines: each one question, one reason, one exit. The first that hits ends
 * it, so what is surest and says most stands first.
 *
 * RFC 3834 §2, RFC 5230 §4.6. Header names of vendors: docs/screening.md says where each is known from.
 */
import { domainOf, isWithinDomain, localPartOf, normalizeAddress } from './address.ts';
import type { HeaderField, Mail } from './mail.ts';
import type { Reason } from './reasons.ts';
import { findField, plainMark, saysYes } from './screen-fields.ts';
import { type Guard, isMicrosoft, isOwnId } from './screen-guard.ts';
import { isDaemonAddress, isSystemAddress } from './system-addresses.ts';

/** In the order of docs/screening.md. */
export const machineGuards: readonly Guard<Reason>[] = [
  // RFC 3834 §2: no response to a null reverse-path. RFC 5321 §4.5.5.
  {
    code: 'suppressed-null-reverse-path',
    question: 'Is the reverse-path null?',
    saw: ({ fields }) =>
      findField(fields, ['return-path'], (value) => value.replace(/\s/g, '') === '<>'),
  },
  // RFC 3464 (DSN), RFC 6522 (multipart/report), RFC 8098 (MDN, before RFC 3798), RFC 5965 (feedback).
  {
    code: 'suppressed-delivery-report',
    question: 'Is it a delivery report, a receipt or a feedback report?',
    saw: sawReport,
  },
  // Our own address as author: a loop by definition. RFC 5233: `support+x` is the mailbox `support`.
  {
    code: 'suppressed-own-mail',
    question: 'Is the author one of our own or sibling mailboxes?',
    saw: ({ from }, { policy }) =>
      from.map(({ address }) => address).find((author) => isOwn(author, policy.ownAddresses)),
  },
  // Our own Message-ID or loop header outside: one of our replies came back.
  {
    code: 'suppressed-own-reply',
    question: 'Is it one of our own replies?',
    saw: (mail, context) =>
      mail.messageId !== undefined && isOwnId(mail.messageId, context)
        ? mail.messageId
        : findField(mail.fields, ['x-transition-responder']),
  },
  // RFC 3834 §5: auto-replied. RFC 5436 §2.7.1: auto-notified. Other values are a hop.
  {
    code: 'suppressed-auto-submitted',
    question: 'Does Auto-Submitted say that it is an automatic reply?',
    saw: ({ fields }) =>
      findField(fields, ['auto-submitted'], (value) =>
        /(?:^|[^a-z-])auto-(?:replied|notified)(?![a-z-])/.test(value),
      ),
  },
  // RFC 5546 §3.2.3: a REPLY is what a calendar sends when its user presses a button, or nobody does.
  {
    code: 'suppressed-calendar-reply',
    question: 'Is it the answer of a calendar to an invitation?',
    saw: sawCalendarReply,
  },
  // RFC 2919 §3, RFC 2369 §3; RFC 5230 §4.6 names them as reasons for silence.
  {
    code: 'suppressed-list',
    question: 'Did it come by a mailing list, a group or a newsletter?',
    saw: ({ fields }) => findField(fields, listFields),
  },
  // RFC 3834 §2 (Precedence is no standard, but widely written).
  {
    code: 'suppressed-bulk',
    question: 'Does its precedence say bulk, list or junk?',
    saw: ({ fields }) =>
      findField(fields, ['precedence', 'x-precedence'], (value) =>
        /^(?:bulk|list|junk)\b/.test(value),
      ),
  },
  {
    code: 'suppressed-autoreply-header',
    question: 'Does a field of its software say that it is automatic?',
    saw: ({ fields }) => sawAutoreply(fields),
  },
  {
    code: 'suppressed-ticket-system',
    question: 'Did a ticket system write it?',
    saw: sawTicketSystem,
  },
  // RFC 3834 §2: system addresses; RFC 2142 (postmaster). Microsoft's no-reply is what we wait for.
  {
    code: 'suppressed-system-author',
    question: 'Is the author, or the reverse-path, an address that nobody reads?',
    saw: sawSystemAuthor,
  },
];

const listFields = [
  'list-id',
  'list-unsubscribe',
  'list-post',
  'list-help',
  'list-subscribe',
  'list-owner',
  'list-archive',
  'mailing-list',
  'x-mailing-list',
  'x-beenthere',
  'x-google-group-id',
  'x-ml-name',
  'x-mlserver',
] as const;

const reportTypes = [
  'multipart/report',
  'message/delivery-status',
  'message/global-delivery-status',
  'message/disposition-notification',
  'message/global-disposition-notification',
  'message/feedback-report',
  'text/rfc822-headers',
  'message/global-headers',
] as const;

function sawReport(mail: Mail): string | undefined {
  const types = [mail.mediaType, ...mail.attachments.map(({ mediaType }) => mediaType)];
  const report = types.find(
    (type) =>
      (reportTypes as readonly string[]).includes(type) &&
      !(isAttachedByPerson(mail) && (headerTypes as readonly string[]).includes(type)),
  );
  // The field of Exchange has no value.
  return report ?? findField(mail.fields, ['x-failed-recipients', 'x-ms-exchange-message-is-ndr']);
}

/** Parts that people attach to a mail of theirs as well: what they are says nothing of the mail. */
const headerTypes = ['text/rfc822-headers', 'message/global-headers'] as const;

/** RFC 2046 §5.1.3: what stands in a mixed mail is an attachment; reports and calendars have types of their own. */
function isAttachedByPerson({ mediaType }: Mail): boolean {
  return mediaType === 'multipart/mixed';
}

function isOwn(address: string, ownAddresses: readonly string[]): boolean {
  const whole = normalizeAddress(address);
  const mailbox = `${localPartOf(whole).split('+', 1)[0]}@${domainOf(whole)}`;
  return ownAddresses.includes(whole) || ownAddresses.includes(mailbox);
}

/** RFC 5546 §1.4: methods that an attendee's calendar sends; REQUEST is somebody's invitation. */
const calendarReplies: readonly string[] = ['reply', 'counter', 'refresh', 'declinecounter'];

function sawCalendarReply(mail: Mail): string | undefined {
  const { attachments, fields } = mail;
  // Google wraps its answers in a mixed mail: there a calendar with a name is a file that somebody attached.
  const sent = isAttachedByPerson(mail)
    ? attachments.filter(({ filename }) => filename === undefined)
    : attachments;
  const method = sent
    .map(({ calendarMethod }) => calendarMethod)
    .find((found) => found !== undefined && calendarReplies.includes(found));
  if (method !== undefined) return `METHOD:${method.toUpperCase()}`;
  // RFC 6047 §2.4: the parameter says the same as the calendar inside.
  return findField(fields, ['content-type'], (value) => {
    const named = /;\s*method="?([a-z]{1,20})/.exec(value)?.[1] ?? '';
    return value.startsWith('text/calendar') && calendarReplies.includes(named);
  });
}

/** The family of X-Autoreply: fields that responders without Auto-Submitted write. */
const autoreplyFields = [
  'x-autoreply',
  'x-auto-reply',
  'x-autorespond',
  'x-auto-respond',
  'x-autoresponse',
  'x-autoresponder',
  'x-auto-reply-from',
  'x-autoreply-from',
  'x-mail-autoreply',
  'x-autogenerated',
  'x-fc-machinegenerated',
  'x-amazon-mail-relay-type',
] as const;

function sawAutoreply(fields: readonly HeaderField[]): string | undefined {
  return (
    findField(fields, autoreplyFields, saysYes) ??
    findField(fields, ['precedence', 'x-precedence'], (value) => /^auto[_-]reply\b/.test(value)) ??
    // iCloud's vacation writes no Auto-Submitted; Mailtraq's responder names its class of message.
    findField(fields, ['x-apple-action'], (value) => value === 'vacation') ??
    findField(fields, ['x-post-messageclass'], (value) => /\bautoresponder$/.test(value)) ??
    // FreeScout: a responder's own mailbox as the last stop.
    findField(fields, ['delivered-to'], (value) => /^<?autoresponder\b/.test(value))
  );
}

/** Fields with which ticket systems mark every mail that they write, those by their agents included. */
const ticketFields = [
  'x-zendesk-from-account-id',
  'x-zendesk-email-id',
  'x-servicenow-generated',
  'x-rt-loop-prevention',
  'rt-ticket',
  'x-rt-ticket',
  'x-otrs-loop',
  'x-jira-fingerprint',
  'x-freescout-mail-type',
] as const;

/** Ticket systems by who writes, made the Message-ID or takes the bounces: some mark their mail by no field. */
const ticketDomains = ['freshdesk.com', 'freshservice.com', 'zendesk.com'] as const;

function sawTicketSystem({ fields, from, messageId }: Mail): string | undefined {
  return (
    findField(fields, ticketFields, saysYes) ??
    findField(fields, ['x-mailer'], (value) => /^(?:zendesk|osticket) mailer/.test(value)) ??
    [...from.map(({ address }) => address), messageId ?? ''].find(isTicketDomain) ??
    findField(fields, ['return-path'], isTicketDomain)
  );
}

function isTicketDomain(id: string): boolean {
  const domain = domainOf(plainMark(id).replace(/^<|>$/g, ''));
  return ticketDomains.some((parent) => isWithinDomain(domain, parent));
}

function sawSystemAuthor(
  { from, fields }: Mail,
  { senderDomains }: { readonly senderDomains: readonly string[] },
): string | undefined {
  const author = from
    .map(({ address }) => address)
    .find((address) => isSystemAddress(address) && !isMicrosoft(address, senderDomains));
  return (
    author ??
    // RFC 5230 §4.6 looks at the reverse-path; some systems write no address at all: `From: MAILER-DAEMON`.
    findField(fields, ['return-path', 'from'], isDaemonPath) ??
    // DragonFly's mailer copies the null reverse-path into From.
    findField(fields, ['from'], (value) => value.endsWith('<>'))
  );
}

function isDaemonPath(value: string): boolean {
  return !value.includes(' ') && isDaemonAddress(value.replace(/^<|>$/g, ''));
}
