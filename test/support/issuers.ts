/**
 * Issuers of OpenID Connect on this machine: a real one, and one that signs whatever a test wants.
 */
import { type createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export const clientId = 'responder';
export const clientSecret = 'the secret of the responder at its issuer';
export const publicUrl = 'https://responder.partner.example';
const redirect = `${publicUrl}/login/oidc/callback`;

export interface TestIssuer {
  readonly url: string;
  close(): Promise<void>;
}

async function listen(handler: (url: string) => RequestListener): Promise<TestIssuer> {
  let listener: RequestListener | undefined;
  const server: Server = createServer((request, response) => listener?.(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  listener = handler(url);
  return {
    url,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface RealIssuer extends TestIssuer {
  /** Claims of whoever logs in there next. */
  claims: Readonly<Record<string, unknown>> & { readonly sub: string };
}

/** oidc-provider, certified by the OpenID Foundation; whoever comes is logged in without a page. */
export async function startIssuer(): Promise<RealIssuer> {
  const state = { claims: { sub: 'nobody' } as RealIssuer['claims'] };
  const issuer = await listen((url) => {
    const provider = new Provider(url, {
      clients: [
        {
          client_id: clientId,
          client_secret: clientSecret,
          redirect_uris: [redirect],
          post_logout_redirect_uris: [`${publicUrl}/login`],
        },
      ],
      cookies: { keys: ['a key of the tests'] },
      jwks: { keys: [signingKey().jwk] },
      conformIdTokenClaims: false,
      claims: { openid: ['sub', 'roles', 'groups', 'email', 'preferred_username'] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: () => '/login-of-the-issuer' },
      findAccount: (_context: unknown, sub: string) => ({
        accountId: sub,
        claims: () => state.claims,
      }),
    });
    const serve = provider.callback();
    return async (request, response) => {
      if (request.url?.startsWith('/login-of-the-issuer') !== true) {
        serve(request, response);
        return;
      }
      await provider.interactionDetails(request, response);
      const accountId = state.claims.sub;
      const grant = new provider.Grant({ accountId, clientId });
      grant.addOIDCScope('openid profile email');
      const consent = { grantId: await grant.save() };
      await provider.interactionFinished(request, response, { login: { accountId }, consent });
    };
  });
  return Object.assign(state, issuer);
}

/** Follows the issuer's redirects as a browser would, up to the one back to the console, and returns that address. */
export async function loginAtIssuer(start: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = start;
  for (let step = 0; step < 10; step++) {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const set of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (set.split(';')[0] ?? '').split('=');
      cookies.set(name, value);
    }
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`the issuer stopped: ${await answer.text()}`);
    const next = new URL(location, url);
    if (next.origin === publicUrl) return next;
    url = next.href;
  }
  throw new Error('the issuer redirects without end');
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    privateKey,
    jwk: { ...privateKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256' },
  };
}

export interface ForgingIssuer extends TestIssuer {
  /** Of the next token; absent ones are right. */
  forge: (claims: Record<string, unknown>) => Record<string, unknown>;
  /** A key that the issuer does not publish. */
  isForeignKey: boolean;
  nonce: string;
}

/** Speaks just enough to hand over an id token, and signs what the test makes of it. */
export async function startForgingIssuer(): Promise<ForgingIssuer> {
  const [published, foreign] = [signingKey(), signingKey()];
  const state = {
    forge: (claims: Record<string, unknown>) => claims,
    isForeignKey: false,
    nonce: '',
  };
  const issuer = await listen((url) => (request, response) => {
    const answer = (value: unknown) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(value));
    };
    const { d: _private, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...jwk } = published.jwk;
    if (request.url?.endsWith('/openid-configuration') === true)
      return answer({
        issuer: url,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        jwks_uri: `${url}/keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      });
    if (request.url === '/keys') return answer({ keys: [jwk] });
    const seconds = Math.floor(Date.now() / 1_000);
    const claims = state.forge({
      ...{ iss: url, aud: clientId, sub: 'mallory', nonce: state.nonce, roles: ['desk'] },
      ...{ iat: seconds, exp: seconds + 300 },
    });
    const { privateKey } = state.isForeignKey ? foreign : published;
    answer({ access_token: 'a', token_type: 'Bearer', id_token: jwtOf(claims, privateKey) });
  });
  return Object.assign(state, issuer);
}

function jwtOf(claims: Record<string, unknown>, key: ReturnType<typeof createPrivateKey>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256', kid: 'k', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}
