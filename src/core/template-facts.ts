/**
 * What each reply has to say. A reply that lacks one of these is not sent, whatever its template looks like.
 */
import {
  isGenericScenario,
  type LineScenario,
  type OwnScenario,
  type Scenario,
} from './decision.ts';
import { normalUrl } from './reply-links.ts';
import { type TemplateFact, templateFacts } from './template.ts';
import type { TemplateContext } from './template-context.ts';

const warnings = ['do-not-pay', 'right-row', 'licenses-first', 'do-not-delete'] as const;
const costs = ['both-bills', 'no-refund-promised'] as const;

/** Facts stated with {{#says}}, by scenario; a reply about lines has those of all its lines too. */
export const factsByScenario: Readonly<
  Record<
    LineScenario | 'already-answered' | OwnScenario | 'ask-for-details' | 'suspicious',
    readonly TemplateFact[]
  >
> = {
  'approve-partner': ['do-not-cancel-yet'],
  'wait-for-csp': ['do-not-cancel-yet', 'desk-finishes'],
  'cancel-portal': ['cancel-in-portal', ...warnings, ...costs],
  'cancel-phone': ['portal-will-not', 'call-support', ...warnings, ...costs],
  'cancel-unknown-licenses': [
    'license-rule',
    'cancel-in-portal',
    'call-support',
    ...warnings,
    ...costs,
  ],
  'stop-renewal': ['turn-off-renewal', 'why-not-renew', ...warnings, ...costs],
  'already-cancelled': ['nothing-to-do'],
  'already-answered': ['ask-colleague'],
  reminder: ['done-already'],
  outreach: ['notice-to-come'],
  'ask-for-details': ['domain-wanted'],
  suspicious: ['do-not-click'],
};

/** Facts of every reply that is about a customer. */
export const factsAlways = ['person-to-turn-to'] as const satisfies readonly TemplateFact[];

/** A reply as the facts are looked for in it. */
export interface Surveyed {
  readonly words: string;
  readonly links: readonly string[];
  readonly stated: ReadonlyMap<string, string>;
  /** How the reply’s locale writes a day and a number. */
  readonly formatDay: (day: string) => string;
  readonly formatNumber: (value: number) => string;
}

/** What the reply lacks, each as a sentence; empty when it is complete. */
export function missingFacts(
  scenario: Scenario,
  context: TemplateContext,
  reply: Surveyed,
): readonly string[] {
  const lines = context.lines ?? [];
  const scenarios = [scenario, ...lines.map((line) => line.scenario)];
  const missing: string[] = [];
  const always = isGenericScenario(scenario) ? [] : factsAlways;
  for (const fact of new Set([...scenarios.flatMap(factsOf), ...always])) {
    if (countLetters(reply.stated.get(fact) ?? '') < 8) {
      missing.push(`must say {{#says "${fact}"}}: ${templateFacts[fact]}`);
    }
  }
  const links = reply.links.map(normalUrl);
  for (const { value, what, kind } of wantedValues(context, reply)) {
    const shown =
      kind === 'link' ? links.includes(normalUrl(value)) : reply.words.includes(oneSpaced(value));
    if (!shown) missing.push(`must show ${what} (${value}).`);
  }
  if (isGenericScenario(scenario) && reply.links.length > 0) {
    missing.push('must not link anywhere.');
  }
  return missing;
}

function factsOf(scenario: Scenario): readonly TemplateFact[] {
  return Object.hasOwn(factsByScenario, scenario)
    ? factsByScenario[scenario as keyof typeof factsByScenario]
    : [];
}

interface WantedValue {
  readonly value: string;
  readonly what: string;
  readonly kind: 'link' | 'words';
}

function wantedValues(context: TemplateContext, reply: Surveyed): readonly WantedValue[] {
  const lines = context.lines ?? [];
  const has = (...scenarios: readonly LineScenario[]) =>
    lines.some((line) => scenarios.includes(line.scenario));
  const wanted: WantedValue[] = [];
  const want = (value: string | undefined, what: string, kind: WantedValue['kind']) => {
    if (value !== undefined) wanted.push({ value, what, kind });
  };
  for (const line of lines) {
    want(line.product, 'every subscription', 'words');
    if (line.scenario !== 'stop-renewal' || line.lastDay === undefined) continue;
    want(reply.formatDay(line.lastDay), 'the day on which the subscription ends', 'words');
  }
  want(context.partner.signature, 'who signs it', 'words');
  const { writtenOn } = context;
  if (writtenOn !== undefined) want(reply.formatDay(writtenOn), 'when we wrote before', 'words');
  want(context.answered?.name, 'who has the answer', 'words');
  const { answered } = context;
  if (answered !== undefined) want(reply.formatDay(answered.on), 'when it was answered', 'words');
  if (has('approve-partner')) want(context.approvalLink, 'the approval link', 'link');
  if (has('cancel-portal', 'cancel-unknown-licenses', 'stop-renewal')) {
    want(context.portalUrl, 'the portal', 'link');
  }
  if (has('cancel-phone', 'cancel-unknown-licenses')) {
    want(context.phone, 'the support number of the customer’s country', 'words');
    want(context.supportNumbersUrl, 'Microsoft’s list of numbers', 'link');
  }
  const rule = reply.stated.get('license-rule');
  if (rule !== undefined && context.portalLicensesBelow !== undefined) {
    const limit = reply.formatNumber(context.portalLicensesBelow);
    if (!rule.includes(limit))
      want(`${limit} in the rule of licenses`, 'the number that decides,', 'words');
  }
  if (has('cancel-unknown-licenses') && context.portalLicensesBelow !== undefined) {
    const limit = reply.formatNumber(context.portalLicensesBelow);
    want(limit, 'the number of licenses that decides', 'words');
  }
  return wanted;
}

function oneSpaced(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function countLetters(text: string): number {
  return text.match(/\p{L}/gu)?.length ?? 0;
}
