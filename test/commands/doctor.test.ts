/**
 * `doctor` against servers that are not there: each failure is told with its mend, and hides no other.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { doctorCommand } from '../../src/commands/doctor.ts';
import { makeDkimKey } from '../support/dkim.ts';
import { startTxtServer, type TxtZone } from '../support/txt-server.ts';

let folder: string;
let silent: Server;
const sockets: Socket[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  // Takes connections and never says a word.
  silent = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  silent.close();
  rmSync(folder, { recursive: true });
});

function silentPort(): number {
  const address = silent.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function run(
  settings: string,
  env: Record<string, string> = {},
  checkMs = 20_000,
  dnsServers?: readonly string[],
) {
  writeFileSync(join(folder, 'responder.yaml'), settings);
  const out: string[] = [];
  const code = await doctorCommand(
    { config: 'responder.yaml', checkMs, ...(dnsServers === undefined ? {} : { dnsServers }) },
    {
      stdin: Readable.from([]),
      stdout: { write: (text) => out.push(text) },
      stderr: { write: () => undefined },
      env,
      cwd: folder,
    },
  );
  return { code, out: out.join('') };
}

const partner = 'partner: { name: Woodgrove Cloud, signature: Desk }\n';

function withMailbox(imapPort: number, smtpPort: number): string {
  return `${partner}trustedAuthservIds: [mx.partner.example]
mailboxes:
  - name: support
    imap: { host: 127.0.0.1, port: ${imapPort}, auth: { user: support, password: { env: IMAP_PASSWORD } } }
    smtp: { host: 127.0.0.1, port: ${smtpPort}, secure: false }
    from: Support <support@partner.example>
`;
}

describe('doctor', () => {
  test('names what cannot be reached, and checks the rest all the same', async () => {
    const { code, out } = await run(withMailbox(1, 1), { IMAP_PASSWORD: 'hunter2' });
    expect(code).toBe(1);
    expect(out).toMatch(/^ok {4}settings .*1 mailbox$/m);
    expect(out).toMatch(/^ok {4}notices /m);
    expect(out).toMatch(/^(ok {2}|warn) {2}contacts /m);
    expect(out).toMatch(/^ok {4}templates /m);
    expect(out).toMatch(/^ok {4}clock /m);
    expect(out).toMatch(/^warn {2}store .*0 customers\n {6}-> Import the customers/m);
    expect(out).toMatch(/^ok {4}queue +in the process, rebuilt from the store$/m);
    expect(out).toMatch(/^fail {2}imap support .*127\.0\.0\.1:1 .*\n {6}-> Check host, port/m);
    expect(out).toMatch(/^fail {2}smtp support .*127\.0\.0\.1:1 .*\n {6}-> Check host, port/m);
    expect(out).not.toContain('hunter2');
  });

  test('waits no longer than allowed for a server that is silent', async () => {
    const started = Date.now();
    // With DATABASE_URL nothing embedded has to start within that time.
    const { code, out } = await run(
      withMailbox(1, silentPort()),
      { IMAP_PASSWORD: 'hunter2', DATABASE_URL: 'postgres://responder:hunter2@127.0.0.1:1/x' },
      1_000,
    );
    expect(code).toBe(1);
    expect(out).toMatch(/^fail {2}smtp support +no answer within 1 seconds$/m);
    expect(out).toMatch(/^fail {2}store +PostgreSQL at 127\.0\.0\.1:1 /m);
    expect(out).toMatch(/^fail {2}queue +it lies in the store, which cannot be opened$/m);
    expect(out).not.toContain('hunter2');
    expect(Date.now() - started).toBeLessThan(25_000);
  });

  test('goes on without the mailboxes when only a secret is missing, and ends with 2', async () => {
    const { code, out } = await run(withMailbox(1, 1));
    expect(code).toBe(2);
    expect(out).toMatch(/^fail {2}settings .*\n {6}-> .*IMAP_PASSWORD is not set/m);
    expect(out).toMatch(/^warn {2}store /m);
    expect(out).not.toContain('imap support');
  });

  test('says every fault of the settings and ends with 2', async () => {
    const { code, out } = await run('partner: {}\nmode: atuo\n');
    expect(code).toBe(2);
    expect(out).toMatch(/-> partner\.name: missing/);
    expect(out).toMatch(/-> mode: .*did you mean auto\?/);
  });

  describe('DNS', () => {
    const on = 'verification: { dns: true, timeoutSeconds: 1 }\n';
    const doctor = async (zone: TxtZone, more = on) => {
      const dns = await startTxtServer(zone);
      // With DATABASE_URL nothing embedded has to start.
      const env = { IMAP_PASSWORD: 'x', DATABASE_URL: 'postgres://responder:x@127.0.0.1:1/x' };
      const { out } = await run(`${withMailbox(1, 1)}${more}`, env, 20_000, [dns.address]);
      await dns.close();
      return out;
    };

    test('is ok where it answers, whether or not there is such a record', async () => {
      expect(await doctor({ 'partner.example': { MX: [[10, 'mx.partner.example']] } })).toMatch(
        /^ok {4}dns +answers for partner\.example: mail goes to mx\.partner\.example$/m,
      );
      expect(await doctor({})).toMatch(/^ok {4}dns +answers, and knows no MX record/m);
    });

    test.each(['servfail', 'silent'] as const)(
      'fails with its mend where it is %s',
      async (how) => {
        expect(await doctor({ 'partner.example': how })).toMatch(
          /^fail {2}dns +gives no answer for partner\.example \(E\w+\)\n {6}-> Let this machine/m,
        );
      },
    );

    test('is not looked at where signatures are not verified', async () => {
      expect(await doctor({}, '')).not.toMatch(/^\w+ +dns /m);
    });
  });

  describe('the records of the sending domain', () => {
    const doctor = async (zone: TxtZone) => {
      const dns = await startTxtServer(zone);
      const env = { IMAP_PASSWORD: 'x', DATABASE_URL: 'postgres://responder:x@127.0.0.1:1/x' };
      const more = 'verification: { timeoutSeconds: 1 }\n';
      const { out } = await run(`${withMailbox(1, 1)}${more}`, env, 20_000, [dns.address]);
      await dns.close();
      return out;
    };

    test('are ok where all three are there', async () => {
      const out = await doctor({
        'partner.example': [['v=spf1 include:spf.example -all']],
        'selector1._domainkey.partner.example': [['v=DKIM1; k=rsa; p=MIIB']],
        '_dmarc.partner.example': [['v=DMARC1; p=reject']],
      });
      expect(out).toMatch(/^ok {4}spf support +partner\.example: v=spf1/m);
      expect(out).toMatch(/^ok {4}dkim support +partner\.example has keys: selector1$/m);
      expect(out).toMatch(/^ok {4}dmarc support +_dmarc\.partner\.example: v=DMARC1; p=reject$/m);
    });

    test('are warned of with their mends where they are missing', async () => {
      const out = await doctor({});
      expect(out).toMatch(/^warn {2}spf support .*no SPF record\n {6}-> Publish one TXT record/m);
      expect(out).toMatch(/^warn {2}dkim support .*no key under the usual selectors\n {6}-> Send/m);
      expect(out).toMatch(/^warn {2}dmarc support .*no DMARC record\n {6}-> Publish/m);
    });

    test('fail where receivers count them as errors', async () => {
      const out = await doctor({ 'partner.example': [['v=spf1 -all'], ['v=spf1 ~all']] });
      expect(out).toMatch(/^fail {2}spf support .*2 SPF records/m);
    });

    test('are a warning where DNS cannot say', async () => {
      const out = await doctor({
        'partner.example': 'servfail',
        '_dmarc.partner.example': 'servfail',
      });
      expect(out).toMatch(/^warn {2}spf support +DNS gives no answer for partner\.example/m);
      expect(out).toMatch(/^warn {2}dmarc support +DNS gives no answer/m);
    });
  });

  describe('the key of our signature', () => {
    const key = makeDkimKey();
    const name = 'desk._domainkey.partner.example';
    const settings = withMailbox(1, 1).replace(
      'secure: false',
      'secure: false, dkim: { domain: partner.example, selector: desk, privateKey: { env: DKIM_KEY } }',
    );
    const record = `v=DKIM1; k=rsa; p=${key.p}`;
    const strings = record.match(/.{1,255}/g) ?? [];
    const doctor = async (zone: TxtZone) => {
      const dns = await startTxtServer(zone);
      // With DATABASE_URL nothing embedded has to start.
      const env = {
        IMAP_PASSWORD: 'hunter2',
        DKIM_KEY: key.pem,
        DATABASE_URL: 'postgres://responder:hunter2@127.0.0.1:1/x',
      };
      const { out } = await run(settings, env, 20_000, [dns.address]);
      await dns.close();
      expect(out).not.toContain('PRIVATE KEY');
      return out;
    };

    test('is ok where the record has it', async () => {
      expect(await doctor({ [name]: [strings] })).toMatch(
        /^ok {4}dkim support {2}desk\._domainkey\.partner\.example has the key that signs$/m,
      );
    });

    test('fails without a record or with another key, and names the record to publish', async () => {
      for (const zone of [{}, { [name]: [[`v=DKIM1; p=${makeDkimKey(1_024).p}`]] }]) {
        const out = await doctor(zone);
        expect(out).toMatch(/^fail {2}dkim support {2}desk\._domainkey\.partner\.example h/m);
        expect(out).toContain(`-> Publish this TXT record at ${name}: ${record}\n`);
        const zoneLine = strings.map((one) => `"${one}"`).join(' ');
        expect(out).toContain(`${name}. IN TXT ( ${zoneLine} )\n`);
      }
    });

    test('is a warning where DNS cannot say', async () => {
      const out = await doctor({ [name]: 'servfail' });
      expect(out).toMatch(/^warn {2}dkim support .*cannot be looked up now \(ESERVFAIL\)$/m);
    });
  });
});
