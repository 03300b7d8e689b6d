/**
 * `classify PATH…`: what would happen to these mails. No network, no store; nothing is sent or changed.
 */
import { resolve } from 'node:path';
import { renderReply } from '../core/compose.ts';
import type { Customer } from '../core/customer.ts';
import { indexCustomers } from '../core/customer-index.ts';
import { decideMail } from '../core/decide-mail.ts';
import type { Decision } from '../core/decision.ts';
import type { Reason } from '../core/reasons.ts';
import { reasonSentence } from '../core/reasons.ts';
import { nothingSentBefore, restrain, withheld } from '../core/restrain.ts';
import { TemplateError } from '../core/template.ts';
import type { TemplateSet } from '../core/template-compile.ts';
import { readCustomers } from '../edges/customers-csv.ts';
import { loadSettings } from '../edges/settings.ts';
import { ResponderError } from '../errors.ts';
import {
  type ClassificationInput,
  type ClassificationLine,
  classificationLine,
  type ReplyLine,
} from './classification-line.ts';
import type { CommandIo } from './io.ts';
import { type Knowledge, loadKnowledge, loadTemplateSet } from './knowledge.ts';
import { findMailFiles, type MailFile, type RawMail, readMailFile } from './mail-files.ts';

export interface ClassifyOptions {
  readonly paths: readonly string[];
  readonly customers?: string;
  readonly config?: string;
  readonly json?: boolean;
}

export async function classifyCommand(options: ClassifyOptions, io: CommandIo): Promise<number> {
  if (options.paths.filter((path) => path === '-').length > 1) {
    throw new ResponderError('USAGE', 'Standard input can be read once only: name “-” once.');
  }
  const settings = loadSettings({
    ...(options.config === undefined ? {} : { configPath: options.config }),
    env: io.env,
    cwd: io.cwd,
    secrets: 'optional',
  });
  const customers = await readCustomersFor(options, io);
  const classifier: Classifier = {
    knowledge: await loadKnowledge(settings),
    templates: await loadTemplateSet(settings),
    findCandidates: indexCustomers(customers.customers),
    now: new Date(),
  };
  warnOfTemplates(classifier.templates, io);
  const nothingIn = (folder: string) => io.stderr.write(`${folder}: no .eml file is below it.\n`);
  let fellShort = !customers.complete;
  for await (const file of findMailFiles(options.paths, { cwd: io.cwd, nothingIn })) {
    // Whoever reads has seen enough (`| head`).
    if (io.stdout.writable === false) break;
    const input = await classifyFile(file, classifier, io);
    fellShort ||=
      input.decision.reason === 'review-unreadable-file' ||
      input.decision.reason === 'review-processing-failed';
    const line = classificationLine(input);
    io.stdout.write(options.json === true ? `${JSON.stringify(line)}\n` : describeLine(line));
  }
  return fellShort ? 1 : 0;
}

/** Where a template is damaged, another language may step in, or the mail goes to the desk. */
function warnOfTemplates({ problems }: TemplateSet, io: CommandIo): void {
  if (problems.length === 0) return;
  io.stderr.write(
    `The templates have ${problems.length} problem(s), so replies are not shown as they should be: see \`templates check\`.\n`,
  );
}

async function readCustomersFor(
  { customers: file }: ClassifyOptions,
  io: CommandIo,
): Promise<{ readonly customers: readonly Customer[]; readonly complete: boolean }> {
  if (file === undefined) return { customers: [], complete: true };
  const read = await readCustomers(resolve(io.cwd, file));
  for (const { line, column, value, message } of read.problems) {
    io.stderr.write(
      `${file}: line ${line}, column ${column}: ${JSON.stringify(value)}: ${message}\n`,
    );
  }
  if (read.problems.length > 0) {
    io.stderr.write(
      'The customers with a bad row are left out, so their mails match nobody here.\n',
    );
  }
  return { customers: read.customers, complete: read.problems.length === 0 };
}

interface Classifier {
  readonly knowledge: Knowledge;
  readonly templates: TemplateSet;
  readonly findCandidates: ReturnType<typeof indexCustomers>;
  readonly now: Date;
}

async function classifyFile(
  file: MailFile,
  classifier: Classifier,
  io: CommandIo,
): Promise<ClassificationInput> {
  const read = await readMailFile(file, io.stdin);
  if ('failure' in read) return failed(file, 'review-unreadable-file', read.failure);
  try {
    return { file: file.name, ...(await classifyRaw(read, classifier)) };
  } catch (error) {
    // A fault of ours must not end a run over thousands of mails; the worker gives such a mail to the desk.
    return failed(
      file,
      'review-processing-failed',
      error instanceof Error ? error.message : String(error),
    );
  }
}

async function classifyRaw(
  { raw, complete }: RawMail,
  { knowledge, templates, findCandidates, now }: Classifier,
): Promise<Omit<ClassificationInput, 'file'>> {
  const { policy, catalog } = knowledge;
  const { mail, decision } = await decideMail(
    raw,
    { policy, catalog, findCandidates },
    { complete, now },
  );
  const restrained = restrain(decision, nothingSentBefore, policy);
  if (restrained.action !== 'reply') return { mail, decision: restrained };
  try {
    const { subject, text, locale } = renderReply({
      plan: restrained.plan,
      templates,
      contacts: knowledge.contacts,
      partner: knowledge.partner,
      policy,
      now,
    });
    const reply: ReplyLine = { to: restrained.plan.to, subject, text, locale };
    return { mail, decision: restrained, reply };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { mail, decision: withheld(restrained, 'review', 'review-template', error.message) };
  }
}

function failed(file: MailFile, reason: Reason, detail: string): ClassificationInput {
  const decision: Decision = {
    action: 'review',
    reason,
    authentication: { result: 'none', dkimAligned: false },
    evidence: [{ stage: 'parse', code: reason, detail }],
  };
  return { file: file.name, decision };
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
