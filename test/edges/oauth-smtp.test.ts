/**
 * Logging in at a sending server with access tokens: XOAUTH2 at smtp-server, which asks a real token server about
 * each; OAUTHBEARER and the words of Exchange Online at a scripted one.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { Reply } from '../../src/core/decision.ts';
import { loggable } from '../../src/edges/log.ts';
import { openMailboxLogin } from '../../src/edges/mailbox-login.ts';
import type { MailboxSettings, OauthSettings } from '../../src/edges/settings.ts';
import { openSubmission } from '../../src/edges/submission.ts';
import { findTokenMechanism } from '../../src/edges/submission-token.ts';
import { ResponderError } from '../../src/errors.ts';
import type { Submission } from '../../src/ports.ts';
import { whyNoCertificate } from '../support/certificate.ts';
import { silentLog, systemClock } from '../support/mailbox-recorder.ts';
import { type Scripted, startScripted } from '../support/scripted-lines.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { oauthError, startTokenServer, type TokenServer } from '../support/token-server.ts';

const user = 'support@partner.example';
const sentAt = new Date('2026-11-27T09:00:00Z');
const reply: Reply = {
  from: { name: 'Support', address: user },
  to: { name: 'Anna', address: 'anna@contoso.example' },
  subject: 'Your notice',
  text: 'Hello,\n',
  html: '<p>Hello,</p>',
  messageId: '<case-1.abcdef@partner.example>',
  references: [],
  headers: { 'Auto-Submitted': 'auto-replied' },
  envelopeFrom: '',
  locale: 'en',
  templateId: 'en/cancel-portal',
  templateHash: '00',
};

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

async function tokenServer(): Promise<TokenServer> {
  const server = await startTokenServer({ user, clientId: 'desk', clientSecret: 's' });
  closers.push(() => server.close());
  return server;
}

async function sinkAsking(tokens: TokenServer): Promise<SmtpSink> {
  const sink = await startSmtpSink({
    authOptional: false,
    authMethods: ['PLAIN', 'XOAUTH2'],
    onAuth(auth, _session, callback) {
      const isGood = auth.method === 'XOAUTH2' && tokens.isGood(auth.accessToken ?? '');
      callback(null, isGood ? { user: auth.username } : { data: { status: '401' } });
    },
  });
  closers.push(() => sink.close());
  return sink;
}

interface Opened {
  readonly submission: Submission;
  readonly login: ReturnType<typeof openMailboxLogin>;
  readonly errors: object[];
}

function open(port: number, { tokenUrl, ca }: TokenServer, ahead = { ms: 0 }): Opened {
  const oauth: OauthSettings = {
    ...{ provider: 'other', tokenUrl, ca },
    ...{ clientId: 'desk', clientSecret: 's' },
  };
  const auth = { user, oauth };
  const server = { host: '127.0.0.1', port, secure: false, tls: {} };
  const settings: MailboxSettings = {
    name: 'support',
    imap: { ...server, auth, path: 'INBOX', pollSeconds: 60, idleMinutes: 5 },
    smtp: { ...server, auth: { ...auth }, timeoutSeconds: 5, envelopeFrom: '' },
    from: { name: 'Support', address: user },
    mark: { answered: true, move: {} },
  };
  const errors: object[] = [];
  const log = { ...silentLog, error: (fields: object) => errors.push(fields) };
  const now = () => Date.now() + ahead.ms;
  const login = openMailboxLogin(settings, { log, clock: systemClock, tokens: { now } });
  const submission = openSubmission(login.smtp, { log });
  closers.push(
    () => login.close(),
    () => submission.close(),
  );
  return { submission, login, errors };
}

async function failureOf(action: Promise<unknown>): Promise<ResponderError> {
  const error = await action.catch((thrown: unknown) => thrown);
  if (!(error instanceof ResponderError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

const skipped = whyNoCertificate();

describe.skipIf(skipped !== undefined)('sending by token', () => {
  it('logs in by XOAUTH2, with the token that IMAP shows too', async () => {
    const server = await tokenServer();
    const sink = await sinkAsking(server);
    const { submission, login } = open(sink.port, server);
    expect(await submission.submit(reply, sentAt)).toMatchObject({ outcome: 'accepted' });
    const { auth } = login.imap;
    expect('tokens' in auth && (await auth.tokens.get())).toBe(server.tokens[0]);
    expect(server.tokens).toHaveLength(1);
    expect(login.expiries()).toEqual([{ mailbox: 'support', what: 'token', at: expect.any(Date) }]);
  });

  it('with a kept token that was taken back logs in once more with a new one', async () => {
    const server = await tokenServer();
    const sink = await sinkAsking(server);
    const ahead = { ms: 0 };
    const { submission, errors } = open(sink.port, server, ahead);
    await submission.check();
    ahead.ms = 600_000;
    server.revokeAll();
    expect(await submission.submit(reply, sentAt)).toMatchObject({ outcome: 'accepted' });
    expect([server.tokens.length, sink.mails.length, errors]).toEqual([2, 1, []]);
  });

  it('does not go on with a session whose token ends', async () => {
    const server = await tokenServer();
    const sink = await sinkAsking(server);
    const ahead = { ms: 0 };
    const { submission } = open(sink.port, server, ahead);
    await submission.submit(reply, sentAt);
    await submission.submit(reply, sentAt);
    expect(sink.connections()).toBe(1);
    ahead.ms = 56 * 60_000;
    await submission.submit(reply, sentAt);
    expect([sink.connections(), server.tokens.length, sink.mails.length]).toEqual([2, 2, 3]);
  });

  it('tells a revoked grant once, and does not ask for every reply', async () => {
    const server = await tokenServer();
    const sink = await sinkAsking(server);
    const { submission, errors } = open(sink.port, server);
    server.fail(oauthError('invalid_grant'));
    for (let count = 0; count < 3; count += 1) {
      const error = await failureOf(submission.submit(reply, sentAt));
      expect([error.code, error.retry]).toEqual(['OAUTH_REFUSED', 'later']);
    }
    expect(server.requests).toHaveLength(1);
    expect(errors).toEqual([
      expect.objectContaining({
        code: 'OAUTH_REFUSED',
        mends: [expect.stringContaining('was revoked')],
      }),
    ]);
  });
});

describe.skipIf(skipped !== undefined)('the words of sending servers', () => {
  async function scripted(mechanisms: string, ...replies: string[]): Promise<Scripted> {
    const script = await startScripted('220 smtp.example ESMTP', (line) => {
      if (line.startsWith('EHLO'))
        return ['250-smtp.example', `250-AUTH ${mechanisms}`, '250 8BITMIME'];
      return line.startsWith('QUIT') ? ['221 bye'] : [replies.shift() ?? '250 ok'];
    });
    closers.push(() => script.close());
    return script;
  }

  it('OAUTHBEARER is spoken where only that is announced', async () => {
    const server = await tokenServer();
    const script = await scripted('PLAIN OAUTHBEARER', '235 2.7.0 welcome');
    await open(script.port, server).submission.check();
    const [, shown = ''] =
      script.lines.find((line) => line.startsWith('AUTH '))?.split('BEARER ') ?? [];
    expect(Buffer.from(shown, 'base64').toString()).toBe(
      `n,a=${user},\x01host=127.0.0.1\x01port=${script.port}\x01auth=Bearer ${server.tokens[0]}\x01\x01`,
    );
  });

  it.each([
    ['XOAUTH2', ''],
    ['OAUTHBEARER', 'AQ=='],
  ])(
    '%s that fails is ended as the server waits for it, and no token is told',
    async (mechanism, end) => {
      const server = await tokenServer();
      const error64 = Buffer.from('{"status":"401"}').toString('base64');
      const script = await scripted(mechanism, `334 ${error64}`, '535 5.7.8 not accepted');
      const error = await failureOf(open(script.port, server).submission.check());
      expect([error.code, error.message]).toEqual([
        'SMTP_LOGIN_REFUSED',
        `The sending server 127.0.0.1:${script.port} refuses ${user}: 535 5.7.8 not accepted.`,
      ]);
      expect(script.lines[2]).toBe(end);
      const logged = JSON.stringify(loggable({ error }));
      const [token = 'none'] = server.tokens;
      expect(logged).not.toContain(token);
      expect(logged).not.toContain(script.lines[1]?.split(' ')[2]);
    },
  );

  it.each([
    [
      'SMTP_DISABLED',
      '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.',
      /Set-TransportConfig -SmtpClientAuthenticationDisabled \$false/,
    ],
    [
      'SMTP_DISABLED',
      '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.',
      /^Set-CASMailbox -Identity MAILBOX -SmtpClientAuthenticationDisabled \$false$/,
    ],
    [
      'SMTP_LOGIN_REFUSED',
      '535 5.7.3 Authentication unsuccessful [FR0P281CA0001.DEUP281.PROD.OUTLOOK.COM]',
      /SMTP\.SendAsApp[\s\S]*Add-MailboxPermission/,
    ],
  ])('%s: %s', async (code, words, mend) => {
    const server = await tokenServer();
    const script = await scripted('LOGIN XOAUTH2', words);
    const error = await failureOf(open(script.port, server).submission.check());
    expect([error.code, error.retry]).toEqual([code, 'later']);
    expect(error.details.join('\n')).toMatch(mend);
  });

  it('a server that offers no login with a token is not shown one', async () => {
    const server = await tokenServer();
    const script = await scripted('PLAIN LOGIN');
    const error = await failureOf(open(script.port, server).submission.check());
    expect(error.message).toMatch(/offers no login with OAuth/);
    expect(script.lines.join('\n')).not.toContain('AUTH ');
  });

  it('who has a password learns that Exchange Online takes none', async () => {
    const words = '550 5.7.30 Basic authentication is not supported for Client Submission.';
    const script = await scripted('PLAIN', words);
    const submission = openSubmission(
      {
        ...{ host: '127.0.0.1', port: script.port, secure: false },
        auth: { user, pass: 'secret' },
      },
      { log: silentLog },
    );
    closers.push(() => submission.close());
    const error = await failureOf(submission.check());
    expect(error.code).toBe('SMTP_LOGIN_REFUSED');
    expect(error.details).toEqual([expect.stringContaining('auth.oauth')]);
  });
});

describe('the mechanism', () => {
  it.each([
    ['250-x\r\n250-AUTH LOGIN XOAUTH2\r\n250 SIZE', 'XOAUTH2'],
    ['250-x\n250-auth=plain oauthbearer xoauth2\n250 SIZE', 'XOAUTH2'],
    ['250-x\r\n250 AUTH OAUTHBEARER', 'OAUTHBEARER'],
    ['250-x\r\n250 AUTH PLAIN', undefined],
    ['250-XOAUTH2\r\n250 SIZE', undefined],
    ['250 x', undefined],
  ])('of %j is %s', (announced, mechanism) => {
    expect(findTokenMechanism(announced)).toBe(mechanism);
  });
});
