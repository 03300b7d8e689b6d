/**
 * Gateways that rewrite the links of the mails they guard: undone where the link holds its target.
 *
 * Links are only ever read, never followed. A link that cannot be undone stays what it is: unknown. That
 * a link goes through a gateway says nothing about its target, since anybody can write such a link.
 */
import { isWithinAny, isWithinDomain } from './address.ts';
import { linkCharsMax } from './limits.ts';
import { remembering } from './remembering.ts';

/** Gateways inside gateways: a mail passes its sender's, the recipient's and those of its forwarders. */
const wrapsMax = 5;

/** Several stages ask the same of the links of a mail, and mails have many links in common. */
const remembered = { entriesMax: 500, charsMax: 1_000 };

/** The target of a link behind Safe Links, urldefense and the like; the link itself otherwise. */
export const unwrapLink: (href: string) => string = remembering(unwrapped, remembered);

function unwrapped(href: string): string {
  let link = cleanLink(href);
  for (let round = 0; round < wrapsMax; round += 1) {
    const target = unwrapOnce(link);
    if (target === undefined) return link;
    link = target;
  }
  return link;
}

/** Without what browsers drop: white space around, tabs and line breaks inside, Outlook's `blocked::`. */
function cleanLink(href: string): string {
  return href
    .replace(/[\t\r\n]/g, '')
    .replace(/^[\s\p{Cc}]+/u, '')
    .trimEnd()
    .replace(/^blocked::/i, '');
}

/** The URL of an http(s) link; undefined for anything else. */
export const parseUrl: (href: string) => Readonly<URL> | undefined = remembering(urlOf, remembered);

function urlOf(href: string): URL | undefined {
  if (href.length > linkCharsMax) return undefined;
  const link = withScheme(cleanLink(href));
  if (link === undefined || longAuthority.test(link)) return undefined;
  return URL.canParse(link) ? new URL(link) : undefined;
}

/** No host has more than 255 octets (RFC 1035 §2.3.4); encoding a name in other letters costs its square. */
const longAuthority = /^https?:[\\/]*[^\\/?#]{1000}/i;

/** Clients take `//host/` and `www.host.example` for links too. */
function withScheme(link: string): string | undefined {
  if (/^https?:/i.test(link)) return link;
  if (/^[\\/]{2}[^\\/]/.test(link)) return `https:${link}`;
  return /^www\.[^\s/@]+\.[^\s/@]{2,}/i.test(link) ? `https://${link}` : undefined;
}

type Undo = (url: Readonly<URL>, href: string) => string | undefined;

const parameter =
  (...names: readonly string[]): Undo =>
  ({ searchParams }) =>
    names.map((name) => searchParams.get(name)).find((value) => value !== null) ?? undefined;

/** Hosts, each with the way to its target; `under` is where the path must begin. */
const gateways: readonly { readonly host: string; readonly under?: string; readonly undo: Undo }[] =
  [
    // All regions, and the forms for files (`/ap/w-59584e83/?url=`).
    { host: 'safelinks.protection.outlook.com', undo: parameter('url') },
    { host: 'safelinks.protection.office365.us', undo: parameter('url') },
    { host: 'safelinks.protection.partner.outlook.cn', undo: parameter('url') },
    {
      host: 'statics.teams.cdn.office.net',
      under: '/evergreen-assets/safelinks/',
      undo: parameter('url'),
    },
    { host: 'urldefense.com', undo: fromUrlDefense },
    { host: 'urldefense.us', undo: fromUrlDefense },
    { host: 'urldefense.proofpoint.com', undo: fromUrlDefense },
    { host: 'google.com', under: '/url', undo: parameter('q', 'url') },
    { host: 'linkprotect.cudasvc.com', under: '/url', undo: parameter('a') },
    { host: 'clicktime.symantec.com', undo: parameter('u') },
    { host: 'trendmicro.com', under: '/wis/clicktime/', undo: parameter('url') },
    {
      host: 'protection.sophos.com',
      undo: ({ searchParams }) => fromBase64(searchParams.get('u') ?? ''),
    },
    { host: 'secure-web.cisco.com', undo: lastSegment },
    { host: 'fireeye.com', undo: parameter('u') },
    { host: 'vadesecure.com', undo: parameter('u') },
    { host: 'scanmail.trustwave.com', undo: parameter('u') },
    { host: 'edgepilot.com', undo: parameter('u') },
    { host: 'protect.checkpoint.com', undo: betweenUnderscores },
    { host: 'url.avanan.click', undo: betweenUnderscores },
    // No gateways, but sites where anybody's link leads on.
    { host: 'l.facebook.com', under: '/l.php', undo: parameter('u') },
    { host: 'linkedin.com', under: '/redir/', undo: parameter('url') },
    { host: 'youtube.com', under: '/redirect', undo: parameter('q') },
  ];

function unwrapOnce(href: string): string | undefined {
  const url = parseUrl(href);
  if (url === undefined) return undefined;
  const gateway = gateways.find(
    ({ host, under = '/' }) => isWithinDomain(url.hostname, host) && url.pathname.startsWith(under),
  );
  const target = gateway?.undo(url, href);
  return target !== undefined && /^https?:\/\//i.test(target)
    ? target.slice(0, linkCharsMax)
    : undefined;
}

/** Percent-decoded; as it is where an escape is broken. */
export function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A broken escape: the link stays as written, and its host is judged as it is.
    return text;
  }
}

function fromBase64(text: string): string | undefined {
  const plain = text.replaceAll('-', '+').replaceAll('_', '/');
  return plain === '' || /[^A-Za-z0-9+/=]/.test(plain)
    ? undefined
    : Buffer.from(plain, 'base64').toString('utf8');
}

/** `https://secure-web.cisco.com/{token}/https%3A%2F%2Fhost%2Fpath` */
function lastSegment({ pathname }: URL): string | undefined {
  return decodeSafely(pathname.slice(pathname.lastIndexOf('/') + 1));
}

/** `/v2/___https://host/path___.{token}` */
function betweenUnderscores(_: Readonly<URL>, href: string): string | undefined {
  const start = href.indexOf('/___');
  const end = start < 0 ? -1 : href.indexOf('___', start + 4);
  return end < 0 ? undefined : href.slice(start + 4, end);
}

/** v1 `?u=` percent-encoded; v2 `?u=` with `-` for `%` and `_` for `/`; v3 `/v3/__target__;bytes!!…`. */
function fromUrlDefense(url: Readonly<URL>, href: string): string | undefined {
  if (url.pathname.startsWith('/v3/')) return fromUrlDefense3(href);
  const target = url.searchParams.get('u');
  if (target === null || url.pathname.startsWith('/v1/')) return target ?? undefined;
  return decodeSafely(target.replaceAll('-', '%').replaceAll('_', '/')).replaceAll('&amp;', '&');
}

const runLengths = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * Characters that a mail client could break were taken out of the target and stand behind it in base64: each
 * `*` is one of them, `**B` a run of them whose length the letter tells.
 */
function fromUrlDefense3(href: string): string | undefined {
  const written = href.includes('__;') ? href : decodeSafely(href);
  const start = written.indexOf('/v3/__');
  // The last one: the target may hold the mark too, the bytes cannot.
  const end = written.lastIndexOf('__;');
  if (start < 0 || end < start + 6) return undefined;
  const target = written.slice(start + 6, end).replace(/^(https?):\/(?!\/)/i, '$1://');
  const behind = written.slice(end + 3);
  const bang = behind.indexOf('!');
  const taken = [...(fromBase64(behind.slice(0, bang < 0 ? behind.length : bang)) ?? '')];
  let next = 0;
  const parts: string[] = [];
  for (let at = 0; at < target.length; at += 1) {
    if (target[at] !== '*') {
      parts.push(target[at] ?? '');
      continue;
    }
    const isRun = target[at + 1] === '*';
    const length = isRun ? runLengths.indexOf(target[at + 2] ?? ' ') + 2 : 1;
    // A star that stands for nothing: the target is not the one that was written.
    if (length < 1 || (isRun && length < 2) || next + length > taken.length) return undefined;
    parts.push(...taken.slice(next, next + length));
    next += length;
    if (isRun) at += 2;
  }
  return parts.join('');
}

// Gateways that keep the target to themselves, or of which not every link can be undone.
const gatewayDomains: readonly string[] = [
  ...gateways
    .map(({ host }) => host)
    .filter((host) => !/google|facebook|linkedin|youtube/.test(host)),
  ...'mimecast.com mimecastprotect.com trellix.com checkpoint.com avanan.click hornetsecurity.com'.split(
    ' ',
  ),
  ...'trustifi.com libraesva.com emailprotection.link mailanyone.net egress.com inky.com'.split(
    ' ',
  ),
  ...'antigena.com titanhq.com spamtitan.com gravityzone.bitdefender.com linkscan.io retarus.com'.split(
    ' ',
  ),
  ...'nospamproxy.com ironport.com messagelabs.com symanteccloud.com securence.com'.split(' '),
];

/** Whether a host rewrites every link of the mails it guards, so that a genuine notice shows another site too. */
export function isLinkGateway(host: string): boolean {
  return isWithinAny(host, gatewayDomains);
}

/**
 * Whether a link carries another host inside its path or query, as the links of gateways unknown here do:
 * plainly, percent-encoded once or twice, or in base64.
 */
export function carriesHost(href: string, host: string): boolean {
  const url = parseUrl(href);
  if (url === undefined || host === '') return false;
  const behind = `${url.pathname}${url.search}${url.hash}`;
  const decoded = decodeSafely(decodeSafely(behind)).toLowerCase();
  if (decoded.includes(`//${host.toLowerCase()}`)) return true;
  return [...behind.matchAll(/[A-Za-z0-9+_-]{16,}/g)]
    .slice(0, 20)
    .some(([run]) => (fromBase64(run) ?? '').toLowerCase().includes(`//${host.toLowerCase()}`));
}
