/**
 * The command line for tests: in this process, or as a process of its own, in a folder of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { main } from '../../src/cli.ts';
import { projectRoot } from './source-code.ts';

export const cliPath = join(projectRoot, 'src/cli.ts');
export const samplesFolder = join(projectRoot, 'src/demo/samples');
export const fixturesFolder = join(projectRoot, 'test/fixtures');

/** The settings that the design calls minimal, passwords and all. */
export const minimalSettings = `partner: { name: Fabrikam Cloud, signature: Fabrikam support desk }
mailboxes:
  - name: support
    imap: { host: 127.0.0.1, port: 993, secure: true, auth: { user: support@partner.example, password: { env: IMAP_PASSWORD } } }
    smtp: { host: 127.0.0.1, port: 465, secure: true, auth: { user: support@partner.example, password: { env: SMTP_PASSWORD } } }
    from: Fabrikam Support <support@partner.example>
mode: auto
trustedAuthservIds: [mx.partner.example]
requireAuthenticated: true
`;

export interface CommandPlace {
  readonly folder: string;
  /** Writes a file below the folder and returns its path. */
  write(name: string, content: string | Uint8Array): string;
  remove(): void;
}

export function makeCommandPlace(): CommandPlace {
  const folder = mkdtempSync(join(tmpdir(), 'command-'));
  return {
    folder,
    write(name, content) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunInProcess {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
}

/** Runs a command line in this process. */
export async function runCommandLine(
  args: readonly string[],
  { cwd, env = {}, stdin }: RunInProcess,
): Promise<Outcome> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const code = await main(args, {
    stdin: Readable.from(stdin === undefined ? [] : [Buffer.from(stdin)]),
    stdout: { write: (text) => stdout.push(text) },
    stderr: { write: (text) => stderr.push(text) },
    env,
    cwd,
  });
  return { code, stdout: stdout.join(''), stderr: stderr.join('') };
}

export interface RunAsProcess extends RunInProcess {
  /** Stops reading after the first octets, as `| head` does. */
  readonly hangUp?: boolean;
  /** Where its output goes instead of to us. */
  readonly stdoutTo?: number;
  readonly script?: string;
}

/** Runs `node src/cli.ts …` and waits for its end. */
export async function runCliProcess(
  args: readonly string[],
  options: RunAsProcess,
): Promise<Outcome> {
  const child = spawn(process.execPath, [options.script ?? cliPath, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env.PATH ?? '', ...options.env },
    stdio: ['pipe', options.stdoutTo ?? 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout.push(chunk);
    if (options.hangUp === true) child.stdout?.destroy();
  });
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A command that does not read its standard input closes it first.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.stdin ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return {
    code: code ?? -1,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
  };
}
