/** Damage to front matter and to whole files. */
import { repliedScenarios } from '../../../src/core/decision.ts';
import { type Damage, edit, english, moveFile, removeFile, replace } from '../template-damage.ts';

const front = (name: string, to: string | ((text: string) => string)): Damage =>
  edit(name, 'en/cancel-portal', (text) =>
    text.replace(/^---\n[\s\S]*?\n---\n/, (found) => (typeof to === 'string' ? to : to(found))),
  );

function fieldDamages(field: 'subject' | 'preheader'): readonly Damage[] {
  const line = new RegExp(`^${field}: .*$`, 'm');
  const set = (name: string, to: string) =>
    front(`${field}: ${name}`, (found) => found.replace(line, () => to));
  return [
    set('missing', '# nothing'),
    set('key misspelt', `${field}s: "x"`),
    set('key with a capital', `${field.toUpperCase()}: "x"`),
    set('key without its colon', `${field} "x"`),
    set('key without its space', `${field}:"x"`),
    set('twice', `${field}: "x"\n${field}: "y"`),
    set('empty', `${field}: ""`),
    set('of spaces', `${field}: "   "`),
    set('nothing at all', `${field}:`),
    set('a number', `${field}: 12`),
    set('a list', `${field}: [a, b]`),
    set('a map', `${field}: {a: b}`),
    set('of two lines', `${field}: "a\\nb"`),
    set('of two lines, as a block', `${field}: |-\n  a\n  b`),
    set('folded out of two lines', `${field}: >-\n  Please\n  cancel`),
    set('a quote that stays open', `${field}: "open`),
    set('a quote in its middle', `${field}: "a"b"`),
    set('indented', `  ${field}: "x"`),
    set('with a tab', `\t${field}: "x"`),
    set('an alias of nothing', `${field}: *nothing`),
    set('too long', `${field}: "${'long '.repeat(40)}"`),
    set('a variable that may be unknown', `${field}: "To {{customer.accountManager}}"`),
    set('a variable that there is not', `${field}: "To {{nobody}}"`),
    set('braces without quotes', `${field}: {{partner.name}}`),
    set('braces that stay open', `${field}: "To {{partner.name"`),
    set('three braces', `${field}: "To {{{partner.name}}}"`),
    set('a condition that leaves nothing', `${field}: "{{#unless partner.name}}x{{/unless}}"`),
    set(
      'a condition that leaves nothing for some',
      `${field}: "{{#if customer.accountManager}}x{{/if}}"`,
    ),
    set('a partial with lines', `${field}: "{{> warnings}}"`),
    set('Markdown', `${field}: "**Please** cancel"`),
    set('a link', `${field}: "Cancel at https://evil.example/x"`),
    set('HTML', `${field}: "<b>Please</b> cancel"`),
    set('an encoded word', `${field}: "=?utf-8?q?=0D=0ABcc:?="`),
  ];
}

const frontDamages: readonly Damage[] = [
  front('front matter missing', ''),
  front('front matter without its end', (found) => found.replace(/---\n$/, '')),
  front('front matter without its beginning', (found) => found.replace(/^---\n/, '')),
  front('front matter behind an empty line', (found) => `\n${found}`),
  front('front matter behind a space', (found) => ` ${found}`),
  front('front matter empty', '---\n---\n'),
  front('front matter a list', '---\n- a\n---\n'),
  front('front matter words', '---\nhello\n---\n'),
  front('front matter with long rules', (found) => found.replaceAll('---', '-----')),
  front('front matter twice', (found) => found + found),
  front('front matter with a key that there is not', (found) =>
    found.replace('subject', 'to: "eve@evil.example"\nsubject'),
  ),
  front('front matter with a comment', (found) => found.replace('subject', '# a note\nsubject')),
  ...fieldDamages('subject'),
  ...fieldDamages('preheader'),
  edit(
    'front matter in a partial',
    'en/partials/costs',
    (text) => `---\nsubject: "x"\n---\n${text}`,
  ),
];

const scenarioDamages = repliedScenarios.flatMap((scenario) => {
  const id = `en/${scenario}`;
  const [first = ''] =
    /^---\n[\s\S]*?\n---\n/.exec(english.find((one) => one.id === id)?.source ?? '') ?? [];
  return [
    removeFile('deleted', id),
    moveFile('renamed', id, `${id}-old`),
    edit('emptied', id, () => ''),
    edit('without a body', id, () => first),
    edit(
      'with another template’s words',
      id,
      () =>
        english.find(
          (one) => one.id === (scenario === 'suspicious' ? 'en/ask-for-details' : 'en/suspicious'),
        )?.source ?? '',
    ),
  ];
});

const id = 'en/stop-renewal';
const fileDamages: readonly Damage[] = [
  moveFile('in another folder', id, 'en/drafts/stop-renewal'),
  moveFile('in no folder', id, 'stop-renewal'),
  moveFile('among the partials', id, 'en/partials/stop-renewal'),
  moveFile('in a folder of no language', id, 'english-uk-folder/stop-renewal'),
  moveFile('in capitals', id, 'en/Stop-Renewal'),
  moveFile('with a space', id, 'en/stop renewal'),
  moveFile('a partial among the templates', 'en/partials/costs', 'en/costs'),
  moveFile('a partial in another language', 'en/partials/costs', 'de/partials/costs'),
  moveFile('a partial in capitals', 'en/partials/costs', 'en/partials/Costs'),
  edit('a mark of octet order at the beginning', id, (text) => `\uFEFF${text}`),
  edit('two marks of octet order at the beginning', id, (text) => `\uFEFF\uFEFF${text}`),
  edit('lines that end with CRLF', id, (text) => text.replaceAll('\n', '\r\n')),
  edit('lines that end with CR', id, (text) => text.replaceAll('\n', '\r')),
  edit('tabs for spaces', id, (text) =>
    text.replaceAll('\n    ', '\n\t').replace('Hello,', '\tHello,'),
  ),
  edit('without its last line break', id, (text) => text.trimEnd()),
  edit('cut in its middle', id, (text) => text.slice(0, text.length / 2)),
  edit('twice in a row', id, (text) => text + text),
  edit('with the marks of a merge', id, (text) =>
    text.replace('Hello,', '<<<<<<< HEAD\nHello,\n=======\nHi,\n>>>>>>> b'),
  ),
  edit('of NULs', id, () => '\0'.repeat(100)),
  edit('of octets', id, () => '\u0089PNG\r\n\u001A\n\0\0\0\rIHDR\uFFFD\uFFFD'),
  edit('huge', id, (text) => text + 'word '.repeat(50_000)),
  edit('in two widths', id, (text) => [...text].join('\0')),
  edit('an HTML page', id, () => '<!doctype html><html><body>Hello</body></html>'),
  edit('JSON', id, () => '{"subject": "x"}'),
  edit(
    'nested a thousand deep',
    id,
    (text) => text + '{{#if phone}}'.repeat(1_000) + '{{/if}}'.repeat(1_000),
  ),
  edit('with its lines in reverse', id, (text) => text.split('\n').reverse().join('\n')),
  removeFile('deleted', 'layout'),
  moveFile('in the folder of a language', 'layout', 'en/layout'),
  edit('emptied', 'layout', () => ''),
  replace('with front matter', 'layout', '<!doctype', '---\nsubject: "x"\n---\n<!doctype'),
];

export const wholeFileDamages: readonly Damage[] = [
  ...frontDamages,
  ...scenarioDamages,
  ...fileDamages,
];
