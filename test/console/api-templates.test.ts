/**
 * Templates by the API: a program reads, checks, saves and takes back under the same rules as the editor, and nothing
 * with a problem goes live.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildConsole } from '../../src/console/server.ts';
import { templateBytesMax } from '../../src/core/limits.ts';
import { type Asked, askApi, tokenDoor, writeApi } from '../support/api-client.ts';
import { openTemplatesConsole, type TemplatesConsole } from '../support/console-templates.ts';

const id = 'de/cancel-portal';
const file = `${id}.md.hbs`;
const address = `/templates/1/file?id=${id}`;

let desk: TemplatesConsole;
let app: FastifyInstance;
beforeAll(async () => {
  desk = await openTemplatesConsole();
  app = await buildConsole({ parts: desk.parts, doors: tokenDoor });
});
beforeEach(() => desk.reset());
afterAll(async () => {
  await app.close();
  await desk.close();
});

const ask = (url: string, asked?: Asked) => askApi(app, url, asked);
const write = (url: string, body: object, asked?: Asked) => writeApi(app, url, body, asked);
const read = async () => (await ask(address)).json<{ version: string; source: string }>();
const save = (body: object, asked: Asked = {}) => write(address, body, { method: 'PUT', ...asked });
const edited = () => desk.read(file).replace('Guten Tag', 'Moin moin');
const part = (name: string) => `/templates/1/file/${name}?id=${id}`;

describe('reading', () => {
  test('the folders say what there is, what is missing and who serves meanwhile', async () => {
    rmSync(join(desk.folder, file));
    const { folders } = (await ask('/templates', { as: 'v viewer' })).json();
    expect(folders).toHaveLength(1);
    expect(folders[0]).toMatchObject({ folder: '1', path: desk.folder, isWritable: true });
    expect(folders[0].missing).toEqual([
      { id, locale: 'de', scenario: 'cancel-portal', servedBy: 'en' },
    ]);
    const ids = folders[0].files.map((one: { id: string }) => one.id);
    expect(ids).toEqual(
      expect.arrayContaining(['layout', 'en/cancel-portal', 'de/partials/costs']),
    );
  });

  test('a file has its words and the version to begin a draft with', async () => {
    const found = await read();
    expect(found).toMatchObject({ id, folder: '1', locale: 'de', source: desk.read(file) });
    expect(found.version).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([
    '/templates/1/file?id=de/none',
    '/templates/2/file?id=de/cancel-portal',
    '/templates/1/file?id=../../../etc/passwd',
    '/templates/1/file/history?id=de/none',
    `/templates/1/file/version?id=${id}&version=${'0'.repeat(64)}`,
  ])('%s is not there', async (url) => {
    const { statusCode, body } = await ask(url);
    expect([statusCode, JSON.parse(body).error.code]).toEqual([404, 'not-found']);
  });
});

describe('checking a draft', () => {
  test('shows the reply that it would make, and changes nothing', async () => {
    const { statusCode, body } = await ask(part('check'), {
      ...{ method: 'POST', body: { source: edited() } },
    });
    const checked = JSON.parse(body);
    expect([statusCode, checked.problems, checked.scenario]).toEqual([200, [], 'cancel-portal']);
    expect(checked.reply.text).toContain('Moin moin');
    expect(desk.read(file)).not.toContain('Moin moin');
  });

  test('says what is wrong, at its line', async () => {
    const lines = desk.read(file).split('\n');
    const at = lines.findIndex((line) => line.includes('Guten Tag'));
    const source = desk.read(file).replace('Guten Tag', '{{custommer.name}}');
    const checked = (await ask(part('check'), { method: 'POST', body: { source } })).json();
    expect(checked.problems[0]).toMatchObject({ file, line: at + 1, isHere: true });
    expect(checked.problems[0].message).toContain('Did you mean');
  });

  test('is nothing for the desk', async () => {
    const asked = { method: 'POST', body: {}, as: 'd desk' } as const;
    expect((await ask(part('check'), asked)).statusCode).toBe(403);
  });
});

describe('saving', () => {
  test('writes the words, takes them over, and says in the audit log that a program did it', async () => {
    const { version } = await read();
    const saved = await save({ source: edited(), opened: version });
    expect([saved.statusCode, saved.json()]).toEqual([
      200,
      { version: (await read()).version, saved: true, inUse: 'yes' },
    ]);
    expect(desk.read(file)).toContain('Moin moin');
    expect(await desk.store.listAudit({ subject: 'template', limit: 9 })).toMatchObject([
      { by: 'ana', via: 'api', action: 'saved', subjectId: id },
    ]);
  });

  test('refuses words with a problem, at its line, and nothing goes live', async () => {
    const { version } = await read();
    const source = desk.read(file).replace('Guten Tag', '{{custommer.name}}');
    const refused = await save({ source, opened: version });
    const { error } = refused.json();
    expect([refused.statusCode, error.code]).toEqual([422, 'template-problems']);
    expect(error.problems[0]).toMatchObject({ file, isHere: true });
    expect(error.problems[0].line).toBeGreaterThan(0);
    expect(desk.read(file)).not.toContain('custommer');
    expect(await desk.store.listAudit({ subject: 'template', limit: 9 })).toEqual([]);
  });

  test('does not write over what another saved meanwhile', async () => {
    const { version } = await read();
    await save({ source: edited(), opened: version });
    const late = await save({ source: `${edited()}\nMehr.\n`, opened: version });
    expect([late.statusCode, late.json().error.code]).toEqual([409, 'changed']);
    const blind = await save({ source: `${edited()}\nMehr.\n` });
    expect([blind.statusCode, blind.json().error.code]).toEqual([409, 'changed']);
    expect(desk.read(file)).toBe(edited().replace('Guten Tag', 'Moin moin'));
  });

  test('sent twice is done once; the same words anew are no change', async () => {
    const { version } = await read();
    const body = { source: edited(), opened: version };
    const first = await save(body, { key: 'save-1' });
    const again = await save(body, { key: 'save-1' });
    expect([again.body, again.headers['idempotency-replayed']]).toEqual([first.body, 'true']);
    const anew = await save(body, { key: 'save-2' });
    expect(anew.json()).toEqual({ version: first.json().version, saved: false });
    expect(await desk.store.listAudit({ subject: 'template', limit: 9 })).toHaveLength(1);
  });

  test('is refused above the limit, for the desk, and for a file that cannot be', async () => {
    const { version } = await read();
    const large = { source: 'x'.repeat(templateBytesMax + 1), opened: version };
    expect((await save(large)).statusCode).toBe(413);
    expect((await save({ source: 'x', opened: version }, { as: 'd desk' })).statusCode).toBe(403);
    const none = await write('/templates/1/file?id=de/none', { source: 'x' }, { method: 'PUT' });
    expect(none.statusCode).toBe(404);
  });

  test('makes a file that is missing', async () => {
    const source = desk.read(file);
    rmSync(join(desk.folder, file));
    expect((await read()).version).toBeUndefined();
    expect((await save({ source })).json()).toMatchObject({ saved: true });
    expect(desk.read(file)).toBe(source);
  });
});

describe('taking back', () => {
  test('puts an earlier version back, over the version of now only', async () => {
    const { version, source } = await read();
    await save({ source: edited(), opened: version });
    const now = (await read()).version;
    const { versions } = (await ask(part('history'))).json();
    expect(versions.map((one: { version: string }) => one.version)).toEqual([now, version]);
    expect(versions[0]).toMatchObject({ by: 'ana' });
    const words = await ask(`${part('version')}&version=${version}`);
    expect(words.json()).toEqual({ version, source });

    const late = await write(part('roll-back'), { version, opened: version });
    expect([late.statusCode, desk.read(file)]).toEqual([409, edited()]);
    const done = await write(part('roll-back'), { version, opened: now });
    expect(done.json()).toEqual({ version, saved: true, inUse: 'yes' });
    expect(desk.read(file)).toBe(source);
    const [line] = await desk.store.listAudit({ subject: 'template', limit: 1 });
    expect(line).toMatchObject({ via: 'api', action: 'rolled-back' });
  });

  test('knows no version that the file never had', async () => {
    const { version } = await read();
    const body = { version: '0'.repeat(64), opened: version };
    expect((await write(part('roll-back'), body)).statusCode).toBe(404);
  });
});

describe('a language', () => {
  test('is begun once, with the files of another', async () => {
    const begun = await write('/templates/1/locales', { locale: 'ro', from: 'en' });
    expect([begun.statusCode, begun.json().locale]).toEqual([201, 'ro']);
    expect(begun.json().files).toBeGreaterThan(3);
    const again = await write('/templates/1/locales', { locale: 'ro', from: 'en' });
    expect([again.statusCode, again.json().error.code]).toEqual([409, 'not-begun']);
    const [line] = await desk.store.listAudit({ subject: 'template', limit: 1 });
    expect(line).toMatchObject({ via: 'api', action: 'locale-begun' });
  });
});
