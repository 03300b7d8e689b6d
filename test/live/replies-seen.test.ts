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

  async function expectReadable(page: ReplyPage, reply: RenderedReply, widthPx: number) {
    await page.show(reply.html);
    const seen = await page.look();
    expect({ ...seen, words: '' }).toEqual({
      lang: reply.locale,
      dir: writingDirection(reply.locale),
      words: '',
      scrollWidthPx: widthPx,
      outside: [],
      smallestLetterPx: expect.toSatisfy((size: number) => size >= 12 && size <= 24),
      loadable: [],
    });
    expect(page.requests).toEqual([]);
    const shown = dense(seen.words);
    for (const paragraph of beginning(reply.text)) expect(shown).toContain(dense(paragraph));
    expect(wordsOf(reply.text).filter((word) => !shown.includes(word))).toEqual([]);
    return shown;
  }

  describe.each(locales)('in %s on a narrow phone', (locale) => {
    test.each(repliedScenarios)('%s is there to be read, every word of it', async (scenario) => {
      const shown = await expectReadable(phone, sampleReply(scenario, locale), narrowPx);
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
        for (const page of [phone, desk]) {
          await page.show(html);
          for (const scheme of ['light', 'dark'] as const) {
            await page.setScheme(scheme);
            expect(await page.judge(), scheme).toEqual([]);
          }
          await page.setScheme('light');
        }
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
        const shown = await expectReadable(phone, sampleReply(scenario, 'en', plan), narrowPx);
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
    expect((await free.shoot()).equals(await phone.shoot())).toBe(true);
    await free.close();
  });

  describe('in a language written from the right', () => {
    beforeAll(() => phone.show(sampleReply(rtlScenario, rtlLocale).html));

    test('text begins at the right', async () => {
      const { dir } = await phone.look();
      expect(dir).toBe('rtl');
      const edges = await phone.ask<readonly number[]>(rightEdges);
      expect(edges.length).toBeGreaterThan(5);
      expect(new Set(edges)).toEqual(new Set([narrowPx - 16]));
    });

    test('numbers of steps stand at the right, within the screen', async () => {
      const padding = await phone.ask<readonly string[]>(
        `[...document.querySelectorAll('ol, ul')].map((list) =>
          getComputedStyle(list).paddingLeft + ' ' + getComputedStyle(list).paddingRight)`,
      );
      expect(new Set(padding)).toEqual(new Set(['0px 24px']));
    });

    test.each([
      ['the phone number', '0800 589 2332'],
      ['the product', 'Microsoft 365 Business Standard'],
      ['the portal', 'admin.microsoft.com'],
      ['the address of a person', 'dana@partner.example'],
    ])('%s reads from the left', async (_, words) => {
      expect(await phone.ask(`(${leftToRight})(${JSON.stringify(words)})`)).toBe(true);
    });
  });

  test('what is wrong with a page is seen: the tests above do not pass by looking away', async () => {
    await phone.show(`<!doctype html><html>
      <meta name="viewport" content="width=device-width"><body style="margin:0;color:#999">
      <p style="width:400px;font-size:9px">wide</p><p hidden>secret</p><img src="x.png">
      <p style="background:url(http://x.example/y.png)">b</p><script>document.title='ran'</script>`);
    const seen = await phone.look();
    expect(seen).toMatchObject({ lang: '', dir: '', scrollWidthPx: 400, smallestLetterPx: 9 });
    expect(seen.words).not.toContain('secret');
    expect(seen.outside.join()).toMatch(/width:400px/);
    expect(seen.loadable).toHaveLength(3);
    expect(phone.requests).toHaveLength(2);
    expect(await phone.ask('document.title')).toBe('');
    const rules = (await phone.judge()).map((sentence) => sentence.split(':')[0]);
    expect(rules).toEqual(expect.arrayContaining(['html-has-lang', 'image-alt', 'color-contrast']));
  });
});

/** How far to the right the letters of each paragraph and heading reach. */
const rightEdges = `[...document.querySelectorAll('p, h2')].map((one) => {
  const range = document.createRange();
  range.selectNodeContents(one);
  return Math.round(Math.max(...[...range.getClientRects()].map(({ right }) => right)));
})`;

/** Whether the words, wherever they are, stand letter by letter from left to right, line by line. */
const leftToRight = `(words) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const at = node.data.indexOf(words);
    if (at >= 0 && node.parentElement.getClientRects().length > 0) found.push({ node, at });
  }
  const boxes = ({ node, at }) => [...words].map((_, index) => {
    const range = document.createRange();
    range.setStart(node, at + index);
    range.setEnd(node, at + index + 1);
    return range.getBoundingClientRect();
  });
  return found.length > 0 && found.map(boxes).every((letters) => letters.every((box, index) => {
    const before = letters[index - 1];
    return before === undefined || box.top > before.top + 4 || box.left >= before.left;
  }));
}`;
