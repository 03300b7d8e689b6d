/**
 * What of a mailbox's logins ends, and when somebody is told.
 */
import { describe, expect, test } from 'vitest';
import { endingSoon, endSentence, openMailboxLogin } from '../../src/edges/mailbox-login.ts';
import type { MailboxSettings, OauthSettings } from '../../src/edges/settings.ts';
import { makeCertificate, whyNoCertificate } from '../support/certificate.ts';
import { silentLog } from '../support/mailbox-recorder.ts';

const user = 'support@partner.example';

function mailboxWith(oauth: OauthSettings, smtpOauth: OauthSettings = oauth): MailboxSettings {
  const server = { host: '127.0.0.1', port: 1, secure: false, tls: {} };
  return {
    name: 'support',
    imap: { ...server, auth: { user, oauth }, path: 'INBOX', pollSeconds: 60, idleMinutes: 5 },
    smtp: {
      ...{ ...server, timeoutSeconds: 5, envelopeFrom: '' },
      auth: { user, oauth: { ...smtpOauth } },
    },
    from: { name: 'Support', address: user },
    mark: { answered: true, move: {} },
  };
}

const other: OauthSettings = {
  provider: 'other',
  tokenUrl: 'https://login.partner.example/token',
  clientId: 'desk',
  clientSecret: 's3cret',
};

function opened(mailbox: MailboxSettings, day: string) {
  const warnings: [object, string][] = [];
  const log = {
    ...silentLog,
    warn: (fields: object, text: string) => warnings.push([fields, text]),
  };
  const clock = { now: () => new Date(`${day}T10:00:00Z`) };
  return { login: openMailboxLogin(mailbox, { log, clock }), warnings };
}

describe('the end of a login', () => {
  test.each([
    ['2027-01-01', 0],
    ['2027-01-02', 1],
    ['2027-02-01', 1],
  ])('is told from thirty days before, once for IMAP and SMTP together: on %s', (day, count) => {
    const mailbox = mailboxWith({ ...other, clientSecretExpires: '2027-02-01' });
    const { login, warnings } = opened(mailbox, day);
    const at = new Date('2027-02-01T00:00:00Z');
    expect(login.expiries()).toEqual([{ mailbox: 'support', what: 'secret', at }]);
    expect(warnings).toHaveLength(count);
    expect(JSON.stringify(warnings)).not.toContain('s3cret');
    if (count > 0)
      expect(warnings[0]?.[0]).toEqual({
        mailbox: 'support',
        end: `the client secret of the login ${day === '2027-02-01' ? 'ended' : 'ends'} on 2027-02-01`,
      });
  });

  test('of a password is not known', () => {
    const mailbox = mailboxWith(other);
    const byPassword = { user, pass: 'a' };
    const { login } = opened(
      {
        ...mailbox,
        imap: { ...mailbox.imap, auth: byPassword },
        smtp: { ...mailbox.smtp, auth: byPassword },
      },
      '2027-01-01',
    );
    expect(login.expiries()).toEqual([]);
    expect(login.imap.auth).toEqual(byPassword);
  });

  test.skipIf(whyNoCertificate() !== undefined)('of a certificate stands in it', () => {
    const { key, cert } = makeCertificate('rsa');
    const oauth: OauthSettings = {
      ...{ provider: 'microsoft', tenantId: 't', clientId: 'c', certificate: `${key}${cert}` },
      ...{ loginUrl: 'https://login.partner.example', scope: 's' },
    };
    const { login, warnings } = opened(mailboxWith(oauth), new Date().toISOString().slice(0, 10));
    const [end] = login.expiries();
    expect([end?.what, login.expiries().length, warnings.length]).toEqual(['certificate', 1, 1]);
    const hours = ((end?.at.getTime() ?? 0) - Date.now()) / 3_600_000;
    expect([hours > 22, hours < 25]).toEqual([true, true]);
  });

  test('of a token is no trouble, since it is renewed', () => {
    const at = new Date('2027-01-01T00:00:00Z');
    const token = { mailbox: 'support', what: 'token', at } as const;
    expect(endingSoon([token], at)).toEqual([]);
    expect(endSentence(token, at)).toBe('the access token holds until 2027-01-01T00:00:00.000Z');
  });

  test('IMAP and SMTP share a login only where it is the same', () => {
    const tokensOf = ({ imap, smtp }: ReturnType<typeof openMailboxLogin>) =>
      [imap.auth, smtp.auth].map((auth) =>
        auth !== undefined && 'tokens' in auth ? auth.tokens : undefined,
      );
    const [one, same] = tokensOf(opened(mailboxWith(other), '2027-01-01').login);
    expect(one).toBe(same);
    const [first, another] = tokensOf(
      opened(mailboxWith(other, { ...other, scope: 'send' }), '2027-01-01').login,
    );
    expect(first).not.toBe(another);
  });
});
