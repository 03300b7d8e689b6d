/**
 * The sending server does, at every step of a session, everything that it must not: refuses for now and for good,
 * says that it is going down, falls silent, closes or resets, before and after it has taken the message.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Backend } from './backends.ts';
import { type FaultDesk, openDesk } from './desk.ts';
import { type Chain, endOf } from './kills.ts';
import { judge } from './oracle.ts';
import { type SinkDeed, type SinkStep, sinkSteps } from './sink.ts';
import { openTally } from './tally.ts';

interface Case {
  readonly step: SinkStep;
  readonly deed: SinkDeed;
  readonly name: string;
}

const silences = ['halt', 'drop', 'reset'] as const;
const refusals: readonly SinkDeed[] = [
  { answer: '451 4.7.1 try later' },
  { answer: '452 4.3.1 full' },
  { answer: '550 5.7.1 no' },
  { answer: '554 5.3.0 no' },
  { answerAndDrop: '421 4.3.2 going down' },
];

/** A message that flows is answered only at its end; one that was taken is taken. */
function deedsAt(step: SinkStep): readonly SinkDeed[] {
  if (step === 'message') return silences;
  // The answer says no, and yet the mail is gone: nobody could know better than to believe it.
  if (step === 'answer') return [...silences];
  return [...silences, ...refusals];
}

export const answerCases: readonly Case[] = sinkSteps.flatMap((step) =>
  deedsAt(step).map((deed) => {
    const said = typeof deed === 'string' ? deed : Object.values(deed)[0];
    return { step, deed, name: `SMTP ${String(said).slice(0, 5).trim()} at ${step}` };
  }),
);

/** A deed that nobody came to see after this long. */
const deedMsMax = 30_000;

/** One worker, one mail for each deed, of as many cases as are given. */
export async function answerChain(
  backend: Backend,
  seed: number,
  cases: readonly Case[] = answerCases,
): Promise<Chain> {
  const desk = await openDesk({ backend, seed, customers: cases.length + 2 });
  const tally = openTally();
  try {
    const worker = await desk.start();
    if (!(await worker.started)) throw new Error('the worker does not start');
    for (const { step, deed, name } of cases) {
      await desk.receive(1, 'first');
      if (await isDone(desk, step, deed)) tally.add(name);
    }
    worker.tell({ quietAtUid: await desk.uidNext() });
    const callsOfLast = await endOf(worker);
    return { faults: tally.counts, runs: 1, callsOfLast, verdict: await judge(desk) };
  } finally {
    await desk.close();
  }
}

/** Does it once, and waits until it was done. */
async function isDone({ sink }: FaultDesk, step: SinkStep, deed: SinkDeed): Promise<boolean> {
  let done = false;
  sink.at = (now) => {
    if (done || now !== step) return undefined;
    done = true;
    return deed;
  };
  const until = performance.now() + deedMsMax;
  while (!done && performance.now() < until) await pause(10);
  return done;
}
