/**
 * From the checked settings file to the settings as used: secrets put in, paths made absolute, and the
 * defaults that depend on other values. Also what is allowed but unwise.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { dkimKeyBitsAdvised } from '../core/limits.ts';
import { type DkimSettings, dkimKeyBits, pemOf } from './dkim-key.ts';
import { isLoopbackHost } from './mail-connection.ts';
import { completeLogin } from './settings-oauth.ts';
import type { SettingsFile } from './settings-schema.ts';
import type {
  ConsoleSettings,
  ImapSettings,
  MailboxSettings,
  Settings,
  SmtpSettings,
  SyncSettings,
  TlsSettings,
} from './settings-types.ts';

interface Places {
  readonly file: string;
  readonly root: string;
  readonly programRoot: string;
}

/** What stands outside the settings file, by the path that names it. */
interface Outside {
  readonly secrets: ReadonlyMap<string, string>;
  readonly certificates: ReadonlyMap<string, string>;
  readonly places: Places;
}

type ConsoleOfFile = SettingsFile['console'];
type MailboxOfFile = SettingsFile['mailboxes'][number];

export function completeSettings(file: SettingsFile, outside: Outside): Settings {
  const { store, sync, queue: _redisSource, messageIdKey: _keySource, ...rest } = file;
  const { secrets, places } = outside;
  const beside = (name: string) => join(dirname(places.file), name);
  const shipped = (...path: string[]) => join(places.programRoot, ...path);
  // What the settings name counts, there or not; the default is the admin's own, else the program's.
  const pathOf = (named: string | undefined, own: string, otherwise: string) => {
    if (named !== undefined) return resolve(places.root, named);
    return existsSync(own) ? own : otherwise;
  };
  return {
    ...rest,
    file: places.file,
    root: places.root,
    warnings: [],
    lines: [],
    mailboxes: file.mailboxes.map((mailbox, index) =>
      completeMailbox(mailbox, `mailboxes[${index}]`, outside),
    ),
    store: {
      dataDir: resolve(places.root, store.dataDir),
      ...optional('databaseUrl', secrets.get('store.databaseUrl')),
    },
    queue: optional('redisUrl', secrets.get('queue.redisUrl')),
    sync: completeSync(sync, outside),
    console: completeConsole(file.console, outside),
    ...optional('messageIdKey', secrets.get('messageIdKey')),
    templatesDir: pathOf(rest.templatesDir, join(places.root, 'templates'), shipped('templates')),
    noticesFile: pathOf(
      rest.noticesFile,
      beside('notices.yaml'),
      shipped('config', 'notices.yaml'),
    ),
    contactsFile: pathOf(
      rest.contactsFile,
      beside('contacts.yaml'),
      shipped('config', 'contacts.yaml'),
    ),
  };
}

function completeSync(sync: SettingsFile['sync'], outside: Outside): SyncSettings {
  const {
    clientSecret: _secretSource,
    certificate: _certificateSource,
    refreshToken: _tokenSource,
    caFile: _file,
    ...plain
  } = sync;
  const secretOf = (key: string) => outside.secrets.get(`sync.${key}`);
  return {
    ...plain,
    ...optional('clientSecret', secretOf('clientSecret')),
    ...optional('certificate', secretOf('certificate')),
    ...optional('refreshToken', secretOf('refreshToken')),
    ...optional('ca', outside.certificates.get('sync.caFile')),
  };
}

function completeConsole(
  { oidc, ...plain }: ConsoleOfFile,
  { secrets, certificates }: Outside,
): ConsoleSettings {
  if (oidc === undefined) return plain;
  const { clientSecret: _source, caFile: _file, ...rest } = oidc;
  return {
    ...plain,
    oidc: {
      ...rest,
      ...optional('clientSecret', secrets.get('console.oidc.clientSecret')),
      ...optional('ca', certificates.get('console.oidc.caFile')),
    },
  };
}

function optional<Key extends string>(
  key: Key,
  value: string | undefined,
): { readonly [Name in Key]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [Name in Key]?: string });
}

function completeMailbox(mailbox: MailboxOfFile, path: string, outside: Outside): MailboxSettings {
  const { imap, smtp, templatesDir } = mailbox;
  const perMinute = smtp.perMinute ?? perMinuteOf(smtp.host);
  const dkimKey = () => pemOf(outside.secrets.get(`${path}.smtp.dkim.privateKey`) ?? '');
  const tls = (kind: 'imap' | 'smtp') => ({
    ...tlsOf(mailbox[kind].tls),
    ...optional('ca', outside.certificates.get(`${path}.${kind}.tls.caFile`)),
  });
  return {
    ...mailbox,
    ...(templatesDir === undefined
      ? {}
      : { templatesDir: resolve(outside.places.root, templatesDir) }),
    imap: {
      host: imap.host,
      port: imap.port ?? (imap.secure ? 993 : 143),
      secure: imap.secure,
      auth: completeLogin(imap.auth, `${path}.imap.auth`, outside),
      path: imap.folder,
      pollSeconds: imap.pollSeconds,
      idleMinutes: imap.idleMinutes,
      tls: tls('imap'),
    },
    smtp: {
      host: smtp.host,
      // RFC 8314 §3.3: 465 is implicit TLS for submission, 587 begins in clear text.
      port: smtp.port ?? (smtp.secure ? 465 : 587),
      secure: smtp.secure,
      timeoutSeconds: smtp.timeoutSeconds,
      envelopeFrom: smtp.envelopeFrom,
      ...(perMinute === undefined ? {} : { perMinute }),
      tls: tls('smtp'),
      ...(smtp.auth === undefined
        ? {}
        : { auth: completeLogin(smtp.auth, `${path}.smtp.auth`, outside) }),
      ...(smtp.dkim === undefined ? {} : { dkim: { ...smtp.dkim, privateKey: dkimKey() } }),
    },
  };
}

/**
 * Exchange Online takes 30 messages a minute from one mailbox; what is above waits at Microsoft, or is refused with
 * 4.3.2. Microsoft Learn, “Exchange Online limits”, message rate limit (read in 2026). For High Volume Email no
 * number a minute is published, so the same careful one holds.
 */
function perMinuteOf(host: string): number | undefined {
  const isExchangeOnline = /^smtp(?:-hve)?\.office365\.com\.?$/i.test(host);
  return isExchangeOnline ? exchangeOnlinePerMinute : undefined;
}

const exchangeOnlinePerMinute = 30;

/** The certificates that the settings name, by path; those that cannot be read are faults. */
export function readCertificates(
  file: Pick<SettingsFile, 'mailboxes' | 'sync' | 'console'> | undefined,
  root: string,
): { readonly values: ReadonlyMap<string, string>; readonly faults: readonly string[] } {
  const values = new Map<string, string>();
  const faults: string[] = [];
  const take = (path: string, caFile: string | undefined) => {
    if (caFile === undefined) return;
    const read = readCertificate(resolve(root, caFile));
    if ('fault' in read) faults.push(`${path}: ${read.fault}`);
    else values.set(path, read.pem);
  };
  file?.mailboxes.forEach((mailbox, index) => {
    for (const kind of ['imap', 'smtp'] as const) {
      const path = `mailboxes[${index}].${kind}`;
      take(`${path}.tls.caFile`, mailbox[kind].tls.caFile);
      take(`${path}.auth.oauth.caFile`, mailbox[kind].auth?.oauth?.caFile);
    }
  });
  take('sync.caFile', file?.sync.caFile);
  const doors = file?.console;
  take('console.oidc.caFile', doors?.oidc?.caFile);
  return { values, faults };
}

function readCertificate(file: string): { readonly pem: string } | { readonly fault: string } {
  const expected = 'expected a file with -----BEGIN CERTIFICATE-----';
  try {
    const pem = readFileSync(file, 'utf8');
    return pem.includes('-----BEGIN CERTIFICATE-----')
      ? { pem }
      : { fault: `${file} holds no certificate in PEM form, ${expected}` };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { fault: `${file} cannot be read (${code}), ${expected}` };
  }
}

function tlsOf({ rejectUnauthorized }: MailboxOfFile['imap']['tls']): TlsSettings {
  return rejectUnauthorized === undefined ? {} : { rejectUnauthorized };
}

/** One line for each thing that works but should not stay so. */
export function settingsWarnings(settings: Settings): readonly string[] {
  const warnings = settings.mailboxes.flatMap((mailbox, index) => [
    ...connectionWarnings(`mailboxes[${index}].imap`, mailbox.imap),
    ...connectionWarnings(`mailboxes[${index}].smtp`, mailbox.smtp),
    ...dkimWarnings(`mailboxes[${index}].smtp.dkim`, mailbox.smtp.dkim),
  ]);
  if (settings.store.databaseUrl !== undefined && settings.messageIdKey === undefined) {
    warnings.push(
      'messageIdKey: not set, but several machines may share the database: each would sign with a key of its own (set TRANSITION_RESPONDER_SECRET to the same value everywhere)',
    );
  }
  const trusting = settings.mailboxes.map((mailbox) => ({ ...settings, ...mailbox }));
  if (
    trusting.some((own) => own.requireAuthenticated && own.trustedAuthservIds.length === 0) &&
    !settings.verification.dns
  ) {
    warnings.push(
      'trustedAuthservIds: empty, so hardly any forwarder counts as authenticated, and what is not waits for the desk (name the host that receives your mail, or exchange-online)',
    );
  }
  return [...warnings, ...consoleWarnings(settings.console)];
}

/**
 * Not a refusal: within a container the console must listen on all addresses and is published on the host's own
 * machine, which cannot be told apart from here.
 */
function consoleWarnings({ host, port, publicUrl }: ConsoleSettings): string[] {
  const isEncrypted = publicUrl?.startsWith('https:') === true;
  if (port === undefined || isEncrypted || isLoopbackHost(host)) return [];
  return [
    `console.host: ${host}, and no console.publicUrl with https, so passwords can cross the network in clear text (put a proxy with TLS in front and name its address there; docs/console.md)`,
  ];
}

function dkimWarnings(path: string, dkim: DkimSettings | undefined): string[] {
  if (dkim === undefined || dkim.privateKey === '') return [];
  const bits = dkimKeyBits(dkim.privateKey);
  // RFC 8301 §3.2.
  return bits >= dkimKeyBitsAdvised
    ? []
    : [
        `${path}.privateKey: an RSA key of ${bits} bits, which some receivers no longer trust (make one of ${dkimKeyBitsAdvised} bits, publish it below another selector, then change both here)`,
      ];
}

function connectionWarnings(path: string, server: ImapSettings | SmtpSettings): string[] {
  if (isLoopbackHost(server.host)) return [];
  // With certificates checked, STARTTLS is insisted on before the login; without, it is not.
  if (server.auth === undefined || server.tls.rejectUnauthorized !== false) return [];
  return [
    server.secure
      ? `${path}.tls.rejectUnauthorized: false, so anybody between here and ${server.host} can pose as it and read the login (name its certificate with tls.caFile instead)`
      : `${path}.secure: false, and certificates are not checked: the login for ${server.host} can cross the network in clear text (set secure: true)`,
  ];
}
