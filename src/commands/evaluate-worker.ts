/**
 * A worker thread of `evaluate`: loads what `classify` needs for itself, then judges one batch of
 * labelled mails after another until it is ended from outside.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { loadClassifier } from './classifier.ts';
import { judgeMail } from './evaluate-judge.ts';
import type { Batch, BatchJudged, WorkerStart } from './evaluate-threads.ts';

const start = workerData as WorkerStart;
const port = parentPort;
if (port === null) throw new Error('evaluate-worker.ts runs as a worker thread only');

// What is wrong with customers and templates was told by the main thread.
const stderr = { write: () => undefined };
const { classifier } = await loadClassifier(start.options, { ...start.place, stderr });

port.on('message', async (batch: Batch) => {
  const judged: BatchJudged['judged'][number][] = [];
  for (const { index, mail } of batch) {
    // Whatever happens now, the main thread knows at which mail.
    Atomics.store(start.current, 0, index);
    judged.push({ index, mail: await judgeMail(mail, classifier) });
  }
  Atomics.store(start.current, 0, -1);
  port.postMessage({ judged } satisfies BatchJudged);
});
port.postMessage({ judged: [] } satisfies BatchJudged);
