/**
 * Signing replies: which keys are taken, what is signed, and what is published for it.
 */
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { dkimRecordText, dkimZoneLine, faultOfDkimKey, pemOf } from '../../src/edges/dkim-key.ts';
import { checkDkimRecord, openTxtLookup } from '../../src/edges/dkim-record.ts';
import { makeDkimKey } from '../support/dkim.ts';
import { startTxtServer, type TxtZone } from '../support/txt-server.ts';

const key = makeDkimKey();
const dkim = { domain: 'partner.example', selector: 'desk', privateKey: key.pem };
const name = 'desk._domainkey.partner.example';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

describe('a key', () => {
  test('of RSA is taken, in both PEM forms and with its line breaks written out', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1_024 });
    const pkcs1 = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    expect(faultOfDkimKey(key.pem)).toBeUndefined();
    expect(faultOfDkimKey(pkcs1)).toBeUndefined();
    expect(faultOfDkimKey(key.pem.replaceAll('\n', '\\n'))).toBeUndefined();
    expect(pemOf(key.pem.replaceAll('\n', '\\n'))).toBe(key.pem);
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 1_024 });
  const short = generateKeyPairSync('rsa', { modulusLength: 1_016 });
  const ed25519 = generateKeyPairSync('ed25519').privateKey;
  const pkcs8 = { type: 'pkcs8', format: 'pem' } as const;
  test.each([
    ['no key at all', 'hunter2-hunter2', /is no private key.*openssl genpkey/],
    [
      'a public key',
      rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      /is no private key/,
    ],
    ['a cut key', key.pem.slice(0, 400), /is no private key/],
    ['a short key', short.privateKey.export(pkcs8).toString(), /1016 bits, expected 1024 to 4096/],
    ['Ed25519', ed25519.export(pkcs8).toString(), /of the kind ed25519.*rsa-sha256/],
    [
      'a key with a passphrase',
      rsa.privateKey.export({ ...pkcs8, cipher: 'aes-256-cbc', passphrase: 'hunter2' }).toString(),
      /locked with a passphrase.*openssl pkey/,
    ],
  ])('is refused with its mend, and not shown: %s', (_, secret, says) => {
    const fault = faultOfDkimKey(secret) ?? '';
    expect(fault).toMatch(says);
    expect(fault).not.toContain('hunter2');
    for (const line of secret.split('\n').filter((one) => one.length > 20)) {
      expect(fault).not.toContain(line);
    }
  });
});

test('the record to publish fits into strings of 255 octets and reads the same joined', () => {
  const line = dkimZoneLine({ ...dkim, privateKey: makeDkimKey(4_096).pem });
  const strings = [...line.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? '');
  expect(line.startsWith(`${name}. IN TXT ( "v=DKIM1; k=rsa; p=MII`)).toBe(true);
  expect(strings.length).toBe(3);
  expect(Math.max(...strings.map((one) => one.length))).toBe(255);
  expect(dkimRecordText(dkim)).toBe(`v=DKIM1; k=rsa; p=${key.p}`);
});

describe('the published record', () => {
  const split = (text: string): string[] => text.match(/.{1,255}/g) ?? [];
  const other = makeDkimKey(1_024).p;
  const rows: readonly (readonly [string, TxtZone, string, RegExp])[] = [
    ['is ours', { [name]: [split(dkimRecordText(dkim))] }, 'ok', /the key that signs/],
    ['has the key alone', { [name]: [split(`p=${key.p}`)] }, 'ok', /the key that signs/],
    [
      'has further tags, spaces and a final semicolon',
      { [name]: [split(`v=DKIM1 ; h=sha1:sha256; s=email; t=s; n=desk; p= ${key.p} ;`)] },
      'ok',
      /the key that signs/,
    ],
    ['is missing', {}, 'wrong', /has no TXT record/],
    ['is another type’s', { [name]: [] }, 'wrong', /has no TXT record/],
    ['has another key', { [name]: [split(`v=DKIM1; p=${other}`)] }, 'wrong', /another key/],
    ['is cut', { [name]: [[`v=DKIM1; p=${key.p.slice(0, 100)}`]] }, 'wrong', /another key/],
    ['is no key', { [name]: [['v=DKIM1; p=AAAA']] }, 'wrong', /another key/],
    ['was withdrawn', { [name]: [['v=DKIM1; p=']] }, 'wrong', /withdrawn/],
    ['has no key', { [name]: [['v=DKIM1; k=rsa']] }, 'wrong', /holds no key/],
    ['is something else', { [name]: [['google-site-verification']] }, 'wrong', /no list of tags/],
    ['is of DMARC', { [name]: [['v=DMARC1; p=none']] }, 'wrong', /does not begin with v=DKIM1/],
    ['names its version late', { [name]: [split(`p=${key.p}; v=DKIM1`)] }, 'wrong', /begin with/],
    ['is for Ed25519', { [name]: [['v=DKIM1; k=ed25519; p=AAAA']] }, 'wrong', /kind "ed25519"/],
    ['is for sha1', { [name]: [split(`v=DKIM1; h=sha1; p=${key.p}`)] }, 'wrong', /sha256/],
    ['is not for mail', { [name]: [split(`v=DKIM1; s=tlsrpt; p=${key.p}`)] }, 'wrong', /mail/],
    ['is there twice', { [name]: [['p='], ['p=']] }, 'wrong', /2 TXT records/],
    ['is a test', { [name]: [split(`v=DKIM1; t=y:s; p=${key.p}`)] }, 'testing', /t=y/],
    ['is not answered for now', { [name]: 'servfail' }, 'unreachable', /SERVFAIL/],
  ];
  test.each(rows)('%s', async (_, zone, verdict, says) => {
    const server = await startTxtServer(zone);
    closers.push(() => server.close());
    const found = await checkDkimRecord(dkim, openTxtLookup({ servers: [server.address] }));
    expect(found.verdict).toBe(verdict);
    expect(found.detail).toMatch(says);
    expect(server.questions).toContain(name);
  });

  test('is not waited for without end where DNS is silent', async () => {
    const server = await startTxtServer({ [name]: 'silent' });
    closers.push(() => server.close());
    const lookup = openTxtLookup({ servers: [server.address], timeoutMs: 200 });
    expect(await checkDkimRecord(dkim, lookup)).toMatchObject({ verdict: 'unreachable' });
  });
});
