/**
 * The logins of one mailbox: its settings with tokens in place of OAuth, shared by IMAP and SMTP where both
 * log in alike, and what of them ends when.
 */
import { X509Certificate } from 'node:crypto';
import { loginEndDaysWarned } from '../core/limits.ts';
import type { LoginExpiry } from '../ports/oauth.ts';
import type { Clock, Log } from '../ports.ts';
import {
  type MailLogin,
  openTokenSource,
  type TokenSource,
  type TokenWorld,
  tokenWorld,
} from './oauth.ts';
import type {
  ImapSettings,
  LoginSettings,
  MailboxSettings,
  OauthSettings,
  SmtpSettings,
} from './settings-types.ts';

export interface MailboxLogin {
  readonly imap: Omit<ImapSettings, 'auth'> & { readonly auth: MailLogin };
  readonly smtp: Omit<SmtpSettings, 'auth'> & { readonly auth?: MailLogin };
  /** What ends, as far as it is known now. */
  expiries(): readonly LoginExpiry[];
  /** Ends the renewing of tokens. */
  close(): void;
}

export interface MailboxLoginWorld {
  readonly log: Log;
  readonly clock: Clock;
  /** Of tests. */
  readonly tokens?: Partial<TokenWorld>;
}

/** Nothing is asked for before a connection logs in. Warns of what ends soon, once a day. */
export function openMailboxLogin(
  mailbox: MailboxSettings,
  { log, clock, tokens: replaced }: MailboxLoginWorld,
): MailboxLogin {
  const { name, imap, smtp } = mailbox;
  const sources = new Map<string, TokenSource>();
  const warn = dailyWarning(() => endingSoon(endsOf(mailbox), clock.now()), { log, clock });
  const loginOf = (auth: LoginSettings): MailLogin => {
    if ('pass' in auth) return auth;
    const key = JSON.stringify(auth);
    const world = { ...tokenWorld(auth.oauth, log), renewed: warn, ...replaced };
    const tokens = sources.get(key) ?? openTokenSource(auth, world);
    sources.set(key, tokens);
    return { user: auth.user, tokens };
  };
  const { auth: smtpAuth, ...smtpRest } = smtp;
  warn();
  return {
    imap: { ...imap, auth: loginOf(imap.auth) },
    smtp: { ...smtpRest, ...(smtpAuth === undefined ? {} : { auth: loginOf(smtpAuth) }) },
    expiries: () => [
      ...[...sources.values()].flatMap(({ expiresAt: at }) =>
        at === undefined ? [] : [{ mailbox: name, what: 'token' as const, at }],
      ),
      ...endsOf(mailbox),
    ],
    close: () => {
      for (const source of sources.values()) source.close();
    },
  };
}

/** The ends of secrets and certificates; each once, where IMAP and SMTP share it. */
function endsOf({ name, imap, smtp }: MailboxSettings): readonly LoginExpiry[] {
  const ends = [imap.auth, smtp.auth].flatMap((auth) =>
    auth === undefined || 'pass' in auth ? [] : endsOfOauth(name, auth.oauth),
  );
  const byWords = new Map(ends.map((end) => [`${end.what} ${end.at.toISOString()}`, end]));
  return [...byWords.values()];
}

function endsOfOauth(mailbox: string, oauth: OauthSettings): readonly LoginExpiry[] {
  const { clientSecretExpires: day } = oauth;
  const certificate = oauth.provider === 'microsoft' ? oauth.certificate : undefined;
  return [
    ...(day === undefined
      ? []
      : [{ mailbox, what: 'secret' as const, at: new Date(`${day}T00:00:00Z`) }]),
    ...(certificate === undefined
      ? []
      : [
          {
            mailbox,
            what: 'certificate' as const,
            at: new X509Certificate(certificate).validToDate,
          },
        ]),
  ];
}

/** Secrets and certificates that somebody must replace now. */
export function endingSoon(ends: readonly LoginExpiry[], now: Date): readonly LoginExpiry[] {
  const untilMs = now.getTime() + loginEndDaysWarned * 86_400_000;
  return ends.filter(({ what, at }) => what !== 'token' && at.getTime() <= untilMs);
}

/** `the client secret of the login ends on 2027-01-31`. */
export function endSentence({ what, at }: LoginExpiry, now: Date): string {
  if (what === 'token') return `the access token holds until ${at.toISOString()}`;
  const name = what === 'secret' ? 'client secret' : 'certificate';
  return `the ${name} of the login ${at <= now ? 'ended' : 'ends'} on ${at.toISOString().slice(0, 10)}`;
}

function dailyWarning(
  find: () => readonly LoginExpiry[],
  { log, clock }: Pick<MailboxLoginWorld, 'log' | 'clock'>,
): () => void {
  let warnedOn = '';
  return () => {
    const today = clock.now().toISOString().slice(0, 10);
    if (today === warnedOn) return;
    warnedOn = today;
    for (const end of find())
      log.warn(
        { mailbox: end.mailbox, end: endSentence(end, clock.now()) },
        'desk: the login of the mailbox ends soon; put a new secret or certificate in place',
      );
  };
}
