/**
 * Ports whose calls are counted, and of which one ends the process: before it does anything, or after it has.
 *
 * The process ends by SIGKILL, as the kernel ends it when memory runs out: nothing is closed, nothing is
 * given back, and no handler runs.
 */
import { writeSync } from 'node:fs';
import pg from 'pg';
import type { KillPoint, WorkerWord } from './plan.ts';

export interface CallCounter {
  /** The same port, counted under this name. */
  count<Port extends object>(name: string, port: Port): Port;
  /** Counts what is written to PostgreSQL too, statement by statement, as `writtenPort`. */
  countWrites(pool: object): void;
  calls(): number;
}

/** A transaction is cut off between two of its statements, and between two transactions of one call. */
export const writtenPort = 'sql.write';

const refusedPauseMs = 100;

const writing = /\b(insert|update|delete|commit)\b/i;

export function openCounter(killAt: KillPoint | undefined): CallCounter {
  let calls = 0;
  const callsOf = new Map<string, number>();
  const reach = (port: string, call: number, phase: KillPoint['phase']): void => {
    if (killAt?.call !== call || killAt.phase !== phase) return;
    tell({ said: 'killed', port, at: killAt });
    process.kill(process.pid, 'SIGKILL');
  };
  /** The number of this call, among those that count for the kill; 0 where it does not. */
  const numberOf = (port: string): number => {
    if (port !== writtenPort) calls += 1;
    if (killAt?.port === undefined) return calls;
    const ofPort = (callsOf.get(port) ?? 0) + 1;
    callsOf.set(port, ofPort);
    return killAt.port === port ? ofPort : 0;
  };
  let refusedAt = Number.NEGATIVE_INFINITY;
  /** Said now and then: while a server is away nearly all calls are. */
  const refused = (port: string): void => {
    if (performance.now() - refusedAt < refusedPauseMs) return;
    refusedAt = performance.now();
    tell({ said: 'refused', port });
  };
  const around = (where: string, run: () => unknown): unknown => {
    const call = numberOf(where);
    reach(where, call, 'before');
    const result = run();
    if (!(result instanceof Promise)) return result;
    result.catch(() => refused(where));
    return result.finally(() => reach(where, call, 'after'));
  };
  return {
    calls: () => calls,
    countWrites(pool) {
      if (killAt?.port === writtenPort && pool instanceof pg.Pool)
        pool.on('acquire', (client) => countOn(client, (run) => around(writtenPort, run)));
    },
    count: (name, port) =>
      new Proxy(port, {
        get(target, property) {
          const method: unknown = Reflect.get(target, property);
          if (typeof method !== 'function') return method;
          return (...args: unknown[]) =>
            around(`${name}.${String(property)}`, () => Reflect.apply(method, target, args));
        },
      }),
  };
}

const counted = new WeakSet<object>();

function countOn(client: pg.PoolClient, around: (run: () => unknown) => unknown): void {
  if (counted.has(client)) return;
  counted.add(client);
  const query: unknown = Reflect.get(client, 'query');
  if (typeof query !== 'function') throw new Error('a client of PostgreSQL asks by `query`');
  Reflect.set(client, 'query', (...args: unknown[]) => {
    const run = (): unknown => Reflect.apply(query, client, args);
    return writing.test(textOf(args[0])) ? around(run) : run();
  });
}

function textOf(asked: unknown): string {
  if (typeof asked === 'string') return asked;
  const text: unknown = Reflect.get(Object(asked), 'text');
  return typeof text === 'string' ? text : '';
}

/** At once, so that a word said right before the end is heard. */
export function tell(word: WorkerWord): void {
  writeSync(1, `${JSON.stringify(word)}\n`);
}
