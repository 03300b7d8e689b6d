/**
 * The review in the real browser: ten cases by the keyboard alone, two people on one case, hostile mail, no scripts.
 */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Doors } from '../../src/console/server.ts';
import { samplesFolder } from '../../src/demo/samples.ts';
import {
  type ConsoleBrowser,
  type ConsoleTab,
  openConsoleBrowser,
} from '../support/console-browser.ts';
import { openTestConsole, type TestConsole } from '../support/console-desk.ts';
import { hostileMail } from '../support/hostile-mail.ts';
import { requireService } from '../support/services.ts';

/** Who somebody is, they say in a header. */
const namedDoor: Doors = (app) => {
  app.addHook('onRequest', async (request) => {
    const name = String(request.headers['x-person'] ?? 'ana');
    request.person = { name, role: 'desk', via: 'console', csrfToken: 'token-of-the-tests' };
  });
};

const isHere = requireService('chromium');

describe.skipIf(!isHere)('the review in a browser', () => {
  let desk: TestConsole;
  let browser: ConsoleBrowser;
  beforeAll(async () => {
    desk = await openTestConsole({ doors: namedDoor });
    const files = readdirSync(samplesFolder).filter((file) => file.endsWith('.eml'));
    for (const file of files) await desk.takeSample(file);
    browser = await openConsoleBrowser(desk.app);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await desk?.close();
  });

  function expectNoMishaps({ mishaps }: ConsoleTab): void {
    expect(mishaps).toEqual({ violations: [], elsewhere: [], dialogs: [], errors: [] });
  }

  test.each([
    { widthPx: 1280, scheme: 'light', cases: 20 },
    { widthPx: 1280, scheme: 'dark', cases: 3 },
    { widthPx: 360, scheme: 'dark', cases: 5 },
  ] as const)('every case can be read by everybody at $widthPx px, $scheme', async (screen) => {
    const tab = await browser.openTab(screen);
    await tab.go('/review');
    expect(await tab.judge()).toEqual([]);
    expect(await tab.overhangPx()).toBeLessThanOrEqual(0);
    for (const { caseId } of (await desk.store.listReview(20)).slice(0, screen.cases)) {
      await tab.go(`/review?case=${caseId}`);
      await tab.page.evaluate(
        `for (const one of document.querySelectorAll('details:not(.act)')) one.open = true`,
      );
      expect(await tab.judge()).toEqual([]);
      expect(await tab.overhangPx()).toBeLessThanOrEqual(0);
    }
    expectNoMishaps(tab);
    await tab.close();
  });

  test('a case is one page under 100 kB', async () => {
    for (const { caseId } of await desk.store.listReview(20)) {
      const { rawPayload } = await desk.app.inject(`/review?case=${caseId}`);
      expect(rawPayload.byteLength).toBeLessThan(100_000);
    }
  });

  test('two people on one case see each other, and who comes second cannot decide any more', async () => {
    const [line] = await desk.store.listReview(1);
    const ana = await browser.openTab();
    const ben = await browser.openTab();
    await ben.page.setExtraHTTPHeaders({ 'x-person': 'ben' });
    await ana.go(`/review?case=${line?.caseId}`);
    await ben.go(`/review?case=${line?.caseId}`);
    await ana.page.getByText('ben is looking at this case too.').waitFor();
    await ben.page.getByText('ana is looking at this case too.').waitFor();
    await ana.page.keyboard.press('d');
    await ana.page.keyboard.press('Enter');
    await ben.page.locator('#case > .note.good', { hasText: 'Dismissed by ana' }).waitFor();
    expect(await ben.page.locator('[data-key=a], [data-key=d]').count()).toBe(0);
    await ana.page.keyboard.press('u');
    await ben.page.locator('[data-key=d]').waitFor();
    expectNoMishaps(ana);
    expectNoMishaps(ben);
    await ana.close();
    await ben.close();
  });

  test('what somebody types is not lost when another settles the case', async () => {
    const lines = await desk.store.listReview(20);
    const line = lines.find(({ reason }) => reason === 'review-unauthenticated-forwarder');
    const ana = await browser.openTab();
    await ana.go(`/review?case=${line?.caseId}`);
    await ana.page.keyboard.press('e');
    await ana.page.keyboard.press('Control+End');
    await ana.page.keyboard.type('One word more: j a d e ?');
    await ana.page.locator('#edit-preview button.main:enabled').waitFor();
    expect(await ana.page.locator('#edit-preview pre').innerText()).toContain('One word more');
    const act = { at: desk.desk.now, by: 'ben', via: 'console' } as const;
    await desk.parts.desk.dismiss(line?.caseId ?? '', { why: 'duplicate' }, act);
    await ana.page.getByText('What you typed is still here').waitFor();
    expect(await ana.page.locator('#edit-words').inputValue()).toContain(
      'One word more: j a d e ?',
    );
    expect(await ana.page.locator('.acts button:enabled').count()).toBe(0);
    await desk.parts.desk.undo(line?.caseId ?? '', act);
    expectNoMishaps(ana);
    await ana.close();
  });

  test('no button sends something else than was chosen: not while it is composed, not when the case changes', async () => {
    const lines = await desk.store.listReview(20);
    const line = lines.find(({ reason }) => reason === 'review-unauthenticated-forwarder');
    const tab = await browser.openTab();
    await tab.go(`/review?case=${line?.caseId}`);
    const { promise: isComposed, resolve: compose } = Promise.withResolvers<void>();
    await tab.page.route('**/reply?**', async (route) => {
      await isComposed;
      await route.fallback();
    });
    await tab.page.selectOption('select[name=locale]', 'de');
    expect(await tab.page.locator('.acts button:enabled').count()).toBe(0);
    compose();
    await tab.page.locator('.letter', { hasText: 'Guten Tag' }).waitFor();
    await tab.page.locator('.approve button:enabled').waitFor();
    await desk.pool.query('update cases set reason = $1 where case_id = $2', [
      'review-rate-limit',
      line?.caseId,
    ]);
    await desk.desk.take(hostileMail(6));
    await desk.desk.run();
    await tab.page.getByText('Reload the page to go on.').waitFor();
    expect(await tab.page.locator('.letter').innerText()).toContain('Guten Tag');
    expect(await tab.page.locator('.acts button:enabled').count()).toBe(0);
    await desk.pool.query('update cases set reason = $1 where case_id = $2', [
      'review-unauthenticated-forwarder',
      line?.caseId,
    ]);
    expectNoMishaps(tab);
    await tab.close();
  });

  test('who edits is offered no button that would send the words of before', async () => {
    const lines = await desk.store.listReview(20);
    const line = lines.find(({ reason }) => reason === 'review-unauthenticated-forwarder');
    const tab = await browser.openTab();
    await tab.go(`/review?case=${line?.caseId}`);
    expect(await tab.page.locator('.approve button').isVisible()).toBe(true);
    await tab.page.keyboard.press('e');
    expect(await tab.page.locator('.approve button').isVisible()).toBe(false);
    await tab.page.keyboard.press('Escape');
    expect(await tab.page.locator('.approve button').isVisible()).toBe(true);
    await tab.close();
  });

  test('what a button opens begins on the page, also where there is no reply', async () => {
    const lines = await desk.store.listReview(20);
    const line = lines.find(({ reason }) => reason === 'review-ambiguous-customer');
    for (const widthPx of [1280, 360]) {
      const tab = await browser.openTab({ widthPx });
      await tab.go(`/review?case=${line?.caseId}`);
      for (const key of ['c', 'r', 'd']) {
        await tab.page.keyboard.press(key);
        const box = await tab.page.locator('.act[open] .panel').boundingBox();
        const scrolled = await tab.page.evaluate<number>('scrollY');
        expect((box?.y ?? -1) + scrolled).toBeGreaterThan(0);
      }
      await tab.close();
    }
  });

  test('whoever chooses by the arrow keys keeps the focus, and may say something where nothing is proposed', async () => {
    const lines = await desk.store.listReview(20);
    const line = lines.find(({ reason }) => reason === 'review-ambiguous-customer');
    const tab = await browser.openTab();
    await tab.go(`/review?case=${line?.caseId}`);
    expect(await tab.page.locator('#reply .letter').count()).toBe(0);
    await tab.page.locator('#choice-scenario').focus();
    await tab.page.keyboard.press('ArrowDown');
    await tab.page.locator('#reply .letter').waitFor();
    expect(await tab.page.evaluate('document.activeElement.id')).toBe('choice-scenario');
    expect(await tab.page.locator('.approve button').isVisible()).toBe(true);
    expectNoMishaps(tab);
    await tab.close();
  });

  test('who goes on to another case can still undo', async () => {
    const [first] = await desk.store.listReview(1);
    const tab = await browser.openTab();
    await tab.go(`/review?case=${first?.caseId}`);
    await tab.page.keyboard.press('d');
    await tab.page.keyboard.press('Enter');
    await tab.page.locator('form.undo').waitFor();
    const next = tab.page.waitForNavigation();
    await tab.page.keyboard.press('j');
    await next;
    await tab.page.locator('form.undo').waitFor();
    const back = tab.page.waitForNavigation();
    await tab.page.keyboard.press('u');
    await back;
    expect(await tab.page.locator('#case').getAttribute('data-case')).toBe(first?.caseId);
    await tab.close();
  });

  test('a new case appears by itself, and the focus stays where it was', async () => {
    const tab = await browser.openTab();
    await tab.go('/review');
    const before = await desk.store.countReview();
    await tab.page.locator('.lines a').nth(1).focus();
    const focused = await tab.page.evaluate('document.activeElement.id');
    await desk.desk.take(hostileMail(7));
    await desk.desk.run();
    await tab.page.locator('#waiting', { hasText: String(before + 1) }).waitFor();
    await tab.page.locator('.lines li').nth(before).waitFor();
    expect(await tab.page.evaluate('document.activeElement.id')).toBe(focused);
    expect(await tab.page.title()).toContain(`(${before + 1})`);
    await tab.close();
  });

  test('a hostile mail runs nothing, loads nothing and asks nothing, on any page that shows it', async () => {
    const caseIds: string[] = [];
    for (let part = 0; part < 7; part += 1) {
      caseIds.push(await desk.desk.take(hostileMail(part)));
      await desk.desk.run();
    }
    const tab = await browser.openTab();
    for (const caseId of caseIds.filter((id) => id !== '')) {
      for (const path of [
        `/review?case=${caseId}`,
        `/cases/${caseId}`,
        `/cases/${caseId}/mail`,
        `/cases/${caseId}/mail?as=text`,
      ]) {
        await tab.go(path);
        await tab.page.evaluate(
          `for (const one of document.querySelectorAll('details:not(.act)')) one.open = true`,
        );
        expect(await tab.page.evaluate('window.wasHere')).toBeUndefined();
      }
    }
    expectNoMishaps(tab);
    await tab.close();
  });

  test('without scripts a case is read, composed anew, decided and undone', async () => {
    const tab = await browser.openTab({ scripts: false });
    const lines = await desk.store.listReview(20);
    const line = lines.find(({ reason }) => reason === 'review-unauthenticated-forwarder');
    await tab.go(`/review?case=${line?.caseId}`);
    await tab.page.selectOption('select[name=locale]', 'de');
    await tab.page.getByRole('button', { name: 'Show', exact: true }).click();
    expect(await tab.page.locator('.letter').innerText()).toContain('Guten Tag');
    await tab.page.locator('#dismiss summary').click();
    await tab.page.getByRole('button', { name: 'A duplicate' }).click();
    await tab.page.getByRole('button', { name: /Undo/ }).click();
    expect(await tab.page.locator('#case').getAttribute('data-case')).toBe(line?.caseId);
    await tab.close();
  });

  test('all waiting cases are handled by the keyboard alone, and nothing is sent to whom it must not', async () => {
    const tab = await browser.openTab();
    await tab.go('/review');
    const keys = tab.page.keyboard;
    const sent = desk.desk.sent.length;
    for (
      let left = await desk.store.countReview();
      left > 0;
      left = await desk.store.countReview()
    ) {
      const open = await tab.page.locator('#case').getAttribute('data-case');
      const canSend = (await tab.page.locator('[data-key=a]').count()) > 0;
      const needsTick =
        (await tab.page.locator('.acts > .approve [name=evenIfAnswered]').count()) > 0;
      const isLeft = tab.page.waitForURL((url) => url.searchParams.get('done') === open);
      if (canSend && !needsTick) await keys.press('a');
      else {
        await keys.press('d');
        await keys.press('Enter');
      }
      await isLeft;
    }
    expect(await tab.page.getByText('Nothing waits for you').count()).toBe(1);
    expect(desk.desk.sent.length).toBe(sent);
    expectNoMishaps(tab);
    await tab.close();
  });
});
