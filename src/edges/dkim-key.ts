/**
 * The key that signs our replies: what is wrong with it, and the DNS record by which others check it.
 *
 * A signature says which domain answers for a mail. With the null reverse-path of our replies SPF speaks for
 * the sending server's own name only, so where that server does not sign, DMARC counts nothing else.
 * No text of this module ever holds a part of the private key. RFC 6376 §3.6.1, RFC 8301 §3.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { dkimKeyBitsMax, dkimKeyBitsMin } from '../core/limits.ts';

export interface DkimSettings {
  /** The domain that answers for the reply: the `d=` of the signature. In lower case, A-labels. */
  readonly domain: string;
  /** The key is published below `<selector>._domainkey.<domain>`. */
  readonly selector: string;
  /** In PEM form; empty where the settings were loaded without secrets: such settings must not send. */
  readonly privateKey: string;
}

/** Environment variables often carry a PEM text in one line, its line breaks written as `\n`. */
export function pemOf(secret: string): string {
  return secret.replaceAll('\\n', '\n');
}

const makeOne =
  'make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out dkim.pem';

/** What is wrong with a key, without showing it; undefined when nothing is. */
export function faultOfDkimKey(secret: string): string | undefined {
  const pem = pemOf(secret);
  const expected = 'expected an RSA private key in PEM form';
  if (/-----BEGIN ENCRYPTED |Proc-Type: 4,ENCRYPTED/.test(pem)) {
    return `the key is locked with a passphrase, ${expected} without one (unlock it with: openssl pkey -in FILE -out dkim.pem)`;
  }
  const key = privateKeyIn(pem);
  if (key === undefined) return `what it names is no private key, ${expected} (${makeOne})`;
  // RFC 8463 adds Ed25519, but the signer at hand writes rsa-sha256 only, and few verifiers know the other.
  if (key.asymmetricKeyType !== 'rsa') {
    return `found a key of the kind ${key.asymmetricKeyType ?? 'unknown'}, ${expected}: replies are signed with rsa-sha256 (${makeOne})`;
  }
  const bits = bitsOf(key);
  // RFC 8301 §3.2: shorter keys must not sign, and verifiers need not read longer ones.
  return bits < dkimKeyBitsMin || bits > dkimKeyBitsMax
    ? `found an RSA key of ${bits} bits, expected ${dkimKeyBitsMin} to ${dkimKeyBitsMax}, better 2048 (${makeOne})`
    : undefined;
}

function privateKeyIn(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // OpenSSL says why in words of its own, which differ by version and may quote the text.
    return undefined;
  }
}

function bitsOf(key: KeyObject): number {
  return key.asymmetricKeyDetails?.modulusLength ?? 0;
}

/** The length of a valid key. */
export function dkimKeyBits(privateKey: string): number {
  return bitsOf(createPrivateKey(privateKey));
}

/** Where the public key is published. RFC 6376 §3.6.2.1. */
export function dkimRecordName({ selector, domain }: DkimSettings): string {
  return `${selector}._domainkey.${domain}`;
}

/** The public key as records hold it: SubjectPublicKeyInfo in base64. RFC 6376 §3.6.1. */
export function publicKeyOf(privateKey: string): string {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64');
}

/** The record to publish. */
export function dkimRecordText({ privateKey }: DkimSettings): string {
  return `v=DKIM1; k=rsa; p=${publicKeyOf(privateKey)}`;
}

/** The same as a line of a zone file: a string of TXT holds 255 octets. RFC 1035 §3.3. */
export function dkimZoneLine(dkim: DkimSettings): string {
  const strings = dkimRecordText(dkim).match(/.{1,255}/g) ?? [];
  return `${dkimRecordName(dkim)}. IN TXT ( ${strings.map((one) => `"${one}"`).join(' ')} )`;
}
