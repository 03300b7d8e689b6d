/**
 * What a helper is called with, judged by the kinds of its values: a call that cannot be right is refused.
 */
import { pluralForms } from './locale-format.ts';
import type { VariableType } from './template.ts';
import { comparable, lastPart } from './template-lint-rules.ts';
import { suggest } from './template-suggest.ts';

/** The kind of a value; `unknown` where that has been told as a problem already. */
export type ValueType = VariableType | 'boolean' | 'unknown';

export const typeWords: Readonly<Record<ValueType, string>> = {
  text: 'text',
  number: 'a number',
  date: 'a date',
  url: 'a link',
  money: 'an amount of money',
  lines: 'a list of subscriptions',
  boolean: 'a yes or no',
  unknown: 'something unknown',
};

interface Finding {
  /** Where in the template. */
  readonly at: hbs.AST.Node;
  readonly message: string;
}

/** Things that can never be equal choose a branch silently, and the wrong one. */
export function judgeComparison(
  call: { readonly params: readonly hbs.AST.Expression[] } & hbs.AST.Node,
  types: readonly ValueType[],
): readonly Finding[] {
  const found: Finding[] = [];
  const [a = 'unknown', b = 'unknown'] = types.map((type) =>
    type === 'date' || type === 'url' ? 'text' : type,
  );
  if (a !== b && a !== 'unknown' && b !== 'unknown') {
    const message = `"eq" compares ${typeWords[a]} with ${typeWords[b]}: they are never equal.`;
    found.push({ at: call, message });
  }
  const [first, second] = call.params;
  for (const [variable, literal] of [
    [first, second],
    [second, first],
  ]) {
    const name = lastPart(variable) ?? '';
    const known = comparable[name];
    if (known === undefined || literal?.type !== 'StringLiteral') continue;
    const { value } = literal as hbs.AST.StringLiteral;
    if (known.includes(value)) continue;
    found.push({ at: literal, message: `"${name}" is never "${value}".${suggest(value, known)}` });
  }
  return found;
}

/** What is wrong with the forms that `plural` is given, each as a sentence. */
export function judgePlural(pairs: readonly hbs.AST.HashPair[], locale: string): readonly string[] {
  const problems: string[] = [];
  for (const { key, value } of pairs) {
    // Languages say zero, one and two in words.
    const isCounted = value.type === 'StringLiteral' && /^(?:few|many|other)$/.test(key);
    if (isCounted && !(value as hbs.AST.StringLiteral).value.includes('#')) {
      problems.push(`The form "${key}" of plural lacks its number: write # where it stands.`);
    }
  }
  const missing = pluralForms(locale).filter((form) => !pairs.some(({ key }) => key === form));
  if (missing.length > 0) {
    const wanted = missing.map((form) => `${form}="# …"`).join(' and ');
    problems.push(`plural lacks a form that ${locale} has: add ${wanted}.`);
  }
  return problems;
}
