/**
 * Addresses and domains as values: normalising, comparing, and telling shared domains from owned ones.
 *
 * An address that was typed inside a forward is evidence, never a place to send mail to.
 * RFC 5322 §3.4 (address, display name), RFC 5321 §2.4 (domains compare without case).
 */
import { getDomain, parse } from 'tldts';

/** One mailbox of an address field. `address` is `local-part@domain`, the domain in lower case. */
export interface Address {
  readonly name?: string;
  readonly address: string;
}

/** Lower-cases the whole address: providers that tell `A@x` from `a@x` do not exist in practice. */
export function normalizeAddress(address: string): string {
  return address.trim().toLowerCase();
}

/** The domain behind the last `@`, in lower case; the empty string when there is none. */
export function domainOf(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0
    ? ''
    : address
        .slice(at + 1)
        .trim()
        .toLowerCase()
        .replace(/\.$/, '');
}

/** The part before the last `@`, in lower case. */
export function localPartOf(address: string): string {
  const at = address.lastIndexOf('@');
  return (at < 0 ? address : address.slice(0, at)).trim().toLowerCase();
}

/**
 * The organizational domain: the registrable domain by the public suffix list, private section
 * included, so that two customers of one hosting suffix are never taken for one organisation.
 *
 * A name without a public suffix (`localhost`) is its own organizational domain.
 * RFC 7489 §3.2.
 */
export function organizationalDomain(domain: string): string {
  const name = domain.toLowerCase().replace(/\.$/, '');
  const tenant = tenantName.exec(name)?.[0];
  if (tenant !== undefined) return tenant;
  return getDomain(name, { allowPrivateDomains: true, validateHostname: false }) ?? name;
}

// Each tenant of Microsoft has a name of its own below these, and one below `mail.` for mail between its own servers
// and Microsoft's; the public suffix list does not know them.
const tenantName =
  /(?<=^|\.)[^.]+\.(?:(?:mail\.)?onmicrosoft\.(?:com|de|us)|partner\.onmschina\.cn)$/;

/**
 * Whether a name is one that somebody can have: it lies below a public suffix, or below one of those kept for
 * examples. `invoice.pdf`, `16.0.1` and `z.B.` are none.
 */
export function isRegistrable(name: string): boolean {
  const { domain, isIcann, isPrivate, isSpecialUse } = parse(name, {
    allowPrivateDomains: true,
    detectSpecialUse: true,
    validateHostname: false,
  });
  const isSuffixKnown = isIcann === true || isPrivate === true || isSpecialUse === true;
  return domain !== null && isSuffixKnown;
}

/** Whether a name is the one that every tenant of Microsoft has: of a customer as of anybody. */
export function isTenantName(domain: string): boolean {
  return tenantName.exec(domain.toLowerCase())?.[0] === domain.toLowerCase();
}

/** Whether two domains are aligned in relaxed mode. RFC 7489 §3.1. */
export function isAligned(a: string, b: string): boolean {
  return a !== '' && b !== '' && organizationalDomain(a) === organizationalDomain(b);
}

/** Whether `domain` is `parent` or lies below it. */
export function isWithinDomain(domain: string, parent: string): boolean {
  const child = domain.toLowerCase();
  const top = parent.toLowerCase();
  // Asked of long lists: nothing is put together for it.
  return (
    child === top || (child.endsWith(top) && child.charAt(child.length - top.length - 1) === '.')
  );
}

const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** Whether `domain` is one of a list, or lies below one. Long lists are asked by each name above it, not one by one. */
export function isWithinAny(domain: string, parents: readonly string[]): boolean {
  const known = sets.get(parents) ?? new Set(parents.map((parent) => parent.toLowerCase()));
  sets.set(parents, known);
  const child = domain.toLowerCase();
  if (known.has(child)) return true;
  for (let dot = child.indexOf('.'); dot >= 0; dot = child.indexOf('.', dot + 1)) {
    if (known.has(child.slice(dot + 1))) return true;
  }
  return false;
}
