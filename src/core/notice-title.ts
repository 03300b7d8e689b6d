/**
 * Whether a subject is the title of a family of notices, in the spellings that partners and clients use.
 *
 * Loose in what says the same (quotes, dashes, `You are`, O365, the plan behind the product), strict in
 * everything else: an article that quotes a title is one that has more to say than the title.
 */
import { foldedConcepts } from './folded-catalog.ts';
import { foldText, isAscii } from './normalize.ts';
import type { NoticeFamily, NoticeTitle } from './notice.ts';
import { remembering } from './remembering.ts';

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
  const { written, folded } = readTitle(subject);
  if (written === '') return undefined;
  const { titles } = knownTitles(family);
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
  return hasConcepts(folded, family) ? { code: 'concepts', detail: subject } : undefined;
}

/** Whether a line is one of the family's titles and nothing else, quotation marks around it aside. */
export function isListedTitle(line: string, family: NoticeFamily): boolean {
  if (line.length > subjectCharsMax) return false;
  const { spellings, asciiWords } = knownTitles(family);
  if (isAscii(line) && !asciiWords.test(line)) return false;
  return spellings.has(readTitle(line).written);
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

interface KnownTitles {
  readonly titles: readonly CanonicalTitle[];
  readonly spellings: ReadonlySet<string>;
  /** Finds a word of each title in ASCII: a line of ASCII without any of them is no title. */
  readonly asciiWords: RegExp;
}

const knownByFamily = new WeakMap<NoticeFamily, KnownTitles>();

function knownTitles(family: NoticeFamily): KnownTitles {
  const known = knownByFamily.get(family);
  if (known !== undefined) return known;
  const titles = family.titles.map((title) => ({ title, known: canonicalTitle(title.text) }));
  const made = {
    titles,
    spellings: new Set(titles.map((title) => title.known)),
    asciiWords: wordsOfEach(titles.map((title) => title.known).filter(isAscii)),
  };
  knownByFamily.set(family, made);
  return made;
}

/** What `canonicalTitle` may write where the line says something else. */
const ownWords = new Set(['office', '365', 'you', 'are']);

/** Matches a text that has the longest word of any of these titles; any text where a title has none of its own. */
function wordsOfEach(titles: readonly string[]): RegExp {
  if (titles.length === 0) return /(?!)/;
  const words = titles.map((title) => {
    const own = title.split(' ').filter((word) => !ownWords.has(word));
    return own.toSorted((a, b) => b.length - a.length)[0] ?? '';
  });
  return new RegExp([...new Set(words)].join('|'), 'i');
}

interface ReadTitle {
  readonly written: string;
  readonly folded: string;
}

/** Every family is compared with the same few subjects. */
const readTitle = remembering(
  (subject: string): ReadTitle => ({ written: canonicalTitle(subject), folded: foldText(subject) }),
  { entriesMax: 50, charsMax: subjectCharsMax },
);

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

function hasConcepts(folded: string, family: NoticeFamily): boolean {
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
