/**
 * Real services that tests start for themselves: whether they are installed, and what happens when not.
 *
 * Where a service is missing its tests are skipped, and the reason is printed; with REQUIRE_SERVICES=1
 * (as in CI) they fail instead, so that nothing is ever skipped unseen.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

/** Programs of a service, and where packages put them beside the PATH. */
const services = {
  postgres: { program: 'postgres', places: () => postgresPlaces() },
  redis: { program: 'redis-server', places: () => [] },
  dovecot: { program: 'dovecot', places: () => ['/usr/sbin', '/usr/local/sbin'] },
  // Pigeonhole is a plugin of Dovecot; its compiler comes with it.
  sieve: { program: 'sievec', places: () => [] },
  chromium: { program: 'chromium', places: () => [] },
} as const;

export type Service = keyof typeof services;

/** Debian keeps each version apart; the newest is taken. */
function postgresPlaces(): readonly string[] {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin'));
}

/** Path of the service's program, or undefined when it is not installed. */
export function findService(service: Service): string | undefined {
  const { program, places } = services[service];
  const folders = [...places(), ...(process.env.PATH ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/**
 * Whether tests that need the service can run: `describe.skipIf(!requireService('redis'))(…)`.
 *
 * Prints why not. Throws instead when REQUIRE_SERVICES=1.
 */
export function requireService(service: Service): boolean {
  if (findService(service) !== undefined) return true;
  const reason = `${services[service].program} is not installed`;
  if (process.env.REQUIRE_SERVICES === '1')
    throw new Error(`REQUIRE_SERVICES=1, but ${reason}: install it, or run without that variable.`);
  console.warn(`SKIPPED: the tests with ${service}, because ${reason}.`);
  return false;
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

export interface RunningProgram {
  /** What it has printed so far. */
  output(): string;
  readonly pid: number;
  /** Ends it with the signal and waits until it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface StartOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** What it prints when it is ready. */
  readonly ready: RegExp;
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd?: string;
}

/** Starts a program and waits until it says that it is ready. Rejects with its output when it ends. */
export async function startProgram(options: StartOptions): Promise<RunningProgram> {
  const child = spawn(options.program, options.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const heard = (chunk: Buffer) => {
      output += chunk.toString();
      if (options.ready.test(output)) resolve();
    };
    child.stdout.on('data', heard);
    child.stderr.on('data', heard);
    child.once('error', reject);
    child.once('close', (code) =>
      reject(new Error(`${options.program} ended with ${code} before it was ready:\n${output}`)),
    );
  });
  // A test run that is cut off leaves no server behind.
  const killNow = () => child.kill('SIGKILL');
  process.once('exit', killNow);
  return {
    pid: child.pid ?? 0,
    output: () => output,
    async stop(signal = 'SIGTERM') {
      process.removeListener('exit', killNow);
      child.kill(signal);
      await ended;
    },
  };
}
