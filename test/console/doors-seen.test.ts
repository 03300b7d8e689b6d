/**
 * The doors in a real browser: a login by keyboard alone, on a phone, in the dark, without scripts.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConsoleBrowser, openConsoleBrowser } from '../support/console-browser.ts';
import { openTestConsole, type TestConsole } from '../support/console-desk.ts';
import { addUser, doorsOver, passwordOf } from '../support/doors.ts';
import { requireService } from '../support/services.ts';

describe.skipIf(!requireService('chromium'))('the doors', () => {
  let desk: TestConsole;
  let browser: ConsoleBrowser;
  beforeAll(async () => {
    desk = await openTestConsole({ doorsOver: (store, clock) => doorsOver(store, clock) });
    await addUser(desk.store, 'ana', 'admin');
    await addUser(desk.store, 'ben', 'desk');
    browser = await openConsoleBrowser(desk.app);
  });
  afterAll(async () => {
    await browser.close();
    await desk.close();
  });

  test.each([
    [360, 'light', true],
    [1280, 'dark', false],
  ] as const)(
    'open by keyboard alone at %i px, %s, scripts: %s',
    async (widthPx, scheme, scripts) => {
      const tab = await browser.openTab({ widthPx, scheme, scripts });
      const { page } = tab;
      await tab.go('/settings/users');
      if (scripts) expect(await tab.judge()).toEqual([]);
      await page.focus('#name');
      await page.keyboard.type('ana');
      await page.keyboard.press('Tab');
      await page.keyboard.type(passwordOf('ana'));
      await Promise.all([page.waitForURL('**/settings/users'), page.keyboard.press('Enter')]);
      for (const path of ['/settings/users', '/account']) {
        await tab.go(path);
        if (scripts) expect(await tab.judge()).toEqual([]);
        expect(await tab.overhangPx()).toBe(0);
      }
      await Promise.all([page.waitForURL('**/login?out=here'), page.click('.who button')]);
      expect(tab.mishaps.violations).toEqual([]);
      expect(tab.mishaps.errors).toEqual([]);
      await tab.close();
    },
  );
});
