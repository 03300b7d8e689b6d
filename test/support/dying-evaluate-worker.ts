/**
 * A worker thread of `evaluate` for tests: it dies in the way that the mail in hand is named.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { judgeFailed } from '../../src/commands/evaluate-judge.ts';
import type { Batch, WorkerStart } from '../../src/commands/evaluate-threads.ts';

const { current, options } = workerData as WorkerStart;
if (options.config === 'cannot-start') throw new Error('no settings');

parentPort?.on('message', (batch: Batch) => {
  const judged = batch.map(({ index, mail }) => {
    Atomics.store(current, 0, index);
    if (mail.file === 'exit') process.exit(3);
    if (mail.file === 'throw') throw new Error('out of luck');
    return { index, mail: judgeFailed(mail, 'judged') };
  });
  parentPort?.postMessage({ judged });
});
parentPort?.postMessage({ judged: [] });
