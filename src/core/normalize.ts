/**
 * Text made comparable: compatibility forms folded, invisible characters removed and counted.
 *
 * Invisible characters between letters are how phishing hides words from filters; a genuine notice has
 * none, so their number is evidence by itself. Every expression here is linear.
 * Unicode Standard Annex #15 (NFKC).
 */

const invisible = /\p{Default_Ignorable_Code_Point}+/gu;

// Joiners between letters belong to Arabic, Persian and Indic text and are not counted.
const interleaved =
  /\p{L}(?!\u200C|\u200D|\u200E|\u200F)\p{Default_Ignorable_Code_Point}+(?=\p{L})/gu;

/** How often letters are torn apart by invisible characters. */
export function countInterleaved(text: string): number {
  if (!notPlain.test(text)) return 0;
  let count = 0;
  for (const _ of text.matchAll(interleaved)) count += 1;
  return count;
}

// Ordering a run of combining marks costs the square of its length, so a run is cut where the Stream-Safe
// Text Format of Annex #15 §12 cuts it.
const marksBeyondReason = /(\p{M}{30})\p{M}+/gu;

const notAscii = /[^\0-\x7F]/;

export function isAscii(text: string): boolean {
  return !notAscii.test(text);
}

/**
 * Letters and signs that NFKC leaves as they are, alone and in any order, and of which none is a mark or invisible:
 * ASCII, Latin, Cyrillic, Chinese and Korean letters, and what stands in every mail's sentences; and the no-break
 * space, which becomes a space here and there. Nearly all lines have no other, and looking for one costs a tenth
 * of what folding does.
 */
const notPlain =
  /[^\0-\x7F\xA0-\xA7\xA9\xAB\xAC\xAE\xB0\xB1\xB6\xB7\xBB\xBF-\u0131\u0134-\u013E\u0141-\u0148\u014A-\u017E\u0400-\u0482\u048A-\u04FF\u2013\u2014\u2018-\u201E\u2020-\u2022\u20AC\u4E00-\u9FFF\uAC00-\uD7A3]/;

/** NFKC without invisible characters; line breaks are kept, every other white space becomes one space. */
export function normalizeText(text: string): string {
  const composed = notPlain.test(text) ? text.split('\n').map(composeLine).join('\n') : text;
  // Only what changes: a space for a space would be made anew for every word.
  const lines = composed.includes('\r') ? composed.replace(/\r\n?/g, '\n') : composed;
  return lines.replace(/[^\S\n]{2,}|[^\S\n ]/g, ' ');
}

/** Nothing composes across a line break, so a line can be left as it is. */
function composeLine(line: string): string {
  if (!notPlain.test(line)) return line;
  return line.replace(marksBeyondReason, '$1').normalize('NFKC').replace(invisible, '');
}

/** One line, lower case, with plain quotes and dashes: for comparing titles, labels and names. */
export function foldText(text: string): string {
  const lower = normalizeText(text).toLowerCase();
  return withPlainMarks(lower)
    .replace(/\s{2,}|[^\S ]/g, ' ')
    .trim();
}

function withPlainMarks(text: string): string {
  if (isAscii(text)) return text.replaceAll('`', "'");
  return text
    .replace(/[\u2018\u2019\u201A\u201B\u02BC\u0060\u00B4\u2032]/g, "'")
    .replace(/[\u201C-\u201F\u00AB\u00BB]/g, '"')
    .replace(/[\u2010-\u2015\u2212]/g, '-');
}

/** `foldText` without diacritics: `Présenté` and `presente` are one. */
export function foldDiacritics(text: string): string {
  const folded = foldText(text);
  if (isAscii(folded)) return folded;
  return folded
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .normalize('NFC');
}

// Where the digits of a script begin; full-width ones are folded by NFKC already.
const zeros = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0];

/** Arabic-Indic, Persian, Thai and other digits as 0 to 9. */
export function asciiDigits(text: string): string {
  if (isAscii(text)) return text;
  return text.replace(/(?![0-9])\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    const zero = zeros.find((first) => code >= first && code < first + 10);
    return zero === undefined ? digit : String(code - zero);
  });
}

/** A value from a mail as it may be shown: one line, no control or direction characters, cut. */
export function shown(text: string, charsMax: number): string {
  const line = text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(invisible, '')
    .trim();
  return line.length <= charsMax ? line : `${line.slice(0, charsMax - 1)}…`;
}
