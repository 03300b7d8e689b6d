/**
 * What a template may use, as a page for whoever edits them: made from the tables that the check uses.
 */
import {
  layoutVariables,
  templateFacts,
  templateHelpers,
  templateVariables,
  type VariableEntry,
} from './template.ts';
import { factsAlways, factsByScenario } from './template-facts.ts';

/** Markdown: variables, helpers, facts and the layout's variables. */
export function templateDocs(): string {
  return [
    '### Variables',
    table(['Variable', 'What it is', 'Shown with'], variableRows('')),
    'Within `{{#each lines}}`, and within `each` of any other list of subscriptions:',
    table(['Variable', 'What it is', 'Shown with'], variableRows('lines[].')),
    'Replies that disclose nothing (`ask-for-details`, `suspicious`) have the variables of `partner` only.\nWhat may be unknown must be asked for with `{{#if …}}` first.',
    '### Helpers',
    table(
      ['Helper', 'What it does'],
      Object.entries(templateHelpers).map(([name, { sentence }]) => [code(name), sentence]),
    ),
    '### Facts',
    'The words that state one stand within `{{#says "…"}}…{{/says}}`.\nA reply about several subscriptions needs those of each.',
    table(
      ['Fact', 'What it states', 'Needed by'],
      Object.entries(templateFacts).map(([name, sentence]) => [
        code(name),
        sentence,
        neededBy(name),
      ]),
    ),
    '### Variables of the layout',
    table(
      ['Variable', 'What it is'],
      Object.entries(layoutVariables).map(([name, sentence]) => [code(name), sentence]),
    ),
  ].join('\n\n');
}

function variableRows(prefix: string): readonly (readonly string[])[] {
  const entries: readonly (readonly [string, VariableEntry])[] = Object.entries(templateVariables);
  return entries
    .filter(([name]) => name.startsWith('lines[].') === (prefix !== ''))
    .map(([name, entry]) => {
      const own = name.slice(prefix.length);
      const optional = entry.optional ? ' May be unknown.' : '';
      return [code(own), `${entry.sentence}${optional}`, code(wayToShow(own, entry))];
    });
}

/** How a template shows a value. */
export function wayToShow(name: string, { type }: VariableEntry): string {
  switch (type) {
    case 'text':
    case 'number':
      return `{{${name}}}`;
    case 'date':
      return `{{date ${name}}}`;
    case 'money':
      return `{{money ${name}}}`;
    case 'url':
      return `[{{${name}}}]({{${name}}})`;
    case 'lines':
      return `{{products ${name}}}`;
  }
}

function neededBy(fact: string): string {
  if ((factsAlways as readonly string[]).includes(fact)) return 'every reply about a customer';
  const all: readonly (readonly [string, readonly string[]])[] = Object.entries(factsByScenario);
  const own = all.filter(([, facts]) => facts.includes(fact)).map(([scenario]) => scenario);
  return own.map(code).join(', ');
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
