/**
 * `classify` from outside: the JSON contract on our own fixtures, every way to name a mail, and bad input.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { matchEvidences, scenarios } from '../../src/core/decision.ts';
import { mailSizeBytesMax } from '../../src/core/limits.ts';
import { reasons } from '../../src/core/reasons.ts';
import {
  fixturesFolder,
  makeCommandPlace,
  minimalSettings,
  runCliProcess,
  runCommandLine,
  samplesFolder,
} from '../support/command.ts';
import { makeDkimKey, signDkim } from '../support/dkim.ts';
import { projectRoot } from '../support/source-code.ts';
import { startTxtServer } from '../support/txt-server.ts';

const place = makeCommandPlace();
afterAll(() => place.remove());

const forwards = join(fixturesFolder, 'forwards');
const customers = join(fixturesFolder, 'customers.csv');
const settings = place.write('responder.yaml', minimalSettings);
const question = readFileSync(join(samplesFolder, '21_ordinary_question.eml'));

const person = z.strictObject({ name: z.string().nullable(), address: z.string().nullable() });

const actions = ['reply', 'review', 'suppress', 'ignore'] as const;

/** The contract: every field always there, nothing else, absent values null. */
const contract = z.strictObject({
  file: z.string(),
  messageId: z
    .string()
    .regex(/^<.+>$/s)
    .nullable(),
  action: z.enum(actions),
  reason: z.enum(Object.keys(reasons)),
  family: z.string().nullable(),
  confidence: z.number().min(0).max(1).nullable(),
  forwarded: z
    .strictObject({
      how: z.enum(['inline', 'attachment', 'redirect', 'direct']),
      depth: z.int().min(0),
      from: person.nullable(),
      to: z.array(person),
      subject: z.string().nullable(),
      date: z.iso.datetime().nullable(),
      comment: z.string().nullable(),
    })
    .nullable(),
  notice: z
    .strictObject({
      organization: z.string().nullable(),
      tenantDomain: z.string().nullable(),
      subscription: z.string().nullable(),
      licenses: z.int().nullable(),
      expiresOn: z.iso.date().nullable(),
      subscriptionId: z.guid().nullable(),
    })
    .nullable(),
  sender: z.strictObject({
    address: z.string().nullable(),
    authenticated: z.enum(['pass', 'fail', 'none']),
    by: z.enum(['dkim', 'spf', 'arc', 'authentication-results']).nullable(),
  }),
  customer: z
    .strictObject({
      id: z.string(),
      matchedBy: z.array(z.enum(matchEvidences)).min(1),
      score: z.number().min(0).max(1),
    })
    .nullable(),
  scenario: z.enum(scenarios).nullable(),
  locale: z.string().nullable(),
  reply: z.strictObject({ to: z.email(), subject: z.string(), text: z.string() }).nullable(),
  evidence: z
    .array(z.strictObject({ stage: z.string(), code: z.string(), detail: z.string() }))
    .min(1),
});

const keysInOrder = Object.keys(contract.shape);

function run(args: readonly string[], options: { stdin?: string | Uint8Array } = {}) {
  return runCommandLine(['classify', ...args], { cwd: place.folder, ...options });
}

function linesOf(stdout: string): readonly z.infer<typeof contract>[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => contract.parse(JSON.parse(line)));
}

async function classify(args: readonly string[], options: { stdin?: string | Uint8Array } = {}) {
  const { code, stdout, stderr } = await run(['--json', ...args], options);
  return { code, stderr, lines: linesOf(stdout) };
}

describe('the line of --json', () => {
  let lines: readonly z.infer<typeof contract>[] = [];
  beforeAll(async () => {
    const args = ['--config', settings, '--customers', customers, fixturesFolder, samplesFolder];
    const result = await run(['--json', ...args]);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    for (const line of result.stdout.split('\n').slice(0, -1)) {
      expect(Object.keys(JSON.parse(line))).toEqual(keysInOrder);
    }
    lines = linesOf(result.stdout);
  });

  test('has the contract’s shape for every fixture and sample', () => {
    const mails = [fixturesFolder, samplesFolder].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
        name.endsWith('.eml'),
      ),
    );
    expect(lines.length).toBe(mails.length);
    expect(lines.length).toBeGreaterThan(100);
  });

  test('shows every action and every way of forwarding', () => {
    expect(new Set(lines.map(({ action }) => action))).toEqual(new Set(actions));
    const ways = lines.flatMap(({ forwarded }) => (forwarded === null ? [] : [forwarded.how]));
    expect(new Set(ways)).toEqual(new Set(['inline', 'attachment', 'redirect', 'direct']));
  });

  test('has the action that goes with its reason', () => {
    for (const { file, reason, action } of lines) {
      expect(`${file} ${action}`).toBe(`${file} ${reasons[reason as keyof typeof reasons].action}`);
    }
  });

  test('has a reply and its locale for replies, and for nothing else', () => {
    for (const { file, action, reply, locale } of lines) {
      const expected = action === 'reply';
      expect([file, reply !== null, locale !== null]).toEqual([file, expected, expected]);
    }
  });

  test('names a reply’s customer, scenario and authenticated sender', () => {
    for (const { file, action, customer, scenario, sender, notice, forwarded } of lines) {
      if (action !== 'reply') continue;
      expect({ file, authenticated: sender.authenticated }).toEqual({
        file,
        authenticated: 'pass',
      });
      expect([file, scenario, notice, forwarded]).not.toContain(null);
      if (scenario !== 'ask-for-details' && scenario !== 'suspicious') {
        expect([file, customer]).not.toContain(null);
      }
    }
  });

  test('replies in the customer’s language', () => {
    const locales = lines.filter(({ action }) => action === 'reply').map(({ locale }) => locale);
    for (const locale of ['en', 'de', 'fr', 'es', 'pt-BR']) expect(locales).toContain(locale);
    const german = lines.find(({ file }) => basename(file) === 'apple_mail_16_de_alternative.eml');
    expect(german).toMatchObject({
      messageId: '<CD30BDB5-B67E-593D-A40C-8FAC32125561@northwind.example>',
      action: 'reply',
      reason: 'reply-instructions',
      family: 'lose-access',
      forwarded: {
        how: 'inline',
        depth: 1,
        from: { name: 'Microsoft', address: 'microsoft-noreply@microsoft.com' },
        to: [{ name: 'Jürgen Vogel', address: 'juergen.vogel@northwind.example' }],
        date: '2026-11-12T08:31:04.000Z',
        comment:
          'Hallo zusammen,\n\nmüssen wir hier etwas unternehmen?\n\nViele Grüße\nJürgen Vogel',
      },
      notice: {
        organization: 'Northwind Traders GmbH',
        tenantDomain: 'northwind.example',
        licenses: null,
        expiresOn: '2026-12-01',
      },
      sender: {
        address: 'juergen.vogel@northwind.example',
        authenticated: 'pass',
        by: 'authentication-results',
      },
      customer: { id: 'northwind' },
      scenario: 'approve-partner',
      locale: 'de',
      reply: { to: 'juergen.vogel@northwind.example' },
    });
    expect(german?.reply?.text).toContain('Guten Tag');
  });
});

describe('which mails', () => {
  test('files of any name, folders and standard input, in the order given', async () => {
    place.write('mails/b.EML', question);
    place.write('mails/a.eml', question);
    place.write('mails/a/z.eml', question);
    place.write('mails/a.b/y.eml', question);
    place.write('mails/named.eml/x.eml', question);
    place.write('mails/skipped.txt', question);
    place.write('any näme', question);
    const { code, lines, stderr } = await classify(['any näme', '-', 'mails', 'mails/a.eml'], {
      stdin: question,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines.map(({ file }) => file)).toEqual([
      'any näme',
      '-',
      'mails/a.b/y.eml',
      'mails/a.eml',
      'mails/a/z.eml',
      'mails/b.EML',
      'mails/named.eml/x.eml',
      'mails/a.eml',
    ]);
    expect(new Set(lines.map(({ reason }) => reason))).toEqual(new Set(['ignored-not-a-notice']));
  });

  test('a file that cannot be read is a line too, and the exit code is 1 at the end', async () => {
    place.write('mail.eml', question);
    const { code, lines } = await classify(['nowhere.eml', 'mail.eml']);
    expect(code).toBe(1);
    expect(lines).toMatchObject([
      { file: 'nowhere.eml', action: 'review', reason: 'review-unreadable-file', messageId: null },
      { file: 'mail.eml', action: 'ignore' },
    ]);
    expect(lines[0]?.evidence[0]?.detail).toContain('no such file');
  });

  test('a folder without mails gives no line, and is named', async () => {
    mkdirSync(join(place.folder, 'none'), { recursive: true });
    const { code, lines, stderr } = await classify(['none']);
    expect({ code, lines, stderr }).toEqual({
      code: 0,
      lines: [],
      stderr: 'none: no .eml file is below it.\n',
    });
  });

  test('standard input named twice is wrong usage, not an empty mail', async () => {
    const { code, stdout, stderr } = await run(['--json', '-', '-'], { stdin: question });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('once');
  });

  test('people get the outcome, its sentence, the evidence and the reply', async () => {
    const file = join(forwards, 'gmail_web_en_html.eml');
    const { code, stdout } = await run(['--config', settings, '--customers', customers, file]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^.*gmail_web_en_html\.eml\n {2}reply \(reply-instructions\), customer/);
    expect(stdout).toContain(reasons['reply-instructions'].sentence);
    expect(stdout).toMatch(/^ {2}unwrap +inline: /m);
    expect(stdout).toMatch(/^ {2}To: anna\.hoff@contoso\.example\n {2}Subject: /m);
  });
});

describe('strange mails', () => {
  test('an empty mail goes to the desk', async () => {
    place.write('empty.eml', '');
    const { code, lines } = await classify(['empty.eml', '-'], { stdin: '' });
    expect(code).toBe(0);
    expect(lines).toMatchObject([
      { reason: 'review-empty-mail', sender: { address: null, authenticated: 'none', by: null } },
      { reason: 'review-empty-mail' },
    ]);
  });

  test('binary garbage goes to the desk', async () => {
    place.write('garbage', randomBytes(200_000));
    const { code, lines } = await classify(['garbage']);
    expect(code).toBe(0);
    expect(lines).toMatchObject([{ action: 'review', reply: null }]);
  });

  test('a mail above the limit goes to the desk by its head, from a file and from standard input', async () => {
    const head = 'From: Anna <anna.hoff@contoso.example>\nMessage-ID: <big@contoso.example>\n\n';
    const path = place.write('big.eml', head);
    const file = openSync(path, 'a');
    const block = Buffer.alloc(1024 * 1024, 'all work and no play\n');
    for (let megabytes = 0; megabytes < 30; megabytes += 1) writeSync(file, block);
    closeSync(file);
    const started = performance.now();
    const { code, lines } = await classify(['big.eml', '-'], { stdin: readFileSync(path) });
    expect(code).toBe(0);
    for (const line of lines) {
      expect(line).toMatchObject({
        messageId: '<big@contoso.example>',
        action: 'review',
        reason: 'review-too-large',
        sender: { address: 'anna.hoff@contoso.example' },
      });
    }
    expect(lines).toHaveLength(2);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  test('standard input without an end is read as far as the limit', async () => {
    let octets = 0;
    async function* endless() {
      for (;;) {
        octets += 1024 * 1024;
        yield Buffer.alloc(1024 * 1024, 'x');
      }
    }
    const stdout: string[] = [];
    const { main } = await import('../../src/cli.ts');
    const code = await main(['classify', '--json', '-'], {
      stdin: endless(),
      stdout: { write: (text) => stdout.push(text) },
      stderr: { write: () => undefined },
      env: {},
      cwd: place.folder,
    });
    expect(code).toBe(0);
    expect(linesOf(stdout.join(''))).toMatchObject([{ reason: 'review-too-large' }]);
    expect(octets).toBeLessThan(mailSizeBytesMax + 2 * 1024 * 1024);
  });

  test('what a mail says cannot command the terminal', async () => {
    const clearScreen = '\u001b[2J';
    place.write(
      'escape.eml',
      `From: Anna <anna.hoff@contoso.example>\nSubject: Fwd: You’re about to lose access${clearScreen}\n\nFrom: Microsoft <microsoft-noreply@microsoft.com>\nSent: Thursday, November 12, 2026 8:31 AM\nTo: Anna\nSubject: You’re about to lose access to your${clearScreen} Office 365 Subscription\n\nOrganization name: ${clearScreen}Contoso\n`,
    );
    const { stdout } = await run(['escape.eml']);
    expect(stdout).toContain('Contoso');
    expect(stdout).not.toContain('\u001b');
  });
});

describe('customers and settings', () => {
  test('without --customers nobody matches, and no password is needed', async () => {
    const file = join(forwards, 'gmail_web_en_html.eml');
    const { code, lines } = await classify(['--config', settings, file]);
    expect(code).toBe(0);
    expect(lines).toMatchObject([{ customer: null, family: 'lose-access' }]);
  });

  test('a customers file that cannot be read ends with 2', async () => {
    const { code, stdout, stderr } = await run(['--customers', 'nowhere.csv', '-']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/nowhere\.csv cannot be read \(ENOENT\)\.\n.*\[FILE_NOT_READABLE\]\n$/);
  });

  test('a customers file without its columns is told, and nothing is classified', async () => {
    place.write('no-columns.csv', 'name,mail\nContoso,anna@contoso.example\n');
    const { code, stdout, stderr } = await run(['--customers', 'no-columns.csv', '-']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('lacks customer_id, customer_name, product');
  });

  test('bad rows are named by line, column and value; the rest is used, and the exit code is 1', async () => {
    const rows = readFileSync(customers, 'utf8').trimEnd();
    place.write('bad-row.csv', `${rows}\nbroken,,,,,,xx-nowhere,,,,,,,,,,,,,,,,,,,\n`);
    const file = join(forwards, 'gmail_web_en_html.eml');
    const args = ['--config', settings, '--customers', 'bad-row.csv', file];
    const { code, lines, stderr } = await classify(args);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^bad-row\.csv: line \d+, column locale: "xx-nowhere": /m);
    expect(stderr).toMatch(/^bad-row\.csv: line \d+, column customer_name: "": /m);
    expect(lines).toMatchObject([{ customer: { id: 'contoso' }, action: 'reply' }]);
  });

  test('settings that do not exist end with 2 and a sentence', async () => {
    const { code, stdout, stderr } = await run(['--config', 'nowhere.yaml', '-']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/nowhere\.yaml does not exist\.\n.*\[SETTINGS_NOT_FOUND\]\n$/);
  });

  test('faults of the settings come all at once, each with its path, and end with 2', async () => {
    place.write(
      'bad.yaml',
      "partner: { name: '' }\nmode: atuo\nmailboxes:\n  - imap: { port: 99999 }\n    bogus: 1\n",
    );
    const { code, stdout, stderr } = await run(['--config', 'bad.yaml', '-']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const paths = stderr.match(/^ {2}\S+(?=: )/gm)?.map((path) => path.trim());
    expect(paths).toEqual(
      expect.arrayContaining([
        'partner.name',
        'partner.signature',
        'mailboxes[0].name',
        'mailboxes[0].imap.host',
        'mailboxes[0].imap.port',
        'mailboxes[0].smtp',
        'mailboxes[0].bogus',
        'mode',
      ]),
    );
    expect(stderr).toContain('did you mean auto?');
  });

  test('TRANSITION_RESPONDER_CONFIG names the settings, and --config beats it', async () => {
    const env = { TRANSITION_RESPONDER_CONFIG: 'nowhere.yaml' };
    const options = { cwd: place.folder, env, stdin: question };
    const byEnvironment = await runCommandLine(['classify', '-'], options);
    expect(byEnvironment.code).toBe(2);
    expect(byEnvironment.stderr).toContain('nowhere.yaml');
    const byOption = await runCommandLine(['classify', '--config', settings, '-'], options);
    expect(byOption.code).toBe(0);
  });

  test('damaged templates are mentioned, and the reply in question goes to the desk', async () => {
    place.write('own/responder.yaml', minimalSettings);
    place.write('own/templates/en/cancel-portal.md.hbs', '---\nsubject: x\n---\n{{#if}\n');
    const file = join(forwards, 'gmail_web_en_html.eml');
    const args = ['--config', 'own/responder.yaml', '--customers', customers, file];
    const { code, lines, stderr } = await classify(args);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^The templates have \d+ problem\(s\).*`templates check`/);
    expect(lines).toMatchObject([{ action: 'review', reason: 'review-template', reply: null }]);
  });
});

test('the program’s own settings and templates are found from any folder', async () => {
  const mail = join(projectRoot, 'src/demo/samples/01_outlook_desktop_portal.eml');
  const { code, stdout, stderr } = await runCliProcess(['classify', '--json', mail], {
    cwd: place.folder,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  // The program's own settings trust no host.
  expect(linesOf(stdout)).toMatchObject([
    { file: mail, action: 'review', reason: 'review-unauthenticated-forwarder' },
  ]);
});

test('asks no DNS, whatever the settings say of it', async () => {
  const { pem, p } = makeDkimKey();
  const server = await startTxtServer({});
  const config = place.write(
    'verifying.yaml',
    `${minimalSettings}verification: { dns: true, servers: ["${server.address}"], keys: { known._domainkey.customer.example: "p=${p}" } }\n`,
  );
  const mail = 'From: nora@customer.example\r\nSubject: Hello\r\n\r\nHello\r\n';
  const signing = { domain: 'customer.example', selector: 'known', pem };
  const signed = signDkim(signDkim(mail, signing), { ...signing, selector: 'unknown' });
  const { code, stderr } = await runCommandLine(['classify', '--config', config, '-'], {
    cwd: place.folder,
    stdin: signed,
  });
  await server.close();
  expect([code, stderr]).toEqual([0, '']);
  expect(server.questions).toEqual([]);
});
