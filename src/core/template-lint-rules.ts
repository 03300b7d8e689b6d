/**
 * Rules for templates that need neither scopes nor types: what words, white space and comparisons may not be.
 */
import { type LineScenario, lineScenarios } from './decision.ts';

/** What may not stand in the words of a template, with what to write instead. */
export const contentRules: readonly (readonly [RegExp, string])[] = [
  [/<[!/a-z]/i, 'HTML is shown as it is; use Markdown, and [text](url) for links.'],
  [/`/, 'Code in backticks is not understood; use **bold**.'],
  [/!\[/, 'Images are not allowed: many readers see mails without them.'],
  [/^ {0,3}\[[^\]]+\]:/m, 'Write the link where it is used: [text](url).'],
  [
    /(?<!\]\(\s*)\bhttps?:\/\/|\bwww\./i,
    'Mail programs make a link of an address that stands in words; write [text](url), which is checked.',
  ],
  [
    // Joiners and marks of direction belong to some scripts; what overrides the direction belongs to none.
    /[\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\u00AD\u200B\u2028-\u202E\u2060-\u206F\uFEFF\uFFFD\p{Cs}\p{Co}\u{E0000}-\u{E007F}]|&#/u,
    'An invisible character stands here; delete it and type the word again.',
  ],
];

/** What a variable can be, where it is one of a few words. */
export const comparable: Readonly<Record<string, readonly string[]>> = {
  scenario: lineScenarios,
  family: ['dynamics', 'seats'],
};

export function lastPart(node: hbs.AST.Expression | undefined): string | undefined {
  if (node?.type !== 'PathExpression') return undefined;
  return (node as hbs.AST.PathExpression).parts.map(String).at(-1);
}

/** The block behind `{{else if …}}`. */
export function nextOf({ inverse }: hbs.AST.BlockStatement): hbs.AST.BlockStatement | undefined {
  const { chained } = (inverse ?? {}) as { chained?: boolean };
  return chained ? (inverse?.body[0] as hbs.AST.BlockStatement) : undefined;
}

function comparedScenario({ params }: hbs.AST.BlockStatement): string | undefined {
  if (params[0]?.type !== 'SubExpression') return undefined;
  const values = (params[0] as hbs.AST.SubExpression).params;
  const literal = values.find(({ type }) => type === 'StringLiteral');
  const isCompared = values.some((value) => lastPart(value) === 'scenario');
  return isCompared ? (literal as hbs.AST.StringLiteral | undefined)?.value : undefined;
}

/** Whether `~` takes away a space that stands within a line. */
export function isGlued(
  node: hbs.AST.Statement,
  before: hbs.AST.Statement | undefined,
  after: hbs.AST.Statement | undefined,
): boolean {
  const { strip, openStrip, closeStrip } = node as {
    strip?: hbs.AST.StripFlags;
    openStrip?: hbs.AST.StripFlags;
    closeStrip?: hbs.AST.StripFlags;
  };
  const textOf = (other: hbs.AST.Statement | undefined) =>
    other?.type === 'ContentStatement' ? String((other as hbs.AST.ContentStatement).original) : '';
  return (
    ((strip ?? openStrip)?.open === true && /\S[ \t]+$/.test(textOf(before))) ||
    ((strip ?? closeStrip)?.close === true && /^[ \t]+\S/.test(textOf(after)))
  );
}

/** What is wrong with a last `else` that is meant for several scenarios: what it says is wrong of all but one. */
export function judgeElse(head: hbs.AST.BlockStatement): string | undefined {
  const left = leftToElse(head);
  if (left.length < 2) return undefined;
  const named = left.map((scenario) => `"${scenario}"`).join(', ');
  return `The last {{else}} speaks of ${named} alike; ask for each with {{else if (eq scenario "…")}}, but for one.`;
}

/** The scenarios that a chain of comparisons leaves to its last `else`; none where it has no such `else`. */
function leftToElse(head: hbs.AST.BlockStatement): readonly LineScenario[] {
  const named: string[] = [];
  let last = head;
  for (let at: typeof last | undefined = head; at !== undefined; at = nextOf(at)) {
    const scenario = comparedScenario(at);
    if (scenario !== undefined) named.push(scenario);
    last = at;
  }
  if (named.length < 2 || last.inverse === undefined) return [];
  return lineScenarios.filter((scenario) => !named.includes(scenario));
}

/** A number of one or two digits among the words, typed by hand. */
export function typedNumber({ body }: hbs.AST.Program): hbs.AST.Statement | undefined {
  return body.find(
    (node) =>
      node.type === 'ContentStatement' &&
      /(?<!\d)\d{1,2}(?!\d)/.test(String((node as hbs.AST.ContentStatement).original)),
  );
}

/** The name of a variable, helper or partial as it is written. */
export function pathName(node: hbs.AST.Expression | string | undefined): string | undefined {
  if (typeof node === 'string' || node?.type !== 'PathExpression') return undefined;
  return (node as hbs.AST.PathExpression).original;
}
