/**
 * One file as somebody is editing it: what of the set it touches, and what is wrong with it there.
 *
 * Only what the file can change is made anew, since a person waits for the answer while they type.
 */
import { createHash } from 'node:crypto';
import { formatProblem, type TemplateProblem, type TemplateSource } from './template.ts';
import type { CheckSettings } from './template-check.ts';
import { checkTemplates } from './template-check.ts';
import { compileTemplates, type TemplateSet } from './template-compile.ts';

export interface TemplateDraft {
  /** `de/cancel-portal`, `de/partials/warnings` or `layout`. */
  readonly id: string;
  /** Where the file lies, or would. */
  readonly path: string;
  readonly source: string;
}

/**
 * The text as it is written to a file: no byte order mark, line feeds, one at the end.
 *
 * A form sends every line break as CR LF whatever the file had, so it could not be kept; and a file that changes in
 * every line for a mark that nobody sees would make its history unreadable.
 */
export function draftText(text: string): string {
  const lines = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  let end = lines.length;
  while (end > 0 && lines[end - 1] === '\n') end -= 1;
  return end === 0 ? '' : `${lines.slice(0, end)}\n`;
}

/** The file that a draft would become. */
export function sourceOf({ id, path, source }: TemplateDraft): TemplateSource {
  return { id, path, source, hash: createHash('sha256').update(source, 'utf8').digest('hex') };
}

/** The locale of a file; undefined for the layout. */
export function localeOf(id: string): string | undefined {
  return id === 'layout' ? undefined : id.split('/')[0];
}

/** The files that a reply of the draft’s language is made of. The layout is tried with the English ones. */
export function touchedSources(
  sources: readonly TemplateSource[],
  id: string,
): readonly TemplateSource[] {
  const locale = localeOf(id) ?? 'en';
  return sources.filter((source) => source.id === 'layout' || source.id.startsWith(`${locale}/`));
}

/** The files with the draft in its place, sorted as a folder is read. */
export function withDraft(
  sources: readonly TemplateSource[],
  draft: TemplateDraft,
): readonly TemplateSource[] {
  const others = sources.filter(({ id }) => id !== draft.id);
  return [...others, sourceOf(draft)].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Every problem that the draft has or makes, those of its own file first.
 *
 * What is wrong with other files whatever the draft says is left out: it is theirs to mend, and would keep somebody
 * who mends one of two from saving.
 */
export function checkDraft(
  sources: readonly TemplateSource[],
  draft: TemplateDraft,
  users: readonly CheckSettings[],
): readonly TemplateProblem[] {
  const touched = touchedSources(sources, draft.id);
  const before = compileTemplates(touched);
  const edited = compileTemplates(withDraft(touched, draft));
  const known = new Set(
    users.flatMap((user) => checkTemplates(before, user, before)).map(formatProblem),
  );
  // The words of a reply do not depend on the layout, which is looked at whatever is the same.
  const same = draft.id === 'layout' ? edited : before;
  const found = users.flatMap((user) => checkTemplates(edited, user, same));
  const own = found.filter(
    (problem) => problem.file === draft.path || !known.has(formatProblem(problem)),
  );
  const once = [...new Map(own.map((problem) => [formatProblem(problem), problem])).values()];
  return once
    .filter((problem) => !isOfMissingEnglish(problem, draft.id))
    .sort((a, b) => Number(b.file === draft.path) - Number(a.file === draft.path));
}

/** English stands beside every other language, and is not among what one of them touches. */
function isOfMissingEnglish({ file }: TemplateProblem, id: string): boolean {
  return localeOf(id) !== 'en' && file.startsWith('en/');
}

/** Every problem of the files of some languages, as they lie in the folder. */
export function checkLocales(
  sources: readonly TemplateSource[],
  locales: readonly string[],
  users: readonly CheckSettings[],
): readonly TemplateProblem[] {
  const problems = locales.flatMap((locale) => {
    const set: TemplateSet = compileTemplates(touchedSources(sources, `${locale}/`));
    return users
      .flatMap((user) => checkTemplates(set, user))
      .filter((problem) => locale === 'en' || !isOfMissingEnglish(problem, `${locale}/`));
  });
  return [...new Map(problems.map((problem) => [formatProblem(problem), problem])).values()];
}
