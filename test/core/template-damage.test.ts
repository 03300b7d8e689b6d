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
import { type Damage, english, withText } from '../support/template-damage.ts';
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

function expectRefusal(
  { id }: Damage,
  sources: readonly TemplateSource[],
  problems: readonly TemplateProblem[],
): void {
  const told = problems.map(formatProblem).join('\n');
  for (const { message } of problems) {
    expect(message).not.toMatch(gibberish);
    expect(message).toMatch(/^["“{\p{L}#][\s\S]*[.?)]$/u);
  }
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
    const changed = changedLines(english.find((source) => source.id === id)?.source ?? '', after);
    const distance = Math.min(
      ...lines.flatMap((line) => [Math.max(0, changed.first - line, line - changed.last)]),
    );
    expect(distance, told).toBeLessThanOrEqual(3);
  }
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
  const [a, b] = [before.split(/\r\n?|\n/), after.split(/\r\n?|\n/)];
  let first = 0;
  while (first < b.length && a[first] === b[first]) first += 1;
  let last = 0;
  while (last < b.length - first && a.at(-1 - last) === b.at(-1 - last)) last += 1;
  return { first: first + 1, last: b.length - last };
}

const verdicts = new Map<string, 'refused' | 'harmless'>();

describe.each(Object.entries(areas))('damage to %s', (_, damages) => {
  it.each(damages.map((damage) => [damage.name, damage] as const))('%s is refused with its place, or harmless', (_name, damage) => {
    const sources = damage.apply(english);
    expect(sources).not.toEqual(english);
    const { set, problems } = judge(sources);
    verdicts.set(damage.name, problems.length > 0 ? 'refused' : 'harmless');
    if (problems.length > 0) expectRefusal(damage, sources, problems);
    else expectSoundReplies(set, good, { sentences: true, ownLayout: damage.id !== 'layout' });
  });
});

test('there are at least 200 kinds of damage, and most are refused', () => {
  expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length);
  expect(kinds.length).toBeGreaterThanOrEqual(200);
});
