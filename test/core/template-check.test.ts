import { describe, expect, it } from 'vitest';
import { repliedScenarios } from '../../src/core/decision.ts';
import {
  formatProblem,
  type TemplateProblem,
  type TemplateSource,
} from '../../src/core/template.ts';
import { checkTemplates } from '../../src/core/template-check.ts';
import { compileTemplates } from '../../src/core/template-compile.ts';
import { settings, shippedSources } from './compose-fixture.ts';

/** English and the layout alone, so that a damage is looked for in one language. */
const english = shippedSources.filter(({ id }) => id === 'layout' || id.startsWith('en/'));

function check(sources: readonly TemplateSource[]): readonly TemplateProblem[] {
  return checkTemplates(compileTemplates(sources), settings);
}

function sourceOf(id: string): TemplateSource {
  const source = english.find((candidate) => candidate.id === id);
  if (source === undefined) throw new Error(`No ${id}`);
  return source;
}

/** The English templates with one file changed. */
function damaged(id: string, change: (text: string) => string): readonly TemplateSource[] {
  const before = sourceOf(id);
  const text = change(before.source);
  expect(text).not.toBe(before.source);
  return english.map((source) =>
    source.id === id ? { ...source, source: text, hash: 'x' } : source,
  );
}

function lineOf(id: string, words: string, change: (text: string) => string): number {
  const lines = change(sourceOf(id).source).split('\n');
  return lines.findIndex((line) => line.includes(words)) + 1;
}

describe('the templates that ship', () => {
  it('have no problem, in any locale', () => {
    expect(check(shippedSources).map(formatProblem)).toEqual([]);
  });

  it('are the same whether their lines end with LF or CRLF', () => {
    const crlf = english.map((source) => ({
      ...source,
      source: source.source.replace(/\n/g, '\r\n'),
    }));
    expect(check(crlf).map(formatProblem)).toEqual([]);
  });
});

it('is not made again of what was good before and is the same', () => {
  const lacking = compileTemplates(
    damaged('en/partials/costs', (text) => text.replace('both-bills', 'do-not-pay')),
  );
  expect(checkTemplates(lacking, settings)).not.toEqual([]);
  expect(checkTemplates(lacking, settings, lacking)).toEqual([]);
  expect(checkTemplates(lacking, settings, compileTemplates(english))).not.toEqual([]);
});

interface Damage {
  readonly what: string;
  readonly id: string;
  readonly from: string | RegExp;
  readonly to: string;
  readonly says: RegExp;
  /** Words on the line that the problem names; absent where no line can be named. */
  readonly at?: string;
}

const damages: readonly Damage[] = [
  {
    what: 'a mistyped variable',
    id: 'en/cancel-portal',
    from: '{{customer.name}}',
    to: '{{custommer.name}}',
    says: /no variable "custommer\.name"\. Did you mean "customer\.name"\?/,
    at: '{{custommer',
  },
  {
    what: 'a mistyped variable within each',
    id: 'en/partials/subscriptions',
    from: '{{product}}',
    to: '{{prodct}}',
    says: /no variable "prodct"\. Did you mean "product"\?/,
    at: '{{prodct}}',
  },
  {
    what: 'a variable of the whole reply within each',
    id: 'en/partials/subscriptions',
    from: '{{product}}',
    to: '{{partner.name}}',
    says: /Inside \{\{#each\}\} it is "@root\.partner\.name"/,
    at: '{{partner.name}}',
  },
  {
    what: 'a mistyped helper',
    id: 'en/partials/subscriptions',
    from: '{{date endsOn}}',
    to: '{{dat endsOn}}',
    says: /no helper "dat"\. Did you mean "date"\?/,
    at: '{{dat endsOn}}',
  },
  {
    what: 'a helper of Handlebars that is not ours',
    id: 'en/partials/steps-mixed',
    from: '{{#if todo.cancelPhone}}',
    to: '{{#with todo}}{{/with}}{{#if todo.cancelPhone}}',
    says: /"with" cannot be used as a block/,
    at: '{{#with',
  },
  {
    what: 'a mistyped block',
    id: 'en/partials/subscriptions',
    from: /each/g,
    to: 'eech',
    says: /"eech" cannot be used as a block\. Did you mean "each"\?/,
    at: '{{#eech',
  },
  {
    what: 'a block that is never closed',
    id: 'en/partials/subscriptions',
    from: '{{/each}}',
    to: '',
    says: /\{\{#each\}\} that is opened here is never closed/,
    at: '{{#each',
  },
  {
    what: 'a block closed by another',
    id: 'en/partials/contact',
    from: '{{/if}}',
    to: '{{/each}}',
    says: /if doesn't match each/,
    at: '{{#if',
  },
  {
    what: 'open braces',
    id: 'en/cancel-portal',
    from: '{{customer.name}}',
    to: '{{customer.name}',
    says: /braces cannot be read/,
    at: '{{customer.name}',
  },
  {
    what: 'a half-closed variable in the subject',
    id: 'en/cancel-portal',
    from: /^subject: .*$/m,
    to: 'subject: "For {{partner.name"',
    says: /braces|never closed/,
    at: 'subject:',
  },
  {
    what: 'three braces',
    id: 'en/cancel-portal',
    from: '{{customer.name}}',
    to: '{{{customer.name}}}',
    says: /Three braces/,
    at: '{{{customer',
  },
  {
    what: 'braces with an ampersand',
    id: 'en/cancel-portal',
    from: '{{customer.name}}',
    to: '{{&customer.name}}',
    says: /Three braces/,
    at: '{{&customer',
  },
  {
    what: 'a missing partial',
    id: 'en/cancel-phone',
    from: '{{> warnings}}',
    to: '{{> warning}}',
    says: /no partial "warning"\. Did you mean "warnings"\?/,
    at: '{{> warning}}',
  },
  {
    what: 'a partial that uses itself',
    id: 'en/partials/signature',
    from: 'Kind regards',
    to: '{{> signature}}',
    says: /uses itself/,
    at: '{{> signature}}',
  },
  {
    what: 'a partial chosen while rendering',
    id: 'en/cancel-phone',
    from: '{{> warnings}}',
    to: '{{> (eq "a" "b")}}',
    says: /no partial/,
    at: '{{> (eq',
  },
  {
    what: 'an inline partial',
    id: 'en/cancel-phone',
    from: '{{> warnings}}',
    to: '{{#*inline "x"}}y{{/inline}}',
    says: /#\* are not allowed/,
    at: '#*inline',
  },
  {
    what: 'no front matter',
    id: 'en/suspicious',
    from: /^---[\s\S]*?---\n/,
    to: '',
    says: /front matter is missing/,
    at: 'Hello',
  },
  {
    what: 'front matter that is no YAML',
    id: 'en/suspicious',
    from: /^subject: .*$/m,
    to: 'subject: "open',
    says: /not YAML/,
  },
  {
    what: 'no subject',
    id: 'en/suspicious',
    from: /^subject: .*$/m,
    to: '# none',
    says: /no subject/,
    at: '---',
  },
  {
    what: 'an empty subject',
    id: 'en/suspicious',
    from: /^subject: .*$/m,
    to: 'subject: ""',
    says: /subject is empty/,
    at: 'subject:',
  },
  {
    what: 'a subject of two lines',
    id: 'en/suspicious',
    from: /^subject: .*$/m,
    to: 'subject: "a\\nb"',
    says: /one line/,
    at: 'subject:',
  },
  {
    what: 'a subject that is too long',
    id: 'en/suspicious',
    from: /^subject: .*$/m,
    to: `subject: "${'long '.repeat(31)}"`,
    says: /longer than 149/,
  },
  {
    what: 'an unknown key in the front matter',
    id: 'en/suspicious',
    from: /^subject: /m,
    to: 'subjekt: a\nsubject: ',
    says: /knows no "subjekt"/,
    at: 'subjekt',
  },
  {
    what: 'a link to a foreign host',
    id: 'en/partials/costs',
    from: 'please do not count on it',
    to: '[more](https://evil.example/x)',
    says: /link to "evil\.example" is not allowed/,
  },
  {
    what: 'a link to a foreign host in a branch that no sample reaches',
    id: 'en/partials/contact',
    from: 'Anything unclear?',
    to: '\n{{#if (eq customer.name "Nobody")}}[more](https://evil.example/x){{/if}}\nAnything unclear?',
    says: /evil\.example/,
    at: 'Nobody',
  },
  {
    what: 'a link without https',
    id: 'en/partials/costs',
    from: 'please do not count on it',
    to: '[more](http://admin.microsoft.com/x)',
    says: /no plain https link/,
  },
  {
    what: 'a link that pretends a host',
    id: 'en/partials/costs',
    from: 'please do not count on it',
    to: '[more](https://admin.microsoft.com@evil.example/)',
    says: /no plain https link/,
  },
  {
    what: 'a mail link',
    id: 'en/partials/costs',
    from: 'please do not count on it',
    to: '[more](mailto:a@b.example)',
    says: /no plain https link/,
  },
  {
    what: 'a link in a reply that may have none',
    id: 'en/suspicious',
    from: 'Hello,',
    to: 'Hello, [look](https://admin.microsoft.com)',
    says: /must not link anywhere/,
  },
  {
    what: 'the approval link left out',
    id: 'en/partials/approve-steps',
    from: '[{{approvalLink}}]({{approvalLink}})',
    to: '',
    says: /must show the approval link/,
  },
  {
    what: 'the portal left out',
    id: 'en/partials/portal-steps',
    from: '[{{portalUrl}}]({{portalUrl}})',
    to: 'the portal',
    says: /must show the portal/,
  },
  {
    what: 'the support number left out',
    id: 'en/partials/phone-number',
    from: '**{{phone}}**',
    to: 'call',
    says: /must show the support number of the customer’s country \(0800 589 2332\)/,
  },
  {
    what: 'the day of the end left out',
    id: 'en/stop-renewal',
    from: /\{\{> subscriptions\}\}([\s\S]*)\{\{> stop-renewal-steps\}\}/,
    to: '{{products lines}} $1',
    says: /must show the day on which the subscription ends/,
  },
  {
    what: 'a warning deleted',
    id: 'en/partials/warnings',
    from: /^- .*do-not-pay.*$/m,
    to: '',
    says: /must say \{\{#says "do-not-pay"\}\}/,
  },
  {
    what: 'a warning emptied',
    id: 'en/partials/do-not-delete',
    from: /(\{\{#says "do-not-delete"\}\}).*(\{\{\/says\}\})/,
    to: '$1.$2',
    says: /must say \{\{#says "do-not-delete"\}\}/,
  },
  {
    what: 'a warning that only some customers see',
    id: 'en/partials/portal-steps',
    from: /\{\{#says "right-row"\}\}(.*?)\{\{\/says\}\}/,
    to: '{{#if country}}{{#says "right-row"}}$1{{/says}}{{/if}}',
    says: /must say \{\{#says "right-row"\}\}/,
  },
  {
    what: 'an unknown fact',
    id: 'en/partials/do-not-delete',
    from: 'do-not-delete',
    to: 'do-not-delte',
    says: /no fact "do-not-delte"\. Did you mean "do-not-delete"\?/,
    at: 'do-not-delte',
  },
  {
    what: 'a subscription not named',
    id: 'en/already-cancelled',
    from: '{{> subscriptions}}',
    to: 'yours',
    says: /must show every subscription/,
  },
  {
    what: 'a value shown that may be absent',
    id: 'en/partials/subscriptions',
    from: '- **{{product}}**',
    to: '- **{{product}}** {{licenses}}',
    says: /unknown for some customers; ask with \{\{#if/,
    at: '{{licenses}}',
  },
  {
    what: 'a date without its helper',
    id: 'en/partials/subscriptions',
    from: '{{date endsOn}}',
    to: '{{endsOn}}',
    says: /shown with \{\{date endsOn\}\}/,
    at: '{{endsOn}}',
  },
  {
    what: 'a list shown as a value',
    id: 'en/partials/wait',
    from: '{{products lines}}',
    to: '{{lines}}',
    says: /"lines" is a list/,
    at: '{{lines}}',
  },
  {
    what: 'a helper given the wrong kind of value',
    id: 'en/partials/subscriptions',
    from: '{{date endsOn}}',
    to: '{{date product}}',
    says: /"date" takes a date, not text/,
    at: '{{date product}}',
  },
  {
    what: 'a helper given too little',
    id: 'en/mixed',
    from: '(eq scenario "wait-for-csp")',
    to: '(eq scenario)',
    says: /"eq" takes 2 value\(s\), not 1/,
    at: '(eq scenario)',
  },
  {
    what: 'a plural without its general form',
    id: 'en/partials/subscriptions',
    from: 'other="# licenses assigned"',
    to: 'many="# licenses assigned"',
    says: /plural lacks a form that en has: add other=/,
    at: 'plural',
  },
  {
    what: 'a value of the record in a reply that discloses nothing',
    id: 'en/ask-for-details',
    from: 'Hello,',
    to: 'Hello {{customer.name}},',
    says: /may disclose nothing/,
    at: 'Hello {{customer.name}}',
  },
  {
    what: 'HTML',
    id: 'en/partials/costs',
    from: 'please do not count on it',
    to: '<b>please</b>',
    says: /HTML is shown as it is/,
    at: '<b>',
  },
  {
    what: 'code in backticks',
    id: 'en/partials/costs',
    from: 'please do not count on it',
    to: '`please`',
    says: /backticks/,
    at: '`please`',
  },
  {
    what: 'an image',
    id: 'en/partials/costs',
    from: 'please do not count on it',
    to: '![logo](https://admin.microsoft.com/logo.png)',
    says: /Images are not allowed/,
    at: '![logo]',
  },
  {
    what: 'bold that is never closed',
    id: 'en/partials/warnings',
    from: 'the old subscription**,',
    to: 'the old subscription,',
    says: /Markup is left over/,
  },
  {
    what: 'braces escaped from Handlebars',
    id: 'en/partials/costs',
    from: 'please do not count on it',
    to: '\\{{partner.name}}',
    says: /Markup is left over/,
  },
  {
    what: 'a path into the prototype',
    id: 'en/cancel-portal',
    from: '{{customer.name}}',
    to: '{{customer.constructor.name}}',
    says: /no variable "customer\.constructor\.name"/,
    at: 'constructor',
  },
  {
    what: 'a path out of the template',
    id: 'en/cancel-portal',
    from: '{{customer.name}}',
    to: '{{../customer.name}}',
    says: /no such level/,
    at: '{{../',
  },
  {
    what: 'a layout without the reply',
    id: 'layout',
    from: '{{{body}}}',
    to: '',
    says: /lacks \{\{\{body\}\}\}/,
  },
  {
    what: 'a layout that escapes the reply',
    id: 'layout',
    from: '{{{body}}}',
    to: '{{body}}',
    says: /stands in three braces/,
    at: '{{body}}',
  },
  {
    what: 'a layout with a script',
    id: 'layout',
    from: '</head>',
    to: '<script>1</script></head>',
    says: /Scripts are not allowed/,
    at: '<script>',
  },
  {
    what: 'a layout with an image',
    id: 'layout',
    from: '{{{body}}}',
    to: '<img src="x">{{{body}}}',
    says: /no images/,
    at: '<img',
  },
  {
    what: 'a layout with an unescaped subject',
    id: 'layout',
    from: '{{subject}}',
    to: '{{{subject}}}',
    says: /Only body may stand in three braces/,
    at: '{{{subject}}}',
  },
  {
    what: 'a layout with an unknown variable',
    id: 'layout',
    from: '{{subject}}',
    to: '{{subjct}}',
    says: /no variable "subjct"\. Did you mean "subject"\?/,
    at: '{{subjct}}',
  },
  {
    what: 'a layout without its language',
    id: 'layout',
    from: ' lang="{{lang}}"',
    to: '',
    says: /lacks <html lang/,
  },
];

describe('the check', () => {
  it.each(damages)('refuses $what, and names the place', ({ id, from, to, says, at }) => {
    const change = (text: string) => text.replace(from, to);
    const problems = check(damaged(id, change));
    const found = problems.find(({ message }) => says.test(message));
    expect(found, problems.map(formatProblem).join('\n')).toBeDefined();
    if (at === undefined) return;
    expect(found?.file).toBe(sourceOf(id).path);
    expect(found?.line).toBe(lineOf(id, at, change));
  });

  it('tells the column', () => {
    const text = (before: string) => before.replace('{{customer.name}}', '{{custommer.name}}');
    const [problem] = check(damaged('en/cancel-portal', text));
    const line =
      text(sourceOf('en/cancel-portal').source).split('\n')[(problem?.line ?? 0) - 1] ?? '';
    expect(line.slice((problem?.column ?? 0) - 1)).toMatch(/^custommer/);
  });

  it('tells the column in the subject', () => {
    const change = (text: string) => text.replace(/^subject: .*$/m, 'subject: "To {{nobody}}"');
    const [problem] = check(damaged('en/suspicious', change));
    expect(problem).toMatchObject({
      line: 2,
      column: 'subject: "To {{nobody}}"'.indexOf('nobody') + 1,
    });
  });

  it('tells all problems at once', () => {
    const sources = english.map((source) => {
      if (source.id === 'en/cancel-phone')
        return { ...source, source: `${source.source}{{a}} {{b}}` };
      if (source.id === 'en/suspicious') return { ...source, source: 'nothing' };
      return source;
    });
    const files = check(sources).map(({ file }) => file);
    expect(files.filter((file) => file.endsWith('cancel-phone.md.hbs'))).toHaveLength(2);
    expect(files.filter((file) => file.endsWith('suspicious.md.hbs'))).toHaveLength(1);
  });

  it('refuses a locale that lacks a scenario, and a set without English', () => {
    const german = shippedSources.filter(({ id }) => id === 'layout' || id.startsWith('de/'));
    const messages = check(german.filter(({ id }) => id !== 'de/mixed')).map(formatProblem);
    expect(messages).toContain(
      'de/mixed.md.hbs: The template is missing: the locale "de" needs every scenario.',
    );
    expect(messages.filter((message) => message.startsWith('en/'))).toHaveLength(
      repliedScenarios.length,
    );
  });

  it('refuses a missing layout, a template of no scenario and one in no known place', () => {
    const stray = { ...sourceOf('en/suspicious'), id: 'en/suspicous', path: 'en/suspicous.md.hbs' };
    const lost = { ...stray, id: 'suspicious', path: 'suspicious.md.hbs' };
    const sources = [...english.filter(({ id }) => id !== 'layout'), stray, lost];
    const messages = check(sources).map(formatProblem).join('\n');
    expect(messages).toMatch(/layout\.html\.hbs: The layout of the HTML part is missing/);
    expect(messages).toMatch(
      /no scenario "suspicous" that is answered\. Did you mean "suspicious"\?/,
    );
    expect(messages).toMatch(/suspicious\.md\.hbs: This file is in no known place/);
  });

  it('looks at partials that nobody uses yet', () => {
    const unused = { ...sourceOf('en/partials/wait'), id: 'en/partials/new', source: '{{nobody}}' };
    expect(check([...english, unused])[0]?.message).toMatch(/no variable "nobody"/);
  });

  it('lets harmless edits through', () => {
    const sources = english.map((source) =>
      source.id === 'en/partials/contact'
        ? {
            ...source,
            source: `{{!-- a note --}}\n> *Quoted*, see [the portal]({{portalUrl}}).\n\n{{#each lines as |line|}}\n{{#unless @first}}and {{/unless}}{{line.product}} for {{@root.customer.name}} and {{../partner.name}}\n{{/each}}\n\n${source.source}`,
          }
        : source,
    );
    expect(check(sources).map(formatProblem)).toEqual([]);
  });
});
