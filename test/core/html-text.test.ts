/** HTML as the text and links that its reader sees. */
import { expect, test } from 'vitest';
import { htmlToText } from '../../src/core/html-text.ts';
import { htmlDepthMax } from '../../src/core/limits.ts';

test.each([
  ['paragraphs are lines with one between', '<p>a</p><p>b</p>', 'a\n\nb'],
  ['blocks are lines', '<div>a</div><div>b</div>', 'a\nb'],
  ['a break is a line', 'a<br>b', 'a\nb'],
  [
    'cells of a row are one line',
    '<table><tr><td>Domain:</td><td>x</td></tr></table>',
    'Domain: x',
  ],
  ['rows are lines', '<table><tr><td>a</td></tr><tr><td>b</td></tr></table>', 'a\nb'],
  ['white space folds as in a browser', 'a \n\t b', 'a b'],
  ['inline elements do not part words', '<b>F</b>rom: x', 'From: x'],
  ['references are characters', 'a&nbsp;&amp;&#8217;', 'a\u00A0&’'],
  ['preformatted lines stay', '<pre>a\n  b</pre>', 'a\n  b'],
  ['a script is not read', 'a<script>b</script>c', 'ac'],
  ['a style is not read', '<style>p{}</style>a', 'a'],
  ['what is hidden by display is not read', 'a<span style="display: none">b</span>c', 'ac'],
  ['what is hidden by size is not read', 'a<i style="font-size:0px">b</i>c', 'ac'],
  ['what is inside something hidden is not read', '<div hidden><p>a<br>b</p></div>c', 'c'],
  ['an element that was never closed hides nothing behind', '<p>a<p>b', 'a\n\nb'],
])('%s', (_, html, expected) => {
  expect(htmlToText(html).text.trim()).toBe(expected);
});

test('a link has its target, its text, and its place in the text', () => {
  const { text, links } = htmlToText(
    '<p>see</p><p><a href=" https://x.example/ ">the <b>site</b></a>',
  );
  expect(links).toEqual([
    { href: 'https://x.example/', text: 'the site', offset: text.indexOf('the') },
  ]);
});

test('a link inside something hidden is none that its reader can click', () => {
  expect(htmlToText('<div hidden><a href="https://x.example">x</a></div>').links).toEqual([]);
});

test('hidden text is counted', () => {
  expect(htmlToText('<div hidden>12345</div>').hiddenChars).toBe(5);
});

test('nesting beyond reason does not lose the text behind it', () => {
  const deep = `${'<b>'.repeat(htmlDepthMax * 5)}<p>Domain: x</p>`;
  expect(htmlToText(deep).text).toContain('Domain: x');
});

test('nesting within reason keeps hidden things hidden', () => {
  const deep = `${'<div>'.repeat(200)}<div hidden>a</div>b`;
  expect(htmlToText(deep).text.trim()).toBe('b');
});
