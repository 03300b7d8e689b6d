/** Ways to damage the English templates, each with a name in words: what the tables of damages are written in. */
import { createHash } from 'node:crypto';
import type { TemplateSource } from '../../src/core/template.ts';
import { shippedSources } from '../core/compose-fixture.ts';

/** English and the layout alone, so that a damage is looked for in one language. */
export const english = shippedSources.filter(({ id }) => id === 'layout' || id.startsWith('en/'));

export interface Damage {
  readonly name: string;
  /** The file that is damaged, under its old id. */
  readonly id: string;
  readonly apply: (sources: readonly TemplateSource[]) => readonly TemplateSource[];
}

export function textOf(id: string): string {
  const source = english.find((candidate) => candidate.id === id);
  if (source === undefined) throw new Error(`No ${id}`);
  return source.source;
}

/** A source with other words, and with the hash they have. */
export function withText(source: TemplateSource, text: string): TemplateSource {
  return { ...source, source: text, hash: createHash('sha256').update(text).digest('hex') };
}

/** Words of one file changed. */
export function edit(name: string, id: string, change: (text: string) => string): Damage {
  return {
    name: `${name} (${id})`,
    id,
    apply: (sources) =>
      sources.map((source) =>
        source.id === id ? withText(source, change(source.source)) : source,
      ),
  };
}

/** The first place of some words changed; `$` in the new words means nothing. */
export function replace(name: string, id: string, from: string | RegExp, to: string): Damage {
  return edit(name, id, (text) => text.replace(from, () => to));
}

export function removeFile(name: string, id: string): Damage {
  return {
    name: `${name} (${id})`,
    id,
    apply: (sources) => sources.filter((source) => source.id !== id),
  };
}

/** A file in another place. */
export function moveFile(name: string, id: string, to: string): Damage {
  return {
    name: `${name} (${id})`,
    id,
    apply: (sources) =>
      sources.map((source) =>
        source.id === id ? { ...source, id: to, path: source.path.replace(id, to) } : source,
      ),
  };
}

/** The first English file whose words match, and what matches; undefined where none does. */
export function findPlace(
  pattern: RegExp,
): { readonly id: string; readonly match: string; readonly at: number } | undefined {
  for (const { id, source } of english) {
    const found = id === 'layout' ? null : pattern.exec(source);
    if (found !== null) return { id, match: found[0], at: found.index };
  }
  return undefined;
}

/** Two letters in the middle of a word changed places, as fingers do it; one doubled where they are the same. */
export function misspelt(word: string): string {
  const at = Math.max(0, Math.floor(word.length / 2) - 1);
  const [a = '', b = ''] = [word[at], word[at + 1]];
  return word.slice(0, at) + (a === b ? a + b + b : b + a) + word.slice(at + 2);
}

export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
