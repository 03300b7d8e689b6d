/** The page of `preview --all` in the real Chromium: every language of every reply, on a phone and on a desk. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repliedScenarios } from '../../src/core/decision.ts';
import { makeGallery } from '../support/gallery.ts';
import { openReplyBrowser, type ReplyBrowser, type ReplyPage } from '../support/reply-browser.ts';
import { shippedLocales } from '../support/reply-samples.ts';
import { requireService } from '../support/services.ts';

describe.skipIf(!requireService('chromium'))('the page of all replies in Chromium', () => {
  let browser: ReplyBrowser;
  let page: ReplyPage;
  beforeAll(async () => {
    browser = await openReplyBrowser();
    page = await browser.openPage({ widthPx: 320 });
    await page.show(await makeGallery());
  });
  afterAll(() => browser?.close());

  test('has every reply in a frame of its own, with a name, and asks for nothing', async () => {
    const titles = await page.ask<readonly string[]>(
      '[...document.querySelectorAll("iframe")].map(({ title }) => title)',
    );
    const wanted = repliedScenarios.flatMap((scenario) =>
      shippedLocales.map((locale) => `${locale}/${scenario} as HTML`),
    );
    expect(titles).toEqual(wanted);
    expect(page.requests).toEqual([]);
  });

  test.each([320, 1280])('fits a screen of %i px, the texts opened too', async (widthPx) => {
    await page.setWidth(widthPx);
    await page.ask('document.querySelectorAll("details").forEach((one) => { one.open = true; })');
    const { scrollWidthPx, outside, smallestLetterPx } = await page.look();
    await page.ask('document.querySelectorAll("details").forEach((one) => { one.open = false; })');
    expect({ scrollWidthPx, outside }).toEqual({ scrollWidthPx: widthPx, outside: [] });
    expect(smallestLetterPx).toBeGreaterThanOrEqual(12);
  });

  test.each(['light', 'dark'] as const)('breaks no rule of accessibility: %s', async (scheme) => {
    await page.setScheme(scheme);
    expect(await page.judge()).toEqual([]);
  });
});
