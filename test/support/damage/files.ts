/**
 * Damages to files as a whole, their front matter, their Markdown, their links and their lines.
 */
import { repliedScenarios } from '../../../src/core/decision.ts';
import { appended, type Damage, defined, partials, replaced, replies, textOf } from './damage.ts';

const reply = 'en/cancel-portal';
const steps = 'en/partials/portal-steps';

export function frontMatterDamages(): readonly Damage[] {
  const changed = (kind: string, from: string | RegExp, to: string) =>
    replaced(`front matter, ${kind}`, reply, from, to);
  const subject = (kind: string, value: string) =>
    changed(kind, /^subject: .*$/m, `subject: ${value}`);
  return defined([
    changed('gone', /^---[\s\S]*?\n---\n/, ''),
    changed('its first line gone', /^---\n/, ''),
    changed('its last line gone', /\n---\n/, '\n'),
    changed('four dashes', /^---/, '----'),
    changed('another field', 'preheader:', 'preheder:'),
    changed('a field too many', 'preheader:', 'from: "x@y.example"\npreheader:'),
    changed('a field twice', 'preheader:', 'subject: "x"\npreheader:'),
    changed('without a colon', 'subject:', 'subject'),
    changed('indented', 'subject:', '  subject:'),
    changed('a tab', 'subject:', '\tsubject:'),
    changed('no subject', /^subject: .*\n/m, ''),
    changed('an empty preheader', /^preheader: .*$/m, 'preheader: ""'),
    changed('no preheader', /^preheader: .*\n/m, ''),
    changed('a long preheader', /^preheader: .*$/m, `preheader: "${'word '.repeat(40)}"`),
    changed('a preheader that shows what is unknown', /^preheader: .*$/m, 'preheader: "{{phone}}"'),
    subject('an empty subject', '""'),
    subject('a subject of spaces', '"   "'),
    subject('a subject of a number', '12'),
    subject('a list of subjects', '[a, b]'),
    subject('a subject over two lines', '"a\\nb"'),
    subject('a folded subject', '|\n  a\n  b'),
    subject('a long subject', `"${'word '.repeat(40)}"`),
    subject('a quote left open', '"Your subscription'),
    subject('a quote in a quote', '"Your "old" subscription"'),
    subject('a colon in it', 'Your subscription: please cancel'),
    subject('braces left open', '"For {{partner.name"'),
    subject('an unknown variable', '"For {{partner.nam}}"'),
    subject('three braces', '"For {{{partner.name}}}"'),
    subject('an alias of YAML', '*x'),
    subject('a tag of YAML', '!!js/function "x"'),
    subject('HTML in it', '"<b>Please cancel</b>"'),
    subject('a fact in it', '"{{#says \\"do-not-pay\\"}}Do not pay at all{{/says}}"'),
  ]);
}

export function linkDamages(): readonly Damage[] {
  const link = '[{{portalUrl}}]({{portalUrl}})';
  const to = (kind: string, url: string) =>
    replaced(`a link ${kind}`, steps, link, `[the portal](${url})`);
  return defined([
    to('to another host', 'https://admin.microsoft.com.evil.example/'),
    to('to a host that looks alike', 'https://admin.rnicrosoft.com/'),
    to('without encryption', 'http://admin.microsoft.com/'),
    to('with a user before the host', 'https://admin.microsoft.com@evil.example/'),
    to('to a port', 'https://admin.microsoft.com:8443/'),
    to('that runs a script', 'javascript:alert(1)'),
    to('that holds data', 'data:text/html,x'),
    to('to a mail address', 'mailto:support@partner.example'),
    to('to a number', 'tel:+4930123'),
    to('to nowhere', ''),
    to('to a page beside', 'page.html'),
    to('to a host of letters that look alike', 'https://аdmin.microsoft.com/'),
    to('written out by hand', 'https://admin.microsoft.com'),
    replaced('a link gone, its words left', steps, link, 'the portal'),
    replaced(
      'a link with its brackets turned round',
      steps,
      link,
      '({{portalUrl}})[{{portalUrl}}]',
    ),
    replaced('a link with a space in it', steps, link, '[{{portalUrl}}] ({{portalUrl}})'),
    replaced('a link left open', steps, link, '[{{portalUrl}}]({{portalUrl}}'),
    replaced('a link of HTML', steps, link, '<a href="{{portalUrl}}">the portal</a>'),
    replaced('a link with a title', steps, link, '[{{portalUrl}}]({{portalUrl}} "the portal")'),
    replaced('a bare address', steps, link, '{{portalUrl}}'),
    replaced('an address in angle brackets', steps, link, '<{{portalUrl}}>'),
    appended('a link written below', reply, '[a]: https://evil.example\n\nSee [a].'),
    appended('an image', reply, '![logo](https://partner.example/logo.png)'),
    replaced(
      'the support number gone',
      'en/partials/phone-number',
      '**{{phone}}**',
      'the usual number',
    ),
    replaced('the support number by hand', 'en/partials/phone-number', '{{phone}}', '0800 000 000'),
    replaced(
      'the list of numbers gone',
      'en/partials/phone-number',
      '[Microsoft’s list]({{supportNumbersUrl}})',
      'the list',
    ),
    replaced(
      'the approval link gone',
      'en/partials/approve-steps',
      '[{{approvalLink}}]({{approvalLink}})',
      'the link',
    ),
    replaced(
      'the approval link of another',
      'en/partials/approve-steps',
      '({{approvalLink}})',
      '({{portalUrl}})',
    ),
    replaced(
      'the day of the end gone',
      'en/partials/stop-renewal-steps',
      '**{{date lastDay}}**',
      'its day',
    ),
    replaced(
      'the rule of another number',
      'en/partials/license-rule',
      /\{\{portalLicensesBelow\}\}/g,
      '30',
    ),
    replaced('a product by hand', 'en/partials/portal-steps', '{{products lines}}', 'Office 365'),
    replaced(
      'the signature by hand',
      'en/partials/signature',
      '{{partner.signature}}',
      'Your team',
    ),
  ]);
}

export function markdownDamages(): readonly Damage[] {
  const text = 'Choose **Cancel subscription** and confirm.';
  const changed = (kind: string, to: string) => replaced(kind, steps, text, to);
  return defined([
    changed('bold left open', 'Choose **Cancel subscription and confirm.'),
    changed('bold closed once', 'Choose **Cancel subscription* and confirm.'),
    changed('bold with spaces', 'Choose ** Cancel subscription ** and confirm.'),
    changed('bold by underscores', 'Choose __Cancel subscription__ and confirm.'),
    changed(
      'bold over a block',
      '**Choose {{#if country}}Cancel** subscription{{/if}} and confirm.',
    ),
    changed('HTML for bold', 'Choose <b>Cancel subscription</b> and confirm.'),
    changed('a line break of HTML', 'Choose Cancel subscription<br>and confirm.'),
    changed('a script', 'Choose Cancel subscription <script>alert(1)</script> and confirm.'),
    changed('a remark of HTML', 'Choose Cancel subscription <!-- not yet --> and confirm.'),
    changed('code', 'Choose `Cancel subscription` and confirm.'),
    changed('struck out', 'Choose ~~Cancel subscription~~ and confirm.'),
    changed('a check box', '[ ] Choose Cancel subscription and confirm.'),
    changed('a footnote', 'Choose Cancel subscription[^1] and confirm.'),
    changed('an entity', 'Choose Cancel&nbsp;subscription and confirm &lt;now&gt;.'),
    changed('letters of another direction', 'Choose \u202eCancel subscription\u202c and confirm.'),
    changed('invisible letters', 'Choose C\u200ba\u200bncel subscription and confirm.'),
    changed('a NUL', 'Choose Cancel\u0000subscription and confirm.'),
    changed('half a character', 'Choose Cancel \ud83d subscription and confirm.'),
    changed('a form feed', 'Choose Cancel\fsubscription and confirm.'),
    changed('a very long word', `Choose ${'Cancel'.repeat(300)} and confirm.`),
    changed('a very long text', `Choose Cancel. ${'And so on. '.repeat(1500)}`),
    replaced('a table without its second line', 'en/mixed', '| --- | --- |\n', ''),
    replaced('a table with a bar too many', 'en/mixed', '| --- | --- |', '| --- | --- | --- |'),
    replaced('a table with a blank line', 'en/mixed', '| --- | --- |\n', '| --- | --- |\n\n'),
    replaced('a table of spaces', 'en/mixed', '| **{{product}}**', '**{{product}}**'),
    replaced('steps without numbers', steps, /^\d\. /gm, ''),
    replaced('steps in one line', steps, /\n(?=\d)/g, ' '),
    replaced('steps indented', steps, /^(?=\d)/gm, '    '),
    replaced('a heading of seven', reply, '## What', '####### What'),
    replaced('a heading without a space', reply, '## What', '##What'),
    replaced('a heading underlined', reply, '## What to do', 'What to do\n==='),
    replaced('a quotation', reply, 'One step', '> One step'),
    replaced('a rule', reply, 'One step', '---\n\nOne step'),
  ]);
}

export function fileDamages(): readonly Damage[] {
  const source = (id: string, text = 'Hello\n') => ({
    id,
    path: `templates/${id}`,
    source: text,
    hash: id,
  });
  const whole = (kind: string, change: (text: string) => string): Damage => ({
    kind: `a file ${kind}`,
    file: reply,
    text: change(textOf(reply)),
  });
  return [
    ...repliedScenarios.map((name): Damage => ({ kind: `${name} gone`, file: `en/${name}` })),
    ...repliedScenarios.map(
      (name): Damage => ({ kind: `${name} empty`, file: `en/${name}`, text: '' }),
    ),
    ...repliedScenarios.map(
      (name): Damage => ({
        kind: `${name} without a body`,
        file: `en/${name}`,
        text: textOf(`en/${name}`).replace(/(\n---\n)[\s\S]*$/, '$1'),
      }),
    ),
    { kind: 'the layout gone', file: 'layout' },
    { kind: 'the layout empty', file: 'layout', text: '' },
    whole('with a byte order mark', (text) => `\ufeff${text}`),
    whole('with lines of Windows', (text) => text.replace(/\n/g, '\r\n')),
    whole('with lines of old Macs', (text) => text.replace(/\n/g, '\r')),
    whole('without a last line break', (text) => text.trimEnd()),
    whole('cut in the middle', (text) => text.slice(0, text.length / 2)),
    whole('twice in itself', (text) => text + text),
    whole('of another reply', () => textOf('en/suspicious')),
    whole('in capitals', (text) => text.toUpperCase()),
    whole('of a word processor', () => 'PK\u0003\u0004\u0014 [Content_Types].xml'),
    whole('of a web page', () => '<!doctype html>\n<html><body>Hello</body></html>\n'),
    whole(
      'of a merge that conflicts',
      (text) => `<<<<<<< mine\n${text}=======\n${text}>>>>>>> theirs\n`,
    ),
    { kind: 'a file of an unknown scenario', file: 'en/cancel', added: source('en/cancel') },
    { kind: 'a file in no folder', file: 'cancel', added: source('cancel') },
    { kind: 'a folder that is no language', file: 'English/mixed', added: source('English/mixed') },
    { kind: 'a copy beside', file: 'en/mixed copy', added: source('en/mixed copy') },
    { kind: 'a folder in a folder', file: 'en/old/mixed', added: source('en/old/mixed') },
    {
      kind: 'a language with one file',
      file: 'ro/mixed',
      added: source('ro/mixed', textOf('en/suspicious')),
    },
    {
      kind: 'a partial that nobody uses, damaged',
      file: 'en/partials/new',
      added: source('en/partials/new', '{{nothing}}'),
    },
    {
      kind: 'a partial that nobody uses',
      file: 'en/partials/new',
      added: source('en/partials/new'),
    },
  ];
}

/** Every paragraph and every line of every file, lost one by one. */
export function lossDamages(): readonly Damage[] {
  const paragraphs = replies.flatMap((file) => {
    const [front = '', body = ''] = textOf(file).split(/(?<=\n---\n)/);
    const blocks = body.split(/\n{2,}/);
    return blocks.map(
      (_, lost): Damage => ({
        kind: `${file}, paragraph ${lost + 1} lost`,
        file,
        text: front + blocks.filter((__, index) => index !== lost).join('\n\n'),
      }),
    );
  });
  const lines = partials.flatMap((file) => {
    const all = textOf(file).trimEnd().split('\n');
    return all.flatMap((line, lost): readonly Damage[] => {
      if (line.trim() === '') return [];
      const text = `${all.filter((_, index) => index !== lost).join('\n')}\n`;
      return [{ kind: `${file}, line ${lost + 1} lost`, file, text }];
    });
  });
  return [...paragraphs, ...lines];
}
