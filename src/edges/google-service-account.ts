/**
 * The key of a Google service account: reading it, and the signed statement with which it asks for a token.
 *
 * RFC 7523 §2.1 (a JWT as a grant), §3 (what it states). RFC 7515 §3.1 and RFC 7518 §3.3 (its form and RS256).
 */
import { createPrivateKey, sign } from 'node:crypto';
import { z } from 'zod';

/** As the console of Google Cloud hands it out; what else it holds is of no use here. */
const keyShape = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(3),
  private_key: z.string(),
  private_key_id: z.string().optional(),
});

export type ServiceAccount = z.output<typeof keyShape>;

/** What is wrong with the key, without showing it. */
export function faultOfServiceAccount(text: string): string | undefined {
  const expected =
    'expected the JSON file of a key of a service account, with client_email and private_key';
  try {
    const account = keyShape.safeParse(JSON.parse(text));
    if (!account.success) return `what it names is JSON without these, ${expected}`;
    const kind = createPrivateKey(account.data.private_key).asymmetricKeyType;
    return kind === 'rsa' ? undefined : 'what it names holds no RSA key, expected one';
  } catch {
    return `what it names is no such key, ${expected}`;
  }
}

/** Asserts what `faultOfServiceAccount` has checked. */
export function readServiceAccount(text: string): ServiceAccount {
  return keyShape.parse(JSON.parse(text));
}

/** Longest that Google takes. */
const secondsValid = 3_600;

/** A statement that the account asks on behalf of the user, signed with its key. */
export function signedAssertion(
  account: ServiceAccount,
  about: {
    readonly user: string;
    readonly scope: string;
    readonly audience: string;
    readonly nowMs: number;
  },
): string {
  const issuedAt = Math.floor(about.nowMs / 1_000);
  const header = {
    alg: 'RS256',
    typ: 'JWT',
    ...(account.private_key_id === undefined ? {} : { kid: account.private_key_id }),
  };
  const claims = {
    iss: account.client_email,
    sub: about.user,
    scope: about.scope,
    aud: about.audience,
    iat: issuedAt,
    exp: issuedAt + secondsValid,
  };
  const said = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(said), account.private_key);
  return `${said}.${signature.toString('base64url')}`;
}
