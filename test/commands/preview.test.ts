/**
 * `preview`: every reply in every language and format, for a sample or a customer, and what it refuses.
 */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { isGenericScenario, repliedScenarios } from '../../src/core/decision.ts';
import { parseMail } from '../../src/core/parse.ts';
import {
  fixturesFolder,
  makeCommandPlace,
  minimalSettings,
  runCommandLine,
} from '../support/command.ts';
import { projectRoot } from '../support/source-code.ts';

const place = makeCommandPlace();
afterAll(() => place.remove());

const customers = join(fixturesFolder, 'customers.csv');
place.write('responder.yaml', minimalSettings);

function preview(...args: readonly string[]) {
  return runCommandLine(['preview', ...args], {
    cwd: place.folder,
    env: { TRANSITION_RESPONDER_CONFIG: 'responder.yaml' },
  });
}

const greetings = { en: 'Hello', de: 'Guten Tag', fr: 'Bonjour' } as const;
const rows = repliedScenarios.flatMap((scenario) =>
  (['en', 'de', 'fr'] as const).map((locale) => ({ scenario, locale })),
);

describe('every reply', () => {
  test.each(rows)('$scenario in $locale, as text and HTML', async ({ scenario, locale }) => {
    const args = [scenario, '--locale', locale];
    const text = await preview(...args);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(/^To: [^\n]+@[^\n]+\nSubject: [^\n]+\n\n/);
    expect(text.stdout).toContain(greetings[locale]);
    expect(text.stdout).toContain('Fabrikam support desk');
    const html = await preview(...args, '--format', 'html');
    expect(html).toMatchObject({ code: 0, stderr: '' });
    expect(html.stdout).toMatch(new RegExp(`^<!doctype html>\\n<html lang="${locale}"`));
    for (const { stdout } of [text, html]) {
      expect(stdout).not.toMatch(/\{\{|\bundefined\b|\bNaN\b|\[object /);
    }
  });

  test('as the mail that would go out', async () => {
    const { code, stdout } = await preview('cancel-portal', '--locale', 'fr', '--format', 'eml');
    expect(code).toBe(0);
    const mail = await parseMail(Buffer.from(stdout));
    const field = (name: string) => mail.fields.find((found) => found.name === name)?.value;
    expect(field('auto-submitted')).toBe('auto-replied');
    expect(field('x-auto-response-suppress')).toBe('All');
    expect(field('precedence')).toBe('auto_reply');
    expect(mail.from[0]?.address).toBe('support@partner.example');
    expect(mail.text).toContain('Bonjour');
    expect(mail.html).toContain('<html lang="fr"');
  });

  test('in several formats, one after the other', async () => {
    const { code, stdout } = await preview('cancel-phone', '--format', 'text, html,eml');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^To: .*<!doctype html>.*^Auto-Submitted: auto-replied/ms);
  });
});

describe('for a customer', () => {
  test('shows the record, its contact and its language', async () => {
    const args = ['approve-partner', '--customers', customers, '--customer', 'northwind'];
    const { code, stdout, stderr } = await preview(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^To: juergen\.vogel@northwind\.example\n/);
    expect(stdout).toContain('Northwind Traders GmbH');
    expect(stdout).toContain('Guten Tag');
  });

  test('says when the record is in another situation', async () => {
    const args = ['cancel-phone', '--customers', customers, '--customer', 'contoso'];
    const { code, stdout, stderr } = await preview(...args);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^The record of contoso gives cancel-portal; shown as if/);
    expect(stdout).toContain('Contoso Ltd');
  });

  test.each(['reminder', 'outreach'])('shows what we would begin ourselves: %s', async (name) => {
    const { code, stdout, stderr } = await preview(
      ...[name, '--customers', customers, '--customer', 'contoso', '--format', 'eml'],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Auto-Submitted: auto-generated');
    expect(stdout).toContain('Contoso Ltd');
  });

  test('refuses to show a mail ahead of the notice that would never be sent', async () => {
    const args = ['outreach', '--customers', customers, '--customer', 'northwind'];
    const { code, stderr } = await preview(...args);
    expect(code).toBe(2);
    expect(stderr).toContain('gives approve-partner, not a situation for outreach');
  });

  test.each(repliedScenarios.filter(isGenericScenario))(
    '%s discloses nothing of it',
    async (name) => {
      const args = [name, '--customers', customers, '--customer', 'northwind'];
      const { code, stdout } = await preview(...args);
      expect(code).toBe(0);
      expect(stdout).not.toMatch(/northwind/i);
    },
  );
});

describe('a language without templates', () => {
  test('falls back, and says to which', async () => {
    const romanian = await preview('cancel-portal', '--locale', 'ro');
    expect(romanian.code).toBe(0);
    expect(romanian.stdout).toContain('Hello');
    expect(romanian.stderr).toBe(
      'There is no template of cancel-portal in ro: it goes out in en.\n',
    );
    const austrian = await preview('cancel-portal', '--locale', 'de-AT');
    expect(austrian.stdout).toContain('Guten Tag');
    expect(austrian.stderr).toContain('it goes out in de.');
  });
});

describe('wrong usage', () => {
  test.each([
    ['an unknown scenario', ['cancel'], /“cancel”; .*allowed are approve-partner, .*suspicious\./],
    ['a mistyped scenario', ['cancel-fone'], /did you mean cancel-phone\?/],
    ['no scenario', [], /Name a scenario, a --case, or --all/],
    ['a mistyped sample', ['mixed', '--sample', 'ordinery'], /did you mean “ordinary”\?/],
    ['an unknown sample', ['mixed', '--sample', 'zzz'], /there are “ordinary”, “nothing known”/],
    ['a sample of a customer', ['mixed', '--sample', 'x', '--customer', 'y'], /not both at once/],
    ['all without a file', ['--all'], /--out gallery\.html/],
    ['all in a format', ['--all', '--out', 'x.html', '--format', 'text'], /takes --locale/],
    [
      'all in a language that is not there',
      ['--all', '--out', 'x.html', '--locale', 'ro'],
      /no templates in ro/,
    ],
    ['a case and a scenario', ['mixed', '--case', 'c0'], /as it was sent/],
    [
      'a file that cannot be written',
      ['mixed', '--out', join(customers, 'reply.txt')],
      /cannot be written/,
    ],
    ['a scenario that is never answered', ['not-in-transition'], /allowed are approve-partner/],
    ['no language', ['mixed', '--locale', 'xx'], /found “xx”.*templates in .*de, en, .*fr/],
    ['no language tag', ['mixed', '--locale', 'a b'], /found “a b”/],
    ['an unknown format', ['mixed', '--format', 'text,pdf'], /found “pdf”.*text, html, eml\./],
    ['an empty format', ['mixed', '--format', ''], /text, html, eml\./],
    [
      'an unknown customer',
      ['mixed', '--customers', customers, '--customer', 'nobody'],
      /no customer “nobody” in .*; it has contoso, northwind, /,
    ],
    [
      'a mistyped customer',
      ['mixed', '--customers', customers, '--customer', 'contosso'],
      /did you mean contoso\?/,
    ],
    ['customers without a customer', ['mixed', '--customers', customers], /needs --customer/],
    [
      'customers that cannot be read',
      ['mixed', '--customers', 'nowhere.csv', '--customer', 'contoso'],
      /nowhere\.csv cannot be read/,
    ],
    [
      'mixed for a record with one situation',
      ['mixed', '--customers', customers, '--customer', 'contoso'],
      /gives cancel-portal, not several/,
    ],
  ])('%s ends with 2 and what is allowed', async (_, args, sentence) => {
    const { code, stdout, stderr } = await preview(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(sentence);
  });
});

describe('a damaged template', () => {
  test('is told with its place, not as a fault of the program', async () => {
    place.write('own/responder.yaml', minimalSettings);
    const templates = join(place.folder, 'own/templates');
    cpSync(join(projectRoot, 'templates'), templates, { recursive: true });
    const damaged = join(templates, 'en/cancel-phone.md.hbs');
    writeFileSync(damaged, `${readFileSync(damaged, 'utf8')}\n{{partner.nmae}}\n{{#if\n`);
    rmSync(join(templates, 'layout.html.hbs'));
    const args = ['cancel-phone', '--config', 'own/responder.yaml'];
    const { code, stdout, stderr } = await preview(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/en\/cancel-phone\.md\.hbs:\d+/);
    expect(stderr).toMatch(/\[TEMPLATES_INVALID\]\n$/);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});
