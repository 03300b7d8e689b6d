/**
 * Tokens for Microsoft’s interfaces, by @azure/msal-node: of the application, or of a person’s stored consent
 * (Secure Application Model), for the partner’s tenant and those of its customers.
 *
 * A token is kept until shortly before it expires. No secret is ever part of an error.
 */
import { ConfidentialClientApplication, type INetworkModule } from '@azure/msal-node';
import { ResponderError } from '../errors.ts';
import type { SendRequest } from './https-request.ts';
import { loginCertificate } from './login-certificate.ts';
import { networkFault } from './microsoft-http.ts';

export interface LoginSettings {
  readonly clientId: string;
  readonly authority: string;
  readonly clientSecret?: string;
  /** Private key and certificate in PEM form. */
  readonly certificate?: string;
  /** Absent: the application itself logs in. */
  readonly refreshToken?: string;
}

export interface TokenWorld {
  readonly send: SendRequest;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface Tokens {
  /** `resource`: the URL of the interface. `fresh`: not the one that is kept. */
  get(tenantId: string, resource: string, fresh: boolean): Promise<string>;
}

/** A token is taken for expired so long before it is: a request may wait for its turn. */
const expiryMarginMs = 5 * 60_000;

export function openTokens(settings: LoginSettings, world: TokenWorld): Tokens {
  const kept = new Map<string, { readonly token: string; readonly untilMs: number }>();
  return {
    async get(tenantId, resource, fresh) {
      const key = `${tenantId}\n${resource}`;
      const known = kept.get(key);
      if (!fresh && known !== undefined && known.untilMs > world.now()) return known.token;
      const { token, expiresMs } = await acquire(settings, world, tenantId, resource);
      // One entry a customer tenant: those that are done with need not be kept.
      if (kept.size > 1_000) kept.clear();
      kept.set(key, { token, untilMs: expiresMs - expiryMarginMs });
      return token;
    },
  };
}

async function acquire(
  settings: LoginSettings,
  world: TokenWorld,
  tenantId: string,
  resource: string,
): Promise<{ readonly token: string; readonly expiresMs: number }> {
  const authority = `${settings.authority.replace(/\/$/, '')}/${tenantId}`;
  let broken: string | undefined;
  const network = networkOver(world.send, (why) => {
    broken = why;
  });
  const { clientId, refreshToken } = settings;
  try {
    const app = new ConfidentialClientApplication({
      auth: {
        clientId,
        authority,
        knownAuthorities: [new URL(authority).host],
        ...credentialOf(settings),
      },
      system: { networkClient: network },
    });
    const scopes = [`${resource.replace(/\/$/, '')}/.default`];
    const result =
      refreshToken === undefined
        ? await app.acquireTokenByClientCredential({ scopes, skipCache: true })
        : await app.acquireTokenByRefreshToken({ scopes, refreshToken });
    if (result === null || result.accessToken === '')
      throw new ResponderError('SYNC_FAILED', `The login to tenant ${tenantId} gave no token.`);
    return {
      token: result.accessToken,
      expiresMs: result.expiresOn?.getTime() ?? world.now() + 2 * expiryMarginMs,
    };
  } catch (error) {
    if (error instanceof ResponderError) throw error;
    if (broken !== undefined) {
      const host = new URL(authority).host;
      throw new ResponderError('SYNC_FAILED', `The login at ${host} cannot be reached: ${broken}.`);
    }
    throw loginFailed(error, tenantId);
  }
}

function credentialOf({ clientSecret, certificate }: LoginSettings) {
  if (certificate === undefined) return { clientSecret: clientSecret ?? '' };
  return { clientCertificate: loginCertificate(certificate) };
}

function networkOver(send: SendRequest, onBroken: (why: string) => void): INetworkModule {
  const ask = async <Body>(url: string, method: 'GET' | 'POST', headers = {}, body?: string) => {
    try {
      const answer = await send(new URL(url), {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      });
      if (answer.status >= 500) onBroken(`status ${answer.status}`);
      const parsed: Body = JSON.parse(answer.text);
      return { status: answer.status, headers: { ...answer.headers }, body: parsed };
    } catch (error) {
      onBroken(error instanceof SyntaxError ? 'its answer is no JSON' : networkFault(error));
      throw error;
    }
  };
  return {
    sendGetRequestAsync: (url, options) => ask(url, 'GET', options?.headers),
    sendPostRequestAsync: (url, options) => ask(url, 'POST', options?.headers, options?.body),
  };
}

/** Numbers of Microsoft Entra’s errors, with the mend. */
const mends: Readonly<Record<string, string>> = {
  '7000222': 'the client secret has expired: make a new one for the app and put it in place',
  '7000215': 'the client secret is wrong: use its value, not its id',
  '700027': 'the certificate is not registered with the app, or has expired',
  '700016': 'the app is not known in this tenant: check sync.clientId, and consent for the tenant',
  '90002': 'there is no such tenant: check sync.tenantId',
  '700082': 'the refresh token has expired, as it does unused for 90 days: sign in once more',
  '50173': 'the refresh token was revoked, as by a new password: sign in once more',
  '65001': 'nobody has consented for this tenant: let an administrator consent to the app',
  '50076': 'multi-factor authentication is missing: sign in once more with it',
  '50079': 'multi-factor authentication must be set up: do so and sign in once more',
};

function loginFailed(error: unknown, tenantId: string): ResponderError {
  const text = error instanceof Error ? error.message : '';
  const number = /AADSTS(\d{4,8})/.exec(text)?.[1];
  const code = error instanceof Error && 'errorCode' in error ? String(error.errorCode) : 'unknown';
  const name = number === undefined ? code : `AADSTS${number}`;
  const mend = number === undefined ? undefined : mends[number];
  return new ResponderError(
    'SYNC_LOGIN_FAILED',
    `The login to tenant ${tenantId} failed (${name}).`,
    {
      details: mend === undefined ? [] : [mend],
    },
  );
}
