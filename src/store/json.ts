/**
 * Values as PostgreSQL can hold them: text and jsonb take neither U+0000 nor half a surrogate pair.
 *
 * Both occur in hostile mail. Each is replaced by U+FFFD, since otherwise the case of such a mail could
 * never be saved.
 */
import type { Decision } from '../core/decision.ts';

/** Text that PostgreSQL takes. */
export function cleanText(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD').toWellFormed();
}

/** The same for text that may be missing, as a column wants it. */
export function cleanOrNull(text: string | undefined): string | null {
  return text === undefined ? null : cleanText(text);
}

/** JSON that jsonb takes. Properties that are undefined are left out. */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value);
  // Both are escaped, so without an escape there is nothing to clean; looking at each value takes ten times as long.
  if (!json.includes(String.raw`\u`)) return json;
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'string' ? cleanText(part) : part,
  );
}

/** A decision as jsonb gives it back, with its one date as a Date again. */
export function reviveDecision(stored: unknown): Decision {
  const decision = stored as Decision;
  const { original } = decision;
  // What the type calls a Date is still text here.
  if (original?.date === undefined) return decision;
  return { ...decision, original: { ...original, date: new Date(original.date) } };
}
