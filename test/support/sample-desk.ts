/**
 * The sample desk for tests of the core: policy, notice families, customers, and mails built by hand in
 * the plainest form that each stage needs.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Customer } from '../../src/core/customer.ts';
import { indexCustomers } from '../../src/core/customer-index.ts';
import { decideMail } from '../../src/core/decide-mail.ts';
import type { Decision } from '../../src/core/decision.ts';
import type { NoticeCatalog } from '../../src/core/notice.ts';
import type { Policy } from '../../src/core/policy.ts';
import type { Verification } from '../../src/core/verification.ts';
import { readCustomers } from '../../src/edges/customers-file.ts';
import { loadNotices } from '../../src/edges/notices.ts';

const root = new URL('../../', import.meta.url);
const fixtures = new URL('test/fixtures/', root);

export const catalog: NoticeCatalog = loadNotices(new URL('config/notices.yaml', root).pathname);

export const customers: readonly Customer[] = (
  await readCustomers(new URL('customers.csv', fixtures).pathname)
).customers;

export function customerOf(id: string): Customer {
  const found = customers.find((customer) => customer.id === id);
  if (found === undefined) throw new Error(`no sample customer ${id}`);
  return found;
}

export const host = 'mx.partner.example';
export const messageIdKey = 'key-of-the-tests-0123456789abcdef';

export const policy: Policy = {
  mode: 'auto',
  ownAddresses: ['support@partner.example', 'billing@partner.example'],
  trustedAuthservIds: [host],
  trustedArcSealers: [],
  requireAuthenticated: true,
  answerColleagues: true,
  tellAlreadyAnswered: false,
  portalLicensesBelow: 25,
  locale: 'en',
  timeZone: 'UTC',
  thresholds: { reply: 0.8, review: 0.4 },
  limits: {
    genericPerAddressPerDay: 1,
    perAddressPerDay: 10,
    perDomainPerHour: 3,
    perMailboxPerHour: 60,
  },
  followUp: { afterDays: 7, remind: false },
  outreach: { perHour: 30 },
  messageIdKey,
};

export const now = new Date('2026-11-20T12:00:00Z');

export interface DeskOptions {
  readonly policy?: Partial<Policy>;
  readonly customers?: readonly Customer[];
  readonly complete?: boolean;
  /** What a verification of our own found; absent: there is none. */
  readonly verification?: Verification;
}

/** What the sample desk decides about a mail, before anything sent earlier is weighed. */
export async function decideAtDesk(
  raw: string | Uint8Array,
  options: DeskOptions = {},
): Promise<Decision> {
  const { verification } = options;
  const { decision } = await decideMail(
    typeof raw === 'string' ? Buffer.from(raw, 'utf8') : raw,
    {
      policy: { ...policy, ...options.policy },
      catalog,
      ...indexCustomers(options.customers ?? customers),
      ...(verification === undefined ? {} : { verify: () => Promise.resolve(verification) }),
    },
    { complete: options.complete ?? true, now },
  );
  return decision;
}

/** Action, reason, and where an answer would go. */
export async function outcomeOf(raw: string | Uint8Array, options?: DeskOptions): Promise<string> {
  const decision = await decideAtDesk(raw, options);
  const to = decision.action === 'reply' ? ` ${decision.plan.scenario} to ${decision.plan.to}` : '';
  return `${decision.action} ${decision.reason}${to}`;
}

export function fixtureNames(folder: 'forwards' | 'notices' | 'responders'): readonly string[] {
  return readdirSync(new URL(`${folder}/`, fixtures))
    .filter((name) => name.endsWith('.eml'))
    .map((name) => name.slice(0, -'.eml'.length));
}

export function fixture(folder: string, name: string): Buffer {
  return readFileSync(new URL(`${folder}/${name}.eml`, fixtures));
}

export function expectedOf<T>(folder: string, name: string): T {
  return JSON.parse(
    readFileSync(new URL(`${folder}/${name}.expected.json`, fixtures), 'utf8'),
  ) as T;
}

export const title = 'You’re about to lose access to your Office 365 Subscription';

export interface NoticeText {
  readonly organization?: string;
  readonly domain?: string;
  readonly product?: string;
  readonly subscriptionId?: string;
  /** Further lines. */
  readonly extra?: string;
}

const contoso = customerOf('contoso').subscriptions[0];
export const contosoId = contoso?.advisorSubscriptionId ?? '';

/** The text of a notice; Contoso's where nothing else is said, a field left out where it is empty. */
export function noticeText(notice: NoticeText = {}): string {
  const { organization, domain, product, subscriptionId, extra } = {
    organization: 'Contoso Ltd',
    domain: 'contoso.example',
    product: 'Office 365 Business Premium',
    subscriptionId: contosoId,
    extra: '',
    ...notice,
  };
  const link = 'https://admin.microsoft.com/Adminportal/home?#/subscriptions/webdirect/';
  return [
    'You’re about to lose access to your subscription',
    '',
    subscriptionId === '' ? '' : `Renew your subscription: ${link}${subscriptionId}`,
    '',
    organization === '' ? '' : `Organization name: ${organization}`,
    domain === '' ? '' : `Domain: ${domain}`,
    product === '' ? '' : `Subscription name: ${product}`,
    'Subscription expiration date: December 1, 2026',
    extra,
    'Microsoft Corporation, One Microsoft Way, Redmond, WA 98052',
  ].join('\n');
}

/** A header block of Outlook on the web above a text. */
export function inlineBlock(
  text: string,
  head: { readonly from?: string; readonly to?: string; readonly subject?: string } = {},
): string {
  return [
    '________________________________',
    `From: ${head.from ?? 'Microsoft <microsoft-noreply@microsoft.com>'}`,
    'Sent: Thursday, November 12, 2026 9:31 AM',
    `To: ${head.to ?? 'Anna Hoff <anna.hoff@contoso.example>'}`,
    `Subject: ${head.subject ?? title}`,
    '',
    text,
  ].join('\n');
}

export interface MailText {
  readonly from?: string;
  readonly subject?: string;
  /** The verdict of the trusted host; absent: it wrote none. */
  readonly results?: string;
  /** Header fields above and below From. */
  readonly above?: readonly string[];
  readonly fields?: readonly string[];
  readonly body?: string;
  readonly contentType?: string;
}

/** `dmarc=pass` and an aligned DKIM signature for a domain. */
export function passFor(domain: string): string {
  return `spf=pass smtp.mailfrom=${domain}; dkim=pass header.d=${domain}; dmarc=pass header.from=${domain}`;
}

/** A mail as it lies in the mailbox: fields of the host above, those of its author below. */
export function mailText(mail: MailText = {}): string {
  const from = mail.from ?? 'Anna Hoff <anna.hoff@contoso.example>';
  return [
    ...(mail.above ?? []),
    ...(mail.results === undefined ? [] : [`Authentication-Results: ${host}; ${mail.results}`]),
    ...(from === '' ? [] : [`From: ${from}`]),
    'To: Fabrikam Support <support@partner.example>',
    `Subject: ${mail.subject ?? `Fw: ${title}`}`,
    'Date: Thu, 12 Nov 2026 11:42:04 -0500',
    'Message-ID: <mail-1@contoso.example>',
    ...(mail.fields ?? []),
    'MIME-Version: 1.0',
    `Content-Type: ${mail.contentType ?? 'text/plain; charset=utf-8'}`,
    '',
    mail.body ?? '',
  ].join('\r\n');
}

export type ForwardText = MailText & { readonly notice?: NoticeText; readonly to?: string };

/** Contoso's Anna forwards Contoso's notice, proven to be hers. Each part can be another. */
export function forwardText(mail: ForwardText = {}): string {
  return unprovenForward({ results: passFor('contoso.example'), ...mail });
}

/** The same without a verdict of the host. */
export function unprovenForward({ notice, to, ...mail }: ForwardText = {}): string {
  const block = inlineBlock(noticeText(notice), to === undefined ? {} : { to });
  return mailText({ body: `Is this real?\n\n${block}`, ...mail });
}
