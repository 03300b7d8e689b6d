/**
 * What a form or an address says: texts, each once, cut to a length that no honest one reaches.
 */

const valueCharsMax = 4_000;

/** The text under that name; empty where there is none. Of several the first counts. */
export function textOf(values: unknown, name: string): string {
  if (typeof values !== 'object' || values === null || !Object.hasOwn(values, name)) return '';
  const value: unknown = Reflect.get(values, name);
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first.slice(0, valueCharsMax) : '';
}

/** One of a closed list, or nothing. */
export function oneOf<const Word extends string>(
  words: readonly Word[],
  text: string,
): Word | undefined {
  return words.find((word) => word === text);
}

/** A day of the calendar, or nothing. */
export function dayOf(text: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const at = new Date(`${text}T00:00:00Z`);
  const isDay = !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
  return isDay ? text : undefined;
}
