/**
 * Decides by the outer header section whether a mail may ever get an automatic reply.
 *
 * Three verdicts. `machine`: nobody may be answered. `forwarding-hop`: a rule or a server passed the
 * mail on, which the usual rules against auto-responders take for a machine; it may be answered when a
 * genuine notice is inside. `human`: the normal path. A flat ladder of guards, first hit wins; machine
 * before hop. Nothing of the body is read here.
 *
 * RFC 3834 §2, RFC 5230 §4.6, RFC 2919, RFC 2369, RFC 3464, RFC 8098.
 */

import { domainOf, isWithinDomain, localPartOf, normalizeAddress } from './address.ts';
import { withoutComments } from './authentication-results.ts';
import { shownCharsMax } from './limits.ts';
import type { Evidence, HeaderField, Mail } from './mail.ts';
import { verifyOwnMessageId } from './message-id.ts';
import { shown } from './normalize.ts';
import type { Policy } from './policy.ts';
import type { Reason } from './reasons.ts';

export const verdicts = ['human', 'forwarding-hop', 'machine'] as const;
export type Verdict = (typeof verdicts)[number];

export interface Screening {
  readonly verdict: Verdict;
  /** Why a machine; absent for the others. */
  readonly reason?: Reason;
  /** Whether a rule passed on a mail by Microsoft itself, so that the outer author is Microsoft. */
  readonly redirected: boolean;
  /** Whether Microsoft is the outer author. */
  readonly byMicrosoft: boolean;
  /** Whether the mail answers one of our replies. */
  readonly answersOwnReply: boolean;
  /** Whether the subject alone looks like an automatic reply. */
  readonly looksAutomatic: boolean;
  readonly evidence: readonly Evidence[];
}

export interface ScreenContext {
  readonly policy: Pick<Policy, 'ownAddresses' | 'messageIdKey'>;
  /** Domains Microsoft writes from: its no-reply addresses are not just any machine's. */
  readonly senderDomains: readonly string[];
}

type Guard = (mail: Mail, context: ScreenContext) => string | undefined;

export function screen(mail: Mail, context: ScreenContext): Screening {
  const evidence: Evidence[] = [];
  const note = (code: string, detail: string): void => {
    evidence.push({ stage: 'screen', code, detail: shown(detail, shownCharsMax) });
  };
  const byMicrosoft = mail.from.some(({ address }) => isMicrosoft(address, context.senderDomains));
  const answersOwnReply = [...mail.inReplyTo, ...mail.references].some((id) =>
    isOwnId(id, context),
  );
  const machine = machineGuards.find(([, guard]) => guard(mail, context) !== undefined);
  const hops = hopGuards.filter(([, guard]) => guard(mail, context) !== undefined);
  for (const [code, guard] of machine === undefined ? hops : [machine]) {
    note(code, guard(mail, context) ?? '');
  }
  if (byMicrosoft) note('author-is-microsoft', mail.from[0]?.address ?? '');
  if (answersOwnReply)
    note('answers-own-reply', 'In-Reply-To or References names one of our replies');
  const looksAutomatic = looksLikeAutomaticReply(mail.subject);
  if (looksAutomatic) note('subject-looks-automatic', mail.subject);
  const verdict: Verdict =
    machine !== undefined ? 'machine' : hops.length > 0 || byMicrosoft ? 'forwarding-hop' : 'human';
  note(verdict, verdictSentence[verdict]);
  return {
    verdict,
    ...(machine === undefined ? {} : { reason: machine[0] }),
    redirected: byMicrosoft && hops.length > 0,
    byMicrosoft,
    answersOwnReply,
    looksAutomatic,
    evidence,
  };
}

const verdictSentence: Readonly<Record<Verdict, string>> = {
  human: 'nothing in the header section says that a machine wrote the mail',
  'forwarding-hop': 'a rule or a server passed the mail on',
  machine: 'a machine wrote the mail',
};

/** Each guard answers one question, with what it saw. Order as documented in docs/screening.md. */
const machineGuards: readonly (readonly [Reason, Guard])[] = [
  // RFC 3834 §2: no response to a null reverse-path. RFC 5321 §4.5.5.
  [
    'suppressed-null-reverse-path',
    ({ fields }) => find(fields, ['return-path'], (value) => value.replace(/\s/g, '') === '<>'),
  ],
  // RFC 3464 (DSN), RFC 8098 (MDN): notifications are never answered.
  ['suppressed-delivery-report', isReport],
  // Our own address as author: a loop by definition.
  [
    'suppressed-own-mail',
    ({ from }, { policy }) =>
      from
        .map(({ address }) => normalizeAddress(address))
        .find((own) => policy.ownAddresses.includes(own)),
  ],
  // Our own Message-ID or loop header outside: one of our replies came back.
  [
    'suppressed-own-reply',
    (mail, context) =>
      mail.messageId !== undefined && isOwnId(mail.messageId, context)
        ? mail.messageId
        : find(mail.fields, ['x-transition-responder'], () => true),
  ],
  // RFC 3834 §5: auto-replied. RFC 5436 §2.7.1: auto-notified. Other values are a hop (below).
  [
    'suppressed-auto-submitted',
    ({ fields }) =>
      find(fields, ['auto-submitted'], (value) =>
        /^auto-(?:replied|notified)\b/i.test(withoutComments(value).trim()),
      ),
  ],
  // RFC 2919 §3, RFC 2369 §3; RFC 5230 §4.6 names them as reasons for silence.
  [
    'suppressed-list',
    ({ fields }) =>
      find(
        fields,
        [
          'list-id',
          'list-unsubscribe',
          'list-post',
          'list-help',
          'list-subscribe',
          'list-owner',
          'list-archive',
          'mailing-list',
          'x-mailing-list',
        ],
        () => true,
      ),
  ],
  // RFC 3834 §2 (Precedence is no standard, but widely written).
  [
    'suppressed-bulk',
    ({ fields }) =>
      find(fields, ['precedence', 'x-precedence'], (value) =>
        /^\s*(?:bulk|list|junk)\b/i.test(value),
      ),
  ],
  ['suppressed-autoreply-header', hasAutoreplyHeader],
  // RFC 3834 §2: system addresses; RFC 2142 (postmaster). Microsoft's no-reply is what we wait for.
  [
    'suppressed-system-author',
    ({ from }, { senderDomains }) =>
      from
        .map(({ address }) => address)
        .find((address) => isSystemAddress(address) && !isMicrosoft(address, senderDomains)),
  ],
];

/** Marks of forwarding rules and servers: they describe the hop, not the mail (zammad#6025, munin#940). */
const hopGuards: readonly (readonly [string, Guard])[] = [
  // RFC 3834 §5. Exchange stamps what its rules pass on as auto-generated; `no` is a human.
  [
    'auto-submitted',
    ({ fields }) =>
      find(
        fields,
        ['auto-submitted'],
        (value) => !/^(?:no\b|$)/i.test(withoutComments(value).trim()),
      ),
  ],
  // MS-OXCMAIL 2.1.3.2.20: asks others not to answer; does not say that a machine wrote the mail.
  [
    'x-auto-response-suppress',
    ({ fields }) =>
      find(fields, ['x-auto-response-suppress'], (value) => !/^(?:none|0)?$/i.test(value.trim())),
  ],
  [
    'exchange-rule',
    ({ fields }) =>
      find(
        fields,
        [
          'x-ms-exchange-inbox-rules-loop',
          'x-ms-exchange-generated-message-source',
          'x-ms-exchange-organization-autoforwarded',
          'x-ms-exchange-forwardingloop',
          'x-ms-exchange-parent-message-id',
        ],
        () => true,
      ),
  ],
  // RFC 5322 §3.6.6.
  [
    'resent',
    ({ fields }) =>
      find(fields, ['resent-from', 'resent-to', 'resent-sender', 'resent-message-id'], () => true),
  ],
  [
    'forwarded-for',
    ({ fields }) => find(fields, ['x-forwarded-for', 'x-forwarded-to', 'x-loop'], () => true),
  ],
  // The Sender Rewriting Scheme marks a forwarding server in the reverse-path.
  [
    'srs',
    ({ fields }) =>
      find(fields, ['return-path'], (value) =>
        /^<?(?:srs[01][=+-]|[^@<>]*\+srs=)/i.test(value.trim()),
      ),
  ],
];

/** Every instance of a repeated field counts. */
function find(
  fields: readonly HeaderField[],
  names: readonly string[],
  matches: (value: string) => boolean,
): string | undefined {
  const field = fields.find(({ name, value }) => names.includes(name) && matches(value));
  return field === undefined ? undefined : `${field.name}: ${field.value}`;
}

function isReport(mail: Mail): string | undefined {
  const types = [mail.mediaType, ...mail.attachments.map(({ mediaType }) => mediaType)];
  const report = types.find((type) =>
    [
      'multipart/report',
      'message/delivery-status',
      'message/global-delivery-status',
      'message/disposition-notification',
      'message/feedback-report',
      'text/rfc822-headers',
    ].includes(type),
  );
  return report ?? find(mail.fields, ['x-failed-recipients'], () => true);
}

function hasAutoreplyHeader(mail: Mail): string | undefined {
  const isYes = (value: string): boolean => !/^(?:no|false|none|0)?$/i.test(value.trim());
  return (
    find(
      mail.fields,
      [
        'x-autoreply',
        'x-auto-reply',
        'x-autorespond',
        'x-autoresponse',
        'x-autoresponder',
        'x-auto-reply-from',
        'x-autoreply-from',
        'x-mail-autoreply',
        'x-autogenerated',
        'x-fc-machinegenerated',
        'x-amazon-mail-relay-type',
      ],
      isYes,
    ) ??
    find(mail.fields, ['precedence', 'x-precedence'], (value) => /^\s*auto_reply\b/i.test(value))
  );
}

function isMicrosoft(address: string, senderDomains: readonly string[]): boolean {
  return senderDomains.some((domain) => isWithinDomain(domainOf(address), domain));
}

function isOwnId(messageId: string, { policy }: ScreenContext): boolean {
  return (
    policy.messageIdKey !== undefined &&
    verifyOwnMessageId(messageId, policy.messageIdKey) !== undefined
  );
}

/** Local parts that nobody reads, as RFC 5230 §4.6 and the helpdesks list them. */
export function isSystemAddress(address: string): boolean {
  const local = localPartOf(address);
  return (
    /^(?:mailer-daemon|mail-daemon|mailerdaemon|postmaster|listserv|majordomo|daemon|mmdf|uucp|root|nobody)(?:$|[+._-])/.test(
      local,
    ) ||
    /(?:^|[+._-])(?:no-?_?\.?reply|do-?_?\.?not-?_?\.?reply|nao-?responda|no-?responder|ne-?pas-?repondre|nicht-?antworten|noreply)(?:$|[+._\d-])/.test(
      local,
    ) ||
    /^(?:owner-|bounces?(?:$|[+._-]))/.test(local) ||
    /-(?:request|bounces?|owner)$/.test(local)
  );
}

const automaticSubject =
  /^(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office|away from (?:the )?office|automatische antwort|abwesenheit(?:snotiz|sassistent)?|abwesend|réponse automatique|absence du bureau|respuesta automática|risposta automatica|resposta automática|automatisch antwoord|autosvar|automatiskt svar)\b/iu;

/** Weak evidence: alone it sends a mail to the desk, never into silence. */
function looksLikeAutomaticReply(subject: string): boolean {
  return automaticSubject.test(subject.slice(0, 200).trim());
}
