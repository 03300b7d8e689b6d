/** What the check says of damaged templates, and whether it says it well. */
import { expect } from 'vitest';
import {
  formatProblem,
  type TemplateProblem,
  type TemplateSource,
} from '../../../src/core/template.ts';
import { checkTemplates } from '../../../src/core/template-check.ts';
import { compileTemplates, type TemplateSet } from '../../../src/core/template-compile.ts';
import { settings } from '../../core/compose-fixture.ts';
import { type Damage, english, sourcesAfter, textOf } from './damage.ts';
import { expectSoundReplies } from './reading.ts';

/** The templates as they ship. */
export const good = compileTemplates(english);

/** Refused with its place, or every reply is sound. */
export function expectVerdict(damage: Damage): 'refused' | 'harmless' {
  const sources = sourcesAfter(damage);
  if (damage.added === undefined) expect(damage.text).not.toBe(textOf(damage.file));
  const { set, problems } = judge(sources, damage.file);
  if (problems.length > 0) {
    expectRefusal(damage, sources, problems);
    return 'refused';
  }
  const ownLayout = damage.file !== 'layout';
  expectSoundReplies(set, good, { sentences: true, ownLayout, of: partOf(damage.file) });
  return 'harmless';
}

/** As after an edit of a folder: what is the same as before is not looked at again. */
export function judge(
  sources: readonly TemplateSource[],
  id: string,
): {
  readonly set: TemplateSet;
  readonly problems: readonly TemplateProblem[];
} {
  const set = compileTemplates(sources);
  // What cannot be read or understood is refused already: the check only adds to it.
  const { problems } = set;
  if (problems.length > 0) return { set, problems };
  // The layout has no part in the words, which are those of before.
  const before = id === 'layout' ? set : good;
  return { set, problems: checkTemplates(set, settings, before) };
}

/** Words that only a program has: whoever edits templates can do nothing with them. */
const gibberish =
  /Expecting|OPEN_|CLOSE_|Cannot read|is not a function|is not defined|\bat \S+ \(|\bundefined\b|\[object|call stack|NaN|TypeError|node_modules/;

/** A problem in words that help whoever edits the template. */
export function expectSentence(message: string): void {
  expect(message).not.toMatch(gibberish);
  expect(message).toMatch(/^["“{\p{L}#][\s\S]*[.?)]$/u);
}

function expectRefusal(
  { file: id, added }: Damage,
  sources: readonly TemplateSource[],
  problems: readonly TemplateProblem[],
): void {
  const told = problems.map(formatProblem).join('\n');
  for (const { message } of problems) expectSentence(message);
  // What lies in no known place is named by the path it has.
  if (added !== undefined) {
    expect(
      problems.map(({ file }) => file),
      told,
    ).toContain(added.path);
    return;
  }
  const names = filesNaming(id);
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
export function partOf(id: string): (template: string) => boolean {
  const names = filesNaming(id);
  // The layout frames them all alike: some with everything that replies are made of will do.
  const framed = ['en/mixed', 'en/cancel-phone', 'en/suspicious'];
  return (template) => (id === 'layout' ? framed : names).includes(template);
}

/** The damaged file itself and, for a partial, every template that comes to use it. */
function filesNaming(id: string): readonly string[] {
  const names = new Set([id]);
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
