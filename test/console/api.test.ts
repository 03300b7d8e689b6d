/**
 * The API over a real store: every endpoint where it goes well and where it does not, and writes that are
 * sent twice.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestsPerMinuteMax } from '../../src/console/routes/api.ts';
import { samplesFolder } from '../../src/demo/samples.ts';
import { deskRefusals } from '../../src/ports/desk.ts';
import { idempotencyKeptMs, idempotencyRunningMs } from '../../src/ports/idempotency.ts';
import { type Asked, askApi, tokenDoor } from '../support/api-client.ts';
import { openTestConsole, type TestConsole } from '../support/console-desk.ts';

let desk: TestConsole;
beforeAll(async () => {
  desk = await openTestConsole({ doors: tokenDoor });
});
afterAll(() => desk.close());

const ask = (url: string, asked: Asked = {}) => askApi(desk.app, url, asked);

const release = { kind: 'mailbox', name: 'support' };

async function hold(name = 'support'): Promise<void> {
  await desk.pool.query(
    `insert into holds (kind, name, at, detail) values ('mailbox', '${name}', now(), 'too many')`,
  );
}

describe('who may ask', () => {
  test('nobody without a token, and the answer is JSON', async () => {
    const { statusCode, headers, body } = await ask('/cases', { as: '' });
    expect(statusCode).toBe(401);
    expect(headers['www-authenticate']).toBe('Bearer');
    expect(JSON.parse(body).error.code).toBe('not-logged-in');
  });

  test('a viewer decides nothing, and only an admin reads the audit log', async () => {
    const denied = await ask('/holds/release', { method: 'POST', as: 'v viewer', body: release });
    expect([denied.statusCode, denied.json().error.code]).toEqual([403, 'not-allowed']);
    expect((await ask('/audit', { as: 'd desk' })).statusCode).toBe(403);
    expect((await ask('/audit')).statusCode).toBe(200);
  });

  test('a session of a browser changes nothing here, since a browser sends it by itself', async () => {
    const headers = { 'x-test-via': 'console' };
    const refused = await ask('/holds/release', {
      method: 'POST',
      key: 'a',
      body: release,
      headers,
    });
    expect([refused.statusCode, refused.json().error.code]).toEqual([403, 'token-needed']);
  });

  test('more than so many requests a minute wait, for each token by itself', async () => {
    const many = Array.from({ length: requestsPerMinuteMax }, () =>
      ask('/holds', { as: 'busy viewer' }),
    );
    await Promise.all(many);
    const late = await ask('/holds', { as: 'busy viewer' });
    expect([late.statusCode, late.json().error.code]).toEqual([429, 'too-many']);
    expect((await ask('/holds', { as: 'other viewer' })).statusCode).toBe(200);
    expect((await ask('/holds', { as: 'busy viewer another-token' })).statusCode).toBe(200);
  });
});

describe('reading', () => {
  let caseId = '';
  beforeAll(async () => {
    caseId = await desk.takeSample('16_gmail_unknown_customer.eml');
    await desk.takeSample('02_outlook_desktop_german_approve.eml');
  });

  test('cases come a page at a time, none twice and none left out', async () => {
    const first = (await ask('/cases?limit=1')).json();
    const second = (await ask(`/cases?limit=1&cursor=${first.next}`)).json();
    expect(first.cases).toHaveLength(1);
    expect(second.cases).toHaveLength(1);
    expect(second.cases[0].caseId).not.toBe(first.cases[0].caseId);
    expect(second.next).toBeUndefined();
  });

  test('a case says what was seen, line by line, and gives its mail octet for octet', async () => {
    const found = (await ask(`/cases/${caseId}`)).json();
    expect(found.sentence.length).toBeGreaterThan(10);
    expect(found.evidence.length).toBeGreaterThan(3);
    const mail = await ask(`/cases/${caseId}/mail`);
    expect(mail.headers['content-type']).toBe('message/rfc822');
    const file = readFileSync(`${samplesFolder}16_gmail_unknown_customer.eml`);
    expect(Buffer.compare(mail.rawPayload, file)).toBe(0);
  });

  test('customers, their record and its history', async () => {
    const { customers } = (await ask('/customers?limit=2')).json();
    expect(customers).toHaveLength(2);
    const one = (await ask(`/customers/${encodeURIComponent(customers[0].id)}`)).json();
    expect(one.customer.subscriptions.length).toBeGreaterThan(0);
    expect(one.history[0]).toMatchObject({ source: 'import', by: 'test' });
  });

  test.each([
    ['/cases/none', 404, 'not-found'],
    ['/cases/none/mail', 404, 'not-found'],
    ['/customers/none', 404, 'not-found'],
    ['/nowhere', 404, 'not-found'],
    ['/cases?limit=0', 400, 'invalid'],
    ['/cases?limit=201', 400, 'invalid'],
    ['/cases?limit=many', 400, 'invalid'],
    ['/cases?colour=red', 400, 'invalid'],
    ['/cases?since=yesterday', 400, 'invalid'],
    ['/cases?cursor=nonsense', 400, 'invalid'],
    ['/audit?subject=everything', 400, 'invalid'],
  ])('%s is refused with %i %s', async (url, status, code) => {
    const refused = await ask(url);
    expect([refused.statusCode, refused.json().error.code]).toEqual([status, code]);
  });
});

describe('deciding', () => {
  test('a case is dismissed, taken back, and what the rules refuse says why', async () => {
    const caseId = await desk.takeSample('15_outlook_web_transition_stopped.eml');
    const dismissed = await ask(`/cases/${caseId}/dismiss`, {
      ...{ method: 'POST', key: 'dismiss-1', body: { why: 'duplicate' } },
    });
    const undone = await ask(`/cases/${caseId}/undo`, { method: 'POST', key: 'undo-1' });
    const again = await ask(`/cases/${caseId}/undo`, { method: 'POST', key: 'undo-2' });
    for (const { statusCode, body } of [dismissed, undone, again])
      if (statusCode === 200) expect(JSON.parse(body).caseId).toBe(caseId);
      else
        expect([statusCode, deskRefusals]).toEqual([
          409,
          expect.arrayContaining([JSON.parse(body).error.code]),
        ]);
    expect(again.statusCode).toBe(409);
  });

  test.each([
    [{ why: 'because' }, 'why'],
    [{ why: 'other', colour: 'red' }, 'colour'],
    [{ why: 'other', note: 5 }, 'note'],
    [{}, 'why'],
  ])('a body like %j is refused, and the field is named', async (body, field) => {
    const refused = await ask('/cases/x/dismiss', { method: 'POST', key: `bad-${field}`, body });
    expect(refused.statusCode).toBe(400);
    expect(refused.json().error.fields[0].path).toBe(field);
  });

  test('no other case is touched where there is none of that id', async () => {
    for (const path of ['answer-yourself', 'undo', 'reopen', 'arrived', 'send-again']) {
      const { statusCode } = await ask(`/cases/none/${path}`, {
        method: 'POST',
        key: `none-${path}`,
      });
      expect([404, 409]).toContain(statusCode);
    }
  });

  test('nothing but JSON is taken, and not too much of it', async () => {
    const form = await ask('/holds/release', {
      ...{ method: 'POST', key: 'form', headers: { 'content-type': 'text/plain' } },
      body: Buffer.from('kind=mailbox'),
    });
    expect([form.statusCode, form.json().error.code]).toEqual([415, 'wrong-media-type']);
    const large = await ask('/holds/release', {
      ...{ method: 'POST', key: 'large', body: { kind: 'mailbox', name: 'x'.repeat(300_000) } },
    });
    expect([large.statusCode, large.json().error.code]).toEqual([413, 'too-large']);
  });
});

describe('a write that is sent twice', () => {
  const write = (key: string, name: string, as = 'ana desk') =>
    ask('/holds/release', { method: 'POST', key, as, body: { kind: 'mailbox', name } });

  test('needs a key at all', async () => {
    const refused = await ask('/holds/release', { method: 'POST', body: release });
    expect(refused.statusCode).toBe(400);
    expect(refused.json().error.fields[0].path).toBe('idempotency-key');
  });

  test('is done once, and answered the same way', async () => {
    await hold('one');
    const first = await write('k1', 'one');
    const second = await write('k1', 'one');
    expect(first.statusCode).toBe(200);
    expect(second.statusCode).toBe(200);
    expect(second.body).toBe(first.body);
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(
      await desk.store.listAudit({ subject: 'hold', subjectId: 'one', limit: 9 }),
    ).toHaveLength(1);
  });

  test('keeps a refusal too', async () => {
    const first = await write('k2', 'never-held');
    await hold('never-held');
    expect([first.statusCode, (await write('k2', 'never-held')).statusCode]).toEqual([409, 409]);
    expect((await write('k3', 'never-held')).statusCode).toBe(200);
  });

  test('is none where the key stands for something else, and keys of others are not in the way', async () => {
    await hold('two');
    await write('k4', 'two');
    const other = await write('k4', 'three');
    expect([other.statusCode, other.json().error.code]).toEqual([422, 'key-used']);
    expect((await write('k4', 'two', 'ben desk')).json().error.code).toBe('not-held');
    expect((await write('k4', 'two', 'ana desk another-token')).json().error.code).toBe('not-held');
  });

  test('of two at once one does it, and the other hears that it is under way or the same answer', async () => {
    await hold('four');
    const both = await Promise.all([write('k5', 'four'), write('k5', 'four')]);
    const codes = both.map(({ statusCode }) => statusCode).toSorted();
    expect([
      [200, 200],
      [200, 409],
    ]).toContainEqual(codes);
    expect(
      await desk.store.listAudit({ subject: 'hold', subjectId: 'four', limit: 9 }),
    ).toHaveLength(1);
  });

  test('whose answer was never kept waits, then is tried again and refuses by itself to be done twice', async () => {
    await hold('five');
    await write('k6', 'five');
    await desk.pool.query(`update api_writes set status = null, body = null where key = 'k6'`);
    expect((await write('k6', 'five')).json().error.code).toBe('still-running');
    desk.desk.now = new Date(desk.desk.now.getTime() + idempotencyRunningMs + 1);
    expect((await write('k6', 'five')).json().error.code).toBe('not-held');
    expect(
      await desk.store.listAudit({ subject: 'hold', subjectId: 'five', limit: 9 }),
    ).toHaveLength(1);
  });

  test('is a new one a day later', async () => {
    desk.desk.now = new Date(desk.desk.now.getTime() + idempotencyKeptMs + 1);
    expect((await write('k1', 'one')).json().error.code).toBe('not-held');
  });
});
