/**
 * Reading the header section for marks: every instance of a field, with what people and gateways wrap around
 * its value taken off.
 *
 * RFC 5322 §2.2, §3.2.2 (comments); RFC 2047 §2 (encoded words).
 */
import { withoutComments } from './authentication-results.ts';
import { markValueCharsMax } from './limits.ts';
import type { HeaderField } from './mail.ts';

/** The first field of these names whose value matches, as `name: value`. Every instance counts. */
export function findField(
  fields: readonly HeaderField[],
  names: readonly string[],
  matches: (value: string) => boolean = () => true,
): string | undefined {
  const present = namesOf(fields);
  if (!names.some((name) => present.has(name))) return undefined;
  const field = fields.find(({ name, value }) => names.includes(name) && matches(plainMark(value)));
  return field === undefined ? undefined : `${field.name}: ${field.value}`;
}

const namesByFields = new WeakMap<readonly HeaderField[], ReadonlySet<string>>();

/** A header section is asked for some sixty names of which it has none. */
function namesOf(fields: readonly HeaderField[]): ReadonlySet<string> {
  const known = namesByFields.get(fields);
  if (known !== undefined) return known;
  const names = new Set(fields.map(({ name }) => name));
  namesByFields.set(fields, names);
  return names;
}

/**
 * A value as it was meant: encoded words decoded, comments and outer quotes taken off, in lower case.
 *
 * Marks are ASCII and short; what stands behind the limit is no mark.
 */
export function plainMark(value: string): string {
  // Control and invisible characters are no part of a mark, nor is the blank between two encoded words.
  const visible = value.slice(0, markValueCharsMax).replace(/[\p{Cc}\p{Cf}]/gu, '');
  const decoded = decodeWords(visible.replace(/\?=\s{1,20}=\?/g, '?==?'));
  const bare = withoutComments(decoded).trim();
  // A comment that never ends hides nothing.
  const mark = bare === '' ? decoded.replaceAll('(', ' ').trim() : bare;
  return mark.replaceAll('"', '').trim().toLowerCase();
}

/** RFC 2047 §4: `B` is Base64, `Q` is quoted-printable with `_` for a space. Only ASCII matters here. */
function decodeWords(value: string): string {
  return value.replace(
    /=\?[^\s?]{1,40}\?([bBqQ])\?([^\s?]{0,500})\?=/g,
    (_, encoding: string, text: string) =>
      encoding.toLowerCase() === 'b' ? Buffer.from(text, 'base64').toString('utf8') : fromQ(text),
  );
}

function fromQ(text: string): string {
  return text
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Whether a field that says yes or no says yes. */
export function saysYes(value: string): boolean {
  return !/^(?:no|none|false|0)?$/.test(value);
}
