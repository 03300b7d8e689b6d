/**
 * `demo`: the real worker on an embedded mail server, store and queue, with sample mails and customers.
 *
 * Nothing leaves this machine. `--once` compares what came of each sample with what the sample declares.
 */
import { watch } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { newSecret } from '../console/door-secrets.ts';
import { calendarDay } from '../core/dates.ts';
import { caseIdOf, parseMail } from '../core/parse.ts';
import { type LoggedDecision, rememberDecisions } from '../demo/decisions.ts';
import { type DemoOutcome, differences, formatRows, type Row } from '../demo/report.ts';
import { loadSamples, moveToToday, samplesFolder } from '../demo/samples.ts';
import { type DemoServer, startDemoServer } from '../demo/server.ts';
import {
  demoEnvironment,
  demoHostId,
  demoPassword,
  demoSettings,
  demoUser,
} from '../demo/settings.ts';
import { systemClock } from '../edges/clock.ts';
import { readCustomers } from '../edges/customers-file.ts';
import { openJobs } from '../edges/jobs.ts';
import { MemoryQueues } from '../edges/jobs-memory.ts';
import { openLog } from '../edges/log.ts';
import { openPasswords } from '../edges/passwords.ts';
import { loadSettings, programRoot } from '../edges/settings.ts';
import { ResponderError } from '../errors.ts';
import type { Store } from '../ports.ts';
import { openStore } from '../store/open.ts';
import { type OpenedConsole, oneTimeLogin, openConsole } from './console.ts';
import type { ConsoleWiring } from './console-wiring.ts';
import type { CommandIo } from './io.ts';
import { loadKnowledge } from './knowledge.ts';
import { startService } from './service.ts';
import { stopSignal } from './stop-signal.ts';
import { openTemplateKeepers, type TemplateKeepers } from './template-keepers.ts';

export interface DemoOptions {
  readonly once?: boolean;
  readonly port?: string;
}

interface Desk {
  readonly server: DemoServer;
  readonly store: Store;
  readonly decisions: ReadonlyMap<string, LoggedDecision>;
  readonly onDecision: (listener: (decision: LoggedDecision) => void) => () => void;
  readonly folder: string;
  readonly screen: DemoScreen | undefined;
  /** Resolves when the demo is to stop. */
  readonly stopped: Promise<string>;
  readonly isStopped: () => boolean;
}

export async function demoCommand(options: DemoOptions, io: CommandIo): Promise<number> {
  const imapPort = readPort(options.port);
  const folder = await mkdtemp(join(tmpdir(), 'transition-responder-demo-'));
  const server = await startDemoServer({
    user: demoUser,
    password: demoPassword,
    mailboxAddress: demoUser,
    hostId: demoHostId,
    ...(imapPort === undefined ? {} : { imapPort, smtpPort: imapPort + 1 }),
  });
  try {
    // Nobody looks at it where the demo ends by itself.
    const consolePort = options.once === true ? undefined : consolePortBeside(imapPort);
    return await withService({ server, folder, consolePort, io }, async (desk) => {
      const exitCode = await playSamples(desk, io);
      if (options.once === true || desk.isStopped()) return exitCode;
      await stayUp(desk, io);
      return 0;
    });
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port < 65_535) return port;
  throw new ResponderError('USAGE', `--port: found “${text}”, expected a number from 1 to 65534.`);
}

/** The one behind those of the mail server; 0: any free one. */
function consolePortBeside(imapPort: number | undefined): number {
  return imapPort === undefined || imapPort + 2 > 65_535 ? 0 : imapPort + 2;
}

interface DemoPlace {
  readonly server: DemoServer;
  readonly folder: string;
  /** Absent: no console. */
  readonly consolePort: number | undefined;
  readonly io: CommandIo;
}

/** The same parts as `run`, on a store in memory. */
async function withService(
  { server, folder, consolePort, io }: DemoPlace,
  play: (desk: Desk) => Promise<number>,
): Promise<number> {
  const configPath = join(folder, 'config.yaml');
  // A copy: what somebody tries in the console is gone with the demo.
  await cp(join(programRoot, 'templates'), join(folder, 'templates'), { recursive: true });
  await writeFile(configPath, demoSettings(server, programRoot));
  const settings = loadSettings({
    configPath,
    env: demoEnvironment,
    cwd: folder,
    secrets: 'required',
  });
  const { log, decisions, onDecision } = rememberDecisions(openLog(settings.log));
  const loaded = await loadKnowledge(settings);
  const knowledge = {
    ...loaded,
    policy: { ...loaded.policy, messageIdKey: 'the key of the demo, which is no secret' },
  };
  io.stderr.write('Starting an embedded mail server, store and queue …\n');
  const { store, pool } = await openStore({ dataDir: ':memory:', log });
  let keepers: TemplateKeepers | undefined;
  try {
    const templates = await openTemplateKeepers(settings, { knowledge, store, log });
    keepers = templates;
    const jobs = await openJobs({ pool, memory: new MemoryQueues(), log });
    const file = await readCustomers(join(samplesFolder, 'customers.csv'));
    const now = systemClock.now();
    const customers = moveToToday(file.customers, calendarDay(now, settings.timeZone));
    const origin = { source: 'import', from: 'customers.csv', by: 'demo' } as const;
    await store.importCustomers(customers, { dryRun: false, at: now, origin });
    io.stderr.write(`${customers.length} sample customers imported.\n`);
    const service = await startService({
      settings,
      knowledge,
      templates: (path) => templates.current(path),
      store,
      jobs,
      clock: systemClock,
      log,
      roles: ['watch', 'work'],
    });
    let screen: DemoScreen | undefined;
    try {
      const wiring = {
        settings,
        store,
        pipelineOf: service.pipelineOf,
        keepers: templates,
        clock: systemClock,
        log,
        service: { jobs, pool, loginExpiries: service.loginExpiries },
      };
      if (consolePort !== undefined) screen = await openScreen(wiring, consolePort);
      templates.watch();
      let isStopped = false;
      const stopped = stopSignal();
      stopped.then(() => {
        isStopped = true;
      });
      return await play({
        server,
        store,
        decisions,
        onDecision,
        folder,
        screen,
        stopped,
        isStopped: () => isStopped,
      });
    } finally {
      await screen?.close();
      await service.stop();
    }
  } finally {
    await keepers?.close();
    await store.close();
  }
}

/** The console of the demo, with one user. */
interface DemoScreen extends OpenedConsole {
  readonly user: string;
  readonly password: string;
  /** Makes an address that logs that user in once. */
  login(): Promise<string>;
}

async function openScreen(wiring: ConsoleWiring, port: number): Promise<DemoScreen> {
  const { store, clock } = wiring;
  const [user, password] = ['demo', newSecret()];
  const passwordHash = await openPasswords().hash(password);
  await store.addUser(
    { name: user, role: 'admin', passwordHash },
    { at: clock.now(), by: user, via: 'command' },
  );
  const opened = await openConsole(wiring, { host: '127.0.0.1', port });
  const login = async () => `${opened.url}${await oneTimeLogin({ store, clock }, user)}`;
  return { ...opened, user, password, login };
}

/** Delivers the samples one after the other, so that each time is its own. Returns the exit code. */
async function playSamples(desk: Desk, io: CommandIo): Promise<number> {
  const rows: Row[] = [];
  const samples = await loadSamples();
  for (const sample of samples) {
    if (desk.isStopped()) {
      io.stderr.write('\nStopped before the end.\n');
      return 1;
    }
    io.stderr.write(`\r${rows.length + 1} of ${samples.length} sample mails`);
    const raw = await readFile(join(samplesFolder, sample.file));
    const outcome = await deliverAndWait(desk, raw);
    rows.push({
      sample: sample.file.replace(/\.eml$/, ''),
      outcome,
      differences: differences(sample, outcome),
    });
  }
  io.stderr.write('\n\n');
  io.stdout.write(formatRows(rows));
  await showOneReply(desk, io);
  const wrong = rows.filter((row) => row.differences.length > 0);
  for (const { sample, differences: found } of wrong)
    io.stdout.write(`${sample}: ${found.join('; ')}\n`);
  const replies = rows.filter(({ outcome }) => outcome.replyMs !== undefined).length;
  io.stdout.write(
    `${rows.length} mails, ${replies} replies, ${wrong.length === 0 ? 'every outcome as declared' : `${wrong.length} not as declared`}.\n`,
  );
  return wrong.length === 0 ? 0 : 1;
}

/** A mail that has no outcome by then has failed; the slowest takes a tenth of it. */
const outcomeWithinMs = 15_000;
const lookEveryMs = 10;

async function deliverAndWait(
  { server, store, decisions }: Desk,
  raw: Uint8Array,
): Promise<DemoOutcome> {
  const caseId = caseIdOf('support', raw);
  const deliveredAt = Date.now();
  let repliedAt: number | undefined;
  const repliesTo: string[] = [];
  const stopListening = server.onReply(({ receivedAt, to }) => {
    repliedAt ??= receivedAt.getTime();
    repliesTo.push(...to);
  });
  const uid = server.deliver(raw);
  while (Date.now() - deliveredAt < outcomeWithinMs) {
    if ((await store.findMail(caseId))?.state === 'finished') break;
    await delay(lookEveryMs);
  }
  stopListening();
  const stored = await store.findCase(caseId);
  const decision = decisions.get(caseId);
  return {
    ...(decision ?? {}),
    from: (await parseMail(raw)).from[0]?.address ?? '(none)',
    action: stored?.action ?? decision?.action ?? 'none',
    reason: stored?.reason ?? decision?.reason ?? 'no-outcome',
    flags: server.flags(uid) ?? [],
    repliesTo,
    ...(repliedAt === undefined ? {} : { replyMs: repliedAt - deliveredAt }),
  };
}

async function showOneReply({ server }: Desk, io: CommandIo): Promise<void> {
  const reply = server.replies[0];
  if (reply === undefined) return;
  const mail = await parseMail(reply.raw);
  const shownFields = [
    'auto-submitted',
    'x-auto-response-suppress',
    'precedence',
    'in-reply-to',
    'message-id',
  ];
  const header = [
    `from: ${mail.from[0]?.name} <${mail.from[0]?.address}>\n`,
    `to: ${mail.to[0]?.name} <${mail.to[0]?.address}>\n`,
    `subject: ${mail.subject}\n`,
    ...mail.fields
      .filter(({ name }) => shownFields.includes(name))
      .map(({ name, value }) => `${name}: ${value.trim()}\n`),
  ];
  io.stdout.write(
    `\nOne reply in full (MAIL FROM:<${reply.from}>, RCPT TO:<${reply.to.join(', ')}>):\n\n`,
  );
  io.stdout.write(`${header.join('')}\n${mail.text ?? ''}\n\n`);
}

/** Answers mails of one's own until told to stop, and says what came of each. */
async function stayUp(desk: Desk, io: CommandIo): Promise<void> {
  const { server, folder, screen } = desk;
  const drop = join(folder, 'drop');
  await mkdir(drop);
  const seen = new Set<string>();
  const watcher = watch(drop, (_event, name) => {
    if (name === null || seen.has(name) || !name.toLowerCase().endsWith('.eml')) return;
    seen.add(name);
    receiveDropped(desk, join(drop, name)).catch((error: unknown) => {
      io.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    });
  });
  const stopReplies = server.onReply(({ to, receivedAt }) => {
    io.stdout.write(`${receivedAt.toISOString()}  reply sent to ${to.join(', ')}\n`);
  });
  const stopDecisions = desk.onDecision(({ action, reason, customer, scenario }) => {
    const about = [customer, scenario].filter((word) => word !== undefined).join(', ');
    io.stdout.write(
      `${new Date().toISOString()}  mail decided: ${action} (${reason})${about === '' ? '' : ` for ${about}`}\n`,
    );
  });
  io.stdout.write(
    [
      '',
      ...(screen === undefined ? [] : await screenLines(screen)),
      'Running. Forward the notice to it yourself:',
      `  send it by SMTP   ${server.host} port ${server.smtpPort}, no login, no TLS, to ${demoUser}`,
      `  or drop a file    an .eml into ${drop}`,
      '  write as          you@wideworldimporters.example (portal, English) or sie@southridgevideo.example (phone,',
      '                    German); the other sample customers have had their answer. Anybody else is a stranger.',
      `  read the mailbox  IMAP ${server.host} port ${server.imapPort}, user ${demoUser}, password ${demoPassword}`,
      'A customer is answered once while its record stays the same. This mail server believes every sender.',
      'Stop with Ctrl-C.',
      '',
    ].join('\n'),
  );
  await desk.stopped;
  stopReplies();
  stopDecisions();
  watcher.close();
}

async function screenLines({ login, url, user, password }: DemoScreen): Promise<readonly string[]> {
  return [
    'The console, where the desk decides about what waits:',
    `  ${await login()}`,
    `  It logs in once, within ten minutes; later ${url}, user ${user}, password ${password}`,
    '',
  ];
}

/** Puts a dropped file into the mailbox once its size has stopped changing. */
async function receiveDropped({ server }: Desk, path: string): Promise<void> {
  let size = -1;
  let raw = await readFile(path);
  while (raw.byteLength !== size) {
    size = raw.byteLength;
    await delay(100);
    raw = await readFile(path);
  }
  const mail = await parseMail(raw);
  // A file with this host's verdict is kept as it is: the samples can be dropped again.
  const isJudged = mail.fields.some(
    ({ name, value }) => name === 'authentication-results' && value.startsWith(demoHostId),
  );
  if (isJudged) server.deliver(raw);
  else server.receive(raw, mail.from[0]?.address ?? '');
}
