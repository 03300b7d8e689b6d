/**
 * The frame of the console in the real browser: on a phone and a desk, by day and in the dark.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConsoleBrowser, openConsoleBrowser } from '../support/console-browser.ts';
import { openTestConsole, type TestConsole } from '../support/console-desk.ts';
import { requireService } from '../support/services.ts';

describe.skipIf(!requireService('chromium'))('the frame of the console', () => {
  let desk: TestConsole;
  let browser: ConsoleBrowser;
  beforeAll(async () => {
    desk = await openTestConsole();
    browser = await openConsoleBrowser(desk.app);
  });
  afterAll(async () => {
    await browser?.close();
    await desk?.close();
  });

  const screens = [
    { widthPx: 360, scheme: 'light' },
    { widthPx: 360, scheme: 'dark' },
    { widthPx: 1280, scheme: 'light' },
    { widthPx: 1280, scheme: 'dark' },
  ] as const;

  test.each(screens)('keeps nobody out at $widthPx px, $scheme', async (screen) => {
    const tab = await browser.openTab(screen);
    await tab.go('/no-such-page');
    expect(await tab.judge()).toEqual([]);
    expect(await tab.overhangPx()).toBe(0);
    // The browser calls the status of the page itself an error.
    const { violations, elsewhere, dialogs } = tab.mishaps;
    expect([violations, elsewhere, dialogs]).toEqual([[], [], []]);
    await tab.close();
  });
});
