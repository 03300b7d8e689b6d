/**
 * Counts faults by kind, over chains.
 */
export type Tally = ReadonlyMap<string, number>;

export interface Counter {
  readonly counts: Tally;
  add(kind: string): void;
}

export function openTally(): Counter {
  const counts = new Map<string, number>();
  return {
    counts,
    add: (kind) => void counts.set(kind, (counts.get(kind) ?? 0) + 1),
  };
}

export function totalOf(counts: Tally): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

export function addUp(tallies: readonly Tally[]): Tally {
  const sums = new Map<string, number>();
  for (const tally of tallies)
    for (const [kind, count] of tally) sums.set(kind, (sums.get(kind) ?? 0) + count);
  return sums;
}
