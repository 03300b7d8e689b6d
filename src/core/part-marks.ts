/**
 * Whether the two parts of a mail show the same notice: a forger can put a copy of a genuine one into the part
 * that is read by machines, and his own words into the other.
 *
 * Parts of honest mails differ too: in targets written out, alternative texts, bullets and white space, and a
 * text/plain that says nothing is common. So words are compared, not characters.
 */
import { normalizeAddress } from './address.ts';
import { searchedCharsMax } from './limits.ts';
import type { Original } from './mail.ts';
import { foldDiacritics, isAscii } from './normalize.ts';
import { type Mark, weak } from './notice-marks.ts';

export type Twin = NonNullable<Original['twin']>;

/** How much of each part is compared: a notice is under 20 kB. */
const comparedCharsMax = 20_000;

/** How much of what forwarders wrote above is known again in the other part. */
const typedCharsMax = 8_000;

/** A text with fewer words is not compared: a comment, a picture's caption. */
const comparedWordsMin = 20;

/** In scripts without spaces each letter is a word: clients fold their lines anywhere. */
const word =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Khmer}\p{sc=Lao}\p{sc=Myanmar}]|[\p{L}\p{N}]+/gu;

/** The same in a folded text of ASCII. */
const asciiWord = /[a-z0-9]+/g;

/** Whether the twin is all of a part in which no forward was found, the forwarder's comment included. */
function isWholePart(original: Original, twin: Twin): boolean {
  return original.how === 'inline' && twin.from === undefined && twin.subject === undefined;
}

/** The twin's text without the lines that its forwarders wrote above the original. */
export function ownText(original: Original, around: readonly Original[], twin: Twin): string {
  if (!isWholePart(original, twin)) return twin.text;
  const typed = foldDiacritics(
    [original, ...around]
      .flatMap(({ comment = '', footer = '' }) => [comment, footer])
      .join('\n')
      .slice(0, typedCharsMax),
  );
  return twin.text
    .slice(0, searchedCharsMax)
    .split('\n')
    .filter((line) => !typed.includes(foldDiacritics(line.slice(0, typedCharsMax))))
    .join('\n');
}

/** The mark of parts that disagree about author, subject or words. `text` is what the twin says itself. */
export function disagreementMarks(original: Original, twin: Twin, text: string): Mark[] {
  const detail = disagreement(original, twin, text);
  return detail === undefined ? [] : [weak('parts-disagree', detail)];
}

function disagreement(original: Original, twin: Twin, text: string): string | undefined {
  if (differ(original.from?.address, twin.from?.address, normalizeAddress))
    return `the author is ${original.from?.address} in one part, ${twin.from?.address} in the other`;
  if (differ(original.subject, twin.subject, lettersOf))
    return 'the subject is not the same in both parts';
  const [own, other] = [wordsOf(original.text), wordsOf(text)];
  const [few, many] = own.size < other.size ? [own, other] : [other, own];
  if (many.size < comparedWordsMin) return undefined;
  if (few.size * 3 < many.size) {
    if (few === other && twin.part === 'plain') return undefined;
    // What is all of a part may hold far more than the original.
    const isPageLess = few === other || (twin.part === 'plain' && !isWholePart(original, twin));
    if (isPageLess) return 'the page shows hardly any of the words of the other part';
  }
  const shared = [...few].filter((found) => many.has(found)).length;
  return shared * 2 < few.size ? 'the parts say different things' : undefined;
}

function differ(
  a: string | undefined,
  b: string | undefined,
  fold: (value: string) => string,
): boolean {
  return a !== undefined && b !== undefined && fold(a) !== fold(b);
}

function lettersOf(subject: string): string {
  return foldDiacritics(subject).replace(/[^\p{L}\p{N}]+/gu, '');
}

function wordsOf(text: string): ReadonlySet<string> {
  const folded = foldDiacritics(text.slice(0, comparedCharsMax));
  return new Set(folded.match(isAscii(folded) ? asciiWord : word) ?? []);
}
