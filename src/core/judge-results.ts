/**
 * What the results of one Authentication-Results field say about an author's domain, in one word.
 *
 * Whether the field is believed is not asked here.
 *
 * RFC 7489 §3.1 (alignment), §6.6.2; RFC 8601 §2.7 (methods and words).
 */
import { domainOf, isAligned } from './address.ts';
import { type AuthenticationResult, readAuthenticationResults } from './authentication-results.ts';
import type { Authentication } from './decision.ts';
import type { HeaderField } from './mail.ts';
import type { AuthResult } from './verification.ts';

/** How it came out, on whose word, and why, for people. */
export interface Verdict extends Authentication {
  readonly detail: string;
}

/**
 * DMARC's own verdict first; without one, an aligned DKIM or SPF pass is as good as DMARC would be.
 * RFC 7489 §6.6.2. Where nothing passed, the worst word counts.
 */
export function judgeResults(results: readonly AuthenticationResult[], author: string): Verdict {
  const of = (method: string): AuthenticationResult[] =>
    results.filter((result) => result.method === method);
  const dkimAligned = of('dkim').some(
    (result) => result.result === 'pass' && isAligned(dkimDomain(result), author),
  );
  const spfAligned = of('spf').some(
    (result) => result.result === 'pass' && isAligned(spfDomain(result), author),
  );
  const dmarc = of('dmarc');
  const composite = of('compauth')[0]?.result;
  if (dmarc.some((result) => isDmarcFail(result, author)) || composite === 'fail') {
    return { result: 'fail', dkimAligned: false, detail: `dmarc=fail for ${author}` };
  }
  // A pass that does not name the author's domain may be about somebody else's.
  if (
    dmarc.some(
      ({ result, properties }) =>
        result === 'pass' && isAligned(domainIn(properties['header.from'] ?? ''), author),
    )
  ) {
    return { result: 'pass', dkimAligned, detail: `dmarc=pass for ${author}` };
  }
  if (dkimAligned)
    return { result: 'pass', dkimAligned, detail: `dkim=pass aligned with ${author}` };
  if (spfAligned) return { result: 'pass', dkimAligned, detail: `spf=pass aligned with ${author}` };
  return nothingPassed([...of('spf'), ...of('dkim')], dmarc, author);
}

/** The worst first: a temperror may hide a fail, the others prove nothing either way. */
function nothingPassed(
  checks: readonly AuthenticationResult[],
  dmarc: readonly AuthenticationResult[],
  author: string,
): Verdict {
  const told = (result: AuthResult, found: AuthenticationResult): Verdict => ({
    result,
    dkimAligned: false,
    detail: `${found.method}=${found.result}, nothing aligned with ${author}`,
  });
  const failed = checks.find(({ result }) => result === 'fail' || result === 'policy');
  if (failed !== undefined) return told('fail', failed);
  const softfailed = checks.find(({ result }) => result === 'softfail');
  if (softfailed !== undefined) return told('softfail', softfailed);
  for (const word of ['temperror', 'permerror', 'neutral'] as const) {
    const found = [...dmarc, ...checks].find(({ result }) => result === word);
    if (found !== undefined) return told(word, found);
  }
  return { result: 'none', dkimAligned: false, detail: `no result that speaks for ${author}` };
}

/** RFC 8601 §2.7.1: `header.d` is the signing domain; `header.i` the agent within it. */
function dkimDomain({ properties }: AuthenticationResult): string {
  return domainIn(properties['header.d'] ?? properties['header.i'] ?? '');
}

/** RFC 8601 §2.7.2. A reverse-path of SRS is in the forwarder's domain and so never aligned with the author's. */
function spfDomain({ properties }: AuthenticationResult): string {
  return domainIn(properties['smtp.mailfrom'] ?? properties['smtp.mail'] ?? '');
}

/** Whether any host on the way, believed or not, saw DMARC fail for the author: enough to doubt, never to believe. */
export function dmarcFailedUpstream(fields: readonly HeaderField[], author: string): boolean {
  return fields
    .filter(({ name }) =>
      [
        'authentication-results',
        'arc-authentication-results',
        'x-ms-exchange-authentication-results',
        'authentication-results-original',
      ].includes(name),
    )
    .flatMap(({ value }) => readAuthenticationResults(value.replace(/^\s*i=\d+;/, '')).results)
    .some((result) => isDmarcFail(result, author));
}

export function isDmarcFail(
  { method, result, properties }: AuthenticationResult,
  author: string,
): boolean {
  return (
    method === 'dmarc' &&
    result === 'fail' &&
    isAligned(domainIn(properties['header.from'] ?? author), author)
  );
}

/** The domain of `user@domain`, `@domain` or `domain`. */
function domainIn(value: string): string {
  return domainOf(`@${value.split('@').at(-1) ?? ''}`);
}
