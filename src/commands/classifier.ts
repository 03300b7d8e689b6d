/**
 * What `classify` and `evaluate` share: everything that decides about a mail file, loaded once, and the
 * decision itself. No network, no store; nothing is sent or changed.
 */

import { resolve } from 'node:path';
import { renderReply } from '../core/compose.ts';
import type { Customer } from '../core/customer.ts';
import { type CustomerFinder, indexCustomers } from '../core/customer-index.ts';
import { decideMail } from '../core/decide-mail.ts';
import type { Decision } from '../core/decision.ts';
import type { Reason } from '../core/reasons.ts';
import { nothingSentBefore, restrain, withheld } from '../core/restrain.ts';
import { TemplateError } from '../core/template.ts';
import type { TemplateSet } from '../core/template-compile.ts';
import { systemClock } from '../edges/clock.ts';
import { readCustomers } from '../edges/customers-file.ts';
import { type MailVerifier, verifierFor } from '../edges/mail-verifier.ts';
import type { ClassificationInput, ReplyLine } from './classification-line.ts';
import { settingsFor } from './command-settings.ts';
import type { CommandIo } from './io.ts';
import {
  type Knowledge,
  knowledgeFor,
  loadKnowledge,
  loadTemplateSet,
  mailboxNamed,
  settingsOf,
} from './knowledge.ts';
import { type MailFile, type RawMail, readMailFile } from './mail-files.ts';

export interface ClassifierOptions {
  readonly customers?: string;
  readonly config?: string;
  /** By whose settings it is decided; the first mailbox where it is not said. */
  readonly mailbox?: string;
}

export interface Classifier {
  readonly knowledge: Knowledge;
  readonly templates: TemplateSet;
  readonly finder: CustomerFinder;
  readonly now: Date;
  /** With the keys of the settings alone; absent where they have none. */
  readonly verify?: MailVerifier;
}

export interface LoadedClassifier {
  readonly classifier: Classifier;
  /** False where customers with a bad row were left out. */
  readonly complete: boolean;
}

/**
 * Loads settings, notice families, templates and the customers file, and tells of what is wrong with
 * the last two on standard error. Throws ResponderError where they cannot be used at all.
 */
export async function loadClassifier(
  options: ClassifierOptions,
  io: Pick<CommandIo, 'env' | 'cwd' | 'stderr'>,
): Promise<LoadedClassifier> {
  const loaded = settingsFor(options, io, 'optional');
  const own = mailboxNamed(loaded, options.mailbox);
  const settings = settingsOf(loaded, own);
  const customers = await readCustomersFor(options, io);
  const verify = verifierFor(settings, { clock: systemClock, network: 'none' });
  const classifier: Classifier = {
    knowledge: knowledgeFor(await loadKnowledge(settings), own ?? {}),
    templates: await loadTemplateSet(settings.templatesDir),
    finder: indexCustomers(customers.customers),
    now: new Date(),
    ...(verify === undefined ? {} : { verify }),
  };
  warnOfTemplates(classifier.templates, io);
  return { classifier, complete: customers.complete };
}

/** Where a template is damaged, another language may step in, or the mail goes to the desk. */
function warnOfTemplates({ problems }: TemplateSet, io: Pick<CommandIo, 'stderr'>): void {
  if (problems.length === 0) return;
  io.stderr.write(
    `The templates have ${problems.length} problem(s), so replies are not shown as they should be: see \`templates check\`.\n`,
  );
}

async function readCustomersFor(
  { customers: file }: ClassifierOptions,
  io: Pick<CommandIo, 'cwd' | 'stderr'>,
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

/** Decides about one file. What cannot be read or handled is a decision too: `review`, with its reason. */
export async function classifyFile(
  file: MailFile,
  classifier: Classifier,
  stdin: CommandIo['stdin'],
): Promise<ClassificationInput> {
  const read = await readMailFile(file, stdin);
  if ('failure' in read) return failedFile(file, 'review-unreadable-file', read.failure);
  try {
    return { file: file.name, ...(await classifyRaw(read, classifier)) };
  } catch (error) {
    // A fault of ours must not end a run over thousands of mails; the worker gives such a mail to the desk.
    return failedFile(
      file,
      'review-processing-failed',
      error instanceof Error ? error.message : String(error),
    );
  }
}

async function classifyRaw(
  { raw, complete }: RawMail,
  { knowledge, templates, finder, now, verify }: Classifier,
): Promise<Omit<ClassificationInput, 'file'>> {
  const { policy, catalog } = knowledge;
  const { mail, decision } = await decideMail(
    raw,
    { policy, catalog, ...finder, ...(verify === undefined ? {} : { verify }) },
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

/** The line of a file that was not decided about: the desk gets it, with the reason. */
export function failedFile(file: MailFile, reason: Reason, detail: string): ClassificationInput {
  const decision: Decision = {
    action: 'review',
    reason,
    authentication: { result: 'none', dkimAligned: false },
    evidence: [{ stage: 'parse', code: reason, detail }],
  };
  return { file: file.name, decision };
}
