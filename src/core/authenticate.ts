/**
 * Whether the author of a mail is who its From field says.
 *
 * Only the verdict of a host named in the settings is believed, and of its fields only the topmost:
 * anybody can write the others. Without one the answer is `none`, which is not `fail` but discloses as
 * little. Verification of our own (DKIM with a resolver) is handed in as a verdict when the settings
 * give keys; this file only weighs.
 *
 * RFC 8601 §4.1, §5 (which fields to believe), RFC 7489 §3.1 (alignment), §6.6.2.
 */
import { domainOf, isAligned, isWithinDomain } from './address.ts';
import {
  type AuthenticationResult,
  type AuthenticationResultsField,
  readAuthenticationResults,
  withoutComments,
} from './authentication-results.ts';
import type { Authentication } from './decision.ts';
import { shownCharsMax } from './limits.ts';
import type { Evidence, HeaderField, Mail } from './mail.ts';
import { shown } from './normalize.ts';
import type { Policy } from './policy.ts';

export interface Authenticated extends Authentication {
  readonly evidence: readonly Evidence[];
}

/** The value in `trustedAuthservIds` that stands for Exchange Online, which writes no authserv-id. */
const exchangeOnline = 'exchange-online';

export function authenticate(
  mail: Mail,
  policy: Pick<Policy, 'trustedAuthservIds'>,
): Authenticated {
  const evidence: Evidence[] = [];
  const note = (code: string, detail: string): void => {
    evidence.push({ stage: 'authenticate', code, detail: shown(detail, shownCharsMax) });
  };
  const author = mail.from.length === 1 ? domainOf(mail.from[0]?.address ?? '') : '';
  if (author === '') {
    note('no-single-author', 'without exactly one author there is nobody to authenticate');
    return { result: 'none', dkimAligned: false, evidence };
  }
  const trusted = trustedField(mail.fields, policy.trustedAuthservIds);
  const ignored =
    mail.fields.filter(({ name }) => name === 'authentication-results').length - (trusted ? 1 : 0);
  if (ignored > 0)
    note(
      'ignored',
      `${ignored} Authentication-Results field(s) of hosts that are not trusted or lie below the trusted one`,
    );
  if (trusted === undefined) {
    note('none', 'no Authentication-Results of a trusted host');
    return { result: 'none', dkimAligned: false, evidence };
  }
  const verdict = trustedHostSawFail(mail.fields, policy.trustedAuthservIds, author)
    ? { result: 'fail' as const, dkimAligned: false, detail: `dmarc=fail for ${author}` }
    : judge(trusted.results, author);
  const failedUpstream = dmarcFailedUpstream(mail.fields, author);
  if (failedUpstream) note('upstream-dmarc-fail', 'a host before ours saw DMARC fail');
  note(verdict.result, `${trusted.authservId ?? exchangeOnline}: ${verdict.detail}`);
  return {
    result: verdict.result,
    ...(verdict.result === 'none' ? {} : { by: 'authentication-results' }),
    dkimAligned: verdict.dkimAligned && !failedUpstream,
    evidence,
  };
}

/** RFC 8601 §5: believe the topmost field of a trusted host; those below it may be forged. */
function trustedField(
  fields: readonly HeaderField[],
  trustedAuthservIds: readonly string[],
): AuthenticationResultsField | undefined {
  const ids = trustedAuthservIds.map((id) => id.toLowerCase());
  // The special value is no host's name: whoever writes it as one is forging.
  const hosts = ids.filter((id) => id !== exchangeOnline);
  let receivedAbove: string[] = [];
  let isTopmost = true;
  for (const [index, { name, value }] of fields.entries()) {
    if (name === 'received') receivedAbove = [...receivedAbove.slice(-20), value];
    if (name !== 'authentication-results') continue;
    const read = readAuthenticationResults(value);
    if (read.authservId !== undefined && hosts.includes(read.authservId)) return read;
    if (
      isTopmost &&
      read.authservId === undefined &&
      ids.includes(exchangeOnline) &&
      stampedByExchangeOnline(receivedAbove, fields.slice(index + 1))
    ) {
      return read;
    }
    isTopmost = false;
  }
  return undefined;
}

/**
 * Whether any field under a trusted name says that DMARC failed: hosts that write a field for each
 * check put the failure below the pass. One that is forged only keeps a mail from being answered.
 */
function trustedHostSawFail(
  fields: readonly HeaderField[],
  trustedAuthservIds: readonly string[],
  author: string,
): boolean {
  const ids = trustedAuthservIds.map((id) => id.toLowerCase());
  return fields
    .filter(({ name }) => name === 'authentication-results')
    .map(({ value }) => readAuthenticationResults(value))
    .filter(({ authservId }) => authservId !== undefined && ids.includes(authservId))
    .some(({ results }) => results.some((result) => isDmarcFail(result, author)));
}

/**
 * Exchange Online stamps its field below the Received fields of its own inner hops and above that of
 * its border. Anything else means that somebody else wrote the field.
 */
function stampedByExchangeOnline(above: readonly string[], below: readonly HeaderField[]): boolean {
  const border = below.find(({ name }) => name === 'received')?.value;
  return (
    above.length > 0 &&
    above.every(isReceivedByExchangeOnline) &&
    (border === undefined || isReceivedByExchangeOnline(border))
  );
}

function isReceivedByExchangeOnline(received: string): boolean {
  // RFC 5321 §4.4: `by` names the host that wrote the field. What stands in comments came from the client.
  const host =
    /(?:^|\s)by\s+([^\s;()]+)/i.exec(withoutComments(received.slice(0, 4_000)))?.[1] ?? '';
  return isWithinDomain(host, 'outlook.com');
}

interface Verdict {
  readonly result: Authentication['result'];
  readonly dkimAligned: boolean;
  readonly detail: string;
}

/**
 * DMARC's own verdict first; without one, an aligned DKIM or SPF pass is as good as DMARC would be.
 * RFC 7489 §6.6.2. `temperror` and `permerror` prove nothing either way.
 */
function judge(results: readonly AuthenticationResult[], author: string): Verdict {
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
  const failed = [...of('spf'), ...of('dkim')].find(({ result }) =>
    ['fail', 'softfail', 'policy'].includes(result),
  );
  if (failed !== undefined) {
    return {
      result: 'fail',
      dkimAligned,
      detail: `${failed.method}=${failed.result}, nothing aligned with ${author}`,
    };
  }
  return { result: 'none', dkimAligned, detail: `no result that speaks for ${author}` };
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
function dmarcFailedUpstream(fields: readonly HeaderField[], author: string): boolean {
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

function isDmarcFail(
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
