/**
 * One connection to a mailbox's server: opening it, and turning imapflow's errors into ours.
 *
 * A client object is used for one connection only; after a drop a new one is made. Its errors never
 * end the process, and its log stays off: it would hold commands. RFC 9051, RFC 3501.
 */
import { ImapFlow, type MailboxObject } from 'imapflow';
import { ResponderError } from '../errors.ts';
import {
  describeNetworkFailure,
  isLoopbackHost,
  serverText,
  tlsOptions,
} from './mail-connection.ts';

export interface ImapSettings {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. Otherwise STARTTLS, required when the host is not this machine. */
  readonly secure: boolean;
  readonly auth: { readonly user: string; readonly pass: string };
  readonly tls?: { readonly rejectUnauthorized?: boolean; readonly ca?: string };
  /** The watched folder, `INBOX` by default. */
  readonly path?: string;
  /** How often UIDs are asked for even when IDLE looks alive: 60 by default. */
  readonly pollSeconds?: number;
  /** How long one IDLE lasts: 5 by default. RFC 2177 allows 29, Exchange Online goes silent sooner. */
  readonly idleMinutes?: number;
}

export interface MailboxSettings {
  readonly name: string;
  readonly imap: ImapSettings;
}

const connectMs = 30_000;
const greetingMs = 20_000;
/** A connection that owes an answer for longer is given up; an idling one is asked for a sign of life. */
const silenceMs = 90_000;
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
    auth: { user: settings.auth.user, pass: settings.auth.pass },
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
    socketTimeout: silenceMs,
  });
  // Every failure also reaches the command in hand and the 'close' event.
  client.on('error', () => undefined);
  return client;
}

/**
 * Connects, logs in and opens the watched folder, read-write unless told otherwise. Throws ResponderError
 * IMAP_UNREACHABLE, IMAP_LOGIN_REFUSED, IMAP_FOLDER_MISSING or IMAP_FAILED.
 */
export async function openFolder(
  client: ImapFlow,
  settings: ImapSettings,
  { readOnly = false } = {},
): Promise<MailboxObject> {
  try {
    await client.connect();
  } catch (error) {
    throw connectFailure(settings, error);
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

function connectFailure(settings: ImapSettings, error: unknown): ResponderError {
  const failure = asImapError(error);
  const server = `${settings.host}:${settings.port}`;
  const said = serverText(failure.responseText) || serverText(failure.response);
  if (failure.authenticationFailed === true) {
    // Exchange Online: the password is right, and still there is no mailbox to open.
    const why = /authenticated but not connected/i.test(said)
      ? 'the login is right, but IMAP is disabled for this mailbox, the user has no rights on it, or there were too many connections'
      : said || serverText(failure.message);
    const temporary =
      typeof failure.serverResponseCode === 'string' &&
      temporaryLoginCodes.has(failure.serverResponseCode.toUpperCase());
    return temporary
      ? new ResponderError(
          'IMAP_FAILED',
          `The mail server ${server} cannot log ${settings.auth.user} in for now: ${why}.`,
          { cause: error },
        )
      : new ResponderError(
          'IMAP_LOGIN_REFUSED',
          `The mail server ${server} refuses the login of ${settings.auth.user}: ${why}.`,
          { cause: error },
        );
  }
  if (failure.tlsFailed === true) {
    return new ResponderError(
      'IMAP_UNREACHABLE',
      `The mail server ${server} offers no TLS on this port, and a password is not sent without it: ${serverText(failure.message)}.`,
      { cause: error },
    );
  }
  return new ResponderError(
    'IMAP_UNREACHABLE',
    `The mail server ${server} cannot be reached: ${describeNetworkFailure(error)}.`,
    { cause: error },
  );
}

/** A command that failed on a connection that had been established. ResponderErrors pass through. */
export function commandFailure(settings: ImapSettings, error: unknown): ResponderError {
  if (error instanceof ResponderError) {
    return error;
  }
  const failure = asImapError(error);
  const said = serverText(failure.responseText) || describeNetworkFailure(error);
  return new ResponderError(
    'IMAP_FAILED',
    `The mailbox of ${settings.auth.user} at ${settings.host}:${settings.port} failed: ${said}.`,
    { cause: error },
  );
}
