/**
 * Finds the originals inside a mail: attached, inline, passed on by a rule, or the mail itself.
 *
 * Whatever is found was typed or carried by the forwarder and proves nothing: it is evidence about the
 * customer, never an address to reply to. Originals come outermost first; which of them is the notice
 * is `classify`'s to say.
 */

import { answersSomebody } from './answers.ts';
import { zoneOf } from './dates.ts';
import { clientOf } from './forward-client.ts';
import { stripSubjectPrefixes } from './forward-labels.ts';
import type { HtmlText } from './html-text.ts';
import {
  type FoundInline,
  findInlineOriginals,
  type TextLinks,
  trimComment,
} from './inline-originals.ts';
import * as limits from './limits.ts';
import type { Evidence, Link, Mail, Original } from './mail.ts';
import { type Bodies, type Content, contentOf, mergeLinks, readBodies } from './mail-bodies.ts';
import { shown } from './normalize.ts';
import { firstValue } from './parse.ts';

export interface Unwrapped {
  /** Outermost first; the mail itself, at depth 0, comes last. */
  readonly originals: readonly Original[];
  /** Whether the mail passes a message on, rather than answering one. */
  readonly isForward: boolean;
  /** Whether its text answers somebody: what it then holds inline was quoted, not forwarded. */
  readonly isAnswer: boolean;
  readonly evidence: readonly Evidence[];
}

/** Unwraps a mail whose subject and text are decoded. Never throws. */
export function unwrap(mail: Mail, wasRedirected: boolean): Unwrapped {
  const evidence: Evidence[] = [];
  const note = (code: string, detail: string): void => {
    evidence.push({ stage: 'unwrap', code, detail });
  };
  const bodies = readBodies(mail);
  const comment = trimComment(contentOf(bodies).text.split('\n'));
  const attached = mail.attachedMails.flatMap((inner, attachedIndex) => {
    const [outer, ...inside] = unwrapAttached(inner, 1, comment);
    return outer === undefined ? inside : [{ ...outer, attachedIndex }, ...inside];
  });
  if (attached.length > 0) note('attached', `${mail.attachedMails.length} attached message(s)`);
  const inline = unwrapInline(mail, bodies);
  if (inline.originals.length > 0) {
    note('inline', `${inline.originals.length} message(s) inside the text, ${inline.via}`);
  }
  for (const original of [...attached, ...inline.originals]) note('original', chainLine(original));
  const prefixes = stripSubjectPrefixes(mail.subject);
  const { isAnswer } = inline;
  const isForward = attached.length > 0 || (inline.originals.length > 0 && !isAnswer);
  if (isAnswer) note('answer', 'the mail answers somebody; what it quotes was not forwarded by it');
  const self = selfOriginal(mail, contentOf(bodies), wasRedirected);
  if (attached.length === 0 && inline.originals.length === 0) {
    note(
      'none',
      prefixes.forwarded ? 'the subject says forward, but nothing is inside' : 'no message inside',
    );
  }
  return { originals: [...attached, ...inline.originals, self], isForward, isAnswer, evidence };
}

/** One link of the chain of forwards, for people. */
function chainLine({ depth, how, from, subject, client }: Original): string {
  const author = from?.address ?? from?.name ?? 'nobody';
  const by = client === undefined ? '' : `, forwarded with ${client}`;
  return shown(
    `depth ${depth}, ${how}, from ${author}: “${subject ?? ''}”${by}`,
    limits.shownCharsMax,
  );
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
    ...(inner.cc.length === 0 ? {} : { cc: inner.cc }),
    ...(inner.subject === '' ? {} : { subject: inner.subject }),
    ...(inner.date === undefined ? {} : { date: inner.date }),
    ...ownText(content),
    ...(comment === undefined ? {} : { comment }),
  };
  const own = trimComment(content.text.split('\n'));
  const deeper = inner.attachedMails.flatMap((mail) => unwrapAttached(mail, depth + 1, own));
  const inline = unwrapInline(inner, bodies).originals.map((found) => ({
    ...found,
    depth: found.depth + depth,
  }));
  return [original, ...deeper, ...inline];
}

/** The mail itself: what counts when Microsoft is its author. */
function selfOriginal(mail: Mail, content: Content, wasRedirected: boolean): Original {
  const from = mail.from[0];
  return {
    how: wasRedirected ? 'redirect' : 'direct',
    depth: wasRedirected ? 1 : 0,
    ...(from === undefined ? {} : { from }),
    to: mail.to,
    ...(mail.cc.length === 0 ? {} : { cc: mail.cc }),
    ...(mail.subject === '' ? {} : { subject: mail.subject }),
    ...(mail.date === undefined ? {} : { date: mail.date }),
    ...ownText(content),
  };
}

/** What an attached message, or the mail itself, says. */
function ownText(content: Content): Pick<Original, 'text' | 'links' | 'twin' | 'incomplete'> {
  return {
    text: content.text,
    links: withoutOffsets(content),
    ...(content.twin === undefined ? {} : { twin: content.twin }),
    ...(content.isCut ? { incomplete: true } : {}),
  };
}

interface InlineResult {
  readonly originals: readonly Original[];
  readonly isAnswer: boolean;
  readonly via: string;
}

/**
 * Reads text/plain and HTML both and keeps the better: the one that finds more originals, or reads more of
 * their fields; plain text at a draw. What the other shows goes along, since readers differ in which they see.
 */
function unwrapInline(mail: Mail, bodies: Bodies): InlineResult {
  const { html, plain } = bodies;
  const prefixes = stripSubjectPrefixes(mail.subject);
  const context = {
    zone: zoneOf(firstValue(mail.fields, 'date') ?? ''),
    forwardedAt: mail.date,
    languages: languagesOf(mail),
    outerSubject: prefixes.base,
    saysForward: prefixes.first === 'forwarded',
  };
  const fromPlain = plain === undefined ? [] : findInlineOriginals(plain, context);
  const fromHtml = html === undefined ? [] : findInlineOriginals(html, context);
  const isHtmlBetter = completeness(fromHtml) > completeness(fromPlain);
  const [best, others, other] = isHtmlBetter
    ? [fromHtml, fromPlain, plain]
    : [fromPlain, fromHtml, html];
  const found = best.map(({ original, separator, separatorText }, index) => {
    const client = clientOf({
      fields: index === 0 ? mail.fields : [],
      html: marksWithin(html, fromHtml[index]?.header),
      ...(separator === undefined ? {} : { separator }),
      ...(separatorText === undefined ? {} : { separatorText }),
    });
    const part = isHtmlBetter ? 'plain' : 'html';
    const whole = withTwin(original, others[index]?.original, { part, content: other });
    return {
      ...whole,
      ...(bodies.isCut ? { incomplete: true as const } : {}),
      ...(client === undefined ? {} : { client }),
    };
  });
  return {
    originals: found,
    isAnswer: answersSomebody(prefixes, best),
    via: isHtmlBetter ? 'read from its HTML' : 'read from its plain text',
  };
}

interface OtherPart {
  readonly part: 'plain' | 'html';
  readonly content: TextLinks | undefined;
}

/** An original with what the other part shows of it, or with all of that part where it shows none. */
function withTwin(
  original: Original,
  twin: Original | undefined,
  { part, content: other }: OtherPart,
): Original {
  // A page without a word may be a picture; a text/plain without one is only not filled in.
  if (other === undefined || (part === 'plain' && other.text.trim() === '')) return original;
  const { links, isCut } = mergeLinks(original.links, twin?.links ?? withoutOffsets(other));
  // A client may show only the name and keep the address behind it.
  const named = original.from?.address === undefined ? twin?.from?.address : undefined;
  const { from, subject } = twin ?? {};
  return {
    ...original,
    ...(named === undefined ? {} : { from: { ...original.from, address: named } }),
    links,
    twin: {
      part,
      text: twin?.text ?? other.text,
      ...(from === undefined ? {} : { from }),
      ...(subject === undefined ? {} : { subject }),
    },
    ...(isCut ? { incomplete: true } : {}),
  };
}

function withoutOffsets({ links }: TextLinks): Link[] {
  return links.map(({ href, text }) => ({ href, text }));
}

/** RFC 3282 §2, §3: what the author wrote in, and what he reads. */
function languagesOf({ fields }: Mail): string[] {
  return ['content-language', 'accept-language'].flatMap((name) =>
    (firstValue(fields, name) ?? '')
      .slice(0, 200)
      .split(',')
      .map((tag) => tag.split(';', 1)[0]?.trim() ?? '')
      .filter((tag) => tag !== ''),
  );
}

/** The ids and classes of a part of the HTML. Without knowing the part, none: another client may have left them. */
function marksWithin(
  html: HtmlText | undefined,
  part: FoundInline['header'] | undefined,
): string[] {
  if (html === undefined || part === undefined) return [];
  return html.marks
    .filter(({ offset }) => offset >= part.start && offset < part.end)
    .map(({ name }) => name);
}

/** One more original outweighs every field of the others. */
function completeness(found: readonly FoundInline[]): number {
  return found.reduce((sum, { original: { from, to, subject, date, text } }) => {
    const read = [from?.address ?? from?.name, from?.address, to[0], subject, date];
    const filled = read.filter((value) => value !== undefined).length;
    return sum + 10 + filled + (text.trim() === '' ? 0 : 1);
  }, 0);
}
