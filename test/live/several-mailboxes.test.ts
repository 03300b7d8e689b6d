/**
 * Several mailboxes in one service, on real sockets: each answers in its own name and words and by its own rules,
 * knows the others’ addresses for its own, and goes on while another cannot send.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { loadKnowledge } from '../../src/commands/knowledge.ts';
import { type Service, startService } from '../../src/commands/service.ts';
import { openTemplateKeepers, type TemplateKeepers } from '../../src/commands/template-keepers.ts';
import { type DemoServer, startDemoServer } from '../../src/demo/server.ts';
import { systemClock } from '../../src/edges/clock.ts';
import { openJobs } from '../../src/edges/jobs.ts';
import { loadSettings } from '../../src/edges/settings.ts';
import type { Store } from '../../src/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { byTest } from '../support/origin.ts';
import { forwardOf, readyCustomer, silent } from '../support/pipeline-desk.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const mailboxNames = ['blue', 'green', 'strict'] as const;
type MailboxName = (typeof mailboxNames)[number];
const addressOf = (name: MailboxName) => `${name}@partner.example`;

const flood = Array.from({ length: 25 }, (_, index) => `flood${index}`);
const customers = ['contoso', 'fabrikam', 'tailspin', 'northwind', ...flood];

let folder: string;
let store: Store;
let templates: TemplateKeepers;
let service: Service;
/** Blue’s server refuses for now. */
let isBlueAway = false;
const servers = new Map<MailboxName, DemoServer>();
const sinks = new Map<MailboxName, SmtpSink>();

const sinkOf = (name: MailboxName): SmtpSink => sinks.get(name) as SmtpSink;
const deliver = (name: MailboxName, raw: Buffer) => servers.get(name)?.deliver(raw);

async function startServers(): Promise<void> {
  for (const name of mailboxNames) {
    const user = addressOf(name);
    servers.set(name, await startDemoServer({ user, password: 'secret', mailboxAddress: user }));
    const onMailFrom = (_address: unknown, _session: unknown, callback: (error?: Error) => void) =>
      name === 'blue' && isBlueAway
        ? callback(Object.assign(new Error('4.3.0 not now'), { responseCode: 451 }))
        : callback();
    sinks.set(name, await startSmtpSink({ onMailFrom }));
  }
}

async function writeTemplates(): Promise<void> {
  for (const name of ['templates', 'blue-words']) {
    await cp('templates/en', join(folder, name, 'en'), { recursive: true });
    await cp('templates/layout.html.hbs', join(folder, name, 'layout.html.hbs'));
  }
  const file = join(folder, 'blue-words', 'en', 'cancel-portal.md.hbs');
  const words = await readFile(file, 'utf8');
  await writeFile(file, words.replace('you will not lose your work.', 'Blue is here to help.'));
}

function mailboxOf(name: MailboxName, own: Readonly<Record<string, unknown>>) {
  const user = addressOf(name);
  return {
    name,
    imap: {
      host: '127.0.0.1',
      port: servers.get(name)?.imapPort,
      secure: false,
      pollSeconds: 5,
      auth: { user, password: { env: 'PASSWORD' } },
    },
    smtp: { host: '127.0.0.1', port: sinkOf(name).port, secure: false },
    from: `${name} desk <${user}>`,
    ...own,
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'several-'));
  await startServers();
  await writeTemplates();
  const configPath = join(folder, 'config.yaml');
  await writeFile(
    configPath,
    stringify({
      partner: { name: 'Fabrikam Cloud', signature: 'Fabrikam support desk' },
      mailboxes: [
        mailboxOf('blue', {
          partner: { name: 'Blue Cloud' },
          templatesDir: 'blue-words',
          limits: { perMailboxPerHour: 1_000 },
        }),
        mailboxOf('green', {}),
        mailboxOf('strict', { trustedAuthservIds: ['mx.strict.example'] }),
      ],
      trustedAuthservIds: ['mx.partner.example'],
    }),
  );
  const env = { PASSWORD: 'secret' };
  const settings = loadSettings({ configPath, env, cwd: folder, secrets: 'required' });
  const loaded = await loadKnowledge(settings);
  const policy = { ...loaded.policy, messageIdKey: 'a key of the tests, no secret' };
  const opened = await openStore({ dataDir: ':memory:' });
  store = opened.store;
  await store.importCustomers(customers.map(readyCustomer), {
    dryRun: false,
    at: new Date(),
    origin: byTest,
  });
  templates = await openTemplateKeepers(settings, { knowledge: loaded, store, log: silent });
  const quick = { attempts: 10_000, firstMs: 20, longestMs: 50 };
  const retry = { handle: quick, deliver: quick, mark: quick };
  service = await startService({
    settings,
    knowledge: { ...loaded, policy },
    templates: (of) => templates.current(of),
    store,
    jobs: await openJobs({ pool: opened.pool, log: silent, retry }),
    clock: systemClock,
    log: silent,
    roles: ['watch', 'work'],
  });
}, 60_000);

afterAll(async () => {
  await service?.stop();
  await templates?.close();
  await store?.close();
  for (const server of servers.values()) await server.close();
  for (const sink of sinks.values()) await sink.close();
  await rm(folder, { recursive: true });
});

const eventually = (expectation: () => void | Promise<void>) =>
  vi.waitFor(expectation, { timeout: 30_000, interval: 10 });

const sentTo = (name: MailboxName) => sinkOf(name).mails.map(({ to }) => to[0]);
const decisions = async () =>
  (await store.listWaiting(100)).map(({ mailbox, reason }) => `${mailbox}: ${reason}`);

test('each answers in its own name and words, signed as all where it says nothing else', async () => {
  deliver('blue', forwardOf('contoso'));
  deliver('green', forwardOf('fabrikam'));
  await eventually(() => {
    expect([sentTo('blue'), sentTo('green')]).toEqual([
      ['ana@contoso.example'],
      ['ana@fabrikam.example'],
    ]);
  });
  const [blue] = sinkOf('blue').mails;
  const [green] = sinkOf('green').mails;
  expect(blue?.raw).toMatch(/^From: "?blue desk"? <blue@partner\.example>/im);
  expect(blue?.raw).toContain('Blue is here to help.');
  expect(blue?.raw).toContain('Blue Cloud');
  expect(blue?.raw).not.toContain('Fabrikam Cloud');
  expect(blue?.raw).toContain('Fabrikam support desk');
  expect(green?.raw).toContain('you will not lose your work.');
  expect(green?.raw).toContain('Fabrikam Cloud');
  expect(green?.raw).not.toContain('Blue');
});

test('what one believes another need not: its own list of receiving hosts is all it has', async () => {
  deliver('strict', forwardOf('tailspin'));
  await eventually(async () =>
    expect(await decisions()).toContain('strict: review-unauthenticated-forwarder'),
  );
  expect(sentTo('strict')).toEqual([]);
});

test('does not answer another of its mailboxes', async () => {
  const raw = forwardOf('northwind', { from: addressOf('green'), id: 'sibling' });
  deliver('blue', raw);
  await eventually(async () =>
    expect((await store.findCase('<sibling@partner.example>'))?.reason).toBe('suppressed-own-mail'),
  );
  expect(sentTo('blue')).toEqual(['ana@contoso.example']);
});

test('the same customer is answered once, whichever mailbox it writes to', async () => {
  deliver('green', forwardOf('contoso', { id: 'again' }));
  await eventually(async () =>
    expect((await store.findCase('<again@contoso.example>'))?.reason).toBe(
      'suppressed-already-answered',
    ),
  );
  expect(sentTo('green')).toEqual(['ana@fabrikam.example']);
});

test('one that cannot send does not hold up the others, and sends all once it can', async () => {
  isBlueAway = true;
  for (const name of flood) deliver('blue', forwardOf(name));
  await eventually(async () => expect(await store.countUnsettled('blue')).toBe(flood.length));
  deliver('green', forwardOf('northwind'));
  await eventually(() => expect(sentTo('green')).toContain('ana@northwind.example'));
  expect(sentTo('blue')).toEqual(['ana@contoso.example']);
  isBlueAway = false;
  await eventually(async () => expect(await store.countUnsettled('blue')).toBe(0));
  const expected = ['contoso', ...flood].map((name) => `ana@${name}.example`);
  expect(sentTo('blue').toSorted()).toEqual(expected.toSorted());
});
