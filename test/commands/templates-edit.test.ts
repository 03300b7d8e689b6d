/**
 * An admin edits: what would change, what went out before, a new language, and what a template may use.
 */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseMail } from '../../src/core/parse.ts';
import { templateDocs } from '../../src/core/template-docs.ts';
import { openStore } from '../../src/store/open.ts';
import { makeCommandPlace, minimalSettings, runCommandLine } from '../support/command.ts';
import { noon, openPipelineDesk } from '../support/pipeline-desk.ts';
import { customers, fixture, fixtureNames } from '../support/sample-desk.ts';
import { projectRoot } from '../support/source-code.ts';

const place = makeCommandPlace();
afterAll(() => place.remove());
place.write('responder.yaml', minimalSettings);
const drafts = join(place.folder, 'drafts');

function run(...args: readonly string[]) {
  return runCommandLine([...args, '--config', 'responder.yaml'], { cwd: place.folder });
}

function editDraft(name: string, change: (text: string) => string): void {
  const path = join(drafts, name);
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
}

function freshDrafts(): void {
  rmSync(drafts, { recursive: true, force: true });
  cpSync(join(projectRoot, 'templates'), drafts, { recursive: true });
}

/** The replies of the desk’s samples, as the pipeline makes and sends them. */
let sent: readonly {
  readonly caseId: string;
  readonly templateId: string;
  readonly text: string;
}[];

beforeAll(async () => {
  freshDrafts();
  const { store } = await openStore({ dataDir: join(place.folder, 'data') });
  await store.importCustomers(customers, {
    at: noon,
    dryRun: false,
    origin: { source: 'import', from: 'a', by: 'b' },
  });
  const desk = await openPipelineDesk(store);
  const names = fixtureNames('forwards').filter((name) =>
    /^(?:gmail_web_en|apple_mail_16_de)/.test(name),
  );
  expect(names.length).toBeGreaterThan(1);
  const ids: string[] = [];
  for (const name of names) ids.push(await desk.take(fixture('forwards', name)));
  await desk.run();
  const found = await Promise.all(ids.map((id) => store.findCase(id)));
  sent = found.flatMap((stored) =>
    stored?.reply === undefined ? [] : [{ caseId: stored.caseId, ...stored.reply.content }],
  );
  expect(new Set(sent.map(({ templateId }) => templateId.slice(0, 2)))).toEqual(
    new Set(['de', 'en']),
  );
  await store.close();
});

describe('templates diff', () => {
  const diff = (...args: readonly string[]) =>
    run('templates', 'diff', '--templates', 'drafts', ...args);

  test('says that nothing changes where nothing was edited', async () => {
    freshDrafts();
    const { code, stdout, stderr } = await diff();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(
      `Of the last ${sent.length} replies: 0 with other words, 0 that only look different, ${sent.length} the same.\n`,
    );
  });

  test('shows the lines of each reply that an edit would change, and no others', async () => {
    freshDrafts();
    editDraft('de/partials/signature.md.hbs', (text) =>
      text.replace('Freundliche Grüße', 'Beste Grüße'),
    );
    const { code, stdout } = await diff();
    expect(code).toBe(0);
    const german = sent.filter(({ templateId }) => templateId.startsWith('de/'));
    expect(stdout.match(/^ {2}-Freundliche Grüße$/gm)).toHaveLength(german.length);
    expect(stdout.match(/^ {2}\+Beste Grüße$/gm)).toHaveLength(german.length);
    for (const { caseId, templateId } of sent) {
      expect([templateId, stdout.includes(caseId)]).toEqual([
        templateId,
        templateId.startsWith('de/'),
      ]);
    }
    expect(stdout).toContain(`${german.length} with other words`);
  });

  test('tells a change of the look from one of the words', async () => {
    freshDrafts();
    editDraft('layout.html.hbs', (text) => text.replace('max-width: 600px', 'max-width: 560px'));
    expect((await diff()).stdout).toContain(`${sent.length} that only look different`);
  });

  test('says which replies could not be composed any more, and that it would not go live', async () => {
    freshDrafts();
    editDraft('en/partials/warnings.md.hbs', (text) =>
      text.replace('"do-not-pay"', '"do-not-play"'),
    );
    const { code, stdout, stderr } = await diff();
    expect(code).toBe(1);
    expect(stderr).toMatch(/en\/partials\/warnings\.md\.hbs:3:\d+: There is no fact "do-not-play"/);
    expect(stdout).toMatch(/could not be composed any more: .*do-not-pay/);
    expect(stdout).toMatch(/The edit has \d+ problem\(s\) and would not go live\.\n$/);
  });

  test('looks at so many cases as it is asked for', async () => {
    freshDrafts();
    expect((await diff('--last', '1')).stdout).toMatch(/^Of the last 1 replies/);
    for (const wrong of ['0', '-1', 'x', '1001', '']) {
      const { code, stderr } = await diff('--last', wrong);
      expect([wrong, code]).toEqual([wrong, 2]);
      expect(stderr).toContain('a number from 1 to 1000');
    }
  });
});

describe('what went out', () => {
  test('templates history lists the versions, of one template or of all', async () => {
    const { code, stdout } = await run('templates', 'history');
    expect(code).toBe(0);
    const ids = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('  ')[2]);
    expect(new Set(ids)).toEqual(new Set(sent.map(({ templateId }) => templateId)));
    const [{ templateId = '' } = {}] = sent;
    const one = await run('templates', 'history', templateId);
    expect(one.stdout).toMatch(
      new RegExp(`^2026-11-23T12:00:00\\.000Z  [0-9a-f]{12}  ${templateId}\n$`),
    );
    expect((await run('templates', 'history', 'xx/none')).stdout).toBe(
      'No version went out yet.\n',
    );
  });

  test('templates show prints a version, and writes one as a folder', async () => {
    const { stdout } = await run('templates', 'history');
    const [, hash = '', id = ''] = stdout.split('\n')[0]?.split('  ') ?? [];
    const shown = await run('templates', 'show', hash);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain(`===== ${id}.md.hbs\n---\nsubject:`);
    const written = await run('templates', 'show', hash, '--out', 'old');
    expect(written.stdout).toMatch(/^\d+ files in /);
    const path = join('templates', `${id}.md.hbs`);
    expect(readFileSync(join(place.folder, 'old', `${id}.md.hbs`), 'utf8')).toBe(
      readFileSync(join(projectRoot, path), 'utf8'),
    );
    // What is there already is not written over.
    expect((await run('templates', 'show', hash, '--out', 'old')).code).toBe(2);
    expect((await run('templates', 'show', '0123456789')).stderr).toContain(
      'No version “0123456789”',
    );
  });

  test('preview --case shows the reply as it was sent, whatever the templates say now', async () => {
    const [{ caseId = '', text = '' } = {}] = sent;
    const asText = await run('preview', '--case', caseId);
    expect(asText.stdout).toContain(text);
    await run('preview', '--case', caseId, '--out', 'reply.eml');
    const mail = await parseMail(readFileSync(join(place.folder, 'reply.eml')));
    expect(mail.text?.replace(/\r\n/g, '\n').trimEnd()).toBe(text.trimEnd());
    expect(mail.fields.find(({ name }) => name === 'date')?.value).toContain(
      '23 Nov 2026 12:00:00',
    );
    expect((await run('preview', '--case', 'c-none')).stderr).toContain('No case “c-none”');
  });
});

describe('preview --all', () => {
  test('writes a page of every scenario in a language', async () => {
    const { code, stdout, stderr } = await run(
      'preview',
      '--all',
      '--locale',
      'de',
      '--out',
      'g.html',
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(/^Written to .*g\.html\.\n$/);
    const page = readFileSync(join(place.folder, 'g.html'), 'utf8');
    expect(page.match(/<iframe [^>]*sandbox/g)).toHaveLength(13);
    expect(page).toContain('id="de/cancel-portal"');
    expect(page).toContain('<h3>German (de)</h3>');
    expect(page).not.toMatch(/<script|src=/);
  });

  test('says on the page and at the end what cannot be composed', async () => {
    freshDrafts();
    editDraft('de/mixed.md.hbs', (text) => text.replace('{{> contact}}', '{{> kontakt}}'));
    const args = ['--locale', 'de', '--templates', 'drafts', '--out', 'g.html'];
    const { code, stderr } = await run('preview', '--all', ...args);
    expect(code).toBe(1);
    expect(stderr).toContain('1 cannot be composed; the page says why.');
    expect(readFileSync(join(place.folder, 'g.html'), 'utf8')).toContain(
      'This reply cannot be composed',
    );
  });
});

describe('templates new-locale', () => {
  const begin = (...args: readonly string[]) =>
    run('templates', 'new-locale', ...args, '--templates', 'drafts');

  test('begins a language that passes the check, with its plural forms', async () => {
    freshDrafts();
    const { code, stdout } = await begin('sl');
    expect(code).toBe(0);
    expect(stdout).toContain('files for Slovenian, in the words of en');
    expect(readdirSync(join(drafts, 'sl')).sort()).toEqual(readdirSync(join(drafts, 'en')).sort());
    const words = readFileSync(join(drafts, 'sl/partials/subscriptions.md.hbs'), 'utf8');
    for (const form of ['one', 'two', 'few', 'other'])
      expect(words).toContain(`${form}="# license`);
    const check = await run('templates', 'check', '--templates', 'drafts');
    expect(check).toMatchObject({ code: 0, stdout: expect.stringContaining(', sl') });
    expect(check.stderr).toMatch(/^Note: sl has \d+ template\(s\) in English words still\.\n$/);
    const shown = await run('preview', 'cancel-portal', '--locale', 'sl', '--templates', 'drafts');
    expect(shown.stdout).toContain('December'.slice(0, 3).toLowerCase());
  });

  test.each([
    ['one that is there', ['DE'], /is there already/],
    ['none', ['klingonisch'], /is no language; write its tag/],
    ['a path', ['../../x'], /is no language/],
    ['one from a language that is not there', ['ro', '--from', 'xx'], /no templates in “xx”/],
  ])('refuses %s', async (_, args, sentence) => {
    freshDrafts();
    const { code, stderr } = await begin(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
    expect(existsSync(join(drafts, 'ro'))).toBe(false);
  });
});

test('templates docs prints the page’s own section', async () => {
  const { code, stdout } = await runCommandLine(['templates', 'docs'], { cwd: place.folder });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${templateDocs()}\n` });
});
