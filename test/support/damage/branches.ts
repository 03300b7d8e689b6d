/** Damage that leaves whole sentences, of the wrong subscription: sections, branches and what they compare. */
import { type Damage, edited, english, misspelt, textOf } from './damage.ts';

const replace = (kind: string, id: string, from: string, to: string) =>
  edited(kind, id, (text) => text.replace(from, () => to));

const given = /\{\{> ([\w-]+) lines=([\w.]+)\}\}/g;

/** Sections of a mixed reply that speak of subscriptions of another section. */
function sectionDamages(): readonly Damage[] {
  const id = 'en/partials/steps-mixed';
  return [...textOf(id).matchAll(given)].flatMap(([whole, partial, list]) => [
    replace(`${partial} of ${list} given no list`, id, whole, `{{> ${partial}}}`),
    replace(
      `${partial} of ${list} given another list`,
      id,
      whole,
      `{{> ${partial} lines=${list === 'todo.cancelPhone' ? 'todo.waitForCsp' : 'todo.cancelPhone'}}}`,
    ),
    replace(
      `${partial} of ${list} given all subscriptions`,
      id,
      whole,
      `{{> ${partial} lines=lines}}`,
    ),
  ]);
}

function branchDamages(): readonly Damage[] {
  return english.flatMap(({ id, source }) =>
    [...source.matchAll(/\{\{else(?: if ((?:\([^)]*\)|[^}])*))?\}\}/g)].flatMap((found, index) => {
      const what = `the branch ${index + 1} ${found[1] === undefined ? 'of all others' : `if ${found[1]}`}`;
      const end = found.index + found[0].length;
      const next = source.slice(end).search(/\{\{(?:else|\/if)/);
      const cut = (from: number, to: number) => (text: string) =>
        text.slice(0, from) + text.slice(to);
      return [
        edited(`${what} dropped with its words`, id, cut(found.index, end + next)),
        edited(`${what} no longer apart`, id, cut(found.index, end)),
        edited(
          `${what} misspelt`,
          id,
          (text) => `${text.slice(0, found.index)}{{esle${text.slice(found.index + 6)}`,
        ),
      ];
    }),
  );
}

/** Words that a condition compares with: nothing but the right ones can ever be equal. */
function comparisonDamages(): readonly Damage[] {
  return english.flatMap(({ id, source }) =>
    [...source.matchAll(/\(eq (\w+) "([\w-]+)"\)/g)].map(([whole, variable = '', word = '']) =>
      replace(
        `${variable} compared with ${word} misspelt`,
        id,
        whole,
        `(eq ${variable} "${misspelt(word)}")`,
      ),
    ),
  );
}

/** White space taken away where it stands between two words. */
function glueDamages(): readonly Damage[] {
  const glued = (id: string, code: string) =>
    replace(
      `${code} with white space taken away around it`,
      id,
      code,
      code.replace('{{', '{{~').replace('}}', '~}}'),
    );
  return [
    glued('en/cancel-portal', '{{customer.name}}'),
    glued('en/partials/wait', '{{products lines}}'),
    glued('en/partials/license-rule', '{{/says}}'),
  ];
}

export function branchesDamages(): readonly Damage[] {
  return [...sectionDamages(), ...branchDamages(), ...comparisonDamages(), ...glueDamages()];
}
