/**
 * What a receiving mail host does to a mail before it puts it into the mailbox: the trace fields
 * and its own verdict about the sender.
 *
 * Fields that claim to be this host's verdict are removed first, or a sender could write its own.
 * RFC 5321 §4.4 (Return-Path, Received), RFC 8601 §5 (removing forged Authentication-Results).
 */

export interface Delivery {
  /** The reverse-path; the empty string is the null path. */
  readonly from: string;
  /** How the client named itself. */
  readonly helo: string;
  readonly address: string;
  readonly receivedAt: Date;
}

const headEnd = /\r\n\r\n/;

/** Every line end as CRLF, as over SMTP. The text is a binary string: one character per byte. */
export function withCrlf(raw: string): string {
  return raw.replace(/\r?\n/g, '\r\n');
}

/** The mail as the host would store it. `raw` is a binary string with CRLF. */
export function stampMail(raw: string, hostId: string, delivery: Delivery): string {
  const end = raw.search(headEnd);
  const head = end < 0 ? raw : raw.slice(0, end);
  const body = end < 0 ? '\r\n\r\n' : raw.slice(end);
  const fields = head.split(/\r\n(?![ \t])/);
  const kept = fields.filter(
    (field) => !/^return-path\s*:/i.test(field) && !claimsToBe(field, hostId),
  );
  return [
    `Return-Path: <${delivery.from}>`,
    `Authentication-Results: ${hostId}; ${verdict(delivery, authorDomain(kept))}`,
    `Received: from ${delivery.helo} ([${delivery.address}]) by ${hostId} with ESMTP;\r\n ${delivery.receivedAt.toUTCString().replace('GMT', '+0000')}`,
    ...kept,
  ]
    .join('\r\n')
    .concat(body);
}

function claimsToBe(field: string, hostId: string): boolean {
  const match = /^authentication-results\s*:([\s\S]*)$/i.exec(field);
  if (match === null) {
    return false;
  }
  // RFC 8601 §2.2: the authserv-id may be preceded by comments, and followed by a version.
  const value = (match[1] ?? '').replace(/\([^()]*\)/g, ' ').trim();
  return value.split(/[\s;]/)[0]?.toLowerCase() === hostId.toLowerCase();
}

/** The demo's clients are taken at their word for the envelope, so SPF passes. */
function verdict(delivery: Delivery, headerFrom: string): string {
  const domain = delivery.from.split('@').pop()?.toLowerCase() ?? '';
  if (delivery.from === '') {
    return `spf=none smtp.helo=${delivery.helo}; dmarc=none header.from=${headerFrom}`;
  }
  // RFC 7489 §3.1.2: relaxed alignment, near enough for a demo.
  const aligned = domain === headerFrom || domain.endsWith(`.${headerFrom}`);
  const dmarc = aligned && headerFrom !== '' ? 'pass' : 'fail';
  return `spf=pass smtp.mailfrom=${delivery.from};\r\n dmarc=${dmarc} header.from=${headerFrom}`;
}

function authorDomain(fields: readonly string[]): string {
  const from = fields.find((field) => /^from\s*:/i.test(field)) ?? '';
  return /@([a-z0-9.-]+)[^@]*$/i.exec(from)?.[1]?.toLowerCase() ?? '';
}
