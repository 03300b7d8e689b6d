/**
 * Whether the author of a mail is who its From field says.
 *
 * Three may speak, in this order: the receiving host, by the topmost field of one named in the settings; a
 * verification of our own, where the host's word proves nothing; a trusted sealer of ARC, who alone can turn
 * the host's fail of a forwarded mail into a pass. Whatever else the mail says of itself, anybody can write.
 * This file only weighs: what is verified is handed in.
 *
 * RFC 8601 §4.1, §5 (which fields to believe); docs/authentication.md.
 */
import { domainOf } from './address.ts';
import { judgeArc } from './arc.ts';
import { readAuthenticationResults } from './authentication-results.ts';
import type { Authentication } from './decision.ts';
import { dmarcFailedUpstream, judgeResults, type Verdict } from './judge-results.ts';
import { judgeVerification } from './judge-verification.ts';
import { shownCharsMax, shownChecksMax, shownHostsMax } from './limits.ts';
import type { Evidence, HeaderField, Mail } from './mail.ts';
import { shown } from './normalize.ts';
import type { Policy } from './policy.ts';
import {
  exchangeOnline,
  type TrustedField,
  trustedField,
  trustedHostSawFail,
} from './trusted-field.ts';
import type { AuthResult, Verification } from './verification.ts';

export interface Authenticated extends Authentication {
  readonly evidence: readonly Evidence[];
}

type Note = (code: string, detail: string) => void;

/** Weighs what is said of the author. Never throws; without anybody to believe the result is `none`. */
export function authenticate(
  mail: Mail,
  policy: Pick<Policy, 'trustedAuthservIds' | 'trustedArcSealers'>,
  verification?: Verification,
): Authenticated {
  const evidence: Evidence[] = [];
  const note: Note = (code, detail) => {
    evidence.push({ stage: 'authenticate', code, detail: shown(detail, shownCharsMax) });
  };
  const author = mail.from.length === 1 ? domainOf(mail.from[0]?.address ?? '') : '';
  if (author === '') {
    note('no-single-author', 'without exactly one author there is nobody to authenticate');
    return { result: 'none', dkimAligned: false, evidence };
  }
  const trusted = trustedField(mail.fields, policy.trustedAuthservIds);
  noteIgnored(mail.fields, trusted, note);
  const others = mail.fields.filter((field) => field !== trusted?.field);
  const failedUpstream = dmarcFailedUpstream(others, author);
  if (failedUpstream) note('upstream-dmarc-fail', 'a host before ours saw DMARC fail');
  const host = hostVerdict(mail.fields, trusted, policy.trustedAuthservIds, author);
  note(host.result, host.detail);
  const own = ownVerdict(verification, host, author, note);
  const sealed = arcVerdict(
    mail.fields,
    { policy, author, hostResults: trusted?.results ?? [], verification },
    own,
    note,
  );
  const { result, by, dkimAligned } = sealed;
  return {
    result,
    ...(by === undefined || result === 'none' ? {} : { by }),
    dkimAligned: dkimAligned && !failedUpstream,
    evidence,
  };
}

/** Whose fields were passed over, by name as far as they have one. */
function noteIgnored(
  fields: readonly HeaderField[],
  trusted: TrustedField | undefined,
  note: Note,
): void {
  const ignored = fields.filter(
    (field) => field.name === 'authentication-results' && field !== trusted?.field,
  );
  if (ignored.length === 0) return;
  const names = ignored
    .slice(0, shownHostsMax)
    .map(({ value }) => shown(readAuthenticationResults(value).authservId ?? 'no name', 40));
  const more = ignored.length > names.length ? ', …' : '';
  note(
    'ignored',
    `${ignored.length} Authentication-Results field(s) of hosts that are not trusted or lie below the trusted one: ${names.join(', ')}${more}`,
  );
}

function hostVerdict(
  fields: readonly HeaderField[],
  trusted: TrustedField | undefined,
  trustedAuthservIds: readonly string[],
  author: string,
): Verdict {
  if (trusted === undefined) {
    const detail = 'no Authentication-Results of a trusted host';
    return { result: 'none', dkimAligned: false, detail };
  }
  const verdict = trustedHostSawFail(fields, trustedAuthservIds, author)
    ? { result: 'fail' as const, dkimAligned: false, detail: `dmarc=fail for ${author}` }
    : judgeResults(trusted.results, author);
  const detail = `${trusted.authservId ?? exchangeOnline}: ${verdict.detail}`;
  return { ...verdict, by: 'authentication-results', detail };
}

/** Whether a verification of our own may still say something: a pass or a fail of the host stands. */
const provesNothing: Readonly<Record<AuthResult, boolean>> = {
  pass: false,
  fail: false,
  softfail: false,
  none: true,
  neutral: true,
  temperror: true,
  permerror: true,
};

/** The host's verdict, or ours where the host's proves nothing and ours says something. */
function ownVerdict(
  verification: Verification | undefined,
  host: Verdict,
  author: string,
  note: Note,
): Verdict {
  if (verification === undefined) return host;
  for (const { result, domain, detail } of verification.dkim.slice(0, shownChecksMax))
    note('verified-dkim', `dkim=${result} for ${domain}: ${detail}`);
  const { spf, arc } = verification;
  if (spf !== undefined) note('verified-spf', `spf=${spf.result} for ${spf.domain}`);
  if (arc.instance > 0) {
    const sealer = arc.sealer ?? 'nobody';
    note('verified-arc', `arc=${arc.result}, set ${arc.instance} by ${sealer}: ${arc.detail}`);
  }
  if (!provesNothing[host.result]) {
    note(
      'host-decides',
      `the trusted host says ${host.result}, which a check of ours never changes`,
    );
    return host;
  }
  const own = judgeVerification(verification, author);
  note(`own-${own.result}`, own.detail);
  return own.result === 'none' ? host : own;
}

/** The verdict so far, or a pass by ARC. */
function arcVerdict(
  fields: readonly HeaderField[],
  {
    policy,
    author,
    hostResults,
    verification,
  }: {
    readonly policy: Pick<Policy, 'trustedArcSealers'>;
    readonly author: string;
    readonly hostResults: TrustedField['results'];
    readonly verification: Verification | undefined;
  },
  soFar: Verdict,
  note: Note,
): Verdict {
  // A pass needs no help, and where nobody is trusted no chain can give any.
  if (soFar.result === 'pass' || policy.trustedArcSealers.length === 0) return soFar;
  const { trustedArcSealers } = policy;
  const verified = verification?.arc;
  const found = judgeArc({ fields, hostResults, verified, trustedArcSealers, author });
  if (found === undefined) return soFar;
  if (found.kind === 'nothing') {
    note('arc-nothing', found.detail);
    return soFar;
  }
  note('arc-pass', found.verdict.detail);
  return found.verdict;
}
