/**
 * Looks at the layout with a reply in it: whether every word is there to be seen, and can be read on its
 * background, by day and in the dark. An edit of its colours or boxes could hide what a template says.
 *
 * WCAG 2.2 §1.4.3: text needs a contrast of 4.5 to 1.
 */
import { Parser } from 'htmlparser2';
import { inlineStyles, type Layout } from './frame-html.ts';
import { htmlToText } from './html-text.ts';
import { showsText, type Visibility, visibilityOf, visible } from './html-visibility.ts';
import type { TemplateProblem } from './template.ts';

export interface LookedAt {
  readonly path: string;
  readonly source: string;
  readonly render: Layout;
}

const contrastMin = 4.5;
const letterPxMin = 12;

/** Every element a reply may be made of, each with a word of its own. */
const everything = `<h1>alpha</h1>
<h2>bravo</h2>
<h3>charlie</h3>
<p>delta <strong>echo</strong> <em>foxtrot</em> <a href="https://layout.example/">golf</a></p>
<ol>
<li>hotel<ul>
<li>india</li>
</ul></li>
</ol>
<blockquote><p>juliett</p></blockquote>
<table>
<tr><th scope="col">kilo</th></tr>
<tr><td>lima <a href="https://layout.example/">mike</a></td></tr>
</table>`;
const words =
  'alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike'.split(' ');

/** Every problem of how a layout shows a reply. */
export function checkLook(layout: LookedAt): readonly TemplateProblem[] {
  const problems = new Map<string, TemplateProblem>();
  for (const dir of ['ltr', 'rtl'] as const) {
    const page = layout.render({
      lang: 'en',
      dir,
      subject: 'november',
      preheader: 'oscar',
      body: everything,
      partner: { name: 'papa' },
    });
    for (const media of ['', ...mediaOf(page)]) {
      const scheme = /prefers-color-scheme:\s*dark/i.test(media) ? 'dark' : 'light';
      const shown = inlineStyles(within(page, media));
      for (const { near, message } of [...findUnseen(shown), ...findUnreadable(shown, scheme)]) {
        const at = near === undefined ? {} : placeIn(layout.source, near);
        problems.set(message, { file: layout.path, ...at, message });
      }
    }
  }
  return [...problems.values()];
}

interface Finding {
  /** What to look for in the layout: where it stands is the place. */
  readonly near?: string;
  readonly message: string;
}

/** The conditions under which rules of the page apply, each once. */
function mediaOf(page: string): ReadonlySet<string> {
  const found = [...page.matchAll(mediaRule)].map(([, condition = '']) => condition.trim());
  return new Set([...found, '(prefers-color-scheme: dark)']);
}

const mediaRule = /@media([^{]*)\{/gi;

/** The page as it is where rules under a condition apply: they come last, and they are important. */
function within(page: string, media: string): string {
  if (media === '') return page;
  const rules = [...page.matchAll(mediaRule)]
    .filter(([, condition = '']) => condition.trim() === media)
    .map(({ 0: open, index }) => {
      const start = index + open.length;
      return page.slice(start, endOfBlock(page, start));
    });
  return page.replace(/<\/style>/i, (end) => `\n${rules.join('\n')}\n${end}`);
}

function endOfBlock(css: string, from: number): number {
  let depth = 1;
  for (let at = from; at < css.length; at += 1) {
    if (css[at] === '{') depth += 1;
    if (css[at] === '}') depth -= 1;
    if (depth === 0) return at;
  }
  return css.length;
}

function findUnseen(page: string): readonly Finding[] {
  const { text } = htmlToText(page);
  const lost = words.filter((word) => !text.includes(word));
  if (lost.length === 0) return [];
  return [{ near: '{{{body}}}', message: 'The layout hides a part of the reply.' }];
}

interface Colors {
  readonly text: string | undefined;
  readonly background: string;
  readonly visibility: Visibility;
  readonly isLink: boolean;
}

const paper = { light: '#ffffff', dark: '#121212' } as const;
const ink = { light: '#000000', dark: '#ffffff' } as const;
const linkInk = { light: '#0000ee', dark: '#9e9eff' } as const;

/** Walks through the elements with what they inherit. */
function findUnreadable(page: string, scheme: 'light' | 'dark'): readonly Finding[] {
  const findings: Finding[] = [];
  const open: Colors[] = [
    { text: undefined, background: paper[scheme], visibility: visible, isLink: false },
  ];
  const parser = new Parser({
    onopentag(name, attributes) {
      const outer = open.at(-1) as Colors;
      const style = readStyle(attributes.style ?? '');
      findings.push(...style.findings);
      open.push({
        text: style.color ?? (name === 'a' ? undefined : outer.text),
        background: style.background ?? outer.background,
        visibility: visibilityOf(name, attributes, outer.visibility),
        isLink: name === 'a' || outer.isLink,
      });
    },
    ontext(text) {
      const { text: color, background, visibility, isLink } = open.at(-1) as Colors;
      if (text.trim() === '' || !showsText(visibility)) return;
      const letters = color ?? (isLink ? linkInk : ink)[scheme];
      const contrast = contrastOf(letters, background);
      if (contrast >= contrastMin) return;
      const shown = Math.floor(contrast * 10) / 10;
      const screen = scheme === 'dark' ? ' on a dark screen' : '';
      const message = `${letters} on ${background} cannot be read well${screen}: the contrast is ${shown}, and ${contrastMin} is needed.`;
      findings.push({ near: color ?? background, message });
    },
    onclosetag() {
      open.pop();
    },
  });
  parser.end(page);
  return findings;
}

interface Style {
  readonly color?: string;
  readonly background?: string;
  readonly findings: readonly Finding[];
}

/** The declarations that decide whether letters can be read. Later ones win, as in a browser. */
function readStyle(style: string): Style {
  let color: string | undefined;
  let background: string | undefined;
  const findings: Finding[] = [];
  for (const [, property = '', value = ''] of style.matchAll(/([\w-]+)\s*:\s*([^;]*)/g)) {
    const written = value.replace(/!important/i, '').trim();
    const hex = readColor(written);
    if (property === 'color') color = hex ?? color;
    else if (/^background(?:-color)?$/.test(property)) background = hex ?? background;
    else if (property === 'font-size') findings.push(...judgeSize(written));
    else continue;
    if (hex === undefined && property !== 'font-size') {
      const message = `"${property}: ${written}": write the colour as #rrggbb.`;
      findings.push({ near: written, message });
    }
  }
  return {
    ...(color === undefined ? {} : { color }),
    ...(background === undefined ? {} : { background }),
    findings,
  };
}

function judgeSize(size: string): readonly Finding[] {
  const px = /^([\d.]+)px$/.exec(size)?.[1];
  if (px === undefined) {
    return [
      { near: size, message: `"font-size: ${size}": write the size in pixels, such as 16px.` },
    ];
  }
  if (Number(px) >= letterPxMin) return [];
  return [
    {
      near: `font-size: ${size}`,
      message: `"font-size: ${size}" is too small; ${letterPxMin}px at least.`,
    },
  ];
}

function readColor(value: string): string | undefined {
  const short = /^#([\da-f])([\da-f])([\da-f])$/i.exec(value);
  if (short !== null) {
    return `#${short
      .slice(1)
      .map((digit) => digit + digit)
      .join('')}`.toLowerCase();
  }
  return /^#[\da-f]{6}$/i.test(value) ? value.toLowerCase() : undefined;
}

function contrastOf(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

/** WCAG 2.2, "relative luminance". */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function placeIn(source: string, near: string): { line?: number; column?: number } {
  const at = source.toLowerCase().indexOf(near.toLowerCase());
  if (at < 0) return {};
  const before = source.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
