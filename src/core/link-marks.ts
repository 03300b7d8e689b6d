/**
 * Marks in what a notice's reader can click, ring or write to: links, telephone numbers, addresses of mail, and
 * hosts that stand in its text without a link.
 *
 * Only what stands inside the notice can make it an imitation: signatures, imprints and banners below it, or of
 * those who passed it on, are theirs.
 */
import { domainOf, isTenantName, isWithinAny } from './address.ts';
import { type BareHost, findBareHosts } from './bare-hosts.ts';
import { searchedCharsMax } from './limits.ts';
import { carriesHost, isLinkGateway } from './link-gateways.ts';
import {
  hostOf,
  isOfProgram,
  isScript,
  isUnreadable,
  mailTargets,
  numberOf,
  shownHosts,
  userOf,
} from './links.ts';
import { imitatesMicrosoft } from './look-alike.ts';
import type { Link } from './mail.ts';
import type { NoticeCatalog } from './notice.ts';
import { asksToAct, isFooterLink, type Mark, strong, weak } from './notice-marks.ts';

/** Where a link stands, and whose it may be. */
export interface LinkScene {
  readonly catalog: NoticeCatalog;
  /** The text around the link. */
  readonly text: string;
  /** Where the notice ends in the text; what stands behind is the forwarder's footer. */
  readonly end: number;
  readonly isBelow: (link: Link) => boolean;
  /** Whether a host is the forwarder's own. */
  readonly isForwarders: (host: string) => boolean;
  /** Whether a host is one of those that a notice names without leading there: its own domain, its recipients'. */
  readonly isNamed: (host: string) => boolean;
  readonly recipients: readonly string[];
  /** The ids in the notice. */
  readonly ids: readonly string[];
}

export function linkMarks(link: Link, scene: LinkScene): Mark[] {
  const { catalog } = scene;
  if (isScript(link.href)) return [strong('link-runs-script', link.href)];
  if (isUnreadable(link.href) || isOfProgram(link.href))
    return [weak('link-unreadable', link.href)];
  const host = hostOf(link.href);
  if (host === undefined) return contactMarks(link, scene);
  const user = userOf(link.href);
  if (user !== undefined && imitatesMicrosoft(user) && !isGenuineHost(host, catalog))
    return [strong('link-imitates-microsoft', `${user}@${host}`)];
  // A page on a social site is neutral as an icon, not as the way to renew.
  const isIcon = isNeutral(host, catalog) && !asksToAct(link.text);
  if (isGenuineHost(host, catalog) || isIcon || scene.isForwarders(host)) return [];
  if (isLinkGateway(host)) return [weak('link-behind-gateway', host)];
  const found = foreignLinkMark(link, host, catalog);
  if (!scene.isBelow(link)) return [found];
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

/** Links that ring, or write to, somebody. Those of a signature below the notice are its forwarder's. */
function contactMarks(link: Link, scene: LinkScene): Mark[] {
  const number = numberOf(link.href);
  const strangers = mailTargets(link.href).filter((address) => !isKnownAddress(address, scene));
  const marks = [
    ...(number === undefined || isPartOfId(link, scene.ids) ? [] : [weak('asks-to-call', number)]),
    ...strangers.map((address) => weak('link-elsewhere', address)),
  ];
  return marks.length === 0 || scene.isBelow(link) ? [] : marks;
}

/** The ids in a text, in lower case: telephones take their digits for a number. */
export function idsIn(text: string): readonly string[] {
  const ids = text
    .slice(0, searchedCharsMax)
    .toLowerCase()
    .matchAll(/(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g);
  return [...new Set([...ids].map(([id]) => id))];
}

function isPartOfId({ text: shown }: Link, ids: readonly string[]): boolean {
  const piece = shown.trim().toLowerCase();
  return piece !== '' && ids.some((id) => id.includes(piece));
}

function isKnownAddress(
  address: string,
  { catalog, isForwarders, recipients }: LinkScene,
): boolean {
  const domain = domainOf(address);
  return (
    isWithinAny(domain, catalog.senderDomains) ||
    isForwarders(domain) ||
    recipients.includes(address.toLowerCase())
  );
}

/** Marks of hosts without a link, inside the notice and below it. */
export function bareHostMarks(scene: LinkScene): Mark[] {
  const inside = findBareHosts(scene.text.slice(0, Math.min(scene.end, searchedCharsMax)));
  const below = findBareHosts(scene.text.slice(scene.end, searchedCharsMax));
  return [
    ...inside.hosts.flatMap((bare) => bareHostMark(bare, scene)),
    ...below.hosts
      .filter(({ host, path }) => !isFooterLink({ href: `https://${host}${path}`, text: '' }))
      .flatMap((bare) => bareHostMark(bare, scene))
      .map(({ code, detail }) => weak(code, detail)),
    ...(inside.isCut || below.isCut ? [weak('not-all-read', 'more hosts than are judged')] : []),
  ];
}

function bareHostMark({ host: named, typed, path }: BareHost, scene: LinkScene): Mark[] {
  const { catalog } = scene;
  const host = hostOf(`https://${named}`);
  if (host === undefined) return [weak('link-unreadable', typed)];
  const isMicrosofts =
    isGenuineHost(host, catalog) ||
    [...catalog.senderDomains, ...catalog.ownedDomains].includes(host);
  if (isMicrosofts || isNeutral(host, catalog) || scene.isForwarders(host)) return [];
  // No page is at the name of a tenant.
  if (path === '' && (scene.isNamed(host) || isTenantName(host))) return [];
  // In capitals it may be the name of a product: `O365.BUSINESS`.
  return imitatesMicrosoft(host) && !isOwned(host, catalog) && typed === named
    ? [strong('link-imitates-microsoft', host)]
    : [weak('link-elsewhere', host)];
}

export function isGenuineHost(host: string, catalog: NoticeCatalog): boolean {
  return isWithinAny(host, catalog.linkHosts) && !isWithinAny(host, catalog.sharedHosts);
}

function isNeutral(host: string, catalog: NoticeCatalog): boolean {
  return isWithinAny(host, catalog.neutralHosts);
}

function isOwned(host: string, catalog: NoticeCatalog): boolean {
  return isWithinAny(host, catalog.ownedDomains) || isWithinAny(host, catalog.linkHosts);
}
