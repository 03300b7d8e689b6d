/**
 * The styles of the layout: only what cannot hide a word, since no check can tell what a browser makes of the others.
 */

export interface StyleFinding {
  /** Where in the layout. */
  readonly at: number;
  readonly message: string;
}

const properties =
  /^(?:color|background(?:-color)?|margin(?:-\w+)?|padding(?:-\w+)?|border(?:-[\w-]+)?|font-(?:family|size|weight|style)|line-height|(?:min-|max-)?width|text-(?:align|decoration|size-adjust|transform)|-(?:webkit|ms)-text-size-adjust|vertical-align|overflow-wrap|word-break|word-wrap|hyphens|white-space|letter-spacing|table-layout|list-style(?:-type)?|color-scheme|mso-[\w-]+)$/;
/** Where an element stands: nobody can point at it, and it has no words of its own. */
const structure = /:(?:first|last|only|nth)(?:-last)?-(?:child|of-type)(?:\([^)]*\))?/g;
const allowed =
  'colours, margins, paddings, borders, fonts, line-height, width, alignment and line breaks';

/** What is wrong with the declarations of one element or rule, each as a sentence. */
export function judgeDeclarations(style: string): readonly string[] {
  return style.split(';').flatMap((declaration) => {
    if (declaration.trim() === '') return [];
    const [name = '', ...rest] = declaration.split(':');
    const [property, value] = [name.trim().toLowerCase(), rest.join(':').trim().toLowerCase()];
    if (value === '') return [`"${declaration.trim()}" is no style; write property: value.`];
    if (property === 'mso-hide') return ['"mso-hide" would hide a part of the reply in Outlook.'];
    if (!properties.test(property)) {
      return [`The style "${property}" could hide a part of the reply; allowed are ${allowed}.`];
    }
    const isShut =
      /(?:^|[\s(])-\.?\d/.test(value) ||
      (/^(?:max-)?width$/.test(property) && /^0/.test(value)) ||
      (property === 'line-height' && Number.parseFloat(value) < (/px/.test(value) ? 12 : 1));
    return isShut ? [`"${property}: ${value}" could hide a part of the reply.`] : [];
  });
}

/** What is wrong with a style sheet that begins at a place of the layout. */
export function judgeSheet(sheet: string, start: number): readonly StyleFinding[] {
  const found: StyleFinding[] = [];
  // Comments keep their length, so that places stay what they are.
  const css = sheet.replace(/\/\*[\s\S]*?\*\//g, (comment) => ' '.repeat(comment.length));
  const odd = /\\|\/\*|@(?!media\b)[\w-]*/.exec(css);
  if (odd !== null) {
    const message = `"${odd[0]}" is not understood in the layout’s styles: they have rules and @media, and comments that end.`;
    found.push({ at: start + odd.index, message });
  }
  const open: ('rule' | 'media')[] = [];
  for (const { 0: piece, 1: words = '', 2: sign, index } of css.matchAll(/([^{};]*)([{};])/g)) {
    const at = start + index + (piece.length - piece.trimStart().length);
    const report = (message: string) => found.push({ at, message });
    if (sign === '{') {
      const kind = words.trim().startsWith('@media') ? 'media' : 'rule';
      if (open.includes('rule')) report('The rule before this one is not closed.');
      if (words.trim() === '') report('These braces have nothing before them that they are for.');
      if (kind === 'rule' && words.replace(structure, '').includes(':')) {
        report('A rule is for elements; their parts and states, with a colon, are not checked.');
      }
      // What is not closed is told once.
      open.splice(open.indexOf('rule') < 0 ? open.length : open.indexOf('rule'), 1, kind);
      continue;
    }
    for (const message of judgeDeclarations(words)) report(message);
    if (sign === '}' && open.pop() === undefined) report('This brace closes nothing.');
  }
  if (open.length > 0) {
    found.push({
      at: start + css.trimEnd().length,
      message: 'A rule of the styles is not closed.',
    });
  }
  return found;
}
