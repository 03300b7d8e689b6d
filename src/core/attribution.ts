/**
 * Reads the line that some clients put above what they forward instead of a header block: `On 28/10/2026,
 * 12:46, "Anna Hoff" <anna@…> wrote:`, in any language (Outlook 2019, mobile clients).
 *
 * The same line stands above what an answer quotes, so it counts only in a mail whose subject says forward.
 */
import { attributionCharsMax } from './limits.ts';

import type { TextLine } from './text-lines.ts';
import { cleanName } from './typed-addresses.ts';
import { hasAddress, hasDay } from './value-shape.ts';

export interface Attribution {
  readonly start: number;
  readonly end: number;
  /** `Name <address>`. */
  readonly from: string;
  /** The words around the address, in which the date stands. */
  readonly date: string;
}

/** Reads the attribution that begins at a line, folded over three at most; undefined when there is none. */
export function readAttribution(
  lines: readonly TextLine[],
  start: number,
): Attribution | undefined {
  let text = '';
  for (let i = start; i < Math.min(lines.length, start + 3); i += 1) {
    const line = lines[i]?.text ?? '';
    if (line === '') return undefined;
    text = text === '' ? line : `${text} ${line}`;
    if (text.length > attributionCharsMax) return undefined;
    // GroupWise: `>>> Anna Hoff <anna@…> 2/21/2026 2:47 PM >>>`.
    if (!/[:：]$|>>>$/.test(line)) continue;
    const read = readSentence(text);
    return read === undefined ? undefined : { ...read, start, end: i + 1 };
  }
  return undefined;
}

function readSentence(text: string): Pick<Attribution, 'from' | 'date'> | undefined {
  const open = text.indexOf('<');
  const close = text.indexOf('>', open);
  if (open < 0 || close < 0) return undefined;
  const address = text.slice(open + 1, close).replace(/^mailto:/i, '');
  const around = `${text.slice(0, open)} ${text.slice(close + 1)}`;
  if (!hasAddress(address) || !hasDay(around)) return undefined;
  return { from: `${authorIn(text.slice(0, open))} <${address}>`, date: around };
}

/** The name stands between quotation marks, or behind the time; words of the sentence are in lower case. */
function authorIn(before: string): string {
  const quoted = /["“„«]([^"“”„«»]{1,100})["”“»]\s*\(?$/.exec(before)?.[1];
  if (quoted !== undefined) return cleanName(quoted);
  const behindTime = /[^\d]*$/.exec(before)?.[0] ?? '';
  const words = cleanName(behindTime.replace(/^[\s,;:]+/, '')).split(' ');
  const first = words.findIndex((word) => !/^\p{Ll}+[,:]?$/u.test(word));
  return cleanName(words.slice(Math.max(0, first)).join(' '));
}
