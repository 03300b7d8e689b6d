/**
 * No edit that breaks a reply can go out: hundreds of kinds of damage, each of which is refused with its place, or
 * leaves every reply sound. Which of the two it is, is not for the check to say: what it lets through is rendered
 * for every sample and read as a customer would. Here what a program reads; the words and the layout have a test of
 * their own, so that the two run at once.
 */
import { describe, expect, it, test } from 'vitest';
import { codeDamages } from '../support/template-damages/code.ts';
import { wholeFileDamages } from '../support/template-damages/files.ts';
import { expectVerdict } from '../support/template-verdict.ts';

const areas = {
  'what stands in braces': codeDamages,
  'front matter and whole files': wholeFileDamages,
};
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
