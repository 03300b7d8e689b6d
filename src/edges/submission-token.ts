/**
 * Logging in at a sending server with an access token: XOAUTH2, or OAUTHBEARER where only that is announced.
 *
 * Nodemailer knows XOAUTH2 only, with tokens that it fetches by itself; here both are one exchange of its own
 * `AUTH` command. RFC 4954 §4 (AUTH), RFC 7628 §3.1 (what OAUTHBEARER says), §3.2.3 (how it fails).
 */
import type SMTPConnection from 'nodemailer/lib/smtp-connection';

/** The name that `login` is called with. */
export const tokenMethod = 'TOKEN';

type Handler = NonNullable<SMTPConnection.Options['customAuth']>[string];

export type TokenMechanism = 'XOAUTH2' | 'OAUTHBEARER';

export interface ShownLogin {
  readonly mechanism: TokenMechanism;
  readonly user: string;
  readonly token: string;
  readonly host: string;
  readonly port: number;
}

/** Absent where the answer to EHLO announces neither. */
export function findTokenMechanism(ehloReply: string | false): TokenMechanism | undefined {
  const lines = ehloReply === false ? [] : ehloReply.split(/\r?\n/);
  const announced = lines
    .map((line) => /^250[ -]AUTH[ =](.*)$/i.exec(line)?.[1] ?? '')
    .flatMap((list) => list.toUpperCase().split(/\s+/));
  return (['XOAUTH2', 'OAUTHBEARER'] as const).find((one) => announced.includes(one));
}

/** Says who logs in, with which token, and waits for the verdict: `shown` of the data for `login`. */
const showToken: Handler = async ({ auth, sendCommand }) => {
  const shown: ShownLogin = auth.shown;
  const initial = Buffer.from(initialResponse(shown)).toString('base64');
  let reply = await sendCommand(`AUTH ${shown.mechanism} ${initial}`);
  // RFC 7628 §3.2.3: the client says that it has read the error, and the server gives its verdict.
  if (reply.status === 334) reply = await sendCommand(shown.mechanism === 'XOAUTH2' ? '' : 'AQ==');
  if (reply.status !== 235) throw new Error('the token is not accepted');
};

export const tokenHandlers = { [tokenMethod]: showToken };

function initialResponse({ mechanism, user, token, host, port }: ShownLogin): string {
  const fields =
    mechanism === 'XOAUTH2'
      ? [`user=${user}`, `auth=Bearer ${token}`]
      : // RFC 5801 §4: a comma or an equals sign in the name is written as a number.
        [
          `n,a=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')},`,
          `host=${host}`,
          `port=${port}`,
          `auth=Bearer ${token}`,
        ];
  return [...fields, '', ''].join('\x01');
}
