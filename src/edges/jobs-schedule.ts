/**
 * Work that comes back by itself: run by one process at a time, whoever is free, and never twice at once.
 *
 * A run that fails is logged and waits for its next time: what it did not do is still to be done then. A schedule
 * that the queue has lost, as a Redis that lost everything, is put up again.
 */
import type { Log, Schedule } from '../ports.ts';
import type { JobsBackend, ScheduleQueue, StartedJob } from './jobs-queue.ts';

export interface ScheduleOptions {
  readonly schedule: Schedule;
  readonly backend: JobsBackend['schedules'];
  readonly log: Log;
  readonly logError: (error: Error) => void;
  readonly stall: { readonly lockMs: number; readonly checkMs: number };
  /** How often it is looked whether the schedule is still there. */
  readonly keepMs: number;
}

/** A schedule of this process, until it is closed. */
export interface OpenSchedule {
  readonly name: string;
  /** Puts it up no more, since it is to end. */
  leave(): void;
  /** Tells the run in hand that it should end. */
  abort(): void;
  /** Resolves when nothing runs. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Letters, digits and hyphens: names of queues and of BullMQ’s schedulers hold no colon. */
export function scheduleQueue(name: string): string {
  return `transition-responder-schedule-${name}`;
}

/** Begins to take part in a schedule, and puts it up where nobody has. */
export async function openSchedule(
  queue: ScheduleQueue,
  { schedule, backend, log, logError, stall, keepMs }: ScheduleOptions,
): Promise<OpenSchedule> {
  const closing = new AbortController();
  const busy = new Set<Promise<void>>();
  const run = (job: StartedJob): Promise<void> => {
    const running = attempt(job).finally(() => busy.delete(running));
    busy.add(running);
    return running;
  };
  const attempt = async (job: StartedJob): Promise<void> => {
    try {
      if (await isFirst(job, queue)) await schedule.run(closing.signal);
    } catch (error) {
      log.error({ schedule: schedule.name, err: error }, 'A scheduled job failed; it comes back.');
    }
  };
  const putUp = () =>
    queue.upsertJobScheduler(
      schedule.name,
      { every: schedule.everyMs },
      { name: schedule.name, opts: { removeOnComplete: true, removeOnFail: true } },
    );
  const known = await queue.getJobScheduler(schedule.name);
  // Putting the same schedule up again would begin a run at every start.
  if (known?.every !== schedule.everyMs) await putUp();
  const worker = await backend.openWorker({
    name: scheduleQueue(schedule.name),
    run,
    failed: (_job, error) =>
      log.error(
        { schedule: schedule.name, err: error },
        'A scheduled job is left for its next time.',
      ),
    error: logError,
    options: { concurrency: 1, lockDuration: stall.lockMs, stalledInterval: stall.checkMs },
  });
  // Another pace is another process's, with newer settings perhaps: it stays.
  const keep = async (): Promise<void> => {
    if ((await queue.getJobScheduler(schedule.name)) !== undefined) return;
    log.warn({ schedule: schedule.name }, 'The queue has lost a schedule; it is put up again.');
    await putUp();
  };
  const keeping = setInterval(() => void keep().catch(logError), keepMs);
  return {
    name: schedule.name,
    leave: () => clearInterval(keeping),
    abort: () => closing.abort(),
    async idle() {
      while (busy.size > 0) await Promise.allSettled(busy);
    },
    async close() {
      clearInterval(keeping);
      await worker.close();
    },
  };
}

/**
 * Whether no other process was at it before: then this run is left out. BullMQ’s own limit across processes
 * is no help, since on PostgreSQL it makes those that wait ask again without a pause.
 */
async function isFirst(job: StartedJob, queue: ScheduleQueue): Promise<boolean> {
  const others = (await queue.getActive()).filter(({ id }) => id !== job.id);
  const order = ({ processedOn = 0, id = '' }: StartedJob) => [processedOn, id] as const;
  const [at, id] = order(job);
  return others
    .map(order)
    .every(([otherAt, otherId]) => otherAt > at || (otherAt === at && otherId > id));
}
