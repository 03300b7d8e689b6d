/**
 * The kinds of value a settings file is made of, each with what is expected in its place.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import type { Address } from '../core/address.ts';
import { keyRecordCharsMax, nameCharsMax, settingsKeysMax } from '../core/limits.ts';
import { parseAddressText, parseBareAddress, parseDomainText } from './address-text.ts';
import { expecting, isMap } from './checked-yaml.ts';

/** Where a secret is to be read. It never stands in the settings file itself. */
export type SecretSource = { readonly env: string } | { readonly file: string };

export function isSecretSource(value: unknown): value is SecretSource {
  if (!isMap(value)) return false;
  const [key, ...more] = Object.keys(value);
  const name = key === undefined ? undefined : value[key];
  return (
    (key === 'env' || key === 'file') &&
    more.length === 0 &&
    typeof name === 'string' &&
    name !== ''
  );
}

export function secret() {
  return expecting(z.custom<SecretSource>(isSecretSource), {
    expected: '{ env: NAME } or { file: PATH }',
    hint: 'put the secret into an environment variable or a file, and its name here',
    secret: true,
  });
}

/** One line of text. */
export function line(what: string) {
  return expecting(
    z
      .string()
      .trim()
      .min(1)
      .max(nameCharsMax)
      .regex(/^\P{Cc}*$/u),
    {
      expected: `${what}: one line of 1 to ${nameCharsMax} characters`,
    },
  );
}

export function lines(what: string) {
  return expecting(
    z
      .string()
      .trim()
      .min(1)
      .max(2_000)
      .regex(/^(\P{Cc}|\n)*$/u),
    {
      expected: `${what}: text of 1 to 2000 characters`,
    },
  );
}

export function whole(min: number, max: number, unit: string) {
  return expecting(z.int().min(min).max(max), {
    expected: `a whole number of ${unit} from ${min} to ${max}, without quotation marks`,
  });
}

export function port() {
  return expecting(z.int().min(1).max(65_535), {
    expected: 'a port number from 1 to 65535, without quotation marks',
  });
}

export function share() {
  return expecting(z.number().min(0).max(1), { expected: 'a number from 0 to 1, such as 0.8' });
}

export function yesNo() {
  return expecting(z.boolean(), { expected: 'true or false' });
}

export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return expecting(z.enum(words), { expected: `one of ${words.join(', ')}` });
}

/** The name or the address of a host; not a URL. */
export function host() {
  const isHost = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$|^[0-9A-Fa-f:.]{2,45}$/;
  return expecting(z.string().regex(isHost), {
    expected: 'the name or the IP address of a host, such as imap.partner.example',
    hint: 'no https://, no port and no path',
  });
}

export function path(what: string) {
  return expecting(
    z
      .string()
      .min(1)
      .max(4_096)
      .regex(/^\P{Cc}*$/u),
    {
      expected: `the path of ${what}`,
    },
  );
}

/** A mailbox name of the server. Non-ASCII names are plain text here; the client encodes them. */
export function folder() {
  return expecting(
    z
      .string()
      .min(1)
      .max(nameCharsMax)
      .regex(/^\P{Cc}*$/u),
    {
      expected: 'the name of a folder on the mail server, such as INBOX',
    },
  );
}

/** An IMAP keyword. RFC 9051 §9, `flag-keyword`: an atom. */
export function keyword() {
  return expecting(z.string().regex(/^[A-Za-z0-9$_.-]{1,64}$/), {
    expected: 'a keyword of letters, digits, $, _, - and . without spaces, such as $Answered-by-us',
  });
}

export function address() {
  return expecting(transformed(parseBareAddress), {
    expected: 'an address such as support@partner.example',
  });
}

export function namedAddress() {
  return expecting(
    transformed((text): Required<Address> | undefined => {
      const parsed = parseAddressText(text);
      return parsed?.name === undefined ? undefined : { ...parsed, name: parsed.name };
    }),
    { expected: 'a name and an address, such as Fabrikam Support <support@partner.example>' },
  );
}

/** The empty string is the null reverse-path. RFC 5321 §4.5.5. */
export function envelopeFrom() {
  return expecting(
    transformed((text) => (text === '' ? '' : parseBareAddress(text))),
    {
      expected: 'an address, or the empty text for the null reverse-path',
    },
  );
}

/** An authserv-id. RFC 8601 §2.5: usually the name of a host. */
export function authservId() {
  const parse = (text: string) =>
    text.toLowerCase() === 'exchange-online' ? 'exchange-online' : parseDomainText(text);
  return expecting(transformed(parse), {
    expected: 'the authserv-id of a host, such as mx.partner.example, or exchange-online',
  });
}

export function domain() {
  return expecting(transformed(parseDomainText), { expected: 'a domain such as partner.example' });
}

/** A selector. RFC 6376 §3.1: labels as those of a domain, parted by dots. */
export function selector() {
  const parse = (text: string): string | undefined => {
    const name = text.trim().toLowerCase();
    const isName = name.length <= 190 && name.split('.').every((one) => isLabel.test(one));
    return isName ? name : undefined;
  };
  return expecting(transformed(parse), {
    expected: 'a DKIM selector of letters, digits, - and dots, such as desk2026',
    hint: 'the part before ._domainkey',
  });
}

const isLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Published keys of others, by the name they stand under, in lower case. RFC 6376 §3.6.1, §3.6.2.1. */
export function dkimKeys() {
  const isRecord = (text: string): boolean =>
    /^(?:v=DKIM1\s*;|p=|k=)/.test(text) && /(?:^|;)\s*p=/.test(text);
  const record = expecting(z.string().trim().max(keyRecordCharsMax).refine(isRecord), {
    expected: 'the text of its TXT record in one line, such as v=DKIM1; k=rsa; p=MIIB…',
    hint: 'dig +short TXT NAME shows it; join its strings without anything between them',
  });
  const name = z.string().transform((text) => text.toLowerCase());
  const keys = z.record(name, record).superRefine((found, context) => {
    for (const key of Object.keys(found)) {
      if (isKeyName(key)) continue;
      const says = `found the name ${JSON.stringify(key.slice(0, nameCharsMax))}, expected one such as selector1._domainkey.sender.example`;
      context.addIssue({ code: 'custom', params: { says } });
    }
    const count = Object.keys(found).length;
    if (count <= settingsKeysMax) return;
    const says = `found ${count} keys, expected at most ${settingsKeysMax}`;
    context.addIssue({ code: 'custom', params: { says } });
  });
  return expecting(keys, { expected: 'public keys of others, each by its name' });
}

function isKeyName(name: string): boolean {
  const [selectorText = '', domainText = '', ...more] = name.split('._domainkey.');
  const labels = selectorText.split('.');
  return (
    more.length === 0 &&
    labels.every((one) => isLabel.test(one)) &&
    parseDomainText(domainText) === domainText
  );
}

/** RFC 1035 §4.2: DNS is asked on port 53 where nothing else is said. */
export function dnsServer() {
  const parse = (text: string): string | undefined => {
    const told = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([0-9.]{7,15}))(?::(\d{1,5}))?$/.exec(text.trim());
    const address = told?.[1] ?? told?.[2] ?? text.trim();
    const isPort = Number(told?.[3] ?? 53) >= 1 && Number(told?.[3] ?? 53) <= 65_535;
    return isIP(address) !== 0 && isPort ? text.trim() : undefined;
  };
  return expecting(transformed(parse), {
    expected:
      'the IP address of a DNS server, such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:53',
  });
}

/** A tenant or an application of Microsoft Entra. */
export function guid() {
  const parse = (text: string): string | undefined => {
    const id = text.trim().toLowerCase();
    return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id : undefined;
  };
  return expecting(transformed(parse), {
    expected: 'an id such as 0a1b2c3d-0000-4000-8000-00000000abcd',
  });
}

/** The root of an interface. Tokens go there, so never in clear text. */
export function httpsUrl() {
  const parse = (text: string): string | undefined => {
    if (!URL.canParse(text)) return undefined;
    const { protocol, origin, pathname, search, hash, username } = new URL(text);
    const isBare = pathname === '/' && search === '' && hash === '' && username === '';
    return protocol === 'https:' && isBare ? origin : undefined;
  };
  return expecting(transformed(parse), {
    expected: 'https:// and a host, such as https://graph.microsoft.com, without a path',
  });
}

/** The whole address of a collector or the like, with its path; a password has no place in it. */
export function webUrl(what: string) {
  const parse = (text: string): string | undefined => {
    if (!URL.canParse(text)) return undefined;
    const { protocol, username, password, hash, href } = new URL(text);
    const isPlain = username === '' && password === '' && hash === '';
    return /^https?:$/.test(protocol) && isPlain ? href : undefined;
  };
  return expecting(transformed(parse), {
    expected: `${what}: a URL such as http://127.0.0.1:4318/v1/traces, without a password`,
  });
}

/** The token endpoint of a login. The secret goes there, so never in clear text. RFC 6749 §3.2. */
export function tokenUrl() {
  const parse = (text: string): string | undefined => {
    if (!URL.canParse(text)) return undefined;
    const { protocol, href, hash, username } = new URL(text);
    return protocol === 'https:' && hash === '' && username === '' ? href : undefined;
  };
  return expecting(transformed(parse), {
    expected: 'an address such as https://login.partner.example/oauth2/token',
  });
}

export function locale() {
  return expecting(transformed(parseLocale), {
    expected: 'a language tag such as en, de or pt-BR',
  });
}

const knownLanguages = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });

/** The canonical tag of a language that exists (BCP 47); absent for anything else. */
export function parseLocale(text: string): string | undefined {
  const tag = text.trim().replace(/_/g, '-');
  if (!/^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,7}$/.test(tag)) return undefined;
  try {
    const [canonical] = Intl.getCanonicalLocales(tag);
    const [language] = tag.split('-');
    return knownLanguages.of(language ?? '') === undefined ? undefined : canonical;
  } catch (error) {
    // Well-formed by the letters, but not by the grammar of tags (`de-x`).
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

export function timeZone() {
  return expecting(
    transformed((text) => {
      try {
        return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
      } catch (error) {
        if (error instanceof RangeError) return undefined;
        throw error;
      }
    }),
    { expected: 'a time zone such as Europe/Berlin or UTC' },
  );
}

/** A day, or less exactly a month or a year. */
export function asOf() {
  return expecting(z.string().regex(/^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/), {
    expected: 'a date such as 2026-07-01, or 2026-07, or "2026" in quotation marks',
  });
}

/** A day that exists. */
export function day() {
  const parse = (text: string): string | undefined => {
    const at = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
    const isDay = at !== undefined && !Number.isNaN(at.getTime());
    return isDay && at.toISOString().startsWith(text) ? text : undefined;
  };
  return expecting(transformed(parse), { expected: 'a day such as 2027-01-31' });
}

/** Text in, a parsed value out; what the parser does not know is an issue of the schema. */
function transformed<Value>(parse: (text: string) => Value | undefined) {
  return z.string().transform((text, context): Value => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom' });
    return z.NEVER;
  });
}

/** What browsers call the console. A path before its own is not supported: its pages name each other from the root. */
export function publicUrl() {
  const parse = (text: string): string | undefined => {
    if (!URL.canParse(text)) return undefined;
    const { protocol, origin, pathname, search, hash, username } = new URL(text);
    const isOrigin = pathname === '/' && search === '' && hash === '' && username === '';
    return /^https?:$/.test(protocol) && isOrigin ? origin : undefined;
  };
  return expecting(transformed(parse), {
    expected:
      'http:// or https:// and a host, such as https://responder.partner.example, without a path',
  });
}

/** An issuer of OpenID Connect. OpenID Connect Core §2: https; only this machine may go without. */
export function issuerUrl() {
  const parse = (text: string): string | undefined => {
    if (!URL.canParse(text)) return undefined;
    const { protocol, hostname, search, hash, username } = new URL(text);
    const isPlain = search === '' && hash === '' && username === '';
    const isSafe =
      protocol === 'https:' ||
      (protocol === 'http:' && /^(?:127\.0\.0\.1|localhost)$/.test(hostname));
    return isPlain && isSafe ? text : undefined;
  };
  return expecting(transformed(parse), {
    expected: 'an address such as https://login.microsoftonline.com/TENANT/v2.0',
  });
}

/** An address, or a network as address and prefix length. */
export function network() {
  const parse = (text: string): string | undefined => {
    const [address = '', bits, ...more] = text.split('/');
    const family = isIP(address);
    if (family === 0 || more.length > 0) return undefined;
    const most = family === 4 ? 32 : 128;
    return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most)
      ? text
      : undefined;
  };
  return expecting(transformed(parse), {
    expected: 'an IP address, or a network such as 10.0.0.0/8',
  });
}
