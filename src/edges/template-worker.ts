/**
 * A thread that checks templates and renders previews for whoever edits them.
 */
import { parentPort } from 'node:worker_threads';
import { doTemplateWork, type TemplateWork } from '../core/template-work.ts';
import type { TemplateOutcome } from './template-thread.ts';

const port = parentPort;
if (port === null) throw new Error('template-worker.ts runs as a worker thread only');

port.on('message', ({ number, work }: { readonly number: number; readonly work: TemplateWork }) => {
  port.postMessage(outcomeOf(number, work));
});

function outcomeOf(number: number, work: TemplateWork): TemplateOutcome {
  try {
    return { number, answer: doTemplateWork(work) };
  } catch (error) {
    return { number, error: error instanceof Error ? error.message : String(error) };
  }
}
