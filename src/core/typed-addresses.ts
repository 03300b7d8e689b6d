/**
 * Address lists as clients type them above a forwarded message: `Name <a@b>`, `Name [mailto:a@b]`,
 * `<a@b<mailto:a@b>>`, `Last, First <a@b>`, `a@b; c@d`, or only a name.
 *
 * No header syntax (RFC 5322 §3.4), so no header parser reads it. What comes out was typed by whoever
 * forwarded, and is never an address to reply to.
 */
import { type Address, domainOf } from './address.ts';
import { nameCharsMax, typedAddressesMax, typedListCharsMax } from './limits.ts';
import { isAddress, parseAddresses } from './parse.ts';

/** Reads a typed list; entries without anything readable are left out. */
export function readTypedAddresses(value: string): Partial<Address>[] {
  const cleaned = value
    .slice(0, typedListCharsMax)
    .replace(/\s+/g, ' ')
    .replace(/[\u200B-\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/g, '')
    .replaceAll('＜', '<')
    .replaceAll('＞', '>')
    .replaceAll('；', ';')
    .replaceAll('，', ',')
    .replace(/<([^<> ]+)<mailto:[^<> ]*>>/gi, '<$1>')
    // A target that stands alone is the address; one in front of the address repeats it.
    .replace(
      /<mailto:([^<> ]*)>( ?<)?/gi,
      (_, target: string, next?: string) => next ?? `<${target}>`,
    )
    .replace(/\[mailto:([^[\]\s]+)\]/gi, '<$1>')
    .replaceAll('< ', '<')
    .replaceAll(' >', '>');
  const hasBrackets = /[<>]/.test(cleaned);
  return joinNames(splitTyped(cleaned, hasBrackets))
    .filter((entry) => entry.trim() !== '')
    .slice(0, typedAddressesMax)
    .flatMap((entry) => {
      const typed = readTypedAddress(entry);
      return typed === undefined ? [] : [typed];
    });
}

interface TypedEntry {
  readonly text: string;
  /** Whether a comma, not a semicolon, stands behind it. */
  readonly endsInComma: boolean;
}

/** Splits at commas and semicolons outside quotes and angle brackets. */
function splitTyped(list: string, hasBrackets: boolean): TypedEntry[] {
  const entries: TypedEntry[] = [];
  let depth = 0;
  let quoted = false;
  let from = 0;
  for (let i = 0; i < list.length; i += 1) {
    const char = list[i];
    if (char === '"') quoted = !quoted;
    else if (char === '<') depth += 1;
    else if (char === '>') depth = Math.max(0, depth - 1);
    else if ((char === ',' || char === ';') && depth === 0 && !quoted) {
      entries.push({ text: list.slice(from, i), endsInComma: char === ',' && hasBrackets });
      from = i + 1;
    }
  }
  return [...entries, { text: list.slice(from), endsInComma: false }];
}

/** `Last, First <a@b>` is one person: a name before a comma belongs to the bracketed address behind it. */
function joinNames(entries: readonly TypedEntry[]): string[] {
  const joined: string[] = [];
  let held = '';
  for (const { text, endsInComma } of entries) {
    const isName = !text.includes('@') && text.trim() !== '';
    if (isName && endsInComma && held === '') {
      held = text;
      continue;
    }
    const belongs = held !== '' && text.includes('<') && !/^\s*["<]/.test(text);
    if (belongs) joined.push(`${held},${text}`);
    else joined.push(...(held === '' ? [] : [held]), text);
    held = '';
  }
  return held === '' ? joined : [...joined, held];
}

function readTypedAddress(entry: string): Partial<Address> | undefined {
  const text = entry.trim();
  if (text === '') return undefined;
  const bracketed = firstBracketed(text);
  if (bracketed !== undefined) return named(text.slice(0, bracketed.at), bracketed.address);
  const bare = /(?<![^\s<>"'()[\]])[^\s<>"'()[\]]+@[^\s<>"'()[\],;]+/.exec(text);
  if (bare !== null && isAddress(bare[0])) {
    return named(text.replace(bare[0], '').replace(/[()[\]<>]/g, ' '), bare[0]);
  }
  const parsed = parseAddresses(text)[0];
  if (parsed !== undefined) return parsed;
  const name = cleanName(text);
  return name === '' ? undefined : { name };
}

/** The first address in angle brackets: what follows it is on whose behalf it was sent. */
function firstBracketed(
  text: string,
): { readonly at: number; readonly address: string } | undefined {
  for (const { 1: inside = '', index } of text.matchAll(/<([^<>]{3,320})>?/g)) {
    if (isAddress(inside.trim())) return { at: index, address: inside.trim() };
  }
  return undefined;
}

/** A name that only repeats the address is none. */
function named(typedName: string, typedAddress: string): Partial<Address> {
  const address = `${typedAddress.slice(0, typedAddress.lastIndexOf('@'))}@${domainOf(typedAddress)}`;
  const name = cleanName(typedName);
  return name === '' || name.toLowerCase() === address.toLowerCase()
    ? { address }
    : { name, address };
}

/** A name without the quotation marks of any language around it, and without “on behalf of”. */
export function cleanName(text: string): string {
  return text
    .slice(0, nameCharsMax)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^["'*“”„‟‘’‚«»‹›「」\s]+/, '')
    .replace(/["'*“”„‟‘’‚«»‹›「」(\s]+$/, '')
    .replace(/ (?:on behalf of|im auftrag von|de la part de)$/i, '');
}
