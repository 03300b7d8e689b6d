/**
 * Logging in at a mailbox with access tokens: a real Dovecot asks a real token server about each, and a scripted
 * server says the words of Exchange Online and Gmail.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { type ImapSettings, openMailbox } from '../../src/edges/imap.ts';
import { loggable } from '../../src/edges/log.ts';
import { openMailboxLogin } from '../../src/edges/mailbox-login.ts';
import type { TokenSource } from '../../src/edges/oauth.ts';
import type { MailboxSettings, OauthSettings } from '../../src/edges/settings.ts';
import { ResponderError } from '../../src/errors.ts';
import type { Mailbox } from '../../src/ports.ts';
import { whyNoCertificate } from '../support/certificate.ts';
import { type Dovecot, startDovecot, whyNoDovecot } from '../support/dovecot.ts';
import {
  MailboxRecorder,
  sampleMail,
  silentLog,
  systemClock,
} from '../support/mailbox-recorder.ts';
import { startCable, startScripted } from '../support/scripted-lines.ts';
import {
  oauthError,
  startTokenServer,
  type TokenServer,
  type TokenServerOptions,
} from '../support/token-server.ts';

const quick = { firstRetryMs: 20, lastRetryMs: 100, refusedRetryMs: 300_000 };
const user = 'support@partner.example';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

async function tokenServer(more: Partial<TokenServerOptions> = {}): Promise<TokenServer> {
  const server = await startTokenServer({ user, clientId: 'desk', clientSecret: 's', ...more });
  closers.push(() => server.close());
  return server;
}

async function dovecotAsking(
  tokens: TokenServer,
  mechanisms: readonly ('xoauth2' | 'oauthbearer')[] = ['xoauth2', 'oauthbearer'],
): Promise<Dovecot> {
  const { introspectionUrl } = tokens;
  const dovecot = await startDovecot({ oauth2: { introspectionUrl, mechanisms } });
  closers.push(() => dovecot.stop());
  return dovecot;
}

function oauthOf({ tokenUrl, ca }: TokenServer): OauthSettings {
  return { provider: 'other', tokenUrl, clientId: 'desk', clientSecret: 's', ca };
}

interface Opened {
  readonly mailbox: Mailbox;
  readonly tokens: TokenSource;
}

/** `ahead`: how far the clock of the login is before that of the world. */
function open(port: number, oauth: OauthSettings, ahead = { ms: 0 }): Opened {
  const auth = { user, oauth };
  const server = { host: '127.0.0.1', port, secure: false, tls: {} };
  const settings: MailboxSettings = {
    name: 'support',
    imap: { ...server, auth, path: 'INBOX', pollSeconds: 60, idleMinutes: 5 },
    smtp: { ...server, timeoutSeconds: 5, envelopeFrom: '' },
    from: { name: 'Support', address: user },
    mark: { answered: true, move: {} },
  };
  const login = openMailboxLogin(settings, {
    log: silentLog,
    clock: systemClock,
    tokens: { now: () => Date.now() + ahead.ms },
  });
  const mailbox = openMailbox(
    { name: 'support', imap: login.imap },
    { log: silentLog, clock: systemClock, timing: quick },
  );
  closers.push(
    () => login.close(),
    () => mailbox.stop(),
  );
  if (!('tokens' in login.imap.auth)) throw new Error('no source of tokens');
  return { mailbox, tokens: login.imap.auth.tokens };
}

async function failureOf(action: Promise<unknown>): Promise<ResponderError> {
  const error = await action.catch((thrown: unknown) => thrown);
  if (!(error instanceof ResponderError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

const missing = whyNoDovecot() ?? whyNoCertificate();
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`;

describe.skipIf(missing !== undefined)(`a mailbox on Dovecot, by token${skipped}`, () => {
  it.each(['xoauth2', 'oauthbearer'] as const)(
    'is opened by %s, and never by a token that is not good',
    async (mechanism) => {
      const server = await tokenServer();
      const dovecot = await dovecotAsking(server, [mechanism]);
      const { mailbox, tokens } = open(dovecot.port, oauthOf(server));
      expect((await mailbox.check()).exists).toBe(0);
      expect(server.taken).toEqual(server.tokens);

      server.revokeAll();
      const error = await failureOf(mailbox.check());
      expect(error.code).toBe('IMAP_LOGIN_REFUSED');
      const logged = JSON.stringify(loggable({ error }));
      for (const token of [await tokens.get(), ...server.tokens]) {
        expect(logged).not.toContain(token);
        expect(logged).not.toContain(
          Buffer.from(`Bearer ${token}`).toString('base64').slice(8, 40),
        );
      }
    },
  );

  it('is another one than the token is for: refused', async () => {
    const server = await tokenServer({ user: 'sales@partner.example' });
    const dovecot = await dovecotAsking(server);
    const { mailbox } = open(dovecot.port, oauthOf(server));
    expect((await failureOf(mailbox.check())).code).toBe('IMAP_LOGIN_REFUSED');
  });

  it('is watched on after the token has ended and the server closed the connection', async () => {
    const server = await tokenServer();
    const dovecot = await dovecotAsking(server);
    const cable = await startCable(dovecot.port);
    closers.push(() => cable.close());
    const ahead = { ms: 0 };
    const { mailbox } = open(cable.port, oauthOf(server), ahead);
    const recorder = new MailboxRecorder();
    await mailbox.start(recorder);

    ahead.ms = 3_600_000;
    server.revokeAll();
    const { looks } = recorder;
    cable.cut();
    await recorder.until(() => recorder.looks > looks);
    await dovecot.deliver(sampleMail('after the first hour'));
    await recorder.until(() => recorder.mails.length > 0);
    expect(server.tokens).toHaveLength(2);
    expect([recorder.troubles, recorder.recoveries]).toEqual([[], 0]);
  });

  it('is watched on with a new token, when one that is kept was taken back', async () => {
    const server = await tokenServer();
    const dovecot = await dovecotAsking(server);
    const cable = await startCable(dovecot.port);
    closers.push(() => cable.close());
    const ahead = { ms: 0 };
    const { mailbox } = open(cable.port, oauthOf(server), ahead);
    const recorder = new MailboxRecorder();
    await mailbox.start(recorder);

    // Ten minutes old: good by its time, but no longer to the server.
    ahead.ms = 600_000;
    server.revokeAll();
    cable.cut();
    await recorder.until(() => recorder.recoveries > 0);
    // The cut was a trouble. The refusal was none: no waiting for five minutes.
    expect(recorder.troubles.map(({ code }) => code)).toEqual(['IMAP_FAILED']);
    expect(server.tokens).toHaveLength(2);
  });

  it('is in trouble with its mend when the grant was revoked, and is not asked for in haste', async () => {
    const server = await tokenServer({ refreshToken: 'r' });
    const dovecot = await dovecotAsking(server);
    const cable = await startCable(dovecot.port);
    closers.push(() => cable.close());
    const ahead = { ms: 0 };
    const { mailbox } = open(cable.port, { ...oauthOf(server), refreshToken: 'r' }, ahead);
    const recorder = new MailboxRecorder();
    await mailbox.start(recorder);

    ahead.ms = 3_600_000;
    server.fail(oauthError('invalid_grant'));
    cable.cut();
    await recorder.until(() => recorder.troubles.length > 0);
    expect(recorder.troubles).toMatchObject([{ code: 'OAUTH_REFUSED' }]);
    expect(recorder.troubles[0]?.retryInMs).toBeGreaterThanOrEqual(quick.refusedRetryMs);
    expect(server.requests).toHaveLength(2);
  });

  it('is not reached while the login is not, and soon after', async () => {
    const server = await tokenServer();
    const dovecot = await dovecotAsking(server);
    const cable = await startCable(dovecot.port);
    closers.push(() => cable.close());
    const ahead = { ms: 0 };
    const { mailbox } = open(cable.port, oauthOf(server), ahead);
    const recorder = new MailboxRecorder();
    await mailbox.start(recorder);

    ahead.ms = 3_600_000;
    server.fail(oauthError('temporarily_unavailable', '', 503));
    cable.cut();
    await recorder.until(() => recorder.recoveries > 0);
    expect(recorder.troubles.map(({ code }) => code)).toEqual(['OAUTH_UNREACHABLE']);
  });

  it('is left at once, though the login owes its answer', { timeout: 15_000 }, async () => {
    const server = await tokenServer();
    const dovecot = await dovecotAsking(server);
    const cable = await startCable(dovecot.port);
    closers.push(() => cable.close());
    const ahead = { ms: 0 };
    const { mailbox } = open(cable.port, oauthOf(server), ahead);
    await mailbox.start(new MailboxRecorder());

    ahead.ms = 3_600_000;
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    server.fail(() => resolve());
    cable.cut();
    await asked;
    await mailbox.stop();
    expect(server.requests).toHaveLength(2);
  });

  it('refuses a new token once, not again and again', async () => {
    const server = await tokenServer({ user: 'sales@partner.example' });
    const dovecot = await dovecotAsking(server);
    const { mailbox } = open(dovecot.port, oauthOf(server));
    expect((await failureOf(mailbox.start(new MailboxRecorder()))).code).toBe('IMAP_LOGIN_REFUSED');
    expect([server.taken.length, server.tokens.length]).toEqual([1, 1]);
  });

  it('cannot be opened for now while the mail server does not get to know of the token', async () => {
    const server = await tokenServer();
    const dovecot = await dovecotAsking(server);
    const { mailbox, tokens } = open(dovecot.port, oauthOf(server));
    await tokens.get();
    await server.close();
    expect(await failureOf(mailbox.check())).toMatchObject({ code: 'IMAP_FAILED', retry: 'later' });
  });

  it('can be watched by password all the same', async () => {
    const server = await tokenServer();
    const dovecot = await dovecotAsking(server);
    const imap: ImapSettings = {
      ...{ host: dovecot.host, port: dovecot.port, secure: false },
      auth: { user, pass: dovecot.password },
    };
    const byPassword = openMailbox({ name: 'a', imap }, { log: silentLog, clock: systemClock });
    expect((await byPassword.check()).exists).toBe(0);
    expect(server.requests).toEqual([]);
  });
});

describe.skipIf(whyNoCertificate() !== undefined)('the words of mail servers', () => {
  const exchange = 'IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE ID CHILDREN IDLE';
  const gmail =
    'IMAP4rev1 UNSELECT IDLE NAMESPACE AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER SASL-IR';

  /** A server that answers a command, by its name, with these lines after its tag. */
  async function refusing(capability: string, words: Readonly<Record<string, string>>) {
    const script = await startScripted('* OK The service is ready.', (line) => {
      const [tag = '', name = ''] = line.split(' ');
      const said = words[name.toUpperCase()];
      if (said !== undefined) return [`${tag} ${said}`];
      if (name.toUpperCase() === 'CAPABILITY')
        return [`* CAPABILITY ${capability}`, `${tag} OK done`];
      return [`${tag} OK done`];
    });
    closers.push(() => script.close());
    return script;
  }

  const connected = 'BAD User is authenticated but not connected.';

  const refusals: readonly (readonly [string, string, string, Record<string, string>])[] = [
    ['no rights, IMAP off or too many', 'IMAP_NO_ACCESS', exchange, { NAMESPACE: connected }],
    ['the same, told later', 'IMAP_NO_ACCESS', exchange, { SELECT: connected }],
    ['the same, told at the login', 'IMAP_NO_ACCESS', exchange, { AUTHENTICATE: connected }],
    [
      'IMAP off for the account',
      'IMAP_DISABLED',
      gmail,
      {
        AUTHENTICATE:
          'NO [ALERT] Your account is not enabled for IMAP use. Please visit your settings.',
      },
    ],
    [
      'IMAP off for the domain',
      'IMAP_DISABLED',
      gmail,
      { AUTHENTICATE: 'NO [ALERT] IMAP access is disabled for your domain. (Failure)' },
    ],
    [
      'too many connections',
      'IMAP_THROTTLED',
      gmail,
      { AUTHENTICATE: 'NO [ALERT] Too many simultaneous connections. (Failure)' },
    ],
    [
      'throttled at the login',
      'IMAP_THROTTLED',
      exchange,
      { AUTHENTICATE: 'BAD Request is throttled. Suggested Backoff Time: 3 milliseconds' },
    ],
    [
      'throttled later',
      'IMAP_THROTTLED',
      exchange,
      { SELECT: 'BAD Request is throttled. Suggested Backoff Time: 3 milliseconds' },
    ],
  ];

  it.each(refusals)(
    '%s: %s, and time passes before the next attempt',
    async (_what, code, capability, words) => {
      const server = await tokenServer();
      const capabilities = words.NAMESPACE === undefined ? capability : `${capability} NAMESPACE`;
      const script = await refusing(capabilities, words);
      const { mailbox } = open(script.port, oauthOf(server));
      const error = await failureOf(mailbox.check());
      expect([error.code, error.retry, error.pause]).toEqual([code, 'later', 'long']);
      expect(JSON.stringify(loggable({ error }))).not.toContain(server.tokens[0]);
    },
  );

  it('of a mailbox that does not open name all three causes with their mends', async () => {
    const server = await tokenServer();
    const script = await refusing(`${exchange} NAMESPACE`, { NAMESPACE: connected });
    const error = await failureOf(open(script.port, oauthOf(server)).mailbox.check());
    expect(error.message).toMatch(/too many connections, IMAP is disabled .* no right on it\.$/);
    expect(error.details).toEqual([
      expect.stringMatching(/too many connections/),
      expect.stringContaining('Set-CASMailbox -Identity MAILBOX -ImapEnabled $true'),
      expect.stringContaining('Add-MailboxPermission -Identity MAILBOX'),
    ]);
  });

  it('of a refused token name what Exchange Online lacks; a new one is not asked for', async () => {
    const server = await tokenServer();
    const script = await refusing(exchange, { AUTHENTICATE: 'NO AUTHENTICATE failed.' });
    const error = await failureOf(open(script.port, oauthOf(server)).mailbox.check());
    expect(error.code).toBe('IMAP_LOGIN_REFUSED');
    expect(error.details.join('\n')).toMatch(/IMAP\.AccessAsApp[\s\S]*New-ServicePrincipal/);
    expect(server.tokens).toHaveLength(1);
    expect(script.lines.filter((line) => line.includes('AUTHENTICATE XOAUTH2'))).toHaveLength(1);
  });

  it('that offer no login with a token are not shown one', async () => {
    const server = await tokenServer();
    const script = await refusing('IMAP4rev1 AUTH=PLAIN', {});
    const error = await failureOf(open(script.port, oauthOf(server)).mailbox.check());
    expect(error.code).toBe('IMAP_LOGIN_REFUSED');
    expect(error.message).toMatch(/offers no login with OAuth, neither OAUTHBEARER nor XOAUTH2/);
    expect(script.lines.join('\n')).not.toMatch(/AUTHENTICATE|LOGIN /);
  });

  it('of a server that takes tokens only tell so to who has a password', async () => {
    const script = await refusing('IMAP4rev1 AUTH=XOAUTH2', { LOGIN: 'NO LOGIN failed.' });
    const auth = { user, pass: 'secret' };
    const imap: ImapSettings = { host: '127.0.0.1', port: script.port, secure: false, auth };
    const mailbox = openMailbox({ name: 'a', imap }, { log: silentLog, clock: systemClock });
    const error = await failureOf(mailbox.check());
    expect(error.code).toBe('IMAP_LOGIN_REFUSED');
    expect(error.details).toEqual([expect.stringContaining('auth.oauth')]);
  });
});
