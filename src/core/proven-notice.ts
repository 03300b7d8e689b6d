/**
 * Whether an attached notice is proven Microsoft's by its own DKIM signature, which an attachment keeps.
 *
 * It only ever takes away: a proven notice is never called an imitation. It proves nothing about who forwarded
 * it, and nobody is answered because of it. A signature that does not verify says nothing, since mail programs
 * and gateways change what they attach.
 *
 * RFC 6376 §6.1, RFC 7489 §3.1.
 */
import { domainOf, isAligned, isWithinDomain } from './address.ts';
import { shownCharsMax, shownChecksMax } from './limits.ts';
import type { Evidence, Mail, Original } from './mail.ts';
import { shown } from './normalize.ts';
import type { NoticeCatalog } from './notice.ts';
import type { Verification } from './verification.ts';

export interface NoticeProof {
  readonly isProven: boolean;
  readonly evidence: readonly Evidence[];
}

/** Looks at the signatures of the attached message that the notice is; inline ones have none. */
export function proveNotice(
  { attachedIndex }: Pick<Original, 'attachedIndex'>,
  mail: Pick<Mail, 'attachedMails'>,
  catalog: Pick<NoticeCatalog, 'senderDomains'>,
  verification: Verification | undefined,
): NoticeProof {
  const signatures =
    attachedIndex === undefined ? [] : (verification?.attached[attachedIndex] ?? []);
  const authors = mail.attachedMails[attachedIndex ?? -1]?.from ?? [];
  const author = authors.length === 1 ? domainOf(authors[0]?.address ?? '') : '';
  const proof = signatures.find(
    ({ result, domain }) =>
      result === 'pass' &&
      isAligned(domain, author) &&
      catalog.senderDomains.some((known) => isWithinDomain(domain, known)),
  );
  if (proof !== undefined) {
    const detail = `the attached notice bears a signature of ${proof.domain} that verifies`;
    return { isProven: true, evidence: [evidenceOf('notice-proven', detail)] };
  }
  const evidence = signatures
    .slice(0, shownChecksMax)
    .map(({ result, domain, detail }) =>
      evidenceOf(
        'notice-unproven',
        `dkim=${result} for ${domain} on the attached notice: ${detail}`,
      ),
    );
  return { isProven: false, evidence };
}

function evidenceOf(code: string, detail: string): Evidence {
  return { stage: 'authenticate', code, detail: shown(detail, shownCharsMax) };
}
