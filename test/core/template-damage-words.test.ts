/** No edit that breaks a reply can go out: damage to the words and the layout. See template-damage.test.ts. */
import { describe, expect, it, test } from 'vitest';
import { layoutDamages } from '../support/template-damages/layout.ts';
import { wordDamages } from '../support/template-damages/words.ts';
import { expectVerdict } from '../support/template-verdict.ts';

const areas = { 'the words': wordDamages, 'the layout': layoutDamages };
const kinds = Object.values(areas).flat();
const verdicts: string[] = [];

describe.each(Object.entries(areas))('damage to %s', (_, damages) => {
  it.each(damages.map((damage) => [damage.name, damage] as const))(
    '%s is refused with its place, or harmless',
    (_name, damage) => {
      verdicts.push(expectVerdict(damage));
    },
  );
});

test('there are at least 200 kinds of damage, and most are refused', () => {
  expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length);
  expect(kinds.length).toBeGreaterThanOrEqual(200);
  // Where only some tests are run, there are only some verdicts.
  const refused = verdicts.filter((verdict) => verdict === 'refused').length;
  if (verdicts.length === kinds.length) expect(refused).toBeGreaterThan(kinds.length / 2);
  console.info(
    `${kinds.length} kinds of damage: ${refused} refused, ${verdicts.length - refused} harmless`,
  );
});
