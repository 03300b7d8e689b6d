/**
 * The start of a service of several mailboxes, on real sockets: one that is in trouble keeps no other from being
 * served, and where nothing can be served it does not start.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { loadKnowledge, loadTemplateSet } from '../../src/commands/knowledge.ts';
import type { Role } from '../../src/commands/roles.ts';
import { type Service, startService } from '../../src/commands/service.ts';
import { type DemoServer, startDemoServer } from '../../src/demo/server.ts';
import { systemClock } from '../../src/edges/clock.ts';
import { openJobs } from '../../src/edges/jobs.ts';
import { loadSettings, programRoot } from '../../src/edges/settings.ts';
import type { Log } from '../../src/ports.ts';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { emptyStore } from '../conformance/databases.ts';
import { silent } from '../support/pipeline-desk.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const user = 'support@partner.example';
let folder: string;
let server: DemoServer;
let sink: SmtpSink;
let opened: OpenedStore;
/** Where nobody listens. */
let nowhere: number;
let service: Service | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'service-start-'));
  server = await startDemoServer({ user, password: 'secret', mailboxAddress: user });
  sink = await startSmtpSink();
  opened = await openStore({ dataDir: ':memory:' });
  nowhere = await closedPort();
});
beforeEach(() => emptyStore(opened.pool));
afterEach(async () => {
  await service?.stop();
  service = undefined;
});
afterAll(async () => {
  await opened.store.close();
  await server.close();
  await sink.close();
  await rm(folder, { recursive: true });
});

function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const listener = createServer().listen(0, '127.0.0.1', () => {
      const address = listener.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      listener.close(() => resolve(port));
    });
  });
}

/** Each mailbox by its name, with the ports of its servers. */
async function start(
  mailboxes: Readonly<Record<string, { readonly imap: number; readonly smtp: number }>>,
  roles: readonly Role[],
  log: Log = silent,
): Promise<Service> {
  const configPath = join(folder, 'config.yaml');
  const auth = { user, password: { env: 'PASSWORD' } };
  const entries = Object.entries(mailboxes).map(([name, { imap, smtp }]) => ({
    name,
    // No folder may be watched twice.
    imap: {
      host: '127.0.0.1',
      port: imap,
      secure: false,
      auth,
      folder: name === 'here' ? 'INBOX' : name,
    },
    smtp: { host: '127.0.0.1', port: smtp, secure: false },
    from: `Fabrikam Support <${name}@partner.example>`,
  }));
  await writeFile(
    configPath,
    stringify({
      partner: { name: 'Fabrikam Cloud', signature: 'Fabrikam support desk' },
      mailboxes: entries,
      trustedAuthservIds: ['mx.partner.example'],
      noticesFile: join(programRoot, 'config/notices.yaml'),
      contactsFile: join(programRoot, 'config/contacts.yaml'),
      templatesDir: join(programRoot, 'templates'),
    }),
  );
  const settings = loadSettings({
    configPath,
    env: { PASSWORD: 'secret', TRANSITION_RESPONDER_SECRET: 'a key of the tests, no secret' },
    cwd: folder,
    secrets: 'required',
  });
  const templates = await loadTemplateSet(settings.templatesDir);
  const jobs = await openJobs({ pool: opened.pool, log });
  service = await startService({
    settings,
    knowledge: await loadKnowledge(settings),
    templates: () => templates,
    store: opened.store,
    jobs,
    clock: systemClock,
    log,
    roles,
  });
  return service;
}

function listener(): { readonly log: Log; readonly said: object[] } {
  const said: object[] = [];
  const error = (fields: object, sentence: string) => void said.push({ ...fields, sentence });
  return { log: { ...silent, error }, said };
}

test('a mailbox that cannot be reached keeps no other from being watched', async () => {
  const { log, said } = listener();
  const good = { imap: server.imapPort, smtp: sink.port };
  await start({ away: { ...good, imap: nowhere }, here: good }, ['watch'], log);
  await vi.waitFor(async () => expect(await opened.store.findCursor('here')).toBeDefined());
  expect(await opened.store.findCursor('away')).toBeUndefined();
  expect(said).toContainEqual(
    expect.objectContaining({ mailbox: 'away', code: 'IMAP_UNREACHABLE' }),
  );
});

test('a sending server that cannot be reached keeps no other mailbox from being answered', async () => {
  const { log, said } = listener();
  const good = { imap: server.imapPort, smtp: sink.port };
  await start({ away: { ...good, smtp: nowhere }, here: good }, ['work'], log);
  expect(said).toContainEqual(expect.objectContaining({ mailbox: 'away' }));
});

test('a service that can serve no mailbox does not start', async () => {
  const nothing = { imap: nowhere, smtp: nowhere };
  for (const [role, code] of [
    ['watch', 'IMAP_UNREACHABLE'],
    ['work', 'SMTP_UNREACHABLE'],
  ] as const)
    await expect(start({ one: nothing, other: nothing }, [role])).rejects.toMatchObject({ code });
});
