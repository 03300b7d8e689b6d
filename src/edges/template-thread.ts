/**
 * Checks templates and renders previews beside the service, in a thread of its own: a check takes a tenth of a second
 * of the processor, and mails are answered meanwhile.
 *
 * The thread starts with the first question and ends when nobody has asked for a while. A text that it cannot get over
 * costs the thread, and whoever asked is told.
 */
import { Worker } from 'node:worker_threads';
import type { TemplateAnswer, TemplateWork } from '../core/template-work.ts';
import { ResponderError } from '../errors.ts';

/** What comes back from the thread. */
export type TemplateOutcome =
  | { readonly number: number; readonly answer: TemplateAnswer }
  | { readonly number: number; readonly error: string };

export interface TemplateThread {
  /** Throws TEMPLATES_CHECK_FAILED. */
  ask(work: TemplateWork): Promise<TemplateAnswer>;
  close(): Promise<void>;
}

/** All languages take some 3 s on a slow core; one file takes a tenth of one. */
const workMsMax = 20_000;
/** A thread that waits holds some 40 MB. */
const idleMsMax = 120_000;
/** All languages take some 200 MB. What a template repeats without end must not take the memory of the service. */
const heapMbMax = 256;
/** More questions than a room full of editors asks: whoever comes then is told to ask again. */
const waitingMax = 40;

interface Asked {
  readonly work: TemplateWork;
  readonly resolve: (answer: TemplateAnswer) => void;
  readonly reject: (error: ResponderError) => void;
}

export function openTemplateThread(
  script = new URL('./template-worker.ts', import.meta.url),
  msMax = workMsMax,
): TemplateThread {
  const waiting: Asked[] = [];
  let worker: Worker | undefined;
  let current: Asked | undefined;
  let timer: NodeJS.Timeout | undefined;
  let number = 0;

  const end = (sentence: string): void => {
    clearTimeout(timer);
    const ended = worker;
    worker = undefined;
    void ended?.terminate();
    const failed = current;
    current = undefined;
    failed?.reject(failure(sentence));
    next();
  };
  const start = (): Worker => {
    const started = new Worker(script, {
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: heapMbMax },
    });
    // Whoever closes the service does not wait for an idle thread.
    started.unref();
    started.on('message', (outcome: TemplateOutcome) => {
      if (started !== worker || outcome.number !== number || current === undefined) return;
      clearTimeout(timer);
      const { resolve, reject } = current;
      current = undefined;
      if ('answer' in outcome) resolve(outcome.answer);
      else reject(failure(`The templates could not be checked: ${outcome.error}.`));
      next();
    });
    started.on('error', (error) => {
      if (started === worker) end(`The check ended: ${String(error)}.`);
    });
    return started;
  };
  const next = (): void => {
    if (current !== undefined) return;
    clearTimeout(timer);
    current = waiting.shift();
    if (current === undefined) {
      timer = setTimeout(() => end('Nobody asked.'), idleMsMax).unref();
      return;
    }
    worker ??= start();
    number += 1;
    timer = setTimeout(() => end(`The check took longer than ${msMax / 1_000} s.`), msMax);
    worker.postMessage({ number, work: current.work });
  };
  return {
    ask(work) {
      return new Promise((resolve, reject) => {
        if (waiting.length >= waitingMax) {
          reject(failure('Too many checks wait already.'));
          return;
        }
        waiting.push({ work, resolve, reject });
        next();
      });
    },
    async close() {
      clearTimeout(timer);
      for (const { reject } of waiting.splice(0)) reject(failure('The service stops.'));
      current?.reject(failure('The service stops.'));
      current = undefined;
      await worker?.terminate();
      worker = undefined;
    },
  };
}

function failure(sentence: string): ResponderError {
  return new ResponderError('TEMPLATES_CHECK_FAILED', sentence);
}
