/**
 * A text as lines without their quotation marks: what header blocks, separators and comments are looked for in.
 *
 * One pass. Beyond the limit the rest of a text is one last line, in which nothing is looked for.
 */
import { blockSearchLinesMax } from './limits.ts';

export interface TextLine {
  /** As written. */
  readonly raw: string;
  /** Without quotation marks, direction marks and white space around it. */
  readonly text: string;
  /** How many `>` stand before it. */
  readonly quoteDepth: number;
  /** Where it begins in the text, in UTF-16 units. */
  readonly offset: number;
}

// Direction marks and isolates stand around labels and addresses in Hebrew and Arabic forwards.
const quoteMarks = /^[>\s\uFEFF\u200B-\u200F\u202A-\u202E\u2066-\u2069]+/;

export function readLines(text: string): TextLine[] {
  const lines: TextLine[] = [];
  let offset = 0;
  while (offset <= text.length) {
    const end = lines.length < blockSearchLinesMax ? text.indexOf('\n', offset) : -1;
    const stop = end < 0 ? text.length : end;
    lines.push(readLine(text.slice(offset, stop), offset));
    if (end < 0) break;
    offset = end + 1;
  }
  return lines;
}

function readLine(raw: string, offset: number): TextLine {
  const marks = quoteMarks.exec(raw)?.[0] ?? '';
  let quoteDepth = 0;
  for (const mark of marks) if (mark === '>') quoteDepth += 1;
  return { raw, text: raw.slice(marks.length).trimEnd(), quoteDepth, offset };
}

export function isBlank(line: TextLine | undefined): boolean {
  return line === undefined || line.text === '';
}

/** Lines with `levels` quotation marks taken off, each with the one space that clients write behind it. */
export function unquote(lines: readonly string[], levels: number): string[] {
  return lines.map((line) => {
    let at = 0;
    for (let level = 0; level < levels; level += 1) {
      // RFC 3676 §4.5: marks stand together or, in practice, with a space between.
      const mark = line.startsWith(' >', at) ? at + 1 : at;
      if (line[mark] !== '>') break;
      at = mark + 1;
    }
    return at > 0 && line[at] === ' ' ? line.slice(at + 1) : line.slice(at);
  });
}
