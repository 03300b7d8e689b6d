/**
 * What the desk did with a case, as lines of its explanation: `explain` and the case's page show the same.
 */
import { shownCharsMax } from '../core/limits.ts';
import { shown } from '../core/normalize.ts';
import type { Settlement } from '../ports/desk.ts';

/** Newest first, as they are read; nothing where the desk did nothing. */
export function settlementLines(settlements: readonly Settlement[]): readonly string[] {
  if (settlements.length === 0) return [];
  const lines = settlements.flatMap(({ kind, at, by, dismissal, note }) => [
    `  ${at.toISOString()}  ${kind}${dismissal === undefined ? '' : ` (${dismissal})`} by ${shown(by, shownCharsMax)}`,
    ...(note === undefined ? [] : [`    ${shown(note, shownCharsMax)}`]),
  ]);
  return ['', 'what the desk did', ...lines];
}
