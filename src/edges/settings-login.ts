/**
 * The logins of a mailbox as they stand in the settings file: a password, or OAuth 2.0 with what its provider needs.
 *
 * One flat map for all providers, since the names of environment variables and of secrets follow it; which
 * keys belong together is checked here, so that half a login is a fault of the settings and not of the first mail.
 */
import { z } from 'zod';
import {
  day,
  guid,
  httpsUrl,
  line,
  oneOf,
  path,
  secret,
  tokenUrl as tokenAddress,
} from './settings-values.ts';

export const oauthProviders = ['microsoft', 'google', 'other'] as const;

const oauthShape = z.strictObject({
  provider: oneOf(oauthProviders),
  tenantId: guid().exactOptional(),
  clientId: line('the id of the app').exactOptional(),
  clientSecret: secret().exactOptional(),
  clientSecretExpires: day().exactOptional(),
  certificate: secret().exactOptional(),
  refreshToken: secret().exactOptional(),
  serviceAccount: secret().exactOptional(),
  tokenUrl: tokenAddress().exactOptional(),
  loginUrl: httpsUrl().exactOptional(),
  scope: line('the scope that is asked for').exactOptional(),
  caFile: path('a file of certificates in PEM form').exactOptional(),
});

type OauthOfFile = z.output<typeof oauthShape>;
type OauthKey = Exclude<keyof OauthOfFile, 'provider'>;

/** Keys that mean nothing to a provider: whoever writes one expects something of it. */
const foreign: Readonly<Record<OauthOfFile['provider'], readonly OauthKey[]>> = {
  microsoft: ['serviceAccount', 'tokenUrl'],
  google: ['tenantId', 'certificate', 'loginUrl'],
  other: ['tenantId', 'certificate', 'loginUrl', 'serviceAccount'],
};

function oauthWhole(found: OauthOfFile, context: z.RefinementCtx) {
  const fault = (key: OauthKey, says: string) =>
    context.addIssue({ code: 'custom', path: [key], params: { says } });
  const need = (key: OauthKey, expected: string) => {
    if (found[key] === undefined) fault(key, `missing, expected ${expected}`);
  };
  for (const key of foreign[found.provider])
    if (found[key] !== undefined)
      fault(key, `found it, but provider ${found.provider} has no use for it (take it away)`);
  switch (found.provider) {
    case 'microsoft':
      return microsoftWhole(found, need, fault);
    case 'google':
      if (found.serviceAccount !== undefined) return;
      need('refreshToken', 'it, or serviceAccount, for the login');
      need('clientId', 'the id of the app the refresh token was given to');
      return need('clientSecret', 'the secret of the app the refresh token was given to');
    case 'other':
      need('tokenUrl', 'the address of the token endpoint');
      need('clientId', 'the id of the app');
      return need('clientSecret', 'the secret of the app');
  }
}

function microsoftWhole(
  found: OauthOfFile,
  need: (key: OauthKey, expected: string) => void,
  fault: (key: OauthKey, says: string) => void,
) {
  need('tenantId', 'the id of your tenant');
  need('clientId', 'the id of the app');
  if (found.clientId !== undefined && !guid().safeParse(found.clientId).success)
    fault('clientId', 'found no id, expected one such as 0a1b2c3d-0000-4000-8000-00000000abcd');
  if (found.certificate === undefined) need('clientSecret', 'it, or certificate, for the login');
  else if (found.clientSecret !== undefined)
    fault('clientSecret', 'found it beside certificate, expected one of them');
}

const loginShape = z.strictObject({
  user: line('the user name'),
  password: secret().exactOptional(),
  oauth: oauthShape.superRefine(oauthWhole).exactOptional(),
});

type LoginOfFile = z.output<typeof loginShape>;

/** A user with exactly one of password and OAuth. */
export function login() {
  return loginShape.superRefine(({ password, oauth }: LoginOfFile, context) => {
    if ((password === undefined) !== (oauth === undefined)) return;
    const says =
      password === undefined
        ? 'missing, expected { env: NAME } or { file: PATH }, or oauth in its place'
        : 'found it beside oauth, expected one of them';
    context.addIssue({ code: 'custom', path: ['password'], params: { says } });
  });
}
