/**
 * Every fixture of a forward through all stages, at a desk that knows its forwarder: a genuine notice is
 * answered whatever the client and language, and nothing else is.
 */
import { expect, test } from 'vitest';
import type { Customer } from '../../src/core/customer.ts';
import { parseMail } from '../../src/core/parse.ts';
import { decideAtDesk, expectedOf, fixture, fixtureNames } from '../support/sample-desk.ts';

/** Fixtures of forwards that the desk has to see, and why. */
const forTheDesk: Readonly<Record<string, RegExp>> = {
  'review-conflicting-evidence': /_two_(?:inline|attachments)$/,
  'review-uncertain-notice': /_long_subject(?:_wrapped)?$/,
  'review-no-original': /winmail_dat|attachment_msg|^plain_en_(?:fwd_subject|mentions)/,
  'ignored-not-a-notice': /_reply$|_ordinary_mail$|^plain_en_question$/,
};

const names = fixtureNames('forwards');

test('more than 300 forwards are tried', () => {
  expect(names.length).toBeGreaterThan(300);
});

test.each(names)('%s', async (name) => {
  const raw = fixture('forwards', name);
  const unknown = await decideAtDesk(raw, { customers: [] });
  const mail = await parseMail(raw);
  const decision = await decideAtDesk(raw, {
    customers: [customerFor(mail.from[0]?.address ?? '', unknown.notice ?? {})],
  });
  const expected =
    Object.entries(forTheDesk).find(([, pattern]) => pattern.test(name))?.[0] ??
    'reply-instructions';
  expect(decision.reason).toBe(expected);
  if (decision.action !== 'reply') return;
  const golden = expectedOf<Golden>('forwards', name);
  expect(decision.original?.subject ?? null).toBe(golden.subject);
  // Of a chain the comment of the forwarder, not of those between.
  expect(squeeze(decision.comment)).toBe(squeeze(golden.outerComment ?? golden.comment));
});

interface Golden {
  readonly subject: string | null;
  readonly comment: string | null;
  readonly outerComment?: string | null;
}

function squeeze(text: string | null | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim();
}

/** A customer whose one contact is the forwarder, in the middle of the move that the notice is about. */
function customerFor(
  address: string,
  notice: { readonly subscription?: string; readonly subscriptionId?: string },
): Customer {
  const { subscription = 'Office 365', subscriptionId } = notice;
  const domain = address.slice(address.indexOf('@') + 1);
  return {
    id: 'x',
    name: 'X',
    tenantDomain: domain,
    otherDomains: [],
    contacts: [{ address }],
    partnerApproved: true,
    subscriptions: [
      {
        product: subscription,
        ...(subscriptionId === undefined ? {} : { advisorSubscriptionId: subscriptionId }),
        advisorStatus: 'active',
        cspStatus: 'active',
        licensesAssigned: 5,
        cspLicensesAssigned: 5,
      },
    ],
  };
}
