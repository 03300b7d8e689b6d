/**
 * A reply that is written from the right, in the real Chromium: where its letters, numbers and names come to stand.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openReplyBrowser, type ReplyBrowser, type ReplyPage } from '../support/reply-browser.ts';
import { rtlLocale, rtlScenario, sampleReply } from '../support/reply-samples.ts';
import { requireService } from '../support/services.ts';

const narrowPx = 320;

describe.skipIf(!requireService('chromium'))('a reply written from the right', () => {
  let browser: ReplyBrowser;
  let phone: ReplyPage;
  beforeAll(async () => {
    browser = await openReplyBrowser();
    phone = await browser.openPage({ widthPx: narrowPx });
    await phone.show(sampleReply(rtlScenario, rtlLocale).html);
  });
  afterAll(() => browser?.close());

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
