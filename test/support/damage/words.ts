/**
 * Damages to what stands in braces: variables, helpers, facts, partials and the braces themselves. Every entry of
 * the program's own tables is damaged, so that a new one is too.
 */
import {
  templateFacts,
  templateHelpers,
  templateVariables,
  type VariableEntry,
} from '../../../src/core/template.ts';
import { appended, type Damage, defined, fileWith, partials, replaced, textOf } from './damage.ts';

const asReply = 'en/cancel-portal';

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** A variable in its braces, with whatever helper it is given to. */
function usesOf(name: string): RegExp {
  return new RegExp(
    `\\{\\{(?:#?[a-z]+ |#if \\()?[^}]*(?<![\\w.])${quoted(name)}(?![\\w.])[^}]*\\}\\}`,
  );
}

const calls: Readonly<Record<string, (name: string) => string>> = {
  'as a date': (name) => `{{date ${name}}}`,
  'as money': (name) => `{{money ${name}}}`,
  'as a number': (name) => `{{plural ${name} one="#" other="#"}}`,
  'as a list': (name) => `{{products ${name}}}`,
  'as what to go through': (name) => `{{#each ${name}}}x{{/each}}`,
};
const right: Readonly<Record<VariableEntry['type'], readonly string[]>> = {
  text: [],
  url: [],
  number: ['as a number'],
  date: ['as a date'],
  money: ['as money'],
  lines: ['as a list', 'as what to go through'],
};

export function variableDamages(): readonly Damage[] {
  const entries: readonly (readonly [string, VariableEntry])[] = Object.entries(templateVariables);
  return entries.flatMap(([path, entry]) => {
    const inLine = path.startsWith('lines[].');
    const name = inLine ? path.slice('lines[].'.length) : path;
    const within = (words: string) => (inLine ? `{{#each lines}}${words}{{/each}}` : words);
    const shown = (words: string) => appended('', asReply, within(words)).text ?? '';
    const wrong = Object.entries(calls)
      .filter(([how]) => !right[entry.type].includes(how))
      .map(([how, call]) => ({ kind: `${path} ${how}`, file: asReply, text: shown(call(name)) }));
    const raw =
      ['date', 'money', 'lines'].includes(entry.type) || (entry.optional && entry.type === 'text');
    const id = [...partials, asReply].find((file) => usesOf(name).test(textOf(file)));
    const used = id === undefined ? undefined : (usesOf(name).exec(textOf(id))?.[0] ?? '');
    const misspelt = (how: string, to: string) =>
      used === undefined
        ? undefined
        : replaced(`${path}, ${how}`, id, used, used.replace(name, to));
    return defined([
      ...wrong,
      raw
        ? { kind: `${path} shown as it is`, file: asReply, text: shown(`{{${name}}}`) }
        : undefined,
      misspelt('a letter short', name.slice(0, -1)),
      misspelt('a letter too many', `${name}x`),
      misspelt('with a capital', name.charAt(0).toUpperCase() + name.slice(1)),
      misspelt('in brackets', `[${name}]`),
      misspelt('of another level', `../${name}`),
      name.includes('.') ? misspelt('without its first half', name.split('.')[1] ?? '') : undefined,
      name.includes('.') ? misspelt('with a slash', name.replace('.', '/')) : undefined,
    ]);
  });
}

export function helperDamages(): readonly Damage[] {
  return Object.entries(templateHelpers).flatMap(([name, { block }]) => {
    const open = block ? `{{#${name} ` : `${name} `;
    const id = fileWith(block ? open : `{{${name} `) ?? fileWith(`(${name} `);
    const found = id === undefined ? '' : textOf(id);
    const call = new RegExp(`[{(]#?${name} [^})]*[})]`).exec(found)?.[0] ?? '';
    const changed = (how: string, to: string) => replaced(`${name}, ${how}`, id, call, to);
    return defined([
      changed('misspelt', call.replace(name, `${name}x`)),
      changed('in capitals', call.replace(name, name.toUpperCase())),
      changed('without its value', call.replace(/ [^})]*/, '')),
      changed(
        'with a value too many',
        call.replace(name, `${name} "x" "y" "z" "1" "2" "3" "4" "5" "6"`),
      ),
      changed('with an unknown setting', call.replace(/([})])$/, ' size="big"$1')),
      changed('with a word for a value', call.replace(/ [^})]*/, ' "word"')),
      changed('of what is not there', call.replace(/ [^})]*/, ' nothing.here')),
      changed('with its value in wrong quotes', call.replace(/ [^})]*/, ' “word”')),
      block
        ? {
            kind: `${name}, shown as a value`,
            file: asReply,
            text: `${textOf(asReply)}\n{{${name} lines}}\n`,
          }
        : {
            kind: `${name}, as a block`,
            file: asReply,
            text: `${textOf(asReply)}\n{{#${name} lines}}x{{/${name}}}\n`,
          },
    ]);
  });
}

/** Every place where a fact is stated, and the words that state it. */
export function factDamages(): readonly Damage[] {
  return Object.keys(templateFacts).flatMap((fact) => {
    const id = fileWith(`{{#says "${fact}"}}`);
    const stated = new RegExp(`\\{\\{#says "${fact}"\\}\\}([\\s\\S]*?)\\{\\{/says\\}\\}`);
    const [all = '', words = ''] = id === undefined ? [] : (stated.exec(textOf(id)) ?? []);
    const changed = (how: string, to: string) => replaced(`${fact}, ${how}`, id, all, to);
    return defined([
      changed('its words and its mark gone', ''),
      changed('its mark gone', words),
      changed('its words gone', `{{#says "${fact}"}}{{/says}}`),
      changed('its words made of signs', `{{#says "${fact}"}}…!? ---{{/says}}`),
      changed('misspelt', all.replace(fact, `${fact}s`)),
      changed(
        'another one in its place',
        all.replace(fact, fact === 'do-not-pay' ? 'right-row' : 'do-not-pay'),
      ),
      changed('without quotes', all.replace(`"${fact}"`, fact)),
      changed('said to Germans only', `{{#if country}}${all}{{/if}}`),
      changed('said only where nothing is known', `{{#unless lines}}${all}{{/unless}}`),
      changed('said in a remark', `{{!-- ${words} --}}`),
    ]);
  });
}

export function partialDamages(): readonly Damage[] {
  return partials.flatMap((file) => {
    const name = file.slice('en/partials/'.length);
    const use = new RegExp(`\\{\\{> ${name}(?: [^}]*)?\\}\\}`);
    const user = [...partials].find((id) => use.test(textOf(id))) ?? fileWith(`{{> ${name}`);
    const call = user === undefined ? '' : (use.exec(textOf(user))?.[0] ?? '');
    const changed = (how: string, to: string) => replaced(`${name}, ${how}`, user, call, to);
    return defined<Damage>([
      { kind: `${name}, its file gone`, file },
      { kind: `${name}, its file empty`, file, text: '' },
      { kind: `${name}, using itself`, file, text: `${textOf(file)}\n{{> ${name}}}\n` },
      {
        kind: `${name}, with a front matter`,
        file,
        text: `---\nsubject: "x"\n---\n${textOf(file)}`,
      },
      changed('not used', ''),
      changed('misspelt', call.replace(name, `${name}x`)),
      changed('given a word', call.replace(/\}\}$/, ' "x"}}')),
      changed(
        'given lines that are none',
        call.replace(/(?: lines=[^}]*)?\}\}$/, ' lines=customer.name}}'),
      ),
      changed('given what it does not know', call.replace(/\}\}$/, ' size=lines}}')),
      changed('as a block', call.replace('{{>', '{{#>')),
      changed('in a remark', call.replace('{{>', '{{!')),
    ]);
  });
}

const kinds: readonly (readonly [string, RegExp])[] = [
  ['a variable', /\{\{[a-z][\w.]*\}\}/],
  ['a call', /\{\{(?:date|products) [^}]*\}\}/],
  ['the begin of a block', /\{\{#(?:if|each|says) [^}]*\}\}/],
  ['the end of a block', /\{\{\/(?:if|each|says)\}\}/],
  ['an else', /\{\{else[^}]*\}\}/],
  ['a partial', /\{\{> [^}]*\}\}/],
];

/** What fingers, autocorrection and other programs do to braces. */
export function braceDamages(): readonly Damage[] {
  return kinds.flatMap(([what, pattern]) => {
    const id = partials.find((file) => pattern.test(textOf(file)));
    const found = id === undefined ? '' : (pattern.exec(textOf(id))?.[0] ?? '');
    const changed = (how: string, to: string) => replaced(`${what}, ${how}`, id, found, to);
    return defined([
      changed('gone', ''),
      changed('the last brace gone', found.slice(0, -1)),
      changed('the first brace gone', found.slice(1)),
      changed('both last braces gone', found.slice(0, -2)),
      changed('in three braces', `{${found}}`),
      changed('with an ampersand', found.replace('{{', '{{&')),
      changed('as a remark', found.replace('{{', '{{!')),
      changed('with a backslash before it', `\\${found}`),
      changed('with spaces between its braces', found.replace('{{', '{ {')),
      changed('twice', found + found),
      changed('in round brackets', found.replace('{{', '((').replace('}}', '))')),
      changed('in the middle of another', `{{${found}}}`),
      changed('with typographic quotes', found.replaceAll('"', '”')),
      changed('with a no-break space', found.replace(' ', '\u00a0')),
      changed('with an invisible character', found.replace('{{', '{{\u200b')),
      changed('with a line break in it', found.replace('{{', '{{\n')),
      changed('with tildes', found.replace('{{', '{{~').replace('}}', '~}}')),
    ]);
  });
}
