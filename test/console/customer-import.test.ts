/**
 * Handing over a customers file: nothing changes before it was shown, what is applied is what was shown, and no upload
 * fills disk or memory.
 */
import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { customerDesk } from '../../src/commands/console-customers.ts';
import { buildConsole } from '../../src/console/server.ts';
import { openDoor, openTestConsole, type TestConsole } from '../support/console-desk.ts';

const bytesMax = 200_000;
let desk: TestConsole;
let app: FastifyInstance;
const opened: FastifyInstance[] = [];

async function consoleOf(name: string): Promise<FastifyInstance> {
  const { parts, wiring } = desk;
  const customers = customerDesk(wiring, { bytesMax });
  const built = await buildConsole({
    parts: { ...parts, customers },
    doors: openDoor('admin', name),
  });
  opened.push(built);
  return built;
}

beforeAll(async () => {
  desk = await openTestConsole();
  app = await consoleOf('ana');
});
afterAll(async () => {
  for (const one of opened) await one.close();
  expect(leftOnDisk()).toEqual([]);
  rmdirSync(uploads);
  await desk.close();
});

/** Of these tests only: others hand files over at the same time. */
const uploads = mkdtempSync(join(tmpdir(), 'uploads-'));
process.env.TMPDIR = uploads;
const leftOnDisk = () => readdirSync(uploads);

let address: Promise<string> | undefined;
/** For what needs a connection that breaks off. */
function listening(): Promise<string> {
  address ??= app.listen({ host: '127.0.0.1', port: 0 });
  return address;
}

const boundary = 'a-boundary-of-the-tests';
function formOf(text: string, fileName = 'customers.csv'): string {
  return [
    `--${boundary}`,
    `Content-Disposition: form-data; name="file"; filename="${fileName}"`,
    'Content-Type: text/csv',
    '',
    text,
    `--${boundary}--`,
    '',
  ].join('\r\n');
}
const upload = (text: string, { fileName = 'customers.csv', headers = {}, to = app } = {}) =>
  to.inject({
    method: 'POST',
    url: '/customers/-/import?_csrf=token-of-the-tests',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, ...headers },
    payload: formOf(text, fileName),
  });
const post = (url: string, fields: Record<string, string>, to = app) =>
  to.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(fields).toString(),
  });

/** The page of a file once its work is done. */
async function settled(address: string, to = app): Promise<string> {
  let page = '';
  const isUnderWay = async () => {
    const { body, statusCode } = await to.inject(address);
    expect(statusCode).toBe(200);
    page = body;
    return body.includes('hx-trigger="load');
  };
  await expect.poll(isUnderWay, { interval: 5, timeout: 20_000 }).toBe(false);
  return page;
}
async function shown(text: string, fileName?: string): Promise<{ address: string; page: string }> {
  const answer = await upload(text, fileName === undefined ? {} : { fileName });
  expect(answer.statusCode).toBe(303);
  const address = String(answer.headers.location);
  return { address, page: await settled(address) };
}
const digestOf = (page: string): string =>
  /name="digest" value="([0-9a-f]{64})"/.exec(page)?.[1] ?? '';

const header = 'customer_id,customer_name,product,country\n';

describe('a file', () => {
  test('is compared and shown; nothing is changed before it is applied', async () => {
    const { address, page } = await shown(`${header}U-1,Uploaded,E3,DE\nU-2,Other,E3,DE\n`);
    expect(page).toContain('Nothing is changed yet');
    expect(page).toMatch(/<dt>New<\/dt><dd>2/);
    expect(page).toContain('U-1, U-2');
    expect(await desk.store.findCustomer('U-1')).toBeUndefined();

    const applied = await post(`${address}/apply`, { digest: digestOf(page) });
    expect(applied.statusCode).toBe(303);
    expect(await settled(address)).toContain('Done: 2 customers added');
    expect((await desk.store.findCustomer('U-1'))?.name).toBe('Uploaded');
    expect((await desk.store.listHistory('U-1', 1))[0]).toMatchObject({
      origin: { source: 'import', from: 'customers.csv', by: 'ana' },
    });
    expect((await desk.store.listAudit({ limit: 1 }))[0]).toMatchObject({
      action: 'imported',
      subject: 'customers',
      subjectId: 'customers.csv',
      by: 'ana',
      after: { added: '2', changed: '0' },
    });
    expect(leftOnDisk()).toEqual([]);
  });

  test('shows what changes, before and after, and which columns it does not read', async () => {
    const { page } = await shown(
      'customer_id,customer_name,product,country,colour\nU-1,Renamed,E3,FR,red\n',
    );
    expect(page).toContain('colour');
    expect(page).toMatch(
      /Name<\/th><td data-name="Before">Uploaded<\/td><td data-name="After">Renamed/,
    );
    expect(page).toMatch(/Country<\/th><td data-name="Before">DE<\/td><td data-name="After">FR/);
  });

  test('with a wrong row says line, column and value, and lands only when a person says so', async () => {
    const { address, page } = await shown(`${header}U-3,Good,E3,DE\nU-4,Bad,E3,Nowhere\n`);
    expect(page).toContain('Line 3');
    expect(page).toContain('Nowhere');
    const digest = digestOf(page);
    const refused = await post(`${address}/apply`, { digest });
    expect(refused.statusCode).toBe(409);
    expect(refused.body).toContain('Rows of the file are wrong');
    await post(`${address}/apply`, { digest, 'skip-bad': 'yes' });
    expect(await settled(address)).toContain('1 customer left out');
    expect(await desk.store.findCustomer('U-3')).toBeDefined();
    expect(await desk.store.findCustomer('U-4')).toBeUndefined();
  });

  test('is applied once, and only as it was shown', async () => {
    const { address, page } = await shown(`${header}U-5,Five,E3,DE\n`);
    expect((await post(`${address}/apply`, { digest: '0'.repeat(64) })).statusCode).toBe(409);
    expect((await post(`${address}/apply`, { digest: digestOf(page) })).statusCode).toBe(303);
    await settled(address);
    expect((await post(`${address}/apply`, { digest: digestOf(page) })).statusCode).toBe(409);
  });

  test('is its uploader’s only, and gone after half an hour', async () => {
    const { address, page } = await shown(`${header}U-6,Six,E3,DE\n`);
    const other = await consoleOf('bob');
    expect((await other.inject(address)).statusCode).toBe(404);
    expect((await post(`${address}/apply`, { digest: digestOf(page) }, other)).statusCode).toBe(
      409,
    );
    desk.desk.now = new Date(desk.desk.now.getTime() + 31 * 60_000);
    expect((await app.inject(address)).statusCode).toBe(404);
    expect((await post(`${address}/apply`, { digest: digestOf(page) })).statusCode).toBe(409);
    expect(await desk.store.findCustomer('U-6')).toBeUndefined();
  });

  test('can be discarded', async () => {
    const { address } = await shown(`${header}U-7,Seven,E3,DE\n`);
    expect((await post(`${address}/discard`, {})).headers.location).toBe('/customers/-/import');
    expect((await app.inject(address)).statusCode).toBe(404);
    expect(leftOnDisk()).toEqual([]);
  });

  test.each([
    ['no header', 'just,some,words\n1,2,3\n', 'The header row lacks customer_id'],
    ['an Excel workbook', 'PK\x03\x04 and so on', 'Excel workbook'],
    ['nothing', '', 'empty'],
    ['an open quotation mark', `${header}U-8,"Open,E3,DE\n`, 'quotation mark'],
  ])('that is %s changes nothing and says why, by its own name', async (_what, text, sentence) => {
    const { page } = await shown(text, 'mine.csv');
    expect(page).toContain('Nothing was changed');
    expect(page).toContain(sentence);
    expect(page).not.toContain('customers-upload-');
    expect(leftOnDisk()).toEqual([]);
  });

  test('with hostile names and values runs nothing', async () => {
    const probe = '<script>alert(1)</script><img src=x onerror=alert(2)>';
    const { page } = await shown(
      `${header}"=cmd()|' /C calc'!A0","${probe}",E3,DE\n"${probe}",x,E3,"${probe}"\n`,
      '<script>x<\\/script>.csv',
    );
    expect(page).not.toMatch(/<script(?! src="\/assets)/);
    expect(page).not.toContain('<img');
  });

  test.each(['../../etc/passwd', 'C:\\\\windows\\\\x.csv', '', '.', '\u202Egnp.csv'])(
    'named %j is written nowhere but into its own folder',
    async (fileName) => {
      const answer = await upload(`${header}U-9,Nine,E3,DE\n`, { fileName });
      expect([303, 422]).toContain(answer.statusCode);
      if (answer.statusCode === 303) await settled(String(answer.headers.location));
    },
  );
});

describe('an upload', () => {
  test('above the limit is cut off, and leaves nothing on disk', async () => {
    await shown(`${header}U-1,Renamed,E3,FR\n`).then(({ address }) =>
      post(`${address}/discard`, {}),
    );
    const large = await upload('x'.repeat(bytesMax + 1));
    expect(large.statusCode).toBe(413);
    expect(large.body).toContain('larger than');
    expect(leftOnDisk()).toEqual([]);
    const exact = await upload('x'.repeat(bytesMax));
    expect(exact.statusCode).toBe(303);
    await settled(String(exact.headers.location));
  });

  test('that says it is huge is refused before a single octet is read', async () => {
    const address = new URL(await listening());
    const status = await new Promise((resolve, reject) => {
      const sending = httpRequest(
        {
          host: address.hostname,
          port: address.port,
          method: 'POST',
          path: '/customers/-/import?_csrf=token-of-the-tests',
          headers: {
            'content-type': `multipart/form-data; boundary=${boundary}`,
            'content-length': 99_999_999_999,
          },
        },
        (answer) => resolve(answer.statusCode),
      );
      sending.on('error', reject);
      sending.flushHeaders();
    });
    expect(status).toBe(413);
  });

  test('that is packed is refused: it could unpack to anything', async () => {
    expect((await upload('x', { headers: { 'content-encoding': 'gzip' } })).statusCode).toBe(415);
  });

  test('without a file, or of another kind, is told so', async () => {
    const none = await app.inject({
      method: 'POST',
      url: '/customers/-/import',
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      payload: `--${boundary}--\r\n`,
    });
    expect(none.statusCode).toBe(422);
    expect((await post('/customers/-/import', { file: 'x' })).statusCode).toBe(415);
  });

  test('that breaks off leaves nothing on disk, and the next one is taken', async () => {
    const address = new URL(await listening());
    await new Promise<void>((resolve) => {
      const sending = httpRequest(
        {
          host: address.hostname,
          port: address.port,
          method: 'POST',
          path: '/customers/-/import?_csrf=token-of-the-tests',
          headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
        },
        () => resolve(),
      );
      sending.on('error', () => resolve());
      sending.write(formOf('customer_id,customer_name').slice(0, -40), () => sending.destroy());
    });
    await expect.poll(async () => (await upload(`${header}U-1,x,E3,DE\n`)).statusCode).toBe(303);
  });
});
