/**
 * One connection to a mailbox's server: opening it, and turning imapflow's errors into ours.
 *
 * A client object is used for one connection only; after a drop a new one is made. Its errors never
 * end the process, and its log stays off: it would hold commands. RFC 9051, RFC 3501.
 */
import { once } from 'node:events';
import { ImapFlow, type MailboxObject } from 'imapflow';
import { ResponderError } from '../errors.ts';
import { findRefusal, type LoginKind } from './login-refusal.ts';
import {
  describeNetworkFailure,
  isLoopbackHost,
  serverText,
  tlsOptions,
} from './mail-connection.ts';
import type { MailLogin, TokenSource } from './oauth.ts';

export interface ImapSettings {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. Otherwise STARTTLS, required when the host is not this machine. */
  readonly secure: boolean;
  readonly auth: MailLogin;
  readonly tls?: { readonly rejectUnauthorized?: boolean; readonly ca?: string };
  /** The watched folder, `INBOX` by default. */
  readonly path?: string;
  /** How often UIDs are asked for even when IDLE looks alive: 60 by default. */
  readonly pollSeconds?: number;
  /** How long one IDLE lasts: 5 by default. RFC 2177 allows 29, Exchange Online goes silent sooner. */
  readonly idleMinutes?: number;
  /** How long a server may owe an answer, or an idling one give no sign of life: 90 s by default. */
  readonly silenceMs?: number;
}

export interface MailboxSettings {
  readonly name: string;
  readonly imap: ImapSettings;
}

const connectMs = 30_000;
const greetingMs = 20_000;
/** A connection that owes an answer for longer is given up; an idling one is asked for a sign of life. */
const silenceMsDefault = 90_000;
const idleMinutesDefault = 5;
const logoutMs = 1_000;

/** Codes with which a login fails for now only. RFC 5530 §3. */
const temporaryLoginCodes: ReadonlySet<string> = new Set([
  'UNAVAILABLE',
  'INUSE',
  'LIMIT',
  'SERVERBUG',
]);

/** What is read of imapflow's errors. */
interface ImapError {
  readonly code?: unknown;
  readonly authenticationFailed?: unknown;
  readonly serverResponseCode?: unknown;
  readonly response?: unknown;
  readonly responseStatus?: unknown;
  readonly responseText?: unknown;
  readonly mailboxMissing?: unknown;
  readonly tlsFailed?: unknown;
  readonly message?: unknown;
}

function asImapError(error: unknown): ImapError {
  return typeof error === 'object' && error !== null ? error : { message: String(error) };
}

/** Path of the watched folder. */
export function folderPath(settings: ImapSettings): string {
  return settings.path ?? 'INBOX';
}

/** A client for one connection. Nothing is sent before `openFolder`. */
export function createClient(settings: ImapSettings): ImapFlow {
  // imapflow hands these to net.connect too. Without noDelay each of the small commands of a look
  // can wait 40 ms for the acknowledgement of the one before.
  const socketOptions = { ...tlsOptions(settings), noDelay: true };
  // Without it whoever sits on the network could hide STARTTLS and read the password.
  const requireTls =
    !settings.secure &&
    !isLoopbackHost(settings.host) &&
    settings.tls?.rejectUnauthorized !== false;
  const client = new ImapFlow({
    host: settings.host,
    port: settings.port,
    secure: settings.secure,
    ...(requireTls ? { doSTARTTLS: true } : {}),
    // A token is put in right before it is shown.
    auth: { ...('pass' in settings.auth ? settings.auth : { user: settings.auth.user }) },
    tls: socketOptions,
    clientInfo: { name: 'transition-responder' },
    logger: false,
    // IDLE is started by the watch at once, not after imapflow's 15 seconds.
    disableAutoIdle: true,
    maxIdleTime: Math.round((settings.idleMinutes ?? idleMinutesDefault) * 60_000),
    // Nothing here needs CONDSTORE, IMAP4rev2 or compression, and some servers get them wrong.
    disableAutoEnable: true,
    disableCompression: true,
    connectionTimeout: connectMs,
    greetingTimeout: greetingMs,
    socketTimeout: settings.silenceMs ?? silenceMsDefault,
  });
  // Every failure also reaches the command in hand and the 'close' event.
  client.on('error', () => undefined);
  return client;
}

/**
 * Connects, logs in and opens the watched folder, read-write unless told otherwise. Throws ResponderError
 * IMAP_UNREACHABLE, IMAP_LOGIN_REFUSED, IMAP_NO_ACCESS, IMAP_DISABLED, IMAP_THROTTLED,
 * IMAP_FOLDER_MISSING or IMAP_FAILED, and what a source of tokens throws.
 */
export async function openFolder(
  client: ImapFlow,
  settings: ImapSettings,
  { readOnly = false } = {},
): Promise<MailboxObject> {
  const { auth } = settings;
  const token = 'tokens' in auth ? await tokenFor(client, auth.tokens) : undefined;
  // RFC 7628 §3.1 (OAUTHBEARER), or XOAUTH2, as the server announces them.
  if (token !== undefined) client.options.auth = { user: auth.user, accessToken: token };
  try {
    await client.connect();
  } catch (error) {
    const failure = connectFailure(settings, client, error);
    if ('tokens' in auth && token !== undefined && failure.code === 'IMAP_LOGIN_REFUSED')
      auth.tokens.refused(token);
    throw failure;
  }
  const path = folderPath(settings);
  try {
    return await client.mailboxOpen(path, { readOnly });
  } catch (error) {
    if (asImapError(error).mailboxMissing === true) {
      throw new ResponderError(
        'IMAP_FOLDER_MISSING',
        `The mailbox of ${settings.auth.user} at ${settings.host}:${settings.port} has no folder ${path}.`,
        { cause: error },
      );
    }
    throw commandFailure(settings, error);
  }
}

/** Whoever closes the client does not wait for a login that owes its answer. */
async function tokenFor(client: ImapFlow, tokens: TokenSource): Promise<string> {
  const asked = new AbortController();
  const closed = once(client, 'close', asked).then(() => {
    throw new ResponderError('IMAP_FAILED', 'The connection was given up before it was opened.');
  });
  try {
    return await Promise.race([tokens.get(), closed]);
  } finally {
    closed.catch(() => undefined);
    asked.abort();
  }
}

/**
 * Whether the login of this connection is over, by its time or because another token has its place. Servers
 * then close the connection or stop answering: a new one with a new token is what is due, and no trouble.
 */
export function loginHasEnded(client: ImapFlow, { auth }: ImapSettings): boolean {
  const token = client.options.auth?.accessToken;
  return 'tokens' in auth && token !== undefined && auth.tokens.hasEnded(token);
}

/** Says goodbye, for a second at most, and closes the connection. */
export async function leave(client: ImapFlow): Promise<void> {
  if (client.usable) {
    const goodbye = client.logout().catch(() => undefined);
    const timer = setTimeout(() => client.close(), logoutMs);
    await goodbye;
    clearTimeout(timer);
  }
  client.close();
}

function connectFailure(settings: ImapSettings, client: ImapFlow, error: unknown): ResponderError {
  const failure = asImapError(error);
  const server = `${settings.host}:${settings.port}`;
  if (failure.code === 'ETHROTTLE') return throttled(settings, error);
  if (failure.authenticationFailed === true) return refusedLogin(settings, error);
  if (failure.tlsFailed === true) {
    return new ResponderError(
      'IMAP_UNREACHABLE',
      `The mail server ${server} offers no TLS on this port, and a login is not sent without it: ${serverText(failure.message)}.`,
      { cause: error },
    );
  }
  if ('tokens' in settings.auth && offersNoTokens(client)) {
    return new ResponderError(
      'IMAP_LOGIN_REFUSED',
      `The mail server ${server} offers no login with OAuth, neither OAUTHBEARER nor XOAUTH2.`,
      { cause: error },
    );
  }
  return new ResponderError(
    'IMAP_UNREACHABLE',
    `The mail server ${server} cannot be reached: ${describeNetworkFailure(error)}.`,
    { cause: error },
  );
}

/** It announced what it can do, and that is not among it. */
function offersNoTokens({ capabilities }: ImapFlow): boolean {
  const isKnown = capabilities.has('IMAP4rev1') || capabilities.has('IMAP4rev2');
  return isKnown && !capabilities.has('AUTH=OAUTHBEARER') && !capabilities.has('AUTH=XOAUTH2');
}

function refusedLogin(settings: ImapSettings, error: unknown): ResponderError {
  const failure = asImapError(error);
  const { user } = settings.auth;
  const server = `${settings.host}:${settings.port}`;
  const said = serverText(failure.responseText) || serverText(failure.response);
  const kind: LoginKind = 'tokens' in settings.auth ? 'OAuth' : 'password';
  const refusal = findRefusal(said, kind);
  const why = refusal?.why ?? (said || serverText(failure.message));
  const isTemporary =
    typeof failure.serverResponseCode === 'string' &&
    temporaryLoginCodes.has(failure.serverResponseCode.toUpperCase());
  return isTemporary
    ? new ResponderError(
        'IMAP_FAILED',
        `The mail server ${server} cannot log ${user} in for now: ${why}.`,
        { cause: error },
      )
    : new ResponderError(
        refusal?.code ?? 'IMAP_LOGIN_REFUSED',
        `The mail server ${server} refuses the login of ${user}: ${why}.`,
        { cause: error, details: refusal?.mends ?? [] },
      );
}

/** Exchange Online says so in a BAD to any command. */
function throttled({ host, port, auth }: ImapSettings, error: unknown): ResponderError {
  return new ResponderError(
    'IMAP_THROTTLED',
    `The mail server ${host}:${port} asks ${auth.user} to wait: too much was asked of it.`,
    { cause: error },
  );
}

/** A command that failed on a connection that had been established. ResponderErrors pass through. */
export function commandFailure(settings: ImapSettings, error: unknown): ResponderError {
  if (error instanceof ResponderError) {
    return error;
  }
  const failure = asImapError(error);
  if (failure.code === 'ETHROTTLE') return throttled(settings, error);
  const said = serverText(failure.responseText) || describeNetworkFailure(error);
  // Exchange Online says so to any command once it has logged in.
  if (findRefusal(said, 'OAuth')?.code === 'IMAP_NO_ACCESS') return refusedLogin(settings, error);
  return new ResponderError(
    'IMAP_FAILED',
    `The mailbox of ${settings.auth.user} at ${settings.host}:${settings.port} failed: ${said}.`,
    { cause: error },
  );
}
