/**
 * A thread that decides about mails: parsing and all stages, with every look-up asked of the main thread.
 *
 * It holds no connection and no secret of the environment, and the mails of others are not in its memory once
 * they are decided.
 */
import { AssertionError } from 'node:assert';
import { parentPort } from 'node:worker_threads';
import { decideMail, type Judging } from '../core/decide-mail.ts';
import type { Answer, FromThread, Knowledge, Question, ToThread } from './decide-messages.ts';

const port = parentPort;
if (port === null) throw new Error('decide-worker.ts runs as a worker thread only');

const known = new Map<number, Knowledge>();
const asked = new Map<number, PromiseWithResolvers<Answer>>();
let questions = 0;

function tell(message: FromThread): void {
  port?.postMessage(message);
}

/** The caller knows the kind of answer that its kind of question has. */
function ask<Kind extends Answer>(mail: number, question: Question): Promise<Kind> {
  questions += 1;
  const waiting = Promise.withResolvers<Answer>();
  asked.set(questions, waiting);
  tell({ kind: 'question', mail, number: questions, question });
  return waiting.promise as Promise<Kind>;
}

function judgingFor(message: Extract<ToThread, { kind: 'decide' }>): Judging {
  const { mail: number, verifies } = message;
  const knowledge = known.get(message.knowledge);
  if (knowledge === undefined) throw new Error('the thread was not told the settings');
  return {
    ...knowledge,
    findCandidates: (keys) => ask(number, { of: 'candidates', keys }),
    findSimilar: (name) => ask(number, { of: 'similar', name }),
    ...(verifies ? { verify: (_, mail) => ask(number, { of: 'signatures', mail }) } : {}),
  };
}

async function decide(message: Extract<ToThread, { kind: 'decide' }>): Promise<void> {
  const { mail: number, raw, complete, now } = message;
  try {
    const { mail, decision } = await decideMail(raw, judgingFor(message), { complete, now });
    const { messageId, references, inReplyTo, subject, from } = mail;
    const decided = { references, inReplyTo, subject, from };
    tell({
      kind: 'decided',
      mail: number,
      decided: messageId === undefined ? decided : { messageId, ...decided },
      decision,
    });
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    tell({ kind: 'threw', mail: number, error, isAssertion: error instanceof AssertionError });
  }
}

port.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'knowledge':
      known.set(message.number, message.knowledge);
      break;
    case 'decide':
      void decide(message);
      break;
    case 'answer':
      asked.get(message.question)?.resolve(message.answer);
      asked.delete(message.question);
      break;
    case 'no-answer':
      asked.get(message.question)?.reject(new Error('the look-up failed'));
      asked.delete(message.question);
      break;
    default:
      message satisfies never;
  }
});
tell({ kind: 'ready' });
