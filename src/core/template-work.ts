/**
 * What the editor asks about templates, as values that can go to another thread and come back: a check or a reply
 * takes long enough to hold up a mail that waits.
 */
import { type RenderedReply, renderReply } from './compose.ts';
import type { ReplyPlan } from './decision.ts';
import type { Contacts, Partner, Policy } from './policy.ts';
import { changeOf, type ReplyChange } from './reply-changes.ts';
import {
  formatProblem,
  TemplateError,
  type TemplateProblem,
  type TemplateSource,
} from './template.ts';
import type { CheckSettings } from './template-check.ts';
import { compileTemplates, type TemplateSet } from './template-compile.ts';
import {
  checkDraft,
  checkLocales,
  type TemplateDraft,
  touchedSources,
  withDraft,
} from './template-draft.ts';

/** For whom a reply is shown. */
export interface PreviewFor {
  readonly plan: ReplyPlan;
  readonly contacts: Contacts;
  readonly partner: Partner;
  readonly policy: Pick<Policy, 'portalLicensesBelow' | 'timeZone'>;
  readonly now: Date;
}

/** A reply of before, and what it was made of where that is kept. */
export interface PastReply extends PreviewFor {
  readonly sent: Pick<RenderedReply, 'subject' | 'text' | 'html' | 'templateId'>;
  readonly version?: string;
}

export type TemplateWork =
  | {
      readonly kind: 'try';
      readonly sources: readonly TemplateSource[];
      /** Absent: the files as they are. */
      readonly draft?: TemplateDraft;
      readonly users: readonly CheckSettings[];
      readonly preview?: PreviewFor;
    }
  | {
      readonly kind: 'changes';
      readonly sources: readonly TemplateSource[];
      readonly draft: TemplateDraft;
      readonly past: readonly PastReply[];
      /** What the replies were made of, by hash. */
      readonly versions: ReadonlyMap<string, readonly TemplateSource[]>;
    }
  | {
      readonly kind: 'locales';
      readonly sources: readonly TemplateSource[];
      readonly locales: readonly string[];
      readonly users: readonly CheckSettings[];
    };

export interface TemplateAnswer {
  readonly problems: readonly TemplateProblem[];
  readonly preview?: { readonly reply: RenderedReply } | { readonly problem: string };
  /** One for each past reply. */
  readonly changes?: readonly ReplyChange[];
}

export function doTemplateWork(work: TemplateWork): TemplateAnswer {
  switch (work.kind) {
    case 'try':
      return tryDraft(work);
    case 'changes':
      return { problems: [], changes: changesOf(work) };
    case 'locales':
      return { problems: checkLocales(work.sources, work.locales, work.users) };
    default:
      return work satisfies never;
  }
}

function tryDraft({
  sources,
  draft,
  users,
  preview,
}: Extract<TemplateWork, { kind: 'try' }>): TemplateAnswer {
  const problems = draft === undefined ? [] : checkDraft(sources, draft, users);
  if (preview === undefined) return { problems };
  const edited = draft === undefined ? sources : withDraft(sources, draft);
  const templates = compileTemplates(
    touchedSources(edited, draft?.id ?? `${preview.plan.locale}/${preview.plan.scenario}`),
  );
  return { problems, preview: renderFor({ ...preview, templates }) };
}

function renderFor(
  input: PreviewFor & { readonly templates: TemplateSet },
): NonNullable<TemplateAnswer['preview']> {
  try {
    return { reply: renderReply(input) };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { problem: formatProblem(error) };
  }
}

function changesOf({
  sources,
  draft,
  past,
  versions,
}: Extract<TemplateWork, { kind: 'changes' }>): readonly ReplyChange[] {
  const edited = compileTemplates(withDraft(sources, draft));
  const compiled = new Map<string, TemplateSet>();
  for (const [hash, files] of versions) compiled.set(hash, compileTemplates(files));
  return past.map(({ sent, version, ...input }) => {
    const templates = version === undefined ? undefined : compiled.get(version);
    return changeOf(input, { sent, ...(templates === undefined ? {} : { templates }) }, edited);
  });
}
