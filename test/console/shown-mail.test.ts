/**
 * A hostile mail as a document: nothing of it acts, loads or pretends, and no mail holds the server up.
 */
import { describe, expect, test } from 'vitest';
import {
  documentPolicy,
  htmlDocument,
  isCut,
  readShownMail,
  shownHtmlOf,
  textDocument,
} from '../../src/console/shown-mail.ts';
import { openElementsMax, shownHtmlCharsMax, shownMailBytesMax } from '../../src/core/limits.ts';
import { xssVectors } from '../support/xss-vectors.ts';

/** What stands in the body of the document. */
function bodyOf(document = ''): string {
  return document.slice(document.indexOf('<body'));
}

describe('HTML of a stranger', () => {
  test.each(xssVectors)('keeps nothing that acts: %s', (vector) => {
    const body = bodyOf(htmlDocument(`<p>before</p>${vector}<p>after</p>`));
    expect(body).not.toMatch(
      /<(?:script|style|link|meta|base|form|input|button|iframe|frame|object|embed|applet|svg|math|img|image|video|audio|source|template|textarea|a)\b/i,
    );
    // Whatever stands in a tag is one of these.
    for (const [, inside = ''] of body.matchAll(/<[a-z][a-z0-9]*((?:\s+[^<>]*)?)>/gi))
      expect(inside.replace(/\s(?:class|title|colspan|rowspan|start|tabindex)="[^"]*"/g, '')).toBe(
        '',
      );
  });

  test('shows where a link leads, and leads nowhere', () => {
    const body = bodyOf(htmlDocument('<a href="https://evil.example/x?a=1">Microsoft</a>'));
    expect(body).toContain(
      '<span class="link" title="https://evil.example/x?a=1">Microsoft</span>',
    );
  });

  test('says that there was a picture instead of asking its sender for it', () => {
    const body = bodyOf(htmlDocument('<img src="https://evil.example/pixel.gif" alt="Logo">'));
    expect(body).toContain('title="Logo"');
    expect(body).not.toContain('evil.example');
  });

  test('takes no class of ours from a mail', () => {
    expect(
      bodyOf(htmlDocument('<span class="link" title="https://bank.example">x</span>')),
    ).toContain('<span>x</span>');
  });

  test('keeps the words and their order', () => {
    const body = bodyOf(
      htmlDocument('<table><tr><td>a<b>b</b></td></tr></table><font color=red>c</font>'),
    );
    expect(body.replace(/<[^>]*>/g, '')).toContain('abc');
  });
});

describe('a mail made to hold the server up', () => {
  test('is shown as text when more elements are open than are cleaned', () => {
    const at = `${'<div>'.repeat(openElementsMax)}x`;
    expect(bodyOf(htmlDocument(at))).toContain('x');
    expect(htmlDocument(`<div>${at}`)).toBeUndefined();
    expect(htmlDocument('<p>a<br>'.repeat(20_000))).toBeDefined();
    expect(htmlDocument('<b>a</b>'.repeat(20_000))).toBeDefined();
  });

  // A count that believes one of these takes the mail for flat, and cleaning it takes seconds.
  test.each([
    '<b></i>',
    '<li><p>',
    '<td><li>',
    '<b title="</b>">',
    '<b><!--</b>-->',
    '<b><textarea></b></textarea>',
  ])('is shown as text when its open elements are hidden: %s', (piece) => {
    expect(htmlDocument(piece.repeat(openElementsMax + 1))).toBeUndefined();
  });

  test('is shown as text when it is longer than is cleaned', () => {
    expect(shownHtmlOf({ html: 'x'.repeat(shownHtmlCharsMax) })).toBeDefined();
    expect(shownHtmlOf({ html: 'x'.repeat(shownHtmlCharsMax + 1) })).toBeUndefined();
  });

  test('is read up to a limit only, and says so', async () => {
    const head = 'From: a@b.example\r\nContent-Type: text/plain\r\n\r\n';
    const raw = Buffer.from(head + 'words '.repeat(1_000_000));
    expect(isCut(raw)).toBe(true);
    const mail = await readShownMail(raw);
    expect(mail.text?.startsWith('words')).toBe(true);
    expect(mail.sizeBytes).toBeLessThanOrEqual(shownMailBytesMax);
  });
});

test('text is escaped, and cut with a word about it', () => {
  expect(bodyOf(textDocument('<img src=x onerror=alert(1)>'))).not.toContain('<img');
  expect(textDocument('x'.repeat(300_000))).toContain('[The rest is not shown.]');
});

test('the browser is told to run and load nothing, and to let nobody else frame it', () => {
  expect(documentPolicy).toContain('sandbox;');
  expect(documentPolicy).toContain("default-src 'none'");
  expect(documentPolicy).toContain("frame-ancestors 'self'");
  expect(documentPolicy).not.toContain('allow-');
});
