/**
 * `import --profile` over a real embedded store: what Partner Center's own files add to the records.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importCommand } from '../../src/commands/import.ts';
import type { ImportOptions } from '../../src/commands/import-options.ts';
import type { Customer } from '../../src/core/customer.ts';
import { openStore } from '../../src/store/open.ts';

const tenant = '11111111-2222-4333-8444-000000000001';
const direct = '11111111-2222-4333-8444-0000000000d1';
const sold = '11111111-2222-4333-8444-0000000000c1';
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'import-profile-'));
  writeFileSync(join(folder, 'responder.yaml'), 'partner: { name: Fabrikam, signature: Desk }\n');
  const records = `customer_id,customer_name,tenant_id,product,contacts
C-1,Contoso,${tenant},Office 365 E3,ana@contoso.example
`;
  writeFileSync(join(folder, 'customers.csv'), records);
  await run('customers.csv');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(file: string, options: Partial<ImportOptions> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await importCommand(
    { file, config: 'responder.yaml', ...options },
    {
      stdin: Readable.from([]),
      stdout: { write: (text) => out.push(text) },
      stderr: { write: (text) => err.push(text) },
      env: {},
      cwd: folder,
    },
  );
  return { code, out: out.join(''), err: err.join('') };
}

async function importText(text: string, profile: string, options: Partial<ImportOptions> = {}) {
  writeFileSync(join(folder, 'export.txt'), text);
  return run('export.txt', { profile, ...options });
}

async function contoso(): Promise<Customer | undefined> {
  const { store } = await openStore({ dataDir: join(folder, 'data') });
  try {
    return await store.findCustomer('C-1');
  } finally {
    await store.close();
  }
}

const subscriptions = (...rows: readonly string[]): string =>
  [
    'SubscriptionId\tSubscriptionState\tCustomerTenantId\tSalesChannel\tSKU\tMonth\tCustomerName',
    ...rows,
  ].join('\n');

describe('the customers of Partner Center', () => {
  const list = `Microsoft ID,Company name,Primary domain name,Relationship
${tenant},Contoso Ltd,contoso.onmicrosoft.com,Cloud Reseller
11111111-2222-4333-8444-000000000002,Tailspin,tailspin.onmicrosoft.com,Cloud Reseller
`;

  test('a dry run says what would be added and writes nothing', async () => {
    const { code, out } = await importText(list, 'partner-center-customers', { dryRun: true });
    expect(code).toBe(0);
    expect(out).toContain('1 changed\n  ~ C-1\n');
    expect(out).toContain('tenantDomain: (unknown) -> "contoso.onmicrosoft.com"');
    expect(out).toContain('1 unknown tenants with nothing to move\n');
    expect(await contoso()).not.toHaveProperty('tenantDomain');
  });

  test('add to the record, keep what people wrote, and name who did it', async () => {
    await importText(list, 'partner-center-customers', { by: 'maria' });
    expect(await contoso()).toMatchObject({
      name: 'Contoso',
      tenantDomain: 'contoso.onmicrosoft.com',
      partnerApproved: true,
      contacts: [{ address: 'ana@contoso.example' }],
    });
    const { store } = await openStore({ dataDir: join(folder, 'data') });
    const [entry] = await store.listHistory('C-1', 1);
    await store.close();
    expect(entry?.origin).toEqual({ source: 'import', from: 'export.txt', by: 'maria' });
  });

  test('again change nothing, and are not wiped out by the customers file', async () => {
    expect((await importText(list, 'partner-center-customers')).out).toContain('0 changed\n');
    expect((await run('customers.csv')).out).toContain('1 unchanged\n');
    expect(await contoso()).toMatchObject({ partnerApproved: true });
  });
});

describe('the subscriptions of Partner Center', () => {
  test('join the old and the new one of a product to its row', async () => {
    const { out } = await importText(
      subscriptions(
        `${direct}\tActive\t${tenant}\tDirect\tOffice 365 E3\t2026-11-01\tContoso`,
        `${sold}\tActive\t${tenant}\tCSP\tOffice 365 E3\t2026-11-01\tContoso`,
      ),
      'partner-center-subscriptions',
    );
    expect(out).toContain('1 changed\n');
    expect((await contoso())?.subscriptions).toEqual([
      expect.objectContaining({
        advisorSubscriptionId: direct,
        advisorStatus: 'active',
        cspSubscriptionId: sold,
        cspStatus: 'active',
      }),
    ]);
  });

  test('seats assigned go to the subscription that a record has', async () => {
    const { out } = await importText(
      `SubscriptionID\tAssignedSeats\tMonth
${sold}\t17\t2026-11-01
11111111-2222-4333-8444-0000000000ff\t3\t2026-11-01
`,
      'partner-center-reseller-performance',
    );
    expect(out).toContain('1 subscriptions that no record has\n');
    expect((await contoso())?.subscriptions[0]?.cspLicensesAssigned).toBe(17);
  });

  test('a bad row keeps everything out, and with --skip-bad its customer', async () => {
    const rows = subscriptions(`${direct}\tActive\tnowhere\tDirect\tE3\t2026-11-01\tX`);
    const { code, out, err } = await importText(rows, 'partner-center-subscriptions');
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^line 2, column CustomerTenantId: "nowhere": /);
    expect(err).toContain('Nothing was imported. Correct the rows above');
    const skipping = await importText(rows, 'partner-center-subscriptions', { skipBad: true });
    expect([skipping.code, skipping.err]).toEqual([
      1,
      expect.stringContaining('no row holds a fact'),
    ]);
  });
});

test('an unknown profile, and what does not go with one, is told before anything is opened', async () => {
  const usage = { code: 'USAGE', exitStatus: 2 };
  await expect(importText('', 'excel')).rejects.toMatchObject({
    ...usage,
    message: expect.stringContaining('partner-center-customers'),
  });
  const asked = { replace: true };
  await expect(importText('', 'partner-center-customers', asked)).rejects.toMatchObject(usage);
});

test('a customers file is not one of Partner Center', async () => {
  await expect(run('customers.csv', { profile: 'partner-center-customers' })).rejects.toMatchObject(
    {
      code: 'CUSTOMERS_INVALID',
    },
  );
});
