/**
 * The console as `run` and `demo` open it, once as a whole: real doors, store, worker and mail server, in the real
 * browser. What single pages do is tested beside them, behind a door of the tests.
 */
import type { Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { oneTimeLogin } from '../../src/commands/console.ts';
import { samplesFolder } from '../../src/demo/samples.ts';
import { systemClock } from '../../src/edges/clock.ts';
import type { ConsoleRole } from '../../src/ports/doors.ts';
import {
  type ConsoleBrowser,
  type ConsoleTab,
  openConsoleBrowser,
} from '../support/console-browser.ts';
import { passwordOf } from '../support/doors.ts';
import { requireService } from '../support/services.ts';
import { openWholeConsole, people, type WholeConsole } from '../support/whole-console.ts';

const samples = {
  replied: '01_outlook_desktop_portal.eml',
  asked: '16_gmail_unknown_customer.eml',
  approved: '22_outlook_web_unauthenticated.eml',
  edited: '30_thunderbird_below_an_answer.eml',
  shared: '32_forwarded_by_the_account_manager.eml',
} as const;

/** Of a page's HTML, and of all that a first visit to it transfers. */
const bytesMax = 100_000;
const wrong = 'The name or the password is wrong.';

describe.skipIf(!requireService('chromium'))(
  'the console as it is opened',
  { timeout: 120_000 },
  () => {
    let desk: WholeConsole;
    let browser: ConsoleBrowser;
    const mails = new Map<string, { readonly caseId: string; readonly uid: number }>();
    const tabs = new Map<ConsoleRole, ConsoleTab>();

    beforeAll(async () => {
      desk = await openWholeConsole();
      browser = await openConsoleBrowser(desk.url);
      await Promise.all(
        Object.entries(samples).map(async ([name, file]) =>
          mails.set(name, await desk.deliver(file)),
        ),
      );
    });
    afterAll(async () => {
      await browser?.close();
      await desk?.close();
    });

    const mailOf = (name: keyof typeof samples) => mails.get(name) ?? { caseId: '', uid: 0 };
    const reviewOf = (name: keyof typeof samples) => `/review?case=${mailOf(name).caseId}`;

    /** The tab of a person who came in by the form; the admin comes as the demo tells it, by an address that works once. */
    async function tabOf(role: ConsoleRole): Promise<ConsoleTab> {
      const known = tabs.get(role);
      if (known !== undefined) return known;
      const tab = await browser.openTab();
      tabs.set(role, tab);
      if (role === 'admin') {
        const parts = { store: desk.store, clock: systemClock };
        const once = await oneTimeLogin(parts, people.admin);
        await tab.go(once);
        await tab.page.getByRole('button', { name: 'Log in' }).press('Enter');
      } else {
        await tab.go('/login');
        await logIn(tab.page, people[role], passwordOf(people[role]));
      }
      await tab.page.waitForURL(`${desk.url}/`);
      return tab;
    }

    test('a wrong password says nothing of which was wrong, and the right one leads where one was going', async () => {
      const tab = await browser.openTab();
      const { page } = tab;
      await tab.go('/cases?q=trey');
      const sentences: string[] = [];
      for (const [name, password] of [
        ['dora', 'not hers'],
        ['nobody', passwordOf('dora')],
      ] as const) {
        await logIn(page, name, password);
        sentences.push(await page.getByRole('alert').innerText());
        expect(await tab.judge()).toEqual([]);
      }
      expect(sentences).toEqual([wrong, wrong]);
      await logIn(page, 'dora', passwordOf('dora'));
      await page.waitForURL(`${desk.url}/cases?q=trey`);
      await page.getByRole('link', { name: /Trey/i }).first().waitFor();
      // The browser calls a refusal an error.
      expect(tab.mishaps.errors.filter((error) => !error.includes('401'))).toEqual([]);
      expect(tab.mishaps).toMatchObject({ violations: [], elsewhere: [], dialogs: [] });
      tabs.set('desk', tab);
    });

    test('what a case holds comes with the cookie and the token of the session', async () => {
      const { page } = await tabOf('desk');
      const statuses = new Map<string, number>();
      page.on('response', (response) =>
        statuses.set(new URL(response.url()).pathname, response.status()),
      );
      const { caseId } = mailOf('edited');
      const events = page.waitForResponse((response) => response.url().endsWith('/events'));
      const presence = page.waitForResponse((response) => response.url().endsWith('/presence'));
      await page.goto(`${desk.url}${reviewOf('edited')}`);
      expect((await events).headers()).toMatchObject({ 'content-type': 'text/event-stream' });
      expect(await (await presence).json()).toEqual({ others: [] });
      const mail = page.frameLocator('iframe[name=mail]').locator('body');
      expect(await mail.innerText()).toContain('Blue Yonder');
      await page.locator('.as-mail summary').press('Enter');
      const reply = page.frameLocator('.as-mail iframe').locator('body');
      expect(await reply.innerText()).toContain('Fabrikam');

      await page.keyboard.press('e');
      await page.keyboard.press('Control+End');
      await page.keyboard.type('One word more.');
      await page.locator('#edit-preview button.main:enabled').waitFor();
      expect(await page.locator('#edit-preview pre').innerText()).toContain('One word more.');

      const before = Number(await page.locator('#waiting').innerText());
      await desk.deliver('14_gmail_french_not_in_transition.eml');
      await page.locator('#waiting', { hasText: String(before + 1) }).waitFor();
      expect(await page.locator('#edit-words').inputValue()).toContain('One word more.');
      expect(Object.fromEntries(statuses)).toMatchObject({
        [`/cases/${caseId}/mail`]: 200,
        [`/cases/${caseId}/proposal.html`]: 200,
        [`/cases/${caseId}/presence`]: 200,
        [`/cases/${caseId}/preview`]: 200,
        '/events': 200,
      });
    });

    test('a reply leaves ten seconds after its approval, once, and not after an undo', async () => {
      const { page } = await tabOf('desk');
      const { caseId, uid } = mailOf('approved');
      const before = desk.server.replies.length;
      await page.goto(`${desk.url}${reviewOf('approved')}`);
      await page.keyboard.press('a');
      await page.locator('form.undo', { hasText: 'It goes out' }).waitFor();
      await page.keyboard.press('u');
      await page.waitForURL(`**${reviewOf('approved')}`);
      await page.locator('[data-key=a]').waitFor();
      const approvedAt = Date.now();
      await page.keyboard.press('a');
      await page.locator('form.undo', { hasText: 'It goes out' }).waitFor();
      expect(desk.server.replies.length).toBe(before);
      await vi.waitFor(
        async () => expect((await desk.store.findCase(caseId))?.reply?.state).toBe('sent'),
        { timeout: 30_000, interval: 50 },
      );
      expect((await desk.store.listSettlements(caseId))[0]?.kind).toBe('approved');
      // The first approval would have sent it sooner.
      const replies = desk.server.replies.slice(before);
      expect(replies).toHaveLength(1);
      expect(Number(replies[0]?.receivedAt) - approvedAt).toBeGreaterThanOrEqual(10_000);
      await vi.waitFor(() => expect(desk.server.flags(uid)).toContain('\\Answered'), {
        timeout: 20_000,
        interval: 50,
      });
      await page.goto(`${desk.url}/cases/${caseId}`);
      expect(await page.locator('#reply .badge').first().innerText()).toBe('Sent');
      expect(desk.server.replies.length).toBe(before + 1);
    });

    test('an admin brings in a file and new words by the forms', async () => {
      const { page } = await tabOf('admin');
      await page.goto(`${desk.url}/customers/-/import`);
      await page.locator('#file').setInputFiles(`${samplesFolder}customers.csv`);
      await page.locator('main form button').press('Enter');
      await page.waitForURL('**/customers/-/imports/*');
      await page.locator('.import[data-stage=ready], form[action$="/apply"]').first().waitFor();
      await page.goto(`${desk.url}/templates/en/cancel-portal`);
      const tried = page.waitForResponse((response) => response.url().endsWith('/templates/try'));
      await page.locator('#source').focus();
      await page.keyboard.press('Control+End');
      await page.keyboard.type('\nThank you.\n');
      expect((await tried).status()).toBe(200);
      const shown = page
        .frameLocator('.pane.phone iframe')
        .locator('body', { hasText: 'Thank you.' });
      await shown.waitFor();
      await page.getByRole('button', { name: 'Save as a new version' }).press('Enter');
      await page.waitForURL('**/templates/en/cancel-portal?done=saved-*');
    });

    const paths = (): readonly string[] => [
      ...['/', '/review', '/review?case=CASE', '/review/together?do=dismiss&case=CASE'],
      '/review/together?do=approve&case=CASE',
      ...['/cases', '/cases?q=contoso', '/cases/CASE', '/cases/SENT'],
      ...[
        '/customers',
        '/customers/contoso',
        '/customers/contoso/edit',
        '/customers/contoso/reply',
      ],
      ...['/customers/-/new', '/customers/-/billed-twice', '/customers/-/import'],
      ...['/templates', '/templates/en', '/templates/en/cancel-portal', '/templates/layout'],
      '/templates/en/cancel-portal/history',
      ...['/settings', '/settings/health', '/settings/queue', '/settings/audit', '/settings/users'],
      '/account',
    ];
    const addressOf = (path: string): string =>
      path.replace('CASE', mailOf('edited').caseId).replace('SENT', mailOf('replied').caseId);

    test.each([
      { widthPx: 1280, scheme: 'light' },
      { widthPx: 360, scheme: 'dark' },
    ] as const)('each page is light and for everybody at $widthPx px, $scheme', async (screen) => {
      const admin = await tabOf('admin');
      const tab = await browser.openTab(screen);
      const context = tab.page.context();
      await context.addCookies(await admin.page.context().cookies());
      const devtools = await context.newCDPSession(tab.page);
      await devtools.send('Network.enable');
      await devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
      const faults: string[] = [];
      for (const path of paths()) {
        const bytes = countBytes(tab.page);
        const answer = await tab.page.goto(`${desk.url}${addressOf(path)}`);
        const htmlBytes = (await answer?.body())?.byteLength ?? 0;
        const allBytes = await bytes();
        if (answer?.status() !== 200) faults.push(`${path}: status ${answer?.status()}`);
        if (htmlBytes >= bytesMax) faults.push(`${path}: ${htmlBytes} bytes of HTML`);
        if (allBytes >= bytesMax) faults.push(`${path}: ${allBytes} bytes in all`);
        const overhangPx = await tab.overhangPx();
        if (overhangPx > 0) faults.push(`${path}: ${overhangPx} px wider than the screen`);
        faults.push(...(await tab.judge()).map((finding) => `${path}: ${finding}`));
      }
      expect(faults).toEqual([]);
      expect(tab.mishaps).toEqual({ violations: [], elsewhere: [], dialogs: [], errors: [] });
      await tab.close();
    });

    test.each([
      { role: 'viewer', decides: false, corrects: 403, saves: false, manages: 403 },
      { role: 'desk', decides: true, corrects: 200, saves: false, manages: 403 },
      { role: 'admin', decides: true, corrects: 200, saves: true, manages: 200 },
    ] as const)('$role sees only what they may do', async ({ role, ...may }) => {
      const { page } = await tabOf(role);
      const statusOf = async (path: string) =>
        (await page.request.get(`${desk.url}${path}`)).status();
      await page.goto(`${desk.url}${reviewOf('edited')}`);
      expect((await page.locator('[data-key=a], [data-key=e], [data-key=d]').count()) > 0).toBe(
        may.decides,
      );
      expect(await statusOf('/customers/contoso/edit')).toBe(may.corrects);
      for (const path of ['/customers/-/import', '/settings/users', '/settings/audit'])
        expect(await statusOf(path), path).toBe(may.manages);
      await page.goto(`${desk.url}/templates/en/cancel-portal`);
      expect((await page.getByRole('button', { name: /Save as/ }).count()) > 0).toBe(may.saves);
      if (role !== 'viewer') return;
      for (const path of paths().filter((one) => one !== '/account')) {
        const answer = await page.request.get(`${desk.url}${addressOf(path)}`);
        const tags = (await answer.text()).match(/<(?:form|a)\b[^>]*>/g) ?? [];
        const acts = tags.filter((tag) =>
          /method="post"(?!.*\/logout")|href="[^"]*\/(?:edit|new|import)"/.test(tag),
        );
        expect(acts, path).toEqual([]);
      }
    });

    test('two people see each other at a case, and only the first decides', async () => {
      const [dora, ana] = [await tabOf('desk'), await tabOf('admin')];
      const { caseId } = mailOf('shared');
      await dora.page.goto(`${desk.url}${reviewOf('shared')}`);
      await ana.page.goto(`${desk.url}${reviewOf('shared')}`);
      await dora.page.getByText('ana is looking at this case too.').waitFor();
      await ana.page.getByText('dora is looking at this case too.').waitFor();
      // The form as it stood on her screen: pressed in the very moment in which the other's approval arrives.
      const form = await dora.page.evaluate<[string, string][]>(
        `[...new FormData(document.querySelector('form.approve'))]`,
      );
      await ana.page.keyboard.press('a');
      await ana.page.locator('form.undo').waitFor();
      await dora.page.locator('#case > .note.good', { hasText: 'by ana' }).waitFor();
      expect(await dora.page.locator('[data-key=a], [data-key=e], [data-key=d]').count()).toBe(0);
      const late = await dora.page.request.post(`${desk.url}/cases/${caseId}/approve`, {
        form: Object.fromEntries(form),
        headers: { origin: desk.url },
      });
      expect(late.status()).toBe(409);
      expect(await late.text()).toContain('ana');
      await ana.page.keyboard.press('u');
      await dora.page.locator('[data-key=a]').waitFor();
      expect((await desk.store.findCase(caseId))?.reply).toBeUndefined();
    });

    test('who is added on the page logs in with the password it showed, until they are removed', async () => {
      const { page } = await tabOf('admin');
      await page.goto(`${desk.url}/settings`);
      await page.getByRole('link', { name: 'Users' }).press('Enter');
      await page.locator('#name').focus();
      await page.keyboard.type('nina');
      await page.keyboard.press('Enter');
      const password = await page.locator('.note.good code').innerText();
      const nina = await browser.openTab({ widthPx: 360, scheme: 'dark' });
      await nina.go('/review');
      await logIn(nina.page, 'nina', password);
      await nina.page.waitForURL('**/review');
      await page.goto(`${desk.url}/settings/users`);
      const settings = page.getByRole('navigation', { name: 'Settings and health' });
      expect(await settings.getByRole('link').count()).toBe(5);
      await page.getByText('Remove nina …').press('Enter');
      await page.getByRole('button', { name: 'Remove nina' }).press('Enter');
      await page.locator('tr', { hasText: 'nina' }).waitFor({ state: 'detached' });
      await nina.go('/review');
      await nina.page.waitForURL('**/login?next=*');
      const actions = (await desk.store.listAudit({ limit: 50 })).map(
        ({ action, by, subjectId }) => `${by}: ${action} ${subjectId}`,
      );
      expect(actions).toEqual(expect.arrayContaining(['ana: added nina', 'ana: removed nina']));
      expect(nina.mishaps).toEqual({ violations: [], elsewhere: [], dialogs: [], errors: [] });
      await nina.close();
    });

    test('after logging out the cookie opens nothing, and the back button shows nothing', async () => {
      const tab = await tabOf('desk');
      const { page } = tab;
      await tab.go(reviewOf('edited'));
      const cookies = await page.context().cookies();
      await page.getByRole('button', { name: 'Log out' }).press('Enter');
      await page.getByText('You are logged out.').waitFor();
      await page.goBack();
      await page.waitForURL('**/login?next=*');
      expect(await page.locator('#case').count()).toBe(0);
      await page.context().addCookies(cookies);
      await tab.go(reviewOf('edited'));
      expect(new URL(page.url()).pathname).toBe('/login');
      for (const path of ['/events', `/cases/${mailOf('edited').caseId}/mail`]) {
        const answer = await page.request.get(`${desk.url}${path}`, { maxRedirects: 0 });
        expect(answer.status(), path).toBe(303);
      }
    });

    test('nothing was refused, asked elsewhere or broken meanwhile', () => {
      for (const [role, { mishaps }] of tabs) {
        const errors = mishaps.errors.filter((error) => !/status of 40[13]/.test(error));
        expect({ ...mishaps, errors }, role).toEqual({
          violations: [],
          elsewhere: [],
          dialogs: [],
          errors: [],
        });
      }
    });
  },
);

/** By the keyboard alone, from the top of the page. */
async function logIn(page: Page, name: string, password: string): Promise<void> {
  await page.locator('#name').waitFor();
  const reach = async (id: string): Promise<void> => {
    for (let presses = 0; presses < 10; presses += 1) {
      if ((await page.evaluate('document.activeElement?.id')) === id) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`no way to #${id} by the keyboard`);
  };
  await reach('name');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type(name);
  await reach('password');
  await page.keyboard.type(password);
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
}

/** What is transferred until the page is there, as packed on its way, header fields included. */
function countBytes(page: Page): () => Promise<number> {
  const answers: Promise<number>[] = [];
  const add = (request: Request): void => {
    answers.push(
      request
        .sizes()
        .then(
          ({ responseBodySize, responseHeadersSize }) => responseBodySize + responseHeadersSize,
        ),
    );
  };
  page.on('requestfinished', add);
  return async () => {
    page.off('requestfinished', add);
    return (await Promise.all(answers)).reduce((sum, bytes) => sum + bytes, 0);
  };
}
