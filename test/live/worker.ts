/**
 * The worker as a process of its own, as an operator starts it: `node src/cli.ts run` with a settings
 * file, on real servers.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { main } from '../../src/cli.ts';

export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));

export interface WorkerPlace {
  readonly folder: string;
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

export interface WorkerServers {
  readonly imap: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
  };
  readonly smtpPort: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Merged over the settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly mark?: Readonly<Record<string, unknown>>;
}

const running = new Set<ChildProcess>();

/** Of the languages of the samples, so that a start is quick. */
async function copyTemplates(to: string): Promise<void> {
  for (const name of ['layout.html.hbs', 'en', 'fr', 'de'])
    await cp(join(projectRoot, 'templates', name), join(to, name), { recursive: true });
}

/** A folder with settings that point at the servers. */
export async function makePlace({
  imap,
  smtpPort,
  env,
  settings,
  mark,
}: WorkerServers): Promise<WorkerPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'worker-'));
  const config = join(folder, 'config.yaml');
  await copyTemplates(join(folder, 'templates'));
  await writeFile(
    config,
    stringify({
      partner: { name: 'Fabrikam Cloud', signature: 'Fabrikam support desk' },
      mailboxes: [
        {
          name: 'support',
          imap: {
            host: imap.host,
            port: imap.port,
            secure: false,
            auth: { user: imap.user, password: { env: 'IMAP_PASSWORD' } },
          },
          smtp: { host: '127.0.0.1', port: smtpPort, secure: false },
          from: 'Fabrikam Support <support@partner.example>',
          ...(mark === undefined ? {} : { mark }),
        },
      ],
      trustedAuthservIds: ['mx.partner.example'],
      store: { dataDir: join(folder, 'data') },
      templatesDir: 'templates',
      noticesFile: join(projectRoot, 'config/notices.yaml'),
      contactsFile: join(projectRoot, 'config/contacts.yaml'),
      log: { level: 'info', pretty: false },
      ...settings,
    }),
  );
  return {
    folder,
    config,
    env: { PATH: process.env.PATH ?? '', IMAP_PASSWORD: imap.password, ...env },
    async remove() {
      // A test that failed half-way leaves its worker behind.
      for (const child of running) child.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs a command in this process. Returns its exit code and what it printed. */
export async function command(
  place: WorkerPlace,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await main([...args, '--config', place.config], {
    stdin: process.stdin,
    stdout: {
      write: (text) => {
        stdout += text;
      },
    },
    stderr: {
      write: (text) => {
        stderr += text;
      },
    },
    env: place.env,
    cwd: place.folder,
  });
  return { code, stdout, stderr };
}

export interface Worker {
  readonly process: ChildProcess;
  /** Lines of the log so far. */
  readonly lines: readonly string[];
  /** Resolves with the first line that holds the words, from the start of the log on. */
  heard(words: string): Promise<string>;
  /** Sends the signal and waits for the end; the exit code, or the signal's name. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

export interface WorkerOptions {
  /** `run`, with its roles where it does not have all of them. */
  readonly command?: readonly string[];
  /** Instead of the place's own, but for the PATH. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the worker and waits until it says that it has started. */
export async function startWorker(
  place: WorkerPlace,
  { command: args = ['run'], env = place.env }: WorkerOptions = {},
): Promise<Worker> {
  const child = spawn(
    process.execPath,
    [join(projectRoot, 'src/cli.ts'), ...args, '--config', place.config],
    {
      env: { PATH: place.env.PATH, ...env },
      cwd: place.folder,
      stdio: ['ignore', 'inherit', 'pipe'],
    },
  );
  running.add(child);
  child.once('exit', () => running.delete(child));
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    for (const look of waiting) look();
  });
  const heard = (words: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const line = lines.find((text) => text.includes(words));
        if (line === undefined) return;
        waiting.delete(look);
        resolve(line);
      };
      waiting.add(look);
      look();
      ended.then(
        () =>
          reject(
            new Error(`the worker ended without saying “${words}”:\n${lines.join('\n')}\n${rest}`),
          ),
        reject,
      );
    });
  await heard('"started"');
  return {
    process: child,
    lines,
    heard,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const [code, by] = await ended;
      return code ?? by ?? 'gone';
    },
  };
}
