/**
 * One labelled mail: classified, and what was decided compared with its label.
 *
 * Of the mail itself nothing is kept, of the evidence only that of wrong ones: a run holds thousands.
 */

import { shownCharsMax } from '../core/limits.ts';
import type { Evidence } from '../core/mail.ts';
import { shown } from '../core/normalize.ts';
import type { Action, Reason } from '../core/reasons.ts';
import { type ClassificationLine, classificationLine } from './classification-line.ts';
import { type Classifier, classifyFile, failedFile } from './classifier.ts';
import { foundAt, isAsLabelled, type notReply } from './evaluate-label.ts';
import type { LabelledMail } from './evaluate-manifest.ts';

export interface Miss {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** What came of one mail. Plain data: worker threads hand it back. Texts are fit to be shown. */
export interface JudgedMail {
  readonly file: string;
  readonly groups: readonly string[];
  readonly ms: number;
  readonly action: Action;
  readonly reason: Reason;
  readonly family: string | null;
  /** Absent where the label does not say. */
  readonly labelledAction?: Action | typeof notReply;
  readonly labelledFamily?: string | null;
  /** Every other value that was compared, by its path, and whether it was right. */
  readonly values: readonly (readonly [path: string, isRight: boolean])[];
  readonly misses: readonly Miss[];
  /** Why it counts as wrong whatever its label says. */
  readonly failure?: 'unreadable' | 'exception';
  readonly isWrong: boolean;
  /** A reply would have gone out that the label does not want: the worst there is. */
  readonly isWrongReply: boolean;
  /** Of wrong ones only. */
  readonly evidence?: readonly Evidence[];
}

/** A reply with one of these wrong reaches the wrong person, or tells the wrong thing. */
const decisiveForReply = ['action', 'family', 'customer', 'customer.id', 'scenario', 'reply.to'];

/** Classifies a mail and compares. Never throws on content. */
export async function judgeMail(mail: LabelledMail, classifier: Classifier): Promise<JudgedMail> {
  const began = performance.now();
  const file = { name: mail.file, path: mail.path };
  const line = classificationLine(await classifyFile(file, classifier, noInput()));
  return judgeLine(mail, line, performance.now() - began);
}

/** A mail at which everything ended, so that nothing was decided. */
export function judgeFailed(mail: LabelledMail, detail: string): JudgedMail {
  const failed = failedFile({ name: mail.file }, 'review-processing-failed', detail);
  return judgeLine(mail, classificationLine(failed), 0);
}

/** Compares one line of `classify` with the label. */
export function judgeLine(mail: LabelledMail, line: ClassificationLine, ms: number): JudgedMail {
  const checked = Object.entries(mail.label).map(([path, label]) => {
    const found = foundAt(line, path);
    return { path, label, found, isRight: isAsLabelled(path, label, found) };
  });
  const failure = failureOf(line.reason);
  // Of a file that is not there nothing was decided, so there is nothing to compare.
  const misses = (failure === 'unreadable' ? [] : checked)
    .filter(({ isRight }) => !isRight)
    .map(({ path, label, found }) => ({ path, expected: told(label), found: told(found) }));
  const isWrong = misses.length > 0 || failure !== undefined;
  const { action, family } = mail.label;
  return {
    file: shown(mail.file, shownCharsMax),
    groups: mail.groups,
    ms,
    action: line.action,
    reason: line.reason,
    family: line.family,
    ...(isLabelledAction(action) ? { labelledAction: action } : {}),
    ...(family === null || typeof family === 'string' ? { labelledFamily: family } : {}),
    values: checked
      .filter(({ path }) => path !== 'action' && path !== 'family')
      .map(({ path, isRight }) => [path, isRight]),
    misses,
    ...(failure === undefined ? {} : { failure }),
    isWrong,
    isWrongReply:
      line.action === 'reply' && misses.some(({ path }) => decisiveForReply.includes(path)),
    ...(isWrong ? { evidence: line.evidence.map(tellEvidence) } : {}),
  };
}

function failureOf(reason: Reason): JudgedMail['failure'] {
  if (reason === 'review-unreadable-file') return 'unreadable';
  return reason === 'review-processing-failed' ? 'exception' : undefined;
}

function isLabelledAction(value: unknown): value is Action | typeof notReply {
  return typeof value === 'string';
}

function tellEvidence({ stage, code, detail }: Evidence): Evidence {
  return { stage, code, detail: shown(detail, shownCharsMax) };
}

/** A value of a label or a line on one line, fit to be shown. */
function told(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'string') return value === '' ? '(empty)' : shown(value, shownCharsMax);
  if (Array.isArray(value)) return shown(value.map(toldPerson).join(', '), shownCharsMax) || 'none';
  return typeof value === 'object' ? 'some' : shown(String(value), shownCharsMax);
}

function toldPerson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { name, address } = value as { readonly name?: unknown; readonly address?: unknown };
  const parts = [name, address].filter((part) => typeof part === 'string');
  return parts.length === 2 ? `${parts[0]} <${parts[1]}>` : parts.join('');
}

/** A label names files; nothing of it is standard input. */
async function* noInput(): AsyncGenerator<never> {}
