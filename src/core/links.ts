/**
 * Where links really lead: rewriting gateways are undone, hosts are named, and look-alikes are told apart.
 *
 * Links are only ever read, never followed. A link that cannot be undone stays what it is: unknown.
 */
import { isWithinDomain, organizationalDomain } from './address.ts';
import type { Link } from './mail.ts';
import { foldDiacritics, normalizeText } from './normalize.ts';

/** The target of a link behind Safe Links, urldefense and the like; the link itself otherwise. */
export function unwrapLink(href: string): string {
  let link = href.trim();
  for (let round = 0; round < 3; round += 1) {
    const target = unwrapOnce(link);
    if (target === undefined) return link;
    link = target;
  }
  return link;
}

function unwrapOnce(href: string): string | undefined {
  const url = parseUrl(href);
  if (url === undefined) return undefined;
  const host = url.hostname;
  if (isWithinDomain(host, 'safelinks.protection.outlook.com'))
    return httpOnly(url.searchParams.get('url'));
  if (isWithinDomain(host, 'google.com') && url.pathname === '/url') {
    return httpOnly(url.searchParams.get('q') ?? url.searchParams.get('url'));
  }
  if (isWithinDomain(host, 'urldefense.com') || isWithinDomain(host, 'urldefense.proofpoint.com')) {
    // v3: /v3/__https://host/path__;…  v2: ?u=https-3A__host_path
    const v3 = /^\/v3\/__(.{1,4000}?)__;/.exec(decodeSafely(url.pathname + url.search));
    if (v3 !== null) return httpOnly((v3[1] ?? '').replace(/^(https?):\/(?!\/)/, '$1://'));
    const v2 = url.searchParams.get('u');
    if (v2 !== null) return httpOnly(decodeSafely(v2.replaceAll('-', '%').replaceAll('_', '/')));
  }
  return undefined;
}

function httpOnly(target: string | null): string | undefined {
  return target !== null && /^https?:\/\//i.test(target) ? target.slice(0, 4_000) : undefined;
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A broken escape: the link stays as written, and its host is judged as it is.
    return text;
  }
}

/** The URL of an http(s) link; undefined for anything else. */
export function parseUrl(href: string): URL | undefined {
  if (!/^https?:/i.test(href) || href.length > 8_000) return undefined;
  return URL.canParse(href) ? new URL(href) : undefined;
}

/** Lower-cased host of a link's real target; undefined for mailto:, tel:, cid: and broken links. */
export function hostOf(href: string): string | undefined {
  return parseUrl(unwrapLink(href))?.hostname.toLowerCase().replace(/\.$/, '');
}

// Gateways that keep the target to themselves or in a form of their own.
const gatewayDomains =
  'safelinks.protection.outlook.com urldefense.com urldefense.proofpoint.com mimecast.com mimecastprotect.com linkprotect.cudasvc.com protection.sophos.com secure-web.cisco.com clicktime.symantec.com trendmicro.com fireeye.com protect.checkpoint.com avanan.click hornetsecurity.com edgepilot.com trustifi.com trellix.com libraesva.com vadesecure.com'.split(
    ' ',
  );

/** Whether a host rewrites every link of the mails it guards, so that a genuine notice shows another site too. */
export function isLinkGateway(host: string): boolean {
  return gatewayDomains.some((gateway) => isWithinDomain(host, gateway));
}

/** Whether the text of a link shows another site than the one it leads to. */
export function showsAnotherHost(link: Link): boolean {
  const shownText = normalizeText(link.text).trim();
  const shownHost = /^(?:https?:\/\/)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?:[/?#:]\S*)?$/i.exec(
    shownText,
  )?.[1];
  const target = hostOf(link.href);
  if (shownHost === undefined || target === undefined) return false;
  return organizationalDomain(shownHost) !== organizationalDomain(target);
}

/** Whether a name imitates Microsoft's: its product words, also with look-alike characters. */
export function imitatesMicrosoft(name: string): boolean {
  const folded = foldDiacritics(name)
    .replaceAll('0', 'o')
    .replaceAll('1', 'l')
    .replaceAll('|', 'l')
    .replaceAll('5', 's')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replaceAll(/[^a-z36]/g, '');
  return /m[il]?cr[o]?s?[o]?ft|mlcrosoft|office36|offlce|m36s|o36s|msonline|microsft|outlook|sharepoint|onedrive|officerenew|officebill|officeaccount|officelicen|officesub/.test(
    folded,
  );
}
