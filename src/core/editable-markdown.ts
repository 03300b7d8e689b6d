/**
 * The words of a reply as a person edits them: values come out of a template with every sign escaped, which nobody
 * reads with ease.
 */
import { readMarkdown } from './document.ts';

/**
 * Takes away the backslashes that mean nothing where they stand.
 *
 * The words must still say the same: where they would not, they stay as they are.
 */
export function editableMarkdown(markdown: string): string {
  const plain = markdown.replace(/\\([!-/:-@[-`{-~])/g, (escaped, sign: string, at: number) =>
    isPlainBetween(sign, markdown[at - 1] ?? '', markdown[at + 2] ?? '') ? sign : escaped,
  );
  return meaningOf(plain) === meaningOf(markdown) ? plain : markdown;
}

function isPlainBetween(sign: string, before: string, after: string): boolean {
  if (',;:?%$@/\'"!'.includes(sign)) return true;
  // `1.` and `1)` begin a list.
  if ('.)'.includes(sign)) return !/\d/.test(before);
  if (sign === '(') return before !== ']';
  return sign === '-' && /\w/.test(before) && /\w/.test(after);
}

function meaningOf(markdown: string): string {
  return JSON.stringify(readMarkdown(markdown));
}
