/**
 * Reads the chain of ARC sets, and what the newest set says of an author where its sealer is trusted.
 *
 * A forwarder that changes a mail breaks its DKIM signature and its SPF; with ARC it writes down what it saw
 * before, and seals that. Anybody can write and seal such sets, so nothing here is believed unless the chain was
 * verified by somebody else than the mail itself, and its newest sealer is named in the settings.
 *
 * RFC 8617 §4.1, §4.2 (fields and sets), §5.2 (validation); RFC 6376 §3.2 (tag lists).
 */
import { isWithinDomain } from './address.ts';
import { type AuthenticationResult, readAuthenticationResults } from './authentication-results.ts';
import { isDmarcFail, judgeResults, type Verdict } from './judge-results.ts';
import { arcSetsMax } from './limits.ts';
import type { HeaderField } from './mail.ts';
import type { VerifiedChain } from './verification.ts';

export interface ArcSet {
  readonly instance: number;
  /** Who sealed it, the `d=` of its ARC-Seal, in lower case. */
  readonly sealer: string;
  /** What its ARC-Authentication-Results says. */
  readonly results: readonly AuthenticationResult[];
}

/** Oldest first. A chain that is not whole has no sets, and says why. */
export type ArcChain =
  | { readonly kind: 'none' }
  | { readonly kind: 'broken'; readonly detail: string }
  | { readonly kind: 'whole'; readonly sets: readonly ArcSet[]; readonly newest: ArcSet };

const setFields = ['arc-seal', 'arc-message-signature', 'arc-authentication-results'] as const;
type SetField = (typeof setFields)[number];

/**
 * Reads the sets of a header section. Whether a seal verifies is not asked here.
 *
 * RFC 8617 §5.2: each instance from 1 on has each of its three fields exactly once, at most 50 of them; a chain
 * whose newest seal says `cv=fail` has failed, as has one that says `pass` where nothing came before.
 */
export function readArcChain(fields: readonly HeaderField[]): ArcChain {
  const found = fields.filter(({ name }) => (setFields as readonly string[]).includes(name));
  if (found.length === 0) return { kind: 'none' };
  const broken = (detail: string): ArcChain => ({ kind: 'broken', detail });
  // RFC 8617 §4.2.1: instances go up to 50.
  if (found.length > arcSetsMax * setFields.length) return broken('more than 50 ARC sets');
  if (found.length % setFields.length !== 0) return broken('an ARC set lacks a field');
  const byPlace = new Map<string, string>();
  for (const { name, value } of found) {
    const instance = instanceOf(name as SetField, value);
    if (instance === undefined) return broken(`${name} names no instance`);
    const place = `${name} ${instance}`;
    if (byPlace.has(place)) return broken(`${name} of instance ${instance} stands twice`);
    byPlace.set(place, value);
  }
  const sets: ArcSet[] = [];
  for (let instance = 1; instance <= found.length / setFields.length; instance += 1) {
    const [seal, signature, results] = setFields.map((name) => byPlace.get(`${name} ${instance}`));
    if (seal === undefined || signature === undefined || results === undefined)
      return broken(`the ARC set ${instance} lacks a field`);
    const covers = coverage(signature);
    if (covers !== undefined) return broken(`the signature of instance ${instance} ${covers}`);
    const tags = tagsOf(seal);
    // RFC 8617 §4.4, §5.2: the first sealer saw no chain, each later one a chain that passed.
    if (tags?.get('cv')?.toLowerCase() !== (instance === 1 ? 'none' : 'pass'))
      return broken(`the seal of instance ${instance} does not say that the chain held`);
    const sealer = tags.get('d')?.toLowerCase().replace(/\.$/, '') ?? '';
    if (sealer === '') return broken(`the seal of instance ${instance} names no domain`);
    sets.push({
      instance,
      sealer,
      results: readAuthenticationResults(afterInstance(results)).results,
    });
  }
  const newest = sets.at(-1);
  return newest === undefined ? { kind: 'none' } : { kind: 'whole', sets, newest };
}

/** RFC 6376 §5.4, §8.2: what the signature leaves out, anybody may have written. */
function coverage(signature: string): string | undefined {
  const tags = tagsOf(signature);
  const signed = (tags?.get('h') ?? '').toLowerCase().split(':');
  if (!signed.some((name) => name.trim() === 'from')) return 'does not cover From';
  return tags?.has('l') === true ? 'covers only a part of the body' : undefined;
}

/** RFC 8617 §4.1.1: the instance comes first, the rest is as in Authentication-Results. */
const instanceFirst = /^\s*i\s*=\s*([1-9]\d?)\s*;/;

function instanceOf(name: SetField, value: string): number | undefined {
  const text =
    name === 'arc-authentication-results'
      ? instanceFirst.exec(value)?.[1]
      : tagsOf(value)?.get('i');
  return text !== undefined && /^[1-9]\d?$/.test(text) ? Number(text) : undefined;
}

function afterInstance(value: string): string {
  return value.replace(instanceFirst, '');
}

/** RFC 6376 §3.2: `name=value` between semicolons; a list that names a tag twice is none. */
function tagsOf(value: string): ReadonlyMap<string, string> | undefined {
  const tags = new Map<string, string>();
  for (const part of value.split(';')) {
    const at = part.indexOf('=');
    if (at < 0) {
      if (part.trim() === '') continue;
      return undefined;
    }
    const name = part.slice(0, at).trim();
    if (name === '' || tags.has(name)) return undefined;
    tags.set(name, part.slice(at + 1).trim());
  }
  return tags;
}

export interface ArcInput {
  readonly fields: readonly HeaderField[];
  /** The results of the trusted host's own field, where there is one. */
  readonly hostResults: readonly AuthenticationResult[];
  /** What a verification of our own found. */
  readonly verified: VerifiedChain | undefined;
  readonly trustedArcSealers: readonly string[];
  readonly author: string;
}

/** What the chain proves of the author, or why it proves nothing; undefined where the mail has no chain. */
export type ArcVerdict =
  | { readonly kind: 'proven'; readonly verdict: Verdict }
  | { readonly kind: 'nothing'; readonly detail: string };

/**
 * A pass in the newest set of a verified chain with a trusted sealer is a pass; everything else is nothing.
 *
 * Only the newest: whoever sealed last could have written the sets below it anew and vouches for them.
 */
export function judgeArc(input: ArcInput): ArcVerdict | undefined {
  const chain = readArcChain(input.fields);
  if (chain.kind === 'none') return undefined;
  const nothing = (detail: string): ArcVerdict => ({ kind: 'nothing', detail });
  if (chain.kind === 'broken') return nothing(chain.detail);
  const { sets, newest } = chain;
  if (!isSealerTrusted(newest.sealer, input.trustedArcSealers))
    return nothing(`the newest set was sealed by ${newest.sealer}, which is not trusted`);
  if (!isVerified(newest, input))
    return nothing('neither the trusted host nor a check of our own says arc=pass');
  // One hop that saw DMARC fail is enough: those after it can only have believed it less.
  const { author } = input;
  if (sets.some(({ results }) => results.some((result) => isDmarcFail(result, author))))
    return nothing(`a set of the chain says dmarc=fail for ${author}`);
  const verdict = judgeResults(newest.results, author);
  if (verdict.result !== 'pass')
    return nothing(`sealed by ${newest.sealer}, but its results say ${verdict.result}`);
  const detail = `${newest.sealer}, set ${newest.instance}: ${verdict.detail}`;
  return { kind: 'proven', verdict: { ...verdict, by: 'arc', detail } };
}

/**
 * The named domain or one below it. Not aligned: who names one sealing host of an organisation has not
 * named the others.
 */
function isSealerTrusted(sealer: string, trusted: readonly string[]): boolean {
  return trusted.some((domain) => isWithinDomain(sealer, domain));
}

/** The host's word where it has one that decides; our own only about the very same chain. */
function isVerified({ instance, sealer }: ArcSet, { hostResults, verified }: ArcInput): boolean {
  const words = hostResults.filter(({ method }) => method === 'arc').map(({ result }) => result);
  if (words.some((word) => word === 'fail' || word === 'permerror')) return false;
  if (words.length > 0 && words.every((word) => word === 'pass')) return true;
  return (
    verified?.result === 'pass' && verified.instance === instance && verified.sealer === sealer
  );
}
