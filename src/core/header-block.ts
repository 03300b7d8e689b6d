/**
 * Finds the block of `From: … Sent: … To: … Subject: …` lines that clients put above a forwarded message.
 *
 * Recognised by its labels where they are known (`forward-labels.ts`), else by its shape
 * (`shaped-block.ts`). One pass over the lines; nothing here backtracks.
 */
import { type BlockField, labelsFor, stripSubjectPrefixes } from './forward-labels.ts';
import { headerBlockLinesMax } from './limits.ts';
import { foldText } from './normalize.ts';
import { isBlank, type TextLine } from './text-lines.ts';
import { hasMoment, isLabel } from './value-shape.ts';

export interface HeaderBlock {
  /** Index of the first line of the block, and of the first line behind it. */
  readonly start: number;
  readonly end: number;
  readonly values: Readonly<Partial<Record<BlockField, string>>>;
  /** The fields in the order they were written, and their labels: each client has its own. */
  readonly order: readonly BlockField[];
  readonly labels: readonly string[];
  /** How it was recognised. `attribution`: a line such as `On …, … wrote:`. */
  readonly by: 'labels' | 'shape' | 'attribution';
}

export interface LabelledLine {
  readonly label: string;
  /** What the label may mean; empty for a label that nobody listed. */
  readonly fields: readonly { readonly field: BlockField; readonly languages: readonly string[] }[];
  readonly value: string;
}

const basesMax = 500;

/** Lines of a text, each looked at once however often it is asked for. */
export class BlockLines {
  readonly lines: readonly TextLine[];
  private readonly labelled = new Map<number, LabelledLine | null>();
  private readonly bases = new Map<string, string>();

  constructor(lines: readonly TextLine[]) {
    this.lines = lines;
  }

  at(index: number): TextLine | undefined {
    return this.lines[index];
  }

  isBlank(index: number): boolean {
    return isBlank(this.lines[index]);
  }

  /** The line as label and value, whether the label is known or not. */
  label(index: number): LabelledLine | undefined {
    const seen = this.labelled.get(index);
    if (seen !== undefined) return seen ?? undefined;
    const read = readLabelled(this.lines[index]?.text ?? '');
    this.labelled.set(index, read ?? null);
    return read;
  }

  /** A subject without its prefixes, folded. Remembered: every line that may begin a block asks for it again. */
  base(subject: string): string {
    const seen = this.bases.get(subject);
    if (seen !== undefined) return seen;
    if (this.bases.size >= basesMax) this.bases.clear();
    const base = foldText(stripSubjectPrefixes(subject).base);
    this.bases.set(subject, base);
    return base;
  }

  /** The line as one with a known label. */
  known(index: number): LabelledLine | undefined {
    const read = this.label(index);
    return read === undefined || read.fields.length === 0 ? undefined : read;
  }
}

/**
 * Reads the block of known labels that starts at a line; undefined when there is none. `outerSubject` is
 * the subject of the mail without its prefixes: it tells a folded subject from a body that follows
 * without a blank line.
 */
export function readLabelledBlock(
  reader: BlockLines,
  start: number,
  outerSubject: string,
): HeaderBlock | undefined {
  // No block begins here that did not begin a line above; a run of such lines costs its length once.
  if (isPassedOverAt(reader, start) && isPassedOverAt(reader, start - 1)) return undefined;
  const block = readBlockAt(reader, start, outerSubject);
  if (block === undefined || reader.known(block.end) === undefined) return block;
  // A stray label, somebody's own, may stand right above: then a block that begins below has more of one.
  const below = readBlockAt(reader, start + 1, outerSubject);
  return below !== undefined && below.order.length > block.order.length ? undefined : block;
}

function readBlockAt(
  reader: BlockLines,
  start: number,
  outerSubject: string,
): HeaderBlock | undefined {
  if (reader.known(start) === undefined) return undefined;
  const values = new Map<BlockField, string>();
  const labels: string[] = [];
  const bound = Math.min(reader.lines.length, start + headerBlockLinesMax);
  let end = start;
  let current: BlockField | undefined;
  for (let i = start; i < bound; i += 1) {
    const labelled = reader.known(i);
    const meaning = labelled?.fields.find(({ field }) => isNew(field, values));
    if (labelled !== undefined && meaning !== undefined) {
      current = meaning.field;
      values.set(current, labelled.value);
      labels.push(labelled.label);
      if (!isPassedOver(current) || closes(reader, i, current)) end = i + 1;
    } else if (labelled !== undefined) {
      break;
    } else if (reader.isBlank(i)) {
      // Paragraph-wise HTML leaves a blank line between labels.
      const next = nextFilled(reader, i, bound);
      const value = current === undefined ? '' : (values.get(current) ?? '');
      const goesOn = next !== undefined && next - i <= 2 && addsField(reader, next, values);
      if (!goesOn && !(value === '' && values.size < 2)) break;
    } else if (foreignField.test(reader.at(i)?.text ?? '') && values.size > 0) {
      current = 'other';
    } else if (current !== undefined && isUnlisted(reader, i, current, values)) {
      current = 'other';
      if (hasMoment(reader.label(i)?.value ?? '') && !values.has('date')) {
        values.set('date', reader.label(i)?.value ?? '');
      }
    } else if (
      current !== undefined &&
      continues(reader, i, bound, { values, current, outerSubject })
    ) {
      values.set(current, joined(values.get(current) ?? '', reader.at(i)?.text ?? ''));
      if (!isPassedOver(current)) end = i + 1;
    } else break;
  }
  if (!isBlock(values)) return undefined;
  return {
    start,
    end,
    values: Object.fromEntries(values),
    order: [...values.keys()],
    labels,
    by: 'labels',
  };
}

/** From with an author-like value, and two of Subject, Date and To. */
function isBlock(values: ReadonlyMap<BlockField, string>): boolean {
  const from = values.get('from');
  if (from === undefined || from === '') return false;
  const beside = (['subject', 'date', 'to'] as const).filter((field) => values.has(field)).length;
  return beside >= 2;
}

function adds(reader: BlockLines, at: number, values: ReadonlyMap<BlockField, string>): boolean {
  return reader.known(at)?.fields.some(({ field }) => isNew(field, values)) ?? false;
}

/** `Attachments:` behind a blank line belongs to the body. */
function addsField(
  reader: BlockLines,
  at: number,
  values: ReadonlyMap<BlockField, string>,
): boolean {
  return adds(reader, at, values) && !isPassedOverAt(reader, at);
}

/** `Thread-Topic: …`, `MIME-Version: 1.0`: fields of the header section that some clients show too. */
const foreignField = /^[A-Za-z]{1,20}(?:-[A-Za-z]{1,20}){1,5}:/;

/** A label that nobody listed, among listed ones: passed over, unless its value can only be the date. */
function isUnlisted(
  reader: BlockLines,
  at: number,
  current: BlockField,
  values: ReadonlyMap<BlockField, string>,
): boolean {
  const unlisted = reader.label(at);
  return (
    unlisted !== undefined &&
    isLabel(unlisted.label) &&
    current !== 'subject' &&
    values.get(current) !== '' &&
    addsField(reader, at + 1, values)
  );
}

/** Importance, attachments and the like may stand in a block in any number. */
function isNew(field: BlockField, values: ReadonlyMap<BlockField, string>): boolean {
  return isPassedOver(field) || !values.has(field);
}

export function isPassedOver(field: BlockField): boolean {
  return field === 'other' || field === 'organization';
}

function isPassedOverAt(reader: BlockLines, at: number): boolean {
  return reader.known(at)?.fields.every(({ field }) => isPassedOver(field)) ?? false;
}

/** Outlook puts `Importance:` last; an `Organization:` there is the first line of a body. */
function closes(reader: BlockLines, at: number, field: BlockField): boolean {
  return field === 'other' && reader.isBlank(at + 1);
}

interface Unfinished {
  readonly values: ReadonlyMap<BlockField, string>;
  readonly current: BlockField;
  readonly outerSubject: string;
}

/** Whether a line without a label still belongs to the value above it: wrapped lists and long subjects. */
function continues(
  reader: BlockLines,
  at: number,
  bound: number,
  { values, current, outerSubject }: Unfinished,
): boolean {
  const value = values.get(current) ?? '';
  const line = reader.at(at)?.text ?? '';
  if (value === '') return true;
  if (current === 'subject' && outerSubject !== '') {
    const [own, outer] = [reader.base(value), reader.base(outerSubject)];
    if (own === outer) return false;
    const rest = outer.startsWith(`${own} `) ? outer.slice(own.length + 1) : undefined;
    if (rest?.startsWith(foldText(line.slice(0, 4 * rest.length)))) return true;
  }
  if (/[,;<]$/.test(value) || (/^[<(]/.test(line) && current !== 'subject')) return true;
  for (let i = at + 1; i < Math.min(bound, at + 4); i += 1) {
    if (adds(reader, i, values)) return true;
    if (reader.isBlank(i)) break;
  }
  return current === 'subject' && isFolded(value, line, reader.isBlank(at + 1));
}

/** A value with its next line; an address that was torn apart is whole again. */
function joined(value: string, line: string): string {
  const isTorn = /[<[][^<>[\] ]*$/.test(value.slice(-200)) && /^[^<>[\] ]+[>\]]/.test(line);
  return `${value}${isTorn ? '' : ' '}${line}`.trim();
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

function nextFilled(reader: BlockLines, from: number, bound: number): number | undefined {
  for (let i = from + 1; i < bound; i += 1) if (!reader.isBlank(i)) return i;
  return undefined;
}

/** `*Von:* Microsoft <…>` as label and value; undefined for a line that does not begin with a label. */
function readLabelled(line: string): LabelledLine | undefined {
  const text = line
    .slice(0, 4_000)
    .replace(/[\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, '')
    .replace(/^[*_•|\s]+/, '');
  const colon = text.slice(0, 50).search(/[:：﹕]/);
  if (colon < 1) return undefined;
  const label = text.slice(0, colon).replace(/[*_\s]{1,10}$/, '');
  if (!/\p{L}/u.test(label) || /[@<>/\\]/.test(label)) return undefined;
  return {
    label,
    fields: labelsFor(label),
    value: text
      .slice(colon + 1)
      .replace(/^[*_\s]+/, '')
      .trim(),
  };
}
