/**
 * The editor of templates in the real browser: what is typed, with what is wrong and what comes of it.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type ConsoleBrowser,
  type ConsoleScreen,
  type ConsoleTab,
  openConsoleBrowser,
} from '../support/console-browser.ts';
import { openTemplatesConsole, type TemplatesConsole } from '../support/console-templates.ts';

const path = '/templates/de/cancel-portal';
const file = 'de/cancel-portal.md.hbs';

let desk: TemplatesConsole;
let browser: ConsoleBrowser;
let tab: ConsoleTab;

beforeAll(async () => {
  desk = await openTemplatesConsole();
  browser = await openConsoleBrowser(desk.app);
}, 120_000);
afterEach(async () => {
  const { violations, elsewhere, dialogs, errors } = tab.mishaps;
  await tab.close();
  await desk.reset();
  expect({ violations, elsewhere, dialogs, errors }).toEqual({
    violations: [],
    elsewhere: [],
    dialogs: [],
    errors: [],
  });
});
afterAll(async () => {
  await browser?.close();
  await desk?.close();
});

async function open(url: string, screen: ConsoleScreen = {}) {
  tab = await browser.openTab(screen);
  await tab.go(url);
  return tab.page;
}

describe('the editor', () => {
  test('shows an error at its line as it is typed, and no longer when it is mended', async () => {
    const page = await open(path);
    const source = page.locator('#source');
    const words = await source.inputValue();
    await source.fill(words.replace('Guten Tag', 'Guten Tag {{custommer.name}}'));
    await page.locator('#verdict .place').first().waitFor();
    expect(await page.locator('#verdict').innerText()).toContain('Did you mean');
    expect(await page.locator('.marks .line').nth(4).getAttribute('class')).toBe('line bad');
    expect(await source.getAttribute('aria-invalid')).toBe('true');
    await page.locator('#verdict .place').first().click();
    const at = await page.evaluate('document.querySelector("#source").selectionStart');
    expect(words.split('\n').slice(0, 4).join('\n').length).toBeLessThan(Number(at));
    await source.fill(words);
    await page.locator('#verdict .good').waitFor();
    expect(await page.locator('.marks .line.bad').count()).toBe(0);
  });

  test('the preview follows, as text and as HTML', async () => {
    const page = await open(path);
    const source = page.locator('#source');
    await source.fill((await source.inputValue()).replace('Guten Tag', 'Servus beisammen'));
    const reply = page.frameLocator('.pane.phone iframe');
    await reply.getByText('Servus beisammen').waitFor();
    await page.getByRole('radio', { name: 'as text' }).check();
    expect(await page.locator('pre.pane').innerText()).toContain('Servus beisammen');
    await page.getByLabel('Made for the sample').selectOption('names that look like markup');
    await page.locator('pre.pane').getByText('<b>GmbH</b>').first().waitFor();
  });

  test('is used by the keyboard alone: a value put in, saved, and in use', async () => {
    const page = await open(path);
    const source = page.locator('#source');
    await source.focus();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('Danke. ');
    await page.locator('.inserts summary').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Put in {{partner.name}}' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.inserts').getByRole('button').first().waitFor();
    expect(await source.inputValue()).toContain('Danke. {{partner.name}}');
    await page.getByRole('button', { name: 'Save as a new version' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Saved, and in use').waitFor();
    expect(desk.read(file)).toContain('Danke. {{partner.name}}\n');
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByText('in the folder now').waitFor();
  });

  test('works without scripts', async () => {
    const page = await open(path, { scripts: false });
    const source = page.locator('#source');
    await source.fill((await source.inputValue()).replace('Guten Tag', 'Guten Tag {{gone}}'));
    await page.getByRole('button', { name: 'Check and preview' }).click();
    expect(await page.locator('#verdict').innerText()).toContain('Line 5');
    expect(await source.inputValue()).toContain('{{gone}}');
  });

  test('the words and the marks under them stand in the same places', async () => {
    for (const widthPx of [360, 1280]) {
      const page = await open(path, { widthPx });
      const heights = await page.evaluate<[number, number]>(
        '[document.querySelector("#source").scrollHeight, document.querySelector(".marks").scrollHeight]',
      );
      expect(Math.abs(heights[0] - heights[1])).toBeLessThan(4);
      if (widthPx === 360) await tab.close();
    }
  });
});

describe('every page', () => {
  test.each([
    { screen: { widthPx: 360 }, name: 'a phone' },
    { screen: { scheme: 'dark' }, name: 'the dark' },
    { screen: {}, name: 'a desk' },
  ] as const)('is accessible and needs no sideways scrolling: $name', async ({ screen }) => {
    const hash = (await desk.parts.templates.open({ folder: '1', id: 'de/cancel-portal' }))?.hash;
    const source = desk.read(file).replace('Guten Tag', 'Servus');
    await desk.post(path, { do: 'save', source, opened: hash ?? '' });
    const now = (await desk.parts.templates.open({ folder: '1', id: 'de/cancel-portal' }))?.hash;
    const page = await open('/templates', screen);
    for (const url of [
      '/templates',
      '/templates/de',
      path,
      '/templates/layout',
      `${path}/history`,
      `${path}/history/compare?from=${hash}&to=${now}`,
    ]) {
      await tab.go(url);
      expect({ url, found: await tab.judge() }).toEqual({ url, found: [] });
      expect({ url, over: await tab.overhangPx() }).toEqual({ url, over: 0 });
    }
    await tab.go(path);
    await page.locator('#source').fill('---\nsubject: x\n---\n{{gone}}\n');
    await page.locator('#verdict .place').first().waitFor();
    expect(await tab.judge()).toEqual([]);
  });
});
