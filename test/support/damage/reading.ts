/**
 * What a customer must find in a reply whatever was done to its template, told from the plan alone: it knows neither
 * the check nor the marks in the templates, so that it can find what they overlook.
 */
import { expect } from 'vitest';
import { renderReply } from '../../../src/core/compose.ts';
import type { LineScenario, ReplyPlan, Scenario } from '../../../src/core/decision.ts';
import { type Block, plainValue } from '../../../src/core/document.ts';
import { htmlToText } from '../../../src/core/html-text.ts';
import { draftReply } from '../../../src/core/reply-draft.ts';
import type { TemplateSet } from '../../../src/core/template-compile.ts';
import {
  samplesNow,
  type TemplateSample,
  templateSamples,
} from '../../../src/core/template-samples.ts';
import { flat, settings } from '../../core/compose-fixture.ts';

const warnings = [
  /Do not pay for, renew or reactivate (?:the|an) old subscription/,
  /Do not delete the subscription, remove your domain or close the account/,
  /First make sure that everyone has a license of the new subscription/,
  /bought directly from Microsoft, not the one/,
  /Microsoft goes on billing you for it, on top of our bill/,
  /is Microsoft’s decision alone/,
];

/** The English sentences that a reply about such a line, or of such a scenario, cannot do without. */
const sentences: Readonly<Partial<Record<Scenario, readonly RegExp[]>>> = {
  'approve-partner': [
    /Do not cancel .*yet\. The new subscription can only start after your approval/,
  ],
  'wait-for-csp': [
    /Do not cancel .*yet\. The new subscription is not ready/,
    /Our desk is finishing/,
  ],
  'cancel-portal': warnings,
  'cancel-phone': [...warnings, /The portal will not do this/],
  'cancel-unknown-licenses': [...warnings, /fewer than 25, and it can be cancelled in the portal/],
  'stop-renewal': [
    ...warnings,
    /edit recurring billing, turn it off and save/,
    /it would be billed for another whole term/,
  ],
  'already-cancelled': [/there is nothing you need to do|It is cancelled already/],
  'already-answered': [/Please ask .+ for our mail/],
  reminder: [/If you have done this already, nothing is left to do/],
  outreach: [/That notice is about the old subscription only, and is to be expected/],
  'ask-for-details': [/the domain of the organisation/],
  suspicious: [/Please do not click anything in it/],
};

/** What is done with a line of each scenario, as the table of a mixed reply says it. */
const cells: Readonly<Record<LineScenario, string>> = {
  'approve-partner': 'approve the move; do not cancel yet',
  'wait-for-csp': 'wait; do not cancel yet',
  'cancel-portal': 'cancel in the portal',
  'cancel-phone': 'cancel by phone',
  'cancel-unknown-licenses': 'cancel, in the portal or by phone',
  'stop-renewal': 'turn recurring billing off',
  'already-cancelled': 'nothing: it is cancelled already',
};

export interface Demands {
  /** Whether the sentences are to be the ones that ship: an edit of words may change those. */
  readonly sentences: boolean;
  /** Whether the layout is the one that ships: another may have words of its own. */
  readonly ownLayout: boolean;
  /** Which templates the damaged file has a part in. */
  readonly of: (id: string) => boolean;
}

/** Renders every sample and looks at each reply that does not come out as it does from the set that ships. */
export function expectSoundReplies(set: TemplateSet, good: TemplateSet, demands: Demands): number {
  let looked = 0;
  for (const template of set.templates.values()) {
    if (!demands.of(template.id)) continue;
    for (const [index, sample] of templateSamples(template.scenario, 'en').entries()) {
      const input = { plan: sample.plan, ...settings, now: samplesNow };
      const same =
        demands.ownLayout &&
        drafted(set, input) === draftedBefore(`${template.id} ${index}`, good, input);
      if (same || (!demands.ownLayout && index > 0)) continue;
      // With the layout that ships, one reply in it is enough: to frame them all would take most of the time.
      const templates = demands.ownLayout && looked > 0 ? withoutFrame(set) : set;
      looked += 1;
      expectSound(renderReply({ ...input, templates }), sample, demands);
    }
  }
  return looked;
}

function withoutFrame(set: TemplateSet): TemplateSet {
  if (set.layout === undefined) return set;
  return { ...set, layout: { ...set.layout, render: ({ body }) => `<div>${body}</div>` } };
}

type Input = Omit<Parameters<typeof draftReply>[0], 'templates'>;

const before = new Map<string, string>();

/** The set that ships is drafted once for all. */
function draftedBefore(key: string, good: TemplateSet, input: Input): string {
  const found = before.get(key) ?? drafted(good, input);
  before.set(key, found);
  return found;
}

/** What both parts are made of. */
function drafted(templates: TemplateSet, input: Input): string {
  const { subject, preheader, blocks } = draftReply({ ...input, templates });
  return JSON.stringify([subject, preheader, blocks] satisfies [string, string, readonly Block[]]);
}

interface Parts {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

function expectSound(
  { subject, text, html }: Parts,
  sample: TemplateSample,
  demands: Demands,
): void {
  const { plan, hostile } = sample;
  expect(subject.length).toBeLessThan(150);
  expect(subject).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}]*\p{L}{3}[^\p{Cc}\p{Zl}\p{Zp}]*$/u);
  const words = flat(text);
  expect(`${subject} ${words}`).not.toMatch(unseen);
  if (!hostile) {
    expect(`${subject} ${words}`).not.toMatch(leftover);
    expect(words.split('[').length, words).toBe(words.split(']').length);
  }
  expectValues(words, plan);
  if (demands.sentences) {
    const scenarios = new Set([plan.scenario, ...plan.lines.map(({ scenario }) => scenario)]);
    for (const scenario of scenarios)
      for (const sentence of sentences[scenario] ?? []) expect(words).toMatch(sentence);
  }
  if (!hostile) expectSections(text, plan, demands);
  expectLinks(text, html, sample);
  expectSameWords(text, html, demands);
  expectShown(html);
}

/** What no reader sees, or what turns the direction of others. */
const unseen =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u200B\u2028-\u202E\u2060-\u206F\uFEFF\uFFFD\uD800-\uDFFF\u{E0000}-\u{E007F}]/u;
const leftover =
  /\{\{|\}\}|\*|~~|`|\]\s*\(|(?:^|\s)#{1,6}[\s\p{L}]|(?:^|\s)\||\|(?:\s|$)|<\/?[a-z]|(?:^|\s)_\p{L}/u;

function expectValues(words: string, plan: ReplyPlan): void {
  const has = (...scenarios: readonly LineScenario[]) =>
    plan.lines.some(({ scenario }) => scenarios.includes(scenario));
  const { contacts } = settings;
  for (const { product } of plan.lines) expect(words).toContain(flat(plainValue(product, 120)));
  if (has('cancel-portal', 'cancel-unknown-licenses', 'stop-renewal'))
    expect(words).toContain(contacts.portalUrl);
  if (has('approve-partner')) expect(words).toContain(plan.customer?.approvalLink);
  if (has('cancel-phone', 'cancel-unknown-licenses')) {
    expect(words).toContain(contacts.supportNumbersUrl);
    expect(words).toContain(contacts.phones[plan.customer?.country ?? ''] ?? '');
  }
  if (has('cancel-unknown-licenses')) expect(words).toMatch(/\b25\b/);
  for (const { scenario, index } of plan.lines) {
    const { advisorEndsOn, advisorRenewsOn } = plan.customer?.subscriptions[index] ?? {};
    const coming = [advisorEndsOn, advisorRenewsOn].find(
      (day) => day !== undefined && day > '2026-11-02',
    );
    if (scenario === 'stop-renewal' && coming !== undefined)
      expect(words).toContain(longDay(coming));
  }
  if (plan.answered !== undefined) expect(words).toContain(longDay(plan.answered.on));
  if (plan.writtenOn !== undefined) expect(words).toContain(longDay(plan.writtenOn));
}

function longDay(day: string): string {
  return new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' }).format(
    new Date(day),
  );
}

/** Steps to end a subscription name those that are to be ended, and no other. */
function expectSections(text: string, plan: ReplyPlan, demands: Demands): void {
  const named = (...scenarios: readonly LineScenario[]) =>
    plan.lines.filter(({ scenario }) => scenarios.includes(scenario)).map(({ product }) => product);
  const safe = named('approve-partner', 'wait-for-csp', 'already-cancelled');
  for (const step of flat(text).match(/(?:and choose|Ask to cancel) [^.]*\./g) ?? [])
    for (const product of safe) expect(step).not.toContain(product);
  // A template may do without the table; one that has it says the right thing in every row.
  if (!demands.sentences || !/ What to do: /.test(flat(text))) return;
  for (const { product, scenario } of plan.lines)
    expect(flat(text)).toMatch(
      new RegExp(`${escaped(product)}[^-]{0,40} What to do: ${escaped(cells[scenario])}`),
    );
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function expectLinks(text: string, html: string, { plan, hostile }: TemplateSample): void {
  const { portalUrl, supportNumbersUrl, cancelHelpUrl } = settings.contacts;
  const hosts = [portalUrl, supportNumbersUrl, cancelHelpUrl].map((url) => new URL(url).host);
  const typed = hostile
    ? []
    : [...text.matchAll(/\b(?:\w+:\/\/|www\.)[^\s)]*/g)].map(([url]) => url.replace(/[.,;]$/, ''));
  const hrefs = htmlToText(html).links.map(({ href }) => href);
  for (const url of [...typed, ...hrefs]) {
    if (url === plan.customer?.approvalLink) continue;
    expect(url).toMatch(/^https:\/\//);
    expect(hosts).toContain(new URL(url).host);
    expect(new URL(url).username).toBe('');
  }
}

function expectSameWords(text: string, html: string, { ownLayout }: Demands): void {
  const wordsOf = (of: string) =>
    new Set(of.replace(/\(?https:\/\/[^\s)]*\)?/g, ' ').match(/\p{L}+|\d{3,}/gu) ?? []);
  const unnumbered = text.replace(/^ *\d{1,2}\. /gm, '');
  const [inText, inHtml] = [wordsOf(unnumbered), wordsOf(htmlToText(html).text)];
  expect([...inText].filter((word) => !inHtml.has(word))).toEqual([]);
  // The head of a table stands in the HTML part alone.
  const heads = wordsOf('Old subscription What to do');
  if (ownLayout)
    expect([...inHtml].filter((word) => !inText.has(word) && !heads.has(word))).toEqual([]);
}

const elements =
  /^(?:html|head|meta|title|style|body|div|table|tbody|tr|t[dh]|p|h[123]|[uo]l|li|blockquote|strong|em|a|br|span|center)$/;
const hiding =
  /(?:^|[;\s])(?:display:\s*none|visibility|opacity|position|text-indent|transform|clip|filter|content|mask|mix-blend|zoom|writing-mode|direction|unicode-bidi|font:|animation|letter-spacing:\s*-|margin[\w-]*:[^;]*-\d|(?:max-)?(?:height|width):\s*0|line-height:\s*\d(?:px)?(?:;|$)|font-size:\s*(?:\d|1[01])(?:\.\d+)?(?:px)?(?:;|$)|-webkit-(?:text-fill|mask)|[\w-]*:[^;]*(?:url\(|var\(|rgb|gradient))/i;

/** Nothing is loaded, run or hidden but the preheader, by whatever means. */
function expectShown(html: string): void {
  const visible = html
    .replace(/<!--\[if mso\]>.*?<!\[endif\]-->/g, '')
    .replace(/<div style="display: ?none;[^"]*">[^<]*<\/div>/, '');
  const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(visible) ?? [];
  expect(
    style.replace(/@media \(prefers-color-scheme: dark\) \{(?:[^{}]*\{[^{}]*\})*\s*\}/g, '').trim(),
  ).toBe('');
  expect(style).not.toMatch(/display|visibility|opacity|size|height|width|position|image|url/);
  for (const [tag, name = ''] of visible.matchAll(/<([a-z][\w:-]*)[^>]*>/gi)) {
    expect(name.toLowerCase()).toMatch(elements);
    expect(tag.replace(/"[^"]*"/g, '')).not.toMatch(
      /[\s/](?:on\w+|src\w*|background|hidden|inert|http-equiv|poster|data)\b/i,
    );
    for (const [, declarations = ''] of tag.matchAll(/ style="([^"]*)"/g))
      expect(declarations).not.toMatch(hiding);
  }
}
