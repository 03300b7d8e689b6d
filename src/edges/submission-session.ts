/**
 * One SMTP session with the sending server: connect, log in, hand over messages one after another.
 *
 * It decides with certainty what became of a message. Nodemailer's own pool is not used: it may
 * hand a message to another connection by itself, and its errors do not tell whether the message
 * had begun to flow. Here the message is a stream that notes the first time it is read, and
 * nodemailer reads it only after the server has answered DATA with 354.
 * RFC 5321 §3.3 (the transaction), §4.2.1 (reply codes), §4.5.3.2 (how long to wait).
 */
import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { ResponderError } from '../errors.ts';
import type { SubmissionOutcome } from '../ports.ts';
import type { DkimSettings } from './dkim-key.ts';
import { isLoopbackHost, serverText, tlsOptions } from './mail-connection.ts';
import type { MailLogin } from './oauth.ts';
import {
  connectFailure,
  judgeBeforeMessage,
  judgeDuringMessage,
  loginFailure,
  loginRefused,
  type SmtpError,
} from './submission-failure.ts';
import { findTokenMechanism, tokenHandlers, tokenMethod } from './submission-token.ts';

export interface SubmissionSettings {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. Otherwise STARTTLS, required when a login goes over a network. */
  readonly secure: boolean;
  readonly auth?: MailLogin;
  readonly tls?: { readonly rejectUnauthorized?: boolean; readonly ca?: string };
  /** For connecting, for logging in and for the envelope, each. */
  readonly timeoutSeconds?: number;
  /** For the server's answer once the message flows: giving up early leaves it unconfirmed. */
  readonly answerSeconds?: number;
  /** Absent where the server signs, or nobody does. */
  readonly dkim?: DkimSettings;
}

export interface Envelope {
  /** The reverse-path; the empty string is the null path. RFC 5321 §4.5.5. */
  readonly from: string;
  readonly to: string;
}

export interface SubmissionSession {
  /** Throws ResponderError when the connection broke before the message began to flow. */
  send(envelope: Envelope, message: Buffer): Promise<SubmissionOutcome>;
  /** False when the connection is of no use any more, or its login ends with its token. */
  isUsable(): boolean;
  /** Asks whether the server is still there, and clears what the last message left. */
  reset(): Promise<boolean>;
  /** Says goodbye; resolves when the connection is closed. */
  quit(): Promise<void>;
  /** Drops the connection at once. */
  close(): void;
}

const timeoutSecondsDefault = 30;
/** RFC 5321 §4.5.3.2.6: ten minutes for the answer to the final dot. */
const answerSecondsDefault = 600;
const quitMs = 1_000;

function createConnection(settings: SubmissionSettings, timeoutMs: number): SMTPConnection {
  return new SMTPConnection({
    host: settings.host,
    port: settings.port,
    secure: settings.secure,
    // Without it whoever sits on the network could hide STARTTLS and read the login.
    requireTLS:
      !settings.secure &&
      settings.auth !== undefined &&
      settings.tls?.rejectUnauthorized !== false &&
      !isLoopbackHost(settings.host),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    // The timers of this module decide; this is only the net below them.
    socketTimeout: timeoutMs + (settings.answerSeconds ?? answerSecondsDefault) * 1_000,
    socketCloseTimeout: quitMs,
    tls: tlsOptions(settings),
    logger: false,
    customAuth: tokenHandlers,
  });
}

/** Runs one step of the session: its callback, the loss of the connection or the time decides. */
function step(
  connection: SMTPConnection,
  timeoutMs: number,
  run: (done: (error?: SmtpError | null) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error | null) => {
      clearTimeout(timer);
      connection.off('error', settle);
      connection.off('end', ended);
      if (error) {
        reject(error);
      } else {
        resolve();
      }
    };
    const ended = () =>
      settle(Object.assign(new Error('Connection closed'), { code: 'ECONNECTION' }));
    const timer = setTimeout(
      () => settle(Object.assign(new Error('Timeout'), { code: 'ETIMEDOUT' })),
      timeoutMs,
    );
    connection.on('error', settle);
    connection.on('end', ended);
    run(settle);
  });
}

/** A message that notes whether anything of it was asked for. */
function observedStream(message: Buffer, begun: () => void): Readable {
  let left: Buffer | null = message;
  return new Readable({
    read() {
      begun();
      this.push(left);
      if (left !== null) {
        left = null;
        this.push(null);
      }
    },
  });
}

function sendOver(
  connection: SMTPConnection,
  settings: SubmissionSettings,
  limits: { readonly timeoutMs: number; readonly answerMs: number },
  envelope: Envelope,
  message: Buffer,
): Promise<SubmissionOutcome> {
  return new Promise((resolve, reject) => {
    let begun = false;
    let settled = false;
    const settle = (error: SmtpError | null, response: string) => {
      if (settled) {
        return;
      }
      settled = true;
      clearTimeout(timer);
      connection.off('end', ended);
      if (error === null) {
        resolve({ outcome: 'accepted', response: serverText(response) });
        return;
      }
      if (error.responseCode === undefined) {
        connection.close();
      }
      try {
        const outcome = begun ? judgeDuringMessage(error) : judgeBeforeMessage(settings, error);
        if (outcome.outcome === 'unconfirmed') {
          connection.close();
        }
        resolve(outcome);
      } catch (failure) {
        reject(failure);
      }
    };
    // The connection may close without the callback being called.
    const ended = () =>
      setImmediate(() =>
        settle(Object.assign(new Error('Connection closed'), { code: 'ECONNECTION' }), ''),
      );
    const overdue = () => settle(Object.assign(new Error('Timeout'), { code: 'ETIMEDOUT' }), '');
    let timer = setTimeout(overdue, limits.timeoutMs);
    const stream = observedStream(message, () => {
      if (!begun && !settled) {
        begun = true;
        clearTimeout(timer);
        timer = setTimeout(overdue, limits.answerMs);
      }
    });
    connection.on('end', ended);
    connection.send(
      { from: envelope.from, to: [envelope.to], size: message.length },
      stream,
      (error, info) => settle(error, error ? '' : info.response),
    );
  });
}

async function logIn(
  connection: SMTPConnection,
  settings: SubmissionSettings,
  timeoutMs: number,
  token: string | undefined,
): Promise<void> {
  const { auth, host, port } = settings;
  if (auth === undefined) {
    return;
  }
  if (!connection.allowsAuth) {
    throw loginRefused(settings, 'it offers no login on this port; is `secure` right?');
  }
  const { user } = auth;
  const pass = 'pass' in auth ? auth.pass : undefined;
  const mechanism = findTokenMechanism(connection.lastServerResponse);
  if (token !== undefined && mechanism === undefined) {
    throw loginRefused(settings, 'it offers no login with OAuth, neither XOAUTH2 nor OAUTHBEARER');
  }
  const login =
    token === undefined
      ? { user, pass }
      : { user, method: tokenMethod, shown: { mechanism, user, token, host, port } };
  try {
    await step(connection, timeoutMs, (done) => connection.login(login, done));
  } catch (error) {
    throw loginFailure(settings, error as SmtpError);
  }
}

/**
 * Connects and logs in. With a kept token that is refused it does so once more with a new one.
 *
 * Throws ResponderError SMTP_UNREACHABLE, SMTP_LOGIN_REFUSED, SMTP_DISABLED or SMTP_FAILED, and what a source
 * of tokens throws.
 */
export async function openSession(settings: SubmissionSettings): Promise<SubmissionSession> {
  const { auth } = settings;
  if (auth === undefined || 'pass' in auth) {
    return openOnce(settings, undefined);
  }
  const token = await auth.tokens.get();
  try {
    return await openOnce(settings, token);
  } catch (error) {
    if (!(error instanceof ResponderError) || error.code !== 'SMTP_LOGIN_REFUSED') {
      throw error;
    }
    auth.tokens.refused(token);
    if (!auth.tokens.hasEnded(token)) {
      throw error;
    }
    return openOnce(settings, await auth.tokens.get());
  }
}

async function openOnce(
  settings: SubmissionSettings,
  token: string | undefined,
): Promise<SubmissionSession> {
  const timeoutMs = (settings.timeoutSeconds ?? timeoutSecondsDefault) * 1_000;
  const answerMs = (settings.answerSeconds ?? answerSecondsDefault) * 1_000;
  const connection = createConnection(settings, timeoutMs);
  // Whatever it reports is reported by the step in hand too; without a listener it would throw.
  connection.on('error', () => undefined);
  try {
    try {
      await step(connection, timeoutMs, (done) => connection.connect(done));
    } catch (error) {
      throw connectFailure(settings, error as SmtpError);
    }
    await logIn(connection, settings, timeoutMs, token);
  } catch (error) {
    connection.close();
    throw error;
  }
  const { auth } = settings;
  return {
    send: (envelope, message) =>
      sendOver(connection, settings, { timeoutMs, answerMs }, envelope, message),
    isUsable: () => !connection.destroyed && !hasEnded(auth, token),
    async reset() {
      try {
        await step(connection, timeoutMs, (done) => connection.reset(done));
        return true;
      } catch {
        // A server may close an idle connection at any time: the caller opens a new one.
        connection.close();
        return false;
      }
    },
    quit: () => quit(connection),
    close: () => connection.close(),
  };
}

/** Exchange Online may drop a session whose token has expired, at any moment. */
function hasEnded(auth: MailLogin | undefined, token: string | undefined): boolean {
  return (
    auth !== undefined && 'tokens' in auth && token !== undefined && auth.tokens.hasEnded(token)
  );
}

async function quit(connection: SMTPConnection): Promise<void> {
  if (connection.destroyed) {
    return;
  }
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => connection.close(), quitMs);
    connection.once('end', () => {
      clearTimeout(timer);
      resolve();
    });
    connection.quit();
  });
}
