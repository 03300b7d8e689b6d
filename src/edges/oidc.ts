/**
 * OpenID Connect: the authorization code flow with PKCE, for one issuer.
 *
 * Who somebody is, is said by issuer and subject; what they may do, by a claim of the id token and the settings. What
 * they are called comes from the token too, and proves nothing.
 */
import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  ClientError,
  type Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  ResponseBodyError,
} from 'openid-client';
import { ResponderError } from '../errors.ts';
import { type ConsoleRole, consoleRoles, type Issuer } from '../ports/doors.ts';
import { httpsSender } from './https-request.ts';
import type { OidcSettings } from './settings-types.ts';

export interface IssuerOptions {
  readonly settings: OidcSettings;
  /** The origin of the console, under which the issuer knows it. */
  readonly publicUrl: string;
}

/** Longer than any issuer takes, and a person waits for it. */
const issuerSecondsMax = 10;
/** How long what the issuer publishes about itself is believed: its keys are looked up on their own. */
const discoveredMsMax = 3_600_000;

export function openIssuer({ settings, publicUrl }: IssuerOptions): Issuer {
  const redirect = `${publicUrl}/login/oidc/callback`;
  let known: { readonly until: number; readonly found: Promise<Configuration> } | undefined;
  const configuration = (): Promise<Configuration> => {
    if (known === undefined || known.until < performance.now()) {
      const found = discover(settings);
      known = { until: performance.now() + discoveredMsMax, found };
      // What failed is asked again by the next.
      found.catch(() => {
        if (known?.found === found) known = undefined;
      });
    }
    return known.found;
  };
  return {
    name: settings.name,
    async authorizationUrl({ state, nonce, verifier }) {
      return buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirect,
        scope: [...new Set(['openid', ...settings.scopes])].join(' '),
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
    },
    async account(returned, { state, nonce, verifier }) {
      const config = await configuration();
      const tokens = await authorizationCodeGrant(config, returned, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      }).catch((error: unknown) => {
        throw refusal(error, settings);
      });
      const claims = tokens.claims();
      if (claims === undefined) throw refusal(undefined, settings);
      const role = roleOf(claims, settings);
      return {
        issuer: claims.iss,
        subject: claims.sub,
        name: nameOf(claims),
        ...(role === undefined ? {} : { role }),
      };
    },
    async logoutUrl() {
      const config = await configuration().catch(() => undefined);
      if (config?.serverMetadata().end_session_endpoint === undefined) return undefined;
      return buildEndSessionUrl(config, { post_logout_redirect_uri: `${publicUrl}/login` });
    },
    async check() {
      await configuration();
    },
  };
}

async function discover(settings: OidcSettings): Promise<Configuration> {
  const url = new URL(settings.issuer);
  // The settings let only this machine go without TLS.
  // The library trusts TLS for the token's origin otherwise, as OpenID Connect Core §3.1.3.7 allows.
  const checks = [enableNonRepudiationChecks];
  const execute = url.protocol === 'http:' ? [...checks, allowInsecureRequests] : checks;
  const fetching = settings.ca === undefined ? {} : { [customFetch]: fetchWith(settings.ca) };
  try {
    return await discovery(url, settings.clientId, settings.clientSecret ?? '', undefined, {
      timeout: issuerSecondsMax,
      execute,
      ...fetching,
    });
  } catch (error) {
    throw unreachable(error, settings);
  }
}

/** `fetch` with an authority of one's own, which Node's does not take. */
function fetchWith(ca: string) {
  const send = httpsSender({ ca, timeoutMs: issuerSecondsMax * 1_000 });
  return async (
    url: string,
    options: {
      readonly method: string;
      readonly headers: Record<string, string>;
      readonly body?: unknown;
      readonly signal?: AbortSignal;
    },
  ): Promise<Response> => {
    const { body, signal } = options;
    const answer = await send(new URL(url), {
      method: options.method === 'POST' ? 'POST' : 'GET',
      headers: options.headers,
      ...(body === undefined || body === null ? {} : { body: String(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    return new Response(answer.text, { status: answer.status, headers: answer.headers });
  };
}

function unreachable(cause: unknown, { name, issuer }: OidcSettings): ResponderError {
  const sentence = `${name} (${new URL(issuer).host}) does not answer as an issuer should; people with a password can still log in.`;
  return new ResponderError('OIDC_UNREACHABLE', sentence, { cause });
}

/** Whether the issuer said no, or could not be asked. Its own words are not shown: anybody can write them into an address. */
function refusal(error: unknown, settings: OidcSettings): ResponderError {
  const isNo = error instanceof AuthorizationResponseError || error instanceof ResponseBodyError;
  const isOfNetwork =
    error instanceof TypeError ||
    (error instanceof ClientError && /TIMEOUT|RESPONSE_IS_NOT/.test(error.code ?? ''));
  if (!isNo && isOfNetwork) return unreachable(error, settings);
  const sentence = isNo
    ? `${settings.name} did not let you in.`
    : `What came back from ${settings.name} does not fit the login that was begun here.`;
  return new ResponderError('OIDC_REFUSED', sentence, { cause: error });
}

type Claims = Readonly<Record<string, unknown>>;

function nameOf(claims: Claims): string {
  const texts = ['preferred_username', 'email', 'upn', 'name', 'sub'].map((key) => claims[key]);
  return texts.find((text) => typeof text === 'string' && text !== '') as string;
}

/** The highest role that the values of the claim give. Values are compared as they are: they are ids. */
function roleOf(claims: Claims, { roleClaim, roles }: OidcSettings): ConsoleRole | undefined {
  const values = valuesOf(claims, roleClaim);
  return consoleRoles
    .toReversed()
    .find((role) => roles[role].some((value) => values.includes(value)));
}

/** A claim by its name, or by the way to it: `realm_access.roles`. Some names hold dots themselves. */
function valuesOf(claims: Claims, name: string): readonly string[] {
  const found =
    claims[name] ??
    name.split('.').reduce<unknown>((at, key) => {
      const isMap = typeof at === 'object' && at !== null && Object.hasOwn(at, key);
      return isMap ? (at as Claims)[key] : undefined;
    }, claims);
  if (typeof found === 'string') return [found];
  return Array.isArray(found) ? found.filter((value) => typeof value === 'string') : [];
}
