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
import { openStore } from '../../src/store/open.ts';
import { customerOf, noon } from '../conformance/samples.ts';
import { whyNoCertificate } from '../support/certificate.ts';
import {
  answer,
  type FakeMicrosoft,
  type FakeTenant,
  loginError,
  startMicrosoft,
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

  test('one tenant without consent does not keep out the others', async () => {
    await load(contoso);
    microsoft.fail(`/${tenantOf(1)}/oauth2/`, loginError('65001'));
    const { code, out } = await run({ source: 'graph' });
    expect(code).toBe(0);
    expect(out).toContain(`1 added\n  + ${tenantOf(4)}`);
    expect(out).toContain('1 tenants that cannot be read');
    expect(out).toMatch(/AADSTS65001\)\. nobody has consented for this tenant/);
  });

  test('settings without a login, and a source that is not there, end with their mend', async () => {
    await expect(run({ source: 'crm' })).rejects.toMatchObject({ code: 'USAGE', exitStatus: 2 });
    writeFileSync(join(folder, 'responder.yaml'), 'partner: { name: F, signature: D }\n');
    await expect(run()).rejects.toMatchObject({ code: 'SETTINGS_INVALID', exitStatus: 2 });
  });
});
