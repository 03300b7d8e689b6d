/**
 * The manifest of `evaluate`: one JSON object a line, each a mail file and what is right about it.
 *
 * Everything wrong with it is told at once, by line, before the first mail is read: a misspelt label that
 * nobody compares would make the figures look better than they are. Keys that it does not know are told.
 */
import { createReadStream } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { manifestLineCharsMax, manifestLinesMax, manifestProblemsMax } from '../core/limits.ts';
import { ResponderError } from '../errors.ts';
import { type Label, readLabelLine } from './evaluate-manifest-line.ts';

/** A mail and what is right about it. Plain data: it is handed to worker threads. */
export interface LabelledMail extends Label {
  readonly path: string;
}

export interface Manifest {
  readonly mails: readonly LabelledMail[];
  /** Keys that were passed over, without repetition. */
  readonly unknownKeys: readonly string[];
}

/**
 * Reads the manifest; `families` are those of the catalog.
 *
 * Throws FILE_NOT_READABLE, or MANIFEST_INVALID whose `details` hold one line for each fault.
 */
export async function readManifest(file: string, families: readonly string[]): Promise<Manifest> {
  const unknown = new Set<string>();
  const mails: LabelledMail[] = [];
  const problems: string[] = [];
  let number = 0;
  for await (const line of linesOf(file)) {
    number += 1;
    const text = number === 1 ? line.replace(/^\uFEFF/, '') : line;
    if (text.trim() === '') continue;
    if (mails.length === manifestLinesMax) {
      problems.push(`line ${number}: there are more than ${manifestLinesMax} mails`);
      break;
    }
    const { label, problems: wrong, unknownKeys } = readLabelLine(text, families);
    for (const key of unknownKeys) if (unknown.size < manifestProblemsMax) unknown.add(key);
    if (label !== undefined) mails.push({ ...label, path: resolve(dirname(file), label.file) });
    problems.push(...wrong.map((problem) => `line ${number}: ${problem}`));
    if (problems.length >= manifestProblemsMax) {
      problems.push('perhaps there are more: what stands below was not read');
      break;
    }
  }
  if (problems.length === 0 && mails.length === 0) problems.push('it names no mail');
  if (problems.length > 0) throw invalid(file, problems);
  return { mails, unknownKeys: [...unknown] };
}

function invalid(file: string, details: readonly string[]): ResponderError {
  return new ResponderError('MANIFEST_INVALID', `${file} cannot be used as it is.`, { details });
}

/** The lines of a file, none longer than the limit: what has no line ends must not fill the memory. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const stream = createReadStream(file, { encoding: 'utf8' });
  let rest = '';
  let number = 0;
  try {
    for await (const chunk of stream) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        number += 1;
        yield checkedLine(file, { line, number });
      }
      checkedLine(file, { line: rest, number: number + 1 });
    }
  } catch (error) {
    if (error instanceof ResponderError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ResponderError('FILE_NOT_READABLE', `${file} cannot be read (${code}).`, {
      cause: error,
    });
  }
  if (rest !== '') yield rest;
}

function checkedLine(
  file: string,
  { line, number }: { readonly line: string; readonly number: number },
): string {
  if (line.length <= manifestLineCharsMax) return line;
  throw invalid(file, [`line ${number}: it is longer than ${manifestLineCharsMax} characters`]);
}
