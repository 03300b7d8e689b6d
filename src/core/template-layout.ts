/**
 * Looks at the layout of the HTML part: the only template that is HTML, and so the only one that could
 * carry a script, an image or a foreign address into every reply.
 */
import { layoutVariables, type TemplateProblem } from './template.ts';
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
  [/url\s*\(|@import/i, 'The layout’s styles load nothing.'],
];

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
