import { describe, expect, it } from 'vitest';
import { readMarkdown } from '../../src/core/document.ts';
import { frameHtml } from '../../src/core/frame-html.ts';
import { renderHtml } from '../../src/core/render-html.ts';
import { compileTemplates } from '../../src/core/template-compile.ts';
import { checkLook } from '../../src/core/template-look.ts';
import { shippedSources } from './compose-fixture.ts';

const shipped = shippedSources.find(({ id }) => id === 'layout');

function layoutWith(from: string | RegExp, to: string) {
  const before = shipped?.source ?? '';
  const source = before.replace(from, to);
  expect(source).not.toBe(before);
  const { layout } = compileTemplates([
    { id: 'layout', path: 'layout.html.hbs', source, hash: 'x' },
  ]);
  if (layout === undefined) throw new Error('no layout');
  return layout;
}

function lineOf(source: string, words: string): number {
  return source.split('\n').findIndex((line) => line.includes(words)) + 1;
}

describe('the frame', () => {
  const framed = (markdown: string, dir: 'ltr' | 'rtl' = 'ltr', lang = 'en') =>
    frameHtml(layoutWith(/$/, '\n').render, {
      lang,
      dir,
      subject: 's',
      preheader: 'p',
      body: renderHtml(readMarkdown(markdown)),
      partner: { name: 'n' },
    });

  it('writes the styles into every element of a reply', () => {
    const html = framed(
      '# h\n\np [l](https://a.example)\n\n1. a\n\n- b\n\n> q\n\n| a |\n| --- |\n| b |',
    );
    const body = html.slice(html.indexOf('<h1'), html.lastIndexOf('</blockquote>'));
    for (const tag of body.match(/<[a-z][^>]*>/g) ?? []) {
      if (!/^<tr>/.test(tag)) expect(tag).toContain('style="');
    }
  });

  it('keeps the rules for a dark screen, and no others, in the head', () => {
    const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(framed('x')) ?? [];
    expect(style.trim()).toMatch(/^@media \(prefers-color-scheme: dark\) \{/);
  });

  it('turns round for languages that are written from the right', () => {
    expect(framed('- x', 'rtl')).toContain('padding: 0 24px 0 0');
    expect(framed('- x', 'rtl')).toMatch(/<td class="reply" dir="rtl"[^>]*text-align: right/);
  });

  it('gives columns one width, keeps numbers together and Korean words whole', () => {
    expect(framed('| a |\n| --- |\n| b |')).toMatch(/<table style="[^"]*table-layout: fixed/);
    expect(framed('0800 589 2332')).toMatch(/<span class="number" style="white-space: nowrap;">/);
    const body = /<td class="reply"[^>]*word-break: keep-all/;
    expect(framed('x', 'ltr', 'ko')).toMatch(body);
    expect(framed('x')).not.toMatch(body);
  });

  it('takes braces and percent signs of a value for words', () => {
    const html = framed('\\{\\{x\\}\\} \\<% y %\\> &lt;script&gt;');
    expect(html).toContain('{{x}} &lt;% y %&gt; &lt;script&gt;');
  });
});

describe('the look of the layout', () => {
  it('is good as it ships', () => {
    expect(checkLook(layoutWith(/$/, '\n'))).toEqual([]);
  });

  it.each([
    [
      'pale letters',
      /color: #1f2328/,
      'color: #999999',
      /#999999 on #ffffff cannot be read well: the contrast is 2\.8/,
      '#999999',
    ],
    [
      'letters like their background',
      /color: #1f2328/g,
      'color: #ffffff',
      /#ffffff on #ffffff/,
      '#ffffff',
    ],
    [
      'a dark page by day',
      /background-color: #ffffff/g,
      'background-color: #202020',
      /#1f2328 on #202020/,
      '#1f2328',
    ],
    [
      'dark letters in the dark',
      '#e6e8eb',
      '#333333',
      /#333333 on #1b1d21 cannot be read well on a dark screen/,
      '#333333',
    ],
    [
      'links that only the day shows',
      '#8ab8ff',
      '#0b57a4',
      /#0b57a4 on #1b1d21 cannot be read well on a dark screen/,
      '#0b57a4',
    ],
    [
      'a colour by name',
      'color: #0b57a4',
      'color: rebeccapurple',
      /write the colour as #rrggbb/,
      'rebeccapurple',
    ],
    [
      'tiny letters',
      /font-size: 16px/,
      'font-size: 6px',
      /too small; 12px at least/,
      'font-size: 6px',
    ],
    [
      'letters in other units',
      /font-size: 16px/,
      'font-size: 1em',
      /write the size in pixels/,
      '1em',
    ],
    ['a hidden list', '.reply li {', '.reply li { display: none;', /hides a part/, '{{{body}}}'],
    ['a hidden reply', '.edge {', '.edge { visibility: hidden;', /hides a part/, '{{{body}}}'],
    [
      'a reply in the title',
      '{{{body}}}',
      '<title>{{{body}}}</title>',
      /hides a part/,
      '{{{body}}}',
    ],
  ])('refuses %s, and names the line', (_, from, to, says, near) => {
    const layout = layoutWith(from, to);
    const problems = checkLook(layout);
    const found = problems.find(({ message }) => says.test(message));
    expect(found, JSON.stringify(problems)).toBeDefined();
    expect(found?.line).toBe(lineOf(layout.source.toLowerCase(), near));
  });
});
