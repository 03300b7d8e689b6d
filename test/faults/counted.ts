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
  const reach = (port: string, call: number, phase: KillPoint['phase']): void => {
    if (killAt?.call !== call || killAt.phase !== phase) return;
    tell({ said: 'killed', port, at: killAt });
    process.kill(process.pid, 'SIGKILL');
  };
  return {
    calls: () => calls,
    count: (name, port) =>
      new Proxy(port, {
        get(target, property) {
          const method: unknown = Reflect.get(target, property);
          if (typeof method !== 'function') return method;
          return (...args: unknown[]) => {
            calls += 1;
            const call = calls;
            const where = `${name}.${String(property)}`;
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
