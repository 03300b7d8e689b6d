/**
 * The commands where mailboxes have settings of their own: whose they go by, and what they refuse.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkTemplatesOf } from '../../src/commands/doctor-checks.ts';
import { loadSettings } from '../../src/edges/settings.ts';
import { makeCommandPlace, minimalSettings, runCommandLine } from '../support/command.ts';
import { forwardOf } from '../support/pipeline-desk.ts';

const place = makeCommandPlace();
afterAll(() => place.remove());

const [head = '', mailbox = ''] = minimalSettings.split(/(?=^ {2}- name)|(?=^mode)/m);
const rest = minimalSettings.slice(head.length + mailbox.length);
const blue = mailbox
  .replaceAll('support', 'blue')
  .concat('    partner: { name: Blue Cloud }\n')
  .concat('    templatesDir: blue-words\n')
  .concat('    trustedAuthservIds: [mx.blue.example]\n');
place.write('responder.yaml', `${head}${mailbox}${blue}${rest}templatesDir: words\n`);
for (const folder of ['words', 'blue-words']) {
  cpSync('templates/en', join(place.folder, folder, 'en'), { recursive: true });
  cpSync('templates/layout.html.hbs', join(place.folder, folder, 'layout.html.hbs'));
}
const wordsOfBlue = join(place.folder, 'blue-words', 'en', 'cancel-portal.md.hbs');
const words = readFileSync(wordsOfBlue, 'utf8');
const blueWords = words.replace('you will not lose your work.', 'Blue is here to help.');
writeFileSync(wordsOfBlue, blueWords);

function run(...args: readonly string[]) {
  return runCommandLine([...args, '--config', 'responder.yaml'], { cwd: place.folder });
}

describe('preview', () => {
  test('shows the reply of the first mailbox, or of the one that is named', async () => {
    const first = await run('preview', 'cancel-portal');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain('you will not lose your work.');
    expect(first.stdout).toContain('Fabrikam Cloud');
    const named = await run(
      'preview',
      'cancel-portal',
      '--mailbox',
      'blue',
      '--format',
      'text,eml',
    );
    expect(named).toMatchObject({ code: 0, stderr: '' });
    expect(named.stdout).toContain('Blue is here to help.');
    expect(named.stdout).toContain('Blue Cloud');
    expect(named.stdout).not.toContain('Fabrikam Cloud');
    expect(named.stdout).toContain('<blue@partner.example>');
  });

  test('refuses a mailbox that the settings do not have, and one beside a case', async () => {
    expect(await run('preview', 'cancel-portal', '--mailbox', 'red')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--mailbox: found “red”, expected one of support, blue.'),
    });
    expect(await run('preview', '--case', 'c1', '--mailbox', 'blue')).toMatchObject({ code: 2 });
  });
});

describe('classify', () => {
  const file = place.write('mail.eml', forwardOf('contoso'));

  test('decides as the first mailbox would, or the one that is named', async () => {
    const authenticated = async (...args: readonly string[]) => {
      const { stdout } = await run('classify', file, '--json', ...args);
      return JSON.parse(stdout).sender.authenticated;
    };
    expect(await authenticated()).toBe('pass');
    expect(await authenticated('--mailbox', 'support')).toBe('pass');
    // Blue believes another host.
    expect(await authenticated('--mailbox', 'blue')).toBe('none');
  });

  test('refuses a mailbox that the settings do not have', async () => {
    expect(await run('classify', file, '--mailbox', 'red')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('templates check', () => {
  test('looks at every folder, and names it', async () => {
    const { code, stdout, stderr } = await run('templates', 'check');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const good = (folder: string) => `${join(place.folder, folder)}: 13 templates in en: all good.`;
    expect(stdout.trim().split('\n')).toEqual([good('words'), good('blue-words')]);
  });

  test('finds what is wrong in the folder of one mailbox', async () => {
    writeFileSync(wordsOfBlue, `${blueWords}\n{{customer.nmae}}\n`);
    const { code, stdout, stderr } = await run('templates', 'check');
    writeFileSync(wordsOfBlue, blueWords);
    expect(code).toBe(1);
    expect(stdout).toContain('words: 13 templates in en: all good.');
    expect(stderr).toContain(`${join(place.folder, 'blue-words')}: `);
    expect(stderr).toContain('customer.nmae');
  });
});

test('doctor looks at the templates of every mailbox', async () => {
  const configPath = join(place.folder, 'responder.yaml');
  const settings = loadSettings({ configPath, env: {}, cwd: place.folder, secrets: 'optional' });
  expect(await checkTemplatesOf(settings)).toEqual({
    verdict: 'ok',
    detail: ['words', 'blue-words']
      .map((folder) => `${join(place.folder, folder)}, 13 in en`)
      .join('; '),
  });
});
