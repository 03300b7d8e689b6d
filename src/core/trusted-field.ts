/**
 * Finds the one Authentication-Results field that is believed: the topmost of a host named in the settings.
 *
 * Anybody can write such a field into a mail he sends, so everything below it, and everything of another
 * host, may be forged.
 *
 * RFC 8601 §4.1, §5 (which fields to believe).
 */
import { isWithinDomain } from './address.ts';
import {
  type AuthenticationResultsField,
  readAuthenticationResults,
  withoutComments,
} from './authentication-results.ts';
import { isDmarcFail } from './judge-results.ts';
import type { HeaderField } from './mail.ts';

/** The value in `trustedAuthservIds` that stands for Exchange Online, which writes no authserv-id. */
export const exchangeOnline = 'exchange-online';

export interface TrustedField extends AuthenticationResultsField {
  readonly field: HeaderField;
}

/** RFC 8601 §5: believe the topmost field of a trusted host; those below it may be forged. */
export function trustedField(
  fields: readonly HeaderField[],
  trustedAuthservIds: readonly string[],
): TrustedField | undefined {
  const ids = trustedAuthservIds.map((id) => id.toLowerCase());
  // The special value is no host's name: whoever writes it as one is forging.
  const hosts = ids.filter((id) => id !== exchangeOnline);
  let receivedAbove: string[] = [];
  let isTopmost = true;
  for (const [index, field] of fields.entries()) {
    const { name, value } = field;
    if (name === 'received') receivedAbove = [...receivedAbove.slice(-20), value];
    if (name !== 'authentication-results') continue;
    const read = readAuthenticationResults(value);
    if (read.authservId !== undefined && hosts.includes(read.authservId)) return { ...read, field };
    if (
      isTopmost &&
      read.authservId === undefined &&
      ids.includes(exchangeOnline) &&
      stampedByExchangeOnline(receivedAbove, fields.slice(index + 1))
    ) {
      return { ...read, field };
    }
    isTopmost = false;
  }
  return undefined;
}

/**
 * Whether any field under a trusted name says that DMARC failed: hosts that write a field for each
 * check put the failure below the pass. One that is forged only keeps a mail from being answered.
 */
export function trustedHostSawFail(
  fields: readonly HeaderField[],
  trustedAuthservIds: readonly string[],
  author: string,
): boolean {
  const ids = trustedAuthservIds.map((id) => id.toLowerCase());
  return fields
    .filter(({ name }) => name === 'authentication-results')
    .map(({ value }) => readAuthenticationResults(value))
    .filter(({ authservId }) => authservId !== undefined && ids.includes(authservId))
    .some(({ results }) => results.some((result) => isDmarcFail(result, author)));
}

/**
 * Exchange Online stamps its field below the Received fields of its own inner hops and above that of
 * its border. Anything else means that somebody else wrote the field.
 */
function stampedByExchangeOnline(above: readonly string[], below: readonly HeaderField[]): boolean {
  const border = below.find(({ name }) => name === 'received')?.value;
  return (
    above.length > 0 &&
    above.every(isReceivedByExchangeOnline) &&
    (border === undefined || isReceivedByExchangeOnline(border))
  );
}

function isReceivedByExchangeOnline(received: string): boolean {
  // RFC 5321 §4.4: `by` names the host that wrote the field. What stands in comments came from the client.
  const host =
    /(?:^|\s)by\s+([^\s;()]+)/i.exec(withoutComments(received.slice(0, 4_000)))?.[1] ?? '';
  return isWithinDomain(host, 'outlook.com');
}
