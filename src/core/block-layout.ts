/**
 * Brings header blocks of odd layout to the usual one, a `label: value` a line, so that they are then read as
 * any other: those flattened to one line, as Yahoo's plain text does (`----- Forwarded Message ----- From: A
 * <a@x>To: b@yCc: …Sent: …Subject: …`), and those without colons, as eM Client writes.
 */
import { type BlockField, labelsFor, separatorOf, stripSubjectPrefixes } from './forward-labels.ts';
import { collapsedLineCharsMax, collapsedTriesMax } from './limits.ts';
import type { TextLine } from './text-lines.ts';

const labelCharsMax = 30;

/** A block has at most From, To, Cc, Date and Subject, and a few of its own. */
const blockLinesMax = 7;

/** Times and names have colons of their own; there are never this many before the subject. */
const labelEndsMax = 24;

interface FoundLabel {
  readonly field: BlockField;
  readonly label: string;
  /** Where the label begins, and where its value does. */
  readonly start: number;
  readonly valueStart: number;
  readonly languages: readonly string[];
}

/** The lines of a text with every such block laid out. `outerSubject`: the mail's, without prefixes. */
export function layOutBlocks(
  lines: readonly TextLine[],
  outerSubject: string,
): readonly TextLine[] {
  let tries = 0;
  let belowSeparator = 0;
  return lines.flatMap((line) => {
    if (line.text !== '') belowSeparator -= 1;
    if (tries >= collapsedTriesMax) return [line];
    if (/^[-–—_=]{3}/.test(line.text) && separatorOf(line.text) === 'forwarded')
      belowSeparator = blockLinesMax;
    else if (belowSeparator > 0) return [withColon(line)];
    if (!mayBeCollapsed(line.text)) return [line];
    tries += 1;
    return expandCollapsed(line, outerSubject) ?? [line];
  });
}

/** `From "Anna" <anna@…>` right below a separator, where other clients write a colon behind the label. */
function withColon(line: TextLine): TextLine {
  const colon = line.text.slice(0, labelCharsMax).search(/[:：]/);
  if (colon > 0 && labelsFor(line.text.slice(0, colon)).length > 0) return line;
  const [label = ''] = line.text.slice(0, labelCharsMax).split(/[\s:：]/, 1);
  const rest = line.text.slice(label.length);
  if (!/^\s+[^\s:：]/.test(rest) || labelsFor(label).length === 0) return line;
  return { ...line, text: `${label}: ${rest.trim()}` };
}

/** Only a line that begins with a separator or an author's label is looked at closely. */
function mayBeCollapsed(text: string): boolean {
  if (text.length < 30 || text.length > collapsedLineCharsMax) return false;
  if (/^[-–—_=]{3}/.test(text)) return /[:：]/.test(text);
  const colon = text.slice(0, labelCharsMax).search(/[:：]/);
  return colon > 0 && labelsFor(text.slice(0, colon)).some(({ field }) => field === 'from');
}

function expandCollapsed(line: TextLine, outerSubject: string): TextLine[] | undefined {
  const { text } = line;
  const separatorEnd = separatorLength(text);
  const labels = labelsIn(text, separatorEnd);
  if (labels.length < 3 || !labels.some(({ field }) => field === 'subject')) return undefined;
  const offset = line.offset + line.raw.indexOf(text.slice(0, 20));
  const lineAt = (start: number, words: string): TextLine => ({
    raw: words,
    text: words.trim(),
    quoteDepth: line.quoteDepth,
    offset: offset + start,
  });
  const lines = separatorEnd === 0 ? [] : [lineAt(0, text.slice(0, separatorEnd))];
  for (const [index, { label, valueStart, start, field }] of labels.entries()) {
    const value = text.slice(valueStart, labels[index + 1]?.start ?? text.length).trim();
    const own = field === 'subject' ? subjectAlone(value, outerSubject) : value;
    lines.push(lineAt(start, `${label}: ${own}`));
    if (own.length < value.length) {
      lines.push(lineAt(start, ''), lineAt(valueStart + own.length, value.slice(own.length)));
    }
  }
  return lines;
}

/** The body may follow on the same line: the subject of the mail tells where the subject ends. */
function subjectAlone(value: string, outerSubject: string): string {
  const prefixed = value.length - stripSubjectPrefixes(value).base.length;
  const end = prefixed + outerSubject.length;
  const isOuter =
    outerSubject !== '' && value.slice(prefixed, end).toLowerCase() === outerSubject.toLowerCase();
  return isOuter ? value.slice(0, end) : value;
}

/** The length of a separator, with the space behind it, that a line begins with. */
function separatorLength(text: string): number {
  const found = /^[-–—_=]{3,40}[^-–—_=:：<>@]{3,60}[-–—_=]{3,40}\s*/.exec(text);
  return found !== null && separatorOf(found[0].trim()) !== undefined ? found[0].length : 0;
}

/** Labels of the language of the first one, which must be From's and stand where the block begins. */
function labelsIn(text: string, from: number): FoundLabel[] {
  const found: FoundLabel[] = [];
  let end = from;
  for (const at of labelEnds(text, from)) {
    const next = labelBefore(text, end, at, found);
    if (next === undefined) {
      if (found.length === 0) break;
      continue;
    }
    if (found.length === 0 && (next.field !== 'from' || next.start !== from)) break;
    found.push(next);
    end = next.valueStart;
    if (next.field === 'subject') break;
  }
  return found;
}

/** Every place where a label can end: at a colon, and at the space of a word that follows an address. */
function* labelEnds(text: string, from: number): Generator<number> {
  let count = 0;
  for (let i = from; i < text.length && count < labelEndsMax; i += 1) {
    const char = text[i];
    const isColon = char === ':' || char === '：';
    // Yahoo (pl) writes no colon behind `Dw`.
    const isWord = char === '>' && /^\p{L}{1,6} (?![:：])/u.test(text.slice(i + 1, i + 9));
    if (!isColon && !isWord) continue;
    count += 1;
    yield isColon ? i : text.indexOf(' ', i);
  }
}

function labelBefore(
  text: string,
  from: number,
  at: number,
  found: readonly FoundLabel[],
): FoundLabel | undefined {
  const languages = found[0]?.languages;
  for (let start = Math.max(from, at - labelCharsMax); start < at; start += 1) {
    const label = text.slice(start, at).trim();
    if (label === '' || text[start] === ' ' || !isBoundary(text, start, from)) continue;
    const meaning = labelsFor(label).find(
      (known) =>
        !found.some(({ field }) => field === known.field) &&
        (languages === undefined ||
          known.languages.some((language) => languages.includes(language))),
    );
    if (meaning !== undefined) {
      return { ...meaning, label, start, valueStart: at + 1 };
    }
  }
  return undefined;
}

/** A label stands behind an address or a space; behind a date it may touch the name of the zone. */
function isBoundary(text: string, start: number, from: number): boolean {
  const before = text.charAt(start - 1);
  if (start === from || before === '>' || before === ' ') return true;
  const first = text.charAt(start);
  return /[\p{L}\p{N})]/u.test(before) && first !== first.toLowerCase();
}
