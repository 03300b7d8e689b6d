/**
 * Which language somebody wrote a few words in.
 *
 * The answer chooses the language of a reply, so it is given only where it is sure: “FYI” or a name says nothing.
 */
import { eld } from 'eld/extrasmall';
import { languageCharsMax } from './limits.ts';
import { isAscii } from './normalize.ts';

/** Fewer words than this are a greeting, a name or a word that neighbours share. */
const wordsMin = 3;
/** Scripts that one language writes: a few letters are enough, and the detector wants more. */
const scripts: readonly (readonly [pattern: RegExp, language: string])[] = [
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/gu, 'ja'],
  [/\p{Script=Hangul}/gu, 'ko'],
  [/\p{Script=Han}/gu, 'zh'],
];
const scriptLettersMin = 3;

/** Codes of the detector that BCP 47 writes otherwise. */
const tags: Readonly<Record<string, string>> = { no: 'nb' };

/** A language tag (`de`), or undefined where the words do not tell. Only the beginning of a long text is read. */
export function commentLanguage(comment: string): string | undefined {
  const words = comment
    .slice(0, languageCharsMax)
    .split(/\s+/)
    // Addresses, links and numbers are of no language.
    .filter((word) => !/[@/\d]/.test(word))
    .join(' ');
  for (const [pattern, language] of isAscii(words) ? [] : scripts) {
    if ((words.match(pattern)?.length ?? 0) >= scriptLettersMin) return language;
  }
  if ((words.match(/\p{L}+/gu)?.length ?? 0) < wordsMin) return undefined;
  const found = eld.detect(words);
  if (found.language === '' || !found.isReliable()) return undefined;
  return tags[found.language] ?? found.language;
}
