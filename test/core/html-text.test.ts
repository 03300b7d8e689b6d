/** HTML as the text and links that its reader sees. */
import { expect, test } from 'vitest';
import { htmlToText } from '../../src/core/html-text.ts';
import { htmlCharsMax, htmlDepthMax, htmlLinksMax, textCharsMax } from '../../src/core/limits.ts';

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

const textOf = (html: string): string => htmlToText(html).text.trim();
const linksOf = (html: string): string[] =>
  htmlToText(html).links.map(({ href, text }) => (text === '' ? href : `${href} ${text}`));

test.each([
  ['without letters', '<b style="font-size:0">a</b>'],
  ['without letters, in other units', '<b style="font-size: 0.0em !important">a</b>'],
  ['without letters, by the short form', '<b style="font:0/0 a">a</b>'],
  ['with a part of no size', '<b style="font-size:0"><i style="font-size:120%">a</i></b>'],
  ['by visibility', '<b style="visibility: hidden">a</b>'],
  [
    'inside something gone that is shown again',
    '<p style="display:none"><b style="display:block">a</b></p>',
  ],
  ['by the last declaration', '<p style="display:block;DISPLAY : none">a</p>'],
  ['by the important declaration', '<p style="display:none ! important;display:block">a</p>'],
  ['by opacity', '<p style="opacity:0">a</p>'],
  ['as a preheader', '<div style="max-height:0px; overflow:hidden">a</div>'],
  ['as a preheader in a line', '<span style="display:block;height:0;overflow:hidden">a</span>'],
  ['in a box without width', '<div style="width:0;overflow:hidden">a</div>'],
  ['behind a comment in its style', '<p style="/* x */display:none">a</p>'],
  ['as a row', '<table><tr style="display:none"><td>a</td></tr></table>'],
  ['inside what stands behind an end', '<p hidden><span><div></div><div hidden><div>a</div></div>'],
  ['as a template', '<template>a</template>'],
])('a text is hidden %s, and counted', (_, html) => {
  const { text, hiddenChars } = htmlToText(`${html}<p>b</p>`);
  expect(text.trim()).toBe('b');
  expect(hiddenChars).toBe(1);
});

test.each([
  ['a size set again', '<td style="font-size:0"><p style="font-size:14px">a</p></td>'],
  ['a size set again by the short form', '<p style="font-size:0;font:14px Arial">a</p>'],
  ['a size set again by an attribute', '<p style="font-size:0"><font size="3">a</font></p>'],
  ['visibility set again', '<p style="visibility:hidden"><b style="visibility:visible">a</b></p>'],
  ['a later declaration', '<p style="display:none;display:block">a</p>'],
  ['an important declaration', '<p style="display:block!important;display:none">a</p>'],
  ['display of what has the attribute', '<p hidden style="display:block">a</p>'],
  ['words in quotation marks', `<p style="font-family:';display:none;'">a</p>`],
  ['a comment', '<p style="/*;display:none;*/color:red">a</p>'],
  ['a declaration inside a bracket', '<p style="x:(};display:none">a</p>'],
  ['a value that is none', '<p style="display:none x">a</p>'],
  ['Outlook alone', '<p style="mso-hide:all">a</p>'],
  ['no scripts', '<noscript><p>a</p></noscript>'],
  ['no objects', '<object data="x"><p>a</p></object>'],
  ['a height that lines of text have not', '<b style="height:0;overflow:hidden">a</b>'],
  [
    'a height that cells outgrow',
    '<table><tr><td style="height:0;overflow:hidden">a</td></tr></table>',
  ],
  ['a head that never ends', '<head>a'],
  ['a body that hides', '<body style="display:none">a</body>'],
  ['an element of Word that has no end', '<o:p style="display:none"/><p>a</p>'],
  ['a paragraph that the next one ended', '<p hidden><span><div>a</div>'],
  ['an item that the next one ended', '<ul><li hidden><span><li>a</ul>'],
  ['a cell that the next one ended', '<table><tr><td hidden><span><td>a</td></tr></table>'],
  ['a row that the next one ended', '<table><tr hidden><td><span><tr><td>a</td></tr></table>'],
  ['what a cell ended', '<table><tr><td><div hidden><td>a</td></tr></table>'],
  ['what a cell ended twice', '<table><tr><td><div hidden><td><div hidden><td>a</td></tr></table>'],
  ['a heading that the next one ended', '<h1 hidden><h2>a</h2>'],
  ['a cell outside of any table', '<td style="display:none">a'],
  ['the end of a comment', '<!-- --!>a<!-- -->'],
  ['an empty comment', '<!-->a<!-- -->'],
  ['a comment that is none', '<!-x>a<!-- -->'],
  ['a section that HTML knows nothing of', '<![CDATA[>a<!-- ]]> -->'],
])('a text is seen by reason of %s', (_, html) => {
  expect(textOf(html)).toBe('a');
});

test('blocks are lines where only their letters have no size', () => {
  const html =
    '<td style="font-size:0"><div style="font-size:9px">a</div><div style="font-size:9px">b</div></td>';
  expect(textOf(html)).toBe('a\nb');
});

test.each([
  [
    'an area of an image',
    '<map><area href="https://x.example/" alt="x"></map>',
    'https://x.example/ x',
  ],
  [
    'a drawing',
    '<svg><a xlink:href="https://x.example/"><text>x</text></a></svg>',
    'https://x.example/ x',
  ],
  [
    'a form',
    '<form action="https://x.example/"><input name="y"><button>x</button></form>',
    'https://x.example/ x',
  ],
  [
    'a form with an old button',
    '<form action="https://x.example/"><input type="Submit" value="x"></form>',
    'https://x.example/ x',
  ],
  ['a button', '<button formaction="https://x.example/">x</button>', 'https://x.example/ x'],
  [
    'an old button',
    '<input type="submit" formaction="https://x.example/" value="x">',
    'https://x.example/ x',
  ],
  ['a frame', '<iframe src="https://x.example/"></iframe>', 'https://x.example/'],
  [
    'a link inside a frame',
    `<iframe srcdoc="<a href='https://x.example/'>x</a>"></iframe>`,
    'https://x.example/ x',
  ],
  [
    'a comment for Outlook',
    '<!--[if mso]><a href="https://x.example/">x</a><![endif]-->',
    'https://x.example/ x',
  ],
  [
    'a comment for old Outlook',
    '<!--[if (gte mso 9)|(IE)]><a href="https://x.example/">x</a><![endif]-->',
    'https://x.example/ x',
  ],
  [
    'a drawn button of Outlook',
    '<!--[if mso]><v:roundrect href="https://x.example/"><center>x</center></v:roundrect><![endif]-->',
    'https://x.example/ x',
  ],
  [
    'an element that is not for Outlook',
    '<!--[if !mso]><!--><a href="https://x.example/">x</a><!--<![endif]-->',
    'https://x.example/ x',
  ],
  [
    'an image whose letters have no size',
    '<p style="font-size:0"><a href="https://x.example/"><img></a></p>',
    'https://x.example/',
  ],
  [
    'a size set again in a link',
    '<a style="font-size:0" href="https://x.example/"><b style="font-size:9px">x</b></a>',
    'https://x.example/ x',
  ],
  [
    'a base',
    '<a href="y">x</a><base href="https://x.example/z/"><base href="https://other.example/">',
    'https://x.example/z/y x',
  ],
  [
    'a base without a scheme',
    '<base href="https://x.example/"><a href="//z.example/y">x</a>',
    'https://z.example/y x',
  ],
])('a link is read that stands in %s', (_, html, expected) => {
  expect(linksOf(html)).toEqual([expected]);
});

test.each([
  ['in an ordinary comment', '<!-- <a href="https://x.example/">x</a> -->'],
  [
    'in a comment for Outlook inside something gone',
    '<p hidden><!--[if mso]><a href="https://x.example/">x</a><![endif]--></p>',
  ],
  ['without letters', '<p style="font-size:0"><a href="https://x.example/">x</a></p>'],
  ['invisible', '<a style="visibility:hidden" href="https://x.example/">x</a>'],
])('a link is none that its reader can click %s', (_, html) => {
  expect(linksOf(html)).toEqual([]);
});

test('a link without a scheme stays as it is where there is no base', () => {
  expect(linksOf('<base target="_blank"><a href="y">x</a>')).toEqual(['y x']);
});

test('the same link again in the same line is one', () => {
  const link = '<a href="https://x.example/">x</a> ';
  expect(linksOf(`${link.repeat(htmlLinksMax * 2)}<a href="https://y.example/">y</a>`)).toEqual([
    'https://x.example/ x',
    'https://y.example/ y',
  ]);
  expect(linksOf(`<p>${link}</p><p>${link}</p>`)).toHaveLength(2);
});

test.each([
  ['links', (over: number) => '<p><a href="https://x.example/">x</a>'.repeat(htmlLinksMax + over)],
  [
    'HTML',
    (over: number) =>
      `x<!--${'-'.repeat(htmlCharsMax - 7 + over)}-->`.slice(0, htmlCharsMax + over),
  ],
  ['text', (over: number) => 'x'.repeat(textCharsMax + over)],
])('what of the %s lies beyond the limit is known to be missing', (_, make) => {
  expect(htmlToText(make(0)).isCut).toBe(false);
  expect(htmlToText(make(1)).isCut).toBe(true);
});

test('what is cut in a comment for Outlook is known to be missing', () => {
  const links = '<p><a href="https://x.example/">x</a>'.repeat(htmlLinksMax + 1);
  expect(htmlToText(`<!--[if mso]>${links}<![endif]-->`).isCut).toBe(true);
});

test('frames inside frames are read to a depth, and known to go deeper', () => {
  const framed = (depth: number): string => {
    let html = '<a href="https://x.example/">x</a>';
    for (let i = 0; i < depth; i += 1) {
      html = `<iframe srcdoc="${html.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"></iframe>`;
    }
    return html;
  };
  expect(linksOf(framed(3))).toEqual(['https://x.example/ x']);
  expect(htmlToText(framed(3)).isCut).toBe(false);
  expect(htmlToText(framed(4))).toMatchObject({ links: [], isCut: true });
});

const row = (...content: string[]): string =>
  `<tr>${content.map((inner) => `<td>${inner}</td>`).join('')}</tr>`;
const table = (...rows: string[]): string => `<table>${rows.join('')}</table>`;

test.each([
  [
    'paragraphs that are all their cells have do not part the row',
    table(row('<p>Subject:<o:p></o:p></p>', '<p>x<o:p></o:p></p>'), row('<p>To:</p>', '<p>y</p>')),
    'Subject: x\nTo: y',
  ],
  [
    'blocks in blocks neither',
    table(row('<div><p>a</p></div>', ' <div><div>b</div></div> ')),
    'a b',
  ],
  ['nor where a line is only marked', table(row('<p class="x">a</p>', '<p><b>b</b></p>')), 'a b'],
  ['empty cells are nothing', table(row('<p>a</p>', '<p></p>', '<p>b</p>')), 'a b'],
  ['paragraphs of one cell are lines', table(row('<p>a</p><p>b</p>')), 'a\n\nb'],
  ['blocks of one cell are lines', table(row('<div>a</div><div>b</div>')), 'a\nb'],
  [
    'a cell of several lines stands by itself',
    table(row('<p>a</p>', '<p>b</p><p>c</p>')),
    'a\nb\n\nc',
  ],
  ['and so does what follows it', table(row('<p>a</p><p>b</p>', '<p>c</p>')), 'a\n\nb\n\nc'],
  ['a break makes a cell several lines', table(row('<p>a</p>', '<p>b<br>c</p>')), 'a\nb\nc'],
  ['text behind a block is a line of its own', table(row('<p>a</p>b', 'c')), 'a\n\nb c'],
  [
    'a table in a cell is lines',
    table(row('a', table(row('<p>b</p>', '<p>c</p>'), row('d')))),
    'a\nb c\nd',
  ],
  ['a cell behind a table is a line', table(row(table(row('<p>a</p>')), '<p>b</p>')), 'a\n\nb'],
  ['a list in a cell is lines', table(row('<p>a</p>', '<ul><li>b<li>c</ul>')), 'a\n\nb\nc'],
  ['rows of one cell are paragraphs', table(row('<p>a</p>'), row('<p>b</p>')), 'a\n\nb'],
  ['what follows the table is a line', `${table(row('<p>a</p>', '<p>b</p>'))}c`, 'a b\nc'],
])('%s', (_, html, expected) => {
  expect(textOf(html)).toBe(expected);
});

test.each([
  ['in a cell', table(row('<p>a</p>', '<p><a href="x:" id="m">LINK</a></p>'))],
  [
    'in a cell of several lines',
    table(row('<p>a</p>', '<p><a href="x:" id="m">LINK</a></p><p>b</p>')),
  ],
  ['behind the block of a cell', table(row('a', '<p>b</p><a href="x:" id="m">LINK</a>'))],
  [
    'behind a table in a cell',
    table(row('<p>a</p>', `${table(row('b'))}<a href="x:" id="m">LINK</a>`)),
  ],
  [
    'behind nesting beyond reason',
    `a${'<b>'.repeat(htmlDepthMax * 3)}<p><a href="x:" id="m">LINK</a>`,
  ],
])('a link and a mark have their place in the text %s', (_, html) => {
  const { text, links, marks } = htmlToText(`<p>before</p>${html}<p>after</p>`);
  expect(links.map(({ offset }) => offset)).toEqual([text.indexOf('LINK')]);
  expect(marks).toEqual([{ name: 'm', offset: text.indexOf('LINK') }]);
});

test('nesting beyond reason loses no link, wherever the parser stands', () => {
  for (let before = 0; before < 60; before += 1) {
    const html = `${' '.repeat(before)}${'<b>'.repeat(670)}<a href="https://x.example/">x</a>`;
    expect(linksOf(html)).toEqual(['https://x.example/ x']);
  }
});

test('nesting beyond reason does not lose the text behind it', () => {
  const deep = `${'<b>'.repeat(htmlDepthMax * 5)}<p>Domain: x</p>`;
  expect(htmlToText(deep).text).toContain('Domain: x');
});

test('nesting within reason keeps hidden things hidden', () => {
  const deep = `${'<div>'.repeat(200)}<div hidden>a</div>b`;
  expect(htmlToText(deep).text.trim()).toBe('b');
});
