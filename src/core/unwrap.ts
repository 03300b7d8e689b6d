/**
 * Finds the originals inside a mail: attached, inline, passed on by a rule, or the mail itself.
 *
 * Whatever is found was typed or carried by the forwarder and proves nothing: it is evidence about the
 * customer, never an address to reply to. Originals come outermost first; which of them is the notice
 * is `classify`'s to say.
 */
import { zoneOf } from './dates.ts';
import { clientOf } from './forward-client.ts';
import { stripSubjectPrefixes } from './forward-labels.ts';
import { type HtmlText, htmlToText } from './html-text.ts';
import {
  type FoundInline,
  findInlineOriginals,
  type TextLinks,
  trimComment,
} from './inline-originals.ts';
import * as limits from './limits.ts';
import type { Evidence, Mail, Original } from './mail.ts';
import { shown } from './normalize.ts';
import { firstValue } from './parse.ts';

export interface Unwrapped {
  /** Outermost first; the mail itself, at depth 0, comes last. */
  readonly originals: readonly Original[];
  /** Whether the mail passes a message on, rather than answering one. */
  readonly isForward: boolean;
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
  const attached = mail.attachedMails.flatMap((inner) => unwrapAttached(inner, 1, comment));
  if (attached.length > 0) note('attached', `${mail.attachedMails.length} attached message(s)`);
  const inline = unwrapInline(mail, bodies);
  if (inline.originals.length > 0) {
    note('inline', `${inline.originals.length} message(s) inside the text, ${inline.via}`);
  }
  for (const original of [...attached, ...inline.originals]) note('original', chainLine(original));
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
    text: content.text,
    links: content.links,
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
function selfOriginal(mail: Mail, content: TextLinks, wasRedirected: boolean): Original {
  const from = mail.from[0];
  return {
    how: wasRedirected ? 'redirect' : 'direct',
    depth: wasRedirected ? 1 : 0,
    ...(from === undefined ? {} : { from }),
    to: mail.to,
    ...(mail.cc.length === 0 ? {} : { cc: mail.cc }),
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
  const links: TextLinks['links'][number][] = [];
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
 * Reads text/plain and HTML both and keeps the better: the one that finds more originals, or reads more of
 * their fields; plain text at a draw. The links of the HTML are added, since those are what its reader clicks.
 */
function unwrapInline(mail: Mail, bodies: Bodies): InlineResult {
  const { html, plain } = bodies;
  const prefixes = stripSubjectPrefixes(mail.subject);
  const context = {
    zone: zoneOf(firstValue(mail.fields, 'date') ?? ''),
    forwardedAt: mail.date,
    languages: languagesOf(mail),
    outerSubject: prefixes.base,
    saysForward: prefixes.forwarded && !prefixes.replied,
  };
  const fromPlain = plain === undefined ? [] : findInlineOriginals(plain, context);
  const fromHtml = html === undefined ? [] : findInlineOriginals(html, context);
  const isHtmlBetter = completeness(fromHtml) > completeness(fromPlain);
  const best = isHtmlBetter ? fromHtml : fromPlain;
  const found = best.map(({ original, separator, separatorText }, index) => {
    const twin = fromHtml[index];
    const clicked = isHtmlBetter ? [] : (twin?.original.links ?? html?.links ?? []);
    const links = [...original.links, ...clicked.map(({ href, text }) => ({ href, text }))];
    const client = clientOf({
      fields: index === 0 ? mail.fields : [],
      html: marksWithin(html, twin?.header),
      ...(separator === undefined ? {} : { separator }),
      ...(separatorText === undefined ? {} : { separatorText }),
    });
    return {
      ...original,
      links: links.slice(0, limits.linksMax),
      ...(client === undefined ? {} : { client }),
    };
  });
  const first = best[0];
  const saysForward = first?.separator === 'forwarded' || first?.separator === 'begin-forwarded';
  const isAnswer = prefixes.replied && !prefixes.forwarded;
  return {
    originals: found,
    // An answer may quote a forward, and may hold one of its own.
    isForward: found.length > 0 && (!isAnswer || (saysForward && !first.isQuoted)),
    via: isHtmlBetter ? 'read from its HTML' : 'read from its plain text',
  };
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
  return found.reduce((sum, { original: { from, to, subject, date } }) => {
    const read = [from?.address ?? from?.name, from?.address, to[0], subject, date];
    return sum + 10 + read.filter((value) => value !== undefined).length;
  }, 0);
}
