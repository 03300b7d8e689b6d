/**
 * `templates check`: silence is no answer, and every problem comes with its file and line.
 */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { makeCommandPlace, runCommandLine } from '../support/command.ts';
import { projectRoot } from '../support/source-code.ts';

const place = makeCommandPlace();
afterAll(() => place.remove());

const templates = join(place.folder, 'templates');
place.write('config/config.yaml', 'partner: { name: Fabrikam Cloud, signature: Desk }\n');

function check() {
  return runCommandLine(['templates', 'check'], { cwd: place.folder });
}

function edit(name: string, change: (source: string) => string): void {
  const path = join(templates, name);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

beforeEach(() => {
  rmSync(templates, { recursive: true, force: true });
  cpSync(join(projectRoot, 'templates'), templates, { recursive: true });
});

const locales = readdirSync(join(projectRoot, 'templates'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

test('says that all is good, of how many in which languages', async () => {
  expect(await check()).toEqual({
    code: 0,
    stdout: `${locales.length * 13} templates in ${locales.join(', ')}: all good.\n`,
    stderr: '',
  });
});

describe('names file and line of', () => {
  test.each<[string, string, (source: string) => string, RegExp]>([
    [
      'a mistyped variable',
      'de/mixed.md.hbs',
      (source) => source.replace('partner.name', 'partner.nmae'),
      /templates\/de\/mixed\.md\.hbs:\d+:\d+: .*Did you mean "partner\.name"\?/,
    ],
    [
      'a block that is not closed',
      'en/cancel-phone.md.hbs',
      (source) => `${source}\n{{#if contact}}\n`,
      /templates\/en\/cancel-phone\.md\.hbs:\d+/,
    ],
    [
      'a missing front matter',
      'fr/suspicious.md.hbs',
      () => 'Bonjour,\n',
      /templates\/fr\/suspicious\.md\.hbs:1: The front matter is missing/,
    ],
    [
      'a partial with a mistyped variable',
      'en/partials/signature.md.hbs',
      (source) => source.replace('partner.signature', 'partner.sign'),
      /templates\/en\/partials\/signature\.md\.hbs:\d+:\d+: /,
    ],
  ])('%s', async (_, name, change, expected) => {
    edit(name, change);
    const { code, stdout, stderr } = await check();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(expected);
    expect(stderr).toMatch(/^\d+ problem\(s\)\..*last good version\.$/m);
  });

  test('several problems at once', async () => {
    edit('de/mixed.md.hbs', () => 'x');
    edit('fr/mixed.md.hbs', () => 'y');
    const { code, stderr } = await check();
    expect(code).toBe(1);
    expect(stderr).toContain('de/mixed.md.hbs:1');
    expect(stderr).toContain('fr/mixed.md.hbs:1');
  });
});

test('a template that is missing in one language is named', async () => {
  rmSync(join(templates, 'fr/suspicious.md.hbs'));
  const { code, stderr } = await check();
  expect(code).toBe(1);
  expect(stderr).toMatch(/^fr\/suspicious\.md\.hbs: The template is missing/m);
});

test('a reply that would lack a required fact is refused', async () => {
  edit('en/suspicious.md.hbs', () => '---\nsubject: Careful\n---\nHello.\n');
  const { code, stderr } = await check();
  expect(code).toBe(1);
  expect(stderr).toContain('en/suspicious.md.hbs');
});

test('a folder without templates is no success', async () => {
  rmSync(templates, { recursive: true });
  place.write('templates/readme.txt', 'nothing here');
  const { code, stderr } = await check();
  expect(code).toBe(1);
  expect(stderr).toContain('en/cancel-portal.md.hbs: The template is missing');
});
