/**
 * What the lines above a forwarded message mean: labels of its header block, the separator above it,
 * the prefixes of its subject. Look-ups over the words of `forward-languages.ts` and
 * `forward-separators.ts`, in every language at once.
 *
 * It never decides: a label may mean two fields in two languages, and who reads the block chooses.
 */
import { type LanguageLabels, languageLabels } from './forward-languages.ts';
import { type LanguageSeparators, languageSeparators } from './forward-separators.ts';
import { foldDiacritics, foldText } from './normalize.ts';
import { remembering } from './remembering.ts';

/** Labels are the same few in all mails, and every stage asks for the subject of a mail. */
const remembered = { entriesMax: 500, charsMax: 300 };

/**
 * `other` is a line of the block that says nothing wanted (importance, attachments, organization). It
 * may stand in a block more than once, and after a blank line it belongs to the body.
 */
const blockFields = [
  'from',
  'to',
  'cc',
  'bcc',
  'subject',
  'date',
  'reply-to',
  'other',
  'organization',
] as const;
export type BlockField = (typeof blockFields)[number];

const keyOfField = { 'reply-to': 'replyTo' } as const;

/** The languages whose words are known, by BCP 47 tag. */
export const forwardLanguages: readonly string[] = Object.keys(languageLabels);

export interface Label {
  readonly field: BlockField;
  /** Those that spell it so; where none does, those that do without diacritics. */
  readonly languages: readonly string[];
}

const labels: ReadonlyMap<string, readonly Label[]> = buildLabels();
/** Language, field and word with its diacritics. */
const spellings: ReadonlySet<string> = buildSpellings();

/** Length of the longest label, in characters: a colon further on ends no label. */
export const labelCharsMax: number = Math.max(
  ...Object.values(languageLabels).flatMap((fields) =>
    Object.values<string>({ ...fields }).flatMap((list) =>
      wordsOf(list).map(({ length }) => length),
    ),
  ),
);

function buildLabels(): Map<string, Label[]> {
  const map = new Map<string, Map<BlockField, string[]>>();
  for (const [language, fields] of Object.entries(languageLabels)) {
    for (const field of blockFields) {
      for (const word of foldedWords(labelsOfField(fields, field))) {
        const byField = map.get(word) ?? new Map<BlockField, string[]>();
        byField.set(field, [...new Set([...(byField.get(field) ?? []), language])]);
        map.set(word, byField);
      }
    }
  }
  return new Map(
    [...map].map(([word, byField]) => [
      word,
      blockFields.flatMap((field) => {
        const languages = byField.get(field);
        return languages === undefined ? [] : [{ field, languages }];
      }),
    ]),
  );
}

function buildSpellings(): Set<string> {
  return new Set(
    Object.entries(languageLabels).flatMap(([language, fields]) =>
      blockFields.flatMap((field) =>
        wordsOf(labelsOfField(fields, field)).map((word) =>
          spellingKey(language, field, foldText(word)),
        ),
      ),
    ),
  );
}

function spellingKey(language: string, field: BlockField, spelling: string): string {
  return `${language} ${field} ${spelling}`;
}

function labelsOfField(fields: LanguageLabels, field: BlockField): string | undefined {
  return fields[field === 'reply-to' ? keyOfField[field] : field];
}

function wordsOf(list: string | undefined): string[] {
  return (list ?? '').split('|').flatMap((word) => (word.trim() === '' ? [] : [word.trim()]));
}

function foldedWords(list: string | undefined): string[] {
  return wordsOf(list).map(fold);
}

/** Turkish writes I without a dot where others write one: `ILT` and `İLT` are one. */
function fold(text: string): string {
  // Nearly every line of most mails is ASCII, and folding the rest costs ten times as much.
  if (/^[\x20-\x5F\x61-\x7E]*$/.test(text)) return text.toLowerCase().replace(/ +/g, ' ').trim();
  return foldDiacritics(text).replaceAll('ı', 'i');
}

/**
 * What a label may mean; empty when it is none. `label` as written, without its colon. Ordered as
 * `blockFields`: `other` comes last, so that a second `Sender` after `From` is skipped.
 */
export const labelsFor: (label: string) => readonly Label[] = remembering(readLabel, remembered);

function readLabel(label: string): readonly Label[] {
  const known = label.length > 3 * labelCharsMax ? undefined : labels.get(fold(label));
  if (known === undefined) return [];
  const spelling = foldText(label);
  return known.map(({ field, languages }) => {
    const exact = languages.filter((tag) => spellings.has(spellingKey(tag, field, spelling)));
    return { field, languages: exact.length === 0 ? languages : exact };
  });
}

function separatorWords(key: keyof LanguageSeparators): string[] {
  return [
    ...new Set(
      Object.values(languageSeparators).flatMap((separators) => foldedWords(separators[key])),
    ),
  ];
}

const forwardedWords = separatorWords('forwarded');
const forwardedSet: ReadonlySet<string> = new Set(forwardedWords);
const beginForwardedWords: ReadonlySet<string> = new Set(separatorWords('beginForwarded'));
const originalMessageWords: ReadonlySet<string> = new Set(separatorWords('originalMessage'));

const separatorKinds = ['forwarded', 'begin-forwarded', 'original-message', 'rule'] as const;
/** `rule`: the underscores or long dashes of Outlook on the web, which replies carry as well. */
export type SeparatorKind = (typeof separatorKinds)[number];

/** Dashes as clients draw them: ASCII, Unicode (ProtonMail: U+2010), box drawing (Evolution). */
const ruleChars = '-=_~*#\\u2010-\\u2015\\u2212\\u2500\\u2501\\u2550\\uFF0D\\uFF1D\\uFF3F';
const ruleBefore = new RegExp(`^[${ruleChars}][${ruleChars}\\s]*`, 'u');
const ruleInside = new RegExp(`[${ruleChars}]{2}`, 'u');

/** Whether a line stands above forwarded messages, and which kind it is. */
export function separatorOf(line: string): SeparatorKind | undefined {
  const text = line
    .slice(0, 200)
    .replace(/^[>|\s*\uFEFF\u200E\u200F\u202A-\u202E\u2066-\u2069]+/, '')
    .trimEnd();
  if (text.length < 4) return undefined;
  if (/^(?:_{20,}|[\u2012-\u2015]{20,})$/.test(text)) return 'rule';
  const before = ruleBefore.exec(text)?.[0] ?? '';
  const isRuled = before.replace(/\s+/g, '').length >= 2;
  return isRuled ? ruledSeparator(text.slice(before.length)) : bareSeparator(text);
}

/** `Forwarded message ---------`, `Forwarded by Anna on …`: what stands behind a rule. */
function ruledSeparator(rest: string): SeparatorKind | undefined {
  const end = rest.search(ruleInside);
  const words = fold(end < 0 ? rest : rest.slice(0, end)).replace(/[\s:]+$/, '');
  if (originalMessageWords.has(words)) return 'original-message';
  if (beginForwardedWords.has(words)) return 'forwarded';
  return forwardedWords.some((word) => beginsWithWords(words, word)) ? 'forwarded' : undefined;
}

/** Whether a text begins with whole words; scripts without spaces have no other. */
function beginsWithWords(text: string, words: string): boolean {
  if (!text.startsWith(words)) return false;
  const next = text.charAt(words.length);
  return next === '' || !/[\p{L}\p{N}]/u.test(next) || isUnspaced(next);
}

function isUnspaced(char: string): boolean {
  return /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}]/u.test(char);
}

/** Longer than the words of any language, decomposed, with spaces before the colon. */
const bareCharsMax = 100;

/** Apple Mail writes `Begin forwarded message:`, MailMate `Forwarded message:`, without a rule. */
function bareSeparator(text: string): SeparatorKind | undefined {
  if (text.length > bareCharsMax) return undefined;
  const hasColon = /[:：]\**$/.test(text);
  const words = fold(text.replace(/[\s:：*]+$/, ''));
  // One word alone without its colon may be anything: `Başlangıç`.
  const isPhrase = words.includes(' ') || (words.length > 5 && isUnspaced(words.charAt(0)));
  if (beginForwardedWords.has(words) && (hasColon || isPhrase)) return 'begin-forwarded';
  return hasColon && forwardedSet.has(words) ? 'forwarded' : undefined;
}

const forwardPrefixes = prefixWords('forwardPrefixes');
const replyPrefixes = prefixWords('replyPrefixes');
/** Longest prefix as written, with its count and spaces: a colon further on ends no prefix. */
const prefixCharsMax = 40;

function prefixWords(key: 'forwardPrefixes' | 'replyPrefixes'): ReadonlySet<string> {
  return new Set(separatorWords(key));
}

export interface SubjectPrefixes {
  /** The subject without prefixes and gateway tags. */
  readonly base: string;
  /** Both are true where a prefix means either: `VS:`, a forward in Danish, an answer in Finnish. */
  readonly forwarded: boolean;
  readonly replied: boolean;
  /** What the last hand that touched the mail did: its outermost prefix. */
  readonly first?: 'forwarded' | 'replied' | 'either';
}

interface Stripped {
  readonly rest: string;
  readonly forwarded: boolean;
  readonly replied: boolean;
}

/** Takes `[EXTERNAL]`, `RE:`, `WG:` and the like off. RFC 5256 §2.1 (base subject), widened. */
export const stripSubjectPrefixes: (subject: string) => SubjectPrefixes = remembering(
  readPrefixes,
  remembered,
);

function readPrefixes(subject: string): SubjectPrefixes {
  let base = subject
    .slice(0, 1_000)
    .replace(/[\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF\u00AD]/g, '')
    .trim();
  let forwarded = false;
  let replied = false;
  let first: SubjectPrefixes['first'];
  for (let round = 0; round < 20; round += 1) {
    const found = stripBracketed(base) ?? stripTag(base) ?? stripPrefix(base);
    if (found === undefined) break;
    first ??= meaningOf(found);
    forwarded ||= found.forwarded;
    replied ||= found.replied;
    base = found.rest;
  }
  return { base: base.trim(), forwarded, replied, ...(first === undefined ? {} : { first }) };
}

function meaningOf({ forwarded, replied }: Stripped): SubjectPrefixes['first'] {
  if (forwarded) return replied ? 'either' : 'forwarded';
  return replied ? 'replied' : undefined;
}

/** RFC 5256 §2.1: `[Fwd: Subject]` and `Subject (fwd)`, as mailers of the nineties wrote. */
function stripBracketed(base: string): Stripped | undefined {
  const found = { forwarded: true, replied: false };
  if (/^\[\s?fwd?\s?:/i.test(base) && base.endsWith(']')) {
    return { ...found, rest: base.slice(base.indexOf(':') + 1, -1).trim() };
  }
  if (!base.toLowerCase().endsWith('(fwd)') || base.length < 7) return undefined;
  return { ...found, rest: base.slice(0, -5).trimEnd() };
}

/** `[EXTERNAL]`, `【社外】`, `(secure)`, `*EXTERN*`: what a gateway writes; never a whole subject. */
function stripTag(base: string): Stripped | undefined {
  const tag =
    /^[[({<【（［]\s?([\p{L}\p{M}\p{N} :!?._*/+&'-]{1,30})[\])}>】）］]\s?:?\s*/u.exec(base) ??
    /^\*{1,3}\s?([\p{L}\p{M} ]{1,20})\*{1,3}\s?:?\s*/u.exec(base) ??
    /^((?:external|externe?|externo|esterno|ext)(?: (?:e-?mail|mail|sender))?)\s?[:：]\s*/i.exec(
      base,
    );
  if (tag === null || tag[0].length >= base.length) return undefined;
  const word = fold(tag[1] ?? '').replace(/[\s:]+$/, '');
  return {
    rest: base.slice(tag[0].length),
    forwarded: forwardPrefixes.has(word),
    replied: replyPrefixes.has(word),
  };
}

function stripPrefix(base: string): Stripped | undefined {
  const head = base.slice(0, prefixCharsMax);
  const colon = head.search(/[:：︰﹕]/);
  if (colon < 1) return undefined;
  const word = prefixWord(head.slice(0, colon));
  const [forwarded, replied] = [forwardPrefixes.has(word), replyPrefixes.has(word)];
  return forwarded || replied
    ? { rest: base.slice(colon + 1).trimStart(), forwarded, replied }
    : undefined;
}

/** `RE[2]`, `FW (3)`, `Re^2`, `Redir.` without their counts and dots. */
function prefixWord(head: string): string {
  return fold(head)
    .replace(/\s?(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3}|\d{1,2})$/, '')
    .replace(/\.$/, '')
    .trim();
}
