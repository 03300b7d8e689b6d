/**
 * A damage to the templates, as a hand, an editor or a program might do it: one file, changed, lost or added.
 */
import type { TemplateSource } from '../../../src/core/template.ts';
import { shippedSources } from '../../core/compose-fixture.ts';

export interface Damage {
  /** What was done to what, in words: two damages of one kind have one name. */
  readonly kind: string;
  /** The file that was damaged, as its path ends. */
  readonly file: string;
  /** Undefined: the file is gone. */
  readonly text?: string;
  /** A file that is there beside the others. */
  readonly added?: TemplateSource;
}

/** English and the layout: each damage is looked for in one language. */
export const english: readonly TemplateSource[] = shippedSources.filter(
  ({ id }) => id === 'layout' || id.startsWith('en/'),
);

const texts = new Map(english.map(({ id, source }) => [id, source]));

export function textOf(id: string): string {
  const text = texts.get(id);
  if (text === undefined) throw new Error(`there is no ${id}`);
  return text;
}

/** Ids of the English files, those of replies before partials. */
export const replies = [...texts.keys()].filter((id) => /^en\/[^/]+$/.test(id));
export const partials = [...texts.keys()].filter((id) => id.startsWith('en/partials/'));

/** The first file, partials first, that has the words. */
export function fileWith(words: string): string | undefined {
  return [...partials, ...replies].find((id) => textOf(id).includes(words));
}

/** The text of a file with the first of some words replaced. Undefined where that changes nothing. */
export function replaced(
  kind: string,
  id: string | undefined,
  from: string | RegExp,
  to: string,
): Damage | undefined {
  if (id === undefined) return undefined;
  const before = textOf(id);
  // As a function, so that `$&` in the new words means nothing.
  const text = before.replace(from, () => to);
  return text === before ? undefined : { kind, file: id, text };
}

/** A file changed as a whole. */
export function edited(kind: string, id: string, change: (text: string) => string): Damage {
  return { kind: `${kind} (${id})`, file: id, text: change(textOf(id)) };
}

/** Two letters in the middle of a word changed places, as fingers do it; one doubled where they are the same. */
export function misspelt(word: string): string {
  const at = Math.max(0, Math.floor(word.length / 2) - 1);
  const [a = '', b = ''] = [word[at], word[at + 1]];
  return word.slice(0, at) + (a === b ? a + b + b : b + a) + word.slice(at + 2);
}

/** The words at the end of the file. */
export function appended(kind: string, id: string, words: string): Damage {
  return { kind, file: id, text: `${textOf(id)}\n${words}\n` };
}

let number = 0;

/** The English files after the damage. */
export function sourcesAfter(damage: Damage): readonly TemplateSource[] {
  number += 1;
  const { file, text, added } = damage;
  const others = english.filter(({ id }) => id !== file);
  if (added !== undefined) return [...english, added];
  const old = english.find(({ id }) => id === file);
  if (text === undefined || old === undefined) return others;
  return [...others, { ...old, source: text, hash: `damaged ${number}` }];
}

export function defined<T>(values: readonly (T | undefined)[]): readonly T[] {
  return values.filter((value) => value !== undefined);
}
