/**
 * A customer for each loop test, its people, and the notice that begins the exchange.
 */
import { join } from 'node:path';
import type { Customer, SubscriptionTransition } from '../../src/core/customer.ts';
import { samplesFolder } from '../../src/demo/samples.ts';
import { readCustomers } from '../../src/edges/customers-file.ts';
import { writeLetter } from '../support/letters.ts';
import { inlineBlock, noticeText, title } from '../support/sample-desk.ts';

const [sample] = (await readCustomers(join(samplesFolder, 'customers.csv'))).customers;

export interface LoopCustomer {
  readonly record: Customer;
  readonly domain: string;
  /** The first contact of the record. */
  readonly anna: string;
  /** The text of the notice about each subscription, as Microsoft wrote it. */
  readonly notices: readonly string[];
}

export interface LoopCustomerOptions {
  /** Known beside Anna. */
  readonly contacts?: readonly string[];
  readonly subscriptions?: number;
}

let made = 0;

/** A customer that no earlier test has heard of. */
export function newCustomer({
  contacts = [],
  subscriptions = 1,
}: LoopCustomerOptions = {}): LoopCustomer {
  if (sample === undefined) throw new Error('there is no sample customer');
  made += 1;
  const number = made;
  const domain = `contoso-${number}.example`;
  const anna = `anna.hoff@${domain}`;
  const name = `Contoso ${number} Ltd`;
  const moving = Array.from({ length: subscriptions }, (_, index) =>
    subscriptionOf(`bd1e2a36-4359-55b6-b7b7-${digits(number)}${digits(index)}`),
  );
  return {
    domain,
    anna,
    record: {
      ...sample,
      id: `contoso-${number}`,
      name,
      tenantDomain: domain,
      tenantId: `a1f8098f-a933-5839-8a80-${digits(number)}${digits(0)}`,
      otherDomains: [],
      contacts: [anna, ...contacts].map((address) => ({ address })),
      subscriptions: moving,
    },
    notices: moving.map(({ advisorSubscriptionId = '' }) =>
      noticeText({ organization: name, domain, subscriptionId: advisorSubscriptionId }),
    ),
  };
}

const digits = (value: number): string => String(value).padStart(6, '0');

/** Ends so late that no test's clock gets there. */
function subscriptionOf(advisorSubscriptionId: string): SubscriptionTransition {
  const [first] = sample?.subscriptions ?? [];
  if (first === undefined) throw new Error('the sample customer has no subscription');
  const inDays = new Date(Date.now() + 300 * 86_400_000).toISOString().slice(0, 10);
  return { ...first, advisorSubscriptionId, advisorRenewsOn: inDays, advisorEndsOn: inDays };
}

/** The same record with something in it that allows a new reply. */
export function changed(record: Customer, licensesAssigned: number): Customer {
  const subscriptions = record.subscriptions.map((one) => ({ ...one, licensesAssigned }));
  return { ...record, subscriptions };
}

const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

function plainMail(fields: readonly string[], text: string): string {
  return [
    ...fields,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    utf8(text).replace(/\n/g, '\r\n'),
  ].join('\r\n');
}

/** The notice as a mail of its own, as it lies in Anna's mailbox. */
export function noticeMail({ anna, domain, notices }: LoopCustomer, index = 0): string {
  return plainMail(
    [
      'From: Microsoft <microsoft-noreply@microsoft.com>',
      `To: Anna Hoff <${anna}>`,
      `Subject: ${utf8(title)}`,
      'Date: Thu, 12 Nov 2026 09:31:00 +0000',
      `Message-ID: <notice-${index}@${domain}>`,
    ],
    notices[index] ?? '',
  );
}

/** The notice forwarded by hand, from Outlook on the web. */
export function forwardBy(author: string, to: string, customer: LoopCustomer): string {
  const block = inlineBlock(customer.notices[0] ?? '', { to: `Anna Hoff <${customer.anna}>` });
  return plainMail(
    [
      `From: <${author}>`,
      `To: <${to}>`,
      `Subject: Fw: ${utf8(title)}`,
      `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
      `Message-ID: <forward@${customer.domain}>`,
    ],
    `Is this real?\n\n${block}`,
  );
}

/** The notice forwarded by hand as an attachment. */
export function forwardAttachedBy(
  author: string,
  to: string,
  customer: LoopCustomer,
): Promise<string> {
  return writeLetter({
    from: `<${author}>`,
    to: `<${to}>`,
    subject: `Fw: ${title}`,
    messageId: `<forward@${customer.domain}>`,
    text: 'Is this real?',
    attached: [noticeMail(customer)],
  });
}
