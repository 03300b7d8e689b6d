/**
 * Ports whose calls are counted, and of which one ends the process: before it does anything, or after it has.
 *
 * The process ends by SIGKILL, as the kernel ends it when memory runs out: nothing is closed, nothing is
 * given back, and no handler runs.
 */
import { writeSync } from 'node:fs';
import type { KillPoint, WorkerWord } from './plan.ts';

export interface CallCounter {
  /** The same port, counted under this name. */
  count<Port extends object>(name: string, port: Port): Port;
  calls(): number;
}

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
    calls += 1;
    if (killAt?.port === undefined) return calls;
    const ofPort = (callsOf.get(port) ?? 0) + 1;
    callsOf.set(port, ofPort);
    return killAt.port === port ? ofPort : 0;
  };
  return {
    calls: () => calls,
    count: (name, port) =>
      new Proxy(port, {
        get(target, property) {
          const method: unknown = Reflect.get(target, property);
          if (typeof method !== 'function') return method;
          return (...args: unknown[]) => {
            const where = `${name}.${String(property)}`;
            const call = numberOf(where);
            reach(where, call, 'before');
            const result: unknown = Reflect.apply(method, target, args);
            if (!(result instanceof Promise)) return result;
            return result.finally(() => reach(where, call, 'after'));
          };
        },
      }),
  };
}

/** At once, so that a word said right before the end is heard. */
export function tell(word: WorkerWord): void {
  writeSync(1, `${JSON.stringify(word)}\n`);
}
