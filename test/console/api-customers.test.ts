/**
 * Customers by the API: what a program corrects, adds or hands over is judged as on the screen, overwrites nobody, and
 * is told in the audit log as the program's.
 */
import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { customerDesk } from '../../src/commands/console-customers.ts';
import { buildConsole } from '../../src/console/server.ts';
import type { Customer } from '../../src/core/customer.ts';
import { type Asked, askApi, tokenDoor, writeApi } from '../support/api-client.ts';
import { openTestConsole, type TestConsole } from '../support/console-desk.ts';

const bytesMax = 100_000;
const contoso: Customer = {
  id: 'F-1',
  name: 'Contoso Ltd',
  tenantDomain: 'contoso.example',
  tenantId: 'a1f8098f-a933-5839-8a80-a52b44127a39',
  otherDomains: ['contoso.example.org', 'contoso.example.net'],
  contacts: [
    { name: 'Doe; "Kim"', address: 'kim@contoso.example' },
    { address: 'it@contoso.example' },
  ],
  locale: 'de',
  country: 'DE',
  partnerApproved: true,
  partnerApprovedOn: '2026-10-01',
  approvalLink: 'https://admin.example/approve?a=1',
  accountManager: 'maria@partner.example',
  subscriptions: [
    {
      product: 'Office 365 E3',
      advisorSubscriptionId: 'bd1e2a36-4359-55b6-b7b7-17882b64f632',
      advisorStatus: 'active',
      advisorRenewsOn: '2026-12-01',
      advisorEndsOn: '2026-12-01',
      billing: 'card',
      billingAccount: 'mosa',
      licensesAssigned: 5,
      licensesTotal: 6,
      cspStatus: 'active',
      cspSubscriptionId: '50ec0fc4-7eef-5c81-9156-562950decbad',
      cspLicensesAssigned: 5,
      monthlyCost: '412.50',
      currency: 'EUR',
      transitionStatus: 'open',
    },
    { product: 'Visio' },
  ],
};

let desk: TestConsole;
let app: FastifyInstance;
/** Of these tests only: others hand files over at the same time. */
const uploads = mkdtempSync(join(tmpdir(), 'uploads-'));
process.env.TMPDIR = uploads;
const leftOnDisk = () => readdirSync(uploads);

beforeAll(async () => {
  desk = await openTestConsole({ doors: tokenDoor });
  const customers = customerDesk(desk.wiring, { bytesMax });
  app = await buildConsole({ parts: { ...desk.parts, customers }, doors: tokenDoor });
});
afterAll(async () => {
  await app.close();
  expect(leftOnDisk()).toEqual([]);
  rmdirSync(uploads);
  await desk.close();
});
beforeEach(() =>
  desk.store.importCustomers([contoso], {
    dryRun: false,
    at: desk.desk.now,
    origin: { source: 'import', from: 'test.csv', by: 'test' },
  }),
);

const ask = (url: string, asked?: Asked) => askApi(app, url, asked);
const write = (url: string, body: object, asked?: Asked) => writeApi(app, url, body, asked);
const put = (body: object, asked: Asked = {}) =>
  write('/customers/F-1', body, { method: 'PUT', as: 'd desk', ...asked });
const read = async () =>
  (await ask('/customers/F-1')).json<{ version: string; customer: Customer }>();

describe('correcting a record', () => {
  test('changes what was changed and nothing else, and says who did it by which door', async () => {
    const { version, customer } = await read();
    expect(customer).toEqual(contoso);
    const answer = await put({ version, customer: { ...customer, name: 'Contoso SE' } });
    expect([answer.statusCode, answer.json()]).toEqual([200, { customerId: 'F-1', changed: true }]);
    expect(await desk.store.findCustomer('F-1')).toEqual({ ...contoso, name: 'Contoso SE' });
    const [line] = await desk.store.listAudit({ subject: 'customer', limit: 1 });
    expect(line).toMatchObject({ by: 'd', via: 'api', subjectId: 'F-1', from: '127.0.0.1' });
    expect([Object.values(line?.before ?? {}), Object.values(line?.after ?? {})]).toEqual([
      ['Contoso Ltd'],
      ['Contoso SE'],
    ]);
  });

  test('written back as it was read changes nothing', async () => {
    const answer = await put(await read().then(({ version, customer }) => ({ version, customer })));
    expect(answer.json()).toEqual({ customerId: 'F-1', changed: false });
  });

  test('does not write over what somebody else changed meanwhile', async () => {
    const { version, customer } = await read();
    await put({ version, customer: { ...customer, name: 'First' } });
    const late = await put({ version, customer: { ...customer, name: 'Second' } });
    expect([late.statusCode, late.json().error.code]).toEqual([409, 'changed']);
    expect((await read()).customer.name).toBe('First');
  });

  test.each([
    ['customer.country', { country: 'Nowhere' }],
    ['customer.tenantDomain', { tenantDomain: 'not a domain' }],
    ['customer.accountManager', { accountManager: 'nobody' }],
    ['customer.contacts.1', { contacts: [{ address: 'a@b.example' }, { address: 'nobody' }] }],
    [
      'customer.subscriptions.1.advisorEndsOn',
      { subscriptions: [{ product: 'A' }, { product: 'B', advisorEndsOn: 'soon' }] },
    ],
    [
      'customer.subscriptions.0.cspStatus',
      { subscriptions: [{ product: 'A', cspStatus: 'perhaps' }] },
    ],
    ['customer.id', { id: 'F-2' }],
    ['customer.colour', { colour: 'red' }],
  ])('refuses it where %s is wrong, and names the field', async (path, wrong) => {
    const { version, customer } = await read();
    const refused = await put({ version, customer: { ...customer, ...wrong } });
    expect([refused.statusCode, refused.json().error.code]).toEqual([400, 'invalid']);
    expect(refused.json().error.fields.map((field: { path: string }) => field.path)).toContain(
      path,
    );
    expect((await read()).customer).toEqual(contoso);
  });

  test('is nothing for a viewer, needs a version, and makes no record where there is none', async () => {
    const { version, customer } = await read();
    expect((await put({ version, customer }, { as: 'v viewer' })).statusCode).toBe(403);
    expect((await put({ customer })).statusCode).toBe(400);
    const none = await write(
      '/customers/F-99',
      { version, customer: { ...customer, id: 'F-99' } },
      { method: 'PUT' },
    );
    expect(none.statusCode).toBe(404);
    expect(await desk.store.findCustomer('F-99')).toBeUndefined();
  });
});

describe('adding a record', () => {
  test('makes it once, and never over another one', async () => {
    const customer = { ...contoso, id: 'F-3', name: 'Added' };
    const asked = { key: 'add-3' };
    const first = await write('/customers', { customer }, asked);
    const again = await write('/customers', { customer }, asked);
    expect([first.statusCode, again.statusCode, again.body]).toEqual([201, 201, first.body]);
    expect(again.headers['idempotency-replayed']).toBe('true');
    const other = await write('/customers', { customer: { ...customer, name: 'Other' } });
    expect([other.statusCode, other.json().error.code]).toEqual([409, 'exists']);
    expect((await desk.store.findCustomer('F-3'))?.name).toBe('Added');
    expect(
      await desk.store.listAudit({ subject: 'customer', subjectId: 'F-3', limit: 9 }),
    ).toMatchObject([{ via: 'api', action: 'added' }]);
  });
});

const header = 'customer_id,customer_name,product,country\n';
const upload = (body: string | Buffer, asked: Asked = {}, url = '/customer-imports') =>
  ask(url, {
    method: 'POST',
    body,
    ...asked,
    headers: { 'content-type': 'text/csv; charset=utf-8', ...asked.headers },
  });
/** The file once its work is done. */
async function settled(id: string) {
  let found = (await ask(`/customer-imports/${id}`)).json();
  const isUnderWay = async () => {
    found = (await ask(`/customer-imports/${id}`)).json();
    return found.stage === 'comparing' || found.stage === 'applying';
  };
  await expect.poll(isUnderWay, { interval: 5, timeout: 20_000 }).toBe(false);
  return found;
}

describe('a file', () => {
  test('is compared, changes nothing before it is applied, and then only as it was shown', async () => {
    const taken = await upload(`${header}I-1,Imported,E3,DE\nI-2,Other,E3,DE\n`);
    expect(taken.statusCode).toBe(202);
    const ready = await settled(taken.json().id);
    expect(ready).toMatchObject({ stage: 'ready', report: { added: 2, newIds: ['I-1', 'I-2'] } });
    expect(await desk.store.findCustomer('I-1')).toBeUndefined();
    const address = `/customer-imports/${ready.id}`;
    const other = await write(`${address}/apply`, { digest: '0'.repeat(64) });
    expect([other.statusCode, other.json().error.code]).toEqual([409, 'not-applied']);

    const applied = await write(`${address}/apply`, { digest: ready.digest });
    expect(applied.statusCode).toBe(202);
    expect(await settled(ready.id)).toMatchObject({ stage: 'applied', customersDone: 2 });
    expect((await desk.store.findCustomer('I-1'))?.name).toBe('Imported');
    const [line] = await desk.store.listAudit({ subject: 'customers', limit: 1 });
    expect(line).toMatchObject({
      ...{ by: 'ana', via: 'api', action: 'imported', subjectId: 'customers.csv' },
      after: { added: '2' },
    });
  });

  test('of JSON lines is read as that, whatever it is called', async () => {
    const line = JSON.stringify({ customer_id: 'J-1', customer_name: 'Lines', product: 'E3' });
    const taken = await upload(
      `${line}\n`,
      { headers: { 'content-type': 'application/x-ndjson' } },
      '/customer-imports?fileName=crm.csv',
    );
    expect(await settled(taken.json().id)).toMatchObject({
      ...{ stage: 'ready', fileName: 'crm.csv.jsonl', report: { newIds: ['J-1'] } },
    });
  });

  test('with a wrong row says where, and lands only when its sender says so', async () => {
    const taken = await upload(`${header}I-3,Good,E3,DE\nI-4,Bad,E3,Nowhere\n`);
    const { id, digest, report } = await settled(taken.json().id);
    expect(report.problems).toMatchObject([{ line: 3, column: 'country', value: 'Nowhere' }]);
    expect((await write(`/customer-imports/${id}/apply`, { digest })).statusCode).toBe(409);
    await write(`/customer-imports/${id}/apply`, { digest, skipBad: true });
    expect(await settled(id)).toMatchObject({ stage: 'applied' });
    expect(await desk.store.findCustomer('I-3')).toBeDefined();
    expect(await desk.store.findCustomer('I-4')).toBeUndefined();
  });

  test('is nobody else’s, and gone once it was discarded', async () => {
    const { id } = (await upload(`${header}I-5,Mine,E3,DE\n`)).json();
    const { digest } = await settled(id);
    const as = 'ben admin';
    expect((await ask(`/customer-imports/${id}`, { as })).statusCode).toBe(404);
    const foreign = await write(`/customer-imports/${id}/apply`, { digest }, { as });
    expect(foreign.statusCode).toBe(404);
    expect((await write(`/customer-imports/${id}/discard`, {}, { as })).statusCode).toBe(404);
    expect((await write(`/customer-imports/${id}/discard`, {})).json()).toEqual({ id });
    expect((await ask(`/customer-imports/${id}`)).statusCode).toBe(404);
  });

  test('is handed over by an admin with a token only', async () => {
    const text = `${header}I-6,No,E3,DE\n`;
    expect((await upload(text, { as: 'd desk' })).statusCode).toBe(403);
    expect((await upload(text, { as: '' })).statusCode).toBe(401);
    const session = await upload(text, { headers: { 'x-test-via': 'console' } });
    expect(session.json().error.code).toBe('token-needed');
  });

  test.each([
    ['too large', 'x'.repeat(bytesMax + 1), {}, 413, 'too-large'],
    ['packed', gzipSync(header), { 'content-encoding': 'gzip' }, 415, 'wrong-media-type'],
    [
      'a form',
      'a=b',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'wrong-media-type',
    ],
    ['JSON', '{}', { 'content-type': 'application/json' }, 415, 'wrong-media-type'],
  ])(
    'that is %s is refused, and nothing stays on disk',
    async (_name, body, headers, status, code) => {
      const kept = leftOnDisk().length;
      const refused = await upload(body, { headers });
      expect([refused.statusCode, refused.json().error.code]).toEqual([status, code]);
      expect(leftOnDisk().length).toBe(kept);
    },
  );
});
