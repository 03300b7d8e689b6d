/**
 * Which replies show a partial: found through other partials, however they use each other.
 */
import { expect, test } from 'vitest';
import { scenariosOf } from '../../src/commands/console-template-try.ts';

function file(id: string, source: string) {
  return { id, path: id, source, hash: id, changedAt: new Date(0) };
}

const count = 60;
/** Each uses all that come after it, and the first again. */
const partials = Array.from({ length: count }, (_, at) =>
  file(
    `en/partials/p${at}`,
    [0, ...Array.from({ length: count - at - 1 }, (_, more) => at + more + 1)]
      .map((used) => `{{> p${used}}}`)
      .join(' '),
  ),
);
const files = [
  ...partials,
  file('en/partials/last', 'Kind regards'),
  file('en/partials/nobodys', 'Kind regards'),
  file(`en/partials/p${count}`, '{{> last}}'),
  file('en/cancel-portal', '{{> p0}}'),
  file('en/cancel-phone', `{{> p${count}}}`),
];

test('partials that use each other many times over do not hold the console up', () => {
  expect(scenariosOf('en/partials/nobodys', files)).toEqual([]);
  expect(scenariosOf(`en/partials/p${count - 1}`, files)).toEqual(['cancel-portal']);
});

test('a partial is found behind another', () => {
  expect(scenariosOf('en/partials/last', files)).toEqual(['cancel-phone']);
});
