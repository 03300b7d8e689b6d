/**
 * The list of cases: what is searched is found, an address shows the same to everybody, and nothing in a mail runs.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestConsole, type TestConsole } from '../support/console-desk.ts';
import { forwardOf } from '../support/pipeline-desk.ts';

let desk: TestConsole;
beforeAll(async () => {
  desk = await openTestConsole();
  await desk.takeSample('01_outlook_desktop_portal.eml');
  await desk.takeSample('16_gmail_unknown_customer.eml');
});
afterAll(() => desk.close());

const get = async (url: string): Promise<string> => {
  const answer = await desk.app.inject(url);
  expect(answer.statusCode).toBe(200);
  return answer.body;
};
const linesOf = (page: string): number => (page.match(/<li>\n<div class="spread">/g) ?? []).length;

describe('the list', () => {
  test('shows when, who, which customer, what about, what was done and why', async () => {
    const page = await get('/cases');
    expect(linesOf(page)).toBe(2);
    expect(page).toMatch(/<time datetime="2026-11-/);
    expect(page).toContain('reply sent');
    expect(page).toContain('href="/customers/');
  });

  test('the first page comes anew by itself, by the same search', async () => {
    expect(await get('/cases?q=about&action=reply')).toContain(
      'data-live="cases" data-src="/cases?q=about&amp;action=reply&amp;part=1"',
    );
    const part = await get('/cases?part=1');
    expect(part).not.toContain('<!doctype');
    expect(part).toContain('<section id="found"');
  });

  test('what is searched stands in the box and in the filters', async () => {
    const page = await get(
      '/cases?q=lose%20access&action=reply&scenario=cancel-portal&from=2026-11-01',
    );
    expect(page).toContain('value="lose access"');
    expect(page).toContain('<option value="reply" selected>');
    expect(page).toContain('<details open>');
    expect(linesOf(page)).toBe(1);
  });

  test('says so where nothing is found, and what will be there where nothing ever was', async () => {
    expect(await get('/cases?q=no-such-thing')).toContain('No case fits this search.');
    const empty = await openTestConsole();
    expect((await empty.app.inject('/cases')).body).toContain('becomes a line here');
    await empty.close();
  });

  test.each([
    '/cases?action=nonsense&reason=x&scenario=y&reply=z&from=2026-13-40&to=today',
    '/cases?after=x',
    '/cases?after=99999999999999999~a',
    '/cases?after=1~%00',
    '/cases?q=%00%ff',
    '/cases?q=a&q=b',
    '/cases?q[]=a&__proto__=1&constructor=2',
    `/cases?q=${'x'.repeat(5_000)}`,
    '/cases?q=%25%5F%5C',
  ])('an address that makes no sense still shows a page: %s', async (url) => {
    await get(url);
  });

  test('words that are too short for the index say what they are looked for in', async () => {
    expect(await get('/cases?q=ab')).toContain('only the newest cases');
    expect(await get('/cases?q=abc')).not.toContain('only the newest cases');
  });
});

describe('a hostile mail', () => {
  const probe = `"><img src=x onerror=alert(1)><script>alert(2)</script>'`;

  test('runs nothing, wherever its words are shown', async () => {
    const mail = forwardOf('contoso', { from: 'ana@evil.example', id: '"><script>4</script>' })
      .toString()
      .replace('Subject: Fwd:', `Subject: Fwd: ${probe}`)
      .replace('From: ana', 'From: "<script>alert(3)</script>" <ana')
      .replace('@evil.example\r', '@evil.example>\r');
    await desk.desk.take(Buffer.from(mail));
    await desk.desk.run();
    for (const url of [
      '/cases',
      `/cases?q=${encodeURIComponent(probe)}`,
      '/cases?q=evil.example',
    ]) {
      const page = await get(url);
      expect(page).not.toMatch(/<script(?! src="\/assets)/);
      expect(page).not.toContain('<img');
      expect(page).toContain('&lt;');
    }
  });
});

describe('pages', () => {
  test('go on where the one before ended', async () => {
    const { body } = await desk.app.inject('/cases?after=1~a');
    expect(body).toContain('There are no older cases.');
    expect(body).not.toContain('data-live');
  });
});
