/**
 * `classify PATH…`: what would happen to these mails. No network, no store; nothing is sent or changed.
 */
import { reasonSentence } from '../core/reasons.ts';
import { ResponderError } from '../errors.ts';
import { type ClassificationLine, classificationLine } from './classification-line.ts';
import { type ClassifierOptions, classifyFile, loadClassifier } from './classifier.ts';
import type { CommandIo } from './io.ts';
import { findMailFiles } from './mail-files.ts';

export interface ClassifyOptions extends ClassifierOptions {
  readonly paths: readonly string[];
  readonly json?: boolean;
}

export async function classifyCommand(options: ClassifyOptions, io: CommandIo): Promise<number> {
  if (options.paths.filter((path) => path === '-').length > 1) {
    throw new ResponderError('USAGE', 'Standard input can be read once only: name “-” once.');
  }
  const { classifier, complete } = await loadClassifier(options, io);
  const nothingIn = (folder: string) => io.stderr.write(`${folder}: no .eml file is below it.\n`);
  let fellShort = !complete;
  for await (const file of findMailFiles(options.paths, { cwd: io.cwd, nothingIn })) {
    // Whoever reads has seen enough (`| head`).
    if (io.stdout.writable === false) break;
    const input = await classifyFile(file, classifier, io.stdin);
    fellShort ||=
      input.decision.reason === 'review-unreadable-file' ||
      input.decision.reason === 'review-processing-failed';
    const line = classificationLine(input);
    io.stdout.write(options.json === true ? `${JSON.stringify(line)}\n` : describeLine(line));
  }
  return fellShort ? 1 : 0;
}

/** The same for people: the outcome, then what led to it. */
function describeLine(line: ClassificationLine): string {
  const who = line.customer === null ? '' : `, customer ${line.customer.id}`;
  const scenario = line.scenario === null ? '' : `, ${line.scenario}`;
  const evidence = line.evidence.map(
    ({ stage, code, detail }) => `  ${stage.padEnd(13)} ${code}: ${detail}\n`,
  );
  const reply =
    line.reply === null
      ? ''
      : `\n  To: ${line.reply.to}\n  Subject: ${line.reply.subject}\n\n${line.reply.text.replace(/^/gm, '  ')}\n`;
  return `${line.file}\n  ${line.action} (${line.reason})${who}${scenario}\n  ${reasonSentence(line.reason)}\n${evidence.join('')}${reply}\n`;
}
