/**
 * Recognises a header block whose labels nobody listed, by its shape: a short run of `label: value` lines
 * of which one value is an address, one a date with a time, one a subject.
 *
 * It is how a forward in a language without a word list is read. Known labels among them count as what
 * they mean. A form that somebody filled in (name, address, date, several texts) is none.
 */
import type { BlockField } from './forward-labels.ts';
import {
  type BlockLines,
  type HeaderBlock,
  isPassedOver,
  type LabelledLine,
} from './header-block.ts';
import { shapedBlockLinesMax } from './limits.ts';
import { hasAddress, hasMoment, isLabel } from './value-shape.ts';

interface Entry extends LabelledLine {
  /** Index of the first line behind it. */
  readonly end: number;
}

export interface ShapeContext {
  /** The subject of the mail without its prefixes. */
  readonly outerSubject: string;
  /** Whether a line that only clients write stands above. */
  readonly isBelowSeparator: () => boolean;
}

/** Reads the block that starts at a line by its shape alone; undefined when there is none. */
export function readShapedBlock(
  reader: BlockLines,
  start: number,
  context: ShapeContext,
): HeaderBlock | undefined {
  if (!isLabel(reader.label(start)?.label)) return undefined;
  const run = labelledRun(reader, start);
  if (run.length < 3) return undefined;
  const found = assign(reader, run, context.outerSubject);
  if (found === undefined || !isBlock(reader, found, context)) return undefined;
  return {
    start,
    end: found.end,
    values: Object.fromEntries(found.values),
    order: [...found.values.keys()],
    labels: run.slice(0, found.values.size).map(({ label }) => label),
    by: 'shape',
  };
}

function labelledRun(reader: BlockLines, start: number): Entry[] {
  const entries: Entry[] = [];
  // Paragraph-wise HTML leaves a blank line between labels: between all of them, or none.
  const gaps = new Set<boolean>();
  const isLabelled = (index: number): boolean => isLabel(reader.label(index)?.label);
  for (let i = start; i < start + shapedBlockLinesMax && entries.length < 9; i += 1) {
    const labelled = reader.label(i);
    const last = entries.at(-1);
    const line = reader.at(i)?.text ?? '';
    if (labelled !== undefined && isLabelled(i)) {
      if (i > start) gaps.add(reader.isBlank(i - 1));
      if (gaps.size > 1) break;
      entries.push({ ...labelled, end: i + 1 });
    } else if (line === '') {
      if (!isLabelled(i + 1)) break;
    } else if (last !== undefined && (last.value === '' || isRestOfList(last.value, line))) {
      entries.splice(-1, 1, { ...last, value: `${last.value} ${line}`.trim(), end: i + 1 });
    } else break;
  }
  return entries;
}

function isRestOfList(value: string, line: string): boolean {
  return hasAddress(value) && (/[,;]$/.test(value) || line.startsWith('<')) && hasAddress(line);
}

interface Assigned {
  readonly values: ReadonlyMap<BlockField, string>;
  readonly end: number;
  readonly knownLabels: number;
}

/** Gives each line its field, by its label where that is known, else by its value; stops where none fits. */
function assign(
  reader: BlockLines,
  run: readonly Entry[],
  outerSubject: string,
): Assigned | undefined {
  const values = new Map<BlockField, string>();
  const outer = reader.base(outerSubject);
  const isSubject = (value: string): boolean => outer !== '' && reader.base(value) === outer;
  const subjectAt = run.findIndex(({ value }) => isSubject(value));
  let end = run[0]?.end ?? 0;
  let knownLabels = 0;
  for (const [index, entry] of run.entries()) {
    const known = entry.fields.find(({ field }) => !values.has(field))?.field;
    const field =
      index === subjectAt
        ? 'subject'
        : (known ?? fieldOf(entry.value, values, subjectAt > index || values.has('subject')));
    if (field !== undefined && isPassedOver(field)) continue;
    if (field === undefined || values.has(field)) break;
    if (known !== undefined) knownLabels += 1;
    values.set(field, entry.value);
    end = entry.end;
  }
  return values.size >= 3 ? { values, end, knownLabels } : undefined;
}

function fieldOf(
  value: string,
  values: ReadonlyMap<BlockField, string>,
  hasSubject: boolean,
): BlockField | undefined {
  if (hasAddress(value)) {
    return (['from', 'to', 'cc'] as const).find((field) => !values.has(field));
  }
  if (hasMoment(value)) return values.has('date') ? undefined : 'date';
  if (value === '' || value.length > 300) return undefined;
  if (!hasSubject) return 'subject';
  // Outlook often writes only names: the first text is the author's, the one behind the date the recipient's.
  if (!values.has('from') && value.length <= 80) return 'from';
  return values.has('date') && !values.has('to') && value.length <= 200 ? 'to' : undefined;
}

function isBlock(
  reader: BlockLines,
  { values, knownLabels }: Assigned,
  { outerSubject, isBelowSeparator }: ShapeContext,
): boolean {
  const [from, subject] = [values.get('from'), values.get('subject')];
  if (from === undefined || subject === undefined || !values.has('date')) return false;
  const isOuter = outerSubject !== '' && reader.base(subject) === reader.base(outerSubject);
  const to = values.get('to') ?? '';
  if (isOuter) return hasAddress(from) || hasAddress(to) || to !== '' || isBelowSeparator();
  if (!hasAddress(from)) return false;
  return knownLabels >= 2 || hasAddress(to) || isBelowSeparator();
}
