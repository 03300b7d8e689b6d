/**
 * Labelled mails judged: few of them here, many in worker threads.
 */
import { availableParallelism } from 'node:os';
import { evaluatedAloneMax, evaluatedEvidenceMax, evaluateWorkersMax } from '../core/limits.ts';
import type { Classifier, ClassifierOptions } from './classifier.ts';
import { type JudgedMail, judgeMail } from './evaluate-judge.ts';
import type { LabelledMail } from './evaluate-manifest.ts';
import { type Progress, showProgress } from './evaluate-progress.ts';
import { judgeInThreads } from './evaluate-threads.ts';
import type { CommandIo } from './io.ts';

export interface Run {
  /** In the order of the manifest. */
  readonly mails: readonly JudgedMail[];
  readonly seconds: number;
  /** 0: without worker threads. */
  readonly workers: number;
}

export interface RunInput {
  readonly mails: readonly LabelledMail[];
  readonly classifier: Classifier;
  /** From which a worker thread loads the same classifier for itself. */
  readonly options: ClassifierOptions;
  readonly io: CommandIo;
}

/** Judges all mails, with progress on standard error. */
export async function judgeAll(input: RunInput): Promise<Run> {
  const { mails, options, io } = input;
  const began = performance.now();
  const progress = showProgress(io.stderr, mails.length);
  const workers = workersFor(mails.length);
  const judged =
    workers === 0
      ? await judgeHere(input, progress)
      : await judgeInThreads({ mails, options, place: io, workers, onJudged: progress.add });
  progress.end();
  return {
    mails: withEvidenceOfFirst(judged, evaluatedEvidenceMax),
    seconds: (performance.now() - began) / 1_000,
    workers,
  };
}

function workersFor(mails: number): number {
  if (mails <= evaluatedAloneMax) return 0;
  const worthwhile = Math.ceil((mails * 2) / evaluatedAloneMax);
  return Math.min(availableParallelism(), evaluateWorkersMax, worthwhile);
}

async function judgeHere(
  { mails, classifier }: RunInput,
  progress: Progress,
): Promise<readonly JudgedMail[]> {
  const judged: JudgedMail[] = [];
  for (const mail of mails) {
    judged.push(await judgeMail(mail, classifier));
    progress.add(1);
  }
  return judged;
}

/** Keeps the evidence of the first wrong mails only: whoever labelled all wrong needs no more to see it. */
function withEvidenceOfFirst(
  mails: readonly JudgedMail[],
  shownMax: number,
): readonly JudgedMail[] {
  let left = shownMax;
  return mails.map((mail) => {
    if (mail.evidence === undefined) return mail;
    left -= 1;
    if (left >= 0) return mail;
    const { evidence: _, ...rest } = mail;
    return rest;
  });
}
