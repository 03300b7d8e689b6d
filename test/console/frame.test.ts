/**
 * The frame of the console: what is escaped, what a page is sent with, and who may see which route.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { html, markupOf } from '../../src/console/html.ts';
import { openTestConsole, type TestConsole } from '../support/console-desk.ts';

describe('HTML as a value', () => {
  test('escapes every text, in content and in attributes', () => {
    const hostile = `"><script>alert('1')</script>&amp;`;
    const page = markupOf(html`<p title="${hostile}">${[hostile, 1, undefined, false]}</p>`);
    expect(page).not.toContain('<script');
    expect(page).not.toContain(`title=""`);
    expect(page).toContain('&amp;amp;');
  });

  test('takes other HTML as it is, however deep', () => {
    const inner = html`<b>${'<'}</b>`;
    expect(markupOf(html`<p>${[[inner], html`${inner}`]}</p>`)).toBe(
      '<p><b>&lt;</b><b>&lt;</b></p>',
    );
  });
});

describe('every page', () => {
  let desk: TestConsole;
  beforeAll(async () => {
    desk = await openTestConsole();
  });
  afterAll(() => desk.close());

  test('is sent with headers that let nothing in from elsewhere', async () => {
    const { headers, statusCode } = await desk.app.inject('/no-such-page');
    expect(statusCode).toBe(404);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
  });

  test.each([
    '/assets/../../package.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/console.css',
  ])('serves no file but those of its list: %s', async (url) => {
    expect((await desk.app.inject(url)).statusCode).toBe(404);
  });
});
