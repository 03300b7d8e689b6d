/**
 * A PostgreSQL server of the test's own, on a free port, in a folder that is removed at the end.
 */
import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { findService, freePort, startProgram } from './services.ts';

export interface TestPostgres {
  readonly port: number;
  /** Creates an empty database and returns its URL. */
  createDatabase(): Promise<string>;
  /** Ends the server at once, as a crash would; `start` brings it back with its data. */
  crash(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root: then it runs as its own user, as the packages have it. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres']).toString());
  return { uid: id('-u'), gid: id('-g') };
}

export async function startPostgres(): Promise<TestPostgres> {
  const program = findService('postgres');
  if (program === undefined) throw new Error('postgres is not installed');
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), 'responder-postgres-'));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
  execFileSync(join(dirname(program), 'initdb'), [...initdb, '--locale=C.UTF-8'], {
    stdio: 'pipe',
    cwd: folder,
    ...user,
  });
  const port = await freePort();
  const launch = () =>
    startProgram({
      program,
      args: ['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1', '-c', 'fsync=off'],
      ready: /ready to accept connections/,
      cwd: folder,
      ...user,
    });
  let running: Awaited<ReturnType<typeof launch>> | undefined = await launch();
  let databases = 0;
  return {
    port,
    async createDatabase() {
      const name = `test_${++databases}`;
      const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres' });
      await client.connect();
      await client.query(`create database ${name}`);
      await client.end();
      return `postgres://postgres@127.0.0.1:${port}/${name}`;
    },
    async crash() {
      // SIGQUIT is PostgreSQL's immediate shutdown: as a crash, but it leaves no shared memory behind.
      await running?.stop('SIGQUIT');
      running = undefined;
    },
    async start() {
      running ??= await launch();
    },
    async stop() {
      await running?.stop('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
