/**
 * Recognises which of the originals is a notice, of which family, and how surely.
 *
 * A score from named features, each of them in the evidence. What speaks against a mail being genuine
 * is not in the score: an imitation is recognised as an imitation of its family (`genuineness.ts`).
 * An article that quotes a title, or a customer who asks in own words, is no notice: only the subject
 * of an original counts.
 */
import { domainOf, isWithinDomain } from './address.ts';
import { stripSubjectPrefixes } from './forward-labels.ts';
import { shownCharsMax } from './limits.ts';
import { hostOf } from './links.ts';
import type { Evidence, Original } from './mail.ts';
import { foldText, shown } from './normalize.ts';
import type { NoticeCatalog, NoticeFamily } from './notice.ts';

export interface Classified {
  readonly original: Original;
  readonly family: NoticeFamily;
  /** 0 to 1. */
  readonly confidence: number;
}

export interface Classification {
  /** The notice; absent when nothing reaches the threshold for review. */
  readonly notice?: Classified;
  /** Other originals of the mail that are notices of the same family. */
  readonly others: readonly Classified[];
  /** Whether the subject of the mail itself is a title, whatever is inside. */
  readonly titleOutside: boolean;
  readonly evidence: readonly Evidence[];
}

/** Weights of the features. Verified title and Microsoft's address together reach the reply threshold. */
const weights = {
  'title-verified': 0.6,
  'title-unverified': 0.45,
  'title-contained': 0.5,
  'title-outside': 0.4,
  concepts: 0.45,
  'sender-microsoft': 0.25,
  'label-each': 0.05,
  'link-genuine': 0.1,
  wording: 0.05,
} as const;

/** Without a listed title nothing is sure enough to be answered. */
const conceptsConfidenceMax = 0.75;

export interface ClassifyInput {
  readonly originals: readonly Original[];
  readonly outerSubject: string;
  readonly catalog: NoticeCatalog;
  readonly reviewThreshold: number;
}

export function classify(input: ClassifyInput): Classification {
  const { catalog } = input;
  const evidence: Evidence[] = [];
  const outer = stripSubjectPrefixes(input.outerSubject);
  const candidates = input.originals
    .filter(
      (original) =>
        original.how === 'inline' ||
        original.how === 'attachment' ||
        isFromMicrosoft(original, catalog),
    )
    .flatMap((original) =>
      catalog.families.map((family) => scoreFamily(original, family, outer.base, catalog)),
    )
    .filter((scored) => scored.confidence >= input.reviewThreshold)
    // The surest first; of equals the innermost, which is what Microsoft wrote.
    .sort((a, b) => b.confidence - a.confidence || b.original.depth - a.original.depth);
  const best = candidates[0];
  const titleOutside = catalog.families.some(
    (family) => family.action === 'reply' && titleFeature(outer.base, family) !== undefined,
  );
  if (best === undefined) {
    evidence.push({
      stage: 'classify',
      code: 'no-notice',
      detail: 'no original has the title of a known notice',
    });
  } else {
    for (const feature of best.features) evidence.push({ stage: 'classify', ...feature });
    evidence.push({
      stage: 'classify',
      code: best.family.id,
      detail: `confidence ${best.confidence.toFixed(2)}, depth ${best.original.depth}, ${best.original.how}`,
    });
  }
  const others = candidates.filter(
    (other) =>
      other !== best && other.family.id === best?.family.id && other.original !== best.original,
  );
  return { ...(best === undefined ? {} : { notice: best }), others, titleOutside, evidence };
}

interface Feature {
  readonly code: string;
  readonly detail: string;
}

function scoreFamily(
  original: Original,
  family: NoticeFamily,
  outerBase: string,
  catalog: NoticeCatalog,
): Classified & { readonly features: readonly Feature[] } {
  const nothing = { original, family, confidence: 0, features: [] };
  const title = titleOf(original, family, outerBase);
  if (title === undefined) return nothing;
  const features: Feature[] = [title];
  let score: number = weights[title.code];
  const fromMicrosoft = isFromMicrosoft(original, catalog);
  if (fromMicrosoft) {
    score += weights['sender-microsoft'];
    features.push({ code: 'sender-microsoft', detail: original.from?.address ?? '' });
  }
  // A sibling is known only by words that other senders use too.
  if (title.code === 'concepts' && !fromMicrosoft && family.action !== 'reply') return nothing;
  const text = foldText(original.text.slice(0, 200_000));
  const labels = labelsIn(original.text, catalog);
  if (labels.length > 0) {
    score += Math.min(3, labels.length) * weights['label-each'];
    features.push({ code: 'labels', detail: labels.join(', ') });
  }
  const link = original.links.find(({ href }) =>
    catalog.linkHosts.some((host) => isWithinDomain(hostOf(href) ?? '', host)),
  );
  if (link !== undefined) {
    score += weights['link-genuine'];
    features.push({ code: 'link-genuine', detail: hostOf(link.href) ?? '' });
  }
  const wording = catalog.wording.find((words) => text.includes(foldText(words)));
  if (wording !== undefined) {
    score += weights.wording;
    features.push({ code: 'wording', detail: wording });
  }
  const bounded =
    title.code === 'concepts' ? Math.min(score, conceptsConfidenceMax) : Math.min(score, 1);
  return {
    original,
    family,
    confidence: Math.round(bounded * 100) / 100,
    features: features.map(({ code, detail }) => ({ code, detail: shown(detail, shownCharsMax) })),
  };
}

type TitleCode =
  | 'title-verified'
  | 'title-unverified'
  | 'title-contained'
  | 'title-outside'
  | 'concepts';

/** The original's own subject; only where a client writes none, the subject of the mail. */
function titleOf(
  original: Original,
  family: NoticeFamily,
  outerBase: string,
): { readonly code: TitleCode; readonly detail: string } | undefined {
  if (original.subject !== undefined) {
    const own = stripSubjectPrefixes(original.subject);
    // `RE:` or `FW:` inside: somebody's mail about the notice, not the notice.
    if (original.depth > 0 && (own.forwarded || own.replied)) return undefined;
    return titleFeature(own.base, family);
  }
  const outside = titleFeature(outerBase, family);
  return outside === undefined ? undefined : { code: 'title-outside', detail: outside.detail };
}

function titleFeature(
  subject: string,
  family: NoticeFamily,
): { readonly code: TitleCode; readonly detail: string } | undefined {
  const written = canonicalTitle(subject);
  if (written === '') return undefined;
  for (const title of family.titles) {
    if (canonicalTitle(title.text) === written) {
      return { code: title.verified ? 'title-verified' : 'title-unverified', detail: title.text };
    }
  }
  for (const title of family.titles) {
    const known = canonicalTitle(title.text);
    if (title.verified && written.includes(known) && written.length <= known.length + 40) {
      return { code: 'title-contained', detail: subject };
    }
  }
  const folded = foldText(subject);
  const hit = family.concepts.every((group) =>
    group.some((word) => hasWords(folded, foldText(word))),
  );
  return hit && family.concepts.length > 0 && folded.length <= 200
    ? { code: 'concepts', detail: subject }
    : undefined;
}

/** Spellings that partners and clients use for the same title: O365, straight quotes, `You are`. */
function canonicalTitle(subject: string): string {
  return foldText(subject)
    .replaceAll("you're", 'you are')
    .replaceAll(/\b(?:o365|m365|office365|microsoft office 365)\b/g, 'office 365')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function hasWords(text: string, words: string): boolean {
  const at = text.indexOf(words);
  if (at < 0) return false;
  const isLetter = (char: string | undefined): boolean =>
    char !== undefined && /[\p{L}\p{N}]/u.test(char);
  return !isLetter(text[at - 1]) && !isLetter(text[at + words.length]);
}

/** Microsoft by the address that was typed or carried. It proves nothing. */
export function isFromMicrosoft(original: Original, catalog: NoticeCatalog): boolean {
  const address = original.from?.address;
  return (
    address !== undefined &&
    catalog.senderDomains.some((domain) => isWithinDomain(domainOf(address), domain))
  );
}

function labelsIn(text: string, catalog: NoticeCatalog): string[] {
  const lines = text.slice(0, 200_000).split('\n');
  const starts = new Set(
    lines.flatMap((line) => {
      const colon = line.slice(0, 80).search(/[:：]/);
      return colon < 0 ? [] : [foldText(line.slice(0, colon)).replace(/^[>*|\s]+|[*\s]+$/g, '')];
    }),
  );
  return Object.entries(catalog.labels)
    .filter(([, words]) => words.some((word) => starts.has(foldText(word))))
    .map(([label]) => label);
}
