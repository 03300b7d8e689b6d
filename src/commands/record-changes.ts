/**
 * Changes of records as a command shows them: field by field, the first ones; the others are counted.
 */
import { shownText } from '../edges/customer-rows.ts';
import type { MergeSummary, RecordChange } from '../ports/records.ts';

/** Customers that are named one by one; the others are counted. */
export const shownChangesMax = 20;

function changeLines({ customerId, fields }: RecordChange): readonly string[] {
  const shown = (value: string) => (value === '' ? '(unknown)' : shownText(value));
  return [
    `  ~ ${customerId}`,
    ...fields.map(
      ({ path, before, after }) => `      ${path}: ${shown(before)} -> ${shown(after)}`,
    ),
  ];
}

/** Lines of the first customers, or of all of them; what is left out is counted. */
export class FirstLines {
  readonly #shownMax: number;
  #lines: string[] = [];
  #blocks = 0;

  constructor(shownMax = shownChangesMax) {
    this.#shownMax = shownMax;
  }

  add(block: readonly string[]): void {
    this.#blocks += 1;
    if (this.#blocks <= this.#shownMax) this.#lines.push(...block);
  }

  get count(): number {
    return this.#blocks;
  }

  /** What was added so far, and begins anew. */
  take(): readonly string[] {
    const more = this.#blocks - this.#shownMax;
    const lines = more > 0 ? [...this.#lines, `  and ${more} more`] : this.#lines;
    this.#lines = [];
    this.#blocks = 0;
    return lines;
  }
}

/** What changed, by kind, as it comes. */
export class ShownChanges {
  readonly #kinds: Readonly<Record<Exclude<RecordChange['kind'], 'unchanged'>, FirstLines>>;

  constructor(shownMax?: number) {
    this.#kinds = {
      added: new FirstLines(shownMax),
      changed: new FirstLines(shownMax),
      ended: new FirstLines(shownMax),
    };
  }

  add(change: RecordChange): void {
    if (change.kind === 'unchanged') return;
    const isNew = change.kind === 'added';
    this.#kinds[change.kind].add(isNew ? [`  + ${change.customerId}`] : changeLines(change));
  }

  take(kind: Exclude<RecordChange['kind'], 'unchanged'>): readonly string[] {
    return this.#kinds[kind].take();
  }
}

/** What became of the facts, for `sync` and `import --profile` alike. */
export function mergeLines({
  counts,
  changes,
  conflicts,
}: {
  readonly counts: MergeSummary;
  readonly changes: ShownChanges;
  readonly conflicts: FirstLines;
}): readonly string[] {
  return [
    `${counts.added} added`,
    ...changes.take('added'),
    `${counts.changed} changed`,
    ...changes.take('changed'),
    `${counts.unchanged} unchanged`,
    `${counts.unknown} unknown tenants with nothing to move`,
    `${counts.conflicts} left for a person to decide`,
    ...conflicts.take(),
  ];
}
