/**
 * The settings: found, overridden, checked with every fault at once, and without a secret in any text.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openMailboxLogin } from '../../src/edges/mailbox-login.ts';
import {
  describeSettings,
  type LoadOptions,
  loadSettings,
  policyOf,
  programRoot,
} from '../../src/edges/settings.ts';
import { loadOrCreateMessageIdKey } from '../../src/edges/settings-secrets.ts';
import { ResponderError } from '../../src/errors.ts';
import { makeDkimKey } from '../support/dkim.ts';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;

function written(text: string, name = `${++files}/config.yaml`): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const documented = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
const minimal = /```yaml\n([\s\S]*?)```/.exec(documented)?.[1] ?? '';
const passwords = { IMAP_PASSWORD: 'imap-hunter2', SMTP_PASSWORD: 'smtp-hunter2' };
const partnerOnly = 'partner: { name: Fabrikam Cloud, signature: Fabrikam support desk }\n';

function load(text: string, options: Partial<LoadOptions> = {}) {
  return loadSettings({
    configPath: written(text),
    env: passwords,
    cwd: folder,
    secrets: 'required',
    ...options,
  });
}

function faultsOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ResponderError)) throw error;
    expect([error.code, error.exitStatus]).toEqual(['SETTINGS_INVALID', 2]);
    expect(`${error.message}\n${error.details.join('\n')}`).not.toContain('hunter2');
    return error.details;
  }
  throw new Error('the settings were accepted');
}

describe('the documented example', () => {
  test('loads as it is, with every default', () => {
    const settings = load(minimal);
    expect(settings.warnings).toEqual([]);
    expect(settings.mailboxes).toMatchObject([
      {
        name: 'support',
        imap: {
          host: '127.0.0.1',
          port: 993,
          secure: true,
          auth: { user: 'support@partner.example', pass: 'imap-hunter2' },
          path: 'INBOX',
          pollSeconds: 60,
          idleMinutes: 5,
        },
        smtp: { port: 465, auth: { pass: 'smtp-hunter2' }, envelopeFrom: '' },
        from: { name: 'Fabrikam Support', address: 'support@partner.example' },
        mark: { answered: true, move: {} },
      },
    ]);
    expect(settings).toMatchObject({
      mode: 'auto',
      thresholds: { reply: 0.8, review: 0.4 },
      limits: { genericPerAddressPerDay: 1, perDomainPerHour: 3, perMailboxPerHour: 60 },
    });
  });

  test('becomes a policy with our own addresses', () => {
    const settings = load(
      `${minimal}siblings: [Sales@Partner.example]\ntrustedArcSealers: [Forwarder.example]\n`,
    );
    expect(policyOf(settings)).toMatchObject({
      ownAddresses: ['support@partner.example', 'sales@partner.example'],
      portalLicensesBelow: 25,
      requireAuthenticated: true,
      trustedAuthservIds: ['mx.partner.example'],
      trustedArcSealers: ['forwarder.example'],
    });
  });

  test('is described without its secrets', () => {
    const settings = load(minimal, {
      env: {
        ...passwords,
        DATABASE_URL: 'postgres://responder:hunter2@db.example/responder',
        REDIS_URL: 'redis://:hunter2@redis.example:6379',
        TRANSITION_RESPONDER_SECRET: 'hunter2-hunter2-hunter2',
      },
    });
    expect(settings.store.databaseUrl).toContain('db.example');
    expect(settings.queue.redisUrl).toContain('redis.example');
    expect(policyOf(settings).messageIdKey).toBe('hunter2-hunter2-hunter2');
    expect(describeSettings(settings)).not.toContain('hunter2');
    expect(describeSettings(settings)).toContain('password: (set)');
  });
});

describe('sync', () => {
  const ids =
    'tenantId: 0A1B2C3D-0000-4000-8000-000000000001, clientId: 0a1b2c3d-0000-4000-8000-000000000002';
  const loadSync = (text: string, env: Record<string, string> = {}) =>
    load(`${partnerOnly}sync: { ${text} }\n`, { secrets: 'sync', env });

  test('is off, and asks nobody, unless the settings say so', () => {
    expect(load(minimal).sync).toMatchObject({
      everyMinutes: 0,
      sources: ['partner-center', 'graph'],
      graphUrl: 'https://graph.microsoft.com',
    });
  });

  test('takes a whole login, and shows none of its secrets', () => {
    const settings = loadSync(`${ids}, clientSecret: { env: A }, refreshToken: { env: B }`, {
      A: 'hunter2-a',
      B: 'hunter2-b',
    });
    expect(settings.sync).toMatchObject({
      tenantId: '0a1b2c3d-0000-4000-8000-000000000001',
      clientSecret: 'hunter2-a',
      refreshToken: 'hunter2-b',
    });
    expect(describeSettings(settings)).not.toContain('hunter2');
    expect(describeSettings(settings)).toContain('refreshToken: (set)');
  });

  test.each<[string, string, RegExp[]]>([
    [
      'a schedule without a login',
      'everyMinutes: 60',
      [/^sync\.tenantId: missing/, /^sync\.clientId: missing/, /^sync\.clientSecret: missing/],
    ],
    ['a secret that is not there', `${ids}, clientSecret: { env: A }`, [/A is not set/]],
    ['a name for an id', 'tenantId: contoso', [/^sync\.tenantId: found .*expected an id such as/]],
    ['clear text', 'graphUrl: "http://graph.example"', [/^sync\.graphUrl: .*expected https:/]],
    ['a path', 'loginUrl: "https://login.example/t"', [/^sync\.loginUrl: .*without a path/]],
    ['a file that is no certificate', 'caFile: config.yaml', [/^sync\.caFile: /]],
  ])('%s is a fault with its mend', (_name, text, faults) => {
    expect(faultsOf(() => loadSync(text))).toEqual(
      faults.map((fault) => expect.stringMatching(fault)),
    );
  });

  test('a login of which nothing is used yet need not be whole', () => {
    expect(loadSync('sources: [graph]').sync.sources).toEqual(['graph']);
  });
});

describe('verification', () => {
  const key = 'selector1._domainkey.sender.example';
  test('is off, with nothing known, unless the settings say so', () => {
    expect(load(minimal).verification).toEqual({ dns: false, keys: {}, timeoutSeconds: 5 });
  });

  test('takes keys by their names, and servers in every form that resolvers take', () => {
    const servers = ['192.0.2.53', '192.0.2.53:5353', '2001:db8::53', '[2001:db8::53]:53'];
    const { verification } = load(
      `${minimal}verification: { dns: true, keys: { Selector1._domainkey.Sender.example: "v=DKIM1; k=rsa; p=AAAA", a.b._domainkey.x.example: "p=AAAA" }, servers: ${JSON.stringify(servers)} }\n`,
    );
    expect(verification).toEqual({
      dns: true,
      keys: { [key]: 'v=DKIM1; k=rsa; p=AAAA', 'a.b._domainkey.x.example': 'p=AAAA' },
      timeoutSeconds: 5,
      servers,
    });
  });

  test.each([
    [
      'keys: { sender.example: "p=AAAA" }',
      /^verification\.keys: found the name .*, expected one such as selector1/,
    ],
    [
      'keys: { _domainkey.sender.example: "p=AAAA" }',
      /^verification\.keys: found the name .*, expected one such as selector1/,
    ],
    [`keys: { ${key}: MIIBIjANBgkqh }`, /^verification\.keys\S*: .*the text of its TXT record/],
    [`keys: { ${key}: "v=spf1 -all" }`, /^verification\.keys\S*: .*the text of its TXT record/],
    ['servers: [dns.example]', /^verification\.servers\[0\]: .*the IP address of a DNS server/],
    ['servers: ["192.0.2.53:0"]', /^verification\.servers\[0\]: .*the IP address of a DNS server/],
    ['servers: ["192.0.2.53:99999"]', /^verification\.servers\[0\]: .*the IP address/],
    ['servers: []', /^verification\.servers: /],
    ['timeoutSeconds: 0', /^verification\.timeoutSeconds: found 0, expected .* 1 to 60/],
    ['dsn: true', /^verification\.dsn: unknown setting.*did you mean dns\?/],
  ])('refuses %s, and says what is expected', (text, says) => {
    const details = faultsOf(() => load(`${minimal}verification: { ${text} }\n`));
    expect(details.join('\n')).toMatch(says);
  });
});

test('the settings file of the program loads', () => {
  const settings = loadSettings({ env: {}, cwd: folder, secrets: 'optional' });
  expect(settings.file).toBe(join(programRoot, 'config', 'config.yaml'));
});

describe('names every fault at once', () => {
  const faults = () =>
    faultsOf(() =>
      load(
        `partner: { name: 5, signatur: x }
mailboxs: []
mailboxes:
  - name: bad name
    imap: { host: "https://x", port: "993", secure: yes, auth: { user: a, password: hunter2 } }
    smtp: { host: 127.0.0.1, port: 465999, auth: "user:hunter2" }
    from: support@partner.example
  - name: b
    imap: { host: x.example, auth: { user: a, password: { env: NOPE } } }
    smtp: { host: x.example }
    from: B <b@x.example>
mode: atuo
thresholds: { reply: 0.5, review: 0.9 }
store: { databaseUrl: "postgres://u:hunter2@h/db" }
locale: english
timeZone: Mars/Base
`,
        {
          env: {
            REDIS_URL: 'hunter2',
            TRANSITION_RESPONDER__MAILBOXS__0__NAME: 'x',
            TRANSITION_RESPONDER__LIMITS__PER_DOMAIN_PER_HOUR: 'many',
          },
        },
      ),
    );

  test.each([
    [/^partner\.name: found 5, expected .*one line/],
    [/^partner\.signature: missing, expected /],
    [/^partner\.signatur: unknown setting.*\(did you mean signature\?\)$/],
    [/^mailboxs: unknown setting.*\(did you mean mailboxes\?\)$/],
    [/^mailboxes\[0\]\.name: found the text "bad name", expected /],
    [/^mailboxes\[0\]\.imap\.host: found the text "https:\/\/x", expected .*\(no https/],
    [/^mailboxes\[0\]\.imap\.port: found the text "993", expected a port number.*quotation marks/],
    [/^mailboxes\[0\]\.imap\.secure: found the text "yes", expected true or false/],
    [/^mailboxes\[0\]\.imap\.auth\.password: found a plain value, expected \{ env: NAME \}/],
    [/^mailboxes\[0\]\.smtp\.port: found 465999, expected /],
    [/^mailboxes\[0\]\.smtp\.auth: found a plain value, expected a map with user, password/],
    [/^mailboxes\[0\]\.from: found the text .*, expected a name and an address/],
    [/^mailboxes\[1\]\.imap\.auth\.password: the environment variable NOPE is not set/],
    [/^mode: found the text "atuo", expected one of auto, review, shadow \(did you mean auto\?\)/],
    [/^thresholds\.review: found 0\.9, expected at most thresholds\.reply \(0\.5\)/],
    [
      /^limits\.perDomainPerHour: .*"many" in the environment variable TRANSITION_RESPONDER__LIMITS/,
    ],
    [/^store\.databaseUrl: found a plain value, expected \{ env: NAME \}/],
    [/^queue\.redisUrl: .*expected redis:/],
    [/^locale: found the text "english", expected a language tag/],
    [/^timeZone: found the text "Mars\/Base", expected a time zone/],
    [/^TRANSITION_RESPONDER__MAILBOXS__0__NAME: .*did you mean MAILBOXES\?/],
  ])('%s', (line) => {
    expect(faults()).toContainEqual(expect.stringMatching(line));
  });
});

test('a fault of YAML syntax is named by line and column', () => {
  expect(faultsOf(() => load('partner:\n  name: "open\n  signature: x\nmode: [auto\n'))[0]).toMatch(
    /^line \d+, column \d+: /,
  );
  expect(faultsOf(() => load(`${partnerOnly}mode: auto\nmode: shadow\n`))).toEqual([
    expect.stringMatching(/^line 3, column 1: .*unique/i),
  ]);
});

test('aliases that multiply without end are refused', () => {
  const bomb = Array.from({ length: 12 }, (_, at) =>
    at === 0 ? 'a0: &a0 [x, x]' : `a${at}: &a${at} [${`*a${at - 1}, `.repeat(9)}x]`,
  ).join('\n');
  expect(faultsOf(() => load(bomb))).toHaveLength(1);
});

test('an empty file lacks what is required', () => {
  expect(faultsOf(() => load('', { secrets: 'optional' }))).toEqual([
    'partner: missing, expected a map with name, signature',
  ]);
});

describe('mailboxes', () => {
  const mailbox = (name: string, folderName: string) =>
    `  - { name: ${name}, from: A <a@x.example>, smtp: { host: localhost }, imap: { host: localhost, folder: ${folderName}, auth: { user: a, password: { env: IMAP_PASSWORD } } } }\n`;

  test('must be there for commands that connect, and only for those', () => {
    expect(faultsOf(() => load(partnerOnly))).toEqual([
      expect.stringMatching(/^mailboxes: missing/),
    ]);
    expect(load(partnerOnly, { secrets: 'store' }).mailboxes).toEqual([]);
    expect(load(partnerOnly, { secrets: 'optional' }).mailboxes).toEqual([]);
  });

  test('may not have one name, nor watch one folder twice', () => {
    const text = `${partnerOnly}mailboxes:\n${mailbox('a', 'INBOX')}${mailbox('A', 'INBOX')}`;
    expect(faultsOf(() => load(text))).toEqual([
      expect.stringMatching(/^mailboxes\[1\]\.name: .*mailboxes\[0\]/),
      expect.stringMatching(/^mailboxes\[1\]\.imap: .*mailboxes\[0\]/),
    ]);
    expect(
      load(`${partnerOnly}mailboxes:\n${mailbox('a', 'INBOX')}${mailbox('b', 'Other')}`).mailboxes,
    ).toHaveLength(2);
  });
});

describe('secrets', () => {
  test('are not needed by commands that do not connect', () => {
    const settings = load(minimal, { env: {}, secrets: 'optional' });
    expect(settings.mailboxes[0]?.imap.auth).toEqual({ user: 'support@partner.example', pass: '' });
  });

  test.each([
    ['work', 'IMAP_PASSWORD', 'SMTP_PASSWORD'],
    ['watch', 'SMTP_PASSWORD', 'IMAP_PASSWORD'],
  ] as const)('one who only does %s needs no %s', (secrets, spared, needed) => {
    const env = { ...passwords, [spared]: '' };
    expect(load(minimal, { env, secrets }).mailboxes).toHaveLength(1);
    expect(faultsOf(() => load(minimal, { env: { [spared]: 'hunter2' }, secrets }))).toEqual([
      expect.stringContaining(`the environment variable ${needed} is not set`),
    ]);
    expect(faultsOf(() => load(partnerOnly, { secrets }))).toHaveLength(1);
  });

  test.each(['clientSecret', 'certificate'])(
    'of a login by OAuth are as little needed: %s',
    (credential) => {
      const oauth = `oauth: { provider: microsoft, tenantId: 11111111-1111-4111-8111-111111111111, clientId: 22222222-2222-4222-8222-222222222222, ${credential}: { env: NOWHERE } }`;
      const text = minimal.replace('password: { env: IMAP_PASSWORD }', oauth);
      const { mailboxes } = load(text, { secrets: 'work' });
      const log = { debug() {}, info() {}, warn() {}, error() {} };
      for (const mailbox of mailboxes)
        openMailboxLogin(mailbox, { log, clock: { now: () => new Date() } }).close();
      expect(faultsOf(() => load(text, { secrets: 'watch' }))).toHaveLength(1);
    },
  );

  test('come from files, relative to the root, without the line end', () => {
    written('from-file\n', 'secret/imap.txt');
    const settings = load(
      minimal.replace('{ env: IMAP_PASSWORD }', '{ file: ../secret/imap.txt }'),
    );
    expect(settings.mailboxes[0]?.imap.auth).toMatchObject({ pass: 'from-file' });
  });

  test('in a file that is missing or empty are a fault', () => {
    written('', 'secret/empty.txt');
    const missing = minimal.replace('{ env: IMAP_PASSWORD }', '{ file: nowhere.txt }');
    const empty = missing.replace('nowhere.txt', '../secret/empty.txt');
    expect(faultsOf(() => load(missing))).toEqual([expect.stringMatching(/ENOENT/)]);
    expect(faultsOf(() => load(empty))).toEqual([expect.stringMatching(/is empty/)]);
  });

  test('of the store are never taken for none when the settings name them', () => {
    const text = `${partnerOnly}store: { databaseUrl: { env: OUR_DATABASE } }\n`;
    expect(faultsOf(() => load(text, { secrets: 'store' }))).toEqual([
      expect.stringMatching(
        /^store\.databaseUrl: the environment variable OUR_DATABASE is not set/,
      ),
    ]);
    expect(load(partnerOnly, { secrets: 'store' }).store.databaseUrl).toBeUndefined();
  });

  test('that are short keys are refused', () => {
    const env = { ...passwords, TRANSITION_RESPONDER_SECRET: 'hunter2' };
    expect(faultsOf(() => load(minimal, { env }))).toEqual([
      expect.stringMatching(/^messageIdKey: found a key of 7 characters, expected at least 16/),
    ]);
  });
});

describe('a DKIM key', () => {
  const pem = makeDkimKey().pem;
  const signing = (domain: string, source = '{ file: ../secret/dkim.pem }') =>
    minimal.replace(
      'password: { env: SMTP_PASSWORD } }',
      `password: { env: SMTP_PASSWORD } }, dkim: { domain: ${domain}, selector: Desk.2026, privateKey: ${source} }`,
    );
  const smtpOf = (settings: ReturnType<typeof load>) => settings.mailboxes[0]?.smtp;

  test('is read from its file or the environment, and shown nowhere', () => {
    written(pem, 'secret/dkim.pem');
    const settings = load(signing('partner.example'));
    const { privateKey = '', ...rest } = smtpOf(settings)?.dkim ?? {};
    expect(rest).toEqual({ domain: 'partner.example', selector: 'desk.2026' });
    expect(privateKey.trim()).toBe(pem.trim());
    expect(settings.warnings).toEqual([]);
    const described = describeSettings(settings);
    expect(described).toMatch(/selector: desk\.2026\n\s+privateKey: \(set\)/);
    expect(described).not.toMatch(/PRIVATE|[A-Za-z0-9+/]{40}/);
    const env = { ...passwords, DKIM_KEY: pem.replaceAll('\n', '\\n') };
    expect(smtpOf(load(signing('partner.example', '{ env: DKIM_KEY }'), { env }))?.dkim).toEqual({
      ...rest,
      privateKey: pem,
    });
  });

  test('is not needed by commands that do not send', () => {
    const text = signing('partner.example', '{ env: DKIM_KEY }');
    expect(faultsOf(() => load(text))).toEqual([
      expect.stringMatching(/^mailboxes\[0\]\.smtp\.dkim\.privateKey: .*DKIM_KEY is not set/),
    ]);
    for (const secrets of ['store', 'optional'] as const) {
      expect(smtpOf(load(text, { secrets }))?.dkim?.privateKey).toBe('');
    }
    const broken = { ...passwords, DKIM_KEY: 'hunter2' };
    expect(smtpOf(load(text, { secrets: 'optional', env: broken }))?.dkim?.privateKey).toBe('');
  });

  test('that cannot sign is a fault with its mend, and never shown', () => {
    const env = { ...passwords, DKIM_KEY: 'hunter2 hunter2' };
    expect(faultsOf(() => load(signing('partner.example', '{ env: DKIM_KEY }'), { env }))).toEqual([
      expect.stringMatching(/\.dkim\.privateKey: what it names is no private key.*openssl genpkey/),
    ]);
  });

  test('that is short is taken with a warning', () => {
    const env = { ...passwords, DKIM_KEY: makeDkimKey(1_024).pem };
    const { warnings } = load(signing('partner.example', '{ env: DKIM_KEY }'), { env });
    expect(warnings).toEqual([
      expect.stringMatching(/^mailboxes\[0\]\.smtp\.dkim\.privateKey: an RSA key of 1024 bits/),
    ]);
  });

  test.each(['mail.partner.example', 'PARTNER.example'])('may be of %s', (domain) => {
    const env = { ...passwords, DKIM_KEY: pem };
    const settings = load(signing(domain, '{ env: DKIM_KEY }'), { env });
    expect(smtpOf(settings)?.dkim?.domain).toBe(domain.toLowerCase());
  });

  test.each(['partner.invalid', 'otherpartner.example', 'sendgrid.net'])(
    'of %s would not count for DMARC',
    (domain) => {
      const env = { ...passwords, DKIM_KEY: pem };
      expect(faultsOf(() => load(signing(domain, '{ env: DKIM_KEY }'), { env }))).toEqual([
        expect.stringMatching(
          /^mailboxes\[0\]\.smtp\.dkim\.domain: found ".*", expected partner\.example or a domain below it/,
        ),
      ]);
    },
  );

  test('stands in no settings file', () => {
    const text = signing('partner.example', '"-----BEGIN hunter2"');
    expect(faultsOf(() => load(text))).toEqual([
      expect.stringMatching(/\.dkim\.privateKey: found a plain value, expected \{ env: NAME \}/),
    ]);
  });
});

describe('the environment', () => {
  test('overrides values of every kind, whatever the letters', () => {
    const settings = load(minimal, {
      env: {
        ...passwords,
        TRANSITION_RESPONDER__MODE: 'shadow',
        transition_responder__Partner__Name: '0123: no',
        TRANSITION_RESPONDER__REQUIREAUTHENTICATED: 'false',
        TRANSITION_RESPONDER__TRUSTED_AUTHSERV_IDS: '[a.example, exchange-online]',
        TRANSITION_RESPONDER__SIBLINGS__0: 'sales@partner.example',
        TRANSITION_RESPONDER__MAILBOXES__0__IMAP__POLL_SECONDS: '30',
        TRANSITION_RESPONDER__MAILBOXES__0__SMTP__AUTH__PASSWORD: 'direct: #hunter2',
        TRANSITION_RESPONDER__LOCALE: '',
      },
    });
    expect(settings).toMatchObject({
      mode: 'shadow',
      partner: { name: '0123: no' },
      requireAuthenticated: false,
      trustedAuthservIds: ['a.example', 'exchange-online'],
      siblings: ['sales@partner.example'],
      locale: 'en',
    });
    expect(settings.mailboxes[0]?.imap.pollSeconds).toBe(30);
    expect(settings.mailboxes[0]?.smtp.auth).toMatchObject({ pass: 'direct: #hunter2' });
  });

  test('can make a whole mailbox', () => {
    const prefix = 'TRANSITION_RESPONDER__MAILBOXES__0__';
    const settings = load(partnerOnly, {
      env: {
        [`${prefix}NAME`]: 'support',
        [`${prefix}FROM`]: 'Support <support@partner.example>',
        [`${prefix}IMAP__HOST`]: 'imap.partner.example',
        [`${prefix}IMAP__AUTH__USER`]: 'support@partner.example',
        [`${prefix}IMAP__AUTH__PASSWORD`]: 'hunter2',
        [`${prefix}SMTP__HOST`]: 'smtp.partner.example',
        [`${prefix}SMTP__SECURE`]: 'false',
      },
    });
    expect(settings.mailboxes[0]).toMatchObject({
      imap: { port: 993, auth: { pass: 'hunter2' } },
      smtp: { port: 587, secure: false },
    });
  });

  test('leaves no gap in a list unnoticed', () => {
    const env = { ...passwords, TRANSITION_RESPONDER__SIBLINGS__1: 'sales@partner.example' };
    expect(faultsOf(() => load(minimal, { env }))).toEqual([
      expect.stringMatching(/^siblings\[0\]: missing, expected an address/),
    ]);
  });

  test('does not hide that a setting of the file is of the wrong kind', () => {
    const env = { TRANSITION_RESPONDER__PARTNER__NAME: 'A' };
    expect(faultsOf(() => load('partner: us\n', { env, secrets: 'optional' }))).toEqual([
      'partner: found the text "us", expected a map with name, signature',
    ]);
  });
});

describe('where things are', () => {
  test('--config comes before the environment, and that before the current folder', () => {
    const cwd = join(folder, 'place');
    written(`${partnerOnly}locale: de\n`, 'place/config/config.yaml');
    written(`${partnerOnly}locale: fr\n`, 'place/named.yaml');
    written(`${partnerOnly}locale: da\n`, 'place/option.yaml');
    const base = { cwd, secrets: 'optional' } as const;
    const env = { TRANSITION_RESPONDER_CONFIG: 'named.yaml' };
    expect(loadSettings({ ...base, env: {} }).locale).toBe('de');
    expect(loadSettings({ ...base, env }).locale).toBe('fr');
    expect(loadSettings({ ...base, env, configPath: 'option.yaml' }).locale).toBe('da');
  });

  test('a file that does not exist is not replaced by another', () => {
    const run = () => load(minimal, { configPath: join(folder, 'nowhere.yaml') });
    expect(run).toThrow(expect.objectContaining({ code: 'SETTINGS_NOT_FOUND', exitStatus: 2 }));
  });

  test('paths start from the folder of the file, or from the one above config/', () => {
    const text = `${partnerOnly}templatesDir: mine\n`;
    const load = (configPath: string) =>
      loadSettings({ configPath, env: {}, cwd: '/', secrets: 'optional' });
    const inConfig = load(written(text, 'site/config/config.yaml'));
    expect(inConfig.store.dataDir).toBe(join(folder, 'site', 'data'));
    expect(inConfig.templatesDir).toBe(join(folder, 'site', 'mine'));
    expect(load(written(text, 'etc/responder.yaml')).store.dataDir).toBe(
      join(folder, 'etc', 'data'),
    );
  });

  test("the admin's own notices come before the program's", () => {
    const program = load(partnerOnly, { secrets: 'optional' });
    expect(program.noticesFile).toBe(join(programRoot, 'config', 'notices.yaml'));
    written('families: []', 'own/config/notices.yaml');
    const configPath = written(partnerOnly, 'own/config/config.yaml');
    const own = load(partnerOnly, { secrets: 'optional', configPath });
    expect(own.noticesFile).toBe(join(folder, 'own', 'config', 'notices.yaml'));
  });

  test('certificates are read at once, and must be there', () => {
    const withCa = minimal.replace('port: 993', 'port: 993, tls: { caFile: ca.pem }');
    expect(faultsOf(() => load(withCa))).toEqual([
      expect.stringMatching(/^mailboxes\[0\]\.imap\.tls\.caFile: .*ENOENT/),
    ]);
  });
});

describe('warnings', () => {
  const remote = minimal.replaceAll('127.0.0.1', 'mail.partner.example');

  test('a password that can cross the network in clear text', () => {
    const text = remote.replace(
      'port: 465, secure: true',
      'port: 25, secure: false, tls: { rejectUnauthorized: false }',
    );
    expect(load(text).warnings).toEqual([
      expect.stringMatching(/^mailboxes\[0\]\.smtp\.secure: .*clear text.*secure: true/),
    ]);
  });

  test('none for STARTTLS with a checked certificate, nor for this machine', () => {
    expect(load(remote.replace('port: 465, secure: true', 'secure: false')).warnings).toEqual([]);
    const local = minimal.replace(
      'secure: true',
      'secure: false, tls: { rejectUnauthorized: false }',
    );
    expect(load(local).warnings).toEqual([]);
  });

  test('several machines that would sign with different keys', () => {
    const env = { ...passwords, DATABASE_URL: 'postgres://db.example/x' };
    expect(load(minimal, { env }).warnings).toEqual([expect.stringMatching(/^messageIdKey: /)]);
  });
});

describe('the key of Message-IDs', () => {
  const dataDir = join(folder, 'keys');

  test('is made once, for the owner only, and read again', () => {
    const key = loadOrCreateMessageIdKey({ store: { dataDir } });
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(loadOrCreateMessageIdKey({ store: { dataDir } })).toBe(key);
    expect(statSync(join(dataDir, 'message-id.key')).mode & 0o777).toBe(0o600);
  });

  test('of the settings comes first, and nothing is written then', () => {
    const settings = {
      messageIdKey: 'from-the-settings',
      store: { dataDir: join(folder, 'none') },
    };
    expect(loadOrCreateMessageIdKey(settings)).toBe('from-the-settings');
    expect(existsSync(settings.store.dataDir)).toBe(false);
  });

  test('that was cut off is never used nor replaced', () => {
    const file = written('abc\n', 'cut/message-id.key');
    chmodSync(file, 0o600);
    expect(faultsOf(() => loadOrCreateMessageIdKey({ store: { dataDir: dirname(file) } }))).toEqual(
      [],
    );
    expect(readFileSync(file, 'utf8')).toBe('abc\n');
  });
});
