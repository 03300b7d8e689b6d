/**
 * What a stranger gets when he forwards a notice is the same to the octet whether or not the records know the
 * customer that it names, and so is what an unproven author gets. And no shared domain ever makes a colleague.
 * A failure prints its seed; it can be given back with FAST_CHECK_SEED.
 */
import { domainToASCII, domainToUnicode } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { composeReply } from '../../src/core/compose.ts';
import type { Customer, SubscriptionTransition } from '../../src/core/customer.ts';
import { indexCustomers } from '../../src/core/customer-index.ts';
import { decideMail } from '../../src/core/decide-mail.ts';
import { isShared } from '../../src/core/genuineness.ts';
import type { Policy } from '../../src/core/policy.ts';
import { buildMessage } from '../../src/edges/submission-message.ts';
import { inputFor } from '../core/compose-fixture.ts';
import {
  catalog,
  contosoId,
  customerOf,
  fixture,
  fixtureNames,
  forwardText,
  inlineBlock,
  mailText,
  noticeText,
  now,
  passFor,
  policy,
  title,
} from '../support/sample-desk.ts';

const seed = Number(process.env.FAST_CHECK_SEED ?? Date.now() % 2_147_483_647);
console.info(`property tests run with seed ${seed}`);
const limits = { seed, interruptAfterTimeLimit: 25_000, markInterruptAsFailure: false };

/** Whatever leaves the desk for a mail: the action, and the octets of the answer. */
async function seenFromOutside(
  raw: string,
  customers: readonly Customer[],
  changes: Partial<Policy> = {},
): Promise<{ readonly action: string; readonly octets?: string }> {
  const judging = {
    policy: { ...policy, ...changes },
    catalog,
    ...indexCustomers(customers),
  };
  const { decision, mail } = await decideMail(Buffer.from(raw, 'latin1'), judging, {
    complete: true,
    now,
  });
  if (decision.action !== 'reply') return { action: decision.action };
  const reply = composeReply(inputFor(decision.plan, { mail, now }));
  const octets = (await buildMessage(reply, now)).toString('latin1');
  // The key by which it counts as the same answer must not tell either: it decides whether a second one goes.
  return { action: `reply ${decision.reason} ${decision.plan.replyKey}`, octets };
}

const contoso = customerOf('contoso');
const tenantId = contoso.tenantId ?? '';
const idle: SubscriptionTransition = { product: 'Office 365 Business Premium' };

const subscription: fc.Arbitrary<SubscriptionTransition> = fc.record(
  {
    product: fc.constantFrom('Office 365 Business Premium', 'Visio Plan 2'),
    advisorSubscriptionId: fc.constantFrom(contosoId, 'ffffffff-0000-4000-8000-000000000000'),
    advisorStatus: fc.constantFrom('active', 'cancelled', 'expired', 'disabled'),
    cspStatus: fc.constantFrom('none', 'ordered', 'active', 'suspended'),
    licensesAssigned: fc.constantFrom(1, 24, 25),
    billingAccount: fc.constantFrom('mosa', 'mca'),
  },
  { requiredKeys: ['product'] },
);

/** Records that fit the notice of Contoso in one way, in several, or against each other; none knows a stranger. */
const record: fc.Arbitrary<Customer> = fc.record(
  {
    id: fc.uuid(),
    name: fc.constantFrom('Contoso Ltd', 'Contoso', 'Northwind Traders GmbH', 'Ümläut AG'),
    tenantDomain: fc.constantFrom(
      'contoso.example',
      'northwind.example',
      'gmail.com',
      'contoso.onmicrosoft.com',
    ),
    tenantId: fc.constantFrom(tenantId, '00000000-0000-4000-8000-000000000001'),
    otherDomains: fc.subarray(['contoso.co.example', 'contoso.example', 'gmail.com', 'gmx.de']),
    contacts: fc.subarray([
      { name: 'Anna Hoff', address: 'anna.hoff@contoso.example' },
      { address: 'ben.carter@contoso.example' },
      { name: 'Zoë', address: 'zoe@elsewhere.example' },
      { address: 'microsoft-noreply@microsoft.com' },
    ]),
    locale: fc.constantFrom('de', 'fr', 'en', 'ja', 'de-AT'),
    country: fc.constantFrom('DE', 'FR', 'US', 'ZZ'),
    partnerApproved: fc.boolean(),
    transitionStatus: fc.constantFrom('open', 'done', 'stopped'),
    accountManager: fc.constant('maria.lopez@partner.example'),
    subscriptions: fc.oneof(
      fc.constant([idle]),
      fc.array(subscription, { minLength: 1, maxLength: 3 }),
    ),
  },
  { requiredKeys: ['id', 'name', 'otherDomains', 'contacts', 'subscriptions'] },
);
const records = fc.oneof(
  fc.array(record, { minLength: 1, maxLength: 4 }),
  // Contoso as it is, alone or beside others; and more of them than are compared.
  fc.array(record, { maxLength: 3 }).map((others) => [contoso, ...others]),
  fc.constant(Array.from({ length: 60 }, (_, at) => ({ ...contoso, id: `contoso-${at}` }))),
);

/** Nobody of any record above, whatever the domain looks like. */
const stranger = fc.constantFrom(
  'zoe@stranger.example',
  'anna.hoff@gmail.com',
  'anna.hoff@contoso.example.evil.example',
  'anna.hoff@mail.contoso.example',
  'anna.hoff@xn--contso-2ta.example',
  'eve@gmx.de',
  'eve@sub.gmx.de',
);

const someForwards = fixtureNames('forwards').filter((_, at) => at % 5 === 0);

/** A mail of somebody else's with the verdict of the trusted host that it is his. */
function asFrom(raw: string, author: string, results: string | undefined): string {
  const end = raw.search(/\r?\n\r?\n/);
  const kept = raw
    .slice(0, end)
    .split(/\r?\n(?![ \t])/)
    .filter(
      (field) => !/^(?:from|sender|authentication-results|return-path|reply-to):/i.test(field),
    );
  const proof =
    results === undefined ? [] : [`Authentication-Results: mx.partner.example; ${results}`];
  return [...proof, `From: ${author}`, ...kept].join('\r\n') + raw.slice(end);
}

const mail = fc.oneof(
  fc.constantFrom(...someForwards).map((name) => fixture('forwards', name).toString('latin1')),
  fc
    .record({
      domain: fc.constantFrom(
        'contoso.example',
        'contoso.example',
        'contoso.example',
        '',
        'gmail.com',
        'unknown.example',
      ),
      organization: fc.constantFrom('Contoso Ltd', 'Contoso Ltd', '', 'Nobody Ltd'),
      subscriptionId: fc.constantFrom(contosoId, ''),
      to: fc.constantFrom(
        'Anna Hoff <anna.hoff@contoso.example>',
        'zoe@stranger.example',
        'eve@gmx.de',
      ),
      passer: fc.constantFrom(
        undefined,
        undefined,
        'Zoe <zoe@contoso.co.example>',
        'Ben <ben.carter@contoso.example>',
        'zoe@elsewhere.example',
        'eve@gmx.de',
      ),
    })
    .map(({ to, passer, ...notice }) => {
      const inner = inlineBlock(noticeText(notice), { to });
      // Somebody between the notice and its forwarder, whom the records know or not.
      const body =
        passer === undefined
          ? inner
          : inlineBlock(`FYI\n\n${inner}`, { from: passer, subject: `Fw: ${title}` });
      return Buffer.from(mailText({ body: `Is this real?\n\n${body}` })).toString('latin1');
    }),
);

describe('the records say nothing', () => {
  test('to a stranger who forwards a notice', async () => {
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(
        mail,
        stranger,
        records,
        fc.boolean(),
        async (raw, author, known, answerColleagues) => {
          const text = asFrom(raw, author, passFor(author.split('@')[1] ?? ''));
          const without = await seenFromOutside(text, [], { answerColleagues });
          expect(await seenFromOutside(text, known, { answerColleagues })).toEqual(without);
          if (without.octets !== undefined) answered += 1;
        },
      ),
      { ...limits, numRuns: 300 },
    );
    expect(answered).toBeGreaterThan(60);
  }, 60_000);

  test('to an author who is not proven, even one who says that he is the contact', async () => {
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(
        mail,
        fc.oneof(
          { arbitrary: stranger, weight: 1 },
          { arbitrary: fc.constant('anna.hoff@contoso.example'), weight: 3 },
        ),
        records,
        fc.constantFrom(undefined, 'spf=none; dkim=none', 'dmarc=fail header.from=contoso.example'),
        fc.boolean(),
        async (raw, author, known, results, requireAuthenticated) => {
          const text = asFrom(raw, author, results);
          const without = await seenFromOutside(text, [], { requireAuthenticated });
          expect(await seenFromOutside(text, known, { requireAuthenticated })).toEqual(without);
          if (without.octets !== undefined) answered += 1;
        },
      ),
      { ...limits, numRuns: 300 },
    );
    expect(answered).toBeGreaterThan(15);
  }, 60_000);
});

test('a proven contact of the same customer does get what the record says', async () => {
  const text = Buffer.from(forwardText()).toString('latin1');
  const known = await seenFromOutside(text, [contoso]);
  expect(known).not.toEqual(await seenFromOutside(text, []));
  expect(known.octets).toContain('Contoso Ltd');
});

describe('a shared domain', () => {
  const colleagueAt = async (domain: string, recorded: string): Promise<string> => {
    const { decision } = await decideMail(
      Buffer.from(
        forwardText({ from: `eve@${domain}`, results: passFor(domain), notice: { domain: '' } }),
      ),
      {
        policy,
        catalog,
        ...indexCustomers([{ ...contoso, otherDomains: [recorded] }]),
      },
      { complete: true, now },
    );
    return decision.reason;
  };

  test('of the list never makes a colleague, nor a name below it, nor its other spelling', async () => {
    expect(catalog.sharedDomains.length).toBeGreaterThan(900);
    const wrong: string[] = [];
    for (const [at, shared] of catalog.sharedDomains.entries()) {
      // The names below these are tenants' own.
      const isTenants = /^(?:onmicrosoft|partner\.onmschina)\./.test(shared);
      const names = isTenants ? [shared] : [shared, `sub.${shared}`, `a.b.${shared}`];
      wrong.push(
        ...names.filter((name) => !isShared(name, catalog) || !isShared(`${name}.`, catalog)),
      );
      if (at % 8 > 0 && !shared.startsWith('xn--')) continue;
      // Through all stages; records hold A-labels, a mail may hold either.
      const forms = [shared.toUpperCase(), domainToUnicode(shared), ...names];
      for (const form of forms) {
        const recorded = domainToASCII(form);
        const reason = await colleagueAt(form, recorded);
        if (reason === 'reply-instructions') wrong.push(form);
      }
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  test.each([
    'contoso.co.example',
    'contoso.onmicrosoft.com',
    'contoso.mail.onmicrosoft.com',
    'notgmail.com',
    'xn--bcher-kva.example',
  ])('is not %s, which is the customer’s own', async (domain) => {
    expect(await colleagueAt(domain, domain)).toBe('reply-instructions');
  });

  test('that a record names by mistake does not match a notice that names it', async () => {
    const text = forwardText({
      from: 'eve@gmail.com',
      results: passFor('gmail.com'),
      notice: { domain: 'gmail.com', organization: 'Unrelated Ltd', subscriptionId: '' },
      to: 'eve@gmail.com',
    });
    const { decision } = await decideMail(
      Buffer.from(text),
      {
        policy,
        catalog,
        ...indexCustomers([{ ...contoso, tenantDomain: 'gmail.com' }]),
      },
      { complete: true, now },
    );
    expect(decision.evidence).toContainEqual(
      expect.objectContaining({ stage: 'match', code: 'none' }),
    );
    expect(decision.match).toBeUndefined();
  });
});
