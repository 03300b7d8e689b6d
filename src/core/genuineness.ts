/**
 * Whether anything speaks against a notice being Microsoft's. Nothing here can prove that it is.
 *
 * `suspicious` needs a mark that a genuine notice never has; `doubtful` is whatever does not fit, and
 * is the desk's to judge, so that no customer is ever told that a genuine notice is a fake.
 */
import { domainOf, isAligned, isWithinDomain } from './address.ts';
import { isFromMicrosoft } from './classify.ts';
import { shownCharsMax } from './limits.ts';
import { hostOf, imitatesMicrosoft, isLinkGateway, showsAnotherHost } from './links.ts';
import type { Evidence, Original } from './mail.ts';
import { countInterleaved, shown } from './normalize.ts';
import type { Genuineness, NoticeCatalog } from './notice.ts';

export interface Judgement {
  readonly verdict: Genuineness;
  readonly evidence: readonly Evidence[];
}

export interface GenuinenessInput {
  readonly original: Original;
  readonly catalog: NoticeCatalog;
  /** Domain of whoever forwarded: links to it come from signatures and disclaimers below the original. */
  readonly forwarderDomain: string;
}

/** Invisible characters between letters: a genuine notice has none. */
const interleavedSubjectMax = 2;
const interleavedTextMax = 15;

// Microsoft's own servers were made to send texts whose only purpose is a stranger's number (docs/notices.md).
const askToCall =
  /\b(?:call|dial|ring|rufen|appelez|llame)\b[^\n.:]{0,60}?\+?\(?\d[\d ().-]{6,20}\d/iu;

export function judgeGenuineness({
  original,
  catalog,
  forwarderDomain,
}: GenuinenessInput): Judgement {
  const strong: Evidence[] = [];
  const weak: Evidence[] = [];
  const note = (list: Evidence[], code: string, detail: string): void => {
    list.push({ stage: 'genuineness', code, detail: shown(detail, shownCharsMax) });
  };
  const isForwarders = (host: string): boolean =>
    forwarderDomain !== '' &&
    !isShared(forwarderDomain, catalog) &&
    isAligned(host, forwarderDomain);
  judgeSender(
    original,
    catalog,
    isForwarders,
    (code, detail) => note(strong, code, detail),
    (code, detail) => note(weak, code, detail),
  );
  // Whoever wrote the notice may have written what follows it, header block and all.
  const { below } = original;
  if (below !== undefined) note(weak, 'message-below', 'another message stands below the notice');
  const text = below === undefined ? original.text : `${original.text}\n${below.text}`;
  const asked = askToCall.exec(text)?.[0];
  if (asked !== undefined) note(weak, 'asks-to-call', asked);
  const torn =
    countInterleaved(original.subject ?? '') > interleavedSubjectMax ||
    countInterleaved(text) > interleavedTextMax;
  if (torn) note(strong, 'invisible-characters', 'letters are torn apart by invisible characters');
  const own = (host: string): boolean =>
    isGenuineHost(host, catalog) ||
    catalog.neutralHosts.some((neutral) => isWithinDomain(host, neutral)) ||
    isForwarders(host);
  for (const link of [...original.links, ...(below?.links ?? [])]) {
    const host = hostOf(link.href);
    if (host === undefined || own(host)) continue;
    if (isLinkGateway(host)) note(weak, 'link-behind-gateway', host);
    else if (/^[\d.]+$|^\[/.test(host)) note(strong, 'link-to-ip-address', host);
    else if (imitatesMicrosoft(host) && !isOwned(host, catalog))
      note(strong, 'link-imitates-microsoft', host);
    else if (showsAnotherHost(link) && imitatesMicrosoft(link.text))
      note(strong, 'link-shows-another-site', `${link.text} leads to ${host}`);
    else note(weak, 'link-elsewhere', host);
  }
  const evidence = unique([...strong, ...weak]);
  const verdict: Genuineness =
    strong.length > 0 ? 'suspicious' : weak.length > 0 ? 'doubtful' : 'genuine';
  return {
    verdict,
    evidence: [
      ...evidence,
      { stage: 'genuineness', code: verdict, detail: verdictSentence[verdict] },
    ],
  };
}

const verdictSentence: Readonly<Record<Genuineness, string>> = {
  genuine: 'nothing speaks against it, which is no proof',
  doubtful: 'something does not fit a genuine notice',
  suspicious: 'it imitates a notice',
};

type Note = (code: string, detail: string) => void;

/** A typed name without an address says nothing either way: Outlook often writes only the name. */
function judgeSender(
  original: Original,
  catalog: NoticeCatalog,
  isForwarders: (host: string) => boolean,
  strong: Note,
  weak: Note,
): void {
  const { name, address } = original.from ?? {};
  if (address === undefined) {
    if (name !== undefined && !/microsoft|office 365/i.test(name)) weak('sender-elsewhere', name);
    return;
  }
  if (isFromMicrosoft(original, catalog)) return;
  const imitation = imitatesMicrosoft(name ?? '') || imitatesMicrosoft(domainOf(address));
  // A group of the customer's rewrites its authors: `'Microsoft' via Office <office@contoso.example>`.
  if (imitation && !isForwarders(domainOf(address)))
    strong('sender-imitates-microsoft', `${name ?? ''} <${address}>`);
  else weak('sender-elsewhere', address);
}

function isGenuineHost(host: string, catalog: NoticeCatalog): boolean {
  return catalog.linkHosts.some((genuine) => isWithinDomain(host, genuine));
}

function isOwned(host: string, catalog: NoticeCatalog): boolean {
  return catalog.ownedDomains.some((domain) => isWithinDomain(host, domain));
}

export function isShared(domain: string, catalog: NoticeCatalog): boolean {
  return catalog.sharedDomains.includes(domain.toLowerCase());
}

/** The same host often stands behind ten links: one line is enough. */
function unique(evidence: readonly Evidence[]): Evidence[] {
  const seen = new Map<string, Evidence>();
  for (const entry of evidence) seen.set(`${entry.code} ${entry.detail}`, entry);
  return [...seen.values()].slice(0, 20);
}
