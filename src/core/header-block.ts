/**
 * Finds the block of `From: … Sent: … To: … Subject: …` lines that clients put above a forwarded message.
 *
 * Recognised by its shape: a run of known labels of which one is From, with Subject, Date or To beside
 * it. One pass over the lines; nothing here backtracks.
 */
import { type Address, domainOf } from './address.ts';
import { type BlockField, labelsFor } from './forward-labels.ts';
import { headerBlockLinesMax } from './limits.ts';
import { foldText } from './normalize.ts';
import { isAddress, parseAddresses } from './parse.ts';

export interface HeaderBlock {
  /** Index of the first line of the block, and of the first line behind it. */
  readonly start: number;
  readonly end: number;
  readonly values: Readonly<Partial<Record<BlockField, string>>>;
  /** The language most labels agree on. */
  readonly language?: string;
  /** The fields in the order they were written: each client has its own. */
  readonly order: readonly BlockField[];
}

interface LabelledLine {
  readonly fields: readonly { readonly field: BlockField; readonly languages: readonly string[] }[];
  readonly value: string;
}

/**
 * Reads the block that starts at a line; undefined when there is none. `outerSubject` is the subject of
 * the mail without its prefixes: it tells a folded subject from a body that follows without a blank line.
 */
export function readHeaderBlock(
  lines: readonly string[],
  start: number,
  outerSubject: string,
): HeaderBlock | undefined {
  if (readLabelled(lines[start] ?? '') === undefined) return undefined;
  const values = new Map<BlockField, string>();
  const languages = new Map<string, number>();
  const order: BlockField[] = [];
  const bound = Math.min(lines.length, start + headerBlockLinesMax);
  let end = start;
  let current: BlockField | undefined;
  for (let i = start; i < bound; i += 1) {
    const line = lines[i] ?? '';
    const labelled = readLabelled(line);
    const meaning = labelled?.fields.find(({ field }) => !values.has(field));
    if (labelled !== undefined && meaning !== undefined) {
      current = meaning.field;
      values.set(current, labelled.value);
      order.push(current);
      for (const language of meaning.languages) {
        languages.set(language, (languages.get(language) ?? 0) + 1);
      }
      end = i + 1;
    } else if (labelled !== undefined) {
      break;
    } else if (isBlankLine(line)) {
      // Paragraph-wise HTML leaves a blank line between labels.
      const next = nextFilled(lines, i, bound);
      const value = current === undefined ? '' : (values.get(current) ?? '');
      const goesOn = next !== undefined && next - i <= 2 && adds(lines[next] ?? '', values);
      if (!goesOn && !(value === '' && order.length < 2)) break;
    } else if (
      current !== undefined &&
      continues(lines, i, bound, { values, current, outerSubject })
    ) {
      values.set(current, `${values.get(current) ?? ''} ${unquoted(line).trim()}`.trim());
      end = i + 1;
    } else break;
  }
  if (!isBlock(values)) return undefined;
  const language = [...languages].sort((a, b) => b[1] - a[1])[0]?.[0];
  return {
    start,
    end,
    values: Object.fromEntries(values),
    ...(language === undefined ? {} : { language }),
    order,
  };
}

/** From with an author-like value, and two of Subject, Date and To — or Subject alone with a From address. */
function isBlock(values: ReadonlyMap<BlockField, string>): boolean {
  const from = values.get('from');
  if (from === undefined || from === '') return false;
  const beside = (['subject', 'date', 'to'] as const).filter((field) => values.has(field)).length;
  return beside >= 2;
}

function adds(line: string, values: ReadonlyMap<BlockField, string>): boolean {
  return readLabelled(line)?.fields.some(({ field }) => !values.has(field)) ?? false;
}

interface Unfinished {
  readonly values: ReadonlyMap<BlockField, string>;
  readonly current: BlockField;
  readonly outerSubject: string;
}

/** Whether a line without a label still belongs to the value above it: wrapped lists and long subjects. */
function continues(
  lines: readonly string[],
  at: number,
  bound: number,
  { values, current, outerSubject }: Unfinished,
): boolean {
  const value = values.get(current) ?? '';
  const line = unquoted(lines[at] ?? '').trim();
  if (value === '') return true;
  if (current === 'subject' && foldText(value) === foldText(outerSubject)) return false;
  if (/[,;<]$/.test(value) || (/^[<(]/.test(line) && current !== 'subject')) return true;
  for (let i = at + 1; i < Math.min(bound, at + 4); i += 1) {
    const next = lines[i] ?? '';
    if (adds(next, values)) return true;
    if (isBlankLine(next)) break;
  }
  return current === 'subject' && isFolded(value, line, isBlankLine(lines[at + 1] ?? ''));
}

/** Clients fold a line where the next word would pass 76 to 78 columns. RFC 5322 §2.1.1. */
function isFolded(subject: string, rest: string, closesBlock: boolean): boolean {
  const firstWord = rest.split(' ', 1)[0] ?? '';
  return (
    closesBlock &&
    rest.length < 60 &&
    'Subject: '.length + subject.length + 1 + firstWord.length > 76
  );
}

function nextFilled(lines: readonly string[], from: number, bound: number): number | undefined {
  for (let i = from + 1; i < bound; i += 1) if (!isBlankLine(lines[i] ?? '')) return i;
  return undefined;
}

export function isBlankLine(line: string): boolean {
  return unquoted(line).trim() === '';
}

/** A line without its `>` marks. */
export function unquoted(line: string): string {
  return line.replace(/^[>\s\uFEFF]+/, '');
}

/** `*Von:* Microsoft <…>` as label and value; undefined when the line has no known label. */
function readLabelled(line: string): LabelledLine | undefined {
  const text = unquoted(line.slice(0, 4_000)).replace(/^[*_•|\s]+/, '');
  const colon = text.slice(0, 40).search(/[:：]/);
  if (colon < 1) return undefined;
  const label = text.slice(0, colon).replace(/[*_\s]+$/, '');
  const fields = labelsFor(label);
  if (fields.length === 0) return undefined;
  return {
    fields,
    value: text
      .slice(colon + 1)
      .replace(/^[*_\s]+/, '')
      .trim(),
  };
}

/** Reads a typed address list: `Name <a@b>`, `Name [mailto:a@b]`, `<a@b<mailto:a@b>>`, `a@b; c@d`, or only a name. */
export function readTypedAddresses(value: string): Partial<Address>[] {
  const cleaned = value
    .slice(0, 4_000)
    .replace(/<mailto:[^<>\s]*>/gi, '')
    .replace(/\[mailto:([^\]\s]+)\]/gi, '<$1>')
    .replace(/<\s+/g, '<')
    .replace(/\s+>/g, '>')
    .replace(/[\u200B-\u200F\u2068\u2069\uFEFF]/g, '');
  const list = /[<>]/.test(cleaned)
    ? cleaned.replace(/>\s*;/g, '>,')
    : cleaned.replaceAll(';', ',');
  const found = splitTyped(list).flatMap((entry) => {
    const typed = readTypedAddress(entry);
    return typed === undefined ? [] : [typed];
  });
  return found.slice(0, 100);
}

/** Splits at commas outside quotes and angle brackets. */
function splitTyped(list: string): string[] {
  const entries: string[] = [];
  let depth = 0;
  let quoted = false;
  let from = 0;
  for (let i = 0; i < list.length; i += 1) {
    const char = list[i];
    if (char === '"') quoted = !quoted;
    else if (char === '<') depth += 1;
    else if (char === '>') depth = Math.max(0, depth - 1);
    else if ((char === ',' || char === ';') && depth === 0 && !quoted) {
      entries.push(list.slice(from, i));
      from = i + 1;
    }
  }
  return [...entries, list.slice(from)];
}

function readTypedAddress(entry: string): Partial<Address> | undefined {
  const text = entry.trim();
  if (text === '') return undefined;
  const open = text.lastIndexOf('<');
  const inBrackets =
    open < 0
      ? undefined
      : text
          .slice(open + 1)
          .replace(/>.*$/, '')
          .trim();
  if (inBrackets !== undefined && isAddress(inBrackets)) {
    const name = cleanName(text.slice(0, open));
    const address = canonical(inBrackets);
    return name === '' || name.toLowerCase() === address.toLowerCase()
      ? { address }
      : { name, address };
  }
  const bare = /[^\s<>"'()[\]]+@[^\s<>"'()[\],;]+/.exec(text);
  if (bare !== null && isAddress(bare[0])) {
    const name = cleanName(text.replace(bare[0], '').replace(/[()[\]<>]/g, ' '));
    return name === '' ? { address: canonical(bare[0]) } : { name, address: canonical(bare[0]) };
  }
  const parsed = parseAddresses(text)[0];
  if (parsed !== undefined) return parsed;
  const name = cleanName(text);
  return name === '' ? undefined : { name };
}

function canonical(address: string): string {
  return `${address.slice(0, address.lastIndexOf('@'))}@${domainOf(address)}`;
}

function cleanName(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^["'*]+|["'*]+$/g, '')
    .replace(/\s*(?:on behalf of|im auftrag von|de la part de)\s*$/i, '')
    .trim();
}
