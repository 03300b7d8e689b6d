/**
 * The bodies of a mail as texts with links: what its reader sees, whichever part the client shows.
 *
 * Text/plain and HTML of one mail need not say the same. Both are read, and neither is believed alone.
 */
import { type HtmlText, htmlToText } from './html-text.ts';
import type { TextLinks } from './inline-originals.ts';
import * as limits from './limits.ts';
import type { Link, Mail, Original } from './mail.ts';

/** Both bodies, each read once: HTML can be large. */
export interface Bodies {
  readonly html?: HtmlText;
  readonly plain?: TextLinks;
  /** Whether a part was longer than what is read of it. */
  readonly isCut: boolean;
}

export function readBodies({ html, text }: Mail): Bodies {
  const read = html === undefined ? undefined : htmlToText(html);
  const plain = text === undefined ? undefined : withTextLinks(text);
  return {
    ...(read === undefined ? {} : { html: read }),
    ...(plain === undefined ? {} : { plain }),
    isCut:
      read?.isCut === true ||
      (text?.length ?? 0) >= limits.textCharsMax ||
      (plain?.links.length ?? 0) >= limits.linksMax,
  };
}

export interface Content extends TextLinks {
  /** The other part's text, where the mail has both. */
  readonly twin?: Pick<NonNullable<Original['twin']>, 'part' | 'text'>;
  readonly isCut: boolean;
}

/** The text its reader sees: text/plain unless it is a stub beside its HTML; the links of both. */
export function contentOf({ html, plain, isCut }: Bodies): Content {
  if (plain === undefined || html === undefined || plain.text.trim() === '')
    return { ...(html ?? plain ?? { text: '', links: [] }), isCut };
  const isPlainStub = isStub(plain.text, html.text);
  const [best, other] = isPlainStub ? [html, plain] : [plain, html];
  const merged = mergeLinks(best.links, other.links);
  const twin = { part: isPlainStub ? 'plain' : 'html', text: other.text } as const;
  return { text: best.text, twin, links: merged.links, isCut: isCut || merged.isCut };
}

/** `Your client cannot show HTML`: a third of the letters, or less, of what the other part says. */
function isStub(plain: string, html: string): boolean {
  const few = lettersIn(plain, html.length) * 3;
  return few < html.length && few < lettersIn(html, few + 1);
}

/** Characters that are no white space, as far as that many. One at a time: a pattern would copy the text. */
function lettersIn(text: string, enough: number): number {
  let count = 0;
  for (let at = 0; at < text.length && count < enough; at += 1) {
    const code = text.charCodeAt(at);
    const isLetter = code > 0x20 ? code < 0x80 || !/\s/.test(text.charAt(at)) : code < 9;
    if (isLetter || (code > 13 && code < 0x20)) count += 1;
  }
  return count;
}

/** Links of two parts, each once; `isCut` where more than the limit are left. */
export function mergeLinks<L extends Link>(
  first: readonly L[],
  second: readonly L[],
): { readonly links: readonly L[]; readonly isCut: boolean } {
  const seen = new Map<string, L>();
  for (const link of [...first, ...second]) {
    const key = `${link.href}\n${link.text}`;
    if (!seen.has(key)) seen.set(key, link);
  }
  const links = [...seen.values()];
  return { links: links.slice(0, limits.linksMax), isCut: links.length > limits.linksMax };
}

/** Clients make links of URLs, and of `www.` without a scheme. */
function withTextLinks(text: string): TextLinks {
  const links: TextLinks['links'][number][] = [];
  // Nothing below matches without one of them, and most texts have neither.
  if (!text.includes('://') && !/www\./i.test(text)) return { text, links };
  for (const { 0: found, index } of text.matchAll(
    /(?:https?:\/\/|(?<![\p{L}\p{N}@./-])www\.)[^\s<>"'`|\\^{}[\]]{1,2000}/giu,
  )) {
    if (links.length >= limits.linksMax) break;
    const href = withoutPunctuation(found);
    links.push({ href: /^www/i.test(href) ? `http://${href}` : href, text: '', offset: index });
  }
  return { text, links };
}

/** A sentence’s own marks behind a link are not the link’s. From the end: a pattern would start at each. */
function withoutPunctuation(href: string): string {
  let end = href.length;
  while (end > 0 && ').,;:!?*_'.includes(href.charAt(end - 1))) end -= 1;
  return href.slice(0, end);
}
