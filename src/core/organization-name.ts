/**
 * Names of organisations, made comparable: without case, diacritics, width, punctuation and legal form; and how
 * much alike two of them are.
 *
 * A name is the weakest of witnesses: many organisations share one, and one writes its own in many ways.
 */
import { nameCharsMax } from './limits.ts';
import { foldDiacritics, isAscii } from './normalize.ts';

/** Legal forms that stand before or behind a name of East Asia without a space, short ones in brackets. */
const joinedLegalForms =
  /株式会社|有限会社|合同会社|有限责任公司|股份有限公司|有限公司|주식회사|유한회사|[(（](?:株|有|주)[)）]/gu;

/** Legal forms as words of a folded name. */
const legalForms = new Set(
  (
    'ab ag aps as asa bhd bt bv bvba co company corp corporation cv cvba doo dd e ek eg eingetragen ehf eood ev eurl ' +
    'gbr gesmbh gmbh hf ik inc incorporated jsc kb kda kft kg kgaa kk ks lda limited ' +
    'llc llp lp ltd ltda mbh nuf nv nyrt ohg ood oy oyj ou plc pte pty pvt rt sa sagl sarl sas sasu sc sca scop sdn ' +
    'se sia sl sll slu snc soc societa societe sp spa spk spol spolka spzoo srl srls sro sti the u ug uab ' +
    'und vof vzw zoo oo zrt z ' +
    '株式会社 有限会社 合同会社 有限责任公司 股份有限公司 有限公司 주식회사 유한회사 株 有 주'
  ).split(' '),
);

/** Letters with a stroke or a ligature, which Unicode does not take apart. */
const letters: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  ı: 'i',
  þ: 'th',
};

/**
 * A name as it is compared: `Müller & Søhne GmbH` -> `muller sohne`. What is nothing but a legal form stays.
 *
 * `Holding`, `Group` and `Stiftung` are no legal forms: they tell one company of a family from another.
 */
export function normalizeOrganization(name: string): string {
  const words = wordsOf(name);
  const kept = words.filter((word) => !legalForms.has(word));
  return (kept.length > 0 ? kept : words).join(' ');
}

/** The same with its legal form: `Contoso GmbH` and `Contoso KG` are two. */
export function fullOrganizationName(name: string): string {
  return wordsOf(name).join(' ');
}

function wordsOf(name: string): readonly string[] {
  return foldDiacritics(name.slice(0, nameCharsMax).replace(joinedLegalForms, ' $& '))
    .replace(/[ßæœøđðłıþ]/g, (letter) => letters[letter] ?? letter)
    .split(' ')
    .map((word) => (isDotted(word) ? word.replaceAll(/[./]/g, '') : word))
    .join(' ')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** Words that half of all organisations have: sharing one says nothing. */
const commonWords = new Set(
  (
    'associates austria business center centre co com company consult consulting deutschland digital enterprises europe ' +
    'france germany global group gruppe holding industries information international italia management media net office ' +
    'online partner partners schweiz service services software solution solutions stiftung support system systems team ' +
    'tech technologies technology trade trading'
  ).split(' '),
);

/** The words of a name that tell it from others, without what is common or too short to tell. */
function tellingWords(name: string): readonly string[] {
  return normalizeOrganization(name)
    .split(' ')
    .filter((word) => [...word].length > (isWithoutSpaces(word) ? 1 : 2) && !commonWords.has(word));
}

/** Scripts that put no spaces between words; two of their signs say as much as a word. */
function isWithoutSpaces(word: string): boolean {
  return /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+$/u.test(word);
}

/**
 * Whether a name has a telling word in common with another, or stands in one of the labels of domains: `Northwind
 * Intl` and northwindtraders.example. Parts of words and what every name has (`services`) do not count. True where
 * the name has no telling word: then it denies nothing.
 */
export function sharesTellingWord(
  name: string,
  other: { readonly name: string; readonly labels: readonly string[] },
): boolean {
  const asked = tellingWords(name);
  const known = tellingWords(other.name);
  if (asked.length === 0) return true;
  const joined = asked.join('');
  return (
    asked.some((word) => known.some((one) => isSameWord(word, one))) ||
    other.labels.some(
      (label) => label === joined || asked.some((word) => isIn(word, label)) || isIn(label, joined),
    )
  );
}

function isSameWord(a: string, b: string): boolean {
  if (a === b) return true;
  return isWithoutSpaces(a) && isWithoutSpaces(b) && (a.includes(b) || b.includes(a));
}

/** Long enough that it stands there on purpose. */
function isIn(word: string, text: string): boolean {
  return word.length >= 5 && text.includes(word);
}

/** `d.o.o.`, `s.r.o`, `a/s`: one word, letter by letter. */
function isDotted(word: string): boolean {
  return /^\p{L}(?:[./]\p{L}){1,4}\.?$/u.test(word);
}

/**
 * The trigrams of a normalised name: each word with two spaces before and one behind, as PostgreSQL's pg_trgm
 * makes them, so that store and memory find the same names alike.
 */
function trigramsOf(normalized: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const word of normalized.split(' ')) {
    if (word === '') continue;
    const padded = `  ${word} `;
    const letters = isAscii(padded) ? undefined : [...padded];
    for (let at = 0; at + 3 <= (letters ?? padded).length; at += 1)
      found.add(letters?.slice(at, at + 3).join('') ?? padded.slice(at, at + 3));
  }
  return found;
}

/** From 0 (nothing in common) to 1 (the same trigrams): those they share among all that either has. */
export function nameSimilarity(a: string, b: string): number {
  const [first, second] = [trigramsOf(a), trigramsOf(b)];
  let shared = 0;
  for (const trigram of first) if (second.has(trigram)) shared += 1;
  const all = first.size + second.size - shared;
  return all === 0 ? 0 : shared / all;
}
