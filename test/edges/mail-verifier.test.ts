/**
 * Verification of our own: a pass means that the domain answers for this author and the whole body, now, with a key
 * that holds; everything else is something else, and nothing a mail or DNS does is an exception.
 */
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { sealMessage } from 'mailauth/lib/arc/index.js';
import { describe, expect, test } from 'vitest';
import * as limits from '../../src/core/limits.ts';
import { parseMail } from '../../src/core/parse.ts';
import type { Verification } from '../../src/core/verification.ts';
import { openMailVerifier, verifierFor } from '../../src/edges/mail-verifier.ts';
import { keysResolver } from '../../src/edges/resolver.ts';
import type { DnsAnswer, RecordType, Resolver } from '../../src/ports.ts';
import { type DkimSigning, makeDkimKey, signDkim } from '../support/dkim.ts';
import { processorMs } from '../support/flood.ts';
import { startTxtServer } from '../support/txt-server.ts';

const key = makeDkimKey();
const domain = 'customer.example';
const name = `desk._domainkey.${domain}`;
const record = `v=DKIM1; k=rsa; p=${key.p}`;
const signing: DkimSigning = { domain, selector: 'desk', pem: key.pem };
const now = new Date('2026-11-26T12:00:00Z');

const body = 'Please have a look.\r\n\r\nNora\r\n';
const message = `From: Nora Field <nora@${domain}>\r\nTo: support@partner.example\r\nSubject: FW: your subscription\r\nDate: Thu, 26 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@${domain}>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${body}`;

type Zone = Readonly<Record<string, string | readonly string[] | 'temporary' | DnsAnswer>>;

interface Asked extends Resolver {
  readonly asked: string[];
}

/** DNS with these records and no others, as values; a real one is asked in resolver.test.ts. */
function dnsOf(zone: Zone): Asked {
  const asked: string[] = [];
  return {
    asked,
    async resolve(wanted: string, type: RecordType) {
      asked.push(`${type} ${wanted}`);
      const found = zone[wanted] ?? zone[`${type} ${wanted}`];
      if (found === undefined) return { kind: 'absent' };
      if (found === 'temporary') return { kind: 'temporary', why: 'ESERVFAIL' };
      if (typeof found === 'string') return { kind: 'found', records: [found] };
      return 'kind' in found ? found : { kind: 'found', records: found };
    },
  };
}

const ours = dnsOf({ [name]: record });

async function verify(
  mail: string,
  resolver: Resolver = ours,
  options: { readonly receivers?: readonly string[]; readonly timeoutMs?: number } = {},
): Promise<Verification> {
  const raw = Buffer.from(mail, 'utf8');
  const { receivers = [], timeoutMs = 5_000 } = options;
  const verifier = openMailVerifier({ resolver, clock: { now: () => now }, receivers, timeoutMs });
  return verifier(raw, await parseMail(raw));
}

async function signature(mail: string, resolver: Resolver = ours) {
  const { dkim } = await verify(mail, resolver);
  expect(dkim.length).toBe(1);
  return dkim[0];
}

const seconds = (date: string) => String(Date.parse(date) / 1_000);

describe('a DKIM signature', () => {
  test('over From and the whole body with a published key passes', async () => {
    expect(await verify(signDkim(message, signing))).toEqual({
      dkim: [{ result: 'pass', domain, detail: `signed by ${domain}` }],
      arc: { result: 'none', instance: 0, detail: 'no ARC chain' },
      attached: [],
    });
  });

  test('passes with line ends of LF alone, as files on disk have them', async () => {
    const mail = signDkim(message, signing).replaceAll('\r\n', '\n');
    expect(await signature(mail)).toMatchObject({ result: 'pass' });
  });

  test('of Ed25519 passes', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    // RFC 8463 §4: the record holds the 32 octets alone.
    const p = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
    const mail = signDkim(message, { ...signing, pem, algorithm: 'ed25519-sha256' });
    const dns = dnsOf({ [name]: `v=DKIM1; k=ed25519; p=${p}` });
    expect(await signature(mail, dns)).toMatchObject({ result: 'pass' });
  });

  test('of two domains is reported for each, whatever became of the other', async () => {
    const other = makeDkimKey(1_024);
    const once = signDkim(message, signing);
    const twice = signDkim(once, { domain: 'relay.example', selector: 'r', pem: other.pem });
    const dns = dnsOf({ [name]: record, 'r._domainkey.relay.example': `p=${key.p}` });
    const { dkim } = await verify(twice, dns);
    expect(dkim.map((one) => [one.domain, one.result])).toEqual([
      ['relay.example', 'fail'],
      [domain, 'pass'],
    ]);
  });

  const bodyOctets = Buffer.byteLength(body);
  const rows: readonly (readonly [string, string, Zone, string, RegExp])[] = [
    [
      'a changed body',
      signDkim(message, signing).replace('a look', 'a lock'),
      { [name]: record },
      'fail',
      /body hash/,
    ],
    [
      'a changed field',
      signDkim(message, signing).replace('Subject: FW: your', 'Subject: FW: our'),
      { [name]: record },
      'fail',
      /bad signature/,
    ],
    [
      'somebody else in From',
      signDkim(message, signing).replace('From: Nora Field <nora@', 'From: Nora Field <paul@'),
      { [name]: record },
      'fail',
      /bad signature/,
    ],
    [
      'text behind the end of what is signed (l=)',
      `${signDkim(message, { ...signing, bodyOctets })}Pay here: https://evil.example/\r\n`,
      { [name]: record },
      'permerror',
      /octets of the body are not signed \(l=\)/,
    ],
    [
      'nothing of the body signed (l=0)',
      signDkim(message, { ...signing, bodyOctets: 0 }),
      { [name]: record },
      'permerror',
      /octets of the body are not signed \(l=\)/,
    ],
    [
      'sha1',
      signDkim(message, { ...signing, algorithm: 'rsa-sha1' }),
      { [name]: record },
      'permerror',
      /rsa-sha1/,
    ],
    [
      'an end that is past',
      signDkim(message, { ...signing, tags: { x: seconds('2026-11-26T11:59:00Z') } }),
      { [name]: record },
      'neutral',
      /expired/,
    ],
    [
      'no From among what is signed',
      signDkim(message, { ...signing, h: ['To', 'Subject', 'Date'] }),
      { [name]: record },
      'neutral',
      /From field not signed/,
    ],
    [
      'a From put on top later',
      `From: <ceo@customer.example>\r\n${signDkim(message, signing)}`,
      { [name]: record },
      'permerror',
      /not exactly one From/,
    ],
    ['no key', signDkim(message, signing), {}, 'neutral', /no key/],
    ['a withdrawn key', signDkim(message, signing), { [name]: 'v=DKIM1; p=' }, 'neutral', /key/],
    [
      'a key that is not for mail',
      signDkim(message, signing),
      { [name]: `v=DKIM1; s=tlsrpt; p=${key.p}` },
      'neutral',
      /not for email/,
    ],
    [
      'a key that is only tested',
      signDkim(message, signing),
      { [name]: `v=DKIM1; t=y; p=${key.p}` },
      'neutral',
      /t=y/,
    ],
    [
      'another key',
      signDkim(message, signing),
      { [name]: `v=DKIM1; p=${makeDkimKey(1_024).p}` },
      'fail',
      /bad signature/,
    ],
    [
      'a key that is no key',
      signDkim(message, signing),
      { [name]: 'v=DKIM1; p=AAAAAAAA' },
      'neutral',
      /key/,
    ],
    [
      'a giant record',
      signDkim(message, signing),
      { [name]: `v=DKIM1; n=${'x'.repeat(limits.keyRecordCharsMax)}; p=${key.p}` },
      'permerror',
      /longer than any key/,
    ],
    [
      'a giant key',
      signDkim(message, signing),
      { [name]: `v=DKIM1; p=${Buffer.alloc(40_000, 1).toString('base64')}` },
      'neutral',
      /key/,
    ],
    ['DNS that fails', signDkim(message, signing), { [name]: 'temporary' }, 'temperror', /DNS/],
    [
      'a key that nobody was asked for',
      signDkim(message, signing),
      { [name]: { kind: 'unasked' } },
      'neutral',
      /not among verification\.keys/,
    ],
  ];
  test.each(rows)('does not pass with %s', async (_, mail, zone, result, says) => {
    const found = await signature(mail, dnsOf(zone));
    expect(found).toMatchObject({ result, domain });
    expect(found?.detail).toMatch(says);
  });

  test('with an end that is to come, and with all of the body in l=, still passes', async () => {
    const tags = { t: seconds('2026-11-26T10:00:00Z'), x: seconds('2026-12-26T10:00:00Z') };
    expect(await signature(signDkim(message, { ...signing, tags, bodyOctets }))).toMatchObject({
      result: 'pass',
    });
  });

  test.each([
    [512, 'permerror'],
    [1_016, 'permerror'],
    [1_024, 'pass'],
    [4_096, 'pass'],
  ])('by a key of %i bits: %s', async (bits, result) => {
    const made = makeDkimKey(bits);
    const mail = signDkim(message, { ...signing, pem: made.pem });
    expect(await signature(mail, dnsOf({ [name]: `p=${made.p}` }))).toMatchObject({ result });
  });

  test('says nothing of a domain that is none', async () => {
    const found = await signature(
      `DKIM-Signature: v=1; d=<b>; s=x; h=from; bh=x; b=x\r\n${message}`,
    );
    expect(found).toMatchObject({ domain: '' });
    expect(found?.result).not.toBe('pass');
  });
});

describe('what a mail may cost', () => {
  const signed = (count: number) =>
    Array.from({ length: count }).reduce<string>(
      (mail, _, index) => signDkim(mail, { ...signing, selector: `s${index}` }),
      message,
    );

  test('so many signatures are verified, one more and none is', async () => {
    const dns = dnsOf({});
    expect((await verify(signed(limits.signaturesMax), dns)).dkim.length).toBe(
      limits.signaturesMax,
    );
    expect(dns.asked.length).toBe(limits.signaturesMax);
    const { dkim } = await verify(signed(limits.signaturesMax + 1), dnsOf({}));
    expect(dkim).toMatchObject(
      [{ result: 'permerror', domain, detail: /11 signatures/ }].map((one) => ({
        ...one,
        detail: expect.stringMatching(one.detail),
      })),
    );
  });

  test('a hundred signatures ask nobody', async () => {
    const dns = dnsOf({});
    const { dkim } = await verify(signed(100), dns);
    expect(dkim).toMatchObject([{ result: 'permerror', domain }]);
    expect(dns.asked).toEqual([]);
  });

  test('a header section beyond the limit is not verified', async () => {
    const fields = `X-Filler: ${'x'.repeat(900)}\r\n`.repeat(300);
    const dns = dnsOf({ [name]: record });
    expect(await signature(signDkim(`${fields}${message}`, signing), dns)).toMatchObject({
      result: 'permerror',
    });
    expect(dns.asked).toEqual([]);
  });

  const linesOf = (count: number) => `${'x'.repeat(998)}\r\n`.repeat(count);
  test('octets beyond the limit are not hashed, each signature counting anew', async () => {
    const large = `${message}${linesOf(4_500)}`;
    const twice = signDkim(signDkim(large, signing), { ...signing, selector: 'b' });
    expect((await verify(twice)).dkim).toMatchObject([{ result: 'permerror' }]);
    expect((await verify(signDkim(large, signing))).dkim).toMatchObject([{ result: 'pass' }]);
  });

  /** A message whose header section has so many lines with a signature on top. */
  const headOf = (lines: number) => {
    const own = signDkim(message, signing).split('\r\n\r\n', 1)[0]?.split('\r\n').length ?? 0;
    return signDkim(`X: y\r\n${' z\r\n'.repeat(lines - own - 1)}${message}`, signing);
  };
  const limit = limits.verifiedLineBytesMax;
  test.each([
    ['lines of a header section, at the limit', headOf(limits.verifiedHeadLinesMax), 'pass'],
    ['one line more', headOf(limits.verifiedHeadLinesMax + 1), 'permerror'],
    [
      'a long line, at the limit',
      signDkim(`${message}${'x'.repeat(limit - 2)}\r\n`, signing),
      'pass',
    ],
    ['one octet more', signDkim(`${message}${'x'.repeat(limit - 1)}\r\n`, signing), 'permerror'],
  ])('%s: %s', async (_, mail, result) => {
    expect(await signature(mail)).toMatchObject({ result });
  });

  test.each([
    [
      'a header field folded over and over',
      `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=${domain}; s=desk; h=from; bh=A; b=A\r\nX: ${' \r\n\t'.repeat(60_000)}\r\n${message}`,
    ],
    ['one line of 24 MB', signDkim(message, signing) + 'x '.repeat(12_000_000)],
    ['24 MB of line breaks', signDkim(message, signing) + '\r\n'.repeat(12_000_000)],
    ['24 MB of bare CR', signDkim(message, signing) + '\r'.repeat(24_000_000)],
  ])('no time that grows with the square: %s', async (_, text) => {
    const raw = Buffer.from(text);
    const mail = await parseMail(Buffer.from(text.slice(0, 300_000)));
    const verifier = openMailVerifier({
      resolver: ours,
      clock: { now: () => now },
      receivers: [],
      timeoutMs: 5_000,
    });
    const began = processorMs();
    const { dkim } = await verifier(raw, mail);
    expect(dkim.some(({ result }) => result === 'pass')).toBe(false);
    expect(processorMs() - began).toBeLessThan(3_000);
  });

  test('look-ups share one bound, attached messages included', async () => {
    const dns = dnsOf({});
    const one = signed(limits.signaturesMax);
    const part = `--b\r\nContent-Type: message/rfc822\r\n\r\n${one.replaceAll('; s=s', '; s=sN')}\r\n`;
    const parts = Array.from({ length: 8 }, (_, at) => part.replaceAll('sN', `m${at}x`)).join('');
    const mail = `From: nora@${domain}\r\nDate: Thu, 26 Nov 2026 10:00:00 +0000\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${parts}--b--\r\n`;
    const { attached } = await verify(mail, dns);
    expect(attached.map((found) => found.length)).toEqual(Array(8).fill(limits.signaturesMax));
    expect(dns.asked.length).toBe(limits.mailLookupsMax);
    const left = attached.map((found) => new Set(found.map(({ detail }) => detail.slice(0, 6))));
    expect([...new Set([...left.flatMap((details) => [...details])])]).toEqual([
      'no key',
      'the ma',
    ]);
  });

  test('a silent DNS ends with the time, as temperror for all that it did not answer', async () => {
    const silent: Resolver = { resolve: () => new Promise(() => undefined) };
    const { dkim } = await verify(signed(3), silent, { timeoutMs: 30 });
    expect(dkim.map(({ result }) => result)).toEqual(['temperror', 'temperror', 'temperror']);
  });
});

const microsoft = 'selector1._domainkey.microsoft.com';
const notice = `From: Microsoft <notice@microsoft.com>\r\nTo: nora@${domain}\r\nSubject: You’re about to lose access\r\nDate: Wed, 25 Nov 2026 10:00:00 +0000\r\nMessage-ID: <2@microsoft.com>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nYour subscription ends soon.\r\n`;

function attaching(original: string): string {
  return `From: Nora Field <nora@${domain}>\r\nTo: support@partner.example\r\nSubject: FW\r\nDate: Thu, 26 Nov 2026 10:00:00 +0000\r\nMessage-ID: <3@${domain}>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee attached.\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n${original}\r\n--b--\r\n`;
}

describe('an attached original', () => {
  const signed = signDkim(notice, { domain: 'microsoft.com', selector: 'selector1', pem: key.pem });
  const keys = keysResolver({ [microsoft]: record });

  test('whose signature survived is proven, with a key of the settings and no DNS', async () => {
    const { attached, dkim } = await verify(attaching(signed), keys);
    expect(dkim).toEqual([]);
    expect(attached).toMatchObject([[{ result: 'pass', domain: 'microsoft.com' }]]);
  });

  test('as a file with LF alone too', async () => {
    const { attached } = await verify(attaching(signed).replaceAll('\r\n', '\n'), keys);
    expect(attached).toMatchObject([[{ result: 'pass' }]]);
  });

  test('that was changed is not', async () => {
    const { attached } = await verify(attaching(signed.replace('ends soon', 'ends today')), keys);
    expect(attached).toMatchObject([[{ result: 'fail' }]]);
  });

  test('without a signature has an empty place, so that places agree', async () => {
    const { attached } = await verify(attaching(notice), keys);
    expect(attached).toEqual([[]]);
  });

  test('beyond what is kept is not verified', async () => {
    const giant = `${notice}${`${'x'.repeat(998)}\r\n`.repeat(2_200)}`;
    const mail = attaching(
      signDkim(giant, { domain: 'microsoft.com', selector: 'selector1', pem: key.pem }),
    );
    expect((await verify(mail, keys)).attached).toEqual([[]]);
  });
});

describe('an ARC chain', () => {
  const sealKey = makeDkimKey();
  const seal = {
    signingDomain: 'relay.example',
    selector: 'arc',
    privateKey: sealKey.pem,
    authResults: 'relay.example; dmarc=pass header.from=customer.example',
    cv: 'none' as const,
    i: 1,
  };
  const sealName = 'arc._domainkey.relay.example';
  const sealRecord = `v=DKIM1; k=rsa; p=${sealKey.p}`;
  async function sealed(): Promise<string> {
    const octets = Buffer.from(message);
    return Buffer.concat([await sealMessage(octets, seal), octets]).toString();
  }

  test('that holds passes, and says who sealed it', async () => {
    const { arc } = await verify(await sealed(), dnsOf({ [sealName]: sealRecord }));
    expect(arc).toEqual({
      result: 'pass',
      instance: 1,
      sealer: 'relay.example',
      detail: 'sealed by relay.example',
    });
  });

  test.each([
    ['a changed body', (mail: string) => mail.replace('a look', 'a lock'), sealRecord, 'fail'],
    [
      'changed results',
      (mail: string) => mail.replace('dmarc=pass', 'dmarc=fail'),
      sealRecord,
      'fail',
    ],
    ['a missing part', (mail: string) => mail.replace('ARC-Seal:', 'X-Seal:'), sealRecord, 'fail'],
    ['no key', (mail: string) => mail, undefined, 'fail'],
    ['DNS that fails', (mail: string) => mail, 'temporary', 'temperror'],
    ['a key nobody was asked for', (mail: string) => mail, { kind: 'unasked' }, 'neutral'],
  ] as const)('with %s does not', async (_, change, found, result) => {
    const zone = found === undefined ? {} : { [sealName]: found };
    const { arc } = await verify(change(await sealed()), dnsOf(zone));
    expect(arc).toMatchObject({ result });
  });
});

describe('SPF', () => {
  const host = 'mx.partner.example';
  const zone = { [`TXT ${domain}`]: 'v=spf1 ip4:192.0.2.1 -all' };
  const from = (clause: string) =>
    `Return-Path: <nora@${domain}>\r\nReceived: ${clause}; Thu, 26 Nov 2026 10:00:01 +0000\r\n${message}`;
  const spfOf = async (mail: string, dns: Resolver = dnsOf(zone), receivers = [host]) =>
    (await verify(mail, dns, { receivers })).spf;

  test.each([
    [
      'as Postfix writes it',
      `from mail.${domain} (mail.${domain} [192.0.2.1]) by ${host} (Postfix) with ESMTPS id 1`,
    ],
    [
      'with remarks on TLS',
      `from mail.${domain} (unknown [192.0.2.1])\r\n\t(using TLSv1.3 with cipher X (256/256 bits))\r\n\t(No client certificate requested)\r\n\tby ${host} with ESMTPS id 1`,
    ],
    ['without a name', `from mail.${domain} ([192.0.2.1]) by ${host} with ESMTP`],
  ])('is checked from what the receiving host wrote, %s', async (_, clause) => {
    expect(await spfOf(from(clause))).toEqual({ result: 'pass', domain });
  });

  test.each([
    ['192.0.2.9', 'fail'],
    ['IPv6:2001:db8::1', 'fail'],
  ])('fails from %s', async (address, result) => {
    const clause = `from x (x [${address}]) by ${host} with ESMTP`;
    expect(await spfOf(from(clause))).toEqual({ result, domain });
  });

  test('of a silent or broken DNS is temperror, of a broken record permerror, of none none', async () => {
    const mail = from(`from x (x [192.0.2.1]) by ${host} with ESMTP`);
    const record = `TXT ${domain}`;
    const results = [];
    for (const found of ['temporary', 'v=spf1 nonsense', 'something else'] as const) {
      results.push((await spfOf(mail, dnsOf({ [record]: found })))?.result);
    }
    expect(results).toEqual(['temperror', 'permerror', 'none']);
  });

  const forged = [
    [
      'another host than the trusted one',
      from(`from x (x [192.0.2.1]) by mx.evil.example with ESMTP`),
    ],
    [
      'a name that only begins like it',
      from(`from x (x [192.0.2.1]) by ${host}.evil.example with ESMTP`),
    ],
    [
      'its name in a comment',
      from(`from x (x [192.0.2.1]) (by ${host}) by mx.evil.example with ESMTP`),
    ],
    [
      'its name in what the client calls itself',
      from(`from x (x [192.0.2.1]) by mx.evil.example (by ${host}`),
    ],
    [
      'an address that the client calls itself',
      from(`from [192.0.2.1] (203.0.113.9) by ${host} with ESMTP`),
    ],
    [
      'a name of the client that is a whole clause',
      from(`from x (x [192.0.2.1]) by ${host} (y [203.0.113.9]) by ${host} with ESMTP`),
    ],
    [
      'an address as the client’s name before its own',
      from(`from [192.0.2.1] (x [203.0.113.9]) by ${host} with ESMTP`),
    ],
    [
      'a field below the topmost',
      from(`by inner.partner.example with LMTP`).replace(
        'From: Nora',
        `Received: from x (x [192.0.2.1]) by ${host} with ESMTP; Thu, 26 Nov 2026 10:00:01 +0000\r\nFrom: Nora`,
      ),
    ],
    ['an address that is none', from(`from x (x [192.0.2.999]) by ${host} with ESMTP`)],
    [
      'a reverse-path below the receiving host’s field',
      from(`from x (x [192.0.2.1]) by ${host} with ESMTP`).replace(
        /^(Return-Path: .*\r\n)(Received: .*\r\n)/,
        '$2$1',
      ),
    ],
    [
      'the null reverse-path',
      from(`from x (x [192.0.2.1]) by ${host} with ESMTP`).replace(/<nora@[^>]*>/, '<>'),
    ],
  ] as const;
  test.each(forged)('is not looked at with %s', async (_, mail) => {
    const dns = dnsOf(zone);
    expect(await spfOf(mail, dns)).toBeUndefined();
    expect(dns.asked).toEqual([]);
  });

  test('does not ask more than the bound of all look-ups', async () => {
    const includes = Array.from({ length: 10 }, (_, at) => `include:i${at}.example`).join(' ');
    const mx = Array.from({ length: 10 }, (_, at) => `mx${at}.example`);
    const dns = dnsOf({
      [`TXT ${domain}`]: `v=spf1 ${includes} -all`,
      ...Object.fromEntries(
        Array.from({ length: 10 }, (_, at) => [`TXT i${at}.example`, 'v=spf1 mx ?all']),
      ),
      ...Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`MX i${at}.example`, mx])),
    });
    const mail = from(`from x (x [192.0.2.1]) by ${host} with ESMTP`);
    expect(await spfOf(mail, dns)).toEqual({ result: 'permerror', domain });
    expect(dns.asked.length).toBeLessThanOrEqual(limits.mailLookupsMax);
  });
});

describe('what the settings say', () => {
  const clock = { now: () => now };
  const settings = (verification: {
    readonly dns: boolean;
    readonly keys: Readonly<Record<string, string>>;
  }) => ({
    verification: { ...verification, timeoutSeconds: 5 },
    trustedAuthservIds: [],
  });

  test('without DNS and keys there is no verifier, nor where the network is out of bounds', () => {
    expect(
      verifierFor(settings({ dns: false, keys: {} }), { clock, network: 'dns' }),
    ).toBeUndefined();
    expect(
      verifierFor(settings({ dns: true, keys: {} }), { clock, network: 'none' }),
    ).toBeUndefined();
  });

  test('with DNS a server is asked, for what the keys do not say', async () => {
    const strings = record.match(/.{1,255}/g) ?? [];
    const server = await startTxtServer({ [name]: [strings] });
    const keys = { [`known._domainkey.${domain}`]: record };
    const { verification, ...rest } = settings({ dns: true, keys });
    const verifier = verifierFor(
      { ...rest, verification: { ...verification, servers: [server.address] } },
      { clock, network: 'dns' },
    );
    const known = signDkim(signDkim(message, signing), { ...signing, selector: 'known' });
    const raw = Buffer.from(known);
    const found = await verifier?.(raw, await parseMail(raw));
    expect(found?.dkim.map(({ result }) => result)).toEqual(['pass', 'pass']);
    expect(server.questions).toEqual([name]);
    await server.close();
  });

  test('keys alone ask nobody', async () => {
    const verifier = verifierFor(
      { ...settings({ dns: true, keys: { [name]: record } }) },
      { clock, network: 'none' },
    );
    const raw = Buffer.from(
      signDkim(signDkim(message, signing), { ...signing, selector: 'other' }),
    );
    const found = await verifier?.(raw, await parseMail(raw));
    expect(found?.dkim.map(({ result }) => result)).toEqual(['neutral', 'pass']);
  });
});

test('never rejects and never passes, whichever octet of a signed mail is changed', async () => {
  const mail = Buffer.from(signDkim(message, signing));
  const verifier = openMailVerifier({
    resolver: ours,
    clock: { now: () => now },
    receivers: ['mx.partner.example'],
    timeoutMs: 5_000,
  });
  await fc.assert(
    fc.asyncProperty(fc.nat(mail.length - 1), fc.nat(255), async (at, octet) => {
      const changed = Buffer.from(mail);
      changed[at] = octet;
      const { dkim } = await verifier(changed, await parseMail(changed));
      const isSame = (text: Buffer) => text.toString('latin1').toLowerCase().replace(/\s+/g, ' ');
      // Relaxed canonicalization lets spaces and the case of names change; Content-Type is not signed.
      const isSigned = at < mail.indexOf('Content-Type:') || at >= mail.indexOf('\r\n\r\n') + 2;
      if (isSigned && isSame(changed) !== isSame(mail) && at > mail.indexOf('\r\nFrom:')) {
        expect(dkim.some(({ result }) => result === 'pass')).toBe(false);
      }
    }),
    { numRuns: 300 },
  );
});
