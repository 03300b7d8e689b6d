/**
 * Where links really lead, and what they show.
 *
 * Links are only ever read, never followed.
 */
import { parseUrl, unwrapLink } from './link-gateways.ts';
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

/** An http link that no reader agrees on: what it opens is unknown. */
export function isUnreadable(href: string): boolean {
  return /^\s*https?:[\\/]{2}\S/i.test(href) && parseUrl(unwrapLink(href)) === undefined;
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
