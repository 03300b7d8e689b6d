/**
 * Drafts a reply: chooses the template, renders it, and says what is wrong with the result.
 *
 * `compose` refuses a draft with problems; `templates check` collects them for every sample.
 */
import type { ReplyPlan } from './decision.ts';
import { type Block, plainValue, readMarkdown, surveyDocument } from './document.ts';
import { templateValueCharsMax } from './limits.ts';
import { formatDay, formatNumber } from './locale-format.ts';
import type { Contacts, Partner, Policy } from './policy.ts';
import { allowedLinks, judgeLinks } from './reply-links.ts';
import { TemplateError } from './template.ts';
import {
  type CompiledTemplate,
  renderTemplate,
  resolveLocale,
  type TemplateSet,
} from './template-compile.ts';
import { type TemplateContext, templateContext } from './template-context.ts';
import { missingFacts } from './template-facts.ts';
import type { Run } from './template-helpers.ts';

export interface DraftInput {
  readonly plan: ReplyPlan;
  readonly templates: TemplateSet;
  readonly contacts: Contacts;
  readonly partner: Partner;
  readonly policy: Pick<Policy, 'portalLicensesBelow' | 'timeZone'>;
  readonly now: Date;
  /** Branches to take whatever the record says: for the check alone. */
  readonly forced?: NonNullable<Run['forced']>;
}

/** Words that a person wrote in the place of the template's: Markdown, in which nothing is executed. */
export interface WrittenWords {
  readonly subject: string;
  readonly markdown: string;
}

export interface Draft {
  readonly template: CompiledTemplate;
  /** As rendered: neither cut nor freed of line breaks. */
  readonly subject: string;
  /** What mailboxes show behind the subject; empty where the template has none. */
  readonly preheader: string;
  /** The words as Markdown, before they become blocks. */
  readonly markdown: string;
  readonly blocks: readonly Block[];
  readonly words: string;
  readonly visited: ReadonlySet<string>;
  readonly links: readonly string[];
  readonly badLinks: readonly string[];
  /** Each continues "The reply …". */
  readonly missing: readonly string[];
}

/** Renders a plan with its template. Throws TemplateError where it cannot be rendered at all. */
export function draftReply(input: DraftInput, written?: WrittenWords): Draft {
  const { plan, templates } = input;
  const locale = resolveLocale(plan.locale, plan.scenario, templates);
  const template = templates.templates.get(`${locale}/${plan.scenario}`);
  if (locale === undefined || template === undefined) {
    const message = `There is no template for "${plan.scenario}", not even in English.`;
    throw new TemplateError({ file: `${plan.locale}/${plan.scenario}.md.hbs`, message });
  }
  const format = formatLocale(plan.locale, locale);
  const context = templateContext({ ...input, locale: format });
  const { facts, visited, ...rendered } = renderTemplate(template, context, {
    locale: format,
    sites: templates.sites,
    ...(input.forced === undefined ? {} : { forced: input.forced }),
  });
  const { subject, preheader, markdown } =
    written === undefined ? rendered : { ...written, preheader: '' };
  const blocks = readMarkdown(markdown);
  const { words, links } = surveyDocument(blocks);
  return {
    template,
    subject,
    preheader,
    markdown,
    blocks,
    words,
    visited,
    links,
    badLinks: judgeLinks(links, allowedLinks(input.contacts, context.approvalLink)),
    missing: missingFacts(plan.scenario, asShown(context), {
      words,
      links,
      stated: shownFacts(facts, words),
      formatDay: (day) => formatDay(day, format),
      formatNumber: (value) => formatNumber(value, format),
    }),
  };
}

/**
 * The locale that formats dates and numbers: the customer’s own where it is of the template’s language
 * (`de-AT` writes Jänner), else the template’s, so that no sentence mixes two languages.
 */
export function formatLocale(wanted: string, template: string): string {
  const [language] = template.split('-');
  if (wanted.split(/[-_]/)[0]?.toLowerCase() !== language?.toLowerCase()) return template;
  return Intl.DateTimeFormat.supportedLocalesOf(canonical(wanted))[0] ?? template;
}

function canonical(locale: string): readonly string[] {
  try {
    return Intl.getCanonicalLocales(locale.replaceAll('_', '-'));
  } catch (error) {
    // Not BCP 47: the locale of the template is what is left.
    if (error instanceof RangeError) return [];
    throw error;
  }
}

/** The facts whose words are among those of the reply: in the title of a link, say, nobody would read them. */
function shownFacts(
  facts: ReadonlyMap<string, string>,
  words: string,
): ReadonlyMap<string, string> {
  const bare = (text: string) => text.replace(/[\s*\\]+/g, '');
  const shown = bare(words);
  const read = [...facts].flatMap(([fact, said]) => {
    if (shown.includes(bare(said))) return [[fact, said] as const];
    const plain = surveyDocument(readMarkdown(said)).words;
    return shown.includes(bare(plain)) ? [[fact, plain] as const] : [];
  });
  return new Map(read);
}

/** The context with its names as a reply shows them, so that the reply can be compared with it. */
function asShown(context: TemplateContext): TemplateContext {
  const partner = {
    ...context.partner,
    signature: plainValue(context.partner.signature, templateValueCharsMax),
  };
  if (context.lines === undefined) return { ...context, partner };
  const lines = context.lines.map((line) => ({
    ...line,
    product: plainValue(line.product, templateValueCharsMax),
  }));
  return { ...context, partner, lines };
}
