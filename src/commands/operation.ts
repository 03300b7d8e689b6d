/**
 * The queue of the service, and what the operator wants to see of its work: figures and health by HTTP, traces.
 *
 * Each is loaded only where the settings ask for it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { QueueBoard } from '../edges/bull-board.ts';
import { systemClock } from '../edges/clock.ts';
import { openJobs } from '../edges/jobs.ts';
import { MemoryQueues } from '../edges/jobs-memory.ts';
import { programRoot, type Settings } from '../edges/settings.ts';
import { redactorOf } from '../edges/settings-log.ts';
import type { OpenedTelemetry } from '../edges/telemetry.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { LoginExpiries } from '../ports/oauth.ts';
import type { Job, Jobs, Log } from '../ports.ts';
import type { OpenedStore } from '../store/open.ts';
import { observedJobs } from './observed-jobs.ts';
import type { Role } from './roles.ts';
import type { ServiceHealth } from './service-health.ts';

export interface OperationOptions extends OpenedStore {
  readonly settings: Settings;
  readonly log: Log;
  readonly roles: readonly Role[];
}

export interface Operation {
  /** The queue; the service closes it. */
  readonly jobs: Jobs;
  readonly metrics: Metrics;
  /** From now on the service is ready when its parts are; until `stopping`. */
  started(service: { readonly loginExpiries: LoginExpiries }): void;
  stopping(): void;
  /** A board on the queue, for its opener to close; undefined where the jobs are in this process alone. */
  openBoard(): Promise<QueueBoard | undefined>;
  close(): Promise<void>;
}

/** Throws QUEUE_UNREACHABLE, PORT_IN_USE or HTTP_FAILED; nothing is left open then. */
export async function openOperation(options: OperationOptions): Promise<Operation> {
  const { settings, log, pool } = options;
  const tracing = await openTracing(settings, log);
  const traced = tracing === undefined ? {} : { telemetry: tracing.telemetry };
  let queue: Jobs | undefined;
  try {
    queue = await openJobs({ ...settings.queue, ...memoryFor(settings), pool, log, ...traced });
    const { health, metrics: counts } = await openHealth(options, queue);
    const metrics = tracing?.withSpans(counts) ?? counts;
    const around = tracing?.around ?? ((_job: Job, work: () => Promise<void>) => work());
    return {
      jobs: observedJobs(queue, { metrics, around }),
      metrics,
      started: ({ loginExpiries }) => health?.started(loginExpiries),
      stopping: () => health?.stopping(),
      openBoard: () => openBoard(options),
      async close() {
        await health?.close();
        await tracing?.close();
      },
    };
  } catch (error) {
    await queue?.close();
    await tracing?.close();
    throw error;
  }
}

/**
 * Beside the embedded store the jobs stay in this process, the only one. Not where mails are decided in the
 * process itself: only a queue outside of it remembers that a mail has ended the process before.
 */
function memoryFor({ store, work }: Settings): { readonly memory?: MemoryQueues } {
  const isAlone = store.databaseUrl === undefined && work.threads !== 0;
  return isAlone ? { memory: new MemoryQueues() } : {};
}

async function openBoard({
  settings,
  pool,
  log,
}: OperationOptions): Promise<QueueBoard | undefined> {
  if (memoryFor(settings).memory !== undefined) return undefined;
  const { openQueueBoard } = await import('../edges/bull-board.ts');
  const mailboxes = settings.mailboxes.map(({ name }) => name);
  return openQueueBoard({ ...settings.queue, pool, mailboxes, log });
}

function programVersion(): string {
  const text = readFileSync(join(programRoot, 'package.json'), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

async function openTracing(settings: Settings, log: Log): Promise<OpenedTelemetry | undefined> {
  const { otlpUrl, serviceName } = settings.telemetry;
  if (otlpUrl === undefined) return undefined;
  const { openTelemetry } = await import('../edges/telemetry.ts');
  const redactor = redactorOf(settings, 'all');
  return openTelemetry({ otlpUrl, serviceName, version: programVersion(), redactor, log });
}

async function openHealth(
  { settings, store, log, roles }: OperationOptions,
  jobs: Jobs,
): Promise<{ readonly health?: ServiceHealth; readonly metrics: Metrics }> {
  const { host, port } = settings.http;
  if (port === undefined) return { metrics: uncounted };
  const { openMetrics } = await import('../edges/metrics.ts');
  const { openServiceHealth } = await import('./service-health.ts');
  const mailboxes = settings.mailboxes.map(({ name }) => name);
  const metrics = openMetrics({ mailboxes, version: programVersion() });
  const health = await openServiceHealth({
    place: { host, port },
    settings,
    store,
    jobs,
    clock: systemClock,
    log,
    roles,
    metrics,
  });
  return { health, metrics };
}

const nothing = (): void => undefined;

/** Where nobody asks for figures. */
const uncounted: Metrics = {
  mailsSeen: nothing,
  decided: nothing,
  replied: nothing,
  templateFailed: nothing,
  jobEnded: nothing,
  failed: nothing,
};
