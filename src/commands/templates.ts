/**
 * `templates check`: every problem of every template, each with its place; and `templates docs`.
 */

import { formatProblem, type TemplateProblem } from '../core/template.ts';
import type { TemplateSet } from '../core/template-compile.ts';
import { templateDocs } from '../core/template-docs.ts';
import { settingsFor } from './command-settings.ts';
import type { CommandIo } from './io.ts';
import { loadKnowledge, loadTemplateSet, templatesFolder } from './knowledge.ts';
import { checkForAll, templateFolders } from './template-keepers.ts';

export interface TemplatesCheckOptions {
  /** A copy of the folder that is being edited. */
  readonly templates?: string;
  readonly config?: string;
}

export async function templatesCheckCommand(
  options: TemplatesCheckOptions,
  io: CommandIo,
): Promise<number> {
  const settings = settingsFor(options, io, 'optional');
  const knowledge = await loadKnowledge(settings);
  const folders =
    options.templates === undefined
      ? templateFolders(settings, knowledge)
      : new Map([[templatesFolder(settings, options, io), [knowledge]]]);
  let isGood = true;
  for (const [folder, users] of folders) {
    const prefix = folders.size > 1 ? `${folder}: ` : '';
    const set = await loadTemplateSet(folder);
    isGood = reportOn(set, { problems: checkForAll(set, users), prefix, io }) && isGood;
  }
  return isGood ? 0 : 1;
}

/** Says what was found in one folder. `prefix` names it where there are several. */
function reportOn(set: TemplateSet, { problems, prefix, io }: ReportOptions): boolean {
  if (problems.length > 0) {
    for (const problem of problems) io.stderr.write(`${prefix}${formatProblem(problem)}\n`);
    io.stderr.write(
      `${prefix}${problems.length} problem(s). A running worker goes on with the last good version.\n`,
    );
    return false;
  }
  const locales = [...new Set([...set.templates.values()].map(({ locale }) => locale))].sort();
  for (const line of untranslated(set)) io.stderr.write(`${prefix}${line}\n`);
  io.stdout.write(`${prefix}${set.templates.size} templates in ${locales.join(', ')}: all good.\n`);
  return true;
}

interface ReportOptions {
  readonly problems: readonly TemplateProblem[];
  readonly prefix: string;
  readonly io: CommandIo;
}

/** Locales some of whose templates are English still, word by word: begun, and not finished. */
function untranslated({ templates }: TemplateSet): readonly string[] {
  const english = new Map(
    [...templates.values()]
      .filter(({ locale }) => locale === 'en')
      .map(({ scenario, sources }) => [scenario, sources[0]?.hash]),
  );
  const others = [...templates.values()].filter(({ locale }) => !/^en\b/.test(locale));
  const same = others.filter(({ scenario, sources }) => english.get(scenario) === sources[0]?.hash);
  return [...Map.groupBy(same, ({ locale }) => locale)].map(
    ([locale, found]) => `Note: ${locale} has ${found.length} template(s) in English words still.`,
  );
}

/** Prints what a template may use. */
export function templatesDocsCommand(io: CommandIo): number {
  io.stdout.write(`${templateDocs()}\n`);
  return 0;
}
