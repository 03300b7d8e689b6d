/**
 * DNS as a port, against a real server: what it answers is a value, whatever it does is survived, and nothing is
 * asked or kept without bound.
 */
import { afterEach, describe, expect, test } from 'vitest';
import * as limits from '../../src/core/limits.ts';
import { keysResolver, openResolver } from '../../src/edges/resolver.ts';
import type { Resolver } from '../../src/ports.ts';
import { startTxtServer, type TxtServer, type TxtZone } from '../support/txt-server.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Desk {
  readonly server: TxtServer;
  readonly resolver: Resolver;
  /** Moves the clock. */
  readonly later: (seconds: number) => void;
}

async function desk(
  zone: TxtZone,
  options: { readonly timeoutMs?: number; readonly entriesMax?: number } = {},
): Promise<Desk> {
  const server = await startTxtServer(zone);
  closers.push(() => server.close());
  let now = Date.UTC(2026, 10, 26);
  const resolver = openResolver({
    clock: { now: () => new Date(now) },
    timeoutMs: 5_000,
    servers: [server.address],
    ...options,
  });
  const later = (seconds: number) => {
    now += seconds * 1_000;
  };
  return { server, resolver, later };
}

describe('an answer', () => {
  test('has the records of its type, the strings of one TXT joined, the preferred MX first', async () => {
    const { resolver } = await desk({
      'a.example': {
        TXT: [['v=DKIM1; ', 'p=AAAA'], ['second']],
        A: ['192.0.2.1'],
        AAAA: ['2001:0db8:0000:0000:0000:0000:0000:0001'],
        MX: [
          [20, 'mx2.a.example'],
          [10, 'mx1.a.example'],
        ],
      },
      '1.2.0.192.in-addr.arpa': { PTR: ['a.example'] },
      'alias.example': { CNAME: ['a.example'] },
    });
    const found = (records: readonly string[]) => ({ kind: 'found', records });
    const txt = await resolver.resolve('a.example', 'TXT');
    expect(txt.kind === 'found' && [...txt.records].sort()).toEqual(['second', 'v=DKIM1; p=AAAA']);
    expect(await resolver.resolve('A.Example.', 'A')).toEqual(found(['192.0.2.1']));
    expect(await resolver.resolve('a.example', 'AAAA')).toEqual(found(['2001:db8::1']));
    expect(await resolver.resolve('a.example', 'MX')).toEqual(
      found(['mx1.a.example', 'mx2.a.example']),
    );
    expect(await resolver.resolve('1.2.0.192.in-addr.arpa', 'PTR')).toEqual(found(['a.example']));
    expect(await resolver.resolve('alias.example', 'CNAME')).toEqual(found(['a.example']));
  });

  test('is absent where there is no such name, or nothing of the type', async () => {
    const { resolver } = await desk({ 'a.example': { A: ['192.0.2.1'] } });
    expect(await resolver.resolve('nobody.example', 'TXT')).toEqual({ kind: 'absent' });
    expect(await resolver.resolve('a.example', 'TXT')).toEqual({ kind: 'absent' });
  });

  test('that does not fit into UDP is fetched over TCP', async () => {
    const strings = Array.from({ length: 20 }, () => 'x'.repeat(255));
    const { resolver, server } = await desk({ 'big.example': { TXT: [strings], truncated: true } });
    const answer = await resolver.resolve('big.example', 'TXT');
    expect(answer).toEqual({ kind: 'found', records: ['x'.repeat(255 * 20)] });
    expect(server.overTcp()).toBe(1);
  });

  test.each(['servfail', 'refused'] as const)('of %s says nothing about the name', async (how) => {
    const { resolver } = await desk({ 'a.example': how });
    expect(await resolver.resolve('a.example', 'TXT')).toMatchObject({ kind: 'temporary' });
  });

  test.each(['silent', 'garbage', 'wrong-id'] as const)(
    'that is %s ends with the time, and is never taken for one',
    async (how) => {
      const { resolver } = await desk({ 'a.example': how }, { timeoutMs: 150 });
      expect(await resolver.resolve('a.example', 'TXT')).toMatchObject({ kind: 'temporary' });
    },
  );

  test('from a server that is not there is no fault of ours', async () => {
    const { resolver, server } = await desk({}, { timeoutMs: 150 });
    closers.length = 0;
    await server.close();
    expect(await resolver.resolve('a.example', 'TXT')).toMatchObject({ kind: 'temporary' });
  });
});

describe('nobody is asked', () => {
  test.each([
    ['an empty name', ''],
    ['an empty label', 'a..example'],
    ['a long label', `${'a'.repeat(64)}.example`],
    ['a long name', `${'a.'.repeat(130)}example`],
    ['a space', 'a b.example'],
    ['a line break', 'a.example\nb.example'],
    ['an escape of ours', 'a\\.b.example'],
    ['a letter that is not ASCII', 'bücher.example'],
  ])('for %s', async (_, name) => {
    const { resolver, server } = await desk({});
    expect(await resolver.resolve(name, 'TXT')).toEqual({ kind: 'absent' });
    expect(server.questions).toEqual([]);
  });

  test('for the longest name that can be, somebody is', async () => {
    const { resolver, server } = await desk({});
    const name = `${`${'a'.repeat(61)}.`.repeat(4)}bb.cc`;
    expect(name.length).toBe(limits.dnsNameCharsMax);
    expect(await resolver.resolve(name, 'TXT')).toEqual({ kind: 'absent' });
    expect(server.questions).toEqual([name]);
  });
});

describe('what is kept', () => {
  /** How often a name was asked for after two questions with so many seconds between. */
  async function askTwice(zone: TxtZone, type: 'A' | 'TXT', seconds: number): Promise<number> {
    const { resolver, server, later } = await desk(zone, { timeoutMs: 150 });
    const first = await resolver.resolve('a.example', type);
    later(seconds);
    expect(await resolver.resolve('a.example', type)).toEqual(first);
    return server.questions.filter((name) => name === 'a.example').length;
  }

  test.each([
    ['an address for as long as it says', { A: ['192.0.2.1'], ttl: 30 }, 'A', 30],
    ['an address that says a week for an hour', { A: ['192.0.2.1'], ttl: 604_800 }, 'A', 3_600],
    ['a text, whose time is not told, for five minutes', { TXT: [['a']], ttl: 5 }, 'TXT', 300],
    ['that a type is absent for a minute', { A: ['192.0.2.1'] }, 'TXT', 60],
  ] as const)('%s', async (_, records, type, seconds) => {
    expect(await askTwice({ 'a.example': records }, type, seconds - 1)).toBe(1);
    expect(await askTwice({ 'a.example': records }, type, seconds)).toBe(2);
  });

  test('an answer that is to be forgotten at once is', async () => {
    expect(await askTwice({ 'a.example': { A: ['192.0.2.1'], ttl: 0 } }, 'A', 0)).toBe(2);
  });

  test('a failure for seconds, so that it is not waited for by each mail of a batch', async () => {
    const once = await askTwice(
      { 'a.example': 'servfail' },
      'TXT',
      limits.dnsFailureSecondsMax - 1,
    );
    const twice = await askTwice({ 'a.example': 'servfail' }, 'TXT', limits.dnsFailureSecondsMax);
    expect(twice).toBe(once * 2);
  });

  test('no giant', async () => {
    const giant = Array.from({ length: 60 }, () => 'x'.repeat(255));
    expect(giant.join('').length).toBeGreaterThan(limits.dnsCachedCharsMax);
    expect(await askTwice({ 'a.example': { TXT: [giant], truncated: true } }, 'TXT', 1)).toBe(4);
  });

  test('no more than the bound, and what was used last', async () => {
    const { resolver, server } = await desk({}, { entriesMax: 2 });
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await resolver.resolve(`${name}.x`, 'TXT');
    expect(server.questions).toEqual(['a.x', 'b.x', 'c.x', 'b.x']);
  });
});

test('one question in flight is shared by all who ask it', async () => {
  const { resolver, server } = await desk({ 'a.example': 'held' });
  const asking = Array.from({ length: 50 }, () => resolver.resolve('a.example', 'TXT'));
  await server.asked(1);
  server.release([['v=1']]);
  const answers = await Promise.all(asking);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]).toEqual({ kind: 'found', records: ['v=1'] });
  expect(server.questions.length).toBe(1);
});

describe('keys of the settings', () => {
  const name = 'selector1._domainkey.sender.example';
  test('are answered without a question, and nothing else is asked', async () => {
    const resolver = keysResolver({ [name]: 'v=DKIM1; p=AAAA' });
    expect(await resolver.resolve(name.toUpperCase(), 'TXT')).toEqual({
      kind: 'found',
      records: ['v=DKIM1; p=AAAA'],
    });
    expect(await resolver.resolve('other._domainkey.sender.example', 'TXT')).toEqual({
      kind: 'unasked',
    });
    expect(await resolver.resolve(name, 'A')).toEqual({ kind: 'unasked' });
  });

  test('come before DNS, which is asked for the others', async () => {
    const { resolver, server } = await desk({ [name]: [['from DNS']], 'b.example': [['b']] });
    const both = keysResolver({ [name]: 'ours' }, resolver);
    expect(await both.resolve(name, 'TXT')).toEqual({ kind: 'found', records: ['ours'] });
    expect(await both.resolve('b.example', 'TXT')).toEqual({ kind: 'found', records: ['b'] });
    expect(server.questions).toEqual(['b.example']);
  });
});
