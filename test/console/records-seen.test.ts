/**
 * Today, cases and customers in the real browser: on a phone, in the dark, by keyboard and without scripts.
 */
import { mkdirSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { customerDesk } from '../../src/commands/console-customers.ts';
import { buildConsole } from '../../src/console/server.ts';
import { type ConsoleBrowser, openConsoleBrowser } from '../support/console-browser.ts';
import { openDoor, openTestConsole, type TestConsole } from '../support/console-desk.ts';
import { requireService } from '../support/services.ts';

const shots = process.env.SHOTS;

describe.skipIf(!requireService('chromium'))('in the browser', { timeout: 60_000 }, () => {
  let desk: TestConsole;
  let app: FastifyInstance;
  let browser: ConsoleBrowser;
  let customerId = '';
  beforeAll(async () => {
    desk = await openTestConsole();
    const { parts, store } = desk;
    await store.noteLook('support', desk.desk.now);
    for (const sample of [
      '01_outlook_desktop_portal.eml',
      '02_outlook_desktop_german_approve.eml',
      '04_outlook_web_phone.eml',
      '16_gmail_unknown_customer.eml',
    ])
      await desk.takeSample(sample);
    customerId = (await store.searchCustomers({ limit: 1 }))[0]?.id ?? '';
    app = await buildConsole({
      parts: {
        ...parts,
        customers: customerDesk(desk.wiring),
        house: {
          ...parts.house,
          mailboxes: ['support'],
          watched: [{ name: 'support', pollSeconds: 60 }],
        },
      },
      doors: openDoor('admin'),
    });
    browser = await openConsoleBrowser(app);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await app?.close();
    await desk?.close();
  });

  const pages = (): readonly (readonly [string, string])[] => [
    ['today', '/'],
    ['cases', '/cases'],
    ['cases-filtered', '/cases?q=lose&action=reply'],
    ['customers', '/customers'],
    ['customer', `/customers/${customerId}`],
    ['edit', `/customers/${customerId}/edit`],
    ['new', '/customers/-/new'],
    ['billed-twice', '/customers/-/billed-twice'],
    ['import', '/customers/-/import'],
  ];

  test.each([
    { widthPx: 360, scheme: 'light' },
    { widthPx: 360, scheme: 'dark' },
    { widthPx: 1280, scheme: 'light' },
    { widthPx: 1280, scheme: 'dark' },
  ] as const)('each page fits and can be read by everybody: %o', async (screen) => {
    const tab = await browser.openTab(screen);
    for (const [name, path] of pages()) {
      await tab.go(path);
      if (name === 'today') await tab.page.locator('#figures[data-live]').waitFor();
      if (shots !== undefined) {
        mkdirSync(shots, { recursive: true });
        const file = `${shots}/${name}-${screen.widthPx}-${screen.scheme}.png`;
        await tab.page.screenshot({ path: file, fullPage: true });
      }
      expect(await tab.judge(), name).toEqual([]);
      expect(await tab.overhangPx(), name).toBe(0);
    }
    expect(tab.mishaps).toEqual({ violations: [], elsewhere: [], dialogs: [], errors: [] });
    await tab.close();
  });

  test('a record is corrected by keyboard alone', async () => {
    const tab = await browser.openTab({ widthPx: 360 });
    await tab.go(`/customers/${customerId}/edit`);
    const { page } = tab;
    await page.locator('[id="f.country"]').focus();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('Germany');
    await page.keyboard.press('Enter');
    await page.locator('[role="alert"]').waitFor();
    await page.locator('[role="alert"] a').first().focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.locator('[aria-invalid="true"]').getAttribute('id')).toBe('f.country');
    await page.locator('[id="f.country"]').focus();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('DE');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/customers/${customerId}?done=saved`);
    expect((await desk.store.findCustomer(customerId))?.country).toBe('DE');
    await tab.close();
  });

  test('rows are added and a file is handed over without scripts', async () => {
    const tab = await browser.openTab({ scripts: false });
    const { page } = tab;
    await tab.go(`/customers/${customerId}/edit`);
    const contacts = await page.locator('input[name^="contact."]').count();
    await page.getByRole('button', { name: 'Add a contact' }).click();
    expect(await page.locator('input[name^="contact."]').count()).toBe(contacts + 1);
    await tab.go('/customers/-/import');
    await page.locator('#file').setInputFiles({
      name: 'more.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('customer_id,customer_name,product\nB-1,By browser,E3\nB-2,,E3\n'),
    });
    await page.getByRole('button', { name: 'Show what would change' }).click();
    await expect
      .poll(async () => {
        await page.reload();
        return page.getByRole('button', { name: /Apply/ }).count();
      })
      .toBe(1);
    await page.getByLabel(/Leave out/).check();
    await page.getByRole('button', { name: /Apply/ }).click();
    await expect
      .poll(async () => {
        await page.reload();
        return page.locator('.note.good').count();
      })
      .toBe(1);
    expect((await desk.store.findCustomer('B-1'))?.name).toBe('By browser');
    await tab.close();
  });

  test('the page of a file follows its work by itself, where there are scripts', async () => {
    const tab = await browser.openTab({ widthPx: 360 });
    const { page } = tab;
    await tab.go('/customers/-/import');
    const rows = Array.from({ length: 3_000 }, (_, at) => `M-${at},Many ${at},E3`).join('\n');
    await page.locator('#file').setInputFiles({
      name: 'many.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(`customer_id,customer_name,product\n${rows}\n`),
    });
    await page.getByRole('button', { name: 'Show what would change' }).click();
    await page.getByRole('button', { name: /Apply to 3000 customers/ }).waitFor();
    if (shots !== undefined) await page.screenshot({ path: `${shots}/ready.png`, fullPage: true });
    expect(await tab.judge()).toEqual([]);
    expect(await tab.overhangPx()).toBe(0);
    await page.getByRole('button', { name: /Apply to 3000 customers/ }).click();
    await page.locator('.note.good').waitFor();
    expect(tab.mishaps).toEqual({ violations: [], elsewhere: [], dialogs: [], errors: [] });
    await tab.close();
  });
});
