/**
 * Where links really lead, and what they show.
 *
 * Links are only ever read, never followed.
 */
import { normalizeAddress } from './address.ts';
import { linkCharsMax } from './limits.ts';
import { decodeSafely, parseUrl, unwrapLink } from './link-gateways.ts';
import { normalizeText } from './normalize.ts';

/** Lower-cased host of a link's real target; undefined for mailto:, tel:, cid: and broken links. */
export function hostOf(href: string): string | undefined {
  return parseUrl(unwrapLink(href))?.hostname.toLowerCase().replace(/\.$/, '');
}

/** What stands before the `@` of a link's host, where it is made to look like the host; else undefined. */
export function userOf(href: string): string | undefined {
  const url = parseUrl(unwrapLink(href));
  return url === undefined || url.username === '' ? undefined : decodeUser(url.username);
}

function decodeUser(user: string): string {
  return user.replace(/%2e/gi, '.');
}

/** Links that run something or hold a page themselves. No mail of anybody's needs them. */
export function isScript(href: string): boolean {
  return /^(?:javascript|vbscript|data):/i.test(href.replace(/[\s\p{Cc}]+/gu, '').slice(0, 40));
}

/** Links that open files of another machine, or a program on the reader's own. */
export function isOfProgram(href: string): boolean {
  return /^\s*(?:s?ftps?:|smb:|ms-[a-z]|search(?:-ms)?:|file:[\\/]{2}[^\\/])/i.test(href);
}

/** An http link that no reader agrees on: what it opens is unknown. */
export function isUnreadable(href: string): boolean {
  return /^\s*https?:[\\/]{2}\S/i.test(href) && parseUrl(unwrapLink(href)) === undefined;
}

const ringing = /^(?:tel|sms|smsto|mms|callto|facetime|facetime-audio|skype|whatsapp):/i;

/** Digits of a number that can be rung; what has fewer is a code or a year that a telephone made a link of. */
const numberDigitsMin = 7;

/** Whom a link rings or texts; undefined where it does neither. */
export function numberOf(href: string): string | undefined {
  const scheme = ringing.exec(href.trim())?.[0];
  if (scheme === undefined) return undefined;
  const target = href.trim().slice(scheme.length, scheme.length + shownTextMax);
  const digits = (target.match(/\d/g) ?? []).length;
  const isName = /\p{L}{3}/u.test(target);
  return digits >= numberDigitsMin || isName ? target : undefined;
}

/** Whom a link writes to. RFC 6068 §2: addresses stand before the `?` and in the fields behind it. */
export function mailTargets(href: string): readonly string[] {
  if (!/^\s*mailto:/i.test(href) || href.length > linkCharsMax) return [];
  const url = URL.canParse(href) ? new URL(href) : undefined;
  if (url === undefined) return [];
  const fields = ['to', 'cc', 'bcc'].flatMap((name) => url.searchParams.getAll(name));
  return [decodeSafely(url.pathname), ...fields]
    .flatMap((list) => list.split(','))
    .map((address) => normalizeAddress(address))
    .filter((address) => address.includes('@'));
}

/** How much of a link's text is looked at: an address shown as text stands at its beginning. */
const shownTextMax = 500;

/** The sites that the text of a link names: addresses with their scheme, or a text that is nothing but a site. */
export function shownHosts(text: string): readonly string[] {
  const shown = normalizeText(text.slice(0, shownTextMax)).trim();
  const withScheme = [...shown.matchAll(/https?:\/\/[^\s<>"]{3,400}/gi)].flatMap(
    ([found]) => parseUrl(found)?.hostname ?? [],
  );
  const bare = /^[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+(?=$|[/?#:])\S*$/u.test(shown)
    ? parseUrl(`https://${shown}`)?.hostname
    : undefined;
  return [...new Set([...withScheme, ...(bare === undefined ? [] : [bare])])];
}
