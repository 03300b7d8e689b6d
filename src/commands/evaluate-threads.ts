/**
 * Labelled mails judged by worker threads, one a core. The order of the results is that of the mails.
 *
 * A thread that dies costs one mail, which is named and counts as an exception; another thread goes on
 * with the rest, so that no mail is lost and nothing waits for ever.
 */
import { Worker } from 'node:worker_threads';
import type { ClassifierOptions } from './classifier.ts';
import { type JudgedMail, judgeFailed } from './evaluate-judge.ts';
import type { LabelledMail } from './evaluate-manifest.ts';
import type { CommandIo } from './io.ts';

/** What a worker is started with. */
export interface WorkerStart {
  readonly options: ClassifierOptions;
  readonly place: Pick<CommandIo, 'env' | 'cwd'>;
  /** Index of the mail in hand, -1 for none; shared memory, so that it outlives the thread. */
  readonly current: Int32Array<SharedArrayBuffer>;
}

/** What a worker is asked. */
export type Batch = readonly { readonly index: number; readonly mail: LabelledMail }[];

/** What it answers; its first answer, to no question, says that it is ready. */
export interface BatchJudged {
  readonly judged: readonly { readonly index: number; readonly mail: JudgedMail }[];
}

export interface ThreadsInput extends Pick<WorkerStart, 'options' | 'place'> {
  readonly mails: readonly LabelledMail[];
  readonly workers: number;
  readonly onJudged: (mails: number) => void;
  /** Another one in tests. */
  readonly script?: URL;
}

/** Few enough that all workers end at nearly the same time, enough that asking costs nothing. */
const batchMailsMax = 25;

/** Judges all mails. Rejects when a worker cannot even start. */
export async function judgeInThreads(input: ThreadsInput): Promise<readonly JudgedMail[]> {
  const judged: JudgedMail[] = [];
  const queue: number[] = Array.from(input.mails.keys());
  const done = (index: number, mail: JudgedMail) => {
    judged[index] = mail;
  };
  const lane = async () => {
    while (queue.length > 0) {
      const death = await runWorker(input, { queue, done });
      if (death === undefined) return;
      const mail = input.mails[death.at];
      if (mail === undefined) throw death.error;
      done(death.at, judgeFailed(mail, `the worker thread ended: ${death.error.message}`));
      input.onJudged(1);
      queue.unshift(...death.batch.filter((index) => index !== death.at));
    }
  };
  await Promise.all(Array.from({ length: input.workers }, lane));
  return judged;
}

interface Death {
  readonly error: Error;
  /** The mail in hand, or -1. */
  readonly at: number;
  /** What it had been given and not handed back. */
  readonly batch: readonly number[];
}

interface Work {
  readonly queue: number[];
  readonly done: (index: number, mail: JudgedMail) => void;
}

/** Runs one worker until the queue is empty, or the worker is dead. */
function runWorker(input: ThreadsInput, { queue, done }: Work): Promise<Death | undefined> {
  const current = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(-1);
  const { options, place, onJudged } = input;
  const start: WorkerStart = { options, place: { cwd: place.cwd, env: { ...place.env } }, current };
  const script = input.script ?? new URL('./evaluate-worker.ts', import.meta.url);
  return new Promise((resolve) => {
    const worker = new Worker(script, { workerData: start });
    let batch: readonly number[] = [];
    let isFinished = false;
    let error = new Error('it stopped without a word');
    worker.on('message', ({ judged }: BatchJudged) => {
      for (const { index, mail } of judged) done(index, mail);
      if (judged.length > 0) onJudged(judged.length);
      batch = queue.splice(0, batchMailsMax);
      isFinished = batch.length === 0;
      if (isFinished) void worker.terminate();
      else worker.postMessage(batchOf(batch, input.mails));
    });
    worker.on('error', (thrown) => {
      error = thrown instanceof Error ? thrown : new Error(String(thrown));
    });
    worker.on('exit', () => {
      resolve(isFinished ? undefined : { error, at: Atomics.load(current, 0), batch });
    });
  });
}

function batchOf(indices: readonly number[], mails: readonly LabelledMail[]): Batch {
  return indices.flatMap((index) => {
    const mail = mails[index];
    return mail === undefined ? [] : [{ index, mail }];
  });
}
