/**
 * The settings as the program uses them: checked, defaults filled in, secrets read, paths absolute.
 */
import type { Mode } from '../core/policy.ts';
import type { Redaction } from '../core/redact.ts';
import type { SettingLine } from '../ports/house.ts';
import type { DkimSettings } from './dkim-key.ts';

export interface TlsSettings {
  /** Absent: certificates are checked, except for STARTTLS on this machine. */
  readonly rejectUnauthorized?: boolean;
  /** Certificates in PEM form, read from `caFile`. */
  readonly ca?: string;
}

export type LoginSettings = PasswordLogin | OauthLogin;

export interface PasswordLogin {
  readonly user: string;
  /** Empty where the settings were loaded without secrets: such settings must not connect. */
  readonly pass: string;
}

/** For a shared mailbox `user` is the address of that mailbox. */
export interface OauthLogin {
  readonly user: string;
  readonly oauth: OauthSettings;
}

/** Secrets are absent or empty where the settings were loaded without them. */
export type OauthSettings = MicrosoftOauth | GoogleOauth | OtherOauth;

interface OauthClient {
  /** The last day of the secret, which nobody but its maker can know: `2027-01-31`. */
  readonly clientSecretExpires?: string;
  /** Certificates in PEM form, read from `caFile`. */
  readonly ca?: string;
}

export interface MicrosoftOauth extends OauthClient {
  readonly provider: 'microsoft';
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** Its RSA key and itself, in PEM form. */
  readonly certificate?: string;
  /** Absent: the app itself logs in. */
  readonly refreshToken?: string;
  readonly loginUrl: string;
  readonly scope: string;
}

export interface GoogleOauth extends OauthClient {
  readonly provider: 'google';
  /** The JSON of its key; it acts for the user by domain-wide delegation. Else a refresh token is used. */
  readonly serviceAccount?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly refreshToken?: string;
  readonly tokenUrl: string;
  readonly scope: string;
}

export interface OtherOauth extends OauthClient {
  readonly provider: 'other';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Absent: the app itself logs in. */
  readonly refreshToken?: string;
  readonly scope?: string;
}

export interface ImapSettings {
  readonly host: string;
  readonly port: number;
  /** TLS from the first octet; else plain, with STARTTLS before the login. */
  readonly secure: boolean;
  readonly auth: LoginSettings;
  /** Of the watched folder on the server. */
  readonly path: string;
  readonly pollSeconds: number;
  readonly idleMinutes: number;
  readonly tls: TlsSettings;
}

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** Absent where the server takes mail without a login. */
  readonly auth?: LoginSettings;
  readonly tls: TlsSettings;
  readonly timeoutSeconds: number;
  /** The reverse-path of replies; the empty string is `<>`. RFC 3834 §3.3. */
  readonly envelopeFrom: string;
  /** So many mails a minute at most, of all processes together; absent: as many as come. */
  readonly perMinute?: number;
  /** Absent where the server signs. */
  readonly dkim?: DkimSettings;
}

/** What may stand with a mailbox too; absent there: as it stands at the top. */
export interface OwnSettings {
  readonly partner?: Partial<Settings['partner']>;
  readonly mode?: Mode;
  readonly trustedAuthservIds?: readonly string[];
  readonly trustedArcSealers?: readonly string[];
  readonly requireAuthenticated?: boolean;
  readonly answerColleagues?: boolean;
  readonly tellAlreadyAnswered?: boolean;
  readonly locale?: string;
  readonly timeZone?: string;
  readonly thresholds?: Partial<Settings['thresholds']>;
  readonly limits?: Partial<Settings['limits']>;
  readonly followUp?: Partial<Settings['followUp']>;
  /** Absolute. */
  readonly templatesDir?: string;
}

export interface MailboxSettings extends OwnSettings {
  readonly name: string;
  readonly imap: ImapSettings;
  readonly smtp: SmtpSettings;
  readonly from: { readonly name: string; readonly address: string };
  readonly mark: {
    readonly answered: boolean;
    readonly keyword?: string;
    /** Folder by action; absent: the mail stays. */
    readonly move: {
      readonly reply?: string;
      readonly review?: string;
      readonly suppress?: string;
    };
  };
}

export interface VerificationSettings {
  /** Whether DNS is asked for the keys of those who signed a mail. */
  readonly dns: boolean;
  /** Keys that are known without asking, by their names in lower case. */
  readonly keys: Readonly<Record<string, string>>;
  /** For all look-ups of one mail. */
  readonly timeoutSeconds: number;
  /** Absent: those of this machine. */
  readonly servers?: readonly string[];
}

export interface SyncSettings {
  /** 0: only by the command. */
  readonly everyMinutes: number;
  readonly sources: readonly ('partner-center' | 'graph')[];
  /** The partner’s own tenant. */
  readonly tenantId?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly certificate?: string;
  readonly refreshToken?: string;
  readonly distributorTenantIds: readonly string[];
  readonly loginUrl: string;
  readonly partnerCenterUrl: string;
  readonly graphUrl: string;
  /** Certificates in PEM form, read from `caFile`. */
  readonly ca?: string;
}

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Absent where the settings were loaded without secrets. */
  readonly clientSecret?: string;
  /** What the button on the login page says. */
  readonly name: string;
  readonly scopes: readonly string[];
  /** The claim of the id token that says what a person may do. */
  readonly roleClaim: string;
  /** Values of that claim, by the role that they give; the highest holds. */
  readonly roles: {
    readonly viewer: readonly string[];
    readonly desk: readonly string[];
    readonly admin: readonly string[];
  };
  /** Certificates in PEM form, read from `caFile`. */
  readonly ca?: string;
}

export interface ConsoleSettings {
  readonly host: string;
  readonly port?: number;
  /** What browsers call it: an origin. Absent: whatever address of this machine they use. */
  readonly publicUrl?: string;
  /** Proxies whose X-Forwarded-For is believed: addresses and networks. */
  readonly trustProxy: readonly string[];
  readonly session: { readonly idleHours: number; readonly hours: number };
  readonly oidc?: OidcSettings;
}

export interface Settings {
  /** Absolute path of the settings file. */
  readonly file: string;
  /** The folder that relative paths of the settings start from. */
  readonly root: string;
  /** What is allowed but unwise: one line each, with its path. */
  readonly warnings: readonly string[];
  /** Each for people, with where it comes from; no secret stands in them. */
  readonly lines: readonly SettingLine[];
  readonly partner: { readonly name: string; readonly signature: string };
  readonly mailboxes: readonly MailboxSettings[];
  readonly siblings: readonly string[];
  readonly mode: Mode;
  readonly trustedAuthservIds: readonly string[];
  readonly trustedArcSealers: readonly string[];
  readonly requireAuthenticated: boolean;
  readonly answerColleagues: boolean;
  readonly tellAlreadyAnswered: boolean;
  readonly verification: VerificationSettings;
  readonly locale: string;
  readonly timeZone: string;
  readonly rules: {
    readonly portalLicensesBelow: number;
    readonly source: string;
    readonly asOf: string;
  };
  readonly thresholds: { readonly reply: number; readonly review: number };
  readonly limits: {
    readonly genericPerAddressPerDay: number;
    readonly perAddressPerDay: number;
    readonly perDomainPerHour: number;
    readonly perMailboxPerHour: number;
  };
  readonly followUp: { readonly afterDays: number; readonly remind: boolean };
  /** Days after the decision; 0: for ever. */
  readonly retention: { readonly rawDays: number; readonly caseDays: number };
  readonly outreach: { readonly perHour: number };
  readonly watch: {
    /** How long a watcher that says nothing more is still taken for the one. */
    readonly leaseSeconds: number;
  };
  readonly work: {
    /** Threads that decide about mails; 0: in the process itself. Absent: by the number of cores. */
    readonly threads?: number;
  };
  readonly store: { readonly dataDir: string; readonly databaseUrl?: string };
  readonly queue: { readonly redisUrl?: string };
  readonly sync: SyncSettings;
  /** Absent: `loadOrCreateMessageIdKey` makes one. */
  readonly messageIdKey?: string;
  readonly templatesDir: string;
  readonly noticesFile: string;
  readonly contactsFile: string;
  readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
    /** Absent: in a terminal. */
    readonly pretty?: boolean;
    /** What stands in the log as a short hash only. */
    readonly redact: Redaction;
  };
  /** For the operator: health and figures. No port: no server. */
  readonly http: { readonly host: string; readonly port?: number };
  /** For the desk, in a browser. No port: no console. */
  readonly console: ConsoleSettings;
  /** No URL: no traces. */
  readonly telemetry: { readonly otlpUrl?: string; readonly serviceName: string };
}
