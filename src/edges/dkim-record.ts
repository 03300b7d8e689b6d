/**
 * Looks the published key of a DKIM selector up and compares it with the key that signs.
 *
 * Only `doctor` asks: sending never waits for DNS. What DNS does not answer in time is `unreachable`, which says
 * nothing about the record. RFC 6376 §3.6.1, §3.6.2.
 */
import { createPublicKey } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { dkimLookupMsMax } from '../core/limits.ts';
import { type DkimSettings, dkimRecordName, publicKeyOf } from './dkim-key.ts';

export type TxtAnswer =
  | { readonly kind: 'found'; readonly records: readonly string[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'unreachable'; readonly why: string };

/** Asks for the TXT records of a name. Never throws. */
export type TxtLookup = (name: string) => Promise<TxtAnswer>;

export interface TxtLookupOptions {
  /** `address:port`; absent: those of this machine. */
  readonly servers?: readonly string[];
  /** For one question, with all its tries. */
  readonly timeoutMs?: number;
}

export function openTxtLookup(options: TxtLookupOptions = {}): TxtLookup {
  const timeoutMs = options.timeoutMs ?? dkimLookupMsMax;
  return async (name) => {
    const resolver = new Resolver({ timeout: timeoutMs / 4, tries: 2 });
    if (options.servers !== undefined) resolver.setServers([...options.servers]);
    const timer = setTimeout(() => resolver.cancel(), timeoutMs);
    try {
      // RFC 6376 §3.6.2.2: the strings of one record are joined without anything between them.
      const records = (await resolver.resolveTxt(name)).map((strings) => strings.join(''));
      return { kind: 'found', records };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      return code === 'ENOTFOUND' || code === 'ENODATA'
        ? { kind: 'none' }
        : { kind: 'unreachable', why: code };
    } finally {
      clearTimeout(timer);
    }
  };
}

export interface RecordVerdict {
  readonly verdict: 'ok' | 'unreachable' | 'wrong' | 'testing';
  /** Continues the name of the record. */
  readonly detail: string;
}

/** Whether verifiers can check our signatures by what is published. */
export async function checkDkimRecord(
  dkim: DkimSettings,
  lookup: TxtLookup,
): Promise<RecordVerdict> {
  const answer = await lookup(dkimRecordName(dkim));
  if (answer.kind === 'unreachable') {
    return { verdict: 'unreachable', detail: `cannot be looked up now (${answer.why})` };
  }
  if (answer.kind === 'none') return { verdict: 'wrong', detail: 'has no TXT record' };
  const [record, ...more] = answer.records;
  // RFC 6376 §3.6.2.2: with several records the result is undefined.
  if (record === undefined || more.length > 0) {
    return { verdict: 'wrong', detail: `has ${answer.records.length} TXT records, one is wanted` };
  }
  return judgeRecord(record, dkim);
}

function judgeRecord(record: string, dkim: DkimSettings): RecordVerdict {
  const wrong = (detail: string): RecordVerdict => ({ verdict: 'wrong', detail });
  const tags = tagsOf(record);
  if (tags === undefined) return wrong('holds no list of tags such as v=DKIM1; k=rsa; p=…');
  const { v = 'DKIM1', k = 'rsa', p, h, s, t = '' } = Object.fromEntries(tags);
  if (v !== 'DKIM1' || (tags.has('v') && !/^\s*v/.test(record))) {
    return wrong('does not begin with v=DKIM1');
  }
  if (k !== 'rsa') return wrong(`is for keys of the kind ${shownTag(k)}, ours is rsa`);
  if (p === undefined) return wrong('holds no key');
  if (p === '') return wrong('says that the key was withdrawn (p= is empty)');
  if (h !== undefined && !listOf(h).includes('sha256')) return wrong('does not allow sha256');
  if (s !== undefined && !listOf(s).some((service) => service === '*' || service === 'email')) {
    return wrong('is not for mail (s=)');
  }
  if (canonicalKey(p) !== publicKeyOf(dkim.privateKey)) {
    return wrong('holds another key than the one that signs');
  }
  return listOf(t).includes('y')
    ? { verdict: 'testing', detail: 'has the key, but says that it is only tested (t=y)' }
    : { verdict: 'ok', detail: 'has the key that signs' };
}

/** The tags of a list; undefined when it is none, or names one tag twice. RFC 6376 §3.2. */
function tagsOf(record: string): ReadonlyMap<string, string> | undefined {
  const tags = new Map<string, string>();
  for (const part of record.split(';')) {
    if (part.trim() === '') continue;
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(equals, 0)).trim();
    if (!/^[A-Za-z]\w*$/.test(name) || tags.has(name)) return undefined;
    tags.set(name, part.slice(equals + 1).trim());
  }
  return tags.size === 0 ? undefined : tags;
}

function listOf(value: string): readonly string[] {
  return value.split(':').map((one) => one.trim());
}

function shownTag(value: string): string {
  return JSON.stringify(value.slice(0, 20));
}

/** The key in the form that ours is written in; undefined when it cannot be read. */
function canonicalKey(base64: string): string | undefined {
  const der = Buffer.from(base64.replace(/\s+/g, ''), 'base64');
  // RFC 6376 §3.6.1 says RSAPublicKey, its examples and everybody write SubjectPublicKeyInfo.
  for (const type of ['spki', 'pkcs1'] as const) {
    try {
      const key = createPublicKey({ key: der, format: 'der', type });
      return key.export({ type: 'spki', format: 'der' }).toString('base64');
    } catch {
      // Not of this form: the next is tried, and what is of none is no key.
    }
  }
  return undefined;
}
