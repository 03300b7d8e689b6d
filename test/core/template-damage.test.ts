/**
 * No edit that breaks a reply can go out: hundreds of kinds of damage are done to the English templates, and each is
 * refused with a message that names the place, or does no harm. That it does none is judged here by rules of our
 * own, on every reply for every sample, and not by the check that let it pass.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderReply } from '../../src/core/compose.ts';
import { customerDay } from '../../src/core/customer-day.ts';
import { repliedScenarios } from '../../src/core/decision.ts';
import { plainValue } from '../../src/core/document.ts';
import { htmlToText } from '../../src/core/html-text.ts';
import { templateValueCharsMax } from '../../src/core/limits.ts';
import type { TemplateProblem } from '../../src/core/template.ts';
import { checkTemplates } from '../../src/core/template-check.ts';
import { compileTemplates, type TemplateSet } from '../../src/core/template-compile.ts';
import { findPhone } from '../../src/core/template-context.ts';
import {
  samplesNow,
  type TemplateSample,
  templateSamples,
} from '../../src/core/template-samples.ts';
import {
  type Damage,
  english,
  partials,
  pathOf,
  replies,
  sourcesAfter,
  textOf,
} from '../support/damage/damage.ts';
import {
  fileDamages,
  frontMatterDamages,
  layoutDamages,
  linkDamages,
  lossDamages,
  markdownDamages,
} from '../support/damage/files.ts';
import {
  braceDamages,
  factDamages,
  helperDamages,
  partialDamages,
  variableDamages,
} from '../support/damage/words.ts';
import { settings } from './compose-fixture.ts';

const seed = Number(process.env.FAST_CHECK_SEED ?? Date.now() % 2_147_483_647);

const good = compileTemplates(english);
const groups: Readonly<Record<string, readonly Damage[]>> = {
  variables: variableDamages(),
  helpers: helperDamages(),
  facts: factDamages(),
  partials: partialDamages(),
  braces: braceDamages(),
  'front matter': frontMatterDamages(),
  'links and numbers': linkDamages(),
  markdown: markdownDamages(),
  files: fileDamages(),
  'lost lines': lossDamages(),
  layout: layoutDamages(),
};

/** Sentences that a customer must have read, by the situation of a subscription. */
const cancels = [
  'Do not pay for, renew or reactivate',
  'bought directly from Microsoft',
  'make sure that everyone has a license of the new subscription',
  'Do not delete the subscription, remove your domain or close the account',
  'Microsoft goes on billing you',
  'do not count on it',
];
const sentences: Readonly<Record<string, readonly string[]>> = {
  'approve-partner': ['Do not cancel'],
  'wait-for-csp': ['Do not cancel', 'Our desk is finishing the new subscription'],
  'cancel-portal': [...cancels, 'Choose Cancel subscription and confirm'],
  'cancel-phone': [
    ...cancels,
    'The portal will not do this',
    'An administrator calls Microsoft support',
  ],
  'cancel-unknown-licenses': [
    ...cancels,
    'fewer than 25',
    'Choose Cancel subscription and confirm',
  ],
  'stop-renewal': [...cancels, 'recurring billing', 'do not let it renew'],
  'already-cancelled': [],
  suspicious: ['do not click anything in it'],
  'ask-for-details': ['the domain of the organisation'],
  reminder: ['If you have done this already'],
  outreach: ['is to be expected'],
  'already-answered': ['for our mail'],
};

/** What is wrong with a reply, by eye: nothing here asks the check or its tables. */
function faultsOf({ plan }: TemplateSample, set: TemplateSet): readonly string[] {
  const reply = renderReply({ plan, templates: set, ...settings, now: samplesNow });
  const words = reply.text.replace(/\s+/g, ' ');
  const html = htmlToText(reply.html).text.replace(/\s+/g, ' ');
  const faults: string[] = [];
  const need = (found: boolean, what: string) => {
    if (!found) faults.push(what);
  };
  const { customer, lines } = plan;
  for (const scenario of [plan.scenario, ...lines.map((line) => line.scenario)]) {
    for (const sentence of sentences[scenario] ?? []) {
      need(words.toLowerCase().includes(sentence.toLowerCase()), `“${sentence}”`);
      need(html.toLowerCase().includes(sentence.toLowerCase()), `“${sentence}” in HTML`);
    }
  }
  const names = lines.map(({ product }) => plainValue(product, templateValueCharsMax));
  for (const name of names) need(words.includes(name), `the product ${name}`);
  const has = (...wanted: readonly string[]) =>
    lines.some(({ scenario }) => wanted.includes(scenario));
  if (has('cancel-portal', 'stop-renewal', 'cancel-unknown-licenses')) {
    need(words.includes('https://admin.microsoft.com'), 'the portal');
  }
  const phone = findPhone(settings.contacts, customer?.country);
  if (has('cancel-phone', 'cancel-unknown-licenses')) {
    need(words.includes(phone ?? settings.contacts.supportNumbersUrl), 'the number');
  }
  if (has('approve-partner'))
    need(reply.text.includes(customer?.approvalLink ?? '-'), 'the approval');
  const today = customerDay(samplesNow, customer?.country, 'UTC');
  for (const { scenario, index } of lines) {
    const { advisorEndsOn, advisorRenewsOn } = customer?.subscriptions[index] ?? {};
    const day = [advisorEndsOn, advisorRenewsOn].find((one) => one !== undefined && one >= today);
    if (scenario !== 'stop-renewal' || day === undefined) continue;
    need(words.includes(String(Number(day.slice(8)))), 'the day');
  }
  need(words.includes('Fabrikam support desk'), 'the signature');
  need(!/[\r\n]/.test(reply.subject) && reply.subject.trim() !== '', 'a subject of one line');
  for (const host of reply.html.matchAll(/href="https?:\/\/([^/"]*)/g)) {
    const known = /^(?:admin|support|learn)\.microsoft\.com$/.test(host[1] ?? '');
    need(known || (customer?.approvalLink ?? '').includes(host[1] ?? '-'), `no link to ${host[1]}`);
  }
  need(!/<script|<img|javascript:/i.test(reply.html), 'no active content');
  if (!isHostile(plan))
    need(!/\{\{|\}\}|\*\*|\]\(/.test(`${words}${reply.subject}`), 'no markup left over');
  return faults;
}

function isHostile(plan: TemplateSample['plan']): boolean {
  return plan.customer?.name.includes('{{') === true || plan.answered?.name.includes('{{') === true;
}

/** The first two of each scenario and those that look like markup: the check itself has rendered all of them. */
const samples = repliedScenarios.flatMap((scenario) =>
  templateSamples(scenario, 'en').filter(({ hostile }, index) => index < 2 || hostile),
);

function expectWhole(set: TemplateSet, what: string): void {
  const faults = samples.flatMap((sample) =>
    faultsOf(sample, set).map((fault) => `${sample.plan.scenario}, ${sample.name}: ${fault}`),
  );
  expect(faults, what).toEqual([]);
}

/** What cannot be compiled is refused as it is; only the rest is worth rendering. */
function problemsOf(set: TemplateSet): readonly TemplateProblem[] {
  return set.problems.length > 0 ? set.problems : checkTemplates(set, settings, good);
}

/** The lines that a damage changed: its own, the one before and the one behind. */
function changedLines(damage: Damage): readonly [number, number] {
  const before = textOf(damage.file).split('\n');
  const after = (damage.text ?? '').split('\n');
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  let end = 0;
  while (end < before.length - same && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return [same, Math.max(after.length - end + 1, same + 2)];
}

/** A message a person can act on, at the place of the damage or of what it left incomplete. */
function expectHelpful(problems: readonly TemplateProblem[], damage: Damage): void {
  for (const { message } of problems) {
    expect(message).not.toMatch(/\bat (?:Object|async|node:)|undefined|\[object |TypeError|Error:/);
    expect(message).toMatch(/^[\p{L}"“#][\s\S]{9,}/u);
  }
  const files = problems.map(({ file }) => file);
  if (damage.text === undefined) {
    // What is missing has no place; whoever needs it has.
    expect(files.length).toBeGreaterThan(0);
    return;
  }
  const own = problems.filter(({ file }) => file.endsWith(pathOf(damage.file)));
  const inside = own.filter(({ line }) => line !== undefined);
  if (inside.length === 0) {
    // Nothing in the file is wrong by itself: a reply made of it lacks something, and is named.
    const lacking = problems.every(
      ({ file, message }) =>
        file.endsWith('.hbs') &&
        /^(?:The (?:reply|link|layout|front matter|template|subject|preheader)|Markup|Braces|"" is no)/.test(
          message,
        ),
    );
    expect([lacking, problems.map(({ message }) => message)]).toEqual([true, expect.anything()]);
    return;
  }
  const [from, to] = changedLines(damage);
  const near = inside.some(({ line = 0 }) => line >= from && line <= to);
  const isOpen = inside.some(({ message }) =>
    /never closed|stay open|doesn't match|cannot be read|hides a part/.test(message),
  );
  expect([
    near || isOpen,
    damage.kind,
    inside.map(({ line, message }) => `${line}: ${message}`),
  ]).toEqual([true, damage.kind, expect.anything()]);
}

test('the templates as they ship are whole', () => {
  expectWhole(good, 'undamaged');
});

test('the kinds of damage are many, and each is one', () => {
  const kinds = Object.values(groups)
    .flat()
    .map(({ kind }) => kind);
  expect(new Set(kinds).size).toBeGreaterThanOrEqual(1_000);
});

describe.each(Object.entries(groups))('%s', (_, damages) => {
  test.each(damages.map((damage) => [damage.kind, damage] as const))('%s', (kind, damage) => {
    const set = compileTemplates(sourcesAfter(damage));
    const problems = problemsOf(set);
    if (problems.length > 0) expectHelpful(problems, damage);
    else expectWhole(set, kind);
  });
});

describe('whatever is typed', () => {
  const tokens = fc.constantFrom(
    ...[
      '{{',
      '}}',
      '{',
      '}',
      '{{/if}}',
      '{{else}}',
      '{{#if',
      '{{#each lines}}',
      '{{>',
      '{{{',
      '"',
      '”',
      '|',
      '*',
    ],
    ...[
      '**',
      '](',
      '[',
      ')',
      '<',
      '>',
      '<!--',
      '`',
      '\\',
      '#',
      '-',
      '1. ',
      '\n',
      '\n\n',
      '\r',
      '\t',
      '\u00a0',
    ],
    ...[
      '\u200b',
      '\u0000',
      'lines',
      'phone',
      'customer.name',
      '{{phone}}',
      '{{customer.name}}',
      '---\n',
      ': ',
      '@',
    ],
    ...[
      '{{partner.name}}',
      'https://evil.example',
      '{{#says "do-not-pay"}}',
      '{{/says}}',
      '{{!',
      '--}}',
      '~',
    ],
  );
  const file = fc.constantFrom(...replies, ...partials, 'layout');
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const edit = fc.record({
    file,
    place,
    token: tokens,
    cut: fc.nat({ max: 12 }),
    how: fc.nat({ max: 3 }),
  });

  test('goes out only where it does no harm', () => {
    let accepted = 0;
    fc.assert(
      fc.property(edit, ({ file: id, place: share, token, cut, how }) => {
        const text = textOf(id);
        const at = Math.floor(share * text.length);
        const inserted = how === 0 ? '' : how === 3 ? text.slice(at, at + cut) : token;
        const changed =
          text.slice(0, at) + inserted + text.slice(how === 1 || how === 3 ? at : at + cut);
        const damage: Damage = { kind: 'typed', file: id, text: changed };
        const set = compileTemplates(sourcesAfter(damage));
        if (problemsOf(set).length > 0) return;
        accepted += 1;
        expectUnbroken(set);
      }),
      { seed, numRuns: 60 },
    );
    expect(accepted).toBeGreaterThan(0);
  });

  /** Letters of a sentence may be typed away, so of the words only values are asked for. */
  function expectUnbroken(set: TemplateSet): void {
    for (const sample of samples.slice(0, samples.length)) {
      const faults = faultsOf(sample, set).filter((fault) => !fault.startsWith('“'));
      expect(faults, `seed ${seed}`).toEqual([]);
    }
  }
});
