/**
 * Compiles a folder of templates into a set that replies are composed from.
 *
 * Damage does not throw: it is listed in `problems`, and the templates concerned are missing from the
 * set, so that whoever reloads templates can keep the last good set and say why.
 */
import { createHash } from 'node:crypto';
import { isGenericScenario, repliedScenarios, type Scenario } from './decision.ts';
import { TemplateError, type TemplateProblem, type TemplateSource } from './template.ts';
import { environment, type Run, type Site } from './template-helpers.ts';
import { lintLayout } from './template-layout.ts';
import { lintTemplate } from './template-lint.ts';
import type { LookedAt } from './template-look.ts';
import {
  type ReadTemplate,
  readPartial,
  readTemplate,
  type TemplatePart,
} from './template-read.ts';
import { type CompiledPart, compilePart } from './template-rewrite.ts';
import { suggest } from './template-suggest.ts';

/** A scenario’s template in one locale. */
export interface CompiledTemplate {
  readonly id: string;
  readonly path: string;
  readonly locale: string;
  readonly scenario: Scenario;
  /** SHA-256 over the template, the partials of its locale and the layout: what the reply is made of. */
  readonly hash: string;
  readonly subject: CompiledPart;
  readonly preheader?: CompiledPart;
  readonly body: CompiledPart;
  readonly partials: Readonly<Record<string, CompiledPart>>;
  /** The template, the partials of its locale and the layout. */
  readonly sources: readonly TemplateSource[];
  /** Files whose words can appear in the reply. */
  readonly files: ReadonlySet<string>;
}

export interface TemplateSet {
  readonly locales: readonly string[];
  /** By id, `de/cancel-phone`. */
  readonly templates: ReadonlyMap<string, CompiledTemplate>;
  readonly layout?: LookedAt;
  /** Every place that can be rendered. */
  readonly sites: readonly Site[];
  /** Ids of all files, those that could not be compiled included. */
  readonly ids: ReadonlySet<string>;
  /** What could not be read, compiled or understood. Empty does not mean that every reply is complete. */
  readonly problems: readonly TemplateProblem[];
}

interface Folder {
  readonly templates: Map<string, TemplateSource>;
  readonly partials: Map<string, TemplateSource>;
}

/** Compiles the sources. Pure: the same sources always give the same set. */
export function compileTemplates(sources: readonly TemplateSource[]): TemplateSet {
  const problems: TemplateProblem[] = [];
  const { folders, layoutSource } = sortSources(sources, problems);
  const sites: Site[] = [];
  const templates = new Map<string, CompiledTemplate>();
  for (const [locale, folder] of folders) {
    for (const template of compileFolder({ locale, folder, layoutSource, sites, problems })) {
      templates.set(template.id, template);
    }
  }
  const layout = compileLayout(layoutSource, problems);
  return {
    locales: [...folders.keys()].sort(),
    templates,
    ...(layout === undefined ? {} : { layout }),
    sites,
    ids: new Set(sources.map((source) => source.id)),
    problems: withoutDoubles(problems),
  };
}

/**
 * The locale whose template a reply uses: the wish, its shorter forms (`pt-BR`, `pt`), one of the same language in the
 * same script (`pt-PT` reads `pt-BR`, but `zh-TW` not `zh-CN`), then English.
 *
 * Undefined when even English lacks the scenario.
 */
export function resolveLocale(
  wanted: string,
  scenario: Scenario,
  set: Pick<TemplateSet, 'locales'> & {
    readonly templates: Pick<ReadonlyMap<string, unknown>, 'has'>;
  },
): string | undefined {
  const parts = wanted.replaceAll('_', '-').split('-');
  const chain = parts.map((_, index) => parts.slice(0, parts.length - index).join('-'));
  const known = set.locales.filter((locale) => set.templates.has(`${locale}/${scenario}`));
  const find = (candidate: string) =>
    known.find((locale) => locale.toLowerCase() === candidate.toLowerCase());
  const exact = chain.map(find).find((locale) => locale !== undefined);
  if (exact !== undefined) return exact;
  const written = writtenLanguage(chain[0] ?? '');
  const alike = known.find((locale) => writtenLanguage(locale) === written);
  return (written === undefined ? undefined : alike) ?? find('en');
}

/** Both forms of Norwegian are read by whoever reads one. */
const sameReaders: Readonly<Record<string, string>> = { no: 'nb', nn: 'nb' };

/** Language and script, `zh-Hans`; undefined where it is no language tag. CLDR, likely subtags. */
function writtenLanguage(tag: string): string | undefined {
  try {
    const { language, script } = new Intl.Locale(tag).maximize();
    return `${sameReaders[language] ?? language}-${script}`;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const idPattern = /^([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\/(partials\/)?([a-z0-9-]+)$/;

function sortSources(
  sources: readonly TemplateSource[],
  problems: TemplateProblem[],
): { folders: Map<string, Folder>; layoutSource: TemplateSource | undefined } {
  const folders = new Map<string, Folder>();
  let layoutSource: TemplateSource | undefined;
  for (const source of sources) {
    if (source.id === 'layout') {
      layoutSource = source;
      continue;
    }
    const [, locale, partial, name] = idPattern.exec(source.id) ?? [];
    if (locale === undefined || name === undefined) {
      const message =
        'This file is in no known place: templates/<locale>/<scenario>.md.hbs or templates/<locale>/partials/<name>.md.hbs.';
      problems.push({ file: source.path, message });
      continue;
    }
    const folder = folders.get(locale) ?? { templates: new Map(), partials: new Map() };
    folders.set(locale, folder);
    if (partial === undefined && !isScenario(name)) {
      const message = `There is no scenario "${name}" that is answered.${suggest(name, repliedScenarios)}`;
      problems.push({ file: source.path, message });
    } else (partial === undefined ? folder.templates : folder.partials).set(name, source);
  }
  return { folders, layoutSource };
}

function isScenario(name: string): name is Scenario {
  return (repliedScenarios as readonly string[]).includes(name);
}

function compileFolder(input: {
  readonly locale: string;
  readonly folder: Folder;
  readonly layoutSource: TemplateSource | undefined;
  readonly sites: Site[];
  readonly problems: TemplateProblem[];
}): readonly CompiledTemplate[] {
  const { locale, folder, layoutSource, sites, problems } = input;
  const readPartials = new Map<string, { file: string; part: TemplatePart }>();
  const named = new Map<string, { file: string; part?: TemplatePart }>();
  for (const [name, source] of folder.partials) {
    const { body, problems: found } = readPartial(source);
    problems.push(...found);
    if (body !== undefined) readPartials.set(name, { file: source.path, part: body });
    named.set(name, { file: source.path, ...(body === undefined ? {} : { part: body }) });
  }
  const read = new Map<string, ReadTemplate>();
  for (const [scenario, source] of folder.templates) {
    const template = readTemplate(source);
    read.set(scenario, template);
    problems.push(...template.problems);
    for (const part of [template.subject, template.preheader, template.body]) {
      if (part === undefined) continue;
      const generic = isGenericScenario(scenario as Scenario);
      problems.push(...lintTemplate({ file: source.path, part, locale, generic, partials: named }));
    }
  }
  problems.push(...lintUnused(locale, readPartials, read));

  const partials: Record<string, CompiledPart> = {};
  for (const [name, { file, part }] of readPartials)
    partials[name] = compilePart(file, part, sites);
  const shared = [
    ...folder.partials.values(),
    ...(layoutSource === undefined ? [] : [layoutSource]),
  ];
  return [...folder.templates].flatMap(([scenario, source]) => {
    const { subject, preheader, body } = read.get(scenario) ?? {};
    if (subject === undefined || body === undefined || !isScenario(scenario)) return [];
    const files = new Set([source.path, ...[...readPartials.values()].map(({ file }) => file)]);
    return [
      {
        id: source.id,
        path: source.path,
        locale,
        scenario,
        hash: hashOf([source, ...shared]),
        sources: [source, ...shared],
        subject: compilePart(source.path, subject, sites),
        ...(preheader === undefined
          ? {}
          : { preheader: compilePart(source.path, preheader, sites) }),
        body: compilePart(source.path, body, sites),
        partials,
        files,
      },
    ];
  });
}

/** Partials that no template reaches are looked at too: tomorrow one may. */
function lintUnused(
  locale: string,
  partials: ReadonlyMap<string, { file: string; part: TemplatePart }>,
  read: ReadonlyMap<string, ReadTemplate>,
): readonly TemplateProblem[] {
  const used = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const child of node) visit(child);
    else if (typeof node === 'object' && node !== null) {
      const { type, name } = node as { type?: string; name?: { original?: string } };
      const partial = type === 'PartialStatement' ? name?.original : undefined;
      if (partial !== undefined && !used.has(partial)) {
        used.add(partial);
        visit(partials.get(partial)?.part.program.body);
      }
      for (const child of Object.values(node)) visit(child);
    }
  };
  for (const { subject, preheader, body } of read.values())
    visit([subject?.program.body, preheader?.program.body, body?.program.body]);
  return [...partials]
    .filter(([name]) => !used.has(name))
    .flatMap(([, { file, part }]) =>
      lintTemplate({ file, part, locale, generic: false, partials }),
    );
}

function compileLayout(
  source: TemplateSource | undefined,
  problems: TemplateProblem[],
): TemplateSet['layout'] {
  if (source === undefined) {
    problems.push({ file: 'layout.html.hbs', message: 'The layout of the HTML part is missing.' });
    return undefined;
  }
  const { body, problems: found } = readPartial(source);
  problems.push(...found);
  if (body === undefined) return undefined;
  problems.push(...lintLayout(source.path, body, source.source));
  // Escapes like any HTML template; `body` is the only value that comes as HTML.
  const render = environment.compile(body.program, { strict: true, knownHelpersOnly: true });
  return { path: source.path, source: source.source, render };
}

function hashOf(sources: readonly TemplateSource[]): string {
  const hash = createHash('sha256');
  const sorted = [...sources].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const source of sorted) hash.update(`${source.id}\n${source.hash}\n`);
  return hash.digest('hex');
}

/** A partial is looked at once for every template that uses it. */
function withoutDoubles(problems: readonly TemplateProblem[]): readonly TemplateProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

export interface Rendered {
  readonly subject: string;
  /** Empty where the template has none. */
  readonly preheader: string;
  readonly markdown: string;
  readonly facts: Run['facts'];
  readonly visited: Run['visited'];
}

/** Renders subject and Markdown of a template. Throws TemplateError, for an absent value with its place. */
export function renderTemplate(
  template: CompiledTemplate,
  context: object,
  run: Pick<Run, 'locale' | 'sites' | 'forced'>,
): Rendered {
  const facts: Run['facts'] = new Map();
  const visited: Run['visited'] = new Set();
  // What the subject or the preheader says counts for nothing: neither is a part of the reply.
  const options = (mode: Run['mode']) => ({
    partials: template.partials,
    data: { run: { ...run, mode, visited, facts: mode === 'plain' ? new Map() : facts } },
  });
  try {
    const subject = template.subject(context, options('plain'));
    const preheader = template.preheader?.(context, options('plain')) ?? '';
    const markdown = template.body(context, options('markdown'));
    return { subject, preheader, markdown, facts, visited };
  } catch (error) {
    if (error instanceof TemplateError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new TemplateError({ file: template.path, message: `Handlebars: ${message}` });
  }
}
