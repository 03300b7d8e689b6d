/**
 * Finds the messages that a forwarder's client copied into a text: each below a header block, one inside
 * the other.
 *
 * Plain text and HTML come here in the same form, as text with links. One pass: each search starts behind
 * the last block, and each original ends where the next begins, so that two notices in one mail are never
 * read as one.
 */
import type { Address } from './address.ts';
import { readAttribution } from './attribution.ts';
import { blockLanguage } from './block-language.ts';
import { layOutBlocks } from './block-layout.ts';
import { parseDateTime } from './dates.ts';
import { containerMarks } from './forward-client.ts';
import { type SeparatorKind, separatorOf } from './forward-labels.ts';
import { settleDate } from './forwarded-date.ts';
import { BlockLines, type HeaderBlock, readLabelledBlock } from './header-block.ts';
import type { Mark } from './html-text.ts';
import * as limits from './limits.ts';
import type { Link, Original } from './mail.ts';
import { readShapedBlock } from './shaped-block.ts';
import { isBlank, readLines, type TextLine, unquote } from './text-lines.ts';
import { readTypedAddresses } from './typed-addresses.ts';
import { hasDay } from './value-shape.ts';

/** A text with the places where its links stand. */
export interface TextLinks {
  readonly text: string;
  readonly links: readonly (Link & { readonly offset: number })[];
  /** Ids and classes of its elements; HTML only. */
  readonly marks?: readonly Mark[];
}

export interface InlineContext {
  /** The zone of the mail's own Date field, in minutes east of UTC: for dates that name none. */
  readonly zone: number;
  /** The mail's own date. */
  readonly forwardedAt: Date | undefined;
  /** The languages that the mail says its author reads or writes, for labels that several share. */
  readonly languages: readonly string[];
  /** The subject of the mail without its prefixes. */
  readonly outerSubject: string;
  /** Whether the subject says forward, and not answer. */
  readonly saysForward: boolean;
}

export interface FoundInline {
  readonly original: Original;
  /** The part of the text that its forwarder's client wrote: from the end of the last block to that of this one. */
  readonly header: { readonly start: number; readonly end: number };
  readonly separator?: SeparatorKind;
  readonly separatorText?: string;
  /** Whether the separator is itself inside a quotation. */
  readonly isQuoted: boolean;
}

/** Every message inside a text, outermost first. */
export function findInlineOriginals(content: TextLinks, context: InlineContext): FoundInline[] {
  const reader = new BlockLines(layOutBlocks(readLines(content.text), context.outerSubject));
  const { lines } = reader;
  const blocks: FoundBlock[] = [];
  let from = 0;
  while (blocks.length < limits.inlineDepthMax) {
    const block = findBlock(reader, from, { ...context, content, isFirst: blocks.length === 0 });
    if (block === undefined) break;
    blocks.push({ block, from, above: separatorAbove(lines, block.start, from) });
    from = block.end;
  }
  return blocks.map((found, index) => {
    const end = blocks[index + 1]?.above.start ?? lines.length;
    const { kind: separator, isQuoted, text } = found.above;
    const place = { content, lines, end, depth: index + 1, outer: blocks[index - 1]?.block };
    return {
      original: inlineOriginal(found, place, context),
      header: { start: offsetOf(place, found.from), end: offsetOf(place, found.block.end) },
      isQuoted,
      ...(separator === undefined ? {} : { separator }),
      ...(text === undefined ? {} : { separatorText: text }),
    };
  });
}

interface FoundBlock {
  readonly block: HeaderBlock;
  /** Where what its forwarder wrote begins. */
  readonly from: number;
  readonly above: Above;
}

interface SearchContext extends InlineContext {
  readonly content: TextLinks;
  readonly isFirst: boolean;
}

function findBlock(
  reader: BlockLines,
  from: number,
  context: SearchContext,
): HeaderBlock | undefined {
  for (let i = from; i < reader.lines.length; i += 1) {
    if (reader.isBlank(i)) continue;
    const block =
      readLabelledBlock(reader, i, context.outerSubject) ?? shapedBlock(reader, i, context);
    if (block !== undefined) return block;
    if (!context.isFirst || !context.saysForward) continue;
    const attribution = readAttribution(reader.lines, i);
    if (attribution !== undefined) return attributedBlock(attribution, context.outerSubject);
  }
  return undefined;
}

function shapedBlock(
  reader: BlockLines,
  start: number,
  { outerSubject, content }: SearchContext,
): HeaderBlock | undefined {
  const isBelowSeparator = (): boolean =>
    separatorAbove(reader.lines, start, Math.max(0, start - 4)).start < start ||
    opensContainer(content, reader.lines[start]?.offset ?? 0);
  const shaped = readShapedBlock(reader, start, { outerSubject, isBelowSeparator });
  if (shaped === undefined) return undefined;
  // Lines that merely look like labels may stand right above a block whose labels are known.
  for (let i = start + 1; i < shaped.end; i += 1) {
    if (readLabelledBlock(reader, i, outerSubject) !== undefined) return undefined;
  }
  return shaped;
}

/** Whether a client's own element begins right above a place in the text. */
function opensContainer({ text, marks = [] }: TextLinks, offset: number): boolean {
  return marks.some(
    ({ name, offset: start }) =>
      start <= offset &&
      offset - start < 200 &&
      containerMarks.has(name) &&
      text.slice(start, offset).trim() === '',
  );
}

/** An attribution names no subject: its client takes the mail's from it and puts a prefix before. */
function attributedBlock(
  { start, end, from, date }: NonNullable<ReturnType<typeof readAttribution>>,
  subject: string,
): HeaderBlock {
  const values = { from, date, subject };
  return { start, end, values, order: [], labels: [], by: 'attribution' };
}

interface Above {
  /** Where the separator begins; the block itself where there is none. */
  readonly start: number;
  readonly kind?: SeparatorKind;
  readonly text?: string;
  readonly isQuoted: boolean;
}

/** The separator line above a block, looking back over blank lines. */
function separatorAbove(lines: readonly TextLine[], blockStart: number, from: number): Above {
  for (let i = blockStart - 1; i >= Math.max(from, blockStart - 6); i -= 1) {
    const line = lines[i];
    if (line === undefined || isBlank(line)) continue;
    const kind = separatorOf(line.text);
    if (kind === undefined && !isRuled(line.text) && !isDated(line)) break;
    return {
      start: i,
      isQuoted: line.quoteDepth > 0,
      text: line.text,
      ...(kind === undefined ? {} : { kind }),
    };
  }
  return { start: blockStart, isQuoted: false };
}

/** Words between dashes, in a language that nobody listed. */
function isRuled(text: string): boolean {
  return (
    text.length <= 120 &&
    /^[-–—=_]{3}/.test(text) &&
    /[-–—=_]{3}$/.test(text) &&
    /\p{L}/u.test(text)
  );
}

/** Orange puts the date above the block, inside its quotation: `> Message du 19/03/26 13:34`. */
function isDated(line: TextLine): boolean {
  return line.quoteDepth > 0 && line.text.length <= 80 && hasDay(line.text);
}

interface Place {
  readonly content: TextLinks;
  readonly lines: readonly TextLine[];
  /** Index of the first line behind the original. */
  readonly end: number;
  readonly depth: number;
  /** The block of the forward around this one, whose quotation marks its comment carries. */
  readonly outer: HeaderBlock | undefined;
}

function offsetOf({ content, lines }: Place, line: number): number {
  return lines[line]?.offset ?? content.text.length;
}

function inlineOriginal(
  { block, from: commentStart, above }: FoundBlock,
  place: Place,
  { zone, forwardedAt, languages }: InlineContext,
): Original {
  const { content, lines, end, depth, outer } = place;
  const offsetAt = (line: number): number => offsetOf(place, line);
  const isLast = end >= lines.length;
  const { own: body, footer } = withoutFooter(lines.slice(block.end, end), block, lines);
  const levels = quoteLevels(block, lines, body);
  const written = lines.slice(commentStart, above.start);
  const comment = trimComment(
    unquote(
      written.map(({ raw }) => raw),
      outer === undefined ? 0 : quoteLevels(outer, lines, written),
    ),
  );
  const from = withTarget(readTypedAddresses(block.values.from ?? '')[0], content, {
    start: offsetAt(block.start),
    end: offsetAt(block.end),
  });
  const cc = readTypedAddresses(block.values.cc ?? '');
  const subject = block.values.subject?.replace(/\s+/g, ' ').trim();
  const typedDate = block.values.date ?? above.text ?? '';
  const language = blockLanguage(block.labels, languages);
  const date = parseDateTime(settleDate(typedDate, forwardedAt), zone);
  return {
    how: 'inline',
    depth,
    ...(from === undefined ? {} : { from }),
    to: readTypedAddresses(block.values.to ?? ''),
    ...(cc.length === 0 ? {} : { cc }),
    ...(subject === undefined || subject === '' ? {} : { subject }),
    ...(date === undefined ? {} : { date }),
    text: bodyText(body, levels, block),
    ...(footer === '' ? {} : { footer }),
    links: linksWithin(
      content,
      offsetAt(block.end),
      isLast ? Number.POSITIVE_INFINITY : offsetAt(end),
    ),
    ...(isLast
      ? {}
      : {
          below: {
            text: content.text.slice(offsetAt(end)),
            links: linksWithin(content, offsetAt(end), Number.POSITIVE_INFINITY),
          },
        }),
    ...(comment === undefined ? {} : { comment }),
    ...(language === undefined ? {} : { language }),
  };
}

/** `<a href="mailto:…">Microsoft</a>`: the address that a block shows only behind its name. */
function withTarget(
  from: Partial<Address> | undefined,
  { links }: TextLinks,
  { start, end }: { readonly start: number; readonly end: number },
): Partial<Address> | undefined {
  if (from?.name === undefined || from.address !== undefined) return from;
  const target = links.find(
    ({ href, text, offset }) =>
      offset >= start && offset < end && /^mailto:/i.test(href) && text.trim() === from.name,
  );
  const typed = readTypedAddresses(target?.href.slice('mailto:'.length).split('?', 1)[0] ?? '')[0];
  return typed?.address === undefined ? from : { ...from, address: typed.address };
}

function linksWithin({ links }: TextLinks, from: number, end: number): Link[] {
  return links
    .filter(({ offset }) => offset >= from && offset < end)
    .map(({ href, text }) => ({ href, text }));
}

/** How many `>` the block's client put before each line; some quote only what follows the block. */
function quoteLevels(
  block: HeaderBlock,
  lines: readonly TextLine[],
  body: readonly TextLine[],
): number {
  const ofBlock = lines[block.start]?.quoteDepth ?? 0;
  const first = body.find((line) => line.raw.trim() !== '');
  return ofBlock > 0 ? ofBlock : Math.min(1, first?.quoteDepth ?? 0);
}

/** The lines behind a block as their author wrote them. */
function bodyText(body: readonly TextLine[], levels: number, block: HeaderBlock): string {
  const lines = unquote(
    body.map(({ raw }) => raw),
    levels,
  );
  const text = (block.by === 'attribution' ? withoutIndent(lines) : lines).join('\n');
  return text.replaceAll('\uFEFF', '').trim();
}

/**
 * What stands unquoted behind a quoted original is the forwarder's signature. A line that a client folded
 * without quoting it anew follows directly, and still belongs.
 */
function withoutFooter(
  body: readonly TextLine[],
  block: HeaderBlock,
  lines: readonly TextLine[],
): { readonly own: readonly TextLine[]; readonly footer: string } {
  const lastQuoted = body.findLastIndex(({ quoteDepth }) => quoteDepth > 0);
  const blank = body.findIndex((line, index) => index > lastQuoted && line.raw.trim() === '');
  if (quoteLevels(block, lines, body) === 0 || lastQuoted < 0 || blank < 0)
    return { own: body, footer: '' };
  const footer = body.slice(blank).map(({ raw }) => raw);
  return { own: body.slice(0, blank), footer: footer.join('\n').trim() };
}

/** Outlook 2019 indents what it forwards by four spaces. */
function withoutIndent(lines: readonly string[]): readonly string[] {
  const isIndented = lines.every((line) => line.trim() === '' || /^(?: {4}|\t)/.test(line));
  return isIndented ? lines.map((line) => line.replace(/^(?: {4}|\t)/, '')) : lines;
}

/** What the forwarder wrote, as one text; undefined where it is nothing but marks. */
export function trimComment(lines: readonly string[]): string | undefined {
  const isEmpty = (line: string): boolean => /^[>\s\uFEFF\u200B-\u200F]*$/.test(line);
  const first = lines.findIndex((line) => !isEmpty(line));
  const last = lines.findLastIndex((line) => !isEmpty(line));
  if (first < 0) return undefined;
  return lines
    .slice(first, last + 1)
    .map((line) => line.trimEnd())
    .join('\n')
    .trim()
    .slice(0, limits.commentCharsMax);
}
