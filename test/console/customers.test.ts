/**
 * Customers in the console: correcting one loses nothing that was typed, overwrites nobody, and is told.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { customerFields, subscriptionFields } from '../../src/console/views/customer-fields.ts';
import type { Customer } from '../../src/core/customer.ts';
import { openDoor, openTestConsole, type TestConsole } from '../support/console-desk.ts';

let desk: TestConsole;
beforeAll(async () => {
  desk = await openTestConsole();
});
afterAll(() => desk.close());

const id = 'F-1';
const contoso: Customer = {
  id,
  name: 'Contoso Ltd',
  tenantDomain: 'contoso.example',
  otherDomains: ['contoso.example.org'],
  contacts: [{ name: 'Kim', address: 'kim@contoso.example' }],
  locale: 'de',
  country: 'DE',
  partnerApproved: true,
  partnerApprovedOn: '2026-10-01',
  subscriptions: [
    {
      product: 'Office 365 E3',
      advisorStatus: 'active',
      cspStatus: 'active',
      licensesAssigned: 5,
      cspLicensesAssigned: 5,
      monthlyCost: '412.50',
      currency: 'EUR',
    },
  ],
};
const load = (...customers: readonly Customer[]) =>
  desk.store.importCustomers(customers, {
    dryRun: false,
    at: desk.desk.now,
    origin: { source: 'import', from: 'test.csv', by: 'test' },
  });
beforeEach(() => load(contoso));

const get = async (url: string, status = 200): Promise<string> => {
  const answer = await desk.app.inject(url);
  expect(answer.statusCode).toBe(status);
  return answer.body;
};
/** The fields of the form as a browser would send them back. */
function fieldsOf(page: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [, name = '', value = ''] of page.matchAll(
    /<input[^>]*? name="([^"]+)" value="([^"]*)"/g,
  ))
    fields[name] = unescaped(value);
  for (const [, name = '', options = ''] of page.matchAll(
    /<select id="[^"]+" name="([^"]+)"[^>]*>([\s\S]*?)<\/select>/g,
  ))
    fields[name] = /<option selected>([^<]*)/.exec(options)?.[1] ?? '';
  return fields;
}
function unescaped(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
const post = (url: string, fields: Record<string, string>) =>
  desk.app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(fields).toString(),
  });
const editing = async (change: Record<string, string>, button = 'save') => {
  const fields = fieldsOf(await get(`/customers/${id}/edit`));
  return post(`/customers/${id}/edit`, { ...fields, ...change, do: button });
};

test('every column of a customers file has its field, and no field is without its column', () => {
  const fields = [...Object.keys(customerFields), ...Object.keys(subscriptionFields), 'contacts'];
  expect(fields.toSorted()).toEqual([...desk.parts.customers.columns].toSorted());
});

describe('the list', () => {
  test('finds by name, and goes on where it ended', async () => {
    expect(await get('/customers?q=contoso+lt')).toContain('href="/customers/F-1"');
    expect(await get('/customers?q=nobody')).toContain('No customer fits');
    expect(await get('/customers?after=zzzz')).toContain('No customer fits');
  });
  test.each(['%', '_', '\\', "'", '%00'])('takes %s for what it is', async (text) => {
    expect(await get(`/customers?q=${encodeURIComponent(text)}${text}xyz`)).toContain(
      'No customer fits',
    );
  });
});

describe('the record', () => {
  test('says what is known, what is outstanding, since when it is billed twice, and who changed it', async () => {
    const page = await get(`/customers/${id}`);
    for (const text of [
      'Contoso Ltd',
      'kim@contoso.example',
      'cancel the old subscription',
      'since 2026-11-23',
      '€412.50',
      'test.csv',
    ])
      expect(page).toContain(text);
    expect(page).toContain('Unknown: tenant id');
  });
  test('of an unknown id is no page of anybody else', async () => {
    await get('/customers/nobody', 404);
    await get('/customers/nobody/edit', 404);
    await get('/customers/nobody/reply', 404);
  });
  test('may have any id at all', async () => {
    for (const odd of ['a/b?c#d %', '-', 'new', '...', '<b>']) {
      await load({ ...contoso, id: odd, name: `odd ${odd}` });
      const page = await get(`/customers/${encodeURIComponent(odd)}`);
      expect(unescaped(page)).toContain(`odd ${odd}`);
    }
  });
});

describe('correcting a record', () => {
  test('saves what a file would, with history and the audit log', async () => {
    const answer = await editing({
      'f.customer_name': 'Contoso AG',
      's.0.advisor_status': 'cancelled',
    });
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toBe('/customers/F-1?done=saved');
    const saved = await desk.store.findCustomer(id);
    expect(saved?.name).toBe('Contoso AG');
    expect(saved?.subscriptions[0]?.advisorStatus).toBe('cancelled');
    expect((await desk.store.listHistory(id, 1))[0]).toMatchObject({
      origin: { source: 'console', by: 'ana' },
    });
    expect((await desk.store.listAudit({ limit: 1 }))[0]).toMatchObject({
      action: 'changed',
      subject: 'customer',
      subjectId: id,
      before: { name: 'Contoso Ltd' },
      after: { name: 'Contoso AG' },
    });
  });

  test('a form that is sent back as it came changes nothing at all', async () => {
    const [newest] = await desk.store.listHistory(id, 1);
    expect((await editing({})).statusCode).toBe(303);
    expect(await desk.store.findCustomer(id)).toEqual(contoso);
    expect((await desk.store.listHistory(id, 1))[0]).toEqual(newest);
  });

  test.each([
    ['f.customer_name', '', 'This is missing'],
    ['f.tenant_domain', 'https://contoso.example/x', 'did you mean contoso.example?'],
    ['f.tenant_id', '12', 'is not a tenant id'],
    ['f.other_domains', 'x', 'is not a domain'],
    ['f.locale', 'klingon!', 'is not a language tag'],
    ['f.country', 'Germany', 'did you mean DE?'],
    ['f.partner_approved', 'perhaps', 'neither yes nor no'],
    ['f.approval_link', 'http://x.example', 'begins with https://'],
    ['f.account_manager', 'nobody', 'is not an address'],
    ['contact.0', 'kim at contoso', 'neither an address nor Name'],
    ['contact.0', 'a@x.example; b@x.example', 'a line of its own'],
    ['s.0.product', '', 'This is missing'],
    ['s.0.advisor_status', 'aktive', 'did you mean active?'],
    ['s.0.advisor_renews_on', '2/1/2027', 'is ambiguous'],
    ['s.0.licenses_assigned', 'many', 'is not a whole number'],
    ['s.0.monthly_cost', '412,50', 'write 412.50'],
    ['s.0.currency', 'Euro', 'three letters'],
    ['f.customer_name', 'two\u0085lines', 'control character'],
  ])(
    'says at %s what is wrong with %j, and keeps what was typed',
    async (name, value, sentence) => {
      const answer = await editing({
        [name]: value,
        'f.tenant_id': name === 'f.tenant_id' ? value : '',
      });
      expect(answer.statusCode).toBe(422);
      const field = new RegExp(`id="${name.replaceAll('.', '\\.')}"[^>]*aria-invalid="true"`);
      expect(answer.body).toMatch(field);
      expect(unescaped(answer.body)).toContain(sentence);
      expect(answer.body).toContain(`href="#${name}"`);
      expect(fieldsOf(answer.body)[name]).toBe(value);
      expect(await desk.store.findCustomer(id)).toEqual(contoso);
    },
  );

  test('what somebody else changed meanwhile is shown, not overwritten', async () => {
    const fields = fieldsOf(await get(`/customers/${id}/edit`));
    await load({ ...contoso, name: 'Changed by a file' });
    const answer = await post(`/customers/${id}/edit`, {
      ...fields,
      'f.customer_name': 'Mine',
      do: 'save',
    });
    expect(answer.statusCode).toBe(409);
    expect(answer.body).toContain('changed this record after you had opened it');
    expect(fieldsOf(answer.body)['f.customer_name']).toBe('Mine');
    expect((await desk.store.findCustomer(id))?.name).toBe('Changed by a file');
  });

  test('cannot make another record of it, whatever the form says', async () => {
    await editing({ 'f.customer_id': 'F-2', 'f.customer_name': 'Renamed' });
    expect(await desk.store.findCustomer('F-2')).toBeUndefined();
    expect((await desk.store.findCustomer(id))?.name).toBe('Renamed');
  });

  test('rows come and go by buttons, and nothing is saved by it', async () => {
    const more = await editing({ 'f.customer_name': 'Not yet' }, 'add-subscription');
    expect(more.statusCode).toBe(200);
    expect(fieldsOf(more.body)).toMatchObject({ 'f.customer_name': 'Not yet', 's.1.product': '' });
    expect(more.body).toMatch(/id="s\.1\.product"[^>]* autofocus/);
    const fewer = await editing({ 'contact.1': 'it@contoso.example' }, 'remove-contact-0');
    expect(fieldsOf(fewer.body)['contact.0']).toBe('it@contoso.example');
    expect(fieldsOf(fewer.body)['contact.1']).toBeUndefined();
    const none = await editing({}, 'remove-subscription-0');
    expect(none.body).not.toContain('name="s.0.product"');
    expect(await desk.store.findCustomer(id)).toEqual(contoso);
  });

  test('a second subscription of the same product and id is refused where it stands', async () => {
    const answer = await editing({ 's.1.product': 'office 365 e3' });
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain('subscription 1 has the same product');
  });

  test('a form of thousands of rows is cut, not a way to fill the memory', async () => {
    const rows = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, at) => [`contact.${at}`, 'x']),
    );
    expect((await editing(rows)).statusCode).toBe(422);
  });
});

describe('adding a customer', () => {
  test('makes a record, and never over one that is there', async () => {
    const fields = fieldsOf(await get('/customers/-/new'));
    const own = {
      ...fields,
      'f.customer_id': 'NEW-1',
      'f.customer_name': 'New',
      's.0.product': 'E3',
      do: 'save',
    };
    const added = await post('/customers/-/new', own);
    expect(added.headers.location).toBe('/customers/NEW-1?done=saved');
    expect((await desk.store.findCustomer('NEW-1'))?.subscriptions).toEqual([{ product: 'E3' }]);
    const again = await post('/customers/-/new', { ...own, 'f.customer_name': 'Other' });
    expect(again.statusCode).toBe(409);
    expect((await desk.store.findCustomer('NEW-1'))?.name).toBe('New');
  });
  test('an empty form says what is needed', async () => {
    const answer = await post('/customers/-/new', { do: 'save', 's.0.product': '' });
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain('href="#f.customer_id"');
    expect(answer.body).toContain('href="#f.customer_name"');
  });
});

describe('roles', () => {
  const asked: readonly (readonly ['GET' | 'POST', string, 'viewer' | 'desk' | 'admin'])[] = [
    ['GET', '/customers', 'viewer'],
    ['GET', `/customers/${id}`, 'viewer'],
    ['GET', `/customers/${id}/reply`, 'viewer'],
    ['GET', '/customers/-/billed-twice', 'viewer'],
    ['GET', `/customers/${id}/edit`, 'desk'],
    ['POST', `/customers/${id}/edit`, 'desk'],
    ['GET', '/customers/-/new', 'desk'],
    ['POST', '/customers/-/new', 'desk'],
    ['GET', '/customers/-/import', 'admin'],
    ['POST', '/customers/-/import', 'admin'],
    ['POST', '/customers/-/imports/x/apply', 'admin'],
    ['POST', '/customers/-/imports/x/discard', 'admin'],
  ];
  const rank = ['viewer', 'desk', 'admin'] as const;
  test.each(rank)('%s may do no more than the role says', async (role) => {
    const other = await openTestConsole({ doors: openDoor(role) });
    for (const [method, url, needs] of asked) {
      const { statusCode } = await other.app.inject({ method, url });
      const isAllowed = rank.indexOf(role) >= rank.indexOf(needs);
      expect(statusCode === 403, `${role} ${method} ${url}: ${statusCode}`).toBe(!isAllowed);
    }
    await other.close();
  });
});

test('nothing in a hostile record runs, on any of its pages', async () => {
  const probe = `"'><script>alert(1)</script><img src=x onerror=alert(2)>`;
  await load({
    ...contoso,
    id: `evil${probe}`,
    name: probe,
    tenantDomain: probe,
    otherDomains: [probe],
    contacts: [{ name: probe, address: probe }],
    locale: 'en',
    country: 'DE',
    accountManager: probe,
    approvalLink: `javascript:alert(3)${probe}`,
    subscriptions: [
      {
        product: probe,
        advisorStatus: 'active',
        cspStatus: 'active',
        licensesAssigned: 3,
        advisorSubscriptionId: probe,
        monthlyCost: '1.00',
        currency: 'EUR',
      },
    ],
  });
  const address = `/customers/${encodeURIComponent(`evil${probe}`)}`;
  const urls = [
    address,
    `${address}/edit`,
    `${address}/reply`,
    '/customers',
    '/customers/-/billed-twice',
    `/customers?q=${encodeURIComponent(probe)}`,
  ];
  for (const url of urls) {
    const page = await get(url);
    expect(page, url).not.toMatch(/<script(?! src="\/assets)/);
    expect(page, url).not.toContain('<img');
    expect(page, url).not.toMatch(/href="javascript/);
    expect(page, url).not.toMatch(/ style="/);
  }
});
