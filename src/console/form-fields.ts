/**
 * What a form or a query sends, as texts: whatever else comes is taken for absent.
 */

import { type Scenario, scenarios } from '../core/decision.ts';
import type { DeskChoice, DeskWords } from '../ports/desk.ts';

export interface Fields {
  /** The first value of a name; absent where it is empty. */
  get(name: string): string | undefined;
  all(name: string): readonly string[];
}

export function fieldsOf(source: unknown): Fields {
  const values = new Map<string, readonly string[]>();
  if (typeof source === 'object' && source !== null) {
    for (const [name, value] of Object.entries(source)) {
      const texts = [value].flat().filter((one): one is string => typeof one === 'string');
      values.set(
        name,
        texts.filter((text) => text.trim() !== ''),
      );
    }
  }
  return {
    get: (name) => values.get(name)?.[0],
    all: (name) => values.get(name) ?? [],
  };
}

/** What a person chose in place of what was decided. */
export function choiceOf(fields: Fields): DeskChoice {
  const customerId = fields.get('customer');
  const scenario = scenarioOf(fields.get('scenario'));
  const to = fields.get('to');
  const locale = fields.get('locale');
  return {
    ...(customerId === undefined ? {} : { customerId }),
    ...(scenario === undefined ? {} : { scenario }),
    ...(to === undefined ? {} : { to }),
    ...(locale === undefined ? {} : { locale }),
  };
}

/** The same as fields of a form or a query again. */
export function choiceFields(choice: DeskChoice): readonly (readonly [string, string])[] {
  const { customerId, scenario, to, locale } = choice;
  const fields = { customer: customerId, scenario, to, locale };
  return Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
}

export function wordsOf(fields: Fields): DeskWords | undefined {
  const subject = fields.get('subject');
  const markdown = fields.get('markdown');
  return subject === undefined || markdown === undefined ? undefined : { subject, markdown };
}

function scenarioOf(text: string | undefined): Scenario | undefined {
  return scenarios.find((scenario) => scenario === text);
}
