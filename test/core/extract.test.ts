/** The fields of a notice: beside their labels or in a link, never guessed, none where two values stand. */
import { expect, test } from 'vitest';
import { extractFields } from '../../src/core/extract.ts';
import type { Link } from '../../src/core/mail.ts';
import type { NoticeFields } from '../../src/core/notice.ts';
import { parseMail } from '../../src/core/parse.ts';
import { unwrap } from '../../src/core/unwrap.ts';
import { catalog, expectedOf, fixture, fixtureNames } from '../support/sample-desk.ts';

const id = 'bd1e2a36-4359-55b6-b7b7-17882b64f632';
const other = 'e16c0420-c0b3-5f6d-8a47-9632d70b14ea';
const direct = `https://admin.microsoft.com/Adminportal/home#/subscriptions/webdirect/${id}`;

function read(text: string, hrefs: readonly string[] = []): NoticeFields {
  const links: Link[] = hrefs.map((href) => ({ href, text: '' }));
  const original = { how: 'inline', depth: 1, to: [], text, links } as const;
  return extractFields(original, catalog).fields;
}

test.each([
  ['beside its label', 'Organization name: Contoso Ltd', { organization: 'Contoso Ltd' }],
  ['in German', 'Firma: Contoso GmbH', { organization: 'Contoso GmbH' }],
  ['on the next line', 'Organization name:\nContoso Ltd', { organization: 'Contoso Ltd' }],
  ['two lines below', 'Organization name:\n\nContoso Ltd', { organization: 'Contoso Ltd' }],
  [
    'not where the next line is a label of its own',
    'Organization name:\nDomain: x.example',
    { tenantDomain: 'x.example' },
  ],
  ['bold', '*Organization name:* Contoso Ltd', { organization: 'Contoso Ltd' }],
  ['quoted', '> Organization name: Contoso Ltd', { organization: 'Contoso Ltd' }],
  ['a list item', '• Organization name: Contoso Ltd', { organization: 'Contoso Ltd' }],
  ['with a no-break space', 'Organization name:\u00A0Contoso Ltd', { organization: 'Contoso Ltd' }],
  ['with a full-width colon', 'Organization name：Contoso Ltd', { organization: 'Contoso Ltd' }],
  [
    'with the target of a link behind it',
    'Domain: contoso.example <https://contoso.example>',
    { tenantDomain: 'contoso.example' },
  ],
  ['a domain in capitals', 'Domain: Contoso.Example', { tenantDomain: 'contoso.example' }],
  ['a domain that is none', 'Domain: see below', {}],
  [
    'the tenant’s own name in the text',
    'Sign in as admin@contoso.onmicrosoft.com.',
    { tenantDomain: 'contoso.onmicrosoft.com' },
  ],
  ['two tenants in the text', 'a.onmicrosoft.com b.onmicrosoft.com', {}],
  ['a date', 'Subscription expiration date: December 1, 2026', { expiresOn: '2026-12-01' }],
  ['a date of two meanings', 'Subscription expiration date: 12/1/2026', {}],
  ['a date in German', 'Ablaufdatum: 1. Dezember 2026', { expiresOn: '2026-12-01' }],
  ['a date in Thai years', 'วันหมดอายุ: 1 ธันวาคม พ.ศ. 2569', { expiresOn: '2026-12-01' }],
  ['two dates in one value', 'Expiration date: December 1, 2026 or January 1, 2027', {}],
  [
    'no organisation from the signature below',
    'Company: Contoso\nMicrosoft Corporation, One Microsoft Way, Redmond\nCompany: Fabrikam',
    { organization: 'Contoso' },
  ],
  [
    'a line that counts licenses',
    'Domain: x.example\n12 licenses',
    { tenantDomain: 'x.example', licenses: 12 },
  ],
  ['no rule of 25 in a sentence', 'with fewer than 25 licenses', {}],
  ['Arabic digits', 'عدد التراخيص: ١٢', { licenses: 12 }],
  ['a number of licenses', 'Number of licenses: 30', { licenses: 30 }],
  ['a number with a comma', 'Number of licenses: 1,000', {}],
  ['a number with a space', 'Number of licenses: 1 000', {}],
  ['a number with words behind', 'Number of licenses: 30 (12 assigned)', { licenses: 30 }],
  ['words for a number', 'Number of licenses: thirty', {}],
  ['a tenant id', `Tenant ID: {${id.toUpperCase()}}`, { tenantId: id }],
  ['half a tenant id', `Tenant ID: ${id.slice(0, 20)}`, {}],
  ['the same value twice', 'Domain: x.example\nDomain: x.example', { tenantDomain: 'x.example' }],
  ['two values for one field', 'Domain: x.example\nDomain: y.example', {}],
  [
    'two values, which a tenant’s name does not settle',
    'Domain: x.example\nDomain: y.example\nz.onmicrosoft.com',
    {},
  ],
  ['a label inside a sentence', 'Our domain name is this: x.example', {}],
  ['nothing', '', {}],
])('reads %s', (_, text, expected) => {
  expect(read(text)).toEqual(expected);
});

test.each([
  ['a link of Microsoft’s', [direct], { subscriptionId: id }],
  ['the same link twice', [direct, `${direct}?x=1`], { subscriptionId: id }],
  [
    'a link behind Safe Links',
    [`https://nam02.safelinks.protection.outlook.com/?url=${encodeURIComponent(direct)}&data=1`],
    { subscriptionId: id },
  ],
  [
    'a link behind Safe Links, encoded once more',
    [
      `https://nam02.safelinks.protection.outlook.com/?url=${encodeURIComponent(encodeURIComponent(direct).replace('https%3A%2F%2F', 'https://').replace('%2FAdminportal', '/Adminportal'))}&data=1`,
    ],
    { subscriptionId: id },
  ],
  ['braces', [direct.replace(id, `%7B${id}%7D`)], { subscriptionId: id }],
  ['nothing from a link elsewhere', [direct.replace('microsoft.com', 'evil.example')], {}],
  ['an id in capitals', [direct.toUpperCase().replace('HTTPS', 'https')], { subscriptionId: id }],
  ['links about two subscriptions', [direct, direct.replace(id, other)], {}],
  ['a longer id', [`${direct}0`], {}],
  ['another link', [`https://admin.microsoft.com/${id}`], {}],
])('reads the subscription from %s', (_, hrefs, expected) => {
  expect(read('', hrefs)).toEqual(expected);
});

test('a typed id and a linked one that differ are none', () => {
  expect(read(`Subscription ID: ${other}`, [direct])).toEqual({});
  expect(read(`Subscription ID: ${id}`, [direct])).toEqual({ subscriptionId: id });
});

test('says what was found, and where', () => {
  const { evidence } = extractFields(
    {
      how: 'inline',
      depth: 1,
      to: [],
      text: 'Domain: x.example\nCompany: a\nCompany: b',
      links: [{ href: direct, text: '' }],
    },
    catalog,
  );
  expect(evidence.map(({ code }) => code)).toEqual([
    'subscription-id-link',
    'domain-label',
    'organization-ambiguous',
  ]);
});

interface Expected {
  readonly notice?: NoticeFields;
}

for (const name of fixtureNames('notices')) {
  const { notice } = expectedOf<Expected>('notices', name);
  if (notice === undefined) continue;
  test(`reads ${name}`, async () => {
    const own = unwrap(await parseMail(fixture('notices', name)), false).originals.at(-1);
    expect(own === undefined ? undefined : extractFields(own, catalog).fields).toEqual(notice);
  });
}
