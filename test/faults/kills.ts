/**
 * The worker is killed, again and again: at every call of a port, at every step of an SMTP session, and at
 * moments of chance. In the end one worker goes on undisturbed, and the desk is judged.
 */
import type { Backend } from './backends.ts';
import { writtenPort } from './counted.ts';
import { type FaultDesk, openDesk } from './desk.ts';
import { judgeMidway } from './midway.ts';
import { judge, type Verdict } from './oracle.ts';
import type { KillPoint } from './plan.ts';
import type { WorkerProcess } from './process.ts';
import { type SinkStep, sinkSteps } from './sink.ts';

/** What one chain of faults on one desk came to. */
export interface Chain {
  /** By kind: what was done, so that it hit. */
  readonly faults: ReadonlyMap<string, number>;
  readonly runs: number;
  /** Calls of ports that the last, undisturbed worker made. */
  readonly callsOfLast: number;
  readonly verdict: Verdict;
}

export interface KillChainOptions {
  readonly backend: Backend;
  readonly seed: number;
  readonly kills: readonly Kill[];
  readonly mailsPerRun: number;
}

export type Kill =
  | { readonly kind: 'call'; readonly at: KillPoint }
  /** When the sink has reached the step of a session; what the step says is still said. */
  | { readonly kind: 'smtp'; readonly step: SinkStep; readonly session: number }
  /** So long after the worker had its plan. */
  | { readonly kind: 'moment'; readonly afterMs: number };

/** Every call, before and after it, from the first to the last of a range. */
export function callKills(first: number, last: number): readonly Kill[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index).flatMap(
    (call): Kill[] => [
      { kind: 'call', at: { call, phase: 'before' } },
      { kind: 'call', at: { call, phase: 'after' } },
    ],
  );
}

/** Before and after the first call of each of these, `store.accept`, however many others there are by then. */
export function portKills(ports: readonly string[]): readonly Kill[] {
  return ports.flatMap((port): Kill[] => [
    { kind: 'call', at: { port, call: 1, phase: 'before' } },
    { kind: 'call', at: { port, call: 1, phase: 'after' } },
  ]);
}

/** After so many of the first statements that write to PostgreSQL. */
export function writeKills(count: number): readonly Kill[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: 'call',
    at: { port: writtenPort, call: index + 1, phase: 'after' },
  }));
}

export function smtpKills(sessions: number): readonly Kill[] {
  return sinkSteps.flatMap((step) =>
    Array.from(
      { length: sessions },
      (_, index): Kill => ({ kind: 'smtp', step, session: index + 1 }),
    ),
  );
}

/** An undisturbed end that takes longer will never come. */
const quietMsMax = 120_000;

export async function killChain(options: KillChainOptions): Promise<Chain> {
  const { backend, seed, kills, mailsPerRun } = options;
  const customers = (kills.length + 2) * mailsPerRun;
  const desk = await openDesk({ backend, seed, customers });
  try {
    const faults = new Map<string, number>();
    const early: string[] = [];
    await finish(desk);
    for (const kill of kills) {
      await desk.receive(mailsPerRun);
      const kind = await killOnce(desk, kill);
      if (kind !== undefined) faults.set(kind, (faults.get(kind) ?? 0) + 1);
      // The embedded store takes seconds to open: there the end alone is judged.
      if (backend.servers !== undefined) early.push(...(await judgeMidway(desk)));
    }
    await desk.receive(mailsPerRun);
    const callsOfLast = await finish(desk);
    const verdict = await judge(desk);
    const wrong = [...new Set(early), ...verdict.wrong];
    return { faults, runs: kills.length + 2, callsOfLast, verdict: { ...verdict, wrong } };
  } finally {
    await desk.close();
  }
}

/** What the kill hit; undefined when the worker had done everything before. */
async function killOnce(desk: FaultDesk, kill: Kill): Promise<string | undefined> {
  const quietAtUid = await desk.uidNext();
  const killAt = kill.kind === 'call' ? { killAt: kill.at } : {};
  const worker = await desk.start({ quietAtUid, ...killAt });
  if (kill.kind === 'smtp') killAtStep(desk, worker, kill);
  const timer =
    kill.kind === 'moment' ? setTimeout(() => void worker.kill(), kill.afterMs) : undefined;
  const end = await worker.ended;
  clearTimeout(timer);
  desk.sink.at = () => undefined;
  if (end.how === 'failed' && (await worker.started))
    throw new Error(`the worker ended by itself: ${end.error}`);
  if (end.how === 'quiet' || end.how === 'failed') return undefined;
  if (kill.kind === 'call') return `killed ${kill.at.phase} ${kill.at.port ?? 'a port call'}`;
  return kill.kind === 'smtp' ? `killed at SMTP ${kill.step}` : 'killed at a moment of chance';
}

function killAtStep(
  { sink }: FaultDesk,
  worker: WorkerProcess,
  { step, session }: Extract<Kill, { kind: 'smtp' }>,
): void {
  let reached = 0;
  sink.at = (now) => {
    if (now !== step) return undefined;
    reached += 1;
    if (reached === session) void worker.kill();
    return undefined;
  };
}

/** A worker that nothing disturbs, up to its end; how many calls of its ports it made. */
export async function finish(desk: FaultDesk): Promise<number> {
  for (let start = 1; ; start += 1) {
    const worker = await desk.start({ quietAtUid: await desk.uidNext() });
    // On a busy machine a server may not answer in time, which ends a start: whoever supervises it starts it again.
    if ((await worker.started) || start === startsMax) return endOf(worker);
  }
}

const startsMax = 5;

/** Waits for a worker that has no faults before it any more. One that is not done in time is ended. */
export async function endOf(worker: WorkerProcess): Promise<number> {
  const timer = setTimeout(() => void worker.kill(), quietMsMax);
  const end = await worker.ended;
  clearTimeout(timer);
  // What was left undone is named by the oracle.
  if (end.how === 'failed') throw new Error(`the last worker failed: ${end.error}`);
  return end.how === 'quiet' ? end.calls : 0;
}
