/**
 * From a login of the checked settings file to the login as used: secrets put in, and each provider's defaults.
 */
import type { z } from 'zod';
import { pemOf } from './dkim-key.ts';
import type { login } from './settings-login.ts';
import type { LoginSettings, OauthSettings } from './settings-types.ts';

type LoginOfFile = z.output<ReturnType<typeof login>>;
type OauthOfFile = NonNullable<LoginOfFile['oauth']>;

const microsoftLogin = 'https://login.microsoftonline.com';
/** Exchange Online; the same token is good for IMAP and for SMTP. */
const microsoftScope = 'https://outlook.office365.com/.default';
const googleTokens = 'https://oauth2.googleapis.com/token';
const googleScope = 'https://mail.google.com/';

/** What stands outside the settings file, by the path that names it. */
export interface LoginSecrets {
  readonly secrets: ReadonlyMap<string, string>;
  readonly certificates: ReadonlyMap<string, string>;
}

export function completeLogin(
  auth: LoginOfFile,
  path: string,
  outside: LoginSecrets,
): LoginSettings {
  const { user, oauth } = auth;
  if (oauth === undefined) return { user, pass: outside.secrets.get(`${path}.password`) ?? '' };
  return { user, oauth: completeOauth(oauth, `${path}.oauth`, outside) };
}

function completeOauth(oauth: OauthOfFile, path: string, outside: LoginSecrets): OauthSettings {
  const secretOf = (key: string) => outside.secrets.get(`${path}.${key}`);
  const given = present({
    clientSecret: secretOf('clientSecret'),
    clientSecretExpires: oauth.clientSecretExpires,
    refreshToken: secretOf('refreshToken'),
    ca: outside.certificates.get(`${path}.caFile`),
  });
  const clientId = oauth.clientId ?? '';
  switch (oauth.provider) {
    case 'microsoft': {
      const certificate = secretOf('certificate');
      return {
        provider: 'microsoft',
        tenantId: oauth.tenantId ?? '',
        clientId: clientId.toLowerCase(),
        loginUrl: oauth.loginUrl ?? microsoftLogin,
        scope: oauth.scope ?? microsoftScope,
        ...given,
        ...present({ certificate: certificate === undefined ? undefined : pemOf(certificate) }),
      };
    }
    case 'google':
      return {
        provider: 'google',
        tokenUrl: oauth.tokenUrl ?? googleTokens,
        scope: oauth.scope ?? googleScope,
        ...given,
        ...present({ clientId: oauth.clientId, serviceAccount: secretOf('serviceAccount') }),
      };
    case 'other':
      return {
        provider: 'other',
        tokenUrl: oauth.tokenUrl ?? '',
        clientId,
        clientSecret: '',
        ...given,
        ...present({ scope: oauth.scope }),
      };
  }
}

type Present<Values> = { readonly [Key in keyof Values]?: Exclude<Values[Key], undefined> };

/** The entries that are there. */
function present<Values extends Record<string, string | undefined>>(
  values: Values,
): Present<Values> {
  const there = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as Present<Values>;
}
