/**
 * Takes addresses and subjects out of texts, leaving a short hash: lines about the same person can still be joined,
 * and say nothing to whoever reads them without the key.
 *
 * Every form an address may have in a log is taken: quoted local-parts, comments, other scripts, and the encodings
 * of URLs, encoded words and HTML. What only looks like an address (a Message-ID) goes too: better a word too many.
 */
import { createHmac } from 'node:crypto';

/** `all`: subjects and the names of people as well. */
export const redactions = ['none', 'addresses', 'all'] as const;
export type Redaction = (typeof redactions)[number];

export interface RedactOptions {
  readonly redact: Redaction;
  /** The same in all processes of a desk, so that their lines can be joined. */
  readonly key: string;
  /** Addresses of the desk itself, which tell the operator where something is wrong. */
  readonly keep?: readonly string[];
}

export interface Redactor {
  /** The text without addresses; with `all` also without what follows `Subject:`. */
  text(text: string): string;
  /** A field of this name, as it may be written; undefined where it says nothing about a person. */
  field(name: string, value: string): string | undefined;
}

export function redactorFor({ redact, key, keep = [] }: RedactOptions): Redactor {
  if (redact === 'none') return { text: (text) => text, field: () => undefined };
  const kept = new Set(keep.map((address) => address.toLowerCase()));
  const mark = (kind: 'address' | 'subject' | 'name', value: string): string => {
    const hash = createHmac('sha256', key).update(`${kind}\n${value}`).digest('hex');
    return `${kind}:${hash.slice(0, hashChars)}`;
  };
  const addressMark = ({ local, domain, written }: FoundAddress): string => {
    const name = local.slice(local.lastIndexOf('=') + 1);
    const canonical = `${name}@${domain}`.normalize('NFKC').toLowerCase();
    // `user=…` is a word of ours; a longer one may hold another address, as forwarders and lists write it.
    const isPlain = /^(?:[\w-]+=)?$/.test(local.slice(0, local.length - name.length));
    return isPlain && kept.has(canonical) ? written : mark('address', canonical);
  };
  const withoutAddresses = (text: string): string => replaceAddresses(text, addressMark);
  if (redact === 'addresses') return { text: withoutAddresses, field: () => undefined };
  return {
    text: (text) =>
      withoutAddresses(
        text.replace(subjectLine, (_whole, name: string, subject: string) => {
          return `${name}${mark('subject', subject)}`;
        }),
      ),
    field: (name, value) => {
      if (subjectFields.test(name)) return mark('subject', value);
      return nameFields.test(name) ? mark('name', value) : undefined;
    },
  };
}

/** 32 bits: among a desk's few thousand correspondents two alike are rare, and a line is no proof anyway. */
const hashChars = 8;
const subjectFields = /^(?:base[_-]?)?subject$/i;
const nameFields = /^(?:display|person|from|author)[_-]?name$/i;
const subjectLine = /(\bSubject:[ \t]*)(\S[^\n]*)/gi;

interface FoundAddress {
  readonly start: number;
  readonly end: number;
  readonly local: string;
  readonly domain: string;
  readonly written: string;
}

/** The sign itself, wide and small forms of it, and its encodings in URLs, encoded words and HTML. */
const atSign = /[@\uFF20\uFE6B]|%40|=40|&#0*64;|&#x0*40;|&commat;/giu;
/** RFC 5322 §3.2.3: what ends a local-part that is not quoted. A backslash and marks of other scripts do not. */
const endsLocal = /[\s\p{Cc}<>()[\]:;,"@\uFF20\uFE6B]/u;
/** Letters of any script (RFC 6531 §3.3), and the full stops of others. */
const domainStart =
  /^[\p{L}\p{M}\p{N}_](?:[\p{L}\p{M}\p{N}._\u3002\uFF0E\uFF61-]*[\p{L}\p{M}\p{N}_])?/u;
/** RFC 5321 §4.1.3: an address of a host in brackets. */
const domainLiteral = /^\[[^\]\s]{1,64}\]/;
const endsInName = /[.\u3002\uFF0E\uFF61][\p{L}\p{N}-]*\p{L}[\p{L}\p{M}\p{N}-]*$/u;
const openingQuotes = /^['`“”‘’„«»]+/u;
/** Far more than RFC 5321 §4.5.3.1 allows either part (64 and 255 octets): what is longer is no address. */
const partCharsMax = 1_024;

function replaceAddresses(text: string, markOf: (found: FoundAddress) => string): string {
  let done = 0;
  let out = '';
  for (const found of addressesIn(text)) {
    out += text.slice(done, found.start) + markOf(found);
    done = found.end;
  }
  return done === 0 ? text : out + text.slice(done);
}

/**
 * The addresses in the order of the text. Where two readings of it overlap (a quoted local-part may hold a whole
 * address), both are taken as one, so that nothing of either stays.
 */
function addressesIn(text: string): readonly FoundAddress[] {
  const merged: FoundAddress[] = [];
  for (const { index, 0: sign } of text.matchAll(atSign)) {
    let found = addressAround(text, index, sign);
    if (found === undefined) continue;
    for (let last = merged.at(-1); last !== undefined; last = merged.at(-1)) {
      if (last.end <= found.start) break;
      const start = Math.min(last.start, found.start);
      const end = Math.max(last.end, found.end);
      found = {
        ...found,
        start,
        end,
        local: text.slice(start, index),
        written: text.slice(start, end),
      };
      merged.pop();
    }
    merged.push(found);
  }
  return merged;
}

function addressAround(text: string, index: number, sign: string): FoundAddress | undefined {
  const signEnd = index + sign.length;
  const start0 = text.slice(signEnd, signEnd + gapCharsMax);
  const domainFrom = signEnd + (start0.length - start0.trimStart().length);
  const rest = text.slice(domainFrom, domainFrom + partCharsMax);
  const domain = (domainLiteral.exec(rest) ?? domainStart.exec(rest))?.[0];
  if (domain === undefined) return undefined;
  const before = text.slice(Math.max(0, index - gapCharsMax), index);
  const localEnd = index - (before.length - before.trimEnd().length);
  // “look @ this” and `x=40.5` are no addresses; only with a name of a domain behind them are they taken for one.
  const isLoose = localEnd < index || domainFrom > signEnd || sign.length > 1;
  if (isLoose && !endsInName.test(domain)) return undefined;
  const end = domainFrom + domain.length;
  const start = localStart(text, localEnd);
  // `node_modules/@scope/name` in a stack is where a fault lies, and nobody's address.
  const isPackage = text[index - 1] === '/' && text[end] === '/' && !domain.includes('.');
  if (start === undefined || isPackage) return undefined;
  const written = text.slice(start, end);
  return { start, end, local: text.slice(start, localEnd), domain, written };
}

/** Spaces that people, and folded header fields, put around the sign. */
const gapCharsMax = 3;

/** Where the local-part begins that ends before `end`; undefined where there is none. */
function localStart(text: string, end: number): number | undefined {
  const first = Math.max(0, end - partCharsMax);
  let start = end;
  while (start > first) {
    const opening = openingBefore(text, start - 1);
    if (opening === undefined && endsLocal.test(text[start - 1] ?? '')) break;
    start = opening ?? start - 1;
  }
  start += openingQuotes.exec(text.slice(start, end))?.[0].length ?? 0;
  return start < end ? start : undefined;
}

/** Where the quoted string or the comment opens that closes there. RFC 5322 §3.2.4, §3.2.2. */
function openingBefore(text: string, closing: number): number | undefined {
  const mark = text[closing] === '"' ? '"' : text[closing] === ')' ? '(' : undefined;
  if (mark === undefined || closing === 0) return undefined;
  const from = Math.max(0, closing - partCharsMax);
  const inside = text.slice(from, closing);
  let at = inside.lastIndexOf(mark);
  while (at > 0 && inside[at - 1] === '\\') at = inside.lastIndexOf(mark, at - 1);
  return at < 0 ? undefined : from + at;
}
