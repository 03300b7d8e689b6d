/** Damage to the layout: its elements, attributes, styles, and what could be put into it. */
import { type Damage, edited, textOf } from './damage.ts';

const edit = edited;
const replace = (kind: string, id: string, from: string | RegExp, to: string) =>
  edited(kind, id, (text) => text.replace(from, () => to));

const source = textOf('layout');

/** Every tag, attribute and variable of the layout, taken away one by one. */
function removals(): readonly Damage[] {
  const damages: Damage[] = [];
  const cut = (what: string, at: number, length: number) => {
    const line = source.slice(0, at).split('\n').length;
    damages.push(
      edit(
        `${what} in line ${line} taken away`,
        'layout',
        (text) => text.slice(0, at) + text.slice(at + length),
      ),
    );
  };
  for (const { 0: tag, index } of source.matchAll(/<[!/]?[a-z][^>]*>/gi)) {
    const before = (tag.match(/^<[!/]?\w+/) ?? [''])[0];
    cut(before, index, tag.length);
    for (const found of tag.matchAll(/ ([\w-]+)="[^"]*"/g))
      cut(`${found[1]} of ${before}`, index + found.index, found[0].length);
  }
  for (const { 0: code, index } of source.matchAll(/\{\{+[\w.]+\}\}+/g))
    cut(code, index, code.length);
  for (const { 0: comment, index } of source.matchAll(/<!--.*?-->/g))
    cut('a note for Outlook', index, comment.length);
  // One of each: the tables are all alike.
  return [
    ...new Map(damages.map((damage) => [damage.kind.replace(/ in line \d+/, ''), damage])).values(),
  ];
}

const rule = (name: string, css: string) =>
  replace(`a style: ${name}`, 'layout', '.edge {', `${css}\n.edge {`);

const styles: readonly Damage[] = [
  ...Object.entries({
    'not shown': 'display: none',
    invisible: 'visibility: hidden',
    'without opacity': 'opacity: 0',
    'with hardly any opacity': 'opacity: 0.05',
    'beside the page': 'position: absolute; left: -9999px',
    'moved away by its margin': 'margin-left: -9999px',
    'moved away by its indent': 'text-indent: -9999px',
    'moved away by a transform': 'transform: translateX(-9999px)',
    'made a point by a transform': 'transform: scale(0)',
    'without height': 'height: 0; overflow: hidden',
    'without greatest height': 'max-height: 0; overflow: hidden',
    clipped: 'clip-path: inset(100%)',
    'clipped the old way': 'position: absolute; clip: rect(0 0 0 0)',
    'filtered away': 'filter: opacity(0)',
    'with letters of no colour': '-webkit-text-fill-color: transparent',
    'with letters of no size': 'font-size: 0',
    'with tiny letters': 'font-size: 4px',
    'with tiny letters in one word': 'font: 4px serif',
    'with letters in parts of others': 'font-size: 10%',
    'with letters on top of each other': 'line-height: 0',
    'with letters into each other': 'letter-spacing: -1em',
    'with pale letters': 'color: #fafafa',
    'with a colour by name': 'color: white',
    'with a colour as rgb': 'color: rgb(255, 255, 255)',
    'with a colour that is see-through': 'color: #1f232800',
    'with a colour of its own variable': 'color: var(--x)',
    'on a dark ground': 'background: #202020',
    'on a picture': 'background-image: url(x.png)',
    'on a slope of colours': 'background: linear-gradient(#000000, #ffffff)',
    'on a slope of colours as a picture': 'background-image: linear-gradient(#000000, #000000)',
    'blended with its ground': 'mix-blend-mode: difference',
    'written from top to bottom': 'writing-mode: vertical-rl',
    'in reverse': 'direction: rtl; unicode-bidi: bidi-override',
    masked: '-webkit-mask: linear-gradient(transparent, transparent)',
    'off by content-visibility': 'content-visibility: hidden',
    'shrunk by zoom': 'zoom: 0.01',
    'in letters of pictures': 'font-family: Wingdings',
    'in other letters': 'text-transform: uppercase',
    'struck out': 'text-decoration: line-through',
  }).flatMap(([name, css]) => [rule(`paragraphs ${name}`, `.reply p { ${css} }`)]),
  ...Object.entries({
    'not shown': 'display: none',
    'without height': 'height: 0; overflow: hidden',
    'without opacity': 'opacity: 0.1',
    'without width': 'width: 0; overflow: hidden; max-width: 0; font-size: 0',
  }).flatMap(([name, css]) => [
    rule(`the cell of the reply ${name}`, `.reply { ${css} }`),
    rule(`the page ${name}`, `.page { ${css} }`),
    rule(`lists ${name} on narrow screens`, `@media (max-width: 600px) { .reply li { ${css} } }`),
    rule(`bold ${name} on screens`, `@media screen { .reply strong { ${css} } }`),
    rule(
      `links ${name} in the dark`,
      `@media (prefers-color-scheme: dark) { .reply a { ${css} !important } }`,
    ),
  ]),
  rule(
    'pale letters on narrow screens',
    '@media (max-width: 600px) { .reply p { color: #fafafa !important } }',
  ),
  rule('a rule that is not closed', '.reply p { color: #1f2328;'),
  rule('a rule closed twice', '.reply p { color: #1f2328; } }'),
  rule('a comment that is not closed', '/* a note'),
  rule('no property', '.reply p { : #1f2328; }'),
  rule('no selector', '{ display: none }'),
  rule('a selector that is none', '..reply >>> p:: { display: none }'),
  rule('words of its own', '.reply::before { content: "Pay now" }'),
  rule('the first letter hidden', '.reply p::first-letter { font-size: 0 }'),
  rule('the first line hidden', '.reply p::first-line { color: #ffffff }'),
  rule('what is pointed at hidden', '.reply p:hover { display: none }'),
  rule('another sheet', '@import "https://evil.example/x.css";'),
  rule('another sheet, spelt in escapes', '@\\69mport "//evil.example/x.css";'),
  rule('a picture, spelt in escapes', '.reply { background: u\\72l(//evil.example/x) }'),
  rule(
    'letters of its own',
    '@font-face { font-family: x; src: local(Wingdings) } .reply p { font-family: x }',
  ),
  rule(
    'rules where they are supported',
    '@supports (display: grid) { .reply p { display: none } }',
  ),
  rule('rules in a layer', '@layer x { .reply p { display: none !important } }'),
  rule('movement', '@keyframes x { to { opacity: 0 } } .reply p { animation: x 1s forwards }'),
];

const around = (name: string, open: string, close: string) =>
  replace(`the reply ${name}`, 'layout', '{{{body}}}', `${open}{{{body}}}${close}`);
const before = (name: string, html: string) =>
  replace(`before the reply ${name}`, 'layout', '{{{body}}}', `${html}{{{body}}}`);

const elements: readonly Damage[] = [
  ...[
    'title',
    'template',
    'textarea',
    'noscript',
    'select',
    'details',
    'dialog',
    'xmp',
    'plaintext',
    'marquee',
    's',
    'button',
    'audio',
    'datalist',
    'svg',
    'math',
    'center',
    'pre',
    'iframe',
    'object',
    'form',
    'script',
    'style',
    'map',
    'canvas',
    'noembed',
    'noframes',
    'bdo',
    'sub',
    'small',
    'o:p',
  ].map((name) => around(`in <${name}>`, `<${name}>`, `</${name}>`)),
  around('in a comment', '<!-- ', ' -->'),
  around('in a note for Outlook', '<!--[if mso]>', '<![endif]-->'),
  around('in a comment that is not closed', '<!-- ', ''),
  around('in an attribute', '<div title="', '"></div>'),
  around('in a hidden element', '<div hidden>', '</div>'),
  around('in an element that is hidden by its style', '<div style="display:none">', '</div>'),
  around(
    'in an element that is off the page',
    '<div style="position:absolute;left:-9999px">',
    '</div>',
  ),
  around('in an inert element', '<div inert aria-hidden="true">', '</div>'),
  around('twice', '{{{body}}}', ''),
  around('in two braces', '<!--', '-->{{body}}'),
  around('within a condition', '{{#if subject}}', '{{/if}}'),
  around('after an open quote', '<div class="', ''),
  around('in a link', '<a href="{{subject}}">', '</a>'),
  ...Object.entries({
    'a script': '<script>1</script>',
    'an image': '<img src="x">',
    'an image of data': '<img src="data:image/png;base64,AA==">',
    'an image in capitals': '<IMG SRC="x">',
    'an input': '<input type="image" src="x">',
    'a link': '<a href="https://evil.example/">x</a>',
    'a link, spelt in entities': '<a href="https:&#47;&#47;evil.example/">x</a>',
    'a link with backslashes': '<a href="https:\\\\evil.example/">x</a>',
    'a link to a script': '<a href="javascript:alert(1)">x</a>',
    'a link to a mailbox': '<a href="mailto:eve@evil.example">x</a>',
    'a link to a phone': '<a href="tel:0800">x</a>',
    'a link to a variable': '<a href="{{partner.name}}">x</a>',
    'an element for all links': '<base href="//evil.example/">',
    'a sheet': '<link rel="stylesheet" href="x.css">',
    'a turn to another page':
      '<meta http-equiv="refresh" content="0;url=https:&#47;&#47;evil.example">',
    'an event': '<div onclick="alert(1)">x</div>',
    'an event after a slash': '<div/onclick="alert(1)">x</div>',
    'a picture of the ground': '<table background="x.png"><tr><td>x</td></tr></table>',
    'a form': '<form action="x"><input name="y"></form>',
    'a sound': '<audio src="x.mp3" autoplay></audio>',
    'a drawing': '<svg><image href="x.png"/></svg>',
    'a frame': '<iframe srcdoc="x"></iframe>',
    'a turn of direction': '\u202E',
    'a partial': '{{> warnings}}',
    'a variable of the reply': '{{customer.name}}',
    'a helper': '{{date subject}}',
    'three braces of another variable': '{{{subject}}}',
    'an ampersand before another variable': '{{&subject}}',
    'braces that stay open': '{{subject',
    'a variable in a style': '<div style="color:{{subject}}">x</div>',
    'a variable as an attribute': '<div {{subject}}>x</div>',
    'a NUL': '\0',
    'an address typed in words': 'www.evil.example',
  }).map(([name, html]) => before(name, html)),
  replace('the language written by hand', 'layout', 'lang="{{lang}}"', 'lang="de"'),
  replace('the direction written by hand', 'layout', 'dir="{{dir}}"', 'dir="rtl"'),
  replace(
    'the direction of the cell written by hand',
    'layout',
    'class="reply" dir="{{dir}}"',
    'class="reply" dir="rtl"',
  ),
  replace('another charset', 'layout', 'charset="utf-8"', 'charset="utf-16"'),
  replace(
    'a preheader that is seen',
    'layout',
    ' style="display:none;max-height:0;overflow:hidden;mso-hide:all"',
    '',
  ),
  replace('a note for Outlook that is not closed', 'layout', '<tr><td><![endif]-->', '<tr><td>'),
  replace('a card of no width', 'layout', 'max-width: 600px', 'max-width: 0'),
  replace(
    'a card far too wide',
    'layout',
    '.card { width: 100%; max-width: 600px',
    '.card { width: 9000px',
  ),
];

export const layoutEdits: readonly Damage[] = [...removals(), ...styles, ...elements];
