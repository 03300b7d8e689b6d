/** Whose notice it is: every kind of evidence, and what happens where two witnesses do not agree. */
import { describe, expect, test } from 'vitest';
import type { Customer } from '../../src/core/customer.ts';
import { candidatesMax, matchKeysMax } from '../../src/core/limits.ts';
import type { Original } from '../../src/core/mail.ts';
import {
  judgeMatch,
  type MatchInput,
  type MatchResult,
  matchKeys,
  similarName,
} from '../../src/core/match.ts';
import type { NoticeFields } from '../../src/core/notice.ts';
import { normalizeOrganization } from '../../src/core/organization-name.ts';
import { catalog, policy } from '../support/sample-desk.ts';

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

function customer(name: string, changes: Partial<Customer> = {}): Customer {
  return {
    id: name,
    name: `${name} Ltd`,
    otherDomains: [],
    contacts: [],
    subscriptions: [{ product: 'Office 365 Business Premium' }],
    ...changes,
  };
}

const withId = (n: number) => [{ product: 'x', advisorSubscriptionId: id(n) }];
const alpha = customer('alpha', {
  tenantDomain: 'alpha.example',
  tenantId: id(101),
  otherDomains: ['alpha.co.example'],
  contacts: [{ name: 'Ann', address: 'Ann@alpha.example' }],
  subscriptions: withId(1),
});
const beta = customer('beta', {
  tenantDomain: 'beta.example',
  tenantId: id(102),
  contacts: [{ address: 'bob@beta.example' }, { address: 'msp@msp.example' }],
  subscriptions: withId(2),
});
const gamma = customer('gamma', {
  tenantDomain: 'gamma.example',
  contacts: [{ address: 'msp@msp.example' }, { address: 'gamma.owner@gmail.com' }],
  subscriptions: withId(3),
});
const all = [alpha, beta, gamma];

interface Question {
  readonly notice?: NoticeFields;
  readonly forwarder?: string;
  readonly to?: readonly string[];
}

function inputOf({ notice = {}, forwarder, to = [] }: Question): MatchInput {
  const original: Original = {
    how: 'inline',
    depth: 1,
    to: to.map((address) => ({ address })),
    text: '',
    links: [],
  };
  return {
    notice,
    original,
    ...(forwarder === undefined ? {} : { forwarder }),
    catalog,
    ownAddresses: policy.ownAddresses,
  };
}

function answer(result: MatchResult): string {
  if (result.kind !== 'unique') return result.kind;
  return `${result.match.customer.id} by ${result.match.matchedBy.join(', ')}`;
}

const judge = (question: Question, among: readonly Customer[] = all): string =>
  answer(judgeMatch(among, inputOf(question)));

test.each([
  ['the subscription’s id', { notice: { subscriptionId: id(1) } }, 'alpha by subscription-id'],
  ['the tenant’s id', { notice: { tenantId: id(101) } }, 'alpha by tenant-id'],
  ['the tenant’s domain', { notice: { tenantDomain: 'alpha.example' } }, 'alpha by tenant-domain'],
  [
    'another domain of the customer',
    { notice: { tenantDomain: 'alpha.co.example' } },
    'alpha by tenant-domain',
  ],
  [
    'the forwarder as a contact',
    { forwarder: 'ann@ALPHA.example' },
    'alpha by contact, forwarder-domain',
  ],
  ['the forwarder as a colleague', { forwarder: 'zoe@alpha.example' }, 'alpha by forwarder-domain'],
  ['a contact with a private mailbox', { forwarder: 'gamma.owner@gmail.com' }, 'gamma by contact'],
  ['a stranger with a private mailbox', { forwarder: 'zoe@gmail.com' }, 'none'],
  [
    'to whom the notice went, a contact',
    { to: ['ann@alpha.example'] },
    'alpha by original-recipient',
  ],
  [
    'to whom the notice went, a colleague',
    { to: ['zoe@alpha.example'] },
    'alpha by original-recipient',
  ],
  ['to whom the notice went, a stranger', { to: ['zoe@gmail.com'] }, 'none'],
  [
    'the organisation’s name',
    { notice: { organization: 'ALPHA Limited' } },
    'alpha by organization-name',
  ],
  ['nothing', {}, 'none'],
  [
    'what is in no record',
    { notice: { subscriptionId: id(9), tenantDomain: 'x.example' } },
    'none',
  ],
] as const)('one piece of evidence: %s', (_, question, expected) => {
  expect(judge(question)).toBe(expected);
});

test.each([
  [
    'a contact of one forwards the notice of another',
    { notice: { tenantDomain: 'beta.example' }, forwarder: 'ann@alpha.example' },
    'conflict',
  ],
  [
    'a colleague of one forwards the notice of another',
    { notice: { subscriptionId: id(2) }, forwarder: 'zoe@alpha.example' },
    'conflict',
  ],
  [
    'a contact forwards a notice that went to another',
    { to: ['bob@beta.example'], forwarder: 'ann@alpha.example' },
    'conflict',
  ],
  [
    'a contact forwards a notice about a domain nobody knows',
    { notice: { tenantDomain: 'x.example' }, forwarder: 'ann@alpha.example' },
    'conflict',
  ],
  [
    'a contact forwards a notice about a tenant that is not the recorded one',
    { notice: { tenantId: id(9) }, forwarder: 'ann@alpha.example' },
    'conflict',
  ],
  [
    'a contact forwards a notice of an organisation with another name',
    { notice: { organization: 'Omega Inc.' }, forwarder: 'ann@alpha.example' },
    'conflict',
  ],
  [
    'the notice names one by its id and another by its domain',
    { notice: { subscriptionId: id(1), tenantDomain: 'beta.example' } },
    'conflict',
  ],
  [
    'the notice names one by its tenant and another by its subscription',
    { notice: { tenantId: id(101), subscriptionId: id(2) } },
    'ambiguous',
  ],
  [
    'the contact of two forwards a notice of their own organisation',
    {
      notice: { tenantDomain: 'msp.example', organization: 'Managed Services' },
      forwarder: 'msp@msp.example',
    },
    'ambiguous',
  ],
  [
    'the contact of two forwards a notice that names nobody',
    { forwarder: 'msp@msp.example' },
    'ambiguous',
  ],
] as const)('two witnesses: %s', (_, question, expected) => {
  expect(judge(question)).toBe(expected);
});

test('a contact whose own organisation is no customer does not get the customer’s answer', () => {
  const question = {
    notice: { tenantDomain: 'msp.example', organization: 'Managed Services' },
    forwarder: 'msp@msp.example',
  };
  expect(judge(question, [alpha, beta])).toBe('conflict');
});

test.each([
  [
    'the contact of two forwards the notice of one',
    { notice: { tenantDomain: 'gamma.example' }, forwarder: 'msp@msp.example' },
    'gamma by tenant-domain, contact',
  ],
  [
    'a stranger forwards a notice that names the customer',
    { notice: { tenantDomain: 'alpha.example' }, forwarder: 'zoe@gmail.com' },
    'alpha by tenant-domain',
  ],
  [
    'a contact forwards a notice with the name spelt otherwise',
    { notice: { organization: 'Alpha Vineyards' }, forwarder: 'ann@alpha.example' },
    'alpha by contact, forwarder-domain',
  ],
] as const)('agreement: %s', (_, question, expected) => {
  expect(judge(question)).toBe(expected);
});

test('a contact’s domain that the record does not list is no contradiction', () => {
  const tenant = customer('delta', {
    tenantDomain: 'delta.onmicrosoft.com',
    contacts: [{ address: 'dan@delta.example' }],
  });
  const question = {
    notice: { tenantDomain: 'delta.example', organization: 'Delta' },
    forwarder: 'dan@delta.example',
  };
  expect(judge(question, [tenant])).toBe('delta by contact, organization-name');
});

test('who it was sent to does not say which organisation a notice is about', () => {
  const notice = { organization: 'Stranger Ltd' };
  const question = { notice, forwarder: 'ann@alpha.example', to: ['ann@alpha.example'] };
  expect(judge(question)).toBe('conflict');
});

test('two customers of one domain are told apart by the subscription alone', () => {
  const north = { ...alpha, id: 'north', subscriptions: withId(11), tenantId: id(111) };
  const south = { ...alpha, id: 'south', subscriptions: withId(12), tenantId: id(112) };
  const notice = { tenantDomain: 'alpha.example' };
  expect(judge({ notice }, [north, south])).toBe('ambiguous');
  expect(judge({ notice: { ...notice, subscriptionId: id(12) } }, [north, south])).toBe(
    'south by subscription-id, tenant-domain',
  );
});

test('two customers of one name are ambiguous', () => {
  const twin = customer('twin', { name: 'Alpha GmbH' });
  expect(judge({ notice: { organization: 'Alpha' } }, [alpha, twin])).toBe('ambiguous');
});

test('our own address in To says nothing about the customer', () => {
  const ours = customer('ours', { otherDomains: ['partner.example'] });
  expect(judge({ to: ['support@partner.example'] }, [ours])).toBe('none');
  expect(matchKeys(inputOf({ to: ['Support@partner.example'] })).addresses).toEqual([]);
});

test('a shared domain is no key, and no evidence even where a record lists it', () => {
  const keys = matchKeys(inputOf({ forwarder: 'a@gmail.com', to: ['b@outlook.com'] }));
  expect(keys.domains).toEqual([]);
  expect(keys.addresses).toEqual(['a@gmail.com', 'b@outlook.com']);
  expect(
    judge({ forwarder: 'a@gmail.com' }, [customer('x', { otherDomains: ['gmail.com'] })]),
  ).toBe('none');
});

test('as many candidates as are compared are too many', () => {
  const many = Array.from({ length: candidatesMax }, (_, n) =>
    customer(`c${n}`, { tenantDomain: 'many.example' }),
  );
  const question = { notice: { tenantDomain: 'many.example' } };
  expect(judge(question, many)).toBe('ambiguous');
  expect(judge(question, many.slice(0, 1))).toBe('c0 by tenant-domain');
});

test('a mail with many recipients asks for a bounded number of keys', () => {
  const to = Array.from({ length: 500 }, (_, n) => `a${n}@d${n}.example`);
  const keys = matchKeys(inputOf({ to, forwarder: 'z@z.example' }));
  expect(keys.addresses).toHaveLength(matchKeysMax);
  expect(keys.domains).toHaveLength(matchKeysMax);
  expect(keys.addresses[0]).toBe('z@z.example');
});

test('more evidence is a higher score, and never more than one', () => {
  const score = (question: Question): number => {
    const result = judgeMatch([alpha], inputOf(question));
    return result.kind === 'unique' ? result.match.score : Number.NaN;
  };
  const weak = score({ notice: { organization: 'alpha' } });
  const strong = score({
    notice: { organization: 'alpha', subscriptionId: id(1), tenantId: id(101) },
  });
  expect(weak).toBeLessThan(strong);
  expect(strong).toBeLessThanOrEqual(1);
});

describe('names that are only alike', () => {
  const austria = customer('austria', { name: 'Contoso Austria GesmbH' });
  const germany = customer('germany', {
    name: 'Contoso Germany GmbH',
    contacts: [{ address: 'gerda@contoso.example' }],
  });
  const forwarder = 'gerda@contoso.example';
  const asked = (organization: string, candidates: readonly Customer[], similar = all) =>
    answer(judgeMatch(candidates, inputOf({ notice: { organization }, forwarder }), similar));

  test('point to nobody by themselves', () => {
    const input = inputOf({ notice: { organization: 'Contosso Austria' } });
    expect(answer(judgeMatch([], input, [austria]))).toBe('none');
  });

  test('are told to the desk', () => {
    const input = inputOf({ notice: { organization: 'Contosso Austria' } });
    expect(judgeMatch([], input, [austria]).evidence).toContainEqual({
      stage: 'match',
      code: 'candidate',
      detail: expect.stringContaining('austria (Contoso Austria GesmbH): organization-similar'),
    });
  });

  test('support whom the forwarder points to', () => {
    expect(asked('Contoso Germanny', [germany])).toBe('germany by contact, organization-similar');
  });

  test('contradict him where another is clearly more alike', () => {
    expect(asked('Contoso Austria Gruppe AT', [germany], [austria])).toBe('conflict');
    expect(asked('Contoso Austria Gruppe AT', [germany], [])).toBe('germany by contact');
  });

  test('do not contradict an id or domain of the notice', () => {
    const named = { ...germany, tenantId: id(77) };
    const notice = { organization: 'Contoso Austria AT', tenantId: id(77) };
    expect(answer(judgeMatch([named], inputOf({ notice, forwarder }), [austria]))).toBe(
      'germany by tenant-id, contact',
    );
  });

  test.each([
    ['nothing says whose it is', { organization: 'Contoso AT' }, [], 'contoso at'],
    ['only the forwarder does', { organization: 'Contoso AT' }, [germany], 'contoso at'],
    ['the very name does', { organization: 'Contoso Germany' }, [germany], undefined],
    ['the notice has no name', {}, [germany], undefined],
    ['the name is nothing but signs', { organization: '!!!' }, [germany], undefined],
    ['an id does', { organization: 'Contoso AT', tenantId: id(101) }, [alpha], undefined],
  ] as const)('are asked for where needed: %s', (_, notice, candidates, expected) => {
    expect(similarName(candidates, inputOf({ notice, forwarder }))).toBe(expected);
  });
});

describe('companies of one family, and names that only look alike', () => {
  const forwarder = 'kim@contoso.example';
  const at = (organization: string, ...among: Customer[]): string =>
    judge({ notice: { organization }, forwarder }, among);
  const record = (name: string, changes: Partial<Customer> = {}) =>
    customer(name, { name, contacts: [{ address: forwarder }], ...changes });
  const other = (name: string) => customer(name, { name, tenantDomain: 'other.example' });

  test.each([
    ['Contoso AG', 'Contoso Holding AG'],
    ['Bosch GmbH', 'Bosch Stiftung'],
    ['Contoso GmbH', 'Contoso KG'],
    ['Contoso Ltd', 'Contoso Inc.'],
    ['Contoso', 'Contoso Group'],
  ])('a contact of “%s” forwards the notice of “%s”, which is a customer too', (own, notices) => {
    expect(at(notices, record(own), other(notices))).toBe('conflict');
    expect(at(own, record(own), other(notices))).toMatch(/ by contact, organization-name$/);
  });

  test('a name without its legal form is that of the one whom the forwarder belongs to', () => {
    expect(at('Contoso', record('Contoso GmbH'), other('Contoso KG'))).toBe(
      'Contoso GmbH by contact, organization-name',
    );
  });

  test.each([
    ['ART Consulting', 'Hartmann AG', 'hartmann.example'],
    ['Beta Com Ltd', 'Alpha', 'alpha.com'],
    ['Northwind Traders Services', 'Alpha Software Services', 'alpha.example'],
    ['Example Trading', 'Alpha', 'alpha.example'],
  ])('“%s” is not “%s” at %s', (organization, name, tenantDomain) => {
    expect(at(organization, record(name, { tenantDomain }))).toBe('conflict');
  });

  test.each([
    ['Northwind Intl', 'NWT Ltd', 'northwindtraders.example'],
    ['North Wind Traders', 'NWT Ltd', 'north-wind-traders.example'],
    ['Alpha Vineyards', 'Alpha Wines', 'wines.example'],
    ['北京公司', '北京', 'beijing.example'],
  ])('“%s” may well be “%s” at %s', (organization, name, tenantDomain) => {
    expect(at(organization, record(name, { tenantDomain }))).toMatch(/ by contact/);
  });
});

describe('what speaks against a customer', () => {
  const candidate = (question: Question, among: readonly Customer[] = [alpha]) =>
    judgeMatch(among, inputOf(question)).evidence.find(({ code }) => code === 'candidate')?.detail;

  test.each([
    ['another tenant', { notice: { tenantId: id(9) } }, 'tenant-id'],
    ['a domain that is not its own', { notice: { tenantDomain: 'x.example' } }, 'tenant-domain'],
    [
      'a subscription that is not its own',
      { notice: { subscriptionId: id(9) } },
      'subscription-id',
    ],
    ['another name', { notice: { organization: 'Omega' } }, 'organization-name'],
  ] as const)('is said with it: %s', (_, question, expected) => {
    const detail = candidate({ ...question, forwarder: 'ann@alpha.example' });
    expect(detail).toContain(`against: ${expected};`);
    const without = candidate({ forwarder: 'ann@alpha.example' });
    expect(without).not.toContain('against');
    expect(scoreIn(detail)).toBeLessThan(scoreIn(without));
  });

  test('a subscription that the record may not know yet is no denial', () => {
    const unsure = { ...alpha, subscriptions: [{ product: 'x' }] };
    const question = { notice: { subscriptionId: id(9) }, forwarder: 'ann@alpha.example' };
    expect(candidate(question, [unsure])).not.toContain('against');
  });

  const scoreIn = (detail: string | undefined): number =>
    Number(/score ([\d.]+)/.exec(detail ?? '')?.[1]);
});

test.each([
  ['Müller & Söhne GmbH', 'muller sohne'],
  ['MULLER SOHNE', 'muller sohne'],
  ['Litware, Inc.', 'litware'],
  ['Contoso Ltd', 'contoso'],
  ['Ｃontoso', 'contoso'],
  ['Straße AG', 'strasse'],
  ['Søndergård A/S', 'sondergard'],
  ['Łódź Sp. z o.o.', 'lodz'],
  ['Kováč s.r.o.', 'kovac'],
  ['Işık Ltd. Şti.', 'isik'],
  ['株式会社コントソ', 'コントソ'],
  ['コントソ(株)', 'コントソ'],
  ['北京某某有限公司', '北京某某'],
  ['D B Design', 'd b design'],
  ['S&A Design', 's a design'],
  ['AG', 'ag'],
  ['  ', ''],
  ['!!!', ''],
])('“%s” is known as “%s”', (name, expected) => {
  expect(normalizeOrganization(name)).toBe(expected);
});
