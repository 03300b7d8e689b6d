/**
 * What a failure of the sending server means: for the connection, for the login, and for a message.
 *
 * RFC 5321 §4.2.1, §4.2.5 (what a reply commits to), RFC 4954 §6 (replies to a login).
 */
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { ResponderError } from '../errors.ts';
import type { SubmissionOutcome } from '../ports.ts';
import { findRefusal } from './login-refusal.ts';
import { describeNetworkFailure, serverText } from './mail-connection.ts';
import type { MailLogin } from './oauth.ts';
import { asksToSlowDown } from './submission-throttle.ts';

export type SmtpError = SMTPConnection.SMTPError;

interface SendingServer {
  readonly host: string;
  readonly port: number;
  readonly auth?: MailLogin;
}

/** Replies to MAIL or RCPT that mean "log in first": nothing is wrong with the reply itself. */
const loginNeededCodes: ReadonlySet<number> = new Set([530, 534, 535, 538]);

export function connectFailure(settings: SendingServer, error: SmtpError): ResponderError {
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

export function loginFailure(settings: SendingServer, error: SmtpError): ResponderError {
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

export function loginRefused(
  settings: SendingServer,
  why: string,
  cause?: unknown,
): ResponderError {
  const { auth, host, port } = settings;
  const user = auth === undefined ? 'a sender without login' : auth.user;
  const kind = auth !== undefined && 'tokens' in auth ? 'OAuth' : 'password';
  const refusal = auth === undefined ? undefined : findRefusal(why, kind);
  return new ResponderError(
    refusal?.code ?? 'SMTP_LOGIN_REFUSED',
    `The sending server ${host}:${port} refuses ${user}: ${why}.`,
    { ...(cause === undefined ? {} : { cause }), details: refusal?.mends ?? [] },
  );
}

/** Whether the server takes less from us for now, or it is something else. */
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
export function judgeBeforeMessage(settings: SendingServer, error: SmtpError): SubmissionOutcome {
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
export function judgeDuringMessage(error: SmtpError): SubmissionOutcome {
  const code = error.responseCode ?? 0;
  // EMESSAGE with a code is a complete reply to the message. Anything else, a cut-off reply
  // included, leaves open whether the server took it. RFC 5321 §4.2.5.
  if (error.code === 'EMESSAGE' && code >= 400 && code <= 599) {
    const response = serverText(error.response);
    return refused(error, response);
  }
  return { outcome: 'unconfirmed', detail: describeNetworkFailure(error) };
}
