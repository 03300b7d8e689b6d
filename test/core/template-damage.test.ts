/**
 * No edit that breaks a reply can go out: hundreds of kinds of damage, each of which is refused with its place, or
 * leaves every reply sound. Which of the two it is, is not for the check to say: what it lets through is rendered
 * for every sample and read as a customer would.
 */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  formatProblem,
  type TemplateProblem,
  type TemplateSource,
} from '../../src/core/template.ts';
import { checkTemplates } from '../../src/core/template-check.ts';
import { compileTemplates, type TemplateSet } from '../../src/core/template-compile.ts';
import { type Damage, english, textOf, withText } from '../support/template-damage.ts';
import { codeDamages } from '../support/template-damages/code.ts';
import { wholeFileDamages } from '../support/template-damages/files.ts';
import { layoutDamages } from '../support/template-damages/layout.ts';
import { wordDamages } from '../support/template-damages/words.ts';
import { expectSoundReplies } from '../support/template-oracle.ts';
import { settings } from './compose-fixture.ts';

const good = compileTemplates(english);
const areas = {
  'what stands in braces': codeDamages,
  'the words': wordDamages,
  'front matter and whole files': wholeFileDamages,
  'the layout': layoutDamages,
};
const kinds: readonly Damage[] = Object.values(areas).flat();

/** As after an edit of a folder: what is the same as before is not looked at again. */
function judge(sources: readonly TemplateSource[]): {
  readonly set: TemplateSet;
  readonly problems: readonly TemplateProblem[];
} {
  const set = compileTemplates(sources);
  // What cannot be read or understood is refused already: the check only adds to it.
  const { problems } = set;
  return { set, problems: problems.length > 0 ? problems : checkTemplates(set, settings, good) };
}

/** Words that only a program has: whoever edits templates can do nothing with them. */
const gibberish =
  /Expecting|OPEN_|CLOSE_|Cannot read|is not a function|is not defined|\bat \S+ \(|\bundefined\b|\[object|call stack|NaN|TypeError|node_modules/;

function expectSentence(message: string): void {
  expect(message).not.toMatch(gibberish);
  expect(message).toMatch(/^["“{\p{L}#][\s\S]*[.?)]$/u);
}

function expectRefusal(
  { id }: Damage,
  sources: readonly TemplateSource[],
  problems: readonly TemplateProblem[],
): void {
  const told = problems.map(formatProblem).join('\n');
  for (const { message } of problems) expectSentence(message);
  const names = filesNaming(id, sources);
  const near = problems.filter(({ file }) =>
    names.some((name) => file.endsWith(`${name}.md.hbs`) || file.endsWith(`${name}.html.hbs`)),
  );
  expect(near.length, told).toBeGreaterThan(0);
  const after = sources.find((source) => source.id === id)?.source;
  if (after === undefined) return;
  const lines = near.flatMap(({ file, line }) =>
    line !== undefined && file.includes(`${id}.`) ? [line] : [],
  );
  if (lines.length > 0) {
    const changed = changedLines(textOf(id), after);
    const isNear = lines.some((line) => line >= changed.first - 3 && line <= changed.last + 3);
    // What has lost its other half is told at the half that is left.
    const half = /\{\{[#/]|\{\{else|\{\{\{body/;
    // Two colours that do not go together are told where the other one stands.
    const colours = told.match(/#[\da-f]{6}/g) ?? [];
    const isNamed = linesOf(after)
      .slice(changed.first - 1, changed.last)
      .some((line) => colours.some((colour) => line.includes(colour)));
    expect(
      isNamed || isNear || lines.some((line) => half.test(linesOf(after)[line - 1] ?? '')),
      told,
    ).toBe(true);
  }
}

const linesOf = (text: string): readonly string[] => text.split(/\r\n?|\n/);

/** Which templates a file has a part in. */
function partOf(id: string, sources: readonly TemplateSource[]): (template: string) => boolean {
  const names = filesNaming(id, sources);
  return (template) => id === 'layout' || names.includes(template);
}

/** The damaged file itself and, for a partial, every template that comes to use it. */
function filesNaming(id: string, sources: readonly TemplateSource[]): readonly string[] {
  const names = new Set([id]);
  const moved = sources.find(({ id: now }) => !english.some((source) => source.id === now));
  if (moved !== undefined) names.add(moved.id);
  for (let size = 0; size !== names.size; ) {
    size = names.size;
    for (const { id: user, source } of english) {
      const uses = [...names].some((name) =>
        new RegExp(`\\{\\{> ${name.replace(/^.*\//, '')}[ }]`).test(source),
      );
      if (uses) names.add(user);
    }
  }
  return [...names];
}

function changedLines(
  before: string,
  after: string,
): { readonly first: number; readonly last: number } {
  const [a, b] = [linesOf(before), linesOf(after)];
  let first = 0;
  while (first < b.length && a[first] === b[first]) first += 1;
  let last = 0;
  while (last < b.length - first && a.at(-1 - last) === b.at(-1 - last)) last += 1;
  return { first: first + 1, last: b.length - last };
}

const verdicts = new Map<string, 'refused' | 'harmless'>();

describe.each(Object.entries(areas))('damage to %s', (_, damages) => {
  it.each(damages.map((damage) => [damage.name, damage] as const))(
    '%s is refused with its place, or harmless',
    (_name, damage) => {
      const sources = damage.apply(english);
      expect(sources).not.toEqual(english);
      const { set, problems } = judge(sources);
      verdicts.set(damage.name, problems.length > 0 ? 'refused' : 'harmless');
      if (problems.length > 0) expectRefusal(damage, sources, problems);
      else
        expectSoundReplies(set, good, {
          sentences: true,
          ownLayout: damage.id !== 'layout',
          of: partOf(damage.id, sources),
        });
    },
  );
});

const seed = Number(process.env.FAST_CHECK_SEED ?? Date.now() % 2_147_483_647);
console.info(`property tests run with seed ${seed}`);

const tokens = fc.constantFrom(
  ...'{}()[]*_#|<>&;:/\\~^!?"\'`.,-=@%$0aé\n\t\0\u00A0\u200B\u202E\uD800\uFEFF',
  ...['{{', '}}', '{{{', '{{/if}}', '{{else}}', '{{#if phone}}', '{{/says}}', '{{> costs}}'],
  ...[
    '{{lines}}',
    '{{phone}}',
    '{{!--',
    '--}}',
    '{{~',
    '\\{{',
    '**',
    '](',
    '![',
    '](//evil.example)',
  ],
  ...['https://evil.example', 'www.evil.example', '<b>', '<!--', '&lt;', '&#0;', '---', '\n---\n'],
  ...['\n\n', '\r', '\n> ', '\n| a |', '\n1. ', '\n# ', '\n    ', '\n=====\n', 'subject: x\n'],
);
const slip = fc.record({
  how: fc.constantFrom('insert', 'delete', 'duplicate', 'swap', 'replace'),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  length: fc.integer({ min: 1, max: 12 }),
  token: tokens,
});

function slipped(
  text: string,
  { how, at, length, token }: typeof slip extends fc.Arbitrary<infer Value> ? Value : never,
): string {
  const from = Math.floor(at * text.length);
  const piece = text.slice(from, from + length);
  const rest = text.slice(from + length);
  const middle = {
    insert: token + piece,
    delete: '',
    duplicate: piece + piece,
    swap: rest.slice(0, length) + piece,
    replace: token,
  }[how] as string;
  return text.slice(0, from) + middle + (how === 'swap' ? rest.slice(length) : rest);
}

test('slips of the fingers are refused, or leave every reply sound', () => {
  const files = english.filter(({ id }) => id !== 'layout');
  const slips = fc.array(slip, { minLength: 1, maxLength: 2 });
  fc.assert(
    fc.property(fc.constantFrom(...files), slips, (file, edits) => {
      const text = edits.reduce(slipped, file.source);
      const { set, problems } = judge(
        english.map((source) => (source === file ? withText(source, text) : source)),
      );
      // An edit of words may well change a sentence: whether it still says the same, only people can tell.
      if (problems.length === 0)
        expectSoundReplies(set, good, {
          sentences: false,
          ownLayout: true,
          of: partOf(file.id, english),
        });
      else for (const { message } of problems) expectSentence(message);
    }),
    { seed, numRuns: 150, interruptAfterTimeLimit: 40_000, markInterruptAsFailure: false },
  );
});

test('there are at least 200 kinds of damage, and most are refused', () => {
  expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length);
  expect(kinds.length).toBeGreaterThanOrEqual(200);
  // Where only some tests are run, there are only some verdicts.
  const refused = [...verdicts.values()].filter((verdict) => verdict === 'refused').length;
  if (verdicts.size === kinds.length) expect(refused).toBeGreaterThan(kinds.length / 2);
  console.info(
    `${kinds.length} kinds of damage: ${refused} refused, ${verdicts.size - refused} harmless`,
  );
});
