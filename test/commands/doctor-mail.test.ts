/**
 * What `doctor` says of the logins by token: their kind, until when they hold, what ends soon, and each mend.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { failed } from '../../src/commands/doctor-checks.ts';
import { checkImap, checkSmtp } from '../../src/commands/doctor-mail.ts';
import type { MailboxSettings, OauthSettings } from '../../src/edges/settings.ts';
import { whyNoCertificate } from '../support/certificate.ts';
import { startDovecot, whyNoDovecot } from '../support/dovecot.ts';
import { silentLog } from '../support/mailbox-recorder.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { oauthError, startTokenServer } from '../support/token-server.ts';

const user = 'support@partner.example';
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

const missing = whyNoDovecot() ?? whyNoCertificate();
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`;

async function rig() {
  const tokens = await startTokenServer({ user, clientId: 'desk', clientSecret: 's' });
  const { introspectionUrl, tokenUrl, ca } = tokens;
  const dovecot = await startDovecot({ oauth2: { introspectionUrl, mechanisms: ['xoauth2'] } });
  const sink = await startSmtpSink({
    authMethods: ['XOAUTH2'],
    onAuth: (auth, _session, callback) =>
      callback(null, tokens.isGood(auth.accessToken ?? '') ? { user: auth.username } : {}),
  });
  closers.push(
    () => tokens.close(),
    () => dovecot.stop(),
    () => sink.close(),
  );
  const oauth: OauthSettings = {
    ...{ provider: 'other', tokenUrl, ca, clientId: 'desk', clientSecret: 's' },
    clientSecretExpires: '2027-02-01',
  };
  const server = { host: '127.0.0.1', secure: false, tls: {}, auth: { user, oauth } };
  const mailbox: MailboxSettings = {
    name: 'support',
    imap: { ...server, port: dovecot.port, path: 'INBOX', pollSeconds: 60, idleMinutes: 5 },
    smtp: { ...server, port: sink.port, timeoutSeconds: 5, envelopeFrom: '' },
    from: { name: 'Support', address: user },
    mark: { answered: true, move: {} },
  };
  return { tokens, mailbox };
}

const on = (day: string) => ({ log: silentLog, clock: { now: () => new Date(day) } });

describe.skipIf(missing !== undefined)(`doctor and logins by token${skipped}`, () => {
  it('says how it logged in and until when that holds', async () => {
    const { mailbox } = await rig();
    const imap = await checkImap(mailbox, on('2026-11-27'));
    expect(imap.verdict).toBe('ok');
    expect(imap.detail).toMatch(
      /INBOX of support@partner\.example, by OAuth at other, the access token holds until \S+Z, the client secret of the login ends on 2027-02-01, 0 mails$/,
    );
    const smtp = await checkSmtp(mailbox, on('2026-11-27'));
    expect(smtp.verdict).toBe('ok');
    expect(smtp.detail).toMatch(
      /as support@partner\.example, by OAuth at other, the access token holds until/,
    );
  });

  it('warns of a secret that ends soon', async () => {
    const { mailbox } = await rig();
    for (const check of [checkImap, checkSmtp])
      expect(await check(mailbox, on('2027-01-20'))).toMatchObject({
        verdict: 'warn',
        mends: ['The client secret of the login ends on 2027-02-01: put a new one in place.'],
      });
  });

  it('says the mend of a login that gives no token', async () => {
    const { tokens, mailbox } = await rig();
    tokens.fail(oauthError('invalid_client', '', 401));
    expect(await checkSmtp(mailbox, on('2026-11-27')).catch(failed)).toMatchObject({
      verdict: 'fail',
      mends: [
        expect.stringMatching(/check clientId and clientSecret/),
        expect.stringMatching(/docs\/oauth\.md/),
      ],
    });
  });
});
