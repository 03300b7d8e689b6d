/** Damage to what stands in braces: variables, helpers, partials, blocks and the braces themselves. */
import {
  templateHelpers,
  templateVariables,
  type VariableType,
} from '../../../src/core/template.ts';
import {
  type Damage,
  edit,
  english,
  escapeRegExp,
  findPlace,
  misspelt,
  removeFile,
  replace,
  textOf,
} from '../template-damage.ts';

/** A variable within braces; what stands in a string or is another’s part is none. */
function within(name: string): RegExp {
  return new RegExp(
    String.raw`(?<=\{\{[^}"]*(?:"[^"]*"[^}"]*)*)(?<![\w.@/"-])${escapeRegExp(name)}(?![\w.="-])`,
  );
}

/** What a variable of each type is changed for: something of a type that cannot stand there. */
const strangers: Readonly<Record<VariableType, string>> = {
  text: '@root.lines',
  number: '@root.lines',
  date: '@root.lines',
  url: '@root.lines',
  money: '@root.portalUrl',
  lines: '@root.partner.name',
};

const rightly: Readonly<Record<VariableType, (name: string) => string>> = {
  text: (name) => `{{${name}}}`,
  number: (name) => `{{${name}}}`,
  date: (name) => `{{date ${name}}}`,
  url: (name) => `{{${name}}}`,
  money: (name) => `{{money ${name}}}`,
  lines: (name) => `{{products ${name}}}`,
};

function variableDamages(): readonly Damage[] {
  return Object.entries(templateVariables).flatMap(([key, { type, optional }]) => {
    const name = key.replace('lines[].', '');
    const isOfLine = name !== key;
    const place = findPlace(within(name));
    const damages: Damage[] = [];
    if (optional) {
      const where = isOfLine ? 'en/partials/subscriptions' : 'en/partials/contact';
      const before = isOfLine ? '- **{{product}}**' : 'Anything unclear?';
      damages.push(
        replace(
          `${key} shown where it may be unknown`,
          where,
          before,
          `${before} ${rightly[type](name)}`,
        ),
      );
    }
    if (place === undefined) return damages;
    const { id } = place;
    const all = new RegExp(within(name), 'g');
    damages.push(
      edit(`${key} misspelt`, id, (text) => text.replace(all, misspelt(name))),
      replace(`${key} changed for something of another type`, id, within(name), strangers[type]),
      replace(`${key} given to no helper that there is`, id, within(name), `(upper ${name})`),
    );
    if (name.includes('.')) {
      const bare = name.slice(name.indexOf('.') + 1);
      damages.push(replace(`${key} without its prefix`, id, within(name), bare));
    }
    const shown = new RegExp(String.raw`\{\{(?:\w+ )?${escapeRegExp(name)}(?: [^}]*)?\}\}`, 'g');
    const where = findPlace(shown);
    shown.lastIndex = 0;
    if (where !== undefined) {
      damages.push(edit(`${key} left out`, where.id, (text) => text.replace(shown, '')));
    }
    return damages;
  });
}

/** How each helper looks in the templates that ship, or would look in them. */
const calls: Readonly<Record<keyof typeof templateHelpers, string>> = {
  if: '{{#if phone}}x{{/if}}',
  unless: '{{#unless phone}}x{{/unless}}',
  each: '{{#each lines}}x {{/each}}',
  says: '{{#says "do-not-pay"}}Please do not pay it.{{/says}}',
  eq: '{{#if (eq partner.name "x")}}x{{/if}}',
  any: '{{#if (any phone country)}}x{{/if}}',
  date: '{{#if writtenOn}}{{date writtenOn}}{{/if}}',
  money: '{{#if monthlyCosts}}{{money monthlyCosts}}{{/if}}',
  plural: '{{plural portalLicensesBelow one="# license" other="# licenses"}}',
  products: '{{products lines}}',
};

function helperDamages(): readonly Damage[] {
  const put = (name: string, words: string) =>
    edit(name, 'en/cancel-portal', (text) => `${text}\n${words}\n`);
  return Object.entries(calls).flatMap(([helper, call]) => {
    const { block, params, hash } = templateHelpers[helper as keyof typeof templateHelpers];
    const named = new RegExp(`(?<=[{(#/ ])${helper}(?=[ }])`, 'g');
    const opened = new RegExp(`([{(]#?)${helper} ([^})]*)`);
    const manyValues = ' partner.name'.repeat(params[1] + 1);
    const asOther = block
      ? call.replace(opened, `$1${helper} $2`).replace(/^\{\{#(.*?)\}\}.*$/, '{{$1}}')
      : `{{#${helper} lines}}x{{/${helper}}}`;
    return [
      put(`${helper} misspelt`, call.replace(named, misspelt(helper))),
      put(`${helper} given too much`, call.replace(opened, `$1${helper}${manyValues}`)),
      put(`${helper} given nothing`, call.replace(opened, `$1${helper}`)),
      put(
        `${helper} with a setting it does not know`,
        call.replace(opened, `$1${helper} $2 colour="red"`),
      ),
      put(`${helper} used the other way, as block or as value`, asOther),
      put(
        `${helper} given a variable that there is not`,
        call.replace(opened, `$1${helper} nobody`),
      ),
      put(`${helper} within quotes that are not straight`, call.replace(opened, `$1${helper} “x”`)),
      ...hash.map((form) =>
        put(`${helper} with only its form ${form}`, `{{plural portalLicensesBelow ${form}="#"}}`),
      ),
    ].filter(
      ({ name }) => !name.startsWith('plural with only its form other') || helper === 'plural',
    );
  });
}

function partialDamages(): readonly Damage[] {
  const ids = english.map(({ id }) => id).filter((id) => id.startsWith('en/partials/'));
  return ids.flatMap((id) => {
    const name = id.replace('en/partials/', '');
    const use = new RegExp(String.raw`\{\{> ${name}(?: [^}]*)?\}\}`);
    const user = findPlace(use);
    if (user === undefined) return [];
    return [
      replace(`the use of ${name} removed`, user.id, use, ''),
      edit(`the use of ${name} misspelt`, user.id, (text) =>
        text.replace(`> ${name}`, `> ${misspelt(name)}`),
      ),
      edit(`${name} used without its sign`, user.id, (text) => text.replace(`> ${name}`, name)),
      edit(`${name} given a value that there is not`, user.id, (text) =>
        text.replace(use, `{{> ${name} lines=todo.nothing}}`),
      ),
      removeFile(`${name} deleted`, id),
      edit(`${name} emptied`, id, () => ''),
      edit(`${name} uses itself`, id, (text) => `${text}\n{{> ${name}}}\n`),
    ];
  });
}

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

/** Every condition and loop, by the place of its opening. */
function blockDamages(): readonly Damage[] {
  return english.flatMap(({ id, source }) => {
    if (id === 'layout') return [];
    return [...source.matchAll(/\{\{#(if|each) ((?:\([^)]*\)|[^}])*)\}\}/g)].flatMap(
      (found, index) => {
        const [whole, kind = '', value = ''] = found;
        const what = `${kind} ${value}, block ${index + 1},`;
        const at = (to: string) => (text: string) =>
          text.slice(0, found.index) + to + text.slice(found.index + whole.length);
        return [
          edit(`${what} turned round`, id, (text) => turned(text, found.index, kind)),
          edit(`${what} not opened`, id, at('')),
          edit(`${what} opened twice`, id, at(whole + whole)),
          edit(`${what} opened as an end`, id, at(`{{/${kind}}}`)),
          edit(`${what} without its value`, id, at(`{{#${kind}}}`)),
        ];
      },
    );
  });
}

/** `if` made `unless` together with its end; a loop has no contrary, and becomes one too. */
function turned(text: string, from: number, kind: string): string {
  let depth = 0;
  for (const found of text.slice(from).matchAll(/\{\{([#/])(\w+)/g)) {
    if (found[2] !== kind) continue;
    depth += found[1] === '#' ? 1 : -1;
    if (depth > 0) continue;
    const end = from + found.index;
    const middle = text.slice(from + 3 + kind.length, end);
    return `${text.slice(0, from)}{{#unless${middle}{{/unless${text.slice(end + 3 + kind.length)}`;
  }
  return text.replace(`{{#${kind}`, '{{#unless');
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
        edit(`${what} dropped with its words`, id, cut(found.index, end + next)),
        edit(`${what} no longer apart`, id, cut(found.index, end)),
        edit(
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

const constructs = {
  'a variable': ['en/cancel-portal', '{{customer.name}}'],
  'a helper': ['en/partials/wait', '{{products lines}}'],
  'the opening of a condition': ['en/partials/contact', '{{#if customer.accountManager}}'],
  'the end of a condition': ['en/partials/contact', '{{/if}}'],
  'the opening of a fact': ['en/partials/license-rule', '{{#says "license-rule"}}'],
  'the end of a fact': ['en/partials/license-rule', '{{/says}}'],
  'a partial': ['en/cancel-portal', '{{> warnings}}'],
  'an else': ['en/partials/phone-number', '{{else}}'],
} as const;

const braceChanges: Readonly<Record<string, (code: string) => string>> = {
  'without its last brace': (code) => code.slice(0, -1),
  'without its first brace': (code) => code.slice(1),
  'without any end': (code) => code.slice(0, -2),
  'in three braces': (code) => `{${code}}`,
  'in four braces': (code) => `{{${code}}}`,
  'with an ampersand': (code) => code.replace('{{', '{{&'),
  'with white space taken away around it': (code) => code.replace('{{', '{{~').replace('}}', '~}}'),
  'made a comment': (code) => code.replace('{{', '{{!'),
  'begun as a comment that never ends': (code) => code.replace('{{', '{{!-- '),
  'with a space between its braces': (code) => code.replace('{{', '{ {').replace('}}', '} }'),
  'in braces of a wide script': (code) => code.replace('{{', '｛｛').replace('}}', '｝｝'),
  'in square brackets': (code) => code.replace('{{', '[[').replace('}}', ']]'),
  'in brackets of another kind': (code) => code.replace('{{', '((').replace('}}', '))'),
  'escaped with a backslash': (code) => `\\${code}`,
  'with typographic quotes': (code) =>
    code.replace(/"([^"]*)"/, '“$1”').replace(/\{\{([^"]*)\}\}/, '{{“$1”}}'),
  emptied: () => '{{}}',
  'broken over two lines in its middle': (code) => code.replace(/(\w)(\w)/, '$1\n$2'),
};

function braceDamages(): readonly Damage[] {
  return Object.entries(constructs).flatMap(([what, [id, code]]) =>
    Object.entries(braceChanges).map(([how, change]) =>
      replace(`${what} ${how}`, id, code, change(code)),
    ),
  );
}

export const codeDamages: readonly Damage[] = [
  ...variableDamages(),
  ...helperDamages(),
  ...partialDamages(),
  ...sectionDamages(),
  ...blockDamages(),
  ...branchDamages(),
  ...comparisonDamages(),
  ...braceDamages(),
];
