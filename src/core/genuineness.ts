/**
 * Whether anything speaks against a notice being Microsoft's. Nothing here can prove that it is.
 *
 * `suspicious` needs a mark that a genuine notice never has; `doubtful` is whatever does not fit, and
 * is the desk's to judge, so that no customer is ever told that a genuine notice is a fake. Judged is what
 * the reader of the mail sees: both parts, what stands below, and what those wrote who passed it on.
 */
import { domainOf, isAligned, normalizeAddress, organizationalDomain } from './address.ts';
import { searchedCharsMax, shownCharsMax } from './limits.ts';
import { bareHostMarks, idsIn, isGenuineHost, type LinkScene, linkMarks } from './link-marks.ts';
import { hostOf } from './links.ts';
import type { Evidence, Link, Original } from './mail.ts';
import { countInterleaved, shown } from './normalize.ts';
import type { Genuineness, NoticeCatalog, NoticeFields } from './notice.ts';
import {
  aboutNoticeMarks,
  endOfNotice,
  hasHardlyText,
  type Mark,
  standsBelow,
  strong,
  weak,
  wordingMarks,
} from './notice-marks.ts';
import { disagreementMarks, ownText } from './part-marks.ts';
import {
  isOneOfTheirs,
  passedOnByStranger,
  passerMarks,
  type SenderScene,
  senderMarks,
} from './sender-marks.ts';

export interface Judgement {
  readonly verdict: Genuineness;
  /**
   * Where nothing speaks against the notice but that strangers passed it on: their addresses. Whether the
   * customer's record knows them is for `decide` to weigh.
   */
  readonly passedOnBy?: readonly string[];
  readonly evidence: readonly Evidence[];
}

export interface GenuinenessInput {
  readonly original: Original;
  readonly catalog: NoticeCatalog;
  /** Domain of whoever forwarded: links to it come from signatures and disclaimers below the original. */
  readonly forwarderDomain: string;
  /** Every original of the mail, outermost first: those around the notice were written by others. */
  readonly originals?: readonly Original[];
  /** What the notice says of itself: its own domain stands in its text. */
  readonly fields?: NoticeFields;
  /** Marks of the mail beside its text: attachments, forms. */
  readonly parts?: readonly Mark[];
}

/** Invisible characters between letters: a genuine notice has none. */
const interleavedSubjectMax = 2;
const interleavedTextMax = 15;

/** What is known while judging. */
interface Scene extends LinkScene, SenderScene {
  readonly original: Original;
  readonly links: readonly Link[];
  readonly around: readonly Original[];
  readonly hasGenuineLink: boolean;
}

export function judgeGenuineness(input: GenuinenessInput): Judgement {
  const { original } = input;
  const scene = sceneOf(input);
  const { text, links, around, hasGenuineLink } = scene;
  const marks = [
    ...senderMarks(original, scene),
    ...(original.below === undefined
      ? []
      : [weak('message-below', 'another message stands below the notice')]),
    ...wordingMarks(text, scene.end, hasGenuineLink).filter(isSeenIn(original.twin)),
    ...tornMarks(original.subject ?? '', text),
    ...links.flatMap((link) => linkMarks(link, scene)),
    ...bareHostMarks(scene),
    ...twinMarks(scene),
    ...around.flatMap((between) => betweenMarks(between, scene)),
    ...unreadMarks(scene),
    ...(input.parts ?? []),
  ];
  const verdict = verdictOf(marks);
  const strangers = marks.filter(({ code }) => code === passedOnByStranger);
  const isAllThere = strangers.length > 0 && strangers.length === marks.length;
  return {
    verdict,
    ...(isAllThere ? { passedOnBy: strangers.map(({ detail }) => detail) } : {}),
    evidence: [
      ...evidenceOf(marks),
      { stage: 'genuineness', code: verdict, detail: verdictSentence[verdict] },
    ],
  };
}

function sceneOf(input: GenuinenessInput): Scene {
  const { original, catalog, forwarderDomain, fields, originals = [] } = input;
  const { below, footer } = original;
  // Whoever wrote the notice may have written what follows it, header block and all.
  const body = below === undefined ? original.text : `${original.text}\n${below.text}`;
  const text = footer === undefined ? body : `${body}\n${footer}`;
  const end = below === undefined ? endOfNotice(body) : body.length;
  const isOwn = (domain: string): boolean => domain !== '' && !isShared(domain, catalog);
  const recipients = [...original.to, ...(original.cc ?? [])]
    .flatMap(({ address }) => address ?? [])
    .map(normalizeAddress);
  const named = [...recipients.map(domainOf), fields?.tenantDomain ?? ''].filter(isOwn);
  const links = [...original.links, ...(below?.links ?? [])];
  const around = aroundNotice(originals, original);
  return {
    original,
    catalog,
    text,
    end,
    links,
    recipients,
    ids: idsIn(text),
    around,
    hasGenuineLink: links.some(({ href }) => isGenuineHost(hostOf(href) ?? '', catalog)),
    isBelow: placeOf(original, around, { text, end }),
    isForwarders: (host) => isOwn(forwarderDomain) && isAligned(host, forwarderDomain),
    isNamed: (host) =>
      isTheName(host, fields?.organization) || named.some((domain) => isAligned(host, domain)),
    // Whom the block names as recipient was typed by whoever passed it on.
    isRecipients: (address) =>
      isOwn(fields?.tenantDomain ?? '') && isAligned(domainOf(address), fields?.tenantDomain ?? ''),
  };
}

/** An organisation may be called like its site (`Example.com Ltd`); a sentence there is no name. */
function isTheName(host: string, organization = ''): boolean {
  const words = organization.toLowerCase().split(/\s+/, 4);
  return words.length <= 3 && words.includes(host);
}

/**
 * Tells the links that are the forwarder's: by the text or, for what only the other part shows, by that, where
 * they stand below the notice or among his own words above it.
 */
function placeOf(
  original: Original,
  around: readonly Original[],
  { text, end }: { readonly text: string; readonly end: number },
): (link: Link) => boolean {
  const { twin } = original;
  if (twin === undefined) return (link) => standsBelow(link, text, end);
  const own = ownText(original, around, twin);
  const ownEnd = endOfNotice(own);
  return (link) => {
    if (standsBelow(link, text, 0)) return standsBelow(link, text, end);
    return standsBelow(link, own, 0)
      ? standsBelow(link, own, ownEnd)
      : standsBelow(link, twin.text, 0);
  };
}

/** The originals that hold the notice, innermost first. They stand before it, each less deep than the next. */
function aroundNotice(originals: readonly Original[], notice: Original): Original[] {
  const around: Original[] = [];
  let { depth } = notice;
  for (let at = originals.indexOf(notice) - 1; at >= 0 && depth > 1; at -= 1) {
    const other = originals[at];
    if (other === undefined || other.depth >= depth) continue;
    around.push(other);
    depth = other.depth;
  }
  return around;
}

/** A part without text is no picture where the other one has text: that they disagree is another mark. */
function isSeenIn(twin: Original['twin']): (mark: Mark) => boolean {
  const isTextElsewhere = twin !== undefined && !hasHardlyText(twin.text);
  return ({ code }) => code !== 'no-text' || !isTextElsewhere;
}

/** What the other part of the mail shows: its author and its words. Its links are among the original's. */
function twinMarks(scene: Scene): Mark[] {
  const { original, around, hasGenuineLink } = scene;
  const { twin } = original;
  if (twin === undefined) return [];
  const text = ownText(original, around, twin);
  const end = endOfNotice(text);
  return [
    ...(twin.from === undefined ? [] : senderMarks({ ...original, from: twin.from }, scene)),
    ...disagreementMarks(original, twin, text),
    ...wordingMarks(text, end, hasGenuineLink).filter(({ code }) => code !== 'no-text'),
    ...tornMarks(twin.subject ?? '', text),
    ...bareHostMarks({ ...scene, text, end }),
  ];
}

/** An original between the notice and the forwarder: who wrote it, and what he wrote. */
function betweenMarks(between: Original, scene: Scene): Mark[] {
  const isTheirs = isOneOfTheirs(between, scene);
  const { twin } = between;
  const texts = [between.text, twin === undefined ? '' : ownText(between, scene.around, twin)];
  const isBelow = (): boolean => isTheirs;
  return [
    ...passerMarks(between, scene),
    ...texts.flatMap((text) => aboutNoticeMarks(text)),
    ...between.links.flatMap((link) => linkMarks(link, { ...scene, isBelow })),
    ...texts.flatMap((text) => {
      const end = isTheirs ? 0 : text.length;
      return bareHostMarks({ ...scene, text, end });
    }),
  ];
}

function unreadMarks({ original, around, text }: Scene): Mark[] {
  const isUnread =
    text.length > searchedCharsMax ||
    [original, ...around].some(
      ({ incomplete, twin }) => incomplete === true || (twin?.text.length ?? 0) > searchedCharsMax,
    );
  return isUnread ? [weak('not-all-read', 'the mail holds more text or links than are read')] : [];
}

const verdictSentence: Readonly<Record<Genuineness, string>> = {
  genuine: 'nothing speaks against it, which is no proof',
  doubtful: 'something does not fit a genuine notice',
  suspicious: 'it imitates a notice',
};

function verdictOf(marks: readonly Mark[]): Genuineness {
  if (marks.some(({ isStrong }) => isStrong)) return 'suspicious';
  return marks.length > 0 ? 'doubtful' : 'genuine';
}

/** Strong ones first; the same host often stands behind ten links, and one line is enough. */
function evidenceOf(marks: readonly Mark[]): Evidence[] {
  const sorted = [
    ...marks.filter((mark) => mark.isStrong),
    ...marks.filter((mark) => !mark.isStrong),
  ];
  const seen = new Map<string, Evidence>();
  for (const { code, detail } of sorted) {
    const entry = { stage: 'genuineness', code, detail: shown(detail, shownCharsMax) };
    seen.set(`${entry.code} ${entry.detail}`, entry);
  }
  return [...seen.values()].slice(0, 20);
}

function tornMarks(subject: string, text: string): Mark[] {
  const isTorn =
    countInterleaved(subject) > interleavedSubjectMax ||
    countInterleaved(text) > interleavedTextMax;
  return isTorn
    ? [strong('invisible-characters', 'letters are torn apart by invisible characters')]
    : [];
}

/**
 * Whether anybody can have an address at a domain: one of the list, or a name below one. A tenant's own name below
 * `onmicrosoft.com` is one organisation's, as is every name below a suffix of which each has an owner.
 */
export function isShared(domain: string, catalog: NoticeCatalog): boolean {
  const name = domain.toLowerCase().replace(/\.$/, '');
  const labels = name.split('.');
  const ownLabels = organizationalDomain(name).split('.').length;
  return labels
    .slice(0, Math.max(1, labels.length - ownLabels + 1))
    .some((_, above) => catalog.sharedDomains.includes(labels.slice(above).join('.')));
}
