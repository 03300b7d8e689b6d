/**
 * `evaluate MANIFEST.jsonl`: labelled mails in; out come precision, recall, what was taken for what, and
 * every wrong one with its evidence. As `classify`, it opens no connection and no store and sends nothing.
 */
import { constants } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { shownCharsMax } from '../core/limits.ts';
import { shown } from '../core/normalize.ts';
import { ResponderError } from '../errors.ts';
import { type ClassifierOptions, loadClassifier } from './classifier.ts';
import { type Figures, figuresOf } from './evaluate-figures.ts';
import { evaluationPage } from './evaluate-html.ts';
import { type LabelledMail, readManifest } from './evaluate-manifest.ts';
import { judgeAll } from './evaluate-run.ts';
import { evaluationText } from './evaluate-text.ts';
import type { CommandIo } from './io.ts';

export interface EvaluateOptions extends ClassifierOptions {
  readonly manifest: string;
  /** A page is written there too. */
  readonly html?: string;
}

/** Runs the command. Returns the exit code: 1 when anything is wrong, or customers were left out. */
export async function evaluateCommand(options: EvaluateOptions, io: CommandIo): Promise<number> {
  const manifest = resolve(io.cwd, options.manifest);
  await checkPage(options, { manifest, cwd: io.cwd });
  const { figures, complete } = await evaluateMails(
    {
      ...options,
      title: shown(basename(options.manifest), shownCharsMax),
      findMails: async (families) => {
        const { mails, unknownKeys } = await readManifest(manifest, families);
        if (unknownKeys.length > 0) io.stderr.write(`Not compared: ${unknownKeys.join(', ')}.\n`);
        return mails;
      },
    },
    io,
  );
  return complete && figures.wrong.length === 0 ? 0 : 1;
}

export interface EvaluateMails extends ClassifierOptions {
  readonly title: string;
  readonly html?: string;
  readonly findMails: (families: readonly string[]) => Promise<readonly LabelledMail[]>;
}

/** Evaluates labelled mails wherever their labels come from; prints the figures, and returns them. */
export async function evaluateMails(
  { title, html, findMails, ...options }: EvaluateMails,
  io: CommandIo,
): Promise<{ readonly figures: Figures; readonly complete: boolean }> {
  const { classifier, complete } = await loadClassifier(options, io);
  const mails = await findMails(classifier.knowledge.catalog.families.map(({ id }) => id));
  const figures = figuresOf(title, await judgeAll({ mails, classifier, options, io }));
  io.stdout.write(evaluationText(figures));
  if (html !== undefined) {
    await writeFile(resolve(io.cwd, html), evaluationPage(figures, new Date())).catch((error) => {
      throw notWritable(html, error);
    });
    io.stdout.write(`The page: ${html}\n`);
  }
  return { figures, complete };
}

/** Before thousands of mails are read rather than behind them. */
async function checkPage(
  { html }: EvaluateOptions,
  { manifest, cwd }: { readonly manifest: string; readonly cwd: string },
): Promise<void> {
  if (html === undefined) return;
  const path = resolve(cwd, html);
  if (path === manifest) {
    throw new ResponderError('USAGE', '--html names the manifest, which would be overwritten.');
  }
  try {
    // Appending nothing: an earlier page stays until there is a new one.
    const file = await open(path, constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY);
    await file.close();
  } catch (error) {
    throw notWritable(html, error);
  }
}

function notWritable(file: string, error: unknown): ResponderError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return new ResponderError('USAGE', `${file} cannot be written (${code}).`, { cause: error });
}
