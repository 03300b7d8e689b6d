/**
 * Partner Center and Graph as sources, over HTTPS: pace, pauses, faults, logins. Nothing here waits.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSources } from '../../src/commands/sync-sources.ts';
import {
  apiAnswerBytesMax,
  apiRequestsPerMinute,
  refusedCustomersMax,
} from '../../src/core/limits.ts';
import type { CustomerFacts } from '../../src/core/record-facts.ts';
import { httpsSender } from '../../src/edges/https-request.ts';
import { faultOfCertificate } from '../../src/edges/login-certificate.ts';
import { retryAfterMs } from '../../src/edges/microsoft-http.ts';
import type { SyncSettings } from '../../src/edges/settings.ts';
import { ResponderError } from '../../src/errors.ts';
import { makeCertificate, whyNoCertificate } from '../support/certificate.ts';
import {
  answer,
  type FakeMicrosoft,
  type FakeTenant,
  type Fault,
  loginError,
  never,
  startMicrosoft,
  truncated,
} from '../support/microsoft-server.ts';

const partner = '0a1b2c3d-0000-4000-8000-000000000001';
const tenantOf = (digit: number) => `${digit}0000000-1111-4111-8111-111111111111`;
const tenants = [3, 1, 2].map(
  (digit): FakeTenant => ({
    id: tenantOf(digit),
    name: `Tenant ${digit}`,
    domain: `t${digit}.onmicrosoft.example`,
    relationship: 'reseller',
    owned: [],
  }),
);

const sold = (more: object = {}): object => ({
  id: 'CSP-1',
  offerName: 'E3',
  quantity: 20,
  status: 'active',
  isTrial: false,
  ...more,
});
const units = (more: object = {}): object => ({
  productSku: { name: 'E3' },
  totalUnits: 20,
  consumedUnits: 18,
  suspendedUnits: 0,
  ...more,
});
const owned = (more: object = {}): object => ({
  id: 'g-1',
  commerceSubscriptionId: 'ADV-1',
  skuId: 's',
  skuPartNumber: 'ENTERPRISEPACK',
  status: 'Enabled',
  totalLicenses: 20,
  isTrial: false,
  ownerTenantId: null,
  ...more,
});

describe('a pause that is asked for', () => {
  test.each([
    ['57', 57_000],
    ['Thu, 26 Nov 2026 12:01:00 GMT', 60_000],
    ['Thu, 26 Nov 2026 11:00:00 GMT', 0],
    ['soon', 0],
    [undefined, 0],
  ])('%s', (value, ms) => {
    expect(retryAfterMs(value, Date.parse('2026-11-26T12:00:00Z'))).toBe(ms);
  });
});

describe.skipIf(whyNoCertificate() !== undefined)('the sources', () => {
  let microsoft: FakeMicrosoft;
  let pauses: number[];
  let nowMs: number;
  let skipped: string[];
  /** When each request went out, by the clock that only pauses move. */
  let sentAt: number[];

  beforeEach(async () => {
    microsoft = await startMicrosoft(tenants);
    [pauses, nowMs, skipped, sentAt] = [[], 0, [], []];
  });
  afterEach(() => microsoft.close());

  interface Taken {
    readonly facts: readonly CustomerFacts[];
    readonly error?: ResponderError;
  }

  async function take(
    only: 'partner-center' | 'graph',
    more: Partial<SyncSettings> = {},
    options: { readonly after?: string; readonly timeoutMs?: number } = {},
  ): Promise<Taken> {
    const { url, ca } = microsoft;
    const send = httpsSender(
      options.timeoutMs === undefined ? { ca } : { ca, timeoutMs: options.timeoutMs },
    );
    const [source] = openSources({
      only,
      sync: {
        everyMinutes: 0,
        sources: ['partner-center', 'graph'],
        tenantId: partner,
        clientId: '0a1b2c3d-0000-4000-8000-000000000002',
        clientSecret: 's3cret-value',
        distributorTenantIds: [],
        ...{ loginUrl: url, partnerCenterUrl: url, graphUrl: url, ca },
        ...more,
      },
      world: {
        now: () => nowMs,
        pause: async (ms) => {
          pauses.push(ms);
          nowMs += ms;
        },
        random: () => 0.5,
        send: (target, request) => {
          if (/^\/v1/.test(target.pathname)) sentAt.push(nowMs);
          return send(target, request);
        },
      },
      onSkipped: (tenantId, { code }) => skipped.push(`${tenantId} ${code}`),
    });
    const facts: CustomerFacts[] = [];
    try {
      for await (const one of source?.facts(options.after) ?? []) facts.push(one.facts);
      return { facts };
    } catch (error) {
      if (!(error instanceof ResponderError)) throw error;
      return { facts, error };
    }
  }
  const told = ({ message, details, code }: ResponderError) =>
    [message, ...details, code].join('\n');
  const only = async (source: 'partner-center' | 'graph', tenant: Partial<FakeTenant>) => {
    const [first] = tenants;
    if (first === undefined) throw new Error('no tenant');
    microsoft.tenants.splice(0, 3, { ...first, ...tenant });
    return (await take(source)).facts[0];
  };

  test.each(['partner-center', 'graph'] as const)(
    '%s: all pages, each tenant once, in an order that stays, and from a mark on',
    async (name) => {
      const ids = (taken: Taken) => taken.facts.map(({ tenantId }) => tenantId);
      expect(ids(await take(name))).toEqual([1, 2, 3].map(tenantOf));
      expect(ids(await take(name, {}, { after: tenantOf(2) }))).toEqual([tenantOf(3)]);
    },
  );

  test.each([
    ['active', 'active'],
    ['pending', 'ordered'],
    ['suspended', 'suspended'],
    ['expired', 'none'],
    ['disabled', 'none'],
    ['deleted', 'none'],
    ['none', undefined],
    ['of tomorrow', undefined],
  ])('Partner Center: %s is %s', async (status, cspStatus) => {
    const facts = await only('partner-center', { sold: [sold({ status })] });
    expect(facts?.subscriptions[0]?.cspStatus).toBe(cspStatus);
    expect(facts?.subscriptions[0]).toMatchObject({ subscriptionId: 'csp-1', product: 'E3' });
    expect(facts?.complete).toEqual(['csp']);
  });

  test.each<[string, Partial<FakeTenant>, number | undefined]>([
    ['alone', { sold: [sold()], skus: [units()] }, 18],
    ['beside the old one', { sold: [sold()], skus: [units({ totalUnits: 40 })] }, undefined],
    ['beside another new one', { sold: [sold(), sold({ id: 'b' })], skus: [units()] }, undefined],
    ['beside suspended units', { sold: [sold()], skus: [units({ suspendedUnits: 5 })] }, undefined],
    ['more than there are', { sold: [sold()], skus: [units({ consumedUnits: 21 })] }, undefined],
    ['not active', { sold: [sold({ status: 'suspended' })], skus: [units()] }, undefined],
    ['unknown', { sold: [sold()], skus: [] }, undefined],
  ])('Partner Center: licenses assigned %s', async (_name, tenant, count) => {
    const facts = await only('partner-center', tenant);
    expect(facts?.subscriptions[0]?.licensesAssigned).toBe(count);
  });

  test('Partner Center: a trial is no side of the move, and does not count as gone', async () => {
    const facts = await only('partner-center', { sold: [sold({ isTrial: true })] });
    expect(facts).toMatchObject({ subscriptions: [], complete: [] });
  });

  test.each([
    ['reseller', true],
    ['advisor', false],
    ['none', false],
    ['syndication', undefined],
  ])('Partner Center: the relationship %s', async (relationship, isApproved) => {
    const facts = await only('partner-center', { relationship });
    expect(facts?.partnerApproved).toBe(isApproved);
    expect(facts?.approvalLink !== undefined).toBe(isApproved !== true);
  });

  test.each([
    ['Enabled', 'active'],
    ['Warning', 'expired'],
    ['Suspended', 'cancelled'],
    ['Deleted', 'cancelled'],
    ['LockedOut', 'disabled'],
    ['Of tomorrow', undefined],
  ])('Graph: a direct one that is %s is %s', async (status, advisorStatus) => {
    const facts = await only('graph', { owned: [owned({ status })] });
    expect(facts?.subscriptions).toEqual([
      {
        channel: 'direct',
        subscriptionId: 'adv-1',
        product: 'Office 365 E3',
        ...(advisorStatus === undefined ? {} : { advisorStatus }),
        licensesTotal: 20,
      },
    ]);
    expect(facts?.complete).toEqual(['direct']);
    expect(facts?.partnerApproved).toBeUndefined();
  });

  test('Graph: what the partner sold is csp, what others sold is nobody’s side', async () => {
    const facts = await only('graph', {
      owned: [
        owned({ ownerTenantId: partner }),
        owned({ commerceSubscriptionId: 'x', ownerTenantId: tenantOf(9), skuId: 't' }),
        owned({ commerceSubscriptionId: 'y', skuPartNumber: 'NEW_CODE', skuId: 'u' }),
      ],
      graphSkus: [{ skuId: 's', consumedUnits: 18 }],
    });
    expect(facts?.subscriptions).toEqual([
      {
        channel: 'csp',
        subscriptionId: 'adv-1',
        product: 'Office 365 E3',
        cspStatus: 'active',
        licensesAssigned: 18,
      },
      { channel: 'direct', subscriptionId: 'y', advisorStatus: 'active', licensesTotal: 20 },
    ]);
    expect(facts?.complete).toEqual([]);
  });

  test('Graph: while both run, consumed units are nobody’s for sure', async () => {
    const facts = await only('graph', {
      owned: [owned(), owned({ commerceSubscriptionId: 'b', ownerTenantId: partner })],
      graphSkus: [{ skuId: 's', consumedUnits: 18 }],
    });
    expect(facts?.subscriptions.map((one) => one.licensesAssigned)).toEqual([undefined, undefined]);
  });

  test('Partner Center: a customer that is refused is left out; were all refused, it ends', async () => {
    microsoft.fail(`/v1/customers/${tenantOf(1)}/subscriptions`, answer(403, {}));
    const { facts } = await take('partner-center');
    expect(facts.map(({ tenantId }) => tenantId)).toEqual([tenantOf(2), tenantOf(3)]);
    expect(skipped).toEqual([`${tenantOf(1)} SYNC_REFUSED`]);
    const many = Array.from({ length: refusedCustomersMax + 1 }, (_, index) => ({
      ...tenants[0],
      id: tenantOf(1).replace(/^../, String(10 + index)),
    }));
    microsoft.tenants.splice(0, 3, ...(many as FakeTenant[]));
    for (const { id } of microsoft.tenants) microsoft.fail(`/v1/customers/${id}`, answer(404, {}));
    skipped.length = 0;
    expect((await take('partner-center')).error?.code).toBe('SYNC_REFUSED');
    expect(skipped).toHaveLength(refusedCustomersMax);
  });

  test('Graph: a tenant without consent or access is left out, the others are read', async () => {
    microsoft.fail(`/${tenantOf(1)}/oauth2/`, loginError('65001'));
    microsoft.fail('/v1.0/organization', answer(403, {}));
    const { facts } = await take('graph');
    expect(facts.map(({ tenantId }) => tenantId)).toEqual([tenantOf(3)]);
    expect(skipped).toEqual([`${tenantOf(1)} SYNC_LOGIN_FAILED`, `${tenantOf(2)} SYNC_REFUSED`]);
  });

  test('the pace stays below what is allowed, and what is asked for is waited for', async () => {
    const limited = { statusCode: 429, message: 'Rate limit is exceeded.' };
    microsoft.fail(
      '/v1/customers?',
      answer(429, limited, { 'Retry-After': '57' }),
      answer(503, 'busy', { 'Retry-After': new Date(Date.now() + 90_000).toUTCString() }),
    );
    expect((await take('partner-center')).facts).toHaveLength(3);
    expect(pauses).toContain(57_000);
    expect(pauses.some((ms) => ms > 80_000 && ms <= 90_000)).toBe(true);
    const gaps = sentAt.slice(1).map((at, index) => at - (sentAt[index] ?? 0));
    expect(gaps.length).toBeGreaterThan(10);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(60_000 / apiRequestsPerMinute - 0.001);
  });

  test('a server that stumbles is asked again with growing pauses', async () => {
    microsoft.fail('/v1/customers?', answer(500, ''), truncated, answer(502, '<html>'));
    expect((await take('partner-center')).facts).toHaveLength(3);
    expect(pauses.filter((ms) => ms >= 1_000)).toEqual([1_000, 2_000, 4_000]);
  });

  test('an answer that does not come is given up in time and asked for again', async () => {
    microsoft.fail('/v1/customers?', never);
    const { facts } = await take('partner-center', {}, { timeoutMs: 300 });
    expect(facts).toHaveLength(3);
    expect(pauses).toContain(1_000);
  });

  test.each<[string, Fault[], RegExp]>([
    [
      'a server that stays away',
      Array.from({ length: 6 }, () => answer(500, '')),
      /status 500, 6 times/,
    ],
    [
      'a pause that is too long',
      [answer(429, {}, { 'Retry-After': '86400' })],
      /asks to wait 86400 seconds/,
    ],
    [
      'a next page on a foreign host',
      [
        answer(200, {
          items: [],
          links: { next: { uri: 'https://evil.example/v1/customers', headers: [] } },
        }),
      ],
      /next page on evil\.example.*not followed/,
    ],
    [
      'a next page on a host without a scheme',
      [answer(200, { items: [], links: { next: { uri: '//evil.example/', headers: [] } } })],
      /next page on evil\.example/,
    ],
    ['no JSON', [answer(200, '<html>')], /no JSON/],
    ['another shape', [answer(200, { items: [{ id: 7 }] })], /another shape.*\nitems\.0\.id: /],
    [
      'an answer without end',
      [answer(200, ' '.repeat(apiAnswerBytesMax + 1))],
      /with more than \d+ bytes/,
    ],
    ['a redirect', [answer(302, '', { Location: 'https://evil.example/' })], /status 302/],
    ['no access', [answer(403, {})], /access is refused.*\nSYNC_REFUSED/],
    ['no token that is taken', [answer(401, {}), answer(401, {})], /token is not accepted/],
    [
      'a login without a second factor',
      [answer(401, { error: { code: '900421' } })],
      /no second factor.*\n900421: sign in once more/,
    ],
  ])('%s ends the run and is named', async (_name, faults, sentence) => {
    microsoft.fail('/v1/customers?', ...faults);
    const { error } = await take('partner-center');
    expect(error && told(error)).toMatch(sentence);
  });

  test('a token that is not taken is replaced once', async () => {
    microsoft.fail('/v1/customers?', answer(401, {}));
    expect((await take('partner-center')).facts).toHaveLength(3);
    expect(microsoft.logins).toHaveLength(2);
  });

  test.each([
    ['7000222', /the client secret has expired/],
    ['700082', /the refresh token has expired/],
    ['50076', /multi-factor authentication is missing/],
    ['65001', /nobody has consented/],
  ])('AADSTS%s is told with its mend, and no secret', async (number, mend) => {
    microsoft.fail(`/${partner}/oauth2/`, loginError(number));
    const { error } = await take('partner-center');
    expect(error && told(error)).toMatch(new RegExp(`failed \\(AADSTS${number}\\)`));
    expect(error && told(error)).toMatch(mend);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error ?? {}))).not.toContain('s3cret');
  });

  test('a login that cannot be reached is no wrong login', async () => {
    microsoft.fail(`/${partner}/oauth2/`, ...Array.from({ length: 9 }, () => answer(503, 'away')));
    const { error } = await take('partner-center');
    expect(error?.code).toBe('SYNC_FAILED');
    expect(error?.message).toMatch(/^The login at localhost:\d+ cannot be reached/);
  });

  test('every request says who asks and carries its own id; one token serves a run', async () => {
    await take('partner-center');
    const ids = microsoft.headers.map((headers) => headers['ms-requestid']);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(microsoft.headers.map((one) => one['ms-correlationid'])).size).toBe(1);
    expect(microsoft.headers.every((one) => one['ms-contract-version'] === 'v1')).toBe(true);
    expect(microsoft.logins).toHaveLength(1);
    const [login] = microsoft.logins;
    expect(login?.get('grant_type')).toBe('client_credentials');
    expect(login?.get('scope')).toContain(`${microsoft.url}/.default`);
  });

  test('Graph is read with a token of each tenant', async () => {
    await take('graph');
    expect(microsoft.logins).toHaveLength(4);
  });

  test('a stored consent logs in with its refresh token', async () => {
    expect((await take('graph', { refreshToken: 'r3fresh' })).facts).toHaveLength(3);
    expect(microsoft.logins[0]?.get('grant_type')).toBe('refresh_token');
    expect(microsoft.logins[0]?.get('refresh_token')).toBe('r3fresh');
  });

  test('an app logs in with its certificate', async () => {
    const { key, cert } = makeCertificate('rsa');
    const certificate = `${key}${cert}`.replaceAll('\n', '\\n');
    expect(faultOfCertificate(certificate)).toBeUndefined();
    expect((await take('partner-center', { certificate })).facts).toHaveLength(3);
    const [login] = microsoft.logins;
    expect(login?.get('client_assertion')).toMatch(/^eyJ/);
    expect(login?.has('client_secret')).toBe(false);
  });

  test('a certificate of the wrong kind is named without being shown', () => {
    const [ec, one, other] = [makeCertificate(), makeCertificate('rsa'), makeCertificate('rsa')];
    expect(faultOfCertificate(`${ec.key}${ec.cert}`)).toContain('no RSA key');
    expect(faultOfCertificate(`${one.key}${other.cert}`)).toContain('do not belong together');
    expect(faultOfCertificate('s3cret')).toContain('not a private key and a certificate');
  });
});
