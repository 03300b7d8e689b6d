/**
 * The two programs that the bench compares, as processes of their own: our service, and the naive loop.
 */
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stringify } from 'yaml';
import type { Dovecot } from '../support/dovecot.ts';
import { projectRoot } from '../support/source-code.ts';

export interface Contender {
  readonly pids: readonly number[];
  /** Whether it says that it is through with so many mails since it was started. */
  isThrough(mails: number): boolean;
  /** When it last logged the sentence, in milliseconds of the wall clock. */
  loggedAt(sentence: string): number;
  /** What it complained of last. */
  complaints(): readonly string[];
  stop(): Promise<void>;
}

export interface ContenderOptions {
  readonly folder: string;
  readonly dovecot: Dovecot;
  readonly smtpPort: number;
  readonly customersFile: string;
  /** Node's own options, such as `--cpu-prof`. */
  readonly nodeOptions?: readonly string[];
}

export interface ServiceOptions extends ContenderOptions {
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  /** Roles of each process; one with all of them by default. */
  readonly roles?: readonly string[];
  /** More settings, in YAML’s terms. */
  readonly settings?: object;
}

const complaintsMax = 20;
const cli = join(projectRoot, 'src', 'cli.ts');

async function writeSettings(options: ServiceOptions): Promise<string> {
  const { folder, dovecot, smtpPort } = options;
  const file = join(folder, 'bench.yaml');
  const auth = { user: dovecot.user, password: { env: 'BENCH_PASSWORD' } };
  const settings = {
    partner: { name: 'Fabrikam Cloud', signature: 'Fabrikam support desk' },
    mailboxes: [
      {
        name: 'support',
        imap: { host: dovecot.host, port: dovecot.port, secure: false, auth },
        smtp: { host: '127.0.0.1', port: smtpPort, secure: false },
        from: `Fabrikam Support <${dovecot.user}>`,
      },
    ],
    mode: 'auto',
    trustedAuthservIds: ['mx.partner.example'],
    limits: { perMailboxPerHour: 100_000 },
    store: { dataDir: join(folder, 'data') },
    templatesDir: join(projectRoot, 'templates'),
    noticesFile: join(projectRoot, 'config', 'notices.yaml'),
    contactsFile: join(projectRoot, 'config', 'contacts.yaml'),
    log: { level: 'info', pretty: false },
    ...options.settings,
  };
  await writeFile(file, stringify(settings));
  return file;
}

function environmentOf(options: ServiceOptions): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    BENCH_PASSWORD: options.dovecot.password,
    TRANSITION_RESPONDER_SECRET: 'only for the bench, not for mail',
    ...(options.databaseUrl === undefined ? {} : { DATABASE_URL: options.databaseUrl }),
    ...(options.redisUrl === undefined ? {} : { REDIS_URL: options.redisUrl }),
  };
}

/** Imports the customers and starts the service; resolves when it watches the mailbox. */
export async function startOurs(options: ServiceOptions): Promise<Contender> {
  const config = await writeSettings(options);
  const env = environmentOf(options);
  execFileSync(process.execPath, [cli, 'import', options.customersFile, '--config', config], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: options.folder,
  });
  let decided = 0;
  const loggedAt = new Map<string, number>();
  const reasons = new Map<string, number>();
  const complaints: string[] = [];
  const children: ChildProcess[] = [];
  // One after the other: the first creates the tables.
  for (const roles of options.roles ?? ['watch,work']) {
    const args = [...(options.nodeOptions ?? []), cli, 'run', '--config', config, '--roles', roles];
    const child = spawn(process.execPath, args, {
      env,
      cwd: options.folder,
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    children.push(child);
    endWithUs(child);
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) =>
        reject(new Error(`run ended with ${code}:\n${complaints.join('\n')}`)),
      );
      createInterface({ input: child.stderr ?? process.stdin }).on('line', (line) => {
        const [, time = '', sentence = ''] = /"time":"([^"]+)".*"msg":"([^"]+)"/.exec(line) ?? [];
        loggedAt.set(sentence, Date.parse(time));
        if (line.includes('"msg":"mail decided"')) {
          decided += 1;
          const reason = /"reason":"([a-z-]+)"/.exec(line)?.[1] ?? 'none';
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        } else if (line.includes('"msg":"started"')) resolve();
        // The desk is told what to do about a customer: that is no complaint.
        else if (!/"level":"info"|"msg":"desk: the customer/.test(line)) {
          complaints.push(line);
          if (complaints.length > complaintsMax) complaints.shift();
        }
      });
    });
  }
  return {
    pids: children.flatMap(({ pid }) => pid ?? []),
    isThrough: (mails) => decided >= mails,
    loggedAt: (sentence) => loggedAt.get(sentence) ?? Number.NaN,
    complaints: () => [JSON.stringify(Object.fromEntries(reasons)), ...complaints],
    async stop() {
      for (const child of children.toReversed()) await endOf(child);
    },
  };
}

/** Starts the naive loop; resolves when it is logged in. */
export async function startNaive(options: ContenderOptions): Promise<Contender> {
  const script = join(projectRoot, 'test', 'bench-naive.ts');
  const child = fork(script, [], {
    execArgv: [...(options.nodeOptions ?? [])],
    env: {
      PATH: process.env.PATH,
      IMAP_PORT: String(options.dovecot.port),
      SMTP_PORT: String(options.smtpPort),
      CUSTOMERS: options.customersFile,
      TEMPLATE: join(projectRoot, 'test', 'bench-service', 'naive-reply.hbs'),
    },
  });
  endWithUs(child);
  let through = 0;
  child.on('message', (mails) => {
    through = Number(mails);
  });
  await once(child, 'message');
  return {
    pids: child.pid === undefined ? [] : [child.pid],
    isThrough: (mails) => through >= mails,
    loggedAt: () => Number.NaN,
    complaints: () => [],
    stop: () => endOf(child),
  };
}

/** A bench that is broken off leaves nothing running. */
function endWithUs(child: ChildProcess): void {
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
