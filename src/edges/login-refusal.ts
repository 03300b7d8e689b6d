/**
 * What a mail server means when it refuses a login: Exchange Online and Gmail use the same few words for causes
 * with different mends, and some of their refusals are none.
 */
import type { ErrorCode } from '../errors.ts';

export interface LoginRefusal {
  readonly code: ErrorCode;
  /** In place of the server's own words, where those mislead. */
  readonly why?: string;
  /** What to do, one line each. */
  readonly mends: readonly string[];
}

interface KnownWords extends LoginRefusal {
  readonly words: RegExp;
  readonly kind?: LoginKind;
}

export type LoginKind = 'password' | 'OAuth';

const fullAccess =
  'no right on the mailbox: Add-MailboxPermission -Identity MAILBOX -User ID -AccessRights FullAccess, where ID is the object id of the enterprise application, not that of the app registration';

const known: readonly KnownWords[] = [
  {
    // Exchange Online, IMAP: the same words for three causes.
    words: /authenticated but not connected/i,
    code: 'IMAP_NO_ACCESS',
    why: 'the login is right, but no mailbox opens: there were too many connections, IMAP is disabled for the mailbox, or the login has no right on it',
    mends: [
      'too many connections: it is tried again after some minutes; let no other program hold connections',
      'IMAP disabled: Set-CASMailbox -Identity MAILBOX -ImapEnabled $true',
      fullAccess,
    ],
  },
  {
    // Gmail: “Your account is not enabled for IMAP use”, “IMAP access is disabled for your domain”.
    words: /not enabled for IMAP|IMAP (?:access )?is disabled/i,
    code: 'IMAP_DISABLED',
    mends: [],
  },
  {
    // Exchange Online: “Request is throttled”; Gmail: “Too many simultaneous connections”, “exceeded
    // command or bandwidth limits”.
    words: /is throttled|too many (?:simultaneous |concurrent )?connections|bandwidth limits/i,
    code: 'IMAP_THROTTLED',
    mends: [],
  },
  {
    // Exchange Online, IMAP with a token that is genuine: the words do not say which it is.
    words: /AUTHENTICATE failed/i,
    kind: 'OAuth',
    code: 'IMAP_LOGIN_REFUSED',
    mends: [
      'no application permission: give the app IMAP.AccessAsApp of Office 365 Exchange Online, with an administrator’s consent',
      'not known in Exchange: New-ServicePrincipal -AppId CLIENT -ObjectId ID, where ID is the object id of the enterprise application, not that of the app registration',
      fullAccess,
      'all of it done: it can take half an hour to hold',
    ],
  },
  {
    // Exchange Online, IMAP, in just these letters: Courier and Cyrus say “Login failed” of a wrong password.
    words: /^LOGIN failed\.?$/,
    kind: 'password',
    code: 'IMAP_LOGIN_REFUSED',
    mends: [
      'Exchange Online says so of every password: there use auth.oauth (docs/oauth.md has the steps)',
    ],
  },
  {
    words: /SmtpClientAuthentication is disabled for the Tenant/i,
    code: 'SMTP_DISABLED',
    mends: [
      'Set-CASMailbox -Identity MAILBOX -SmtpClientAuthenticationDisabled $false enables it for the mailbox alone',
      'Set-TransportConfig -SmtpClientAuthenticationDisabled $false enables it for the tenant',
    ],
  },
  {
    words: /SmtpClientAuthentication is disabled/i,
    code: 'SMTP_DISABLED',
    mends: ['Set-CASMailbox -Identity MAILBOX -SmtpClientAuthenticationDisabled $false'],
  },
  {
    words: /5\.7\.30\b|basic authentication is (?:not supported|disabled)/i,
    code: 'SMTP_LOGIN_REFUSED',
    mends: ['this server takes no passwords: use auth.oauth (docs/oauth.md has the steps)'],
  },
  {
    // Exchange Online, SMTP with a token that is genuine.
    words: /5\.7\.3 Authentication unsuccessful/i,
    kind: 'OAuth',
    code: 'SMTP_LOGIN_REFUSED',
    mends: [
      'no application permission: give the app SMTP.SendAsApp of Office 365 Exchange Online, with an administrator’s consent',
      fullAccess,
    ],
  },
];

/** Nothing where the words are not known: they then stand for themselves. */
export function findRefusal(said: string, kind: LoginKind): LoginRefusal | undefined {
  return known.find((one) => one.words.test(said) && (one.kind ?? kind) === kind);
}
