/**
 * `templates check`: every problem of every template, each with its place; and `templates docs`.
 */

import { formatProblem } from '../core/template.ts';
import { checkTemplates } from '../core/template-check.ts';
import type { TemplateSet } from '../core/template-compile.ts';
import { templateDocs } from '../core/template-docs.ts';
import { settingsFor } from './command-settings.ts';
import type { CommandIo } from './io.ts';
import { loadKnowledge, loadTemplateSet, templatesFolder } from './knowledge.ts';

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
  const set = await loadTemplateSet(templatesFolder(settings, options, io));
  const problems = checkTemplates(set, knowledge);
  if (problems.length > 0) {
    for (const problem of problems) io.stderr.write(`${formatProblem(problem)}\n`);
    io.stderr.write(
      `${problems.length} problem(s). A running worker goes on with the last good version.\n`,
    );
    return 1;
  }
  const locales = [...new Set([...set.templates.values()].map(({ locale }) => locale))].sort();
  for (const line of untranslated(set)) io.stderr.write(`${line}\n`);
  io.stdout.write(`${set.templates.size} templates in ${locales.join(', ')}: all good.\n`);
  return 0;
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
