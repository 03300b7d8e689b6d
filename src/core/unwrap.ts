/**
 * Finds the originals inside a mail: attached, inline, passed on by a rule, or the mail itself.
 *
 * Whatever is found was typed or carried by the forwarder and proves nothing: it is evidence about the
 * customer, never an address to reply to. Originals come outermost first; which of them is the notice
 * is `classify`'s to say.
 */
import { parseDateTime, zoneOf } from './dates.ts';
import { type SeparatorKind, separatorOf, stripSubjectPrefixes } from './forward-labels.ts';
import {
  type HeaderBlock,
  isBlankLine,
  readHeaderBlock,
  readTypedAddresses,
  unquoted,
} from './header-block.ts';
import { type HtmlText, htmlToText } from './html-text.ts';
import * as limits from './limits.ts';
import type { Evidence, Link, Mail, Original } from './mail.ts';
import { firstValue } from './parse.ts';

export interface Unwrapped {
  /** Outermost first; the mail itself, at depth 0, comes last. */
  readonly originals: readonly Original[];
  /** Whether the mail passes a message on, rather than answering one. */
  readonly isForward: boolean;
  readonly evidence: readonly Evidence[];
}

interface TextLinks {
  readonly text: string;
  readonly links: readonly (Link & { readonly offset: number })[];
}

/** Unwraps a mail whose subject and text are decoded. Never throws. */
export function unwrap(mail: Mail, wasRedirected: boolean): Unwrapped {
  const evidence: Evidence[] = [];
  const note = (code: string, detail: string): void => {
    evidence.push({ stage: 'unwrap', code, detail });
  };
  const bodies = readBodies(mail);
  const comment = trimComment(contentOf(bodies).text);
  const attached = mail.attachedMails.flatMap((inner) => unwrapAttached(inner, 1, comment));
  if (attached.length > 0) note('attached', `${mail.attachedMails.length} attached message(s)`);
  const inline = unwrapInline(mail, bodies);
  if (inline.originals.length > 0) {
    note('inline', `${inline.originals.length} message(s) inside the text, ${inline.via}`);
  }
  const prefixes = stripSubjectPrefixes(mail.subject);
  const isForward = attached.length > 0 || inline.isForward;
  const self = selfOriginal(mail, contentOf(bodies), wasRedirected);
  if (attached.length === 0 && inline.originals.length === 0) {
    note(
      'none',
      prefixes.forwarded ? 'the subject says forward, but nothing is inside' : 'no message inside',
    );
  }
  return { originals: [...attached, ...inline.originals, self], isForward, evidence };
}

/** An attached message is an original, and so is whatever is inside it. */
function unwrapAttached(inner: Mail, depth: number, comment: string | undefined): Original[] {
  const bodies = readBodies(inner);
  const content = contentOf(bodies);
  const from = inner.from[0];
  const original: Original = {
    how: 'attachment',
    depth,
    ...(from === undefined ? {} : { from }),
    to: inner.to,
    ...(inner.subject === '' ? {} : { subject: inner.subject }),
    ...(inner.date === undefined ? {} : { date: inner.date }),
    text: content.text,
    links: content.links,
    ...(comment === undefined ? {} : { comment }),
  };
  const deeper = inner.attachedMails.flatMap((mail) => unwrapAttached(mail, depth + 1, comment));
  const inline = unwrapInline(inner, bodies).originals.map((found) => ({
    ...found,
    depth: found.depth + depth,
  }));
  return [original, ...deeper, ...inline];
}

/** The mail itself: what counts when Microsoft is its author. */
function selfOriginal(mail: Mail, content: TextLinks, wasRedirected: boolean): Original {
  const from = mail.from[0];
  return {
    how: wasRedirected ? 'redirect' : 'direct',
    depth: wasRedirected ? 1 : 0,
    ...(from === undefined ? {} : { from }),
    to: mail.to,
    ...(mail.subject === '' ? {} : { subject: mail.subject }),
    ...(mail.date === undefined ? {} : { date: mail.date }),
    text: content.text,
    links: content.links,
  };
}

/** Both bodies of a mail as text with links, each read once: HTML can be large. */
interface Bodies {
  readonly html?: HtmlText;
  readonly plain?: TextLinks;
}

function readBodies({ html, text }: Mail): Bodies {
  return {
    ...(html === undefined ? {} : { html: htmlToText(html) }),
    ...(text === undefined ? {} : { plain: withTextLinks(text) }),
  };
}

/** The text its reader sees: text/plain where there is one, else the HTML as text; links of both. */
function contentOf({ html, plain }: Bodies): TextLinks {
  if (plain === undefined || plain.text.trim() === '')
    return html ?? plain ?? { text: '', links: [] };
  return {
    text: plain.text,
    links: [...plain.links, ...(html?.links ?? [])].slice(0, limits.linksMax),
  };
}

function withTextLinks(text: string): TextLinks {
  const links: (Link & { offset: number })[] = [];
  for (const match of text.matchAll(/https?:\/\/[^\s<>"'`|\\^{}[\]]{1,2000}/gi)) {
    if (links.length >= limits.linksMax) break;
    links.push({ href: withoutPunctuation(match[0]), text: '', offset: match.index });
  }
  return { text, links };
}

/** A sentence’s own marks behind a link are not the link’s. From the end: a pattern would start at each. */
function withoutPunctuation(href: string): string {
  let end = href.length;
  while (end > 0 && ').,;:!?*_'.includes(href.charAt(end - 1))) end -= 1;
  return href.slice(0, end);
}

interface InlineResult {
  readonly originals: readonly Original[];
  readonly isForward: boolean;
  readonly via: string;
}

/**
 * Reads text/plain and HTML both and keeps the better: the one that finds more originals, plain text
 * at a draw. The links of the HTML's originals are added, since that is what its reader clicks.
 */
function unwrapInline(mail: Mail, bodies: Bodies): InlineResult {
  const { html } = bodies;
  const zone = zoneOf(firstValue(mail.fields, 'date') ?? '');
  const prefixes = stripSubjectPrefixes(mail.subject);
  const plain =
    bodies.plain === undefined ? [] : inlineOriginals(bodies.plain, zone, prefixes.base);
  const fromHtml = html === undefined ? [] : inlineOriginals(html, zone, prefixes.base);
  const best = fromHtml.length > plain.length ? fromHtml : plain;
  const client = html === undefined ? undefined : clientByMarks(html.marks);
  const found = best.map(({ original, separator }, index) => {
    const twin = best === plain ? fromHtml[index]?.original.links : undefined;
    const links = [...original.links, ...(twin ?? [])].slice(0, limits.linksMax);
    const named = clientBySeparator(separator) ?? client;
    return { ...original, links, ...(named === undefined ? {} : { client: named }) };
  });
  const first = best[0];
  const saysForward = first?.separator === 'forwarded' || first?.separator === 'begin-forwarded';
  const isAnswer = prefixes.replied && !prefixes.forwarded;
  return {
    originals: found,
    // An answer may quote a forward, and may hold one of its own.
    isForward: found.length > 0 && (!isAnswer || (saysForward && !first.isQuoted)),
    via: best === plain ? 'read from its plain text' : 'read from its HTML',
  };
}

interface FoundInline {
  readonly original: Original;
  readonly separator?: SeparatorKind;
  readonly isQuoted: boolean;
}

/**
 * Every header block of a text, one inside the other. One pass: each search starts behind the last block.
 *
 * Each ends where the next begins, so that two notices in one mail are never read as one.
 */
function inlineOriginals(content: TextLinks, zone: number, outerSubject: string): FoundInline[] {
  const lines = content.text.split('\n');
  const offsets = lineOffsets(lines);
  const blocks: FoundBlock[] = [];
  let from = 0;
  while (blocks.length < limits.inlineDepthMax) {
    const block = findBlock(lines, from, outerSubject);
    if (block === undefined) break;
    blocks.push({ block, from, above: separatorAbove(lines, block.start, from) });
    from = block.end;
  }
  return blocks.map(({ block, from: start, above }, index) => {
    const end = blocks[index + 1]?.above.start ?? lines.length;
    const offsetAt = (line: number): number => offsets[line] ?? content.text.length;
    const hasBelow = end < lines.length;
    const original = inlineOriginal(block, {
      lines: lines.slice(block.end, end),
      ...(hasBelow
        ? {
            below: {
              text: lines.slice(end).join('\n'),
              links: linksOf(content.links.filter(({ offset }) => offset >= offsetAt(end))),
            },
          }
        : {}),
      links: content.links.filter(
        ({ offset }) =>
          offset >= offsetAt(block.end) && (offset < offsetAt(end) || end === lines.length),
      ),
      depth: index + 1,
      comment: trimComment(lines.slice(start, above.start).map(unquotedOnce).join('\n')),
      zone,
    });
    const { kind: separator, isQuoted } = above;
    return { original, isQuoted, ...(separator === undefined ? {} : { separator }) };
  });
}

interface FoundBlock {
  readonly block: HeaderBlock;
  /** Where what its forwarder wrote begins. */
  readonly from: number;
  readonly above: Above;
}

function linksOf(links: readonly Link[]): Link[] {
  return links.map(({ href, text }) => ({ href, text }));
}

interface InlineContent {
  /** The lines behind the block, up to the next. */
  readonly lines: readonly string[];
  readonly links: readonly Link[];
  readonly below?: NonNullable<Original['below']>;
  readonly depth: number;
  readonly comment: string | undefined;
  readonly zone: number;
}

function inlineOriginal(block: HeaderBlock, content: InlineContent): Original {
  const { comment, below } = content;
  const from = readTypedAddresses(block.values.from ?? '')[0];
  const subject = block.values.subject?.replace(/\s+/g, ' ').trim();
  const date = parseDateTime(block.values.date ?? '', content.zone);
  return {
    how: 'inline',
    depth: content.depth,
    ...(from === undefined ? {} : { from }),
    to: readTypedAddresses(block.values.to ?? ''),
    ...(subject === undefined || subject === '' ? {} : { subject }),
    ...(date === undefined ? {} : { date }),
    text: bodyOf(content.lines),
    links: linksOf(content.links),
    ...(below === undefined ? {} : { below }),
    ...(comment === undefined ? {} : { comment }),
    ...(block.language === undefined ? {} : { language: block.language }),
  };
}

function lineOffsets(lines: readonly string[]): number[] {
  const offsets: number[] = [];
  let offset = 0;
  for (const line of lines) {
    offsets.push(offset);
    offset += line.length + 1;
  }
  return offsets;
}

function findBlock(
  lines: readonly string[],
  from: number,
  outerSubject: string,
): HeaderBlock | undefined {
  for (let i = from; i < Math.min(lines.length, limits.blockSearchLinesMax); i += 1) {
    const block = readHeaderBlock(lines, i, outerSubject);
    if (block !== undefined) return block;
  }
  return undefined;
}

interface Above {
  /** Where the separator begins; the block itself where there is none. */
  readonly start: number;
  readonly kind?: SeparatorKind;
  /** Whether the separator is itself inside a quotation. */
  readonly isQuoted: boolean;
}

/** The separator line above a block, looking back over blank lines. */
function separatorAbove(lines: readonly string[], blockStart: number, from: number): Above {
  for (let i = blockStart - 1; i >= Math.max(from, blockStart - 6); i -= 1) {
    const line = lines[i] ?? '';
    if (isBlankLine(line)) continue;
    const kind = separatorOf(line);
    if (kind === undefined) break;
    return { start: i, kind, isQuoted: line.trimStart().startsWith('>') };
  }
  return { start: blockStart, isQuoted: false };
}

/** The lines behind a block, without the `>` that every one of them carries in a quoting client. */
function bodyOf(lines: readonly string[]): string {
  const filled = lines.filter((line) => line.trim() !== '');
  const isQuoted = (filled[0] ?? '').startsWith('>');
  const body = isQuoted ? lines.map(unquotedOnce) : lines;
  return body
    .join('\n')
    .replace(/^\s*\n/, '')
    .trimEnd();
}

function unquotedOnce(line: string): string {
  return line.replace(/^>[ ]?/, '');
}

function trimComment(text: string): string | undefined {
  const lines = text.split('\n').map((line) => (isBlankLine(line) ? '' : line.trimEnd()));
  const trimmed = lines.join('\n').trim();
  const comment = unquoted(trimmed) === '' ? '' : trimmed.slice(0, limits.commentCharsMax);
  return comment === '' ? undefined : comment;
}

/** Marks that one client alone writes. */
function clientByMarks(marks: ReadonlySet<string>): string | undefined {
  if (marks.has('divrplyfwdmsg')) return 'outlook-web';
  if (marks.has('moz-forward-container') || marks.has('moz-email-headers-table'))
    return 'thunderbird';
  if (marks.has('gmail_quote') || marks.has('gmail_attr')) return 'gmail';
  if (marks.has('yahoo_quoted')) return 'yahoo';
  if (marks.has('wordsection1') || marks.has('msonormal')) return 'outlook';
  if (marks.has('type-cite')) return 'apple-mail';
  return undefined;
}

function clientBySeparator(kind: SeparatorKind | undefined): string | undefined {
  return kind === 'begin-forwarded' ? 'apple-mail' : undefined;
}
