/**
 * Verifies what a mail proves by itself: its DKIM signatures, those of the messages attached to it, its ARC chain,
 * and SPF where the receiving host wrote down who its client was.
 *
 * Never rejects, whatever the mail holds and whatever DNS does: no answer in time is `temperror`, never a fail.
 * What the results are worth is decided elsewhere. RFC 6376, RFC 8617, RFC 7208.
 */
import { hashedBytesMax } from '../core/limits.ts';
import type { Mail } from '../core/mail.ts';
import type { Verification, VerifiedSignature } from '../core/verification.ts';
import type { Clock, Resolver } from '../ports.ts';
import { openMailLookups } from './mail-lookups.ts';
import { keysResolver, openResolver } from './resolver.ts';
import type { VerificationSettings } from './settings-types.ts';
import type { SignaturesOf, VerifyContext } from './verified-signatures.ts';

export type MailVerifier = (raw: Uint8Array, mail: Mail) => Promise<Verification>;

export interface MailVerifierOptions {
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** How long all look-ups for one mail may take. */
  readonly timeoutMs: number;
  /** Hosts whose Received field is believed; empty: SPF is not looked at. */
  readonly receivers: readonly string[];
}

export function openMailVerifier(options: MailVerifierOptions): MailVerifier {
  const { resolver, clock, timeoutMs, receivers } = options;
  // mailauth takes 0.15 s and 35 MB to load, so only those who verify pay for it.
  let loaded: Promise<Checks> | undefined;
  return async (raw, mail) => {
    loaded ??= loadChecks();
    const { verifySignatures, verifySender } = await loaded;
    const lookups = openMailLookups(resolver, timeoutMs);
    const context: VerifyContext = {
      lookups,
      now: clock.now(),
      budget: { bytesLeft: hashedBytesMax },
    };
    try {
      const outer = await verifySignatures(raw, mail, context);
      const attached = await verifyAttached(mail, (octets, inner) =>
        verifySignatures(octets, inner, context),
      );
      const spf = await verifySender(mail, { lookups, trusted: receivers, timeoutMs });
      return { ...outer, ...(spf === undefined ? {} : { spf }), attached };
    } finally {
      lookups.close();
    }
  };
}

async function loadChecks() {
  const [{ verifySignatures }, { verifySender }] = await Promise.all([
    import('./verified-signatures.ts'),
    import('./verified-sender.ts'),
  ]);
  return { verifySignatures, verifySender };
}

type Checks = Awaited<ReturnType<typeof loadChecks>>;

async function verifyAttached(
  { attachedMails }: Mail,
  verify: (raw: Uint8Array, mail: Mail) => Promise<SignaturesOf>,
): Promise<readonly (readonly VerifiedSignature[])[]> {
  const attached: (readonly VerifiedSignature[])[] = [];
  for (const mail of attachedMails) {
    // One after the other: all share what may be looked up and hashed for the mail.
    attached.push(mail.raw === undefined ? [] : (await verify(mail.raw, mail)).dkim);
  }
  return attached;
}

/** The verifier that the settings ask for; absent where they give neither DNS nor a key. */
export function verifierFor(
  { verification, trustedAuthservIds }: VerifierSettings,
  { clock, network }: { readonly clock: Clock; readonly network: 'dns' | 'none' },
): MailVerifier | undefined {
  const { keys, timeoutSeconds, servers } = verification;
  const timeoutMs = timeoutSeconds * 1_000;
  const isAsked = network === 'dns' && verification.dns;
  if (!isAsked && Object.keys(keys).length === 0) return undefined;
  const dns = isAsked
    ? openResolver({
        clock,
        // Half of it, so that a second name can still be asked for when the first stays silent.
        timeoutMs: timeoutMs / 2,
        ...(servers === undefined ? {} : { servers }),
      })
    : undefined;
  return openMailVerifier({
    resolver: keysResolver(keys, dns),
    clock,
    timeoutMs,
    receivers: isAsked ? trustedAuthservIds : [],
  });
}

interface VerifierSettings {
  readonly verification: VerificationSettings;
  readonly trustedAuthservIds: readonly string[];
}
