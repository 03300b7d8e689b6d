/**
 * The logins of mailboxes in the settings: a password or OAuth, whole or a fault, and never shown.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { describeSettings, loadSettings, type Settings } from '../../src/edges/settings.ts';
import { ResponderError } from '../../src/errors.ts';
import { makeCertificate, whyNoCertificate } from '../support/certificate.ts';

const folder = mkdtempSync(join(tmpdir(), 'settings-login-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tenantId = '0a1b2c3d-0000-4000-8000-000000000001';
const clientId = '0a1b2c3d-0000-4000-8000-000000000002';
const secrets = { SECRET: 'hunter2', TOKEN: 'hunter2-refresh', OTHER: 'hunter2-other' };

function load(auth: string, env: Record<string, string> = secrets): Settings {
  const file = join(folder, 'config.yaml');
  writeFileSync(
    file,
    `partner: { name: Fabrikam Cloud, signature: Fabrikam support desk }
trustedAuthservIds: [exchange-online]
mailboxes:
  - name: support
    imap: { host: outlook.office365.com, auth: &login ${auth} }
    smtp: { host: smtp.office365.com, port: 587, secure: false, auth: *login }
    from: Support <support@partner.example>
`,
  );
  return loadSettings({ configPath: file, env, cwd: folder, secrets: 'required' });
}

const withOauth = (oauth: string): string =>
  `{ user: support@partner.example, oauth: { ${oauth} } }`;

function faultsOf(auth: string, env: Record<string, string> = secrets): readonly string[] {
  try {
    load(auth, env);
  } catch (error) {
    if (!(error instanceof ResponderError)) throw error;
    expect(error.details.join('\n')).not.toContain('hunter2');
    // The same login stands in both places.
    const imap = error.details.filter((line) => line.startsWith('mailboxes[0].imap.auth'));
    expect(imap).toHaveLength(error.details.length / 2);
    return imap.map((line) => line.replace('mailboxes[0].imap.auth.', ''));
  }
  throw new Error('the settings were accepted');
}

const app = `tenantId: ${tenantId.toUpperCase()}, clientId: ${clientId}`;
const other =
  'provider: other, tokenUrl: https://login.partner.example/oauth2/token, clientId: desk';

describe('a login by OAuth', () => {
  test('at Microsoft needs the app and its secret, and asks for Exchange Online', () => {
    const settings = load(withOauth(`provider: microsoft, ${app}, clientSecret: { env: SECRET }`));
    const auth = {
      user: 'support@partner.example',
      oauth: {
        ...{ provider: 'microsoft', tenantId, clientId, clientSecret: 'hunter2' },
        loginUrl: 'https://login.microsoftonline.com',
        scope: 'https://outlook.office365.com/.default',
      },
    };
    expect(settings.mailboxes[0]?.imap.auth).toEqual(auth);
    // One block for both, by an anchor of YAML.
    expect(settings.mailboxes[0]?.smtp.auth).toEqual(auth);
    expect(settings.warnings).toEqual([]);
    expect(describeSettings(settings)).not.toContain('hunter2');
    expect(describeSettings(settings)).toContain('clientSecret: (set)');
  });

  test('at Microsoft can have a refresh token, another login, and an end of the secret', () => {
    const more = 'refreshToken: { env: TOKEN }, clientSecretExpires: 2027-01-31';
    const settings = load(
      withOauth(
        `provider: microsoft, ${app}, clientSecret: { env: SECRET }, ${more}, loginUrl: https://login.microsoftonline.us`,
      ),
    );
    expect(settings.mailboxes[0]?.imap.auth).toMatchObject({
      oauth: {
        refreshToken: 'hunter2-refresh',
        clientSecretExpires: '2027-01-31',
        loginUrl: 'https://login.microsoftonline.us',
      },
    });
    expect(describeSettings(settings)).not.toContain('hunter2');
  });

  test.skipIf(whyNoCertificate() !== undefined)('at Microsoft can have a certificate', () => {
    const { key, cert } = makeCertificate('rsa');
    const CERT = `${key}${cert}`.replaceAll('\n', '\\n');
    const auth = withOauth(`provider: microsoft, ${app}, certificate: { env: CERT }`);
    expect(load(auth, { CERT }).mailboxes[0]?.imap.auth).toMatchObject({
      oauth: { certificate: `${key}${cert}` },
    });
    expect(faultsOf(auth, { CERT: cert })).toEqual([
      expect.stringMatching(/^oauth\.certificate: what it names is not a private key and a cert/),
    ]);
  });

  test('at Google needs a service account or a refresh token', () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const key = { type: 'service_account', client_email: 'a@b.example', private_key: privateKey };
    const KEY = JSON.stringify(key);
    const auth = withOauth('provider: google, serviceAccount: { env: KEY }');
    expect(load(auth, { KEY }).mailboxes[0]?.imap.auth).toMatchObject({
      oauth: {
        serviceAccount: KEY,
        tokenUrl: 'https://oauth2.googleapis.com/token',
        scope: 'https://mail.google.com/',
      },
    });
    expect(describeSettings(load(auth, { KEY }))).not.toContain('BEGIN');
    const person = 'clientId: 1.apps.example, clientSecret: { env: SECRET }';
    expect(
      load(withOauth(`provider: google, ${person}, refreshToken: { env: TOKEN }`)).mailboxes[0]
        ?.imap.auth,
    ).toMatchObject({ oauth: { clientId: '1.apps.example', refreshToken: 'hunter2-refresh' } });
    for (const KEY of ['hunter2', '{}', JSON.stringify({ ...key, private_key: 'hunter2' })])
      expect(faultsOf(auth, { KEY })).toEqual([
        expect.stringMatching(/^oauth\.serviceAccount: .*expected the JSON file of a key/),
      ]);
  });

  test('elsewhere needs the token endpoint', () => {
    const settings = load(withOauth(`${other}, clientSecret: { env: OTHER }, scope: mail.read`));
    expect(settings.mailboxes[0]?.smtp.auth).toMatchObject({
      oauth: { clientSecret: 'hunter2-other', scope: 'mail.read' },
    });
  });

  test.each([
    ['provider: microsoft', ['tenantId: missing', 'clientId: missing', 'clientSecret: missing']],
    [
      'provider: microsoft, tenantId: x, clientId: 1',
      ['tenantId: found the text "x", expected an id', 'clientId: found 1, expected'],
    ],
    [
      `${app.toLowerCase()}, clientSecret: { env: SECRET }`
        .replace('tenantid', 'tenantId')
        .replace('clientid', 'clientId'),
      ['provider: missing, expected one of microsoft, google, other'],
    ],
    [
      `provider: microsoft, tenantId: ${tenantId}, clientId: desk, clientSecret: { env: SECRET }`,
      ['clientId: found no id, expected one such as 0a1b2c3d'],
    ],
    [
      `provider: microsoft, ${app}, clientSecret: { env: SECRET }, tokenUrl: https://x.example/t`,
      ['tokenUrl: found it, but provider microsoft has no use for it'],
    ],
    ['provider: google', ['refreshToken: missing', 'clientId: missing', 'clientSecret: missing']],
    ['provider: other', ['tokenUrl: missing', 'clientId: missing', 'clientSecret: missing']],
    [
      `${other.replace('https', 'http')}, clientSecret: { env: SECRET }`,
      ['tokenUrl: found the text "http://login.partner.example/oauth2/token", expected an address'],
    ],
    [
      `${other}, clientSecret: { env: SECRET }, clientSecretExpires: 2027-02-30`,
      ['clientSecretExpires: found the text "2027-02-30", expected a day such as 2027-01-31'],
    ],
    [`${other}, clientSecret: { env: NOPE }`, ['clientSecret: the environment variable NOPE']],
    [`${other}, clientSecret: hunter2`, ['clientSecret: found a plain value, expected { env']],
    [
      `${other}, clientSecret: { env: SECRET }, caFile: nowhere.pem`,
      [`caFile: ${join(folder, 'nowhere.pem')} cannot be read (ENOENT)`],
    ],
  ])('that is not whole is a fault of the settings: %s', (oauth, faults) => {
    const told = faultsOf(withOauth(oauth));
    expect(told).toEqual(faults.map((fault) => expect.stringContaining(`oauth.${fault}`)));
  });
});

test('the example of docs/oauth.md holds', () => {
  const page = readFileSync(new URL('../../docs/oauth.md', import.meta.url), 'utf8');
  const [example = '', ...parts] = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
    ([, text = '']) => text,
  );
  const file = join(folder, 'example.yaml');
  const partner = 'partner: { name: Fabrikam Cloud, signature: Fabrikam support desk }\n';
  const env = { MAIL_CLIENT_SECRET: 'a', GOOGLE_SECRET: 'b', GOOGLE_REFRESH: 'c' };
  const loadText = (text: string) => {
    writeFileSync(file, partner + text);
    return loadSettings({ configPath: file, env, cwd: folder, secrets: 'required' });
  };
  const { warnings, mailboxes } = loadText(example);
  expect(warnings).toEqual([]);
  expect(mailboxes[0]?.imap.auth).toEqual(mailboxes[0]?.smtp.auth);
  expect(parts).toHaveLength(2);
  const [account = '', person = ''] = parts.map((text) => text.replace(/^oauth: */, ''));
  const flow = withOauth(person.trim().replaceAll(/\n */g, ', '));
  expect(load(flow, env).mailboxes[0]?.imap.auth).toMatchObject({ oauth: { refreshToken: 'c' } });
  expect(faultsOf(`{ user: a, oauth: ${account.trim()} }`)).toEqual([
    expect.stringMatching(/google\.json cannot be read/),
  ]);
});

describe('a login', () => {
  test.each([
    ['{ user: a }', 'password: missing, expected { env: NAME } or { file: PATH }, or oauth'],
    [
      `{ user: a, password: { env: SECRET }, oauth: { ${other}, clientSecret: { env: SECRET } } }`,
      'password: found it beside oauth, expected one of them',
    ],
  ])('has a password or OAuth, one of them: %s', (auth, fault) => {
    expect(faultsOf(auth)).toEqual([expect.stringContaining(fault)]);
  });

  test('can be set from the environment', () => {
    const prefix = 'TRANSITION_RESPONDER__MAILBOXES__0__IMAP__AUTH__OAUTH__';
    const auth = withOauth(`${other}, clientSecret: { env: SECRET }`);
    const env = { ...secrets, [`${prefix}CLIENT_SECRET`]: 'hunter2-env', [`${prefix}SCOPE`]: 'a' };
    expect(load(auth, env).mailboxes[0]?.imap.auth).toMatchObject({
      oauth: { clientSecret: 'hunter2-env', scope: 'a' },
    });
  });
});
