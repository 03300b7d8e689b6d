/**
 * A worker of the fault suite, seen from outside: started, told its plan, heard, killed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../support/source-code.ts';
import type { WorkerOrder, WorkerPlan, WorkerWord } from './plan.ts';

/** How a worker ended. */
export type WorkerEnd =
  /** It had nothing left to do. */
  | { readonly how: 'quiet'; readonly calls: number }
  /** By the port call that the plan named. */
  | { readonly how: 'killed-by-plan'; readonly port: string }
  /** From outside. */
  | { readonly how: 'killed' }
  /** It gave up by itself, as it does when it finds no server at its start. */
  | { readonly how: 'failed'; readonly error: string };

export interface WorkerProcess {
  tell(line: WorkerPlan | WorkerOrder): void;
  /** True once the service runs; false when it ended before. */
  readonly started: Promise<boolean>;
  readonly ended: Promise<WorkerEnd>;
  /** How often it said that a call of its store failed. */
  storeRefusals(): number;
  /** At once, if it still runs. */
  kill(): Promise<WorkerEnd>;
}

/** Resolves when the process has loaded everything and waits for its plan. */
export async function startWorkerProcess(
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [join(projectRoot, 'test/faults/worker.ts')], {
    env,
    cwd,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  // A worker that was killed reads nothing any more.
  child.stdin.on('error', () => undefined);
  const words: WorkerWord[] = [];
  const heard = new EventTarget();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const word = JSON.parse(line) as WorkerWord;
    words.push(word);
    heard.dispatchEvent(new Event(word.said));
  });
  const ended = once(child, 'close').then(([, signal]): WorkerEnd => {
    process.off('exit', killNow);
    heard.dispatchEvent(new Event('ended'));
    return endOf(words, signal === 'SIGKILL');
  });
  const until = (said: WorkerWord['said']): Promise<boolean> =>
    new Promise((resolve) => {
      if (words.some((word) => word.said === said)) resolve(true);
      heard.addEventListener(said, () => resolve(true), { once: true });
      heard.addEventListener('ended', () => resolve(false), { once: true });
    });
  const started = until('started');
  if (!(await until('loaded'))) throw new Error('the worker of the fault suite does not load');
  return {
    tell: (line) => void child.stdin.write(`${JSON.stringify(line)}\n`),
    started,
    ended,
    storeRefusals: () =>
      words.filter((word) => word.said === 'refused' && word.port.startsWith('store.')).length,
    async kill() {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

function endOf(words: readonly WorkerWord[], wasKilled: boolean): WorkerEnd {
  const last = words.at(-1);
  if (last?.said === 'killed') return { how: 'killed-by-plan', port: last.port };
  if (last?.said === 'quiet') return { how: 'quiet', calls: last.calls };
  if (wasKilled) return { how: 'killed' };
  return { how: 'failed', error: last?.said === 'failed' ? last.error : 'ended without a word' };
}
