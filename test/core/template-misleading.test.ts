/**
 * Damage that leaves a template looking whole: steps of one section with the subscriptions of another, a branch that
 * can never be taken, a fact where nobody reads it, an address that mail programs make a link of, a style that hides
 * words. Each is refused with its place, or every reply is sound when it is read as a customer would read it.
 */
import { describe, expect, it, test } from 'vitest';
import { branchesDamages } from '../support/damage/branches.ts';
import { layoutEdits } from '../support/damage/layout.ts';
import { typedDamages } from '../support/damage/typed.ts';
import { expectVerdict } from '../support/damage/verdict.ts';

const areas = {
  sections: branchesDamages(),
  'what is typed in': typedDamages,
  'the layout': layoutEdits,
};
const kinds = Object.values(areas).flat();
const verdicts: string[] = [];

describe.each(Object.entries(areas))('damage to %s', (_, damages) => {
  it.each(damages.map((damage) => [damage.kind, damage] as const))(
    '%s is refused with its place, or harmless',
    (_kind, damage) => {
      verdicts.push(expectVerdict(damage));
    },
  );
});

test('there are at least 200 kinds of damage, and most are refused', () => {
  expect(new Set(kinds.map(({ kind }) => kind)).size).toBe(kinds.length);
  expect(kinds.length).toBeGreaterThanOrEqual(200);
  // Where only some tests are run, there are only some verdicts.
  const refused = verdicts.filter((verdict) => verdict === 'refused').length;
  if (verdicts.length === kinds.length) expect(refused).toBeGreaterThan(kinds.length / 2);
});
