/**
 * Asking a token endpoint for a token: the grants of OAuth 2.0 that need nobody at a screen.
 *
 * Client credentials (RFC 6749 §4.4), a refresh token (§6), a signed statement of a service account (RFC 7523 §2.1).
 * Of an answer only the name of an error is shown (§5.2): its description could repeat what was sent.
 */
import { z } from 'zod';
import { readServiceAccount, signedAssertion } from './google-service-account.ts';
import { LoginFault, type LoginToken } from './login-fault.ts';
import { serverText } from './mail-connection.ts';
import { networkFault } from './microsoft-http.ts';
import type { LoginWorld } from './microsoft-login.ts';
import type { GoogleOauth, OtherOauth } from './settings-types.ts';

interface TokenRequest {
  readonly url: string;
  readonly form: Readonly<Record<string, string>>;
  /** RFC 6749 §2.3.1: how a client with a secret shows itself; Google has it in the form. */
  readonly basic?: { readonly id: string; readonly secret: string };
}

export interface Granted extends LoginToken {
  /** RFC 6749 §6: a new one takes the place of the one that was shown. */
  readonly refreshToken?: string;
}

/** `refreshToken`: the newest, where there is one. Throws LoginFault. */
export function grantOfGoogle(
  oauth: GoogleOauth,
  user: string,
  refreshToken: string | undefined,
  world: LoginWorld,
): Promise<Granted> {
  const { serviceAccount, clientId = '', clientSecret = '', scope, tokenUrl: url } = oauth;
  if (serviceAccount !== undefined) {
    const account = readServiceAccount(serviceAccount);
    const assertion = signedAssertion(account, { user, scope, audience: url, nowMs: world.now() });
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    return ask({ url, form: { grant_type, assertion } }, world);
  }
  const form = {
    grant_type: 'refresh_token',
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken ?? '',
  };
  return ask({ url, form }, world);
}

/** As `grantOfGoogle`. */
export function grantOfOther(
  oauth: OtherOauth,
  refreshToken: string | undefined,
  world: LoginWorld,
): Promise<Granted> {
  const { clientId: id, clientSecret: secret, scope, tokenUrl: url } = oauth;
  const form = {
    ...(refreshToken === undefined
      ? { grant_type: 'client_credentials' }
      : { grant_type: 'refresh_token', refresh_token: refreshToken }),
    ...(scope === undefined ? {} : { scope }),
  };
  return ask({ url, form, basic: { id, secret } }, world);
}

async function ask(request: TokenRequest, world: LoginWorld): Promise<Granted> {
  let answer: { readonly status: number; readonly text: string };
  try {
    answer = await world.send(new URL(request.url), {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Accept: 'application/json',
        ...authorization(request.basic),
      },
      body: new URLSearchParams(request.form).toString(),
    });
  } catch (error) {
    throw new LoginFault('unreachable', networkFault(error));
  }
  const { status } = answer;
  // RFC 6585 §4: too many requests.
  if (status >= 500 || status === 429) throw new LoginFault('unreachable', `status ${status}`);
  const body = parseJson(answer.text);
  if (status === 200) return readGranted(body, world.now());
  throw refusal(status, body);
}

function authorization(basic: TokenRequest['basic']): Readonly<Record<string, string>> {
  if (basic === undefined) return {};
  // RFC 6749 §2.3.1: both are encoded as in a form before they are joined.
  const encoded = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);
  const pair = `${encoded(basic.id)}:${encoded(basic.secret)}`;
  return { Authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** RFC 6749 §5.1. A life that is not told is taken for short. */
const grantedShape = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.coerce.number().positive().default(600),
  refresh_token: z.string().min(1).optional(),
});

function readGranted(body: unknown, nowMs: number): Granted {
  const read = grantedShape.safeParse(body);
  if (!read.success) throw new LoginFault('unreachable', 'its answer holds no bearer token');
  const { access_token, expires_in, refresh_token } = read.data;
  return {
    token: access_token,
    expiresMs: nowMs + expires_in * 1_000,
    ...(refresh_token === undefined ? {} : { refreshToken: refresh_token }),
  };
}

const refusalShape = z.object({ error: z.string(), error_description: z.string().optional() });

interface Mend {
  readonly error: string;
  /** What Google says beside it. */
  readonly words?: RegExp;
  readonly mend: string;
}

const mends: readonly Mend[] = [
  {
    error: 'invalid_grant',
    words: /jwt signature/i,
    mend: 'the key of the service account is not known any more: make a new key and put it in place',
  },
  {
    error: 'invalid_grant',
    words: /reasonable timeframe|short-lived/i,
    mend: 'the clock of this machine is wrong: set it, and let NTP keep it',
  },
  {
    error: 'invalid_grant',
    words: /invalid email or user id|account not found/i,
    mend: 'there is no such user: check auth.user, and that the app belongs to its organisation',
  },
  {
    error: 'invalid_grant',
    mend: 'the grant was revoked or has expired: sign in once more and put the new refresh token in place',
  },
  {
    error: 'unauthorized_client',
    mend: 'the app may not log in this way: for a service account, let an administrator of the domain delegate the scope to its client id; else check clientId',
  },
  {
    error: 'invalid_client',
    mend: 'the app or its secret is wrong, or the secret has expired: check clientId and clientSecret',
  },
  { error: 'invalid_scope', mend: 'the scope is not valid, or not given to the app: check scope' },
  { error: 'admin_policy_enforced', mend: 'an administrator of the domain must allow the app' },
];

function refusal(status: number, body: unknown): LoginFault {
  const read = refusalShape.safeParse(body);
  if (!read.success)
    return new LoginFault('refused', `status ${status}`, [
      'what answers is no token endpoint: check tokenUrl',
    ]);
  const { error, error_description: words = '' } = read.data;
  const found = mends.find((one) => one.error === error && one.words?.test(words) !== false);
  return new LoginFault('refused', serverText(error), found === undefined ? [] : [found.mend]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever it is, it is no answer of a token endpoint; its reader says so.
    return undefined;
  }
}
