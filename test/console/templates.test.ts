/**
 * Templates in the console, on real folders and a real store: what is shown, what goes live, and what never does.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { templateBytesMax } from '../../src/core/limits.ts';
import { openTemplatesConsole, type TemplatesConsole } from '../support/console-templates.ts';

const file = 'de/cancel-portal.md.hbs';
const page = '/templates/de/cancel-portal';

let desk: TemplatesConsole;
beforeAll(async () => {
  desk = await openTemplatesConsole();
});
beforeEach(() => desk.reset());
afterAll(() => desk.close());

const opened = async (id = 'de/cancel-portal') =>
  (await desk.parts.templates.open({ folder: '1', id }))?.hash ?? '';
const get = async (url: string) => (await desk.app.inject(url)).body;
const save = async (source: string, more: Readonly<Record<string, string>> = {}) =>
  desk.post(page, { do: 'save', source, opened: await opened(), ...more });
const edited = () => desk.read(file).replace('Guten Tag', 'Moin moin');
const inUse = () =>
  desk.keepers
    .current(desk.folder)
    .templates.get('de/cancel-portal')
    ?.sources.find(({ id }) => id === 'de/cancel-portal')?.source;

describe('the list', () => {
  test('says at a glance that all is complete', async () => {
    expect(await get('/templates')).toContain('All complete.');
  });

  test('says what is missing, and who serves meanwhile', async () => {
    rmSync(join(desk.folder, file));
    const body = await get('/templates');
    expect(body).not.toContain('All complete');
    expect(await get('/templates/de')).toContain('missing: English (en) serves');
    expect(await get(page)).toContain('is not there yet');
  });

  test('says which files have problems, and where', async () => {
    desk.write(file, desk.read(file).replace('Guten Tag', '{{custommer.name}}'));
    const body = await get('/templates');
    expect(body).toContain('problem');
    expect(body).toContain('Did you mean');
    expect(body).toContain(file);
  });

  test('says who changed a file, and stays short of 100 kB', async () => {
    expect((await save(edited())).statusCode).toBe(303);
    const body = await get('/templates/de');
    expect(body).toContain('by ana');
    expect(Buffer.byteLength(await get('/templates'))).toBeLessThan(100_000);
    expect(Buffer.byteLength(await get(page))).toBeLessThan(100_000);
  });
});

describe('saving', () => {
  test('writes the file, takes it over, keeps who and when, and audits it', async () => {
    const before = await opened();
    const { statusCode, location } = await save(edited());
    expect([statusCode, location]).toEqual([303, `${page}?done=saved-yes`]);
    expect(desk.read(file)).toContain('Moin moin');
    expect(inUse()).toContain('Moin moin');
    const [line] = await desk.store.listAudit({ subject: 'template', limit: 1 });
    expect(line).toMatchObject({
      by: 'ana',
      action: 'saved',
      subjectId: 'de/cancel-portal',
      before: { version: before.slice(0, 12) },
      after: { version: (await opened()).slice(0, 12), folder: desk.folder },
    });
    expect(readdirSync(join(desk.folder, 'de')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('refuses words with a problem, at their line, and keeps what was typed', async () => {
    const broken = desk.read(file).replace('Guten Tag', 'Guten Tag {{custommer.name}}');
    const { statusCode, body } = await save(broken);
    expect(statusCode).toBe(422);
    expect(body).toContain('Did you mean');
    expect(body).toMatch(/data-line="\d+"/);
    expect(body).toContain('{{custommer.name}}');
    expect(desk.read(file)).not.toContain('custommer');
    expect(inUse()).not.toContain('custommer');
    expect(await desk.store.listAudit({ subject: 'template', limit: 1 })).toEqual([]);
  });

  test('refuses words that lack a fact, which only a sample shows', async () => {
    const lacking = desk.read(file).replace(/\{\{> costs[^}]*\}\}/, '');
    expect(lacking).not.toBe(desk.read(file));
    const { statusCode, body } = await save(lacking);
    expect(statusCode).toBe(422);
    expect(body).toContain('no-refund-promised');
  });

  test('does not write over what another saved meanwhile, and shows both', async () => {
    const hash = await opened();
    expect((await save(edited())).statusCode).toBe(303);
    desk.person.name = 'ben';
    const mine = desk.read(file).replace('Moin moin', 'Servus');
    const { statusCode, body } = await save(mine, { opened: hash });
    expect(statusCode).toBe(409);
    expect(body).toContain('changed since you opened it');
    expect(body).toMatch(/Moin moin/);
    expect(body).toMatch(/Servus/);
    expect(desk.read(file)).toContain('Moin moin');
    // Saved again, now in the knowledge of the other words.
    expect((await save(mine)).statusCode).toBe(303);
    expect(desk.read(file)).toContain('Servus');
  });

  test('of two who save at once one is told', async () => {
    const hash = await opened();
    const results = await Promise.all(
      ['Servus', 'Moin'].map((word) =>
        save(desk.read(file).replace('Guten Tag', word), { opened: hash }),
      ),
    );
    expect(results.map(({ statusCode }) => statusCode).sort()).toEqual([303, 409]);
  });

  test('does not write over an edit by hand', async () => {
    const hash = await opened();
    desk.write(file, edited());
    expect((await save(`${desk.read(file)}\nMehr.\n`, { opened: hash })).statusCode).toBe(409);
  });

  test('lets somebody mend one of two broken files', async () => {
    const good = desk.read(file);
    for (const name of [file, 'de/cancel-phone.md.hbs'])
      desk.write(name, desk.read(name).replace('Guten Tag', '{{nothing}}'));
    const { statusCode, location } = await save(`${good}\n`);
    expect([statusCode, location]).toEqual([303, `${page}?done=saved-no`]);
    expect(desk.read(file)).toBe(good);
  });

  test('writes line feeds without a mark, whatever a form sends, and nothing where nothing changed', async () => {
    const crlf = `\uFEFF${desk.read(file).replaceAll('\n', '\r\n')}`;
    expect((await save(crlf)).body).toContain('Nothing to save');
    expect((await save(edited().replaceAll('\n', '\r\n'))).statusCode).toBe(303);
    expect(desk.read(file)).not.toContain('\r');
  });

  test('keeps the rights of the file', async () => {
    chmodSync(join(desk.folder, file), 0o640);
    await save(edited());
    expect(statSync(join(desk.folder, file)).mode & 0o777).toBe(0o640);
  });

  test('refuses a draft above the limit, and takes one below it without a hitch', async () => {
    const { statusCode } = await save('x'.repeat(templateBytesMax + 1));
    expect(statusCode).toBe(413);
    expect((await save('ü'.repeat(templateBytesMax))).statusCode).toBe(413);
    expect((await save('x'.repeat(4 * templateBytesMax))).statusCode).toBe(413);
    expect((await save('{{#if '.repeat(20_000))).statusCode).toBe(422);
  });

  test('checks a partial with every reply that uses it', async () => {
    const id = 'de/partials/costs';
    const source = desk.read(`${id}.md.hbs`);
    const hash = await opened(id);
    const path = `/templates/${id}`;
    const lacking = source.replace(/\{\{#says "no-refund-promised"\}\}[\s\S]*?\{\{\/says\}\}/, '');
    expect(lacking).not.toBe(source);
    const refused = await desk.post(path, { do: 'save', source: lacking, opened: hash });
    expect(refused.statusCode).toBe(422);
    const good = await desk.post(path, { do: 'save', source: `${source}\n\n`, opened: hash });
    expect(good.body).toContain('Nothing to save');
  });

  test('checks the layout by how it looks', async () => {
    const source = desk.read('layout.html.hbs');
    const bad = source.replace('td { color: #1f2328', 'td { color: #fefefe');
    const hash = await opened('layout');
    const refused = await desk.post('/templates/layout', { do: 'save', source: bad, opened: hash });
    expect(refused.statusCode).toBe(422);
    expect(refused.body).toContain('contrast');
  });
});

describe('no way out of the folder', () => {
  test.each([
    '/templates/..%2f..%2fetc/passwd',
    '/templates/de/..%2f..%2fsecret',
    '/templates/de/%2e%2e',
    '/templates/de/cancel-portal%00',
    '/templates/de/cancel-portal.md.hbs',
    '/templates/de/CANCEL-portal',
    '/templates/de/no-such-reply',
    '/templates/xx/cancel-portal',
    '/templates/de/partials/..%2fcancel-portal',
    '/templates/de/partials/new',
    '/templates/layout%2f..',
    '/templates/de/cancel-portal?folder=9',
    '/templates/de/cancel-portal?folder=/etc',
  ])('%s', async (url) => {
    expect((await desk.app.inject(url)).statusCode).toBe(404);
    const { statusCode } = await desk.post(url, { do: 'save', source: 'x', opened: '' });
    expect(statusCode).toBe(404);
    expect(
      (await desk.post('/templates/try', { id: '../../etc/passwd', source: '' })).statusCode,
    ).toBe(404);
  });

  test('a link is not written through, neither of a file nor of a folder', async () => {
    const outside = join(desk.folder, '..', `outside-${Date.now()}`);
    mkdirSync(outside);
    try {
      const source = edited();
      rmSync(join(desk.folder, file));
      writeFileSync(join(outside, 'kept.md.hbs'), source.replace('Moin moin', 'Guten Tag'));
      symlinkSync(join(outside, 'kept.md.hbs'), join(desk.folder, file));
      const { statusCode, body } = await save(source);
      expect(statusCode).toBe(422);
      expect(body).toContain('is a link');
      expect(await desk.store.listAudit({ subject: 'template', limit: 1 })).toEqual([]);
      expect(readdirSync(outside)).toEqual(['kept.md.hbs']);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });
});

describe('history', () => {
  test('tells who saved what, and takes it back as a new version', async () => {
    const first = await opened();
    await save(edited());
    const second = await opened();
    const history = await get(`${page}/history`);
    expect(history).toContain(first.slice(0, 12));
    expect(history).toContain(second.slice(0, 12));
    expect(history).toContain('in the folder now');
    const compared = await get(`${page}/history/compare?from=${first}&to=${second}`);
    expect(compared).toContain('<mark>Guten Tag</mark>');
    expect(compared).toContain('<mark>Moin moin</mark>');
    const back = await desk.post(`${page}/history`, { version: first, opened: second });
    expect(back.statusCode).toBe(303);
    expect(await opened()).toBe(first);
    const lines = await desk.store.listAudit({ subject: 'template', limit: 5 });
    expect(lines.map(({ action }) => action)).toEqual(['rolled-back', 'saved']);
  });

  test('does not take back what has a problem by now', async () => {
    const first = await opened();
    await save(desk.read(file).replace('{{> costs}}', desk.read('de/partials/costs.md.hbs')));
    const now = await opened();
    // The piece that the old words use is renamed by hand.
    for (const name of readdirSync(join(desk.folder, 'de'), { recursive: true }).map(String)) {
      if (!name.endsWith('.hbs')) continue;
      desk.write(`de/${name}`, desk.read(`de/${name}`).replace('{{> costs', '{{> prices'));
    }
    desk.write('de/partials/prices.md.hbs', desk.read('de/partials/costs.md.hbs'));
    rmSync(join(desk.folder, 'de/partials/costs.md.hbs'));
    const back = await desk.post(`${page}/history`, { version: first, opened: now });
    expect(back.statusCode).toBe(422);
    expect(back.body).toContain('There is no partial &quot;costs&quot;');
    expect(await opened()).toBe(now);
  });

  test('knows no version that never was', async () => {
    const fields = { version: 'f'.repeat(64), opened: await opened() };
    expect((await desk.post(`${page}/history`, fields)).statusCode).toBe(404);
  });

  test('shows no words but those of the file', async () => {
    const other = await opened('de/cancel-phone');
    const own = await opened();
    const { statusCode } = await desk.app.inject(`${page}/history/compare?from=${other}&to=${own}`);
    expect(statusCode).toBe(404);
  });
});

describe('the preview', () => {
  test('is a document of its own that runs and loads nothing, for its maker alone', async () => {
    const src = /src="(\/templates\/previews\/[^"]+)"/.exec(await get(page))?.[1] ?? '';
    const { headers, body, statusCode } = await desk.app.inject(src);
    expect(statusCode).toBe(200);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain('sandbox');
    expect(body).toContain('<style');
    desk.person.name = 'ben';
    expect((await desk.app.inject(src)).statusCode).toBe(404);
  });

  test('shows the name of a hostile customer literally', async () => {
    const name = '<script>alert(1)</script><img src=x onerror=alert(2)>';
    await desk.store.importCustomers(
      [
        {
          id: 'evil',
          name,
          otherDomains: [],
          contacts: [],
          subscriptions: [{ product: name, licensesAssigned: 3 }],
        },
      ],
      { dryRun: false, at: desk.desk.now, origin: { source: 'import', from: 'x', by: 'test' } },
    );
    const body = await get(`${page}?customer=evil`);
    expect(body).not.toContain('<script>alert');
    expect(body).not.toContain('<img');
    const src = /src="(\/templates\/previews\/[^"]+)"/.exec(body)?.[1] ?? '';
    const reply = await get(src);
    expect(reply).not.toContain('<script');
    expect(reply).not.toContain('<img');
  });

  test('of what is typed comes with its problems, and says how long it took', async () => {
    const source = edited();
    const good = await desk.post('/templates/try', { id: 'de/cancel-portal', source });
    expect(good.statusCode).toBe(200);
    expect(good.body).toContain('No problems.');
    expect(good.body).toMatch(/Checked in \d+ ms/);
    expect(good.body).toContain('Moin moin');
    const bad = await desk.post('/templates/try', { id: 'de/cancel-portal', source: 'x' });
    expect(bad.body).toContain('front matter is missing');
    expect(existsSync(join(desk.folder, 'de', 'x'))).toBe(false);
  });

  test('a person has two checks in hand at most', async () => {
    const source = edited();
    const ask = () => desk.post('/templates/try', { id: 'de/cancel-portal', source });
    const codes = (await Promise.all([ask(), ask(), ask(), ask()])).map((one) => one.statusCode);
    expect(codes.sort()).toEqual([200, 200, 429, 429]);
    expect((await ask()).statusCode).toBe(200);
  });
});

describe('a new language', () => {
  test('is begun from another, in use at once, and never over one that is there', async () => {
    const { statusCode, location } = await desk.post('/templates/new-locale', {
      locale: 'ro',
      from: 'en',
    });
    expect([statusCode, location]).toEqual([303, '/templates?begun=ro']);
    expect(desk.keepers.current(desk.folder).locales).toContain('ro');
    expect(await get('/templates')).toContain('in English words still');
    for (const locale of ['ro', 'RO', '../x', 'no language', ''])
      expect((await desk.post('/templates/new-locale', { locale, from: 'en' })).statusCode).toBe(
        422,
      );
  });
});

test('what would change in the last replies is shown before anything is saved', async () => {
  const { body, statusCode } = await desk.post(page, {
    do: 'changes',
    source: edited(),
    opened: await opened(),
  });
  expect(statusCode).toBe(200);
  expect(body).toContain('What would change');
  expect(desk.read(file)).not.toContain('Moin moin');
});

test('a viewer reads, previews and changes nothing', async () => {
  desk.person.role = 'viewer';
  const body = await get(page);
  expect(body).toContain('readonly');
  expect(body).not.toContain('Save as a new version');
  const forms = [
    page,
    `${page}/history`,
    '/templates/try',
    '/templates/new-locale',
    '/templates/layout',
    '/templates/de/partials/costs',
  ];
  for (const path of forms) expect((await desk.post(path, {})).statusCode).toBe(403);
});
