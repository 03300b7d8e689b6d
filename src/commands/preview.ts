/**
 * `preview`: a reply as it would be sent, for a sample or a customer; one that was sent; or a page of them all.
 */

import { resolve } from 'node:path';
import { type ComposeInput, composeReply } from '../core/compose.ts';
import { type Reply, repliedScenarios, type Scenario } from '../core/decision.ts';
import { formatProblem, TemplateError } from '../core/template.ts';
import type { TemplateSet } from '../core/template-compile.ts';
import { findNearest } from '../edges/did-you-mean.ts';
import type { MailboxSettings, Settings } from '../edges/settings.ts';
import { parseLocale } from '../edges/settings-values.ts';
import { buildMessage } from '../edges/submission-message.ts';
import { ResponderError } from '../errors.ts';
import { settingsFor } from './command-settings.ts';
import type { CommandIo } from './io.ts';
import {
  type Knowledge,
  knowledgeFor,
  loadKnowledge,
  loadTemplateSet,
  mailboxNamed,
  settingsOf,
  templatesFolder,
} from './knowledge.ts';
import { type GalleryEntry, galleryPage } from './preview-page.ts';
import { planFor } from './preview-plan.ts';
import { withStore } from './with-store.ts';
import { writeOut } from './write-out.ts';

export interface PreviewOptions {
  readonly scenario?: string | undefined;
  readonly locale?: string | undefined;
  readonly customer?: string | undefined;
  readonly customers?: string | undefined;
  readonly sample?: string | undefined;
  /** A case whose reply is shown as it was sent. */
  readonly case?: string | undefined;
  /** A page of every scenario in every locale. */
  readonly all?: boolean | undefined;
  readonly format?: string | undefined;
  readonly out?: string | undefined;
  /** Another folder of templates than that of the settings. */
  readonly templates?: string | undefined;
  /** Whose reply it is; the first mailbox where it is not said. */
  readonly mailbox?: string | undefined;
  readonly config?: string | undefined;
}

const formats = ['text', 'html', 'eml'] as const;
type Format = (typeof formats)[number];

/** Returns the exit code. Throws ResponderError for usage, settings, templates, file and store. */
export async function previewCommand(options: PreviewOptions, io: CommandIo): Promise<number> {
  refuseContradictions(options);
  const scenario = options.scenario === undefined ? undefined : readScenario(options.scenario);
  const wanted = readFormats(options);
  const isOfStore =
    options.case !== undefined ||
    (options.customer !== undefined && options.customers === undefined);
  const settings = settingsFor(options, io, isOfStore ? 'store' : 'optional');
  if (options.case !== undefined) {
    const { reply, at } = await findReply(options.case, settings);
    await put(await textOf(reply, wanted, at), options, io);
    return 0;
  }
  const mailbox = mailboxNamed(settings, options.mailbox);
  const own = settingsOf(settings, mailbox);
  const context: Context = {
    settings: own,
    mailbox,
    knowledge: knowledgeFor(await loadKnowledge(settings), mailbox ?? {}),
    templates: await loadTemplateSet(templatesFolder(own, options, io)),
    now: new Date(),
    io,
  };
  if (options.all === true) return previewAll(scenario, options, context);
  if (scenario === undefined) throw missingScenario();
  const locale = readLocale(options.locale, context.templates);
  const plan = await planFor(scenario, { ...options, locale }, context);
  const reply = composeOrSay(inputOf(plan, context));
  if (reply.locale !== plan.locale) {
    io.stderr.write(
      `There is no template of ${scenario} in ${plan.locale}: it goes out in ${reply.locale}.\n`,
    );
  }
  await put(await textOf(reply, wanted, context.now), options, io);
  return 0;
}

interface Context {
  readonly settings: Settings;
  readonly mailbox: MailboxSettings | undefined;
  readonly knowledge: Knowledge;
  readonly templates: TemplateSet;
  readonly now: Date;
  readonly io: CommandIo;
}

const alone = ['customer', 'customers', 'sample', 'locale', 'templates', 'mailbox'] as const;

function refuseContradictions(options: PreviewOptions): void {
  const usage = (sentence: string) => new ResponderError('USAGE', sentence);
  if (options.customers !== undefined && options.customer === undefined) {
    throw usage('--customers needs --customer: which of the file it is for.');
  }
  if (options.customer !== undefined && options.sample !== undefined) {
    throw usage('A preview is for a customer or for a sample: not both at once.');
  }
  if (options.all === true && options.out === undefined) {
    throw usage('--all writes a page: name the file with --out gallery.html.');
  }
  if (
    options.all === true &&
    (options.customer ?? options.sample ?? options.format) !== undefined
  ) {
    throw usage(
      '--all shows the sample of each scenario; it takes --locale, --templates, --mailbox and --out.',
    );
  }
  if (options.case === undefined) return;
  const others = alone.filter((name) => options[name] !== undefined);
  if (options.scenario !== undefined || options.all === true || others.length > 0) {
    throw usage('--case shows the reply as it was sent; it takes --format and --out alone.');
  }
}

function missingScenario(): ResponderError {
  return new ResponderError(
    'USAGE',
    `Name a scenario, a --case, or --all; scenarios are ${repliedScenarios.join(', ')}.`,
  );
}

function inputOf(
  plan: ComposeInput['plan'],
  { settings, mailbox, knowledge, templates, now }: Context,
): ComposeInput {
  return {
    plan,
    templates,
    contacts: knowledge.contacts,
    partner: knowledge.partner,
    policy: knowledge.policy,
    sender:
      mailbox === undefined
        ? { name: settings.partner.name, address: 'support@partner.example', envelopeFrom: '' }
        : { ...mailbox.from, envelopeFrom: mailbox.smtp.envelopeFrom },
    mail: { inReplyTo: [], references: [] },
    caseId: 'preview',
    now,
  };
}

/** A damaged template is the editor's to mend, so it is told with its place. */
function composeOrSay(input: ComposeInput): Reply {
  try {
    return composeReply(input);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new ResponderError('TEMPLATES_INVALID', formatProblem(error), {
      cause: error,
      details: input.templates.problems.map(formatProblem),
    });
  }
}

async function previewAll(
  scenario: Scenario | undefined,
  options: PreviewOptions,
  context: Context,
): Promise<number> {
  const { templates, io } = context;
  const wish = readLocale(options.locale, templates);
  if (wish !== undefined && !templates.locales.includes(wish)) {
    const message = `There are no templates in ${wish}; there are ${templates.locales.join(', ')}.`;
    throw new ResponderError('USAGE', message);
  }
  const locales = wish === undefined ? templates.locales : [wish];
  const scenarios = scenario === undefined ? repliedScenarios : [scenario];
  const entries: GalleryEntry[] = [];
  for (const one of scenarios) {
    for (const locale of locales) {
      const plan = await planFor(one, { locale }, context);
      entries.push({ scenario: one, locale, shown: tryCompose(inputOf(plan, context)) });
    }
  }
  await put(galleryPage(entries, { scenarios, locales }), options, io);
  const failed = entries.filter(({ shown }) => 'problem' in shown).length;
  if (failed > 0) io.stderr.write(`${failed} cannot be composed; the page says why.\n`);
  return failed > 0 ? 1 : 0;
}

function tryCompose(input: ComposeInput): GalleryEntry['shown'] {
  try {
    return { reply: composeReply(input) };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { problem: formatProblem(error) };
  }
}

/** The reply of a case as it was sent, or as it is proposed. */
function findReply(id: string, settings: Settings): Promise<{ reply: Reply; at: Date }> {
  return withStore(settings, async (store) => {
    const found = await store.findCase(id);
    if (found === undefined) {
      throw new ResponderError('CASE_NOT_FOUND', `No case “${id}”: no such mail was taken in.`);
    }
    const reply = found.reply?.content ?? found.proposal;
    if (reply?.to.address === '') {
      throw new ResponderError('USAGE', `The contents of case ${found.caseId} were deleted.`);
    }
    if (reply !== undefined) return { reply, at: found.reply?.settledAt ?? found.decidedAt };
    throw new ResponderError('USAGE', `The case ${found.caseId} has no reply (${found.reason}).`);
  });
}

async function textOf(reply: Reply, wanted: readonly Format[], at: Date): Promise<string> {
  const parts: string[] = [];
  for (const format of wanted) parts.push(await show(reply, format, at));
  return parts.join('');
}

async function show(reply: Reply, format: Format, at: Date): Promise<string> {
  switch (format) {
    case 'text':
      return `To: ${reply.to.address}\nSubject: ${reply.subject}\n\n${reply.text}\n`;
    case 'html':
      return `${reply.html}\n`;
    case 'eml':
      return (await buildMessage(reply, at)).toString('utf8');
    default:
      return format satisfies never;
  }
}

async function put(text: string, { out }: PreviewOptions, io: CommandIo): Promise<void> {
  if (out === undefined) io.stdout.write(text);
  else io.stderr.write(`Written to ${await writeOut(resolve(io.cwd, out), text)}.\n`);
}

function readScenario(name: string): Scenario {
  const found = repliedScenarios.find((scenario) => scenario === name);
  if (found !== undefined) return found;
  const near = findNearest(name, repliedScenarios);
  throw new ResponderError(
    'USAGE',
    `There is no reply for “${name}”; ${near === undefined ? '' : `did you mean ${near}? `}allowed are ${repliedScenarios.join(', ')}.`,
  );
}

function readLocale(text: string | undefined, { locales }: TemplateSet): string | undefined {
  if (text === undefined) return undefined;
  const locale = parseLocale(text);
  if (locale !== undefined) return locale;
  throw new ResponderError(
    'USAGE',
    `--locale: found “${text}”, expected a language tag; there are templates in ${locales.join(', ')}.`,
  );
}

/** Asked for, or told by the name of the file. */
function readFormats({ format, out }: PreviewOptions): readonly Format[] {
  if (format === undefined) {
    const ending = formats.find((known) => out?.toLowerCase().endsWith(`.${known}`));
    return [ending ?? 'text'];
  }
  return format.split(',').map((name) => {
    const found = formats.find((known) => known === name.trim());
    if (found !== undefined) return found;
    throw new ResponderError(
      'USAGE',
      `--format: found “${name}”, expected a list of ${formats.join(', ')}.`,
    );
  });
}
