/**
 * Tells an answer from a forward: what an answer quotes was not forwarded by its author, and a notice deep in a
 * conversation with the desk must not be answered again.
 *
 * The outermost prefix of the subject says what the last hand did. Where it says answer although something was
 * forwarded before (`RE: FW:`), or says nothing, the text decides: whose words stand between.
 */
import type { SubjectPrefixes } from './forward-labels.ts';
import type { FoundInline } from './inline-originals.ts';
import { hasDay } from './value-shape.ts';

/** Whether a mail that holds these originals in its text answers somebody rather than passing them on. */
export function answersSomebody(prefixes: SubjectPrefixes, found: readonly FoundInline[]): boolean {
  const [outermost] = found;
  if (outermost === undefined) return prefixes.replied && !prefixes.forwarded;
  const { separator, isQuoted, original } = outermost;
  const first = firstOf(prefixes, original.language);
  const saysForward = separator === 'forwarded' || separator === 'begin-forwarded';
  if (first === 'forwarded' || (saysForward && !isQuoted)) return false;
  if (first === undefined) return isAttributed(original.comment);
  if (!prefixes.forwarded || first === 'only-replied') return true;
  // `RE: FW:` straight above the notice is a forward with a worn subject; above somebody's words an answer.
  return found.length > 1 || isAttributed(original.comment) || hasQuotation(original.comment);
}

/** `VS:` is a forward in Danish and Norwegian and an answer in Finnish. */
function firstOf(
  { first }: SubjectPrefixes,
  language: string | undefined,
): Exclude<SubjectPrefixes['first'], 'either'> | 'only-replied' {
  if (first !== 'either') return first;
  if (language === 'da' || language === 'nb') return 'forwarded';
  return language === 'fi' ? 'only-replied' : 'replied';
}

/** Whether a text has lines of somebody else, as clients quote them. */
function hasQuotation(comment = ''): boolean {
  return comment.split('\n').some((line) => /^>[>\s]*[^>\s]/.test(line));
}

/** Whether a text has a line such as `On 13/11/2026 10:00, Fabrikam Support wrote:`, folded over three at most. */
function isAttributed(comment = ''): boolean {
  const lines = comment.split('\n').map((line) => line.replace(/^[>\s]+/, '').trimEnd());
  return lines.some((line, index) => {
    if (!/[:：]$/.test(line)) return false;
    const folded = lines.slice(Math.max(0, index - 2), index + 1);
    const from = folded.lastIndexOf('') + 1;
    const sentence = folded.slice(from).join(' ');
    return sentence.length <= 300 && hasDay(sentence);
  });
}
