/**
 * The line of `classify --json`: a contract (docs/classify.md). Absent values are null; nothing is left out.
 */
import type { Address } from '../core/address.ts';
import type { Authentication, Decision } from '../core/decision.ts';
import type { Mail, Original } from '../core/mail.ts';
import type { AuthResult } from '../core/verification.ts';

export interface ReplyLine {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly locale: string;
}

export interface ClassificationInput {
  readonly file: string;
  readonly mail?: Mail;
  readonly decision: Decision;
  readonly reply?: ReplyLine;
}

export function classificationLine({ file, mail, decision, reply }: ClassificationInput) {
  const { match, notice, authentication } = decision;
  return {
    file,
    messageId: mail?.messageId ?? null,
    action: decision.action,
    reason: decision.reason,
    family: decision.family ?? null,
    confidence: decision.confidence ?? null,
    forwarded:
      decision.original === undefined ? null : forwardedLine(decision.original, decision.comment),
    notice:
      notice === undefined
        ? null
        : {
            organization: notice.organization ?? null,
            tenantDomain: notice.tenantDomain ?? null,
            subscription: notice.subscription ?? null,
            licenses: notice.licenses ?? null,
            expiresOn: notice.expiresOn ?? null,
            subscriptionId: notice.subscriptionId ?? null,
          },
    sender: {
      address: decision.sender ?? null,
      ...senderProof(authentication),
    },
    customer:
      match === undefined
        ? null
        : { id: match.customer.id, matchedBy: match.matchedBy, score: match.score },
    scenario: decision.scenario ?? null,
    locale: reply?.locale ?? null,
    reply: reply === undefined ? null : { to: reply.to, subject: reply.subject, text: reply.text },
    evidence: decision.evidence,
  };
}

/** The contract knows three words; what proves nothing either way is `none`, on nobody's word. */
function senderProof({ result, by }: Authentication) {
  const authenticated = contractWords[result];
  return { authenticated, by: authenticated === 'none' ? null : (by ?? null) };
}

const contractWords: Readonly<Record<AuthResult, 'pass' | 'fail' | 'none'>> = {
  pass: 'pass',
  fail: 'fail',
  softfail: 'fail',
  none: 'none',
  neutral: 'none',
  temperror: 'none',
  permerror: 'none',
};

export type ClassificationLine = ReturnType<typeof classificationLine>;

function forwardedLine(original: Original, comment: string | undefined) {
  return {
    how: original.how,
    depth: original.depth,
    from: original.from === undefined ? null : addressLine(original.from),
    to: original.to.map(addressLine),
    subject: original.subject ?? null,
    date: original.date?.toISOString() ?? null,
    comment: comment ?? null,
  };
}

function addressLine({ name, address }: Partial<Address>) {
  return { name: name ?? null, address: address ?? null };
}
