/**
 * Framing remembers what it worked out for pages of the same shape: not one octet may differ from working it out
 * anew.
 */
import { expect, test } from 'vitest';
import { renderReply } from '../../src/core/compose.ts';
import {
  frameHtml,
  inlineStyles,
  type Layout,
  type LayoutValues,
} from '../../src/core/frame-html.ts';
import { compileTemplates } from '../../src/core/template-compile.ts';
import { samplePlan, samplesNow } from '../../src/core/template-samples.ts';
import { settings, shippedSources } from './compose-fixture.ts';

const templates = compileTemplates(shippedSources);
const layout = templates.layout;
if (layout === undefined) throw new Error('the layout is missing');

const plain: LayoutValues = {
  lang: 'en',
  dir: 'ltr',
  subject: 'Subject',
  preheader: 'Before',
  body: '<p>words</p>',
  partner: { name: 'Fabrikam' },
};

test('replies of every scenario are framed as if each were the first', () => {
  let page = '';
  const render: Layout = (values) => {
    page = layout.render(values);
    return page;
  };
  const remembering = { ...templates, layout: { ...layout, render } };
  const scenarios = [...templates.templates.values()].filter(({ locale }) => locale === 'en');
  for (const locale of ['en', 'ja'])
    for (const { scenario } of scenarios)
      for (const name of ['Contoso & Sons <Ltd>', 'Ünïcode $& \\1 "quoted" company', 'Short']) {
        const plan = samplePlan(scenario, locale);
        const customer =
          plan.customer === undefined ? {} : { customer: { ...plan.customer, name } };
        const { html } = renderReply({
          ...settings,
          plan: { ...plan, ...customer },
          templates: remembering,
          now: samplesNow,
        });
        expect(html, `${scenario} ${locale}`).toBe(inlineStyles(page));
      }
  expect(scenarios.length).toBeGreaterThan(9);
});

test.each([
  ['entities', '<p>a &amp; b &lt;c&gt; &#39;d&#39;</p>'],
  ['a link with an ampersand', '<p><a href="https://a.example/?x=1&amp;y=2">x</a></p>'],
  ['bare words and line ends', 'one\n<ul>\n<li>two<ul>\n<li>three</li>\n</ul></li>\n</ul>'],
  ['a table', '<table>\n<tr><th scope="col">k</th></tr>\n<tr><td>l</td></tr>\n</table>'],
  ['a dollar sign', '<p>$1 $& $$</p>'],
  ['a letter of private use', '<p>\uE0000\uE001 and more</p>'],
])('a body with %s', (_what, body) => {
  for (const words of ['first', 'second']) {
    const values = { ...plain, subject: words, body: `${body}<p>${words}</p>` };
    expect(frameHtml(layout.render, values)).toBe(inlineStyles(layout.render(values)));
  }
});

test('a layout whose styles go by the address of a link', () => {
  const styled: Layout = ({ body }) =>
    `<style>a[href^="tel:"] { color: red; }</style>\n<body>${body}</body>`;
  for (const href of ['https://a.example/', 'tel:+4930123']) {
    const values = { ...plain, body: `<p><a href="${href}">x</a></p>` };
    expect(frameHtml(styled, values)).toBe(inlineStyles(styled(values)));
  }
});
