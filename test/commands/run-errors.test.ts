/**
 * `run` that cannot start: one sentence with host, port and mend, soon, and never a stack trace.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { startDemoServer } from '../../src/demo/server.ts';
import { openStore } from '../../src/store/open.ts';
import { makeCommandPlace, minimalSettings, runCommandLine } from '../support/command.ts';
import { startDovecot, whyNoDovecot } from '../support/dovecot.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';

const place = makeCommandPlace();
afterAll(() => place.remove());

/** Nobody listens on these: they need more rights than a test has, or are reserved. */
const nobody = { imap: 1, smtp: 2, postgres: 3, redis: 4 } as const;
const secrets = { IMAP_PASSWORD: 'hunter2', SMTP_PASSWORD: 'hunter3' };

interface Servers {
  readonly imapPort?: number;
  readonly smtpPort?: number;
}

function settings({ imapPort = nobody.imap, smtpPort = nobody.smtp }: Servers): string {
  return stringify({
    partner: { name: 'Fabrikam Cloud', signature: 'Desk' },
    mailboxes: [
      {
        name: 'support',
        imap: {
          host: '127.0.0.1',
          port: imapPort,
          secure: false,
          auth: { user: 'support@partner.example', password: { env: 'IMAP_PASSWORD' } },
        },
        smtp: { host: '127.0.0.1', port: smtpPort, secure: false },
        from: 'Fabrikam Support <support@partner.example>',
      },
    ],
    trustedAuthservIds: ['mx.partner.example'],
    log: { level: 'silent' },
  });
}

async function run(
  text: string,
  options: { readonly roles?: string; readonly env?: Readonly<Record<string, string>> } = {},
) {
  place.write('responder.yaml', text);
  const roles = options.roles === undefined ? [] : ['--roles', options.roles];
  const started = performance.now();
  const outcome = await runCommandLine(['run', '--config', 'responder.yaml', ...roles], {
    cwd: place.folder,
    env: { ...secrets, ...options.env },
  });
  const tookMs = performance.now() - started;
  expect(outcome.stdout).toBe('');
  expect(outcome.stderr).not.toMatch(/^ {4}at /m);
  expect(outcome.stderr).not.toMatch(/hunter/);
  return { ...outcome, tookMs };
}

const promptMs = 20_000;

describe('settings', () => {
  test('without a mailbox there is nothing to run', async () => {
    const { code, stderr } = await run('partner: { name: Fabrikam, signature: Desk }\n');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^ {2}mailboxes: missing, expected at least one mailbox to watch/m);
  });

  test('every missing password is named, by its variable', async () => {
    const { code, stderr } = await run(minimalSettings, {
      env: { IMAP_PASSWORD: '', SMTP_PASSWORD: '' },
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/imap\.auth\.password: the environment variable IMAP_PASSWORD is/);
    expect(stderr).toMatch(/smtp\.auth\.password: the environment variable SMTP_PASSWORD is/);
  });

  test.each([
    ['DATABASE_URL', 'nonsense', /store\.databaseUrl: .*expected postgres:/],
    ['REDIS_URL', 'nonsense', /queue\.redisUrl: .*expected redis:/],
  ])('%s that is no address', async (name, value, sentence) => {
    const { code, stderr } = await run(settings({}), { env: { [name]: value } });
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
  });

  test('damaged templates keep it from starting, with their place', async () => {
    place.write('damaged/en/cancel-portal.md.hbs', 'Hello\n');
    const { code, stderr } = await run(`${settings({})}templatesDir: damaged\n`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/en\/cancel-portal\.md\.hbs:1: The front matter is missing/);
    expect(stderr).toMatch(/\[TEMPLATES_INVALID\]\n$/);
  });
});

describe('a server that is not there', () => {
  // Making the embedded store takes seconds the first time, whatever is wrong with the servers.
  beforeAll(async () => {
    const { store } = await openStore({ dataDir: join(place.folder, 'data') });
    await store.close();
  });

  test.each([
    {
      what: 'the sending server',
      sentence: /^The sending server 127\.0\.0\.1:2 cannot be reached.*\nCheck host, port and/,
    },
    {
      what: 'the mail server',
      roles: 'watch',
      sentence: /^The mail server 127\.0\.0\.1:1 cannot be reached.*\nCheck host, port and/,
    },
    {
      what: 'PostgreSQL',
      env: { DATABASE_URL: `postgres://responder:hunter4@127.0.0.1:${nobody.postgres}/responder` },
      sentence: /^PostgreSQL at 127\.0\.0\.1:3 cannot be reached.*\nCheck DATABASE_URL/,
    },
    {
      what: 'Redis',
      env: { REDIS_URL: `redis://:hunter5@127.0.0.1:${nobody.redis}` },
      sentence: /^Redis at 127\.0\.0\.1:4 cannot be reached.*\nCheck REDIS_URL/,
    },
  ])('$what: one sentence, exit 1', async ({ sentence, ...options }) => {
    const { code, stderr, tookMs } = await run(settings({}), options);
    expect(code).toBe(1);
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
    expect(tookMs).toBeLessThan(promptMs);
  });
});

const noDovecot = whyNoDovecot();
if (noDovecot !== undefined)
  console.warn(`SKIPPED: run with a wrong password at Dovecot, because ${noDovecot}.`);

describe('a wrong IMAP password', () => {
  const refused =
    /^[^\n]*127\.0\.0\.1:\d+ [^\n]*\nCheck the user and password[^\n]*\[IMAP_LOGIN_REFUSED\]\n$/;

  test('is said once, at the embedded server of the demo', async () => {
    const server = await startDemoServer({
      user: 'support@partner.example',
      password: 'another',
      mailboxAddress: 'support@partner.example',
    });
    const { imapPort, smtpPort } = server;
    const { code, stderr } = await run(settings({ imapPort, smtpPort }));
    await server.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(refused);
  });

  test.skipIf(noDovecot !== undefined)('is said once and tried once, at Dovecot', async () => {
    const dovecot = await startDovecot();
    const sink = await startSmtpSink();
    const text = settings({ imapPort: dovecot.port, smtpPort: sink.port });
    const { code, stderr } = await run(text);
    const failedLogins = await dovecot.failedLogins();
    await dovecot.stop();
    await sink.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(refused);
    expect(failedLogins).toBe(1);
  });
});
