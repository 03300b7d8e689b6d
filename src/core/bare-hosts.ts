/**
 * Hosts that a text names without writing a link: `Renew at renew.example/pay`. Clients make links of them, and
 * readers type them.
 *
 * What merely has a dot is none: files, versions, abbreviations, a full stop without its space.
 */
import { isRegistrable } from './address.ts';
import { bareHostsMax } from './limits.ts';
import { normalizeText } from './normalize.ts';

export interface BareHost {
  /** In lower case. */
  readonly host: string;
  readonly typed: string;
  /** What follows, with its slash; empty where nothing does. */
  readonly path: string;
}

export interface BareHosts {
  readonly hosts: readonly BareHost[];
  /** Whether there are more than are judged. */
  readonly isCut: boolean;
}

// Scripts that are written without spaces end a host; the letters of these are used to imitate Latin ones.
const token = /[\p{sc=Latin}\p{sc=Cyrillic}\p{sc=Greek}\p{sc=Armenian}\p{M}\p{N}.@:/?#%&=_~+-]+/gu;

/** The hosts in a text, each with each of its paths once. */
export function findBareHosts(text: string): BareHosts {
  const hosts = new Map<string, BareHost>();
  for (const word of dottedWords(normalizeText(text))) {
    for (const [found] of word.matchAll(token)) {
      const bare = found.includes('.') ? bareHostIn(found) : undefined;
      if (bare === undefined) continue;
      if (hosts.size >= bareHostsMax) return { hosts: [...hosts.values()], isCut: true };
      hosts.set(`${bare.host}${bare.path}`, bare);
    }
  }
  return { hosts: [...hosts.values()], isCut: false };
}

/**
 * The words of a normalised text that have a dot before their end: no other can hold a host. Nothing is read
 * twice, however long a word is.
 */
function* dottedWords(text: string): Generator<string> {
  let from = 0;
  for (let dot = text.indexOf('.'); dot >= 0; dot = text.indexOf('.', from)) {
    let start = dot;
    while (start > from && !isGap(text.charCodeAt(start - 1))) start -= 1;
    let end = dot + 1;
    while (end < text.length && !isGap(text.charCodeAt(end))) end += 1;
    from = end;
    if (dot < end - 1) yield text.slice(start, end);
  }
}

/** The white space that a normalised text has. */
function isGap(code: number): boolean {
  return code === 0x20 || code === 0x0a;
}

/** Words may be joined to a host by slashes: `portal/renew.example`. */
const segmentsMax = 4;

function bareHostIn(found: string): BareHost | undefined {
  // What has a scheme is a link, and read as one.
  if (/^[^/?#]*:\/\//.test(found)) return undefined;
  const segments = found.split('/', segmentsMax);
  const at = segments.findIndex((segment) => segment.includes('.'));
  const before = segments.slice(0, at).join('/').length + (at > 0 ? 1 : 0);
  const [authority = ''] = (segments[at] ?? '').split(/[?#]/, 1);
  const path = withoutPunctuation(found.slice(before + authority.length));
  for (const part of authority.slice(startOf(authority, path)).split(':')) {
    const typed = withoutPunctuation(part);
    if (isHost(typed, path)) return { host: typed.toLowerCase(), typed, path };
  }
  return undefined;
}

/** An address of mail is no host; what stands before the `@` of a host with a path is a user name. */
function startOf(authority: string, path: string): number {
  const at = authority.lastIndexOf('@');
  return at >= 0 && path === '' ? authority.length : at + 1;
}

/** Files with a suffix that is also one of hosts, and lists: `3.energy`. */
const fileOrList = /^[^.]+\.(?:zip|mov)$|^\d+\.[^.]+$/;

function isHost(typed: string, path: string): boolean {
  const labels = typed.split('.');
  const last = labels.at(-1) ?? '';
  if (labels.length < 2 || typed.length > 253 || /\p{N}/u.test(last)) return false;
  if (!labels.every((label) => /^[\p{L}\p{M}\p{N}-]{1,63}$/u.test(label))) return false;
  const host = typed.toLowerCase();
  if (path === '' && (fileOrList.test(host) || isJoined(typed, last))) return false;
  return isRegistrable(host);
}

/** `subscription.It`, `Contoso.Inc`, `Co.KG`: a full stop without its space, or a form of company. */
function isJoined(typed: string, last: string): boolean {
  if (last.length > 3 || /^(?:com|net|org)$/i.test(last)) return false;
  return last !== last.toLowerCase() && typed !== typed.toUpperCase();
}

/** From both ends, one character at a time: a pattern would start at each. */
function withoutPunctuation(part: string): string {
  let [start, end] = [0, part.length];
  while (start < end && '._~+%&=?#-'.includes(part.charAt(start))) start += 1;
  while (end > start && '._~+%&=?#-:@'.includes(part.charAt(end - 1))) end -= 1;
  return part.slice(start, end);
}
