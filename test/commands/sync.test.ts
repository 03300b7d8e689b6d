/**
 * `sync` over a real embedded store and an HTTPS server that answers as Partner Center, Graph and the login do.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type SyncOptions, syncCommand } from '../../src/commands/sync.ts';
import type { Customer } from '../../src/core/customer.ts';
import { apiRequestsPerMinute } from '../../src/core/limits.ts';
import { openStore } from '../../src/store/open.ts';
import { customerOf, noon } from '../conformance/samples.ts';
import { makeCertificate, whyNoCertificate } from '../support/certificate.ts';
import {
  answer,
  type FakeMicrosoft,
  type FakeTenant,
  loginError,
  startMicrosoft,
  truncated,
} from '../support/microsoft-server.ts';
import { byTest } from '../support/origin.ts';

const partner = '0a1b2c3d-0000-4000-8000-000000000001';
const tenantOf = (digit: number) => `${digit}0000000-1111-4111-8111-111111111111`;
const standard = 'Microsoft 365 Business Standard';

const sold = (id: string, status = 'active', quantity = 22): object => ({
  id,
  offerId: 'o',
  offerName: standard,
  friendlyName: 'Their own name for it',
  quantity,
  unitType: 'Licenses',
  status,
  isTrial: false,
  billingType: 'license',
});
const sku = (totalUnits: number, consumedUnits: number): object => ({
  productSku: { id: 's', name: standard, skuPartNumber: 'O365_BUSINESS_PREMIUM' },
  totalUnits,
  consumedUnits,
  suspendedUnits: 0,
  capabilityStatus: 'Enabled',
});
const owned = (id: string, status: string, more: object = {}): object => ({
  id: `graph-${id}`,
  commerceSubscriptionId: id,
  skuId: 'sku-1',
  skuPartNumber: 'O365_BUSINESS_PREMIUM',
  status,
  totalLicenses: 22,
  isTrial: false,
  ownerTenantId: null,
  ...more,
});

/** Contoso moves, Northwind is known by its domain only, Tailspin only buys at the partner, Wingtip is unknown. */
const tenants: readonly FakeTenant[] = [
  {
    id: tenantOf(1),
    name: 'CONTOSO LTD',
    domain: 'contoso.onmicrosoft.example',
    customDomains: ['contoso.example'],
    relationship: 'reseller',
    sold: [sold('csp-1')],
    skus: [sku(44, 22)],
    owned: [
      owned('adv-1', 'Enabled'),
      owned('csp-1', 'Enabled', { ownerTenantId: partner }),
      owned('free', 'Enabled', { skuPartNumber: 'FLOW_FREE', skuId: 'sku-9' }),
    ],
    graphSkus: [{ skuId: 'sku-1', consumedUnits: 22 }],
  },
  {
    id: tenantOf(2),
    name: 'Northwind',
    domain: 'northwind.onmicrosoft.example',
    relationship: 'advisor',
  },
  {
    id: tenantOf(3),
    name: 'Tailspin',
    domain: 'tailspin.onmicrosoft.example',
    relationship: 'reseller',
    sold: [sold('csp-3')],
    skus: [sku(22, 20)],
  },
  {
    id: tenantOf(4),
    name: 'Wingtip',
    domain: 'wingtip.onmicrosoft.example',
    owned: [owned('adv-4', 'Warning')],
  },
];

const contoso: Customer = {
  ...customerOf('C-1'),
  name: 'Contoso',
  tenantId: tenantOf(1),
  locale: 'de',
  subscriptions: [{ product: 'Office 365 Business Premium', licensesAssigned: 20 }],
};
const northwind: Customer = {
  ...customerOf('C-2'),
  tenantDomain: 'northwind.onmicrosoft.example',
  subscriptions: [{ product: standard }],
};

describe.skipIf(whyNoCertificate() !== undefined)('sync', () => {
  let folder: string;
  let microsoft: FakeMicrosoft;
  let pauses: number[];
  let nowMs: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sync-'));
    microsoft = await startMicrosoft(tenants);
    pauses = [];
    nowMs = 0;
    writeFileSync(join(folder, 'ca.pem'), microsoft.ca);
    writeSettings();
  });
  afterEach(async () => {
    await microsoft.close();
    rmSync(folder, { recursive: true });
  });

  function writeSettings(more = 'clientSecret: { env: SYNC_SECRET }'): void {
    const { url } = microsoft;
    writeFileSync(
      join(folder, 'responder.yaml'),
      `partner: { name: Fabrikam, signature: Desk }
sync:
  tenantId: ${partner}
  clientId: 0a1b2c3d-0000-4000-8000-000000000002
  ${more}
  loginUrl: ${url}
  partnerCenterUrl: ${url}
  graphUrl: ${url}
  caFile: ca.pem
`,
    );
  }

  async function run(options: SyncOptions = {}, env: Record<string, string> = {}) {
    const out: string[] = [];
    const err: string[] = [];
    const code = await syncCommand(
      { config: 'responder.yaml', ...options },
      {
        stdin: Readable.from([]),
        stdout: { write: (text) => out.push(text) },
        stderr: { write: (text) => err.push(text) },
        env: { SYNC_SECRET: 's3cret-value', ...env },
        cwd: folder,
      },
      {
        now: () => nowMs,
        pause: async (ms) => {
          pauses.push(ms);
          nowMs += ms;
        },
        random: () => 0.5,
      },
    );
    return { code, out: out.join(''), err: err.join('') };
  }

  async function inStore<Result>(
    use: (store: Awaited<ReturnType<typeof openStore>>['store']) => Promise<Result>,
  ): Promise<Result> {
    const { store } = await openStore({ dataDir: join(folder, 'data') });
    try {
      return await use(store);
    } finally {
      await store.close();
    }
  }
  const load = (...customers: Customer[]) =>
    inStore((store) =>
      store.importCustomers(customers, { dryRun: false, at: noon, origin: byTest }),
    );
  const find = (id: string) => inStore((store) => store.findCustomer(id));

  test('both sources are merged: what changed is told field by field, a second run changes nothing', async () => {
    await load(contoso, northwind);
    const first = await run();
    expect([first.code, first.err]).toEqual([0, '']);
    expect(first.out).toContain(`partner-center
0 added
2 changed
  ~ C-1
`);
    expect(first.out).toContain('subscriptions[0].cspStatus: (unknown) -> "active"');
    expect(first.out).toContain('1 unknown tenants with nothing to move');
    expect(first.out).toContain(`graph
1 added
  + ${tenantOf(4)}
1 changed
`);
    expect(await find('C-1')).toEqual({
      ...contoso,
      tenantDomain: 'contoso.onmicrosoft.example',
      otherDomains: ['contoso.example'],
      country: 'DE',
      partnerApproved: true,
      subscriptions: [
        {
          product: 'Office 365 Business Premium',
          licensesAssigned: 20,
          licensesTotal: 22,
          advisorSubscriptionId: 'adv-1',
          advisorStatus: 'active',
          cspSubscriptionId: 'csp-1',
          cspStatus: 'active',
        },
      ],
    });
    expect(await find('C-2')).toMatchObject({
      tenantId: tenantOf(2),
      partnerApproved: false,
      approvalLink: 'https://partner.example/accept',
    });
    expect(await find(tenantOf(4))).toMatchObject({
      name: 'Wingtip',
      subscriptions: [{ advisorStatus: 'expired' }],
    });
    expect(await find(tenantOf(3))).toBeUndefined();

    const second = await run();
    expect(second.out).toContain('partner-center\n0 added\n0 changed\n2 unchanged\n');
    expect(second.out).toContain('graph\n0 added\n0 changed\n2 unchanged\n');
  });

  test('licenses are assigned to the new one for sure only where nothing else has units', async () => {
    microsoft.tenants.splice(0, 1, {
      ...tenants[0],
      id: tenantOf(1),
      skus: [sku(22, 21)],
    } as FakeTenant);
    await load(contoso);
    await run({ source: 'partner-center' });
    expect((await find('C-1'))?.subscriptions[0]).toMatchObject({ cspLicensesAssigned: 21 });
  });

  test('the old one is cancelled once its own state says so', async () => {
    await load(contoso);
    await run();
    const [first] = microsoft.tenants;
    const cancelled = [
      owned('adv-1', 'Suspended'),
      owned('csp-1', 'Enabled', { ownerTenantId: partner }),
    ];
    if (first !== undefined) microsoft.tenants[0] = { ...first, owned: cancelled };
    await run({ source: 'graph' });
    expect((await find('C-1'))?.subscriptions[0]).toMatchObject({
      advisorStatus: 'cancelled',
      cspStatus: 'active',
      cspLicensesAssigned: 22,
    });
  });

  test('a dry run says the same and writes nothing', async () => {
    await load(contoso);
    const { out } = await run({ dryRun: true });
    expect(out).toContain('1 changed\n  ~ C-1\n');
    expect(out).toContain('Nothing was written (--dry-run).\n');
    expect(await find('C-1')).toEqual(contoso);
    expect(await inStore((store) => store.findSyncRun('graph'))).toBeUndefined();
  });

  test('a run that breaks off keeps what was merged, and the next one goes on from there', async () => {
    await load(contoso, northwind);
    microsoft.fail(`/v1/customers/${tenantOf(3)}`, answer(200, 'not JSON'));
    const broken = await run({ source: 'partner-center' });
    expect(broken.code).toBe(1);
    expect(broken.out).toContain('2 changed');
    expect(broken.err).toMatch(/^partner-center broke off\. .*the answer is no JSON/);
    expect((await find('C-1'))?.partnerApproved).toBe(true);
    expect(await inStore((store) => store.findSyncRun('partner-center'))).toMatchObject({
      mark: tenantOf(2),
      changed: 2,
      error: expect.stringContaining('no JSON'),
    });
    microsoft.requests.length = 0;
    const resumed = await run({ source: 'partner-center' });
    expect(resumed.code).toBe(0);
    expect(resumed.out).toContain('partner-center, from where the last run broke off');
    expect(microsoft.requests.filter((one) => one.includes(tenantOf(1)))).toEqual([]);
    expect(microsoft.requests.filter((one) => one.includes(tenantOf(3)))).toHaveLength(3);
    microsoft.requests.length = 0;
    await run({ source: 'partner-center' });
    expect(microsoft.requests.filter((one) => one.includes(tenantOf(1)))).toHaveLength(3);
  });

  test('the pace stays below what is allowed, and what is asked for is waited for', async () => {
    const limited = { statusCode: 429, message: 'Rate limit is exceeded.' };
    microsoft.fail(
      '/v1/customers?',
      answer(429, limited, { 'Retry-After': '57' }),
      answer(503, 'busy', { 'Retry-After': new Date(Date.now() + 90_000).toUTCString() }),
    );
    expect((await run({ source: 'partner-center' })).code).toBe(0);
    expect(pauses).toContain(57_000);
    expect(pauses.some((ms) => ms > 80_000 && ms <= 90_000)).toBe(true);
    const waitedForPace = pauses.filter((ms) => ms < 1_000);
    expect(Math.max(...waitedForPace)).toBeLessThanOrEqual(60_000 / apiRequestsPerMinute);
    expect(waitedForPace.length).toBeGreaterThan(microsoft.requests.length - 5);
  });

  test('a server that stumbles is asked again with growing pauses', async () => {
    microsoft.fail('/v1/customers?', answer(500, ''), truncated, answer(502, '<html>'));
    expect((await run({ source: 'partner-center' })).code).toBe(0);
    expect(pauses.filter((ms) => ms >= 1_000)).toEqual([1_000, 2_000, 4_000]);
  });

  test('a server that stays away ends the run', async () => {
    microsoft.fail('/v1/customers?', ...Array.from({ length: 6 }, () => answer(500, '')));
    const { code, err } = await run({ source: 'partner-center' });
    expect([code, err]).toEqual([1, expect.stringMatching(/status 500, 6 times.*\n.*SYNC_FAILED/)]);
  });

  test.each<[string, string, ReturnType<typeof answer>, RegExp]>([
    [
      'a pause that is too long',
      '/v1/customers?',
      answer(429, {}, { 'Retry-After': '86400' }),
      /asks to wait 86400 seconds/,
    ],
    [
      'a next page on a foreign host',
      '/v1/customers?',
      answer(200, {
        items: [],
        links: { next: { uri: 'https://evil.example/v1/customers', headers: [] } },
      }),
      /next page on evil\.example.*not followed/,
    ],
    [
      'another shape',
      '/v1/customers?',
      answer(200, { items: [{ id: 7 }] }),
      /another shape.*\n {2}items\.0\.id: /,
    ],
    ['no access', '/v1/customers?', answer(403, {}), /access is refused.*\n.*SYNC_REFUSED/],
    [
      'a login without a second factor',
      '/v1/customers?',
      answer(401, { error: { code: '900421' } }),
      /no second factor.*\n {2}900421: sign in once more/,
    ],
  ])('%s ends the run and is named', async (_name, path, fault, sentence) => {
    microsoft.fail(path, fault);
    const { code, err } = await run({ source: 'partner-center' });
    expect([code, err]).toEqual([1, expect.stringMatching(sentence)]);
    expect(pauses.filter((ms) => ms > 1_000)).toEqual([]);
  });

  test('a token that is not taken is replaced once', async () => {
    microsoft.fail('/v1/customers?', answer(401, {}));
    expect((await run({ source: 'partner-center' })).code).toBe(0);
    expect(microsoft.logins).toHaveLength(2);
    microsoft.fail('/v1/customers?', answer(401, {}), answer(401, {}));
    expect((await run({ source: 'partner-center' })).err).toContain('the token is not accepted');
  });

  test('one tenant without consent does not keep out the others', async () => {
    await load(contoso);
    microsoft.fail(`/${tenantOf(1)}/oauth2/`, loginError('65001'));
    const { code, out } = await run({ source: 'graph' });
    expect(code).toBe(0);
    expect(out).toContain(`1 added\n  + ${tenantOf(4)}`);
    expect(out).toContain('1 tenants that cannot be read');
    expect(out).toMatch(/AADSTS65001\)\. nobody has consented for this tenant/);
  });

  test.each([
    ['7000222', /the client secret has expired/],
    ['700082', /the refresh token has expired/],
    ['50076', /multi-factor authentication is missing/],
  ])('AADSTS%s is told with its mend, and no secret', async (number, mend) => {
    microsoft.fail(`/${partner}/oauth2/`, loginError(number));
    const { code, err, out } = await run({ source: 'partner-center' });
    expect(code).toBe(1);
    expect(err).toMatch(new RegExp(`failed \\(AADSTS${number}\\)`));
    expect(err).toMatch(mend);
    expect(err + out).not.toContain('s3cret');
  });

  test('every request says who asks and carries its own id', async () => {
    await run({ source: 'partner-center' });
    const ids = microsoft.headers.map((headers) => headers['ms-requestid']);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(microsoft.headers.map((one) => one['ms-correlationid'])).size).toBe(1);
    expect(microsoft.headers.every((one) => one['ms-contract-version'] === 'v1')).toBe(true);
    const [login] = microsoft.logins;
    expect(login?.get('grant_type')).toBe('client_credentials');
    expect(login?.get('scope')).toContain(`${microsoft.url}/.default`);
    // One token serves the whole run.
    expect(microsoft.logins).toHaveLength(1);
  });

  test('a stored consent logs in with its refresh token, and an app with its certificate', async () => {
    writeSettings('clientSecret: { env: SYNC_SECRET }\n  refreshToken: { env: SYNC_TOKEN }');
    expect((await run({ source: 'partner-center' }, { SYNC_TOKEN: 'r3fresh' })).code).toBe(0);
    expect(microsoft.logins[0]?.get('grant_type')).toBe('refresh_token');
    expect(microsoft.logins[0]?.get('refresh_token')).toBe('r3fresh');
    const { key, cert } = makeCertificate();
    writeFileSync(join(folder, 'login.pem'), `${key}${cert}`);
    writeSettings('certificate: { file: login.pem }');
    const wrongKind = await run({ source: 'partner-center' });
    expect(wrongKind.code).toBe(1);
  });

  test('settings without a login, and a source that is not there, end with their mend', async () => {
    await expect(run({ source: 'crm' })).rejects.toMatchObject({ code: 'USAGE', exitStatus: 2 });
    writeFileSync(join(folder, 'responder.yaml'), 'partner: { name: F, signature: D }\n');
    await expect(run()).rejects.toMatchObject({ code: 'SETTINGS_INVALID', exitStatus: 2 });
  });
});
