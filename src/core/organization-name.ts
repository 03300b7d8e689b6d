/**
 * Names of organisations, made comparable: without case, diacritics, width, punctuation and legal form; and how
 * much alike two of them are.
 *
 * A name is the weakest of witnesses: many organisations share one, and one writes its own in many ways.
 */
import { nameCharsMax } from './limits.ts';
import { foldDiacritics } from './normalize.ts';

/** Legal forms as words of a folded name. */
const legalForms = new Set(
  (
    'ab ag aps as asa bhd bt bv bvba co company corp corporation cv cvba doo dd e ek eg eingetragen ehf eood ev eurl ' +
    'foundation gbr gesmbh gmbh group gruppe hf holding ik inc incorporated jsc kb kda kft kg kgaa kk ks lda limited ' +
    'llc llp lp ltd ltda mbh nuf nv nyrt ohg ood oy oyj ou plc pte pty pvt rt sa sagl sarl sas sasu sc sca scop sdn ' +
    'se sia sl sll slu snc soc societa societe sp spa spk spol spolka spzoo srl srls sro stiftung sti the u ug uab ' +
    'und vof vzw zoo oo zrt z'
  ).split(' '),
);

/** Those of East Asia stand before or behind the name without a space. */
const joinedLegalForms =
  /株式会社|有限会社|合同会社|有限责任公司|股份有限公司|有限公司|주식회사|유한회사|[(（](?:株|有|주)[)）]/gu;

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

/** A name as it is compared: `Müller & Søhne GmbH` -> `muller sohne`. What is nothing but a legal form stays. */
export function normalizeOrganization(name: string): string {
  const folded = foldDiacritics(name.slice(0, nameCharsMax).replace(joinedLegalForms, ' '))
    .replace(/[ßæœøđðłıþ]/g, (letter) => letters[letter] ?? letter)
    .split(' ')
    .map((word) => (isDotted(word) ? word.replaceAll(/[./]/g, '') : word))
    .join(' ')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  const words = folded.split(' ');
  const kept = words.filter((word) => word !== '' && !legalForms.has(word));
  return (kept.length > 0 ? kept : words).join(' ');
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
    const letters = [...`  ${word} `];
    for (let at = 0; at + 3 <= letters.length; at += 1)
      found.add(letters.slice(at, at + 3).join(''));
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
