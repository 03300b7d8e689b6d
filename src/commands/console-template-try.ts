/**
 * A draft tried: what is wrong with it, the reply it would make, and what it would change in replies of before.
 */
import { performance } from 'node:perf_hooks';
import { type ReplyPlan, repliedScenarios, type Scenario } from '../core/decision.ts';
import { planOfCustomer } from '../core/preview-plan.ts';
import type { TemplateSource } from '../core/template.ts';
import { draftText, localeOf } from '../core/template-draft.ts';
import { samplePlan, samplesNow, templateSamples } from '../core/template-samples.ts';
import type { PastReply, PreviewFor } from '../core/template-work.ts';
import type { FolderFile } from '../edges/template-folder.ts';
import type {
  DraftChange,
  DraftChanges,
  OpenTemplate,
  TriedDraft,
  TryRequest,
} from '../ports/template-desk.ts';
import type { StoredCase } from '../ports.ts';
import {
  type DeskFolder,
  type DeskParts,
  nameBelow,
  shownProblem,
} from './console-template-folders.ts';
import { knowledgeFor } from './knowledge.ts';

/** A file that is open, with everything that lies beside it. */
export interface Opened {
  readonly folder: DeskFolder;
  readonly template: OpenTemplate;
  readonly path: string;
  readonly files: readonly FolderFile[];
}

/** Scenarios whose reply shows the file: itself, those that use the partial, directly or by another, or all. */
export function scenariosOf(id: string, files: readonly FolderFile[]): readonly Scenario[] {
  const own = repliedScenarios.find((scenario) => id === `${localeOf(id)}/${scenario}`);
  if (own !== undefined) return [own];
  const locale = localeOf(id) ?? 'en';
  const sources = new Map(files.map((file) => [file.id, file.source]));
  // Each partial is looked at once: those that use each other have more ways between them than can be gone.
  const shows = (one: string, seen: Set<string>): boolean => {
    const used = [...(sources.get(one) ?? '').matchAll(/\{\{~?>\s*([a-z0-9-]+)/g)];
    return used.some(([, name = '']) => {
      const partial = `${locale}/partials/${name}`;
      if (partial === id) return true;
      if (seen.has(partial)) return false;
      seen.add(partial);
      return shows(partial, seen);
    });
  };
  return repliedScenarios.filter(
    (scenario) => id === 'layout' || shows(`${locale}/${scenario}`, new Set()),
  );
}

export async function tryOpened(
  { folder, template, path, files }: Opened,
  request: TryRequest,
  parts: DeskParts,
): Promise<TriedDraft> {
  const started = performance.now();
  const { locale, place } = template;
  const scenario =
    template.scenarios.find((known) => known === request.scenario) ??
    template.scenarios[0] ??
    'cancel-portal';
  const wanted = await previewFor(scenario, { locale, request, folder, parts });
  const { source } = request;
  const { problems, preview } = await parts.thread.ask({
    kind: 'try',
    sources: files,
    users: folder.users,
    ...(source === undefined ? {} : { draft: { id: place.id, path, source: draftText(source) } }),
    ...('problem' in wanted ? {} : { preview: wanted.preview }),
  });
  const shown = 'problem' in wanted ? wanted : preview;
  return {
    problems: problems.map((problem) => shownProblem(problem, { folder, id: place.id })),
    preview:
      shown === undefined || 'reply' in shown
        ? (shown ?? { problem: 'There is no preview.' })
        : { problem: nameBelow(folder.path, shown.problem) },
    ...('note' in wanted ? { note: wanted.note } : {}),
    scenario,
    samples: [...new Set(templateSamples(scenario, locale).map(({ name }) => name))],
    tookMs: Math.round(performance.now() - started),
  };
}

type Wanted =
  | { readonly preview: PreviewFor; readonly note?: string }
  | { readonly problem: string };

async function previewFor(
  scenario: Scenario,
  {
    locale,
    request,
    folder,
    parts,
  }: {
    readonly locale: string;
    readonly request: TryRequest;
    readonly folder: DeskFolder;
    readonly parts: DeskParts;
  },
): Promise<Wanted> {
  const [user] = folder.users;
  if (user === undefined) return { problem: 'No mailbox uses this folder.' };
  const now = parts.clock.now();
  const { contacts, partner } = user;
  const { portalLicensesBelow, timeZone } = user.policy;
  const rest = { contacts, partner, policy: { portalLicensesBelow, timeZone }, now };
  const { customerId, sample } = request;
  if (customerId === undefined || customerId === '')
    // On the day that they are made for: on another one, their days would lie behind and not be shown.
    return {
      preview: { ...rest, plan: planOfSample(scenario, locale, sample), now: samplesNow },
    };
  const customer = await parts.store.findCustomer(customerId);
  if (customer === undefined) return { problem: `There is no customer “${customerId}”.` };
  const { policy, catalog } = user;
  const planned = planOfCustomer(scenario, customer, { policy, catalog, now, locale });
  if ('problem' in planned) return planned;
  const { plan, note } = planned;
  return { preview: { plan, ...rest }, ...(note === undefined ? {} : { note }) };
}

function planOfSample(scenario: Scenario, locale: string, name: string | undefined): ReplyPlan {
  const found = templateSamples(scenario, locale).find((sample) => sample.name === name);
  return found?.plan ?? samplePlan(scenario, locale);
}

/** As many as `templates diff` looks at. */
const pastMax = 20;

/** What the draft would change in the last replies of its language; the layout is in those of every language. */
export async function changesOf(
  { folder, template, path, files }: Opened,
  source: string,
  parts: DeskParts,
): Promise<DraftChanges> {
  const { id } = template.place;
  const replied = (await parts.store.listReplied(pastMax)).filter(
    ({ mailbox }) => folderOfMailbox(mailbox, parts) === folder.path,
  );
  const locale = localeOf(id);
  const past = replied.flatMap((stored) => {
    const found = pastOf(stored, folder, parts);
    const ofLanguage =
      locale === undefined || found?.reply.sent.templateId.startsWith(`${locale}/`);
    return found !== undefined && ofLanguage ? [found] : [];
  });
  const versions = new Map<string, readonly TemplateSource[]>();
  for (const { reply } of past) {
    if (reply.version === undefined || versions.has(reply.version)) continue;
    const version = await parts.store.findTemplateVersion(reply.version);
    if (version !== undefined) versions.set(reply.version, version.files);
  }
  const { changes = [] } = await parts.thread.ask({
    kind: 'changes',
    sources:
      locale === undefined
        ? files
        : files.filter((file) => file.id === 'layout' || file.id.startsWith(`${locale}/`)),
    draft: { id, path, source: draftText(source) },
    past: past.map(({ reply }) => reply),
    versions,
  });
  return {
    replies: replied.length,
    changes: past.flatMap(({ about }, index): readonly DraftChange[] => {
      const change = changes[index];
      return change === undefined ? [] : [{ ...about, change }];
    }),
  };
}

function folderOfMailbox(name: string, { settings }: DeskParts): string {
  const found = settings.mailboxes.find((mailbox) => mailbox.name === name);
  return found?.templatesDir ?? settings.templatesDir;
}

function pastOf(
  stored: StoredCase,
  folder: DeskFolder,
  { settings }: DeskParts,
): { readonly reply: PastReply; readonly about: Omit<DraftChange, 'change'> } | undefined {
  const { decision } = stored;
  const plan =
    decision.action === 'reply' || decision.action === 'review' ? decision.plan : undefined;
  const sent = stored.reply?.content ?? stored.proposal;
  const [user] = folder.users;
  if (plan === undefined || sent === undefined || user === undefined) return undefined;
  const mailbox = settings.mailboxes.find(({ name }) => name === stored.mailbox);
  const { contacts, partner, policy } = knowledgeFor(user, mailbox ?? {});
  const { subject, text, html, templateId } = sent;
  const { portalLicensesBelow, timeZone } = policy;
  return {
    reply: {
      plan,
      contacts,
      partner,
      policy: { portalLicensesBelow, timeZone },
      now: stored.decidedAt,
      sent: { subject, text, html, templateId },
      version: sent.templateHash,
    },
    about: {
      caseId: stored.caseId,
      at: stored.decidedAt,
      scenario: plan.scenario,
      to: plan.to,
    },
  };
}
