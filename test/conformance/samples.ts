/**
 * Values that the suites of the store put in: invented, in documentation domains.
 */
import type { Customer } from '../../src/core/customer.ts';
import type { Decision, Reply } from '../../src/core/decision.ts';
import type { CaseRecord, Cursor, IntakeMail, ReplyAllowance } from '../../src/ports.ts';

export const noon = new Date('2026-03-02T12:00:00.000Z');

export function later(ms: number): Date {
  return new Date(noon.getTime() + ms);
}

export const cursor: Cursor = { uidValidity: '4294967295', nextUid: 42, watchingSince: noon };

export function mailOf(caseId: string, more: Partial<IntakeMail> = {}): IntakeMail {
  const raw = new TextEncoder().encode(`Subject: ${caseId}\r\n\r\nHello\u0000 \u00ff\r\n`);
  return {
    caseId,
    messageId: `<${caseId}@contoso.example>`,
    location: { mailbox: 'support', path: 'INBOX', uidValidity: '7', uid: 1 },
    internalDate: noon,
    sizeBytes: raw.byteLength,
    raw,
    complete: true,
    answered: false,
    ...more,
  };
}

export function replyTo(address: string): Reply {
  return {
    from: { name: 'Fabrikam Support', address: 'support@partner.example' },
    to: { name: 'Ana', address },
    subject: 'Re: You’re about to lose access',
    text: 'Nothing to fear.\n',
    html: '<p>Nothing to fear.</p>',
    messageId: '<reply.1@partner.example>',
    inReplyTo: '<1@contoso.example>',
    references: ['<1@contoso.example>'],
    headers: { 'Auto-Submitted': 'auto-replied', Precedence: 'auto_reply' },
    envelopeFrom: '',
    locale: 'en',
    templateId: 'en/cancel-portal',
    templateHash: 'abc',
  };
}

export const contoso: Customer = {
  id: 'C-1',
  name: 'Contoso Ltd.',
  tenantDomain: 'contoso.onmicrosoft.com',
  tenantId: '11111111-1111-4111-8111-111111111111',
  otherDomains: ['contoso.example', 'contoso.example.org'],
  contacts: [{ name: 'Ana', address: 'Ana@Contoso.Example' }, { address: 'it@contoso.example' }],
  locale: 'en',
  country: 'DE',
  partnerApproved: true,
  partnerApprovedOn: '2026-01-15',
  subscriptions: [
    {
      product: 'Microsoft 365 Business Standard',
      advisorSubscriptionId: '22222222-2222-4222-8222-222222222222',
      advisorStatus: 'active',
      licensesAssigned: 12,
      cspStatus: 'active',
      cspSubscriptionId: '33333333-3333-4333-8333-333333333333',
      monthlyCost: '412.50',
    },
    { product: 'Exchange Online (Plan 1)' },
  ],
};

export function customerOf(id: string, more: Partial<Customer> = {}): Customer {
  return { id, name: `Customer ${id}`, otherDomains: [], contacts: [], subscriptions: [], ...more };
}

/** A decision to reply, with everything that a decision can hold. */
export const replyDecision: Decision = {
  action: 'reply',
  reason: 'reply-instructions',
  family: 'lose-access',
  confidence: 0.98,
  original: {
    how: 'inline',
    depth: 1,
    from: { name: 'Microsoft', address: 'no-reply@microsoft.example' },
    to: [{ address: 'ana@contoso.example' }],
    subject: 'You’re about to lose access',
    date: new Date('2026-03-01T08:30:00.000Z'),
    text: 'Your subscription …',
    links: [{ href: 'https://admin.microsoft.example/', text: 'Admin center' }],
  },
  notice: { organization: 'Contoso', licenses: 12 },
  authentication: { result: 'pass', by: 'dkim', dkimAligned: true },
  sender: 'ana@contoso.example',
  match: { customer: contoso, matchedBy: ['contact', 'tenant-domain'], against: [], score: 0.99 },
  scenario: 'cancel-portal',
  evidence: [{ stage: 'screen', code: 'human', detail: 'Nothing automatic about it.' }],
  plan: {
    to: 'ana@contoso.example',
    scenario: 'cancel-portal',
    locale: 'en',
    customer: contoso,
    lines: [{ product: 'Microsoft 365 Business Standard', scenario: 'cancel-portal', index: 0 }],
    replyKey: 'C-1/cancel-portal/1',
  },
};

export function reviewDecision(): Decision {
  return {
    action: 'review',
    reason: 'review-no-customer',
    authentication: { result: 'none', dkimAligned: false },
    evidence: [],
  };
}

export const ignoreDecision: Decision = {
  action: 'ignore',
  reason: 'ignored-not-a-notice',
  authentication: { result: 'none', dkimAligned: false },
  evidence: [],
};

/** Lets every reply through. */
export const anyNumber: ReplyAllowance = {
  domain: 'contoso.example',
  toAddressLastDay: 1_000,
  toDomainLastHour: 1_000,
  fromMailboxLastHour: 1_000,
};

/** A record that replies to `address` under `replyKey`. */
export function replyRecord(
  caseId: string,
  replyKey: string,
  address = 'ana@contoso.example',
): CaseRecord {
  return {
    caseId,
    mailbox: 'support',
    messageId: `<${caseId}@contoso.example>`,
    subject: 'Fwd: You’re about to lose access',
    decision: replyDecision,
    decidedAt: noon,
    reply: { replyKey, content: replyTo(address), allowance: anyNumber },
  };
}

export function recordOf(caseId: string, decision: Decision): CaseRecord {
  return { caseId, mailbox: 'support', subject: 'Fwd: hello', decision, decidedAt: noon };
}
