/**
 * `templates check`: every problem of every template, each with its place.
 */
import { formatProblem } from '../core/template.ts';
import { checkTemplates } from '../core/template-check.ts';
import { loadSettings } from '../edges/settings.ts';
import type { CommandIo } from './io.ts';
import { loadKnowledge, loadTemplateSet } from './knowledge.ts';

export interface TemplatesCheckOptions {
  readonly config?: string;
}

export async function templatesCheckCommand(
  options: TemplatesCheckOptions,
  io: CommandIo,
): Promise<number> {
  const settings = loadSettings({
    ...(options.config === undefined ? {} : { configPath: options.config }),
    env: io.env,
    cwd: io.cwd,
    secrets: 'optional',
  });
  const knowledge = await loadKnowledge(settings);
  const set = await loadTemplateSet(settings);
  const problems = checkTemplates(set, knowledge);
  if (problems.length > 0) {
    for (const problem of problems) io.stderr.write(`${formatProblem(problem)}\n`);
    io.stderr.write(
      `${problems.length} problem(s). A running worker goes on with the last good version.\n`,
    );
    return 1;
  }
  const locales = [...new Set([...set.templates.values()].map(({ locale }) => locale))].sort();
  io.stdout.write(`${set.templates.size} templates in ${locales.join(', ')}: all good.\n`);
  return 0;
}
