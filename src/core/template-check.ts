/**
 * Checks a whole set of templates: every scenario, in every locale, for every sample and every branch.
 *
 * A set with problems must never go live. All problems come at once, each with its place, because the
 * person who mends them edits files and does not want to run this ten times.
 */
import { repliedScenarios } from './decision.ts';
import { inlineText, plainValue } from './document.ts';
import { replySubjectCharsMax, templateValueCharsMax } from './limits.ts';
import type { Contacts, Partner, Policy } from './policy.ts';
import { type Draft, draftReply } from './reply-draft.ts';
import { TemplateError, type TemplateProblem } from './template.ts';
import type { CompiledTemplate, TemplateSet } from './template-compile.ts';
import type { Branch, Site } from './template-helpers.ts';
import { checkLook } from './template-look.ts';
import { samplesNow, type TemplateSample, templateSamples } from './template-samples.ts';

export interface CheckSettings {
  readonly contacts: Contacts;
  readonly partner: Partner;
  readonly policy: Pick<Policy, 'portalLicensesBelow' | 'timeZone'>;
}

/**
 * Every problem of the set, sorted by file and line; empty when it may go live.
 *
 * `good` is a set that was checked before: what is the same in both is not rendered again, so that an edit in one
 * of many languages is in use at once.
 */
export function checkTemplates(
  set: TemplateSet,
  settings: CheckSettings,
  good?: TemplateSet,
): readonly TemplateProblem[] {
  const found = new Findings(set.problems);
  for (const problem of findMissing(set)) found.add(problem);
  for (const problem of lookOf(set)) found.add(problem);
  const visited = new Set<string>();
  const files = new Set<string>();
  for (const template of set.templates.values()) {
    if (good?.templates.get(template.id)?.hash === template.hash) continue;
    for (const file of template.files) files.add(file);
    for (const sample of templateSamples(template.scenario, template.locale)) {
      for (const place of checkSample(template, sample, { set, settings, found }))
        visited.add(place);
    }
  }
  checkHiddenBranches(visited, files, { set, settings, found });
  return found.sorted();
}

/** A layout with a problem of its own cannot be looked at. */
function lookOf({ layout, problems }: TemplateSet): readonly TemplateProblem[] {
  if (layout === undefined || problems.some(({ file }) => file === layout.path)) return [];
  return checkLook(layout);
}

interface Check {
  readonly set: TemplateSet;
  readonly settings: CheckSettings;
  readonly found: Findings;
}

/** Problems without doubles: one place is told once, however many samples stumble over it. */
class Findings {
  readonly #problems = new Map<string, TemplateProblem>();
  readonly #damaged = new Set<string>();

  constructor(problems: readonly TemplateProblem[]) {
    for (const problem of problems) {
      this.add(problem);
      this.#damaged.add(problem.file);
    }
  }

  add(problem: TemplateProblem, key = problem.message): void {
    const { file, line, column } = problem;
    const place = line === undefined ? `${file}:${key}` : `${file}:${line}:${column ?? key}`;
    if (!this.#problems.has(place)) this.#problems.set(place, problem);
  }

  /** Whether rendering it can only repeat what is known of its files already. */
  explains(template: CompiledTemplate): boolean {
    return [...template.files].some((file) => this.#damaged.has(file));
  }

  sorted(): readonly TemplateProblem[] {
    return [...this.#problems.values()].sort(
      (a, b) =>
        (a.file < b.file ? -1 : Number(a.file > b.file)) ||
        (a.line ?? 0) - (b.line ?? 0) ||
        (a.column ?? 0) - (b.column ?? 0),
    );
  }
}

function findMissing(set: TemplateSet): readonly TemplateProblem[] {
  const locales = set.locales.includes('en') ? set.locales : ['en', ...set.locales];
  return locales.flatMap((locale) =>
    repliedScenarios
      .filter((scenario) => !set.ids.has(`${locale}/${scenario}`))
      .map((scenario) => ({
        file: `${locale}/${scenario}.md.hbs`,
        message: `The template is missing: the locale "${locale}" needs every scenario.`,
      })),
  );
}

function checkSample(
  template: CompiledTemplate,
  sample: TemplateSample,
  check: Check,
): ReadonlySet<string> {
  const { set, settings, found } = check;
  const file = template.path;
  const add = (message: string) =>
    found.add({ file, message: `${message} (Sample: ${sample.name}.)` }, message);
  try {
    const { plan } = sample;
    const draft = draftReply({ plan, templates: set, ...settings, now: samplesNow });
    for (const missing of draft.missing) add(`The reply ${missing}`);
    for (const message of draft.badLinks) {
      const place = placeOfLink(template, draft.links, message);
      if (place === undefined) add(message);
      else found.add({ ...place, message });
    }
    for (const message of judgeLine('subject', draft.subject, sample)) add(message);
    if (draft.preheader !== '')
      for (const message of judgeLine('preheader', draft.preheader, sample)) add(message);
    if (!sample.hostile) for (const message of judgeWords(draft, settings)) add(message);
    return draft.visited;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const { file: at, line, column, message } = error;
    if (line !== undefined) {
      found.add({ file: at, line, ...(column === undefined ? {} : { column }), message });
    } else if (!found.explains(template)) add(message);
    return new Set();
  }
}

/** Where a link that is written by hand stands: the file may be a partial, which no rendering tells. */
function placeOfLink(
  { sources }: CompiledTemplate,
  links: readonly string[],
  message: string,
): Omit<TemplateProblem, 'message'> | undefined {
  // A host comes out in the letters of the domain system, whatever those in the file are.
  const hostOf = (link: string) => (URL.canParse(link) ? new URL(link).host : '');
  for (const link of links) {
    const host = hostOf(link);
    if (!message.includes(host === '' ? `"${link.slice(0, 100)}"` : host)) continue;
    for (const { path, source } of sources) {
      const written = [...source.matchAll(/\]\(\s*([^)\s]*)/g)].find(
        ({ 1: address = '', index }) =>
          source.startsWith(`](${link})`, index) || (host !== '' && hostOf(address) === host),
      );
      if (written === undefined) continue;
      const before = source.slice(0, written.index + 1).split('\n');
      return { file: path, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    }
  }
  return undefined;
}

function judgeLine(
  what: 'subject' | 'preheader',
  line: string,
  sample: TemplateSample,
): readonly string[] {
  const problems: string[] = [];
  if (/[\r\n]/.test(line)) problems.push(`The ${what} must be one line.`);
  if (line.trim() === '') problems.push(`The ${what} is empty.`);
  if (/\{\{|\}\}/.test(line) && !sample.hostile)
    problems.push(`Braces are left over in the ${what}.`);
  if (/\*\*|\]\(|<\/?[a-z]/i.test(line) && !sample.hostile)
    problems.push(`The ${what} is plain text: take the markup out.`);
  // It is cut for a customer with a very long name, and for no other.
  const ordinaryName = (sample.plan.customer?.name.length ?? 0) < 60;
  if (line.length > replySubjectCharsMax && ordinaryName) {
    problems.push(`The ${what} is longer than ${replySubjectCharsMax} characters.`);
  }
  return problems;
}

/** What is left over of markup that did not work, as a reader would see it. */
function judgeWords(draft: Draft, { partner }: CheckSettings): readonly string[] {
  const problems: string[] = [];
  // The partner’s own words may look like markup: "Support | Fabrikam".
  const words = [partner.signature, partner.name]
    .map((value) => plainValue(value, templateValueCharsMax))
    .filter((value) => value !== '')
    .reduce((text, value) => text.replaceAll(value, '…'), draft.words);
  const at = [words.search(leftover), oddBracket(words)].find((index) => index >= 0);
  if (at !== undefined) {
    problems.push(`Markup is left over, near "${words.slice(Math.max(0, at - 20), at + 30)}".`);
  }
  for (const block of draft.blocks) {
    const rows = block.kind === 'table' ? block.rows : [];
    const row = rows.find((cells) => cells.some((cell) => inlineText(cell).trim() === ''));
    if (row === undefined) continue;
    const shown = row.map((cell) => inlineText(cell).trim()).filter((text) => text !== '');
    problems.push(`A row of the table has an empty cell, beside "${shown.join(', ')}".`);
  }
  if (draft.words.length > 10_000) problems.push('The reply is far too long.');
  return problems;
}

/** Signs of Markdown, HTML and Handlebars that stand where only those would put them. */
const leftover =
  /\{\s*\{|\}\s*\}|\*|~~|`|\[\^|\[[ x]\]\s|\]\s*\(|\]\[|\[\[|<\/?[a-z]|&(?:[a-z]+|#\d+);|(?:^|\s)(?:#{1,6}[\s\p{L}]|\||_\p{L}|[=-]{3,}(?=\s|$))|\|(?:\s|$)/iu;

/** The first square bracket without another, -1 where there is none. */
function oddBracket(words: string): number {
  if (words.split('[').length === words.split(']').length) return -1;
  return words.search(/[[\]]/);
}

/** Takes the branches that no sample reaches, so that a link or a brace in them is seen as well. */
function checkHiddenBranches(
  visited: ReadonlySet<string>,
  files: ReadonlySet<string>,
  check: Check,
): void {
  check.set.sites.forEach((site, index) => {
    if (!files.has(site.file)) return;
    for (const branch of site.branches) {
      if (!visited.has(`${index}:${branch}`)) checkHiddenBranch(site, index, branch, check);
    }
  });
}

function checkHiddenBranch(site: Site, index: number, branch: Branch, check: Check): void {
  const { set, settings, found } = check;
  const { file, line, column } = site;
  const forced = forcedPath(set.sites, index, branch);
  for (const template of set.templates.values()) {
    const [sample] = templateSamples(template.scenario, template.locale);
    if (sample === undefined || !template.files.has(file) || found.explains(template)) continue;
    try {
      const { plan } = sample;
      const draft = draftReply({ plan, templates: set, ...settings, now: samplesNow, forced });
      if (!draft.visited.has(`${index}:${branch}`)) continue;
      for (const message of [...draft.badLinks, ...judgeWords(draft, settings)]) {
        found.add({ file, line, column, message });
      }
      return;
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      found.add({ file, line, column, message: error.message });
    }
  }
}

function forcedPath(
  sites: readonly Site[],
  index: number,
  branch: Branch,
): ReadonlyMap<number, Branch> {
  const forced = new Map<number, Branch>([[index, branch]]);
  for (let at = sites[index]?.inside; at !== undefined; at = sites[at.site]?.inside) {
    forced.set(at.site, at.branch);
  }
  return forced;
}
