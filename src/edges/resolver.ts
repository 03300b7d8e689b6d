/**
 * DNS as a port: answers are values, kept for a while, within bounds.
 *
 * Which names are asked for is said by mails, thus by strangers: nothing they choose may make this service wait
 * without end, remember without end, or ask the same question a thousand times. RFC 1035, RFC 2308.
 */
import { Resolver as NodeResolver } from 'node:dns/promises';
import {
  dnsAbsentSecondsMax,
  dnsCachedCharsMax,
  dnsCacheEntriesMax,
  dnsFailureSecondsMax,
  dnsNameCharsMax,
  dnsTtlSecondsMax,
  dnsTtlSecondsUntold,
} from '../core/limits.ts';
import type { Clock, DnsAnswer, RecordType, Resolver } from '../ports.ts';

export interface ResolverOptions {
  readonly clock: Clock;
  /** For one question with all its tries. */
  readonly timeoutMs: number;
  /** `address:port`; absent: those of this machine. */
  readonly servers?: readonly string[];
  /** Answers that are kept at once. */
  readonly entriesMax?: number;
}

/** An answer, and how long it holds. */
interface Told {
  readonly answer: DnsAnswer;
  readonly ttlSeconds: number;
}

interface Kept {
  readonly answer: DnsAnswer;
  readonly until: number;
}

export function openResolver(options: ResolverOptions): Resolver {
  const { clock, timeoutMs, entriesMax = dnsCacheEntriesMax } = options;
  const node = new NodeResolver({ timeout: Math.max(1, Math.floor(timeoutMs / 3)), tries: 2 });
  if (options.servers !== undefined) node.setServers([...options.servers]);
  // A Map keeps the order of entry, so the first one is the one that was not used for longest.
  const kept = new Map<string, Kept>();
  const asked = new Map<string, Promise<DnsAnswer>>();

  const keep = (key: string, { answer, ttlSeconds }: Told): void => {
    const now = clock.now().getTime();
    if (ttlSeconds <= 0 || charsOf(answer) > dnsCachedCharsMax) return;
    kept.set(key, { answer, until: now + ttlSeconds * 1_000 });
    for (const oldest of kept.keys()) {
      if (kept.size <= entriesMax) break;
      kept.delete(oldest);
    }
  };
  const ask = async (key: string, name: string, type: RecordType): Promise<DnsAnswer> => {
    try {
      const told = await withinTime(askNode(node, name, type), timeoutMs);
      keep(key, told);
      return told.answer;
    } finally {
      asked.delete(key);
    }
  };
  return {
    async resolve(name, type) {
      const asciiName = nameToAsk(name);
      // A name that cannot be in DNS is not there.
      if (asciiName === undefined) return { kind: 'absent' };
      const key = `${type} ${asciiName}`;
      const found = kept.get(key);
      kept.delete(key);
      if (found !== undefined && clock.now().getTime() < found.until) {
        kept.set(key, found);
        return found.answer;
      }
      const running = asked.get(key) ?? ask(key, asciiName, type);
      asked.set(key, running);
      return running;
    },
  };
}

/** Answers from keys that the settings name; for all others it asks `next`, or nobody. */
export function keysResolver(
  keys: Readonly<Record<string, string>>,
  next: Resolver = { resolve: async () => ({ kind: 'unasked' }) },
): Resolver {
  const known = new Map(Object.entries(keys).map(([name, record]) => [name.toLowerCase(), record]));
  return {
    async resolve(name, type) {
      const record = type === 'TXT' ? known.get(nameToAsk(name) ?? '') : undefined;
      return record === undefined ? next.resolve(name, type) : { kind: 'found', records: [record] };
    },
  };
}

/**
 * The name in lower case and without its final dot; absent where no server could know it.
 *
 * RFC 1035 §2.3.4: labels of 1 to 63 octets. RFC 2181 §11 allows any octet in them; what is not printable, and
 * the backslash, which Node reads as an escape, are left out.
 */
function nameToAsk(name: string): string | undefined {
  const plain = name.replace(/\.$/, '').toLowerCase();
  const isName =
    plain.length <= dnsNameCharsMax &&
    /^[\x21-\x5b\x5d-\x7e]+$/.test(plain) &&
    plain.split('.').every((label) => label.length >= 1 && label.length <= 63);
  return isName ? plain : undefined;
}

function charsOf(answer: DnsAnswer): number {
  return answer.kind === 'found'
    ? answer.records.reduce((sum, record) => sum + record.length, 0)
    : 0;
}

/** Node's own time-out is for one try at one server; what comes after the time is up is not waited for. */
async function withinTime(asking: Promise<Told>, timeoutMs: number): Promise<Told> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<Told>((resolve) => {
    timer = setTimeout(() => resolve(temporary('ETIMEOUT')), timeoutMs);
  });
  try {
    return await Promise.race([asking, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

async function askNode(node: NodeResolver, name: string, type: RecordType): Promise<Told> {
  try {
    const { records, ttlSeconds } = await recordsOf(node, name, type);
    if (records.length === 0) return absent;
    return { answer: { kind: 'found', records }, ttlSeconds };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    // NXDOMAIN, and no record of the type; EBADNAME: Node does not take it for a name.
    const isAbsent = code === 'ENOTFOUND' || code === 'ENODATA' || code === 'EBADNAME';
    // Everything else is about the server or the way to it: SERVFAIL, REFUSED, garbage, silence.
    return isAbsent ? absent : temporary(code);
  }
}

const absent: Told = { answer: { kind: 'absent' }, ttlSeconds: dnsAbsentSecondsMax };

function temporary(why: string): Told {
  return { answer: { kind: 'temporary', why }, ttlSeconds: dnsFailureSecondsMax };
}

interface Records {
  readonly records: readonly string[];
  readonly ttlSeconds: number;
}

async function recordsOf(node: NodeResolver, name: string, type: RecordType): Promise<Records> {
  const ttlSeconds = dnsTtlSecondsUntold;
  switch (type) {
    case 'A':
      return withTtl(await node.resolve4(name, { ttl: true }));
    case 'AAAA':
      return withTtl(await node.resolve6(name, { ttl: true }));
    case 'TXT': {
      // RFC 6376 §3.6.2.2, RFC 7208 §3.3: strings of one record are joined without anything between them.
      const records = (await node.resolveTxt(name)).map((strings) => strings.join(''));
      return { records, ttlSeconds };
    }
    case 'MX': {
      const hosts = (await node.resolveMx(name)).sort((a, b) => a.priority - b.priority);
      return { records: hosts.map(({ exchange }) => exchange), ttlSeconds };
    }
    case 'PTR':
      return { records: await node.resolvePtr(name), ttlSeconds };
    case 'CNAME':
      return { records: await node.resolveCname(name), ttlSeconds };
  }
}

function withTtl(found: readonly { readonly address: string; readonly ttl: number }[]): Records {
  const shortest = Math.min(dnsTtlSecondsMax, ...found.map(({ ttl }) => ttl));
  return { records: found.map(({ address }) => address), ttlSeconds: shortest };
}
