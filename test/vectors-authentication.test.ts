/**
 * Published vectors of others through our authentication: the ARC test suite, mailauth's chains, the SPF suite of
 * RFC 7208 and Delta Chat's Authentication-Results where they lie beside the project (../shared/corpora), and the
 * signed mail of RFC 8463. Where we differ on purpose, the vector is named with the reason.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { authenticate } from '../src/core/authenticate.ts';
import { readAuthenticationResults } from '../src/core/authentication-results.ts';
import { parseMail } from '../src/core/parse.ts';
import type { AuthResult } from '../src/core/verification.ts';
import { openMailLookups } from '../src/edges/mail-lookups.ts';
import { type MailVerifier, openMailVerifier } from '../src/edges/mail-verifier.ts';
import { keysResolver } from '../src/edges/resolver.ts';
import { checkSender } from '../src/edges/verified-sender.ts';
import type { DnsAnswer, RecordType } from '../src/ports.ts';

const folder = new URL('../../shared/corpora/', import.meta.url);
const isPresent = existsSync(new URL('expected.jsonl', folder));
if (!isPresent)
  console.warn(
    'SKIPPED: published vectors of authentication, because ../shared/corpora is not here.',
  );

interface Row {
  readonly kind: string;
  readonly path: string;
  readonly receiver?: string;
  readonly expect: string | { readonly cv?: string; readonly forged?: boolean };
}

function rowsOf(kind: string): readonly Row[] {
  return readFileSync(new URL('expected.jsonl', folder), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): Row => JSON.parse(line))
    .filter((row) => row.kind === kind);
}

/** Knows these records, and that there are no others. */
function verifierWith(keys: Readonly<Record<string, string>>): MailVerifier {
  return openMailVerifier({
    resolver: keysResolver(keys, { resolve: async () => ({ kind: 'absent' }) }),
    clock: { now: () => new Date('2026-11-26T12:00:00Z') },
    receivers: [],
    timeoutMs: 5_000,
  });
}

const dummy =
  'v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB';

/** The records of the suite (github.com/ValiMail/arc_test_suite), and the one that Google sealed mailauth's with. */
const arcKeys = {
  'dummy._domainkey.example.org': dummy,
  'dummy2._domainkey.example.org': dummy,
  'dummy2._domainkey.example2.org':
    'v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDR3lRpGZS+xO96Znv/BPNQxim7ZD0v6yFmZa9Rni5FHCeWuQwcp+PH/XXOyF6JsmB+kS0ybxJnx594ulqH2KvLMNsGAD+yRl2bJSXbBHea7K9C5WX8Vjx3oPoGgw7QCONptnjUsbIIoxUZBEUe17eG44H/PbDqGwCBiyI20KEC/wIDAQAB',
  'invalid._domainkey.example.org': 'v=DKIM1; k=rsa; omgwhatsgoingon',
  '512._domainkey.example.org':
    'v=DKIM1; k=rsa; p= MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAIWmlgix/84GJ+dfgjm7LTc9EPdfkftlgiPpCq4/kbDAZmU0VvYKDljjleJ1dfvS+CGy9U/kk1tG3EeEvb82xAcCAwEAAQ==',
  '1024._domainkey.example.org':
    'v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCyBwu6PiaDN87t3DVZ84zIrEhCoxtFuv7g52oCwAUXTDnXZ+0XHM/rhkm8XSGr1yLsDc1zLGX8IfITY1dL2CzptdgyiX7vgYjzZqG368C8BtGB5m6nj26NyhSKEdlV7MS9KbASd359ggCeGTT5QjRKEMSauVyVSeapq6ZcpZ9JwQIDAQAB',
  '2048._domainkey.example.org':
    'v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAv+7VkwpTtICeJFM4HfUZsvv2OaA+QMrW9Af1PpTOzVP0uvUFK20lcaxMvt81ia/sGYW4gHp/WUIk0BIQMPVhUeCIuM1mcOQNFSOflR8pLo916rjEZXpRP/XGo4HwWzdqD2qQeb3+fv1IrzfHiDb9THbamoz05EX7JX+wVSAhdSW/igwhA/+beuzWR0RDDyGMT1b1Sb/lrGfwSXm7QoZQtj5PRiTX+fsL7WlzL+fBThySwS8ZBZcHcd8iWOSGKZ0gYKzxyuOf8VCX71C4xDhahN+HXWZFn9TZb+uZX9m+WXM3t+P8CdfxsaOdnVg6imgNDlUWX4ClLTZhco0KmiBU+QIDAQAB',
  'arc-20160816._domainkey.google.com':
    'k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA1Lztpxs7yUxQEsbDFhjMc9kZVZu5P/COYEUIX4B39IL4SXAbv4viIlT9E6F6iZmTh1go7+9WQLywwgwjXMJx/Dz0RgMoPeyp5NRy4l320DPYibNqVMWa5iQ2WiImQC0en1O9uhLLvzaSZJ03fvGmCo9jMo0GwKzLNe14xMgn/px2L5N/3IKlKX4bqUAJTUt8L993ZlWzvgMnSFSt8B+euSKSrtAiopdy4r1yO4eN5goBASrGW0eLQc1lYouNvCrcTQpos4/GEAqiGzpqueJLmBfOO4clNvVvpPkvQs2BHw9I9LmIjaMxTNGxkGBRaP3utDiKXXqu1K+LRzl0HCNSdQIDAQAB',
};

/** Vectors that we judge otherwise: all are called good by the suite, and fail with us. */
const arcExceptions: Readonly<Record<string, string>> = {
  '076-ams_fields_c_na':
    'without c= the draft meant relaxed/relaxed; RFC 8617 §4.1.2 takes it from RFC 6376 §3.5, which says simple/simple',
  '086-ams_fields_h_empty':
    'h= is empty, so From is not signed: RFC 6376 §5.4 forbids it, and the seal says nothing about the author',
};

describe.skipIf(!isPresent)('ARC chains of others', () => {
  test('come out as their suites say, but for those that are named', async () => {
    // The cases for signers have no result to compare: what they expect is a field to be written.
    const rows = rowsOf('arc').filter(({ path }) => !path.includes('/cases/sign/'));
    const verify = verifierWith(arcKeys);
    const differing: string[] = [];
    const counts: Record<string, number> = {};
    const began = performance.now();
    for (const { path, expect: wanted } of rows) {
      const raw = readFileSync(new URL(path, folder));
      const { arc } = await verify(raw, await parseMail(raw));
      const said = (typeof wanted === 'string' ? wanted : (wanted.cv ?? '')).toLowerCase();
      // The suite leaves the word away where the newest seal itself says fail.
      const result = said === '' ? 'fail' : said;
      counts[result] = (counts[result] ?? 0) + 1;
      const name = path.split('/').at(-1)?.replace('.eml', '') ?? path;
      if (arc.result !== result && !(name in arcExceptions && arc.result === 'fail')) {
        differing.push(`${name}: expected ${result}, found ${arc.result} (${arc.detail})`);
      }
    }
    const each = ((performance.now() - began) / rows.length).toFixed(1);
    console.info(
      `ARC: ${rows.length} chains (${JSON.stringify(counts)}), ${Object.keys(arcExceptions).length} exceptions, ${each} ms each`,
    );
    expect(differing).toEqual([]);
    expect(rows.length).toBe(166);
  });
});

type ZoneRecord = 'TIMEOUT' | Readonly<Record<string, string | readonly unknown[]>>;

interface SpfSuite {
  readonly description: string;
  readonly tests: Readonly<
    Record<
      string,
      {
        readonly helo: string;
        readonly host: string;
        readonly mailfrom: string;
        readonly result: string | readonly string[];
      }
    >
  >;
  readonly zonedata: Readonly<Record<string, readonly ZoneRecord[]>>;
}

/** The zone of a suite as DNS would answer. SPF records stand for TXT ones where a name has no TXT. */
function answerOf(zone: SpfSuite['zonedata'], name: string, type: RecordType): DnsAnswer {
  const wanted = name.toLowerCase().replace(/\.$/, '');
  const key = Object.keys(zone).find((one) => one.toLowerCase() === wanted);
  const records = key === undefined ? [] : (zone[key] ?? []);
  const rows = records.filter((record) => record !== 'TIMEOUT');
  const alias = rows.find((record) => record.CNAME !== undefined)?.CNAME;
  if (typeof alias === 'string' && type !== 'CNAME') return answerOf(zone, alias, type);
  const isTold = rows.some((record) => record.TXT !== undefined);
  const column = type === 'TXT' && !isTold ? 'SPF' : type;
  const values = rows
    .map((record) => record[column])
    .filter((value) => value !== undefined && value !== 'NONE');
  if (values.length === 0 && records.includes('TIMEOUT')) {
    return { kind: 'temporary', why: 'ETIMEOUT' };
  }
  if (values.length === 0) return { kind: 'absent' };
  if (type === 'MX') {
    const hosts = values.map((value) => (Array.isArray(value) ? value : [0, value]));
    return {
      kind: 'found',
      records: hosts.sort(([a], [b]) => Number(a) - Number(b)).map(([, host]) => String(host)),
    };
  }
  return {
    kind: 'found',
    records: values.map((value) => (Array.isArray(value) ? value.join('') : String(value))),
  };
}

describe.skipIf(!isPresent)('the SPF suite of RFC 7208', () => {
  test('comes out as it says, without an exception', async () => {
    const text = readFileSync(new URL('pyspf/test/rfc7208-tests.yml', folder), 'utf8');
    const suites = parseAllDocuments(text).map((document): SpfSuite => document.toJS());
    const differing: string[] = [];
    let count = 0;
    for (const { description, tests, zonedata } of suites) {
      for (const [name, { helo, host, mailfrom, result }] of Object.entries(tests)) {
        count += 1;
        const resolver = {
          resolve: async (asked: string, type: RecordType) => answerOf(zonedata, asked, type),
        };
        const lookups = openMailLookups(resolver, 5_000);
        // RFC 7208 §2.4: for the null reverse-path the HELO name stands in.
        const sender = mailfrom === '' ? `postmaster@${helo}` : mailfrom;
        const found: AuthResult = await checkSender(
          { sender, address: host, helo, receiver: 'receiver.example' },
          { lookups, timeoutMs: 5_000 },
        );
        lookups.close();
        if (![result].flat().includes(found)) {
          differing.push(`${description}/${name}: expected ${String(result)}, found ${found}`);
        }
      }
    }
    console.info(`SPF: ${count} cases, no exceptions`);
    expect(differing).toEqual([]);
    expect(count).toBe(203);
  });
});

/** Where each provider's own results come from; `exchange-online` writes none. */
const receivingDomains: Readonly<Record<string, string>> = {
  'aol.com': 'yahoo.com',
  'buzon.uy': 'buzon.uy',
  'disroot.org': 'disroot.org',
  'e.email': 'ecloud.global',
  'fastmail.com': 'messagingengine.com',
  'gmail.com': 'google.com',
  'gmx.de': 'gmx.net',
  'hotmail.com': 'exchange-online',
  'icloud.com': 'icloud.com',
  'ik.me': 'infomaniak.com',
  'mail.de': 'mail.de',
  'mail.ru': 'mail.ru',
  'nauta.cu': 'etecsa.net',
  'outlook.com': 'exchange-online',
  'posteo.de': 'posteo.de',
  'riseup.net': 'riseup.net',
  'testrun.org': 'testrun.org',
  'yahoo.com': 'yahoo.com',
  'yandex.ru': 'yandex.net',
  'zohomail.eu': 'zohomail.eu',
};

describe.skipIf(!isPresent)('Authentication-Results that Delta Chat collected', () => {
  test('pass for no forged author, and for most that are genuine', async () => {
    const rows = rowsOf('authres');
    const passed: string[] = [];
    let forged = 0;
    let genuine = 0;
    let told = 0;
    for (const { path, receiver = '', expect: wanted } of rows) {
      const isForged = typeof wanted !== 'string' && wanted.forged === true;
      const raw = readFileSync(new URL(path, folder));
      const mail = await parseMail(raw);
      const own = receivingDomains[receiver.split('@').at(-1) ?? ''] ?? 'nobody.example';
      // What an admin there would name: the hosts of the provider that write results.
      const hosts = mail.fields
        .filter((field) => field.name === 'authentication-results')
        .map(({ value }) => readAuthenticationResults(value).authservId)
        .filter((id) => id !== undefined && (id === own || id.endsWith(`.${own}`)));
      const trusted = hosts.filter((id) => id !== undefined);
      const trustedAuthservIds = own === 'exchange-online' ? [own] : trusted;
      const policy = { trustedAuthservIds, trustedArcSealers: [] };
      const { result } = authenticate(mail, policy);
      if (trusted.length > 0 && !isForged) told += 1;
      if (isForged) forged += 1;
      else genuine += 1;
      if (result === 'pass') passed.push(isForged ? `FORGED ${path}` : path);
    }
    console.info(
      `Authentication-Results: ${forged} forged, none passes; ${passed.length} of ${genuine} genuine ones pass, ${told} of them have results of their receiver`,
    );
    expect(passed.filter((path) => path.startsWith('FORGED'))).toEqual([]);
    expect([forged, genuine]).toEqual([15, 292]);
    expect(passed.length).toBeGreaterThan(100);
  });
});

test('the mail of RFC 8463, signed with Ed25519 and with RSA, passes twice', async () => {
  // RFC 8463 §A.3.
  const raw = Buffer.from(
    [
      'DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;',
      ' d=football.example.com; i=@football.example.com;',
      ' q=dns/txt; s=brisbane; t=1528637909; h=from : to :',
      ' subject : date : message-id : from : subject : date;',
      ' bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;',
      ' b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus',
      ' Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==',
      'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;',
      ' d=football.example.com; i=@football.example.com;',
      ' q=dns/txt; s=test; t=1528637909; h=from : to : subject :',
      ' date : message-id : from : subject : date;',
      ' bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;',
      ' b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3',
      ' DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz',
      ' dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=',
      'From: Joe SixPack <joe@football.example.com>',
      'To: Suzie Q <suzie@shopping.example.net>',
      'Subject: Is dinner ready?',
      'Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)',
      'Message-ID: <20030712040037.46341.5F8J@football.example.com>',
      '',
      'Hi.',
      '',
      'We lost the game.  Are you hungry yet?',
      '',
      'Joe.',
      '',
    ].join('\r\n'),
  );
  const verify = verifierWith({
    'brisbane._domainkey.football.example.com':
      'v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
    'test._domainkey.football.example.com': dummy,
  });
  const { dkim } = await verify(raw, await parseMail(raw));
  expect(dkim.map(({ result, domain }) => [result, domain])).toEqual([
    ['pass', 'football.example.com'],
    ['pass', 'football.example.com'],
  ]);
});
