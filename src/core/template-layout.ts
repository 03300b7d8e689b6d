/**
 * Looks at the layout of the HTML part: the only template that is HTML, and so the only one that could
 * carry a script, an image or a foreign address into every reply.
 */
import { Parser } from 'htmlparser2';
import { layoutVariables, type TemplateProblem } from './template.ts';
import { judgeDeclarations, judgeSheet, type StyleFinding } from './template-layout-style.ts';
import { placeOf, type TemplatePart } from './template-read.ts';
import { suggest } from './template-suggest.ts';

const forbidden: readonly (readonly [RegExp, string])[] = [
  [/<script\b/i, 'Scripts are not allowed in the layout.'],
  [
    /<(?:img|picture|video|iframe|object|embed)\b/i,
    'The layout loads nothing: no images, no frames.',
  ],
  [/<(?:link|base|form)\b/i, 'The layout has no <link>, <base> or <form>.'],
  [/\bon[a-z]+\s*=/i, 'Event attributes are not allowed in the layout.'],
  [
    /(?:https?:)?\/\/(?!www\.w3\.org\/)[a-z0-9]/i,
    'The layout names no address: nothing is loaded, nothing linked.',
  ],
  [/\bwww\./i, 'The layout names no address: mail programs would make a link of it.'],
  [/url\s*\(|@import/i, 'The layout’s styles load nothing.'],
  [
    /[\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\u202A-\u202E\u2066-\u2069\uFFFD]/,
    'An invisible character stands here; delete it and type the word again.',
  ],
];

const elements =
  'html head meta title style body table thead tbody tr th td div p span center h1 h2 h3 strong b em i br hr'.split(
    ' ',
  );
const attributes =
  'lang dir charset name content class id style role aria-hidden width height cellpadding cellspacing border align valign bgcolor xmlns xmlns:o xmlns:v'.split(
    ' ',
  );

const required: readonly (readonly [RegExp, string])[] = [
  [/\{\{\{\s*body\s*\}\}\}/, 'The layout lacks {{{body}}}, the place of the reply.'],
  [
    /<html[^>]*\blang="\{\{lang\}\}"/,
    'The layout lacks <html lang="{{lang}}">: readers need the language.',
  ],
  [/<html[^>]*\bdir="\{\{dir\}\}"/, 'The layout lacks <html dir="{{dir}}">.'],
  [/<meta[^>]*charset="?utf-8/i, 'The layout lacks <meta charset="utf-8">.'],
];

/** Every problem of the layout. */
export function lintLayout(
  file: string,
  part: TemplatePart,
  source: string,
): readonly TemplateProblem[] {
  const problems: TemplateProblem[] = [];
  for (const [pattern, message] of forbidden) {
    const at = source.search(pattern);
    if (at < 0) continue;
    const before = source.slice(0, at).split('\n');
    problems.push({ file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message });
  }
  for (const { at, message } of lookThrough(source)) {
    const before = source.slice(0, at).split('\n');
    problems.push({ file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message });
  }
  for (const [pattern, message] of required) {
    if (!pattern.test(source)) problems.push({ file, message });
  }
  const begin = source.search(/<style\b/i);
  if (begin >= 0 && !/<\/style>/i.test(source.slice(begin))) {
    const message = 'The <style> that begins here is never closed.';
    problems.push({ file, line: source.slice(0, begin).split('\n').length, message });
  }
  for (const statement of part.program.body) {
    const message = judge(statement);
    if (message !== undefined)
      problems.push({ file, ...placeOf(part, statement.loc.start), message });
  }
  return problems;
}

interface OpenElement {
  readonly at: number;
  readonly style: string;
  text: string;
}

/** Elements, attributes and styles that could load, link or hide something: whatever is not known to be harmless. */
function lookThrough(html: string, offset = 0): readonly StyleFinding[] {
  const found: StyleFinding[] = [];
  const open: OpenElement[] = [];
  const parser = new Parser({
    onopentag(name, given, isImplied) {
      const at = offset + parser.startIndex;
      open.push({ at, style: given.style ?? '', text: '' });
      if (isImplied) return;
      if (!elements.includes(name))
        found.push({
          at,
          message: `The layout has no <${name}>. Allowed are ${elements.join(', ')}.`,
        });
      for (const [attribute, value] of Object.entries(given)) {
        const message = judgeAttribute(attribute, value);
        if (message !== undefined) found.push({ at, message });
      }
    },
    ontext(text) {
      const element = open.at(-1);
      if (element !== undefined) element.text += text;
    },
    oncomment(data) {
      const inside = /^\[if [^\]]*\]>/.exec(data)?.[0];
      if (inside === undefined) return;
      const at = offset + parser.startIndex + '<!--'.length + inside.length;
      found.push(...lookThrough(data.slice(inside.length).replace(/<!\[endif\]$/, ''), at));
    },
    onclosetag(name) {
      const element = open.pop();
      if (element === undefined) return;
      const { at, style, text } = element;
      if (name === 'style')
        found.push(...judgeSheet(text, html.indexOf(text, at - offset) + offset));
      // What mailboxes show behind the subject is not for the reader of the reply.
      if (/^\s*\{\{\s*preheader\s*\}\}[\s\u00A0\u200C]*$/.test(text)) return;
      found.push(...judgeDeclarations(style).map((message) => ({ at, message })));
      const outer = open.at(-1);
      if (outer !== undefined && name !== 'style') outer.text += text;
    },
  });
  parser.end(html);
  return found;
}

function judgeAttribute(name: string, value: string): string | undefined {
  if (!attributes.includes(name)) {
    return `The layout has no attribute "${name}". Allowed are ${attributes.join(', ')}.`;
  }
  if (/\{\{/.test(value) && name !== 'lang' && name !== 'dir') {
    return `No variable can stand in "${name}", only in lang and dir.`;
  }
  const isShut = (name === 'width' || name === 'height') && !/^[1-9]/.test(value);
  return isShut ? `"${name}" must be more than 0.` : undefined;
}

function judge(statement: hbs.AST.Statement): string | undefined {
  if (statement.type === 'ContentStatement' || statement.type === 'CommentStatement')
    return undefined;
  if (statement.type !== 'MustacheStatement') {
    return 'The layout has no blocks and no partials, only variables.';
  }
  const { path, params, escaped } = statement as hbs.AST.MustacheStatement;
  const name = path.type === 'PathExpression' ? (path as hbs.AST.PathExpression).original : '?';
  if (params.length > 0 || !Object.hasOwn(layoutVariables, name)) {
    return `The layout has no variable "${name}".${suggest(name, Object.keys(layoutVariables))}`;
  }
  if (escaped && name === 'body') return 'body stands in three braces: {{{body}}}.';
  return escaped || name === 'body'
    ? undefined
    : `Only body may stand in three braces, not "${name}".`;
}
