/**
 * Replies and pages in the real Chromium, as a reader sees them: on a phone or a desk, by day or in the dark.
 *
 * Nothing is ever loaded: every request but the page’s own is refused and recorded. Scripts of the page do not
 * run, as in a mail program; what is asked here runs beside them.
 */
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { findService } from './services.ts';

export interface Screen {
  readonly widthPx: number;
  readonly heightPx?: number;
  readonly scheme?: 'light' | 'dark';
  /** Pixels of the screen for one of the page. */
  readonly scale?: number;
  /** Requests are refused unless this is false. */
  readonly isBlocked?: boolean;
}

/** What a reader finds on the page. */
export interface Seen {
  readonly lang: string;
  readonly dir: string;
  /** The words that are shown, without those that are hidden. */
  readonly words: string;
  /** How wide it would have to be to show everything at once. */
  readonly scrollWidthPx: number;
  /** Elements that stand out at a side or are cut off, by their beginning. */
  readonly outside: readonly string[];
  readonly smallestLetterPx: number;
  /** Words and phone numbers that go on in the next line without a hyphen; links aside, which have no other choice. */
  readonly broken: readonly string[];
  /** Images, backgrounds that are images, and whatever else would have to be loaded. */
  readonly loadable: readonly string[];
}

export interface ReplyPage {
  /** Addresses that the page shown asked for besides its own. */
  readonly requests: readonly string[];
  show(html: string): Promise<void>;
  setScheme(scheme: 'light' | 'dark'): Promise<void>;
  setWidth(widthPx: number): Promise<void>;
  look(): Promise<Seen>;
  /** Sentences on what WCAG 2.2 A and AA forbid; none where all is well. */
  judge(): Promise<readonly string[]>;
  /** A PNG of the whole page, or of what its screen shows. */
  shoot(part: 'page' | 'screen'): Promise<Buffer>;
  /** The value of an expression in the page. */
  ask<T>(expression: string): Promise<T>;
  close(): Promise<void>;
}

export interface ReplyBrowser {
  openPage(screen: Screen): Promise<ReplyPage>;
  close(): Promise<void>;
}

/** Starts one Chromium for many pages. */
export async function openReplyBrowser(): Promise<ReplyBrowser> {
  const executablePath = findService('chromium');
  if (executablePath === undefined) throw new Error('chromium is not installed');
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-lcd-text'],
  });
  return {
    openPage: (screen) => openPage(browser, screen),
    close: () => browser.close(),
  };
}

const address = 'http://reply.test/';
// What is evaluated from outside passes by this rule, what stands in the page does not.
const noScripts = { 'content-security-policy': "script-src 'none'" };

async function openPage(browser: Browser, screen: Screen): Promise<ReplyPage> {
  const { widthPx, heightPx = 800, scheme = 'light', scale = 1, isBlocked = true } = screen;
  const context = await browser.newContext({
    viewport: { width: widthPx, height: heightPx },
    isMobile: widthPx < 600,
    deviceScaleFactor: scale,
    colorScheme: scheme,
  });
  const served = await serve(context, isBlocked);
  const page = await context.newPage();
  return {
    requests: served.requests,
    async show(html) {
      served.put(html);
      await page.goto(address);
    },
    setScheme: (colorScheme) => page.emulateMedia({ colorScheme }),
    setWidth: (width) => page.setViewportSize({ width, height: heightPx }),
    look: () => page.evaluate<Seen>(look),
    async judge() {
      await page.evaluate(axe.source);
      return page.evaluate<readonly string[]>(judge);
    },
    shoot: (part) => page.screenshot({ fullPage: part === 'page' }),
    ask: <T>(expression: string) => page.evaluate<T>(expression),
    close: () => context.close(),
  };
}

/** Answers for the page’s own address, and records every other that is asked for. */
async function serve(context: BrowserContext, isBlocked: boolean) {
  const requests: string[] = [];
  let body = '';
  await context.route('**/*', async (route) => {
    const url = route.request().url();
    if (url === address && route.request().isNavigationRequest()) {
      await route.fulfill({ contentType: 'text/html; charset=utf-8', body, headers: noScripts });
      return;
    }
    requests.push(url);
    await (isBlocked ? route.abort() : route.continue());
  });
  return {
    requests,
    put(html: string) {
      body = html;
      requests.length = 0;
    },
  };
}

// Chinese and Japanese may be broken between any two characters.
const whole = String.raw`/[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Arabic}\p{Script=Hangul}]{2,}|\d{3,}( \d{3,})+/gu`;

const look = `(() => {
  const whole = ${whole};
  const root = document.documentElement;
  const all = [...document.body.querySelectorAll('*')];
  const shown = all.filter((one) => one.getClientRects().length > 0);
  const hasWords = (one) =>
    [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
  const begin = (one) => one.outerHTML.slice(0, 80);
  const isOutside = (one) => [...one.getClientRects()].some(
    ({ left, right }) => left < -0.5 || right > root.clientWidth + 0.5);
  const isCut = (one) => getComputedStyle(one).overflowX !== 'visible' && one.scrollWidth > one.clientWidth;
  const isBroken = (range) =>
    new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1;
  const wordsOf = (within) => {
    const ranges = [];
    const walker = document.createTreeWalker(within, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      if (node.parentElement.closest('a') !== null) continue;
      for (const { 0: word, index } of node.data.matchAll(whole)) {
        const range = document.createRange();
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        ranges.push(range);
      }
    }
    return ranges;
  };
  const pictures = document.querySelectorAll(
    'img, picture, svg, video, audio, iframe, object, embed, link, script, base, form');
  const painted = [root, document.body, ...all].filter((one) => {
    const { backgroundImage, listStyleImage, borderImageSource } = getComputedStyle(one);
    return [backgroundImage, listStyleImage, borderImageSource].some((image) => image !== 'none');
  });
  return {
    lang: root.lang,
    dir: root.dir,
    words: document.body.innerText,
    scrollWidthPx: root.scrollWidth,
    outside: shown.filter((one) => isOutside(one) || isCut(one)).map(begin),
    smallestLetterPx: Math.min(...shown.filter(hasWords)
      .map((one) => Number.parseFloat(getComputedStyle(one).fontSize))),
    broken: wordsOf(document.body).filter(isBroken).map(String),
    loadable: [...pictures, ...painted].map(begin),
  };
})()`;

// Frames are looked at as pages of their own.
const judge = `axe.run(document, {
  iframes: false,
  resultTypes: ['violations'],
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
}).then(({ violations }) => violations.flatMap(({ id, help, nodes }) =>
  nodes.map(({ html, any }) =>
    id + ': ' + help + ', ' + html.slice(0, 80) + ' ' + any.map(({ message }) => message).join(' '))))`;
