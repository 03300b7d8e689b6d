/**
 * One login at Microsoft Entra, by @azure/msal-node: of the application, or of a person’s stored consent.
 *
 * The client credentials grant with a secret (RFC 6749 §4.4) or a certificate (RFC 7523 §2.2), or the grant of a
 * refresh token (RFC 6749 §6). Nothing is kept here. No secret is ever part of a fault.
 */
import { ConfidentialClientApplication, type INetworkModule } from '@azure/msal-node';
import type { SendRequest } from './https-request.ts';
import { loginCertificate } from './login-certificate.ts';
import { LoginFault, type LoginToken } from './login-fault.ts';
import { networkFault } from './microsoft-http.ts';

export interface MicrosoftApp {
  readonly clientId: string;
  /** `https://login.microsoftonline.com`. */
  readonly authority: string;
  readonly clientSecret?: string;
  /** Private key and certificate in PEM form. */
  readonly certificate?: string;
  /** Absent: the application itself logs in. */
  readonly refreshToken?: string;
}

export interface LoginWorld {
  readonly send: SendRequest;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** How long a token is believed to hold where the answer does not say. */
const lifetimeMsDefault = 10 * 60_000;

/** Throws LoginFault. */
export async function logInAtMicrosoft(
  app: MicrosoftApp,
  world: LoginWorld,
  { tenantId, scope }: { readonly tenantId: string; readonly scope: string },
): Promise<LoginToken> {
  const authority = `${app.authority.replace(/\/$/, '')}/${tenantId}`;
  let broken: string | undefined;
  const network = networkOver(world.send, (why) => {
    broken = why;
  });
  const { clientId, refreshToken } = app;
  try {
    const client = new ConfidentialClientApplication({
      auth: {
        clientId,
        authority,
        knownAuthorities: [new URL(authority).host],
        ...credentialOf(app),
      },
      system: { networkClient: network },
    });
    const scopes = scope.split(' ');
    const result =
      refreshToken === undefined
        ? await client.acquireTokenByClientCredential({ scopes, skipCache: true })
        : await client.acquireTokenByRefreshToken({ scopes, refreshToken });
    if (result === null || result.accessToken === '')
      throw new LoginFault('unreachable', 'its answer holds no token');
    return {
      token: result.accessToken,
      expiresMs: result.expiresOn?.getTime() ?? world.now() + lifetimeMsDefault,
    };
  } catch (error) {
    if (error instanceof LoginFault) throw error;
    if (broken !== undefined) throw new LoginFault('unreachable', broken);
    throw faultOf(error);
  }
}

function credentialOf({ clientSecret, certificate }: MicrosoftApp) {
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
      if (answer.status >= 500 || answer.status === 429) onBroken(`status ${answer.status}`);
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
  '700024': 'the clock of this machine is wrong: set it, and let NTP keep it',
  '700016': 'the app is not known in this tenant: check clientId, and consent for the tenant',
  '7000112': 'the app is disabled in this tenant: let an administrator enable it',
  '90002': 'there is no such tenant: check tenantId',
  '500011':
    'the tenant does not know what the scope names: check scope, and that the tenant has Exchange Online',
  '1002012': 'the scope must end with /.default where the app itself logs in: check scope',
  '70011': 'the scope is not valid: check scope',
  '700082': 'the refresh token has expired, as it does unused for 90 days: sign in once more',
  '70008': 'the refresh token has expired: sign in once more',
  '50173': 'the refresh token was revoked, as by a new password: sign in once more',
  '70000': 'the grant was revoked or is not valid: consent and sign in once more',
  '65001': 'nobody has consented for this tenant: let an administrator consent to the app',
  '50057': 'the user is disabled: enable it, or sign in as another',
  '50034': 'the user does not exist in this tenant: sign in as another',
  '53003':
    'Conditional Access blocks the login: let an administrator except this app, or the place it runs at',
  '50076': 'multi-factor authentication is missing: sign in once more with it',
  '50079': 'multi-factor authentication must be set up: do so and sign in once more',
};

function faultOf(error: unknown): LoginFault {
  const text = error instanceof Error ? error.message : '';
  const number = /AADSTS(\d{4,8})/.exec(text)?.[1];
  const code = error instanceof Error && 'errorCode' in error ? String(error.errorCode) : 'unknown';
  // RFC 6749 §4.1.2.1: `temporarily_unavailable`; Entra says so of the token endpoint as well.
  if (code === 'temporarily_unavailable') return new LoginFault('unreachable', code);
  const mend = number === undefined ? undefined : mends[number];
  return new LoginFault(
    'refused',
    number === undefined ? code : `AADSTS${number}`,
    mend === undefined ? [] : [mend],
  );
}
