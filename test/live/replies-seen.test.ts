/**
 * The HTML part as a reader sees it, in the real Chromium: every reply in every language on the narrowest phone.
 *
 * WCAG 2.2 §1.4.10: 320 pixels wide, nothing to scroll sideways.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RenderedReply } from '../../src/core/compose.ts';
import { repliedScenarios } from '../../src/core/decision.ts';
import { writingDirection } from '../../src/core/frame-html.ts';
import { samplePlan, templateSamples } from '../../src/core/template-samples.ts';
import { openReplyBrowser, type ReplyBrowser, type ReplyPage } from '../support/reply-browser.ts';
import { rtlLocale, rtlScenario, sampleReply, shippedLocales } from '../support/reply-samples.ts';
import { requireService } from '../support/services.ts';

const locales = [...shippedLocales, rtlLocale];
const narrowPx = 320;

/** English, one language of long words, one without spaces, one from the right: where they ship. */
const judged = [
  'en',
  ...['fi', 'de'].filter((locale) => shippedLocales.includes(locale)).slice(0, 1),
  ...['ja', 'zh-CN', 'ko'].filter((locale) => shippedLocales.includes(locale)).slice(0, 1),
  rtlLocale,
].map((locale) => ({
  locale,
  scenarios: locale === rtlLocale ? [rtlScenario] : repliedScenarios,
}));

/** Every word of the text part but the addresses of links, which the HTML part has behind their words. */
function wordsOf(text: string): readonly string[] {
  return text
    .split(/\s+/)
    .filter((word) => !word.includes('://'))
    .map((word) => word.replace(/^\p{P}+|\p{P}+$/gu, ''))
    .filter((word) => word !== '' && !/^\d+$/.test(word));
}

/** Without white space: the two parts break their lines at different places. */
function dense(text: string): string {
  return text.replace(/\s+/g, '');
}

/** Greeting and first paragraph. */
function beginning(text: string): readonly string[] {
  return text.split('\n\n').slice(0, 2);
}

describe.skipIf(!requireService('chromium'))('a reply in Chromium', () => {
  let browser: ReplyBrowser;
  let phone: ReplyPage;
  let desk: ReplyPage;
  beforeAll(async () => {
    browser = await openReplyBrowser();
    phone = await browser.openPage({ widthPx: narrowPx });
    desk = await browser.openPage({ widthPx: 1280 });
  });
  afterAll(() => browser?.close());

  /** Returns the words shown, without white space, and those that a line breaks. */
  async function expectReadable(page: ReplyPage, reply: RenderedReply, widthPx: number) {
    await page.show(reply.html);
    const { words, broken, ...seen } = await page.look();
    expect(seen).toEqual({
      lang: reply.locale,
      dir: writingDirection(reply.locale),
      scrollWidthPx: widthPx,
      outside: [],
      smallestLetterPx: expect.toSatisfy((size: number) => size >= 12 && size <= 24),
      loadable: [],
    });
    expect(page.requests).toEqual([]);
    const shown = dense(words);
    for (const paragraph of beginning(reply.text)) expect(shown).toContain(dense(paragraph));
    expect(wordsOf(reply.text).filter((word) => !shown.includes(word))).toEqual([]);
    return { shown, broken };
  }

  describe.each(locales)('in %s on a narrow phone', (locale) => {
    test.each(repliedScenarios)('%s is there to be read, every word of it', async (scenario) => {
      const reply = sampleReply(scenario, locale);
      const { shown, broken } = await expectReadable(phone, reply, narrowPx);
      expect(broken).toEqual([]);
      for (const { product } of samplePlan(scenario, locale).lines) {
        expect(shown).toContain(dense(product));
      }
    });
  });

  describe.each(judged)('in $locale', ({ locale, scenarios }) => {
    test.each(scenarios)(
      '%s breaks no rule of accessibility, by day or in the dark',
      async (one) => {
        const { html } = sampleReply(one, locale);
        await phone.show(html);
        await phone.setScheme('dark');
        expect(await phone.judge(), 'dark').toEqual([]);
        await phone.setScheme('light');
        expect(await phone.judge(), 'light').toEqual([]);
        // Colours are the same on every width.
        await desk.show(html);
        expect(await desk.judge(), 'on a desk').toEqual([]);
      },
    );
  });

  test.each(['en', rtlLocale])(
    'in %s a desk shows all of it in a column that is easy to read',
    async (locale) => {
      const reply = sampleReply(rtlScenario, locale);
      await expectReadable(desk, reply, 1280);
      const { left, right } = await desk.ask<{ left: number; right: number }>(
        'document.querySelector("td.reply").getBoundingClientRect().toJSON()',
      );
      expect(right - left).toBeLessThanOrEqual(600);
      expect((left + right) / 2).toBeCloseTo(640, 0);
    },
  );

  describe.each(['a long name', 'names that look like markup'])('%s', (name) => {
    const samples = repliedScenarios.flatMap((scenario) =>
      templateSamples(scenario, 'en').filter((sample) => sample.name === name),
    );
    test.each(samples.map(({ plan }) => ({ scenario: plan.scenario, plan })))(
      'fits a narrow phone in $scenario, as words',
      async ({ scenario, plan }) => {
        const reply = sampleReply(scenario, 'en', plan);
        const { shown } = await expectReadable(phone, reply, narrowPx);
        for (const { product } of plan.lines) expect(shown).toContain(dense(product));
      },
    );
  });

  test('looks the same whether images may be loaded or not, since it has none', async () => {
    const { html } = sampleReply('mixed', 'en');
    const free = await browser.openPage({ widthPx: narrowPx, isBlocked: false });
    await phone.show(html);
    await free.show(html);
    expect(free.requests).toEqual([]);
    expect((await free.shoot('page')).equals(await phone.shoot('page'))).toBe(true);
    await free.close();
  });

  test('what is wrong with a page is seen: the tests above do not pass by looking away', async () => {
    await phone.show(`<!doctype html><html>
      <meta name="viewport" content="width=device-width"><body style="margin:0;color:#999">
      <p style="width:400px;font-size:9px">wide</p>
      <p style="width:40px;word-break:break-all">Abonnementsverwaltung</p><p hidden>secret</p><img src="x.png">
      <p style="background:url(http://x.example/y.png)">b</p><script>document.title='ran'</script>`);
    const seen = await phone.look();
    expect(seen).toMatchObject({ lang: '', dir: '', scrollWidthPx: 400, smallestLetterPx: 9 });
    expect(seen.words).not.toContain('secret');
    expect(seen.outside.join()).toMatch(/width:400px/);
    expect(seen.broken).toEqual(['Abonnementsverwaltung']);
    expect(seen.loadable).toHaveLength(3);
    expect(phone.requests).toHaveLength(2);
    expect(await phone.ask('document.title')).toBe('');
    const rules = (await phone.judge()).map((sentence) => sentence.split(':')[0]);
    expect(rules).toEqual(expect.arrayContaining(['html-has-lang', 'image-alt', 'color-contrast']));
  });
});
