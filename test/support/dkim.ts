/**
 * A verifier of DKIM signatures for tests, written apart from the signer: relaxed/relaxed, rsa-sha256.
 * RFC 6376 §3.4.2, §3.4.4, §3.7, §6.1.3.
 */
import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';

/** A new RSA key in PEM form, and the value of `p=` that belongs to it. */
export function makeDkimKey(bits = 2_048): { readonly pem: string; readonly p: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  return {
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    p: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  };
}

/** The header fields of a message as octets in latin1, each with its folding, without the last line break. */
export function fieldsOf(
  message: Buffer,
): readonly { readonly name: string; readonly raw: string }[] {
  return headOf(message)
    .split(/\r\n(?![ \t])/)
    .map((raw) => ({ name: raw.slice(0, raw.indexOf(':')), raw }));
}

export function headOf(message: Buffer): string {
  return message.subarray(0, message.indexOf('\r\n\r\n')).toString('latin1');
}

export function bodyOf(message: Buffer): string {
  return message.subarray(message.indexOf('\r\n\r\n') + 4).toString('latin1');
}

/** The value of a field, unfolded. */
export function fieldValue({ raw }: { readonly raw: string }): string {
  return raw
    .slice(raw.indexOf(':') + 1)
    .replace(/\r\n/g, '')
    .trim();
}

/** The tags of the first DKIM-Signature of a message. */
export function signatureTags(message: Buffer): Readonly<Record<string, string>> {
  const field = fieldsOf(message).find(({ name }) => name.toLowerCase() === 'dkim-signature');
  if (field === undefined) return {};
  return Object.fromEntries(
    fieldValue(field)
      .split(';')
      .map((tag): [string, string] => {
        const equals = tag.indexOf('=');
        return [tag.slice(0, equals).trim(), tag.slice(equals + 1).replace(/\s+/g, '')];
      })
      .filter(([name]) => name !== ''),
  );
}

function relaxedField(raw: string): string {
  const colon = raw.indexOf(':');
  const value = raw
    .slice(colon + 1)
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .trim();
  return `${raw.slice(0, colon).trim().toLowerCase()}:${value}`;
}

function relaxedBody(body: string): string {
  const lines = body.split('\r\n').map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''));
  while (lines.at(-1) === '') lines.pop();
  return lines.length === 0 ? '' : `${lines.join('\r\n')}\r\n`;
}

/** `pass`, or what does not hold. `p` is the published key. */
export function verifyDkim(message: Buffer, p: string): string {
  const tags = signatureTags(message);
  if (tags.v !== '1' || tags.a !== 'rsa-sha256' || tags.c !== 'relaxed/relaxed')
    return 'no signature';
  const hash = createHash('sha256')
    .update(relaxedBody(bodyOf(message)), 'latin1')
    .digest('base64');
  if (hash !== tags.bh) return 'body hash';
  const unused = [...fieldsOf(message)];
  const signed = (tags.h ?? '').split(':').flatMap((name) => {
    // §5.4.2: of several fields of one name the lowest is taken first.
    const at = unused.findLastIndex((field) => field.name.toLowerCase() === name.toLowerCase());
    return at < 0 ? [] : unused.splice(at, 1).map(({ raw }) => relaxedField(raw));
  });
  const own = fieldsOf(message).find(({ name }) => name.toLowerCase() === 'dkim-signature');
  const unsigned = relaxedField((own?.raw ?? '').replace(/(;\s*b=)[^;]*/, '$1'));
  const key = createPublicKey({ key: Buffer.from(p, 'base64'), format: 'der', type: 'spki' });
  const data = Buffer.from([...signed, unsigned].join('\r\n'), 'latin1');
  return verify('sha256', data, key, Buffer.from(tags.b ?? '', 'base64')) ? 'pass' : 'signature';
}

export interface DkimSigning {
  readonly domain: string;
  readonly selector: string;
  /** In PEM form. */
  readonly pem: string;
  readonly algorithm?: 'rsa-sha256' | 'rsa-sha1' | 'ed25519-sha256';
  /** Names of the signed fields. */
  readonly h?: readonly string[];
  /** Further tags, such as `x` and `t`. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Octets of the body that are signed: the `l=` tag. */
  readonly bodyOctets?: number;
}

/** A message, its lines ended by CRLF, with a signature of ours on top, relaxed/relaxed. RFC 6376 §3.7, RFC 8463 §3. */
export function signDkim(message: string, signing: DkimSigning): string {
  const { domain, selector, pem, algorithm = 'rsa-sha256', bodyOctets, tags = {} } = signing;
  const octets = Buffer.from(message);
  const h = signing.h ?? ['From', 'To', 'Subject', 'Date', 'Message-ID'];
  const hash = algorithm === 'rsa-sha1' ? 'sha1' : 'sha256';
  const body = Buffer.from(relaxedBody(bodyOf(octets)), 'latin1').subarray(0, bodyOctets);
  const list = {
    v: '1',
    a: algorithm,
    c: 'relaxed/relaxed',
    d: domain,
    s: selector,
    h: h.join(':'),
    ...(bodyOctets === undefined ? {} : { l: String(bodyOctets) }),
    ...tags,
    bh: createHash(hash).update(body).digest('base64'),
  };
  const own = `DKIM-Signature: ${Object.entries(list)
    .map((tag) => tag.join('='))
    .join('; ')}; b=`;
  const fields = fieldsOf(octets);
  const signed = h.flatMap((name) => {
    const field = fields.findLast((one) => one.name.toLowerCase() === name.toLowerCase());
    return field === undefined ? [] : [relaxedField(field.raw)];
  });
  const data = Buffer.from([...signed, relaxedField(own)].join('\r\n'), 'latin1');
  const signature =
    algorithm === 'ed25519-sha256'
      ? sign(null, createHash('sha256').update(data).digest(), pem)
      : sign(hash, data, pem);
  return `${own}${signature.toString('base64')}\r\n${message}`;
}
