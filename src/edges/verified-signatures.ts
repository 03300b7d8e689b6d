/**
 * DKIM signatures and the ARC chain of one message, verified by mailauth, judged more strictly than it asks.
 *
 * A pass here may open a customer's record, so it must mean: the domain answers for this From, for the whole
 * body, now, with a key that nobody can guess. What mailauth passes with a remark is not a pass.
 * RFC 6376, RFC 8301, RFC 8463, RFC 8617.
 */
import { domainToASCII } from 'node:url';
import { arc } from 'mailauth/lib/arc/index.js';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import {
  dkimKeyBitsMin,
  headerFieldsMax,
  keyRecordCharsMax,
  shownCharsMax,
  signaturesMax,
  verifiedHeadBytesMax,
  verifiedHeadLinesMax,
  verifiedLineBytesMax,
} from '../core/limits.ts';
import type { Mail } from '../core/mail.ts';
import type { AuthResult, VerifiedChain, VerifiedSignature } from '../core/verification.ts';
import type { LookupTrouble, MailLookups } from './mail-lookups.ts';

export interface SignaturesOf {
  readonly dkim: readonly VerifiedSignature[];
  readonly arc: VerifiedChain;
}

export interface VerifyContext {
  readonly lookups: MailLookups;
  readonly now: Date;
  /** Octets that may still be hashed; each signature hashes the body anew. */
  readonly budget: { bytesLeft: number };
}

type DkimOutcome = Awaited<ReturnType<typeof dkimVerify>>;
type SignatureOutcome = DkimOutcome['results'][number];
type ChainOutcome = Awaited<ReturnType<typeof arc>>;

export const noChain: VerifiedChain = { result: 'none', instance: 0, detail: 'no ARC chain' };

/** Verifies the signatures of a message. Never rejects. */
export async function verifySignatures(
  raw: Uint8Array,
  mail: Mail,
  context: VerifyContext,
): Promise<SignaturesOf> {
  const signatures = mail.fields.filter(({ name }) => name === 'dkim-signature').length;
  const isSealed = mail.fields.some(({ name }) => name.startsWith('arc-'));
  if (signatures === 0 && !isSealed) return { dkim: [], arc: noChain };
  const prepared = prepare(raw, mail, context.budget);
  if ('fault' in prepared) return refused(mail, prepared.fault);
  try {
    const found = await examine(prepared.octets, mail, context);
    return isSealed ? found : { ...found, arc: noChain };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return refused(mail, `it could not be read: ${shown(why)}`);
  }
}

async function examine(
  octets: Buffer,
  mail: Mail,
  { lookups, now }: VerifyContext,
): Promise<SignaturesOf> {
  const options = {
    // Its types know TXT records and addresses only.
    resolver: lookups.ask as (name: string, type: string) => Promise<string[][] | string[]>,
    minBitLength: dkimKeyBitsMin,
    curTime: now,
    strict: true,
  };
  const outcome = await dkimVerify(octets, options);
  const authorFault = faultOfAuthor(outcome, mail);
  const dkim = outcome.results
    .filter(({ status }) => status.result !== 'none')
    .map((one) => signatureOf(one, authorFault, lookups));
  // The types of the two differ in whether a chain may be `false`; the program passes one to the other.
  const chain = await arc(outcome.arc as Parameters<typeof arc>[0], options);
  return { dkim, arc: chainOf(chain, lookups) };
}

/** The octets to verify, or what keeps a message from being verified at all: only hostile mail reaches the limits. */
function prepare(
  raw: Uint8Array,
  mail: Mail,
  budget: VerifyContext['budget'],
): { readonly octets: Buffer } | { readonly fault: string } {
  const signatures = mail.fields.filter(({ name }) => name === 'dkim-signature').length;
  if (signatures > signaturesMax) {
    const fault = `the mail has ${signatures} signatures, more than ${signaturesMax} are not verified`;
    return { fault };
  }
  const isSealed = mail.fields.some(({ name }) => name.startsWith('arc-'));
  const hashedBytes = raw.byteLength * (signatures + (isSealed ? 1 : 0));
  if (mail.defects.includes('too-large') || hashedBytes > budget.bytesLeft) {
    return { fault: 'the mail is larger than what is verified of so many signatures' };
  }
  budget.bytesLeft -= hashedBytes;
  const octets = withLineEnds(raw);
  const lines = measureLines(octets);
  const isHeadLong =
    mail.fields.length >= headerFieldsMax ||
    lines.headBytes > verifiedHeadBytesMax ||
    lines.headLines > verifiedHeadLinesMax;
  if (isHeadLong) return { fault: 'the header section is longer than what is verified' };
  return lines.longestBytes > verifiedLineBytesMax
    ? { fault: 'a line is longer than what is verified' }
    : { octets };
}

/** Up to the first empty line mailauth reads fields. RFC 5322 §2.1. */
function measureLines(octets: Buffer): {
  readonly headBytes: number;
  readonly headLines: number;
  readonly longestBytes: number;
} {
  const headEnd = octets.indexOf('\r\n\r\n');
  const headBytes = headEnd < 0 ? octets.byteLength : headEnd;
  let headLines = 0;
  let longestBytes = 0;
  let start = 0;
  while (start < octets.byteLength) {
    const found = octets.indexOf(10, start);
    const end = found < 0 ? octets.byteLength : found + 1;
    longestBytes = Math.max(longestBytes, end - start);
    if (start <= headBytes) headLines += 1;
    start = end;
  }
  return { headBytes, headLines, longestBytes };
}
/** RFC 8601 §2.7.1: `permerror` where no later try can succeed. */
function refused({ fields }: Mail, detail: string): SignaturesOf {
  const first = fields.find(({ name }) => name === 'dkim-signature')?.value;
  const domain = domainIn(/(?:^|;)\s*d\s*=\s*([^;\s]{1,255})/.exec(first ?? '')?.[1] ?? '');
  const isSealed = fields.some(({ name }) => name.startsWith('arc-'));
  return {
    dkim: first === undefined ? [] : [{ result: 'permerror', domain, detail }],
    arc: isSealed ? { result: 'permerror', instance: 0, detail } : noChain,
  };
}

/** RFC 6376 §8.15: with a second From, or one that is read in two ways, nobody knows which one was signed. */
function faultOfAuthor(outcome: DkimOutcome, mail: Mail): string | undefined {
  const ours = mail.fields.filter(({ name }) => name === 'from').length;
  if (outcome.fromFields !== 1 || ours !== 1) return 'the mail has not exactly one From field';
  const read = outcome.headerFrom.map((address) => domainIn(address.split('@').at(-1) ?? ''));
  const known = mail.from.map(({ address }) => domainIn(address.split('@').at(-1) ?? ''));
  return read.length === known.length && read.every((domain, index) => domain === known[index])
    ? undefined
    : 'the From field can be read in two ways';
}

function signatureOf(
  outcome: SignatureOutcome,
  authorFault: string | undefined,
  lookups: MailLookups,
): VerifiedSignature {
  const domain = domainIn(outcome.signingDomain ?? '');
  const name = `${outcome.selector ?? ''}._domainkey.${outcome.signingDomain ?? ''}`;
  const said = (result: AuthResult, detail: string) => ({ result, domain, detail: shown(detail) });
  const { status } = outcome;
  switch (status.result) {
    case 'pass': {
      const fault = authorFault ?? faultOfPass(outcome);
      if (fault === undefined) return said('pass', `signed by ${domain}`);
      // RFC 6376 §3.6.1, t=y: who only tests is to be treated as if he had not signed.
      return said(status.testing === true ? 'neutral' : 'permerror', fault);
    }
    case 'fail':
      return said('fail', commentOf(outcome) ?? 'the signature does not fit');
    case 'temperror': {
      const trouble = lookups.troubleOf(name) ?? 'temporary';
      return said(resultOfTrouble[trouble], sentenceOf(trouble, name));
    }
    case 'policy':
      return said('permerror', policyFault(outcome));
    default:
      return said('neutral', commentOf(outcome) ?? 'it could not be processed');
  }
}

/** Why a signature that fits is still no pass. */
function faultOfPass({ status, rr, algo }: SignatureOutcome): string | undefined {
  // RFC 6376 §8.2: what stands behind l= can be anybody's, and readers show it like the rest.
  const unsigned = status.underSized ?? 0;
  if (unsigned > 0) return `${unsigned} octets of the body are not signed (l=)`;
  if (status.testing === true) return 'the domain says that it only tests its key (t=y)';
  // RFC 8301 §3.1.
  if (/sha1/i.test(algo ?? '')) return 'it uses rsa-sha1';
  return (rr?.length ?? 0) > keyRecordCharsMax
    ? 'the key record is longer than any key'
    : undefined;
}

function policyFault({ status, algo }: SignatureOutcome): string {
  const isAlgorithm = JSON.stringify(status.policy ?? {}).includes('algorithm');
  return isAlgorithm
    ? `it uses ${algo ?? 'an algorithm'}, which anybody with the means can forge`
    : `the key has fewer than ${dkimKeyBitsMin} bits`;
}

/** `unasked` says nothing about the signature, and no later try would. */
const resultOfTrouble: Readonly<Record<LookupTrouble, AuthResult>> = {
  temporary: 'temperror',
  unasked: 'neutral',
  'too-many': 'permerror',
};

function sentenceOf(trouble: LookupTrouble, name: string): string {
  switch (trouble) {
    case 'temporary':
      return `DNS does not answer for ${name} now`;
    case 'unasked':
      return `${name} is not among verification.keys, and DNS is not asked`;
    case 'too-many':
      return 'the mail needs more look-ups than are made for one';
  }
}

/** RFC 8617 §5.2: a chain is good as a whole or not at all. */
function chainOf(outcome: ChainOutcome, lookups: MailLookups): VerifiedChain {
  const sealer = sealerOf(outcome);
  const base = {
    instance: typeof outcome.i === 'number' ? outcome.i : 0,
    ...(sealer === undefined ? {} : { sealer }),
  };
  const comment = outcome.status.comment;
  switch (outcome.status.result) {
    case 'none':
      return noChain;
    case 'pass': {
      const unsigned =
        outcome.signature === false ? 0 : (outcome.signature?.status.underSized ?? 0);
      return unsigned > 0
        ? {
            ...base,
            result: 'permerror',
            detail: `${unsigned} octets of the body are not signed (l=)`,
          }
        : { ...base, result: 'pass', detail: `sealed by ${sealer ?? 'somebody'}` };
    }
    default: {
      // mailauth calls every trouble a fail. A seal that could not be looked up has none of its own words.
      const isAnswered =
        typeof comment === 'string' &&
        (outcome.signature === false || outcome.signature?.status.result !== 'temperror');
      const trouble = isAnswered ? undefined : lookups.troubleOf();
      return trouble === undefined
        ? { ...base, result: 'fail', detail: shown(comment || 'the chain is broken') }
        : { ...base, result: resultOfTrouble[trouble], detail: sentenceOf(trouble, 'its keys') };
    }
  }
}

function sealerOf({ chain }: ChainOutcome): string | undefined {
  // Its types know a list only, but a chain that cannot be read is `false`.
  const newest = Array.isArray(chain) ? chain.at(-1) : undefined;
  const seal: unknown = newest?.['arc-seal']?.parsed?.d?.value;
  const domain = typeof seal === 'string' ? domainIn(seal) : '';
  return domain === '' ? undefined : domain;
}

function commentOf({ status }: SignatureOutcome): string | undefined {
  return typeof status.comment === 'string' ? status.comment : undefined;
}

/** In lower case and ASCII; empty for what is no domain. */
function domainIn(text: string): string {
  const ascii = domainToASCII(text.trim().slice(0, 255)).toLowerCase();
  return /^[a-z0-9._-]+$/.test(ascii) ? ascii : '';
}

function shown(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, shownCharsMax);
}

/** Every line ended by CRLF, as it was signed. RFC 6376 §5.3. Files and some servers have LF alone. */
export function withLineEnds(raw: Uint8Array): Buffer {
  const octets = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  let bare = 0;
  for (let at = octets.indexOf(10); at >= 0; at = octets.indexOf(10, at + 1)) {
    if (octets[at - 1] !== 13) bare += 1;
  }
  if (bare === 0) return octets;
  const ended = Buffer.allocUnsafe(octets.byteLength + bare);
  let to = 0;
  for (let at = 0; at < octets.byteLength; at += 1) {
    const octet = octets[at] ?? 0;
    if (octet === 10 && octets[at - 1] !== 13) {
      ended[to] = 13;
      to += 1;
    }
    ended[to] = octet;
    to += 1;
  }
  return ended;
}
