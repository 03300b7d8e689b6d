/**
 * No edit that breaks a reply can go out: well over a thousand kinds of damage are done to the English templates.
 * Each is refused with a message that names the place, or every reply is sound when it is read as a customer would
 * read it. That judgement (`damage/reading.ts`) knows nothing of the check that let the damage pass.
 */
import { describe, expect, test } from 'vitest';
import { branchesDamages } from '../support/damage/branches.ts';
import type { Damage } from '../support/damage/damage.ts';
import {
  fileDamages,
  frontMatterDamages,
  linkDamages,
  lossDamages,
  markdownDamages,
} from '../support/damage/files.ts';
import { layoutEdits } from '../support/damage/layout.ts';
import { typedDamages } from '../support/damage/typed.ts';
import { expectVerdict } from '../support/damage/verdict.ts';
import {
  braceDamages,
  factDamages,
  helperDamages,
  partialDamages,
  variableDamages,
} from '../support/damage/words.ts';

const areas: Readonly<Record<string, readonly Damage[]>> = {
  variables: variableDamages(),
  helpers: helperDamages(),
  facts: factDamages(),
  partials: partialDamages(),
  braces: braceDamages(),
  'sections and branches': branchesDamages(),
  'front matter': frontMatterDamages(),
  'links and numbers': linkDamages(),
  Markdown: markdownDamages(),
  'what is typed in': typedDamages,
  files: fileDamages(),
  'lost paragraphs and lines': lossDamages(),
  'the layout': layoutEdits,
};
const kinds = Object.values(areas).flat();
const verdicts: string[] = [];

describe.each(Object.entries(areas))('damage to %s', (_, damages) => {
  test.each(damages.map((damage) => [damage.kind, damage] as const))(
    '%s is refused with its place, or harmless',
    (_kind, damage) => {
      verdicts.push(expectVerdict(damage));
    },
  );
});

test('the kinds of damage are many, and most are refused', () => {
  expect(new Set(kinds.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(1_000);
  // Where only some tests are run, there are only some verdicts.
  const refused = verdicts.filter((verdict) => verdict === 'refused').length;
  if (verdicts.length === kinds.length) expect(refused).toBeGreaterThan(kinds.length / 2);
});
