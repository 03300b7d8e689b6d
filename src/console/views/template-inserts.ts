/**
 * What a template may use, beside the field: from the tables that the check uses.
 */
import { isGenericScenario } from '../../core/decision.ts';
import {
  layoutVariables,
  templateFacts,
  templateHelpers,
  templateVariables,
  type VariableEntry,
} from '../../core/template.ts';
import { wayToShow } from '../../core/template-docs.ts';
import type { OpenTemplate } from '../../ports/template-desk.ts';
import { type Html, html } from '../html.ts';

interface Insert {
  readonly text: string;
  readonly sentence: string;
}

export function insertPanel({ place, scenarios, partials }: OpenTemplate): Html {
  const groups =
    place.id === 'layout'
      ? layoutGroups()
      : replyGroups(scenarios.every(isGenericScenario), partials);
  return html`<details class="inserts"><summary>Values and pieces to put in</summary>${groups.map(
    ([title, entries]) =>
      entries.length > 0 &&
      html`<h3>${title}</h3><ul>${entries.map(
        ({ text, sentence }) =>
          html`<li><code data-insert="${text}">${text}</code> <small>${sentence}</small></li>`,
      )}</ul>`,
  )}</details>`;
}

type Groups = readonly (readonly [title: string, entries: readonly Insert[]])[];

function layoutGroups(): Groups {
  const entries = Object.entries(layoutVariables).map(([name, sentence]) => ({
    text: name === 'body' ? '{{{body}}}' : `{{${name}}}`,
    sentence,
  }));
  return [['Values', entries]];
}

function replyGroups(isGeneric: boolean, partials: readonly string[]): Groups {
  return [
    ['Values', variables('', isGeneric)],
    ['Values within {{#each}}', isGeneric ? [] : variables('lines[].', isGeneric)],
    ['Pieces', partials.map((name) => ({ text: `{{> ${name}}}`, sentence: '' }))],
    ['Questions and forms', helpers()],
    [
      'Facts',
      Object.entries(templateFacts).map(([name, sentence]) => ({
        text: `{{#says "${name}"}}${sentence}{{/says}}`,
        sentence: '',
      })),
    ],
  ];
}

function variables(prefix: string, isGeneric: boolean): readonly Insert[] {
  const all: readonly (readonly [string, VariableEntry])[] = Object.entries(templateVariables);
  return all
    .filter(
      ([name, { generic }]) =>
        name.startsWith('lines[].') === (prefix !== '') && (generic || !isGeneric),
    )
    .map(([name, entry]) => ({
      text: wayToShow(name.slice(prefix.length), entry),
      sentence: `${entry.sentence}${entry.optional ? ' May be unknown: ask with {{#if}} first.' : ''}`,
    }));
}

const examples: Readonly<Partial<Record<keyof typeof templateHelpers, string>>> = {
  if: '{{#if phone}}…{{else}}…{{/if}}',
  unless: '{{#unless phone}}…{{/unless}}',
  each: '{{#each lines}}…{{/each}}',
  eq: '{{#if (eq scenario "cancel-portal")}}…{{/if}}',
  any: '{{#if (any phone country)}}…{{/if}}',
  plural: '{{plural licenses one="# license" other="# licenses"}}',
  products: '{{products lines}}',
};

function helpers(): readonly Insert[] {
  return Object.entries(examples).map(([name, text]) => ({
    text,
    sentence: templateHelpers[name as keyof typeof templateHelpers].sentence,
  }));
}
