/**
 * Addresses as people write them into settings and customer files: `address` or `Name <address>`.
 *
 * Stricter than RFC 5322 on purpose: this is what we may send mail to, so quoted local-parts, comments
 * and groups are refused. It must never be used on mail, where such addresses occur and are evidence.
 */
import { domainToASCII } from 'node:url';
import type { Address } from '../core/address.ts';

/** RFC 5321 §4.5.3.1.1. */
const localPartCharsMax = 64;
/** RFC 1035 §2.3.4, without the final dot. */
const domainCharsMax = 253;

/**
 * The domain in lower case and in ASCII (`bücher.example` becomes `xn--bcher-kva.example`); absent when
 * the text is not the name of a domain with at least two labels.
 */
export function parseDomainText(text: string): string | undefined {
  const name = text.trim().replace(/\.$/, '');
  // `domainToASCII` also understands addresses of hosts and percent signs, which no customer owns.
  if (!/^[^\s@:/?#[\]%\\,;<>"']+$/.test(name)) return undefined;
  const ascii = isPlain(name) ? name.toLowerCase() : domainToASCII(name).toLowerCase();
  const labels = ascii.split('.');
  const wellFormed = labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  if (!wellFormed || labels.length < 2 || ascii.length > domainCharsMax) return undefined;
  return /^\d+$/.test(labels.at(-1) ?? '') ? undefined : ascii;
}

/** Nothing that `domainToASCII` would write otherwise: no other letters, no `xn--`, no number that is an address. */
function isPlain(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9.-]*\.[A-Za-z]+$/.test(name) && !name.toLowerCase().includes('xn--');
}

/** A bare address in lower case; absent when the text is not one. RFC 5322 §3.4.1, dot-atoms only. */
export function parseBareAddress(text: string): string | undefined {
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  // Judged as it is kept: the small letter of `İ` is an i and a mark, which is none of a dot-atom.
  const localPart = trimmed.slice(0, Math.max(at, 0)).toLowerCase();
  const domain = parseDomainText(trimmed.slice(at + 1));
  if (domain === undefined || localPart.length > localPartCharsMax) return undefined;
  const isDotAtom = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
  return isDotAtom.test(localPart) ? `${localPart}@${domain}` : undefined;
}

/** `address`, `<address>` or `Name <address>`, the name with or without quotation marks. */
export function parseAddressText(text: string): Address | undefined {
  const trimmed = text.trim();
  if (!trimmed.endsWith('>')) return withoutName(trimmed);
  const open = trimmed.lastIndexOf('<');
  const address = parseBareAddress(trimmed.slice(open + 1, -1));
  if (open < 0 || address === undefined) return undefined;
  const name = trimmed
    .slice(0, open)
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .replace(/\\(["\\])/g, '$1')
    .trim();
  if (/[<>\p{Cc}]/u.test(name)) return undefined;
  return name === '' ? { address } : { name, address };
}

function withoutName(text: string): Address | undefined {
  const address = parseBareAddress(text);
  return address === undefined ? undefined : { address };
}
