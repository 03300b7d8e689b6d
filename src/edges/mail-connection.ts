/**
 * What the connections to the two mail servers have in common: why one failed, said in a few words
 * for the operator, and when TLS is insisted on.
 *
 * A server's own words are cut and stripped of control characters; secrets are in none of the texts.
 */

/** What is read of an error of the socket, TLS, DNS or mail layer. */
interface NetworkError {
  readonly code?: unknown;
  readonly originalCode?: unknown;
  readonly timeoutType?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
}

const sayings: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'the connection was reset by the server',
  EPIPE: 'the connection was closed by the server',
  ECONNECTION: 'the connection was closed by the server',
  ENOTFOUND: 'the host name is not known to DNS',
  EDNS: 'the host name is not known to DNS',
  EAI_AGAIN: 'DNS does not answer',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ETIMEDOUT: 'no answer within the time allowed',
  ETIMEOUT: 'no answer within the time allowed',
  CONNECT_TIMEOUT: 'no answer within the time allowed',
  GREETING_TIMEOUT: 'it is connected but does not greet; is `secure` right for this port?',
  UPGRADE_TIMEOUT: 'the TLS handshake did not finish',
  NoConnection: 'the connection was closed by the server',
  EConnectionClosed: 'the connection was closed by the server',
  ClosedAfterConnectText: 'the connection was closed before the greeting',
  ClosedAfterConnectTLS: 'the connection was closed before the greeting',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is self-signed; name its authority with `tls.caFile`',
  SELF_SIGNED_CERT_IN_CHAIN:
    'its certificate comes from an unknown authority; name it with `tls.caFile`',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate comes from an unknown authority; name it with `tls.caFile`',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate comes from an unknown authority; name it with `tls.caFile`',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS on this port; is `secure` right?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS on this port; is `secure` right?',
  EPROTO: 'it does not speak TLS on this port; is `secure` right?',
};

const serverTextCharsMax = 200;

/** Text of a server, on one line, without control characters, cut. */
export function serverText(value: unknown): string {
  if (typeof value !== 'string') {
    return '';
  }
  const line = value
    .replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  return line.length > serverTextCharsMax ? `${line.slice(0, serverTextCharsMax)}…` : line;
}

/** Says why a connection failed: a known saying, else the message of the error, cut. */
export function describeNetworkFailure(error: unknown): string {
  if (typeof error !== 'object' || error === null) {
    return serverText(String(error));
  }
  const failure: NetworkError = error;
  const told = serverText(failure.reason);
  for (const code of [failure.timeoutType, failure.originalCode, failure.code]) {
    const saying = typeof code === 'string' ? sayings[code] : undefined;
    if (saying !== undefined) {
      return told === '' ? saying : `${saying}: ${told}`;
    }
  }
  // OpenSSL puts its reason only into the text.
  if (
    typeof failure.message === 'string' &&
    /wrong version number|packet length too long/i.test(failure.message)
  ) {
    return 'it does not speak TLS on this port; is `secure` right?';
  }
  return told || serverText(failure.message) || 'unknown reason';
}

/** True for hosts on this machine, where a password does not travel over a network. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Options for the TLS layer. A server on this machine that offers STARTTLS often has a certificate
 * that fits no name, and there is no network between to guard against: it is not verified.
 */
export function tlsOptions(settings: {
  readonly host: string;
  readonly secure: boolean;
  readonly tls?: { readonly rejectUnauthorized?: boolean; readonly ca?: string };
}): { readonly rejectUnauthorized?: boolean; readonly ca?: string } {
  const local = !settings.secure && isLoopbackHost(settings.host);
  return local ? { rejectUnauthorized: false, ...settings.tls } : { ...settings.tls };
}
