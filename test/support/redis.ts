/**
 * A Redis server of the test's own, on a free port, that keeps nothing, or everything where it is asked to.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findService, freePort, startProgram } from './services.ts';

export interface TestRedis {
  readonly port: number;
  readonly url: string;
  /** Ends the server at once; `start` brings it back, empty unless it keeps its data. */
  crash(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRedis({ keepsData = false } = {}): Promise<TestRedis> {
  const program = findService('redis');
  if (program === undefined) throw new Error('redis-server is not installed');
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'responder-redis-'));
  const keep = keepsData ? ['yes', '--appendfsync', 'always'] : ['no'];
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  args.push('--appendonly', ...keep);
  const launch = () => startProgram({ program, args, ready: /Ready to accept connections/ });
  let running: Awaited<ReturnType<typeof launch>> | undefined = await launch();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    async crash() {
      await running?.stop('SIGKILL');
      running = undefined;
    },
    async start() {
      running ??= await launch();
    },
    async stop() {
      await running?.stop('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
