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
import {
  describeNetworkFailure,
  isLoopbackHost,
  serverText,
  tlsOptions,
} from './mail-connection.ts';
import { asksToSlowDown } from './submission-throttle.ts';

export interface SubmissionSettings {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. Otherwise STARTTLS, required when a password goes over a network. */
  readonly secure: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
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
  /** False when the connection is of no use any more. */
  isUsable(): boolean;
  /** Asks whether the server is still there, and clears what the last message left. */
  reset(): Promise<boolean>;
  /** Says goodbye; resolves when the connection is closed. */
  quit(): Promise<void>;
  /** Drops the connection at once. */
  close(): void;
}

type SmtpError = SMTPConnection.SMTPError;

const timeoutSecondsDefault = 30;
/** RFC 5321 §4.5.3.2.6: ten minutes for the answer to the final dot. */
const answerSecondsDefault = 600;
const quitMs = 1_000;

/** Replies to MAIL or RCPT that mean "log in first": nothing is wrong with the reply itself. */
const loginNeededCodes: ReadonlySet<number> = new Set([530, 534, 535, 538]);

function createConnection(settings: SubmissionSettings, timeoutMs: number): SMTPConnection {
  return new SMTPConnection({
    host: settings.host,
    port: settings.port,
    secure: settings.secure,
    // Without it whoever sits on the network could hide STARTTLS and read the password.
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

function connectFailure(settings: SubmissionSettings, error: SmtpError): ResponderError {
  const server = `${settings.host}:${settings.port}`;
  if (error.responseCode !== undefined) {
    return new ResponderError(
      failureCode(error),
      `The sending server ${server} turned the connection away: ${serverText(error.response)}.`,
      { cause: error },
    );
  }
  return new ResponderError(
    'SMTP_UNREACHABLE',
    `The sending server ${server} cannot be reached: ${describeNetworkFailure(error)}.`,
    { cause: error },
  );
}

function loginFailure(settings: SubmissionSettings, error: SmtpError): ResponderError {
  const server = `${settings.host}:${settings.port}`;
  const code = error.responseCode;
  // RFC 4954 §6: 454 is a temporary failure of the authentication service.
  if (error.code !== 'EAUTH' || (code !== undefined && code < 500)) {
    const why = code === undefined ? describeNetworkFailure(error) : serverText(error.response);
    return new ResponderError(
      failureCode(error),
      `Logging in at the sending server ${server} did not succeed: ${why}.`,
      { cause: error },
    );
  }
  return loginRefused(settings, serverText(error.response ?? error.message), error);
}

function loginRefused(settings: SubmissionSettings, why: string, cause?: unknown): ResponderError {
  const user = settings.auth === undefined ? 'a sender without login' : settings.auth.user;
  return new ResponderError(
    'SMTP_LOGIN_REFUSED',
    `The sending server ${settings.host}:${settings.port} refuses ${user}: ${why}.`,
    cause === undefined ? {} : { cause },
  );
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

/** Whether the server is too busy for us, or it is something else. */
function failureCode({ responseCode, response }: SmtpError): 'SMTP_THROTTLED' | 'SMTP_FAILED' {
  return asksToSlowDown(responseCode ?? 0, serverText(response)) ? 'SMTP_THROTTLED' : 'SMTP_FAILED';
}

function refused(error: SmtpError, response: string): SubmissionOutcome {
  const isThrottled = failureCode(error) === 'SMTP_THROTTLED';
  return {
    outcome: 'refused',
    permanent: error.permanent === true,
    response,
    ...(isThrottled ? { isThrottled } : {}),
  };
}

/** What a failed transaction means when nothing of the message was sent. Throws when it is not the server's no. */
function judgeBeforeMessage(settings: SubmissionSettings, error: SmtpError): SubmissionOutcome {
  const response = serverText(error.response ?? error.message);
  if (error.responseCode !== undefined) {
    if (loginNeededCodes.has(error.responseCode)) {
      throw loginRefused(settings, response, error);
    }
    return refused(error, response);
  }
  // Nodemailer itself refuses: an invalid address, or a message above the server's SIZE.
  if (error.code === 'EENVELOPE' || error.code === 'EMESSAGE') {
    return { outcome: 'refused', permanent: true, response };
  }
  throw new ResponderError(
    'SMTP_FAILED',
    `The connection to the sending server ${settings.host}:${settings.port} broke before the reply was handed over, so nothing was sent: ${describeNetworkFailure(error)}.`,
    { cause: error },
  );
}

/** What a failed transaction means once the message has begun to flow. */
function judgeDuringMessage(error: SmtpError): SubmissionOutcome {
  const code = error.responseCode ?? 0;
  // EMESSAGE with a code is a complete reply to the message. Anything else, a cut-off reply
  // included, leaves open whether the server took it. RFC 5321 §4.2.5.
  if (error.code === 'EMESSAGE' && code >= 400 && code <= 599) {
    const response = serverText(error.response);
    return refused(error, response);
  }
  return { outcome: 'unconfirmed', detail: describeNetworkFailure(error) };
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
): Promise<void> {
  const auth = settings.auth;
  if (auth === undefined) {
    return;
  }
  if (!connection.allowsAuth) {
    throw loginRefused(settings, 'it offers no login on this port; is `secure` right?');
  }
  try {
    await step(connection, timeoutMs, (done) =>
      connection.login({ user: auth.user, pass: auth.pass }, done),
    );
  } catch (error) {
    throw loginFailure(settings, error as SmtpError);
  }
}

/** Connects and logs in. Throws ResponderError SMTP_UNREACHABLE, SMTP_LOGIN_REFUSED or SMTP_FAILED. */
export async function openSession(settings: SubmissionSettings): Promise<SubmissionSession> {
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
    await logIn(connection, settings, timeoutMs);
  } catch (error) {
    connection.close();
    throw error;
  }
  return {
    send: (envelope, message) =>
      sendOver(connection, settings, { timeoutMs, answerMs }, envelope, message),
    isUsable: () => !connection.destroyed,
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
