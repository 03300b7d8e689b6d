/** Damage that is typed in: facts that nobody sees, links, Markdown, and characters without a shape. */
import { templateFacts } from '../../../src/core/template.ts';
import { type Damage, edited, english, fileWith } from './damage.ts';

const edit = edited;
const replace = (kind: string, id: string, from: string | RegExp, to: string) =>
  edited(kind, id, (text) => text.replace(from, () => to));

const said = (fact: string) =>
  new RegExp(String.raw`\{\{#says "${fact}"\}\}([\s\S]*?)\{\{/says\}\}`);

/** Facts that are stated, but where nobody reads them. */
function factDamages(): readonly Damage[] {
  return Object.keys(templateFacts).flatMap((fact) => {
    const id = fileWith(`{{#says "${fact}"}}`) ?? '';
    const change = (kind: string, to: (words: string) => string) =>
      edited(`${fact} ${kind}`, id, (text) =>
        text.replace(said(fact), (_, words: string) => to(words)),
      );
    const mark = (words: string) => `{{#says "${fact}"}}${words}{{/says}}`;
    return [
      change(
        'said in the title of a link',
        (words) =>
          `[Portal](https://admin.microsoft.com '${mark(words.replace(/\{\{.*?\}\}|\*\*|[“”"‘’]/g, ''))}')`,
      ),
      change('said in a link without words', () => mark('[]({{portalUrl}}/abcdefghijklm)')),
      change('said in an address', () => `[Portal]({{portalUrl}}/${mark('Do-not-do-it')})`),
    ];
  });
}

/** The same fact, but where only mailboxes show it. */
function movedFactDamages(): readonly Damage[] {
  const own = english.filter(
    ({ id, source }) => !id.includes('/partials/') && /\{\{#says/.test(source),
  );
  return own.flatMap(({ id }) =>
    ['subject', 'preheader'].map((field) =>
      edit(`a fact moved into the ${field}`, id, (text) => {
        const [whole = '', words = ''] =
          /\{\{#says "[^"]*"\}\}([^{]*)(?:\{\{[\s\S]*?)?\{\{\/says\}\}/.exec(text) ?? [];
        const [mark = ''] = /\{\{#says "[^"]*"\}\}/.exec(whole) ?? [];
        const moved = `${mark}${words.replaceAll('*', '').slice(0, 60)}{{/says}}`;
        return text
          .replace(whole, '')
          .replace(new RegExp(`^${field}: .*$`, 'm'), () => `${field}: '${moved}'`);
      }),
    ),
  );
}

const place = 'en/already-cancelled';
const spot = 'may still arrive';
const linkDamages = Object.entries({
  'a link to another host': '[more](https://evil.example/x)',
  'a link without https': '[more](http://admin.microsoft.com/x)',
  'a link to a script': '[more](javascript:alert(1))',
  'a link to data': '[more](data:text/html,x)',
  'a link with a user before its host': '[more](https://admin.microsoft.com@evil.example/)',
  'a link with another port': '[more](https://admin.microsoft.com:8443/)',
  'a link to a host that ends alike': '[more](https://admin.microsoft.com.evil.example/)',
  'a link to a host in another script': '[more](https://admin.mіcrosoft.com/)',
  'a link to a part of a page': '[more](#top)',
  'a link to a file': '[more](/pay)',
  'a link to another host without its scheme': '[more](//evil.example/pay)',
  'a link to a mailbox': '[more](mailto:eve@evil.example)',
  'a link to a phone': '[more](tel:+49123456)',
  'a link in pointed brackets': '<https://evil.example/x>',
  'a link by reference': '[more][a]\n\n[a]: https://evil.example/x\n\n',
  'an address typed in words': 'see https://evil.example/pay',
  'an address typed in words without https': 'see http://evil.example/pay',
  'an address typed without its scheme': 'see www.evil.example',
  'an address of another host as the words of a link':
    '[https://evil.example](https://admin.microsoft.com)',
  'a link built of a variable': '[more]({{partner.name}})',
  'a link with a variable as its end': '[more]({{portalUrl}}.evil.example/)',
  'a link with a variable as its beginning': '[more](https://evil.example/{{portalUrl}})',
  'a link with a space before its address': '[more] ({{portalUrl}})',
  'a link that is not closed': '[more]({{portalUrl}}',
  'a link without its second bracket': '[more({{portalUrl}})',
  'a link without its first bracket': 'more]({{portalUrl}})',
  'a link without an address': '[more]()',
  'a link with no words': '[]({{portalUrl}})',
  'a link across two lines': '[more](\n{{portalUrl}})',
}).map(([name, to]) => replace(name, place, spot, to));

const markdownDamages = [
  ...Object.entries({
    'HTML pasted': '<b>do not</b>',
    'an element that closes nothing': '</td>',
    'an HTML comment': '<!-- secret -->',
    'HTML written as entities': '&lt;b&gt;do not&lt;/b&gt;',
    'an image': '![logo](https://admin.microsoft.com/logo.png)',
    'code in backticks': '`do not`',
    'words struck out': '~~do not~~',
    'bold that is not opened': 'do not**',
    'bold that is not closed': '**do not',
    'bold with a space inside': '** do not **',
    'emphasis that is not closed': '*do not',
    'emphasis by an underscore that is not closed': '_do not',
    'a backslash before a star': '\\*do not',
    'a table in the middle of a line': '| a | b |',
    'a footnote': 'do not[^1]',
    'a box to tick': '\n\n- [ ] do not',
    'a rule': '\n\n---\n\n',
    'a heading underlined': '\n\nDo not\n======\n\n',
    'a heading without its space': '\n\n##Do not\n\n',
    'an indented block': '\n\n        do not\n\n',
    'a fence of code': '\n\n~~~\ndo not\n~~~\n\n',
    'a quotation': '\n\n> do not\n\n',
    'quotations eighty deep': `\n\n${'>'.repeat(80)} do not\n\n`,
    'an entity that is none': '&nonsense;',
    'an entity for nothing': '&#0;',
    'an entity for a turn of direction': '&#x202E;do not',
    'a very long word': 'x'.repeat(3_000),
    'far too many words': 'do not '.repeat(2_000),
  }).map(([name, to]) => replace(name, place, spot, to)),
  replace('a table without its rule', 'en/mixed', '| --- | --- |\n', ''),
  replace('a table with a rule that is too short', 'en/mixed', '| --- | --- |', '| --- |'),
  replace('a table with an empty line in it', 'en/mixed', '| --- | --- |\n', '| --- | --- |\n\n'),
  replace('a table row without its first sign', 'en/mixed', '| **{{product}}**', '**{{product}}**'),
  replace('a table row without its middle', 'en/mixed', '{{/if}} | {{#if', '{{/if}} {{#if'),
  replace('a table row broken in two', 'en/mixed', '{{/if}} | {{#if', '{{/if}}\n| {{#if'),
  replace('steps without a space behind the number', 'en/partials/portal-steps', /^2\. /m, '2.'),
  replace('steps with a number twice', 'en/partials/portal-steps', /^3\. /m, '2. '),
  replace('steps broken by an empty line', 'en/partials/portal-steps', /^3\. /m, '\nNow:\n\n3. '),
  edit('steps without numbers', 'en/partials/portal-steps', (text) => text.replace(/^\d\. /gm, '')),
  edit('steps on one line', 'en/partials/portal-steps', (text) => text.replace(/\n/g, ' ')),
  edit('every star taken away', 'en/partials/warnings', (text) => text.replaceAll('*', '')),
  edit('every star doubled', 'en/partials/warnings', (text) => text.replaceAll('*', '**')),
  replace('a heading in the middle of a line', place, '## ', 'So: ## '),
  edit('all on one line', 'en/partials/warnings', (text) => text.replace(/\n+/g, ' ')),
  replace(
    'the number of Microsoft written by hand',
    'en/partials/phone-number',
    '{{phone}}',
    '0800 589 2332',
  ),
  replace(
    'a number of nobody written by hand',
    'en/partials/phone-number',
    '{{phone}}',
    '0800 000 0000',
  ),
  replace(
    'the number of licenses that decides written by hand',
    'en/partials/license-rule',
    /\{\{portalLicensesBelow\}\}/,
    '30',
  ),
  edit(
    'every number of licenses that decides written by hand',
    'en/partials/license-rule',
    (text) => text.replaceAll('{{portalLicensesBelow}}', '30'),
  ),
  replace(
    'a plural without its number',
    'en/partials/subscriptions',
    'other="# licenses',
    'other="licenses',
  ),
];

const characters: Readonly<Record<string, string>> = {
  'a space without width': '\u200B',
  'a mark of octet order': '\uFEFF',
  'a soft hyphen': '\u00AD',
  'a joiner of words': '\u2060',
  'a turn of direction': '\u202E',
  'an isolation of direction': '\u2066',
  'a NUL': '\0',
  'a bell': '\u0007',
  'an escape': '\u001B[31m',
  'a delete': '\u007F',
  'a control of the second set': '\u0085',
  'a line separator': '\u2028',
  'a character that stands for a broken one': '\uFFFD',
  'half a character': '\uD800',
  'a tag character': '\u{E0041}',
  'a private character': '\uE000',
  'a page feed': '\f',
  'a tab': '\t',
  'a no-break space': '\u00A0',
};

const characterDamages = Object.entries(characters).flatMap(([name, character]) => [
  replace(`${name} in a warning`, place, 'Do not renew', `Do not${character} renew`),
  replace(
    `${name} in a variable`,
    'en/cancel-portal',
    '{{customer.name}}',
    `{{customer.na${character}me}}`,
  ),
  replace(
    `${name} in a subject`,
    'en/cancel-phone',
    'old subscription',
    `old sub${character}scription`,
  ),
]);

export const typedDamages: readonly Damage[] = [
  ...factDamages(),
  ...movedFactDamages(),
  ...linkDamages,
  ...markdownDamages,
  ...characterDamages,
];
