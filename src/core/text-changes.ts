/**
 * What differs between two versions of a text, line by line, with the words that changed marked.
 */
import { diffWordsWithSpace, structuredPatch } from 'diff';

/** A piece of a line; `changed`: it is not in the line of the other side. */
export interface LinePiece {
  readonly text: string;
  readonly changed: boolean;
}

export type ChangedLine =
  | { readonly kind: 'gap' }
  | {
      readonly kind: 'same' | 'removed' | 'added';
      /** In the version that the line is of; of a line that stays, in the later one. */
      readonly line: number;
      readonly pieces: readonly LinePiece[];
    };

/** So many lines that stay are shown around one that changes. */
const context = 3;
/** Texts that have less in common than this are shown as one that went and one that came. */
const editLengthMax = 4_000;

/** Empty where the texts are the same. */
export function textChanges(before: string, after: string): readonly ChangedLine[] {
  if (before === after) return [];
  const patch = structuredPatch('', '', before, after, '', '', {
    context,
    maxEditLength: editLengthMax,
  });
  if (patch === undefined) return [...whole('removed', before), ...whole('added', after)];
  return patch.hunks.flatMap((hunk, index) => [
    ...(index > 0 || hunk.newStart > 1 ? [{ kind: 'gap' } as const] : []),
    ...linesOf(hunk),
  ]);
}

function whole(kind: 'removed' | 'added', text: string): readonly ChangedLine[] {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line, index) => ({ kind, line: index + 1, pieces: [{ text: line, changed: false }] }));
}

interface Hunk {
  readonly oldStart: number;
  readonly newStart: number;
  readonly lines: readonly string[];
}

function linesOf({ oldStart, newStart, lines }: Hunk): readonly ChangedLine[] {
  const result: ChangedLine[] = [];
  let [before, after] = [oldStart, newStart];
  let removed: string[] = [];
  let added: string[] = [];
  const put = (): void => {
    result.push(...pairUp(removed, added, { before, after }));
    before += removed.length;
    after += added.length;
    [removed, added] = [[], []];
  };
  for (const line of lines) {
    const text = line.slice(1);
    if (line.startsWith('-')) removed.push(text);
    else if (line.startsWith('+')) added.push(text);
    else if (line.startsWith(' ')) {
      put();
      result.push({ kind: 'same', line: after, pieces: [{ text, changed: false }] });
      before += 1;
      after += 1;
    }
  }
  put();
  return result;
}

/** The lines that went, then those that came; the nth of each are compared word by word. */
function pairUp(
  removed: readonly string[],
  added: readonly string[],
  at: { readonly before: number; readonly after: number },
): readonly ChangedLine[] {
  const compared = removed.map((line, index) => {
    const other = added[index];
    return other === undefined ? undefined : compareWords(line, other);
  });
  return [
    ...removed.map(
      (text, index): ChangedLine => ({
        kind: 'removed',
        line: at.before + index,
        pieces: compared[index]?.old ?? [{ text, changed: false }],
      }),
    ),
    ...added.map(
      (text, index): ChangedLine => ({
        kind: 'added',
        line: at.after + index,
        pieces: compared[index]?.new ?? [{ text, changed: false }],
      }),
    ),
  ];
}

function compareWords(
  before: string,
  after: string,
): { readonly old: readonly LinePiece[]; readonly new: readonly LinePiece[] } | undefined {
  const parts = diffWordsWithSpace(before, after, { maxEditLength: editLengthMax });
  if (parts === undefined) return undefined;
  const side = (leftOut: 'added' | 'removed') => joined(parts.filter((part) => !part[leftOut]));
  return { old: side('added'), new: side('removed') };
}

interface Part {
  readonly value: string;
  readonly added: boolean;
  readonly removed: boolean;
}

/** A space between two words that both changed is no place to stop at. */
function joined(parts: readonly Part[]): readonly LinePiece[] {
  const isChanged = (part: Part | undefined) => part?.added === true || part?.removed === true;
  const pieces: { text: string; changed: boolean }[] = [];
  parts.forEach((part, index) => {
    const isBetween =
      part.value.trim() === '' && isChanged(parts[index - 1]) && isChanged(parts[index + 1]);
    const changed = isChanged(part) || isBetween;
    const last = pieces.at(-1);
    if (last?.changed === changed) last.text += part.value;
    else pieces.push({ text: part.value, changed });
  });
  return pieces;
}
