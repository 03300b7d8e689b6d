/**
 * Which language the labels of a header block are in.
 *
 * Gmail, Outlook on the web and others write English labels whatever the language, so one label in
 * another language outweighs any number in English. Where two languages fit equally well (`De` alone
 * is Spanish, French and Portuguese) the answer is none of them, unless a hint names one: a reply in
 * a guessed language is worse than one in the desk's.
 */
import { labelsFor } from './forward-labels.ts';

/** Where these share every label of a block with a language more people write, it is that one. */
const smaller: ReadonlySet<string> = new Set(['ca', 'gl', 'eu', 'is', 'sr', 'ms']);

/** `labels` as written in the block; `hints` are languages of what stands around it, by weight. */
export function blockLanguage(
  labels: readonly string[],
  hints: readonly string[] = [],
): string | undefined {
  const meant = labels
    .map((label) => new Set(labelsFor(label).flatMap(({ languages }) => languages)))
    .filter((languages) => languages.size > 0);
  const foreign = meant.filter((languages) => !languages.has('en'));
  if (foreign.length === 0) return meant.length > 0 ? 'en' : undefined;
  const all = mostNamed(foreign);
  const larger = all.filter((tag) => !smaller.has(tag));
  const best = larger.length === 0 ? all : larger;
  if (best.length === 1) return best[0];
  return hints
    .map(baseLanguage)
    .flatMap((hint) => best.filter((tag) => baseLanguage(tag) === hint))[0];
}

/** The languages that most sets have, in no order of merit. */
function mostNamed(sets: readonly ReadonlySet<string>[]): string[] {
  const counts = new Map<string, number>();
  for (const language of sets.flatMap((set) => [...set])) {
    counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  const most = Math.max(...counts.values());
  return [...counts].filter(([, count]) => count === most).map(([language]) => language);
}

function baseLanguage(tag: string): string {
  return tag.toLowerCase().split('-')[0] ?? '';
}
