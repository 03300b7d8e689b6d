/**
 * The page of `evaluate --html`: what strangers wrote stays text, nothing is loaded, everybody can read it.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPage, type Page } from '../support/chromium.ts';
import {
  fixturesFolder,
  makeCommandPlace,
  minimalSettings,
  runCommandLine,
} from '../support/command.ts';
import { forwardText, inlineBlock, mailText, noticeText, passFor } from '../support/sample-desk.ts';
import { requireService } from '../support/services.ts';

const place = makeCommandPlace();
afterAll(() => place.remove());

const settings = place.write('responder.yaml', minimalSettings);
const known = ['--config', settings, '--customers', join(fixturesFolder, 'customers.csv')];

const attack = '</script><img src=x onerror="document.title=\'owned\'"><script>alert(1)</script>';
const link = 'https://evil.example/track.png';

place.write('forward.eml', forwardText());
place.write(
  'hostile.eml',
  mailText({
    results: passFor('contoso.example'),
    subject: `Fw: ${attack}`,
    body: inlineBlock(`${noticeText({ organization: attack })}\n![x](${link})`, {
      subject: attack,
      from: `"${attack}" <microsoft-noreply@microsoft.com>`,
    }),
  }),
);

const tag = `<b onclick=alert(1)>${'long '.repeat(40)}`;

async function makePage(labels: readonly object[], name = 'page.html') {
  place.write('labels.jsonl', labels.map((label) => `${JSON.stringify(label)}\n`).join(''));
  const args = ['evaluate', 'labels.jsonl', ...known, '--html', name];
  const { code, stdout } = await runCommandLine(args, { cwd: place.folder });
  return { code, stdout, html: readFileSync(join(place.folder, name), 'utf8') };
}

const hostileLabels = [
  { file: 'forward.eml', action: 'reply', family: 'lose-access', customer: 'contoso' },
  { file: 'forward.eml', expect: { reply: false }, tags: [tag] },
  {
    file: 'hostile.eml',
    forwarded: { subject: 'x', from: { name: 'x' } },
    notice: { organization: attack.slice(1) },
    customer: `"><svg onload=alert(1)>`,
    tags: ['</td></table><iframe src=//evil.example>'],
  },
  { file: `${attack}.eml`, action: 'review' },
];

describe('the source of the page', () => {
  test('has no element, attribute or address that a mail or a label brought', async () => {
    const { html } = await makePage(hostileLabels);
    expect(html).toContain('&lt;/script&gt;&lt;img src=x onerror=');
    expect(html).not.toMatch(/<(?:script|img|svg|iframe|b onclick|a|link|object|form)\b/i);
    expect(html).not.toMatch(/\b(?:src|href|on\w+|url)\s*[=(](?![^<]*&quot;)\s*["']/i);
    const tags = new Set([...html.matchAll(/<([a-z0-9]+)/gi)].map(([, name]) => name));
    expect([...tags].sort()).toEqual(
      'b bdi body caption code dd details div dl dt h1 h2 head html li main meta ol p small span strong style summary table tbody td th thead title tr ul'.split(
        ' ',
      ),
    );
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  test('every table has a caption and heads, every wrong mail its expectation and evidence', async () => {
    const { html } = await makePage(hostileLabels);
    const count = (pattern: RegExp) => [...html.matchAll(pattern)].length;
    expect(count(/<table>/g)).toBe(5);
    expect(count(/<table>\n<caption>[^<]+<\/caption>\n<thead><tr><th scope="col">/g)).toBe(5);
    expect(count(/<details/g)).toBe(3);
    expect(count(/<ol class="evidence">/g)).toBe(3);
    expect(html.indexOf('wrong reply')).toBeLessThan(html.indexOf('<bdi>hostile.eml'));
    expect(html).toContain('Wrong replies: 1. As labelled: 1 of 4.');
  });

  test('of a run without faults it says so', async () => {
    const { code, html, stdout } = await makePage(hostileLabels.slice(0, 1));
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nThe page: page\.html\n$/);
    expect(html).toContain('None: every mail was decided as labelled.');
    expect(html).toContain('class="verdict good"');
  });

  test('a place that cannot be written to is told before anything is evaluated', async () => {
    mkdirSync(join(place.folder, 'taken.html'), { recursive: true });
    const run = (name: string) =>
      runCommandLine(['evaluate', 'labels.jsonl', ...known, '--html', name], { cwd: place.folder });
    expect(await run('taken.html')).toMatchObject({ code: 2, stdout: '' });
    expect(await run('nowhere/page.html')).toMatchObject({ code: 2, stdout: '' });
    const before = readFileSync(join(place.folder, 'labels.jsonl'), 'utf8');
    expect(await run('./labels.jsonl')).toMatchObject({ code: 2, stdout: '' });
    expect(readFileSync(join(place.folder, 'labels.jsonl'), 'utf8')).toBe(before);
  });
});

describe.skipIf(!requireService('chromium'))('the page in Chromium', () => {
  let page: Page;
  let url = '';
  beforeAll(async () => {
    await makePage(hostileLabels, 'hostile.html');
    url = pathToFileURL(join(place.folder, 'hostile.html')).href;
    page = await openPage();
    await page.open(url);
    await page.ask('document.querySelectorAll("details").forEach((one) => { one.open = true; })');
  });
  afterAll(() => page?.close());

  test('loads nothing but itself and runs nothing', async () => {
    expect(page.requests).toEqual([url]);
    expect(await page.ask('document.title')).toBe('Evaluation of labels.jsonl');
    const strange = 'document.querySelectorAll("script, img, svg, iframe, a, [onclick]").length';
    expect(await page.ask(strange)).toBe(0);
    expect(await page.ask('document.body.innerText')).toContain('<img src=x onerror=');
  });

  test.each([320, 390, 1280])(
    'fits a screen of %i px; wide tables scroll by themselves',
    async (widthPx) => {
      await page.show({ widthPx, scheme: 'light' });
      const { clientWidth, scrollWidth } = await page.ask<{
        clientWidth: number;
        scrollWidth: number;
      }>(
        '(({ clientWidth, scrollWidth }) => ({ clientWidth, scrollWidth }))(document.documentElement)',
      );
      expect(scrollWidth).toBe(clientWidth);
      const outside = `[...document.querySelectorAll('main > *')].filter(
      (one) => one.getBoundingClientRect().right > ${widthPx}).length`;
      expect(await page.ask(outside)).toBe(0);
    },
  );

  test.each(['light', 'dark'] as const)('can be read in %s colours', async (scheme) => {
    await page.show({ widthPx: 390, scheme });
    expect(await page.ask<readonly string[]>(lowContrast)).toEqual([]);
    const ground = await page.ask<string>('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(scheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(15, 20, 26)');
  });
});

/** Elements with text of their own whose contrast is below 4.5 to 1, by the formula of WCAG 2.2. */
const lowContrast = `(() => {
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => parts(color).slice(0, 3)
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const groundOf = (one) => {
    const color = getComputedStyle(one).backgroundColor;
    const isClear = parts(color)[3] === 0;
    return isClear && one.parentElement !== null ? groundOf(one.parentElement) : color;
  };
  return [...document.body.querySelectorAll('*')]
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''))
    .filter((one) => {
      const [high, low] = [light(getComputedStyle(one).color), light(groundOf(one))].sort((a, b) => b - a);
      return (high + 0.05) / (low + 0.05) < 4.5;
    })
    .map((one) => one.outerHTML.slice(0, 80));
})()`;
