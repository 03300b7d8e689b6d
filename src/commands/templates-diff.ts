/**
 * `templates diff`: what an edit would change in the replies of the last cases, before it goes live.
 */

import type { ReplyPlan } from '../core/decision.ts';
import { shownCharsMax } from '../core/limits.ts';
import { shown } from '../core/normalize.ts';
import { changeOf, type ReplyChange } from '../core/reply-changes.ts';
import { formatProblem } from '../core/template.ts';
import { compileTemplates, type TemplateSet } from '../core/template-compile.ts';
import type { MailboxSettings, Settings } from '../edges/settings.ts';
import type { Store, StoredCase } from '../ports.ts';
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
import { readCount } from './read-count.ts';
import { checkForAll, templateFolders } from './template-keepers.ts';
import { withStore } from './with-store.ts';

export interface TemplatesDiffOptions {
  /** So many cases, the newest. */
  readonly last?: string;
  /** A copy of the folder that is being edited. */
  readonly templates?: string;
  /** Whose templates, and whose cases; the first mailbox where it is not said. */
  readonly mailbox?: string;
  readonly config?: string;
}

const lastDefault = 20;
const lastMax = 1_000;

/** 1 when a reply could not be composed any more. Throws ResponderError for usage, settings and store. */
export async function templatesDiffCommand(
  options: TemplatesDiffOptions,
  io: CommandIo,
): Promise<number> {
  const last = readCount('--last', options.last, lastMax) ?? lastDefault;
  const settings = settingsFor(options, io, 'store');
  const own = settingsOf(settings, mailboxNamed(settings, options.mailbox));
  const knowledge = await loadKnowledge(settings);
  const edited = await loadTemplateSet(templatesFolder(own, options, io));
  const users = templateFolders(settings, knowledge).get(own.templatesDir) ?? [knowledge];
  const problems = checkForAll(edited, users);
  for (const problem of problems) io.stderr.write(`${formatProblem(problem)}\n`);
  return withStore(settings, async (store) => {
    const cases = (await store.listReplied(last)).filter(
      ({ mailbox }) => folderOf(settings, mailbox) === own.templatesDir,
    );
    const counts = await showChanges(cases, { store, settings, knowledge, edited, io });
    io.stdout.write(summaryOf(counts, problems.length));
    return counts.broken > 0 || problems.length > 0 ? 1 : 0;
  });
}

/** Where the words of a case’s mailbox lie; those of one that was taken away count as everybody’s. */
function folderOf(settings: Settings, mailbox: string): string {
  return settingsOf(settings, findMailbox(settings, mailbox)).templatesDir;
}

function findMailbox({ mailboxes }: Settings, name: string): MailboxSettings | undefined {
  return mailboxes.find((mailbox) => mailbox.name === name);
}

interface Diffing {
  readonly store: Store;
  readonly settings: Settings;
  readonly knowledge: Knowledge;
  readonly edited: TemplateSet;
  readonly io: CommandIo;
}

type Counts = Record<ReplyChange['kind'], number>;

async function showChanges(cases: readonly StoredCase[], diffing: Diffing): Promise<Counts> {
  const counts: Counts = { same: 0, look: 0, words: 0, broken: 0 };
  const versions = new Map<string, TemplateSet | undefined>();
  for (const stored of cases) {
    const plan = planOf(stored);
    const reply = stored.reply?.content ?? stored.proposal;
    if (plan === undefined || reply === undefined) continue;
    const { templateHash } = reply;
    if (!versions.has(templateHash))
      versions.set(templateHash, await findVersion(templateHash, diffing));
    const templates = versions.get(templateHash);
    const before = { sent: reply, ...(templates === undefined ? {} : { templates }) };
    const { settings, edited, io } = diffing;
    const knowledge = knowledgeFor(diffing.knowledge, findMailbox(settings, stored.mailbox) ?? {});
    const change = changeOf({ plan, now: stored.decidedAt, ...knowledge }, before, edited);
    counts[change.kind] += 1;
    io.stdout.write(textOf(stored, plan, change));
  }
  return counts;
}

/** What was sent, or would be if the desk approved it. */
function planOf({ decision }: StoredCase): ReplyPlan | undefined {
  return decision.action === 'reply' || decision.action === 'review' ? decision.plan : undefined;
}

/** Undefined for a reply of before versions were kept. */
async function findVersion(hash: string, { store }: Diffing): Promise<TemplateSet | undefined> {
  const version = await store.findTemplateVersion(hash);
  return version === undefined ? undefined : compileTemplates(version.files);
}

function textOf(stored: StoredCase, plan: ReplyPlan, change: ReplyChange): string {
  const day = stored.decidedAt.toISOString().slice(0, 10);
  const head = `${stored.caseId}  ${day}  ${plan.scenario}  ${shown(plan.to, shownCharsMax)}`;
  switch (change.kind) {
    case 'same':
      return '';
    case 'look':
      return `${head}\n  the words stay, the HTML part looks different\n\n`;
    case 'broken':
      return `${head}\n  could not be composed any more: ${change.problem}\n\n`;
    case 'words':
      return `${head}\n${change.lines.map((line) => `  ${line}`.trimEnd()).join('\n')}\n\n`;
    default:
      return change satisfies never;
  }
}

function summaryOf({ same, look, words, broken }: Counts, problems: number): string {
  const all = same + look + words + broken;
  if (all === 0) return 'No case has a reply yet: there is nothing to compare with.\n';
  const parts = [
    `${words} with other words`,
    `${look} that only look different`,
    `${same} the same`,
    ...(broken > 0 ? [`${broken} that could not be composed any more`] : []),
  ];
  const live = problems > 0 ? ` The edit has ${problems} problem(s) and would not go live.` : '';
  return `Of the last ${all} replies: ${parts.join(', ')}.${live}\n`;
}
