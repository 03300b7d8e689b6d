/**
 * What a verification of our own says about an author's domain, in one word.
 *
 * Only what is aligned with the author counts: anybody can sign with a domain of his own.
 *
 * RFC 7489 §3.1 (alignment); RFC 6376 §6.1; RFC 7208 §2.6 (results of SPF).
 */
import { isAligned } from './address.ts';
import type { Verdict } from './judge-results.ts';
import type { Verification } from './verification.ts';

/**
 * An aligned DKIM pass, else an aligned SPF pass. RFC 6376 §6.1: a signature that does not verify is as good as
 * none, since every gateway that adds a footer breaks one; so it never makes a fail. An SPF fail does: the
 * owner of the domain says that the host may not send for it. RFC 7208 §8.4.
 */
export function judgeVerification({ dkim, spf }: Verification, author: string): Verdict {
  const aligned = dkim.filter(({ domain }) => isAligned(domain, author));
  const signature = aligned.find(({ result }) => result === 'pass');
  if (signature !== undefined) {
    const detail = `dkim=pass by ${signature.domain}, aligned with ${author}`;
    return { result: 'pass', by: 'dkim', dkimAligned: true, detail };
  }
  const sender = spf !== undefined && isAligned(spf.domain, author) ? spf : undefined;
  const bySender = (result: Verdict['result']): Verdict => ({
    result,
    by: 'spf',
    dkimAligned: false,
    detail: `spf=${result} for ${sender?.domain ?? ''}, aligned with ${author}`,
  });
  switch (sender?.result) {
    case 'pass':
    case 'fail':
    case 'softfail':
      return bySender(sender.result);
    case 'temperror':
      return bySender('temperror');
    default:
  }
  const unchecked = aligned.find(({ result }) => result === 'temperror');
  if (unchecked !== undefined) {
    const detail = `dkim=temperror for ${unchecked.domain}, aligned with ${author}`;
    return { result: 'temperror', by: 'dkim', dkimAligned: false, detail };
  }
  const broken = aligned.some(({ result }) => result !== 'none');
  const detail = broken
    ? `no signature aligned with ${author} verifies, which is as if there were none`
    : `no signature or reverse-path aligned with ${author}`;
  return { result: 'none', dkimAligned: false, detail };
}
