/**
 * What happens when a template is rendered: the helpers, and the one place where values are written out.
 *
 * Every mustache is wrapped in `show` by the compiler, so no value can reach a reply without being
 * escaped, and an absent value is an error with its place instead of a hole in a sentence.
 */
import Handlebars from 'handlebars';
import { escapeMarkdown, plainValue } from './document.ts';
import { writingDirection } from './frame-html.ts';
import { templateUrlCharsMax, templateValueCharsMax } from './limits.ts';
import {
  formatDay,
  formatList,
  formatMoney,
  formatNumber,
  type Money,
  pluralForm,
} from './locale-format.ts';
import { type HelperName, TemplateError } from './template.ts';

/** Where something stands, and for blocks which branches there are. */
export interface Site {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly branches: readonly Branch[];
  /** The branch this site lies in, within the same file. */
  readonly inside?: { readonly site: number; readonly branch: Branch };
}

export type Branch = 'then' | 'else';

/** One rendering. `facts` and `visited` are filled by it. */
export interface Run {
  /** BCP 47, for dates, numbers and lists. */
  readonly locale: string;
  /** Subjects are plain text, bodies Markdown. */
  readonly mode: 'markdown' | 'plain';
  readonly sites: readonly Site[];
  /** Facts stated, with the words that stated them. */
  readonly facts: Map<string, string>;
  /** `site:branch` of every branch taken. */
  readonly visited: Set<string>;
  /** Branches taken whatever the values say, so that the check sees every one of them. */
  readonly forced?: ReadonlyMap<number, Branch>;
}

interface Line {
  readonly product: string;
}

interface BlockOptions extends Handlebars.HelperOptions {
  readonly data: {
    readonly run: Run;
    readonly root: { readonly lines?: readonly Line[]; readonly portalUrl?: string };
  };
}

/** The environment of all templates: our helpers and none of Handlebars’ own. */
export const environment = Handlebars.create();
for (const name of Object.keys(environment.helpers)) environment.unregisterHelper(name);

/** Helpers that the compiler puts in; no template may write them. */
export const internalHelpers = ['show'] as const;

const helpers: Readonly<Record<HelperName | 'show', Handlebars.HelperDelegate>> = {
  show(value: unknown, site: number, options: BlockOptions) {
    return show(value, site, options);
  },
  if(this: unknown, value: unknown, options: BlockOptions) {
    return branch(this, isKnown(value), options);
  },
  unless(this: unknown, value: unknown, options: BlockOptions) {
    return branch(this, !isKnown(value), options);
  },
  each(this: unknown, value: unknown, options: BlockOptions) {
    return each(this, value, options);
  },
  says(this: unknown, fact: string, options: BlockOptions) {
    const words = options.fn(this);
    options.data.run.facts.set(fact, words);
    return words;
  },
  eq: (a: unknown, b: unknown) => a === b,
  any: (...values: unknown[]) => values.slice(0, -1).some(isKnown),
  date(value: unknown, options: BlockOptions) {
    return typeof value === 'string' ? formatDay(value, options.data.run.locale) : undefined;
  },
  money(value: unknown, options: BlockOptions) {
    if (!Array.isArray(value) || value.length === 0) return undefined;
    const { locale } = options.data.run;
    const amounts = (value as readonly Money[]).map((money) => formatMoney(money, locale));
    return formatList(amounts, locale);
  },
  plural(value: unknown, options: BlockOptions) {
    if (typeof value !== 'number') return undefined;
    const { locale } = options.data.run;
    const forms = options.hash as Readonly<Record<string, string>>;
    const exact = value === 0 ? forms.zero : undefined;
    const form = exact ?? forms[pluralForm(value, locale)] ?? forms.other ?? '#';
    return form.replaceAll('#', formatNumber(value, locale));
  },
  products(value: unknown, options: BlockOptions) {
    const lines = Array.isArray(value) ? (value as readonly Line[]) : [];
    if (lines.length === 0) return undefined;
    const names = [
      ...new Set(lines.map((line) => plainValue(line.product, templateValueCharsMax))),
    ];
    return formatList(names, options.data.run.locale);
  },
};
for (const [name, helper] of Object.entries(helpers)) environment.registerHelper(name, helper);

/** Writes a value out. Strict on purpose: a reply with a hole is worse than none. */
function show(value: unknown, site: number, options: BlockOptions): string {
  const { run, root } = options.data;
  if (typeof value === 'number') return escaped(formatNumber(value, run.locale), run);
  if (typeof value === 'string') {
    const max = /^https:\/\//.test(value) ? templateUrlCharsMax : templateValueCharsMax;
    const text = plainValue(value, max);
    if (text !== '') return escaped(fromTheLeft(text, run.locale), run);
  }
  // In a branch that only the check takes, values may be absent that the branch would know.
  if (run.forced !== undefined) return root.portalUrl ?? '…';
  const place = run.sites[site];
  throw new TemplateError({
    file: place?.file ?? '',
    ...(place === undefined ? {} : { line: place.line, column: place.column }),
    message: 'This value is unknown for some customers; ask with {{#if …}} before showing it.',
  });
}

function escaped(text: string, run: Run): string {
  return run.mode === 'markdown' ? escapeMarkdown(text) : text;
}

/**
 * Numbers in groups, as of a phone, stay in their order among words that are written from the right: there
 * `0800 589 2332` would be read as `2332 589 0800`. The mark is a letter from the left without a width.
 *
 * Amounts keep the order of their language. Unicode Standard Annex #9, rules W2, N1 and W7.
 */
function fromTheLeft(text: string, locale: string): string {
  const isPhone = /^[+\d][\d ()/.-]*\d$/.test(text) && /\D/.test(text);
  return isPhone && writingDirection(locale) === 'rtl' ? `\u200E${text}` : text;
}

function isKnown(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== '' && value !== 0 && value !== false;
}

function branch(self: unknown, holds: boolean, options: BlockOptions): string {
  const taken = take(holds ? 'then' : 'else', options);
  return taken === 'then' ? options.fn(self) : options.inverse(self);
}

function each(self: unknown, value: unknown, options: BlockOptions): string {
  const items = Array.isArray(value) ? (value as readonly Line[]) : [];
  const taken = take(items.length > 0 ? 'then' : 'else', options);
  if (taken === 'else') return options.inverse(self);
  const walked = items.length > 0 ? items : (options.data.root.lines ?? []);
  return walked
    .map((item, index) => {
      const frame = Handlebars.createFrame(options.data);
      Object.assign(frame, { index, first: index === 0, last: index === walked.length - 1 });
      return options.fn(item, { data: frame, blockParams: [item, index] });
    })
    .join('');
}

function take(natural: Branch, options: BlockOptions): Branch {
  const site = options.hash.site as number;
  const { run } = options.data;
  const taken = run.forced?.get(site) ?? natural;
  run.visited.add(`${site}:${taken}`);
  return taken;
}
