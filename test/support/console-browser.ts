/**
 * The console in the real Chromium: as a person uses it, with everything written down that must never happen.
 */
import axe from 'axe-core';
import type { FastifyInstance } from 'fastify';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findService } from './services.ts';

export interface ConsoleScreen {
  readonly widthPx?: number;
  readonly heightPx?: number;
  readonly scheme?: 'light' | 'dark';
  /** Without JavaScript a page must still be readable, and every form work. */
  readonly scripts?: boolean;
}

/** What went wrong on a page without anybody seeing it. All lists stay empty where all is well. */
export interface Mishaps {
  /** What the content security policy refused. */
  readonly violations: readonly string[];
  /** Requests to anywhere but the console. */
  readonly elsewhere: readonly string[];
  readonly dialogs: readonly string[];
  /** Errors of scripts, and what the browser itself reports as one. */
  readonly errors: readonly string[];
}

export interface ConsoleTab {
  readonly page: Page;
  readonly mishaps: Mishaps;
  /** Opens a path of the console. */
  go(path: string): Promise<void>;
  /** Serious and critical findings of axe, as sentences. */
  judge(): Promise<readonly string[]>;
  /** How many pixels the page is wider than its screen: 0 where nothing must be scrolled sideways. */
  overhangPx(): Promise<number>;
  close(): Promise<void>;
}

export interface ConsoleBrowser {
  readonly origin: string;
  openTab(screen?: ConsoleScreen): Promise<ConsoleTab>;
  /** Ends the browser; the application is its opener's to close. */
  close(): Promise<void>;
}

/**
 * Starts Chromium for an application, which is made to listen on a free port of this machine, or for one that listens
 * at an address already.
 */
export async function openConsoleBrowser(app: FastifyInstance | string): Promise<ConsoleBrowser> {
  const executablePath = findService('chromium');
  if (executablePath === undefined) throw new Error('chromium is not installed');
  const origin = typeof app === 'string' ? app : await app.listen({ host: '127.0.0.1', port: 0 });
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-lcd-text'],
  });
  return {
    origin,
    openTab: (screen = {}) => openTab(browser, origin, screen),
    close: () => browser.close(),
  };
}

// The listener of a frame reports to the same binding as that of its page.
const reportViolations = `addEventListener('securitypolicyviolation', (event) =>
  reportViolation(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample), true)`;

async function openTab(
  browser: Browser,
  origin: string,
  { widthPx = 1280, heightPx = 800, scheme = 'light', scripts = true }: ConsoleScreen,
): Promise<ConsoleTab> {
  const context = await browser.newContext({
    viewport: { width: widthPx, height: heightPx },
    isMobile: widthPx < 600,
    hasTouch: widthPx < 600,
    colorScheme: scheme,
    javaScriptEnabled: scripts,
  });
  const violations: string[] = [];
  const elsewhere: string[] = [];
  const dialogs: string[] = [];
  const errors: string[] = [];
  await context.exposeBinding('reportViolation', (_source, violation: string) => {
    violations.push(violation);
  });
  await context.addInitScript(reportViolations);
  const page = await context.newPage();
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !/^(?:data|blob|about):/.test(url)) elsewhere.push(url);
  });
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    const text = message.text();
    if (/Content Security Policy/i.test(text)) violations.push(text);
    else errors.push(text);
  });
  return {
    page,
    mishaps: { violations, elsewhere, dialogs, errors },
    async go(path) {
      await page.goto(`${origin}${path}`);
    },
    async judge() {
      await page.evaluate(axe.source);
      return page.evaluate<readonly string[]>(judge);
    },
    overhangPx: () =>
      page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      ),
    close: () => context.close(),
  };
}

const judge = `axe.run(document, {
  iframes: false,
  resultTypes: ['violations'],
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
}).then(({ violations }) => violations
  .filter(({ impact }) => impact === 'serious' || impact === 'critical')
  .flatMap(({ id, help, nodes }) => nodes.map(({ html, any }) =>
    id + ': ' + help + ', ' + html.slice(0, 120) + ' ' + any.map(({ message }) => message).join(' '))))`;
