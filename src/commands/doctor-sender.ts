/**
 * The checks of `doctor` for the domain that replies come from: whether receivers can tell them from forgeries.
 */
import { domainOf, organizationalDomain } from '../core/address.ts';
import {
  isDkimKey,
  judgeDmarc,
  judgeSpf,
  type RecordVerdict,
  usualSelectors,
} from '../core/sender-records.ts';
import type { DnsAnswer, Resolver } from '../ports.ts';
import type { Finding } from './doctor-checks.ts';

export async function checkSpf(from: string, resolver: Resolver): Promise<Finding> {
  const domain = domainOf(from);
  const answer = await resolver.resolve(domain, 'TXT');
  return findingOf(domain, answer, judgeSpf, [
    'Publish one TXT record such as v=spf1 include:spf.protection.outlook.com -all, with what your sending servers say.',
    'Replies have the null reverse-path, so a DKIM signature of your domain counts more than SPF.',
  ]);
}

/** RFC 7489 §6.6.3: the domain itself first, then that of its organisation. */
export async function checkDmarc(from: string, resolver: Resolver): Promise<Finding> {
  const domain = domainOf(from);
  const own = await resolver.resolve(`_dmarc.${domain}`, 'TXT');
  // What the organisation publishes counts only where the domain itself is known to publish nothing.
  if (isSilent(own)) return unanswered(`_dmarc.${domain}`, own);
  const organization = organizationalDomain(domain);
  const isOwn = domain === organization || judgeDmarc(recordsOf(own)).verdict !== 'absent';
  const name = isOwn ? domain : organization;
  const answer = isOwn ? own : await resolver.resolve(`_dmarc.${organization}`, 'TXT');
  const judge = (records: readonly string[]) => judgeDmarc(records, { ofOrganization: !isOwn });
  return findingOf(`_dmarc.${name}`, answer, judge, [
    `Publish a TXT record at _dmarc.${organization} such as v=DMARC1; p=quarantine; rua=mailto:dmarc@${organization}`,
  ]);
}

/** Where the sending server signs: nobody can list the selectors of a domain, so the usual ones are asked for. */
export async function checkServerDkim(from: string, resolver: Resolver): Promise<Finding> {
  const domain = domainOf(from);
  const answers = await Promise.all(
    usualSelectors.map(async (selector) => ({
      selector,
      answer: await resolver.resolve(`${selector}._domainkey.${domain}`, 'TXT'),
    })),
  );
  const found = answers.filter(({ answer }) => recordsOf(answer).some(isDkimKey));
  if (found.length > 0)
    return {
      verdict: 'ok',
      detail: `${domain} has keys: ${found.map(({ selector }) => selector).join(', ')}`,
    };
  const silent = answers.find(({ answer }) => isSilent(answer));
  if (silent !== undefined) return unanswered(domain, silent.answer);
  return {
    verdict: 'warn',
    detail: `${domain} has no key under the usual selectors`,
    mends: [
      'Send a reply to a mailbox of your own and look for dkim=pass with your domain: then all is well.',
      'Else switch DKIM on at the sending server, or let the replies be signed here (smtp.dkim).',
    ],
  };
}

function findingOf(
  name: string,
  answer: DnsAnswer,
  judge: (records: readonly string[]) => RecordVerdict,
  mends: readonly string[],
): Finding {
  if (isSilent(answer)) return unanswered(name, answer);
  const { verdict, detail } = judge(recordsOf(answer));
  const said = `${name}: ${detail}`;
  if (verdict === 'ok') return { verdict, detail: said };
  return { verdict: verdict === 'wrong' ? 'fail' : 'warn', detail: said, mends };
}

function unanswered(name: string, answer: DnsAnswer): Finding {
  const why = answer.kind === 'temporary' ? ` (${answer.why})` : '';
  return {
    verdict: 'warn',
    detail: `DNS gives no answer for ${name}${why}`,
    mends: ['Let this machine reach its DNS servers on port 53, over UDP and TCP.'],
  };
}

function isSilent(answer: DnsAnswer): boolean {
  return answer.kind === 'temporary' || answer.kind === 'unasked';
}

function recordsOf(answer: DnsAnswer): readonly string[] {
  return answer.kind === 'found' ? answer.records : [];
}
