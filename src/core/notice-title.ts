/**
 * Whether a subject is the title of a family of notices, in the spellings that partners and clients use.
 *
 * Loose in what says the same (quotes, dashes, `You are`, O365, the plan behind the product), strict in
 * everything else: an article that quotes a title is one that has more to say than the title.
 */
import { foldedConcepts } from './folded-catalog.ts';
import { foldText } from './normalize.ts';
import type { NoticeFamily, NoticeTitle } from './notice.ts';

export type TitleCode =
  | 'title-verified'
  | 'title-unverified'
  | 'title-tagged'
  | 'title-quoted'
  | 'concepts';

export interface TitleMatch {
  readonly code: TitleCode;
  readonly detail: string;
}

/** A subject beyond this is none of Microsoft's: its longest have some 120. */
const subjectCharsMax = 250;

/** How much an article or a sentence says around a title. */
const quotedExtraCharsMax = 120;

/** How a subject matches a family: by a listed title, by one with a tag or within more words, by its concepts. */
export function matchTitle(subject: string, family: NoticeFamily): TitleMatch | undefined {
  // Some characters stand for eighteen.
  if (subject.length > subjectCharsMax || subject.normalize('NFKC').length > subjectCharsMax)
    return undefined;
  const written = canonicalTitle(subject);
  if (written === '') return undefined;
  const titles = canonicalTitles(family);
  const listed = titles.find(({ known }) => known === written)?.title;
  if (listed !== undefined)
    return { code: listed.verified ? 'title-verified' : 'title-unverified', detail: listed.text };
  for (const { title, known } of titles) {
    const at = written.indexOf(known);
    if (at < 0 || written.length > known.length + quotedExtraCharsMax) continue;
    const around = `${written.slice(0, at)}|${written.slice(at + known.length)}`;
    const isTag = title.verified && tag.test(around);
    return { code: isTag ? 'title-tagged' : 'title-quoted', detail: subject };
  }
  return hasConcepts(subject, family) ? { code: 'concepts', detail: subject } : undefined;
}

/** Whether a line is one of the family's titles and nothing else, quotation marks around it aside. */
export function isListedTitle(line: string, family: NoticeFamily): boolean {
  if (line.length > subjectCharsMax) return false;
  const written = canonicalTitle(line);
  return canonicalTitles(family).some(({ known }) => known === written);
}

/** What Microsoft or a gateway sets before a title or behind it; anything else is somebody's own words. */
const tag =
  /^(?:(?:reminder|final reminder|action required|action needed|important|urgent|attention|notice|final notice|last notice|warning|external|extern|ext|spam|suspected spam|erinnerung|rappel|recordatorio|promemoria|lembrete|herinnering|\d{1,2}) )*\|$/;

/** Names of the product, its old ones included, with the plan that stands behind it in some mails. */
const product =
  /\b(?:microsoft |ms )?(?:office ?365|o ?365|m ?365|microsoft ?365)(?: (?:business|premium|standard|basic|essentials|enterprise|proplus|apps|for|midsize|small|education|government|nonprofit|plan|[efpag][1-5]|frontline))*(?![\p{L}\p{N}])/gu;

interface CanonicalTitle {
  readonly title: NoticeTitle;
  readonly known: string;
}

const canonical = new WeakMap<NoticeFamily, readonly CanonicalTitle[]>();

function canonicalTitles(family: NoticeFamily): readonly CanonicalTitle[] {
  const made =
    canonical.get(family) ??
    family.titles.map((title) => ({ title, known: canonicalTitle(title.text) }));
  canonical.set(family, made);
  return made;
}

/** One spelling for what is written in many: letters and digits only, one name for the product. */
export function canonicalTitle(subject: string): string {
  return (
    foldText(subject)
      // `´` alone, as NFKC leaves it.
      .replaceAll(' \u0301', "'")
      .replaceAll(/\byou ?['´`]? ?re\b/g, 'you are')
      .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
      .replaceAll(product, 'office 365')
      .replaceAll(/ +/g, ' ')
      .trim()
  );
}

function hasConcepts(subject: string, family: NoticeFamily): boolean {
  const folded = foldText(subject);
  return (
    family.concepts.length > 0 &&
    foldedConcepts(family).every((group) => group.some((word) => hasWords(folded, word)))
  );
}

/** Scripts that set no spaces between words. */
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}]/u;

/** Whether a text has these words as whole words, wherever the script tells where a word ends. */
export function hasWords(text: string, words: string): boolean {
  if (words === '') return false;
  const isPart = (char: string | undefined, edge: string | undefined): boolean =>
    char !== undefined && /[\p{L}\p{M}\p{N}]/u.test(char) && !unspaced.test(edge ?? '');
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + words.length)) {
    const end = at + words.length;
    if (!isPart(text[at - 1], words[0]) && !isPart(text[end], words.at(-1))) return true;
  }
  return false;
}
