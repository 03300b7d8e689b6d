/**
 * Whether anything speaks against a notice being Microsoft's. Nothing here can prove that it is.
 *
 * `suspicious` needs a mark that a genuine notice never has; `doubtful` is whatever does not fit, and
 * is the desk's to judge, so that no customer is ever told that a genuine notice is a fake.
 */
import { domainOf, isAligned, isWithinDomain } from './address.ts';
import { isFromMicrosoft } from './classify.ts';
import { shownCharsMax } from './limits.ts';
import { carriesHost, isLinkGateway } from './link-gateways.ts';
import { hostOf, isScript, isUnreadable, shownHosts, userOf } from './links.ts';
import { imitatesMicrosoft } from './look-alike.ts';
import type { Evidence, Link, Original } from './mail.ts';
import { countInterleaved, shown } from './normalize.ts';
import type { Genuineness, NoticeCatalog } from './notice.ts';
import { endOfNotice, isFooterLink, type Mark, standsBelow, wordingMarks } from './notice-marks.ts';

export interface Judgement {
  readonly verdict: Genuineness;
  readonly evidence: readonly Evidence[];
}

export interface GenuinenessInput {
  readonly original: Original;
  readonly catalog: NoticeCatalog;
  /** Domain of whoever forwarded: links to it come from signatures and disclaimers below the original. */
  readonly forwarderDomain: string;
  /** Marks of the mail beside its text: attachments, forms. */
  readonly parts?: readonly Mark[];
}

/** Invisible characters between letters: a genuine notice has none. */
const interleavedSubjectMax = 2;
const interleavedTextMax = 15;

/** What is known while judging. */
interface Scene extends GenuinenessInput {
  readonly text: string;
  /** Where the notice ends in the text; what stands behind is the forwarder's footer. */
  readonly end: number;
  readonly isForwarders: (host: string) => boolean;
}

export function judgeGenuineness(input: GenuinenessInput): Judgement {
  const { original, catalog, forwarderDomain } = input;
  const { below } = original;
  // Whoever wrote the notice may have written what follows it, header block and all.
  const text = below === undefined ? original.text : `${original.text}\n${below.text}`;
  const scene: Scene = {
    ...input,
    text,
    end: below === undefined ? endOfNotice(text) : text.length,
    isForwarders: (host) =>
      forwarderDomain !== '' &&
      !isShared(forwarderDomain, catalog) &&
      isAligned(host, forwarderDomain),
  };
  const links = [...original.links, ...(below?.links ?? [])];
  const hasGenuineLink = links.some(({ href }) => isGenuineHost(hostOf(href) ?? '', catalog));
  const marks = [
    ...senderMarks(scene),
    ...(below === undefined
      ? []
      : [weak('message-below', 'another message stands below the notice')]),
    ...wordingMarks(text, scene.end, hasGenuineLink),
    ...tornMarks(original.subject ?? '', text),
    ...links.flatMap((link) => linkMarks(link, scene)),
    ...(input.parts ?? []),
  ];
  const verdict = verdictOf(marks);
  return {
    verdict,
    evidence: [
      ...evidenceOf(marks),
      { stage: 'genuineness', code: verdict, detail: verdictSentence[verdict] },
    ],
  };
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

const strong = (code: string, detail: string): Mark => ({ code, detail, isStrong: true });
const weak = (code: string, detail: string): Mark => ({ code, detail, isStrong: false });

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

/** A typed name without an address says nothing either way: Outlook often writes only the name. */
function senderMarks({ original, catalog, isForwarders }: Scene): Mark[] {
  const { name = '', address } = original.from ?? {};
  if (address === undefined) {
    const isKnown = name === '' || /microsoft|office 365/i.test(name);
    return isKnown ? [] : [weak('sender-elsewhere', name)];
  }
  if (isFromMicrosoft(original, catalog)) return [];
  const imitation = imitatesMicrosoft(name) || imitatesMicrosoft(domainOf(address));
  // Groups and lists rewrite their authors: `'Microsoft' via Office <office@contoso.example>`.
  const isRewritten = isForwarders(domainOf(address)) || /^['"]?microsoft.{0,60} via /i.test(name);
  return imitation && !isRewritten
    ? [strong('sender-imitates-microsoft', `${name} <${address}>`)]
    : [weak('sender-elsewhere', address)];
}

function linkMarks(link: Link, scene: Scene): Mark[] {
  const { catalog } = scene;
  if (isScript(link.href)) return [strong('link-runs-script', link.href)];
  if (isUnreadable(link.href)) return [weak('link-unreadable', link.href)];
  const host = hostOf(link.href);
  if (host === undefined) return [];
  const user = userOf(link.href);
  if (user !== undefined && imitatesMicrosoft(user) && !isGenuineHost(host, catalog))
    return [strong('link-imitates-microsoft', `${user}@${host}`)];
  if (isGenuineHost(host, catalog) || isNeutral(host, catalog) || scene.isForwarders(host))
    return [];
  if (isLinkGateway(host)) return [weak('link-behind-gateway', host)];
  const found = foreignLinkMark(link, host, catalog);
  if (!standsBelow(link, scene.text, scene.end)) return [found];
  // Below the notice stand the forwarder's own lines: a site's name, an imprint, a banner.
  if (found.isStrong) return [weak(found.code, found.detail)];
  return isFooterLink(link) ? [] : [found];
}

function foreignLinkMark(link: Link, host: string, catalog: NoticeCatalog): Mark {
  if (/^[\d.]+$|^\[/.test(host)) return strong('link-to-ip-address', host);
  if (imitatesMicrosoft(host) && !isOwned(host, catalog))
    return strong('link-imitates-microsoft', host);
  const shownOfMicrosoft = shownHosts(link.text).find(
    (other) => isGenuineHost(other, catalog) || imitatesMicrosoft(other),
  );
  if (shownOfMicrosoft === undefined) return weak('link-elsewhere', host);
  const detail = `${link.text} leads to ${host}`;
  // A gateway that is unknown here has the shown target inside its own link.
  return carriesHost(link.href, shownOfMicrosoft)
    ? weak('link-behind-gateway', detail)
    : strong('link-shows-another-site', detail);
}

function isGenuineHost(host: string, catalog: NoticeCatalog): boolean {
  return catalog.linkHosts.some((genuine) => isWithinDomain(host, genuine));
}

function isNeutral(host: string, catalog: NoticeCatalog): boolean {
  return catalog.neutralHosts.some((neutral) => isWithinDomain(host, neutral));
}

function isOwned(host: string, catalog: NoticeCatalog): boolean {
  return catalog.ownedDomains.some((domain) => isWithinDomain(host, domain));
}

export function isShared(domain: string, catalog: NoticeCatalog): boolean {
  return catalog.sharedDomains.includes(domain.toLowerCase());
}
