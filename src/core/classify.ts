/**
 * Recognises which of the originals is a notice, of which family, and how surely.
 *
 * A score from named features, each of them in the evidence, with what was missing. What speaks against a
 * mail being genuine is not in the score: an imitation is recognised as an imitation of its family
 * (`genuineness.ts`). An article that quotes a title, or a customer who asks in own words, is no notice:
 * only the subject of an original counts.
 */
import { domainOf, isWithinAny } from './address.ts';
import { foldedCatalog } from './folded-catalog.ts';
import { stripSubjectPrefixes } from './forward-labels.ts';
import { searchedCharsMax, shownCharsMax } from './limits.ts';
import { isGenuineHost } from './link-marks.ts';
import { hostOf } from './links.ts';
import type { Evidence, Original } from './mail.ts';
import { foldText, shown } from './normalize.ts';
import type { NoticeCatalog, NoticeFamily } from './notice.ts';
import { isListedTitle, matchTitle, type TitleCode } from './notice-title.ts';

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
  /** Other originals of the mail that are notices of another family, the surest family of each. */
  readonly siblings: readonly Classified[];
  /** Whether the subject of the mail itself is a title, whatever is inside. */
  readonly titleOutside: boolean;
  /** Whether the text of the mail holds a notice that somebody pasted, or whose header block nothing could read. */
  readonly isPasted: boolean;
  readonly evidence: readonly Evidence[];
}

/** Weights of the features. Verified title and Microsoft's address together reach the reply threshold. */
const weights = {
  'title-verified': 0.6,
  'title-tagged': 0.5,
  'title-unverified': 0.45,
  'title-quoted': 0.45,
  concepts: 0.45,
  'title-outside': 0.4,
  'sender-microsoft': 0.25,
  'sender-named': 0.1,
  'label-each': 0.05,
  'link-genuine': 0.1,
  wording: 0.05,
} as const;

/** Without a listed title, or without any trace of the notice's body, nothing is sure enough to be answered. */
const uncertainConfidenceMax = 0.75;

export interface ClassifyInput {
  readonly originals: readonly Original[];
  readonly outerSubject: string;
  readonly catalog: NoticeCatalog;
  readonly reviewThreshold: number;
}

export function classify(input: ClassifyInput): Classification {
  const { catalog } = input;
  const outer = stripSubjectPrefixes(input.outerSubject);
  const candidates = input.originals
    .filter((original) => isInside(original) || isFromMicrosoft(original, catalog))
    .flatMap((original) => scoreOriginal(original, outer.base, catalog))
    .filter((scored) => scored.confidence >= input.reviewThreshold)
    .sort(bySureness);
  const [best, ...rest] = candidates;
  const titleOutside = catalog.families.some(
    (family) => family.action === 'reply' && matchTitle(outer.base, family) !== undefined,
  );
  const elsewhere = rest.filter(({ original }) => original !== best?.original);
  const others = elsewhere.filter(({ family }) => family === best?.family);
  const siblings = elsewhere.filter(
    ({ original, family }, index) =>
      family !== best?.family &&
      elsewhere.findIndex((other) => other.original === original) === index,
  );
  return {
    ...(best === undefined ? {} : { notice: best }),
    others,
    siblings,
    titleOutside,
    isPasted: best === undefined && isPasted(input.originals, catalog),
    evidence: evidenceOf(best, siblings),
  };
}

/** Lines of a text that are compared with titles: a pasted notice stands high up. */
const pastedLinesMax = 2_000;

/**
 * In a mail with nothing inside: a line that is the title and nothing else, or the fields of a notice with a
 * link to Microsoft.
 */
function isPasted([self, ...inside]: readonly Original[], catalog: NoticeCatalog): boolean {
  if (self === undefined || inside.length > 0) return false;
  const text = self.text.slice(0, searchedCharsMax);
  const replied = catalog.families.filter(({ action }) => action === 'reply');
  const hasTitle = text
    .split('\n', pastedLinesMax)
    .some((line) => line.length >= 20 && replied.some((family) => isListedTitle(line, family)));
  if (hasTitle) return true;
  return (
    labelsIn(text, catalog).length >= 3 &&
    self.links.some(({ href }) => isGenuineLink(href, catalog))
  );
}

/** A family that is left alone never hides one that is not; then the surest; of equals the innermost. */
function bySureness(a: Scored, b: Scored): number {
  const isIgnored = ({ family }: Scored): number => (family.action === 'ignore' ? 1 : 0);
  return (
    isIgnored(a) - isIgnored(b) ||
    b.confidence - a.confidence ||
    b.original.depth - a.original.depth
  );
}

function evidenceOf(best: Scored | undefined, siblings: readonly Classified[]): Evidence[] {
  const stage = 'classify';
  if (best === undefined)
    return [{ stage, code: 'no-notice', detail: 'no original has the title of a known notice' }];
  const { family, confidence, original, features, missing } = best;
  const sum = `confidence ${confidence.toFixed(2)}, depth ${original.depth}, ${original.how}`;
  return [
    ...features.map((feature) => ({ stage, ...feature })),
    ...(missing.length === 0 ? [] : [{ stage, code: 'missing', detail: missing.join(', ') }]),
    { stage, code: family.id, detail: sum },
    ...siblings.slice(0, 5).map((sibling) => ({
      stage,
      code: 'sibling',
      detail: shown(`${sibling.family.id}: ${sibling.original.subject ?? ''}`, shownCharsMax),
    })),
  ];
}

interface Feature {
  readonly code: string;
  readonly detail: string;
}

interface Scored extends Classified {
  readonly features: readonly Feature[];
  /** Features that a genuine notice has and this original has not. */
  readonly missing: readonly string[];
}

function scoreOriginal(original: Original, outerBase: string, catalog: NoticeCatalog): Scored[] {
  const titled = catalog.families.flatMap((family) => {
    const title = titleOf(original, family, outerBase);
    return title === undefined ? [] : [{ family, title }];
  });
  if (titled.length === 0) return [];
  const sender = senderFeature(original, catalog);
  const body = bodyFeatures(original, catalog);
  return (
    titled
      // A sibling is known only by words that other senders use too.
      .filter(
        ({ family, title }) =>
          title.code !== 'concepts' || family.action === 'reply' || sender !== undefined,
      )
      .map(({ family, title }) => scored(original, family, [title, ...(sender ?? []), ...body]))
  );
}

type WeighedFeature = Feature & { readonly weight: number };

function scored(
  original: Original,
  family: NoticeFamily,
  features: readonly WeighedFeature[],
): Scored {
  const codes = new Set(features.map(({ code }) => code));
  const sum = features.reduce((total, { weight }) => total + weight, 0);
  const hasBody = ['labels', 'link-genuine', 'wording', 'product'].some((code) => codes.has(code));
  const isListed = !codes.has('concepts') && !codes.has('title-quoted');
  // A translation of ours is believed only beside fields in words that are ours too, or Microsoft's.
  const isBelieved = !codes.has('title-unverified') || codes.has('labels');
  const max = hasBody && isListed && isBelieved ? 1 : uncertainConfidenceMax;
  const expected = ['sender-microsoft', 'labels', 'link-genuine', 'wording'];
  return {
    original,
    family,
    confidence: Math.round(Math.min(sum, max) * 100) / 100,
    features: features.map(({ code, detail }) => ({ code, detail: shown(detail, shownCharsMax) })),
    missing: expected.filter((code) => !codes.has(code)),
  };
}

/** The original's own subject; only where a client writes none, the subject of the mail. */
function titleOf(
  original: Original,
  family: NoticeFamily,
  outerBase: string,
): WeighedFeature | undefined {
  const weighed = (code: TitleCode | 'title-outside', detail: string): WeighedFeature => ({
    code,
    detail,
    weight: weights[code],
  });
  if (original.subject !== undefined) {
    const own = stripSubjectPrefixes(original.subject);
    // `RE:` or `FW:` inside: somebody's mail about the notice, not the notice.
    if (own.replied || (original.depth > 0 && own.forwarded)) return undefined;
    const title = matchTitle(own.base, family);
    return title === undefined ? undefined : weighed(title.code, title.detail);
  }
  const outside = matchTitle(outerBase, family);
  if (outside === undefined) return undefined;
  // The words around a title are the forwarder's here.
  const isListed = outside.code !== 'concepts' && outside.code !== 'title-quoted';
  return weighed(isListed ? 'title-outside' : outside.code, outside.detail);
}

function senderFeature(
  original: Original,
  catalog: NoticeCatalog,
): readonly WeighedFeature[] | undefined {
  const { name, address } = original.from ?? {};
  if (isFromMicrosoft(original, catalog)) {
    const code = 'sender-microsoft';
    return [{ code, detail: address ?? '', weight: weights[code] }];
  }
  // Outlook often writes only the name.
  if (address !== undefined || name === undefined || !/^['"]?microsoft\b/i.test(name.trim()))
    return undefined;
  return [{ code: 'sender-named', detail: name, weight: weights['sender-named'] }];
}

function bodyFeatures(original: Original, catalog: NoticeCatalog): WeighedFeature[] {
  const features: WeighedFeature[] = [];
  const text = original.text.slice(0, searchedCharsMax);
  const labels = labelsIn(text, catalog);
  if (labels.length > 0) {
    const weight = Math.min(3, labels.length) * weights['label-each'];
    features.push({ code: 'labels', detail: labels.join(', '), weight });
  }
  const link = original.links.find(({ href }) => isGenuineLink(href, catalog));
  if (link !== undefined) {
    const code = 'link-genuine';
    features.push({ code, detail: hostOf(link.href) ?? '', weight: weights[code] });
  }
  const folded = foldText(text);
  const wording = foldedCatalog(catalog).wording.find((words) => folded.includes(words));
  if (wording !== undefined)
    features.push({ code: 'wording', detail: wording, weight: weights.wording });
  const named = aboutSubscription.test(folded) ? productName.exec(folded)?.[0] : undefined;
  if (named !== undefined) features.push({ code: 'product', detail: named, weight: 0 });
  return features;
}

/** Says no more than that the body is about it: too common to weigh, too telling to be missing. */
const aboutSubscription =
  /subscri|abonnement|suscripci|assinatura|abbonament|sottoscri|prenumer|tilau|subskryp|predplat|abonelik|подписк|订阅|訂閱|サブスクリプション|구독/;
const productName = /\b(?:office|microsoft) 365\b/;

function isGenuineLink(href: string, catalog: NoticeCatalog): boolean {
  return isGenuineHost(hostOf(href) ?? '', catalog);
}

/** Whether an original was passed on inside a mail, rather than being the mail itself. */
export function isInside({ how }: Original): boolean {
  return how === 'inline' || how === 'attachment';
}

/** Microsoft by the address that was typed or carried. It proves nothing. */
export function isFromMicrosoft(original: Original, catalog: NoticeCatalog): boolean {
  const address = original.from?.address;
  return address !== undefined && isWithinAny(domainOf(address), catalog.senderDomains);
}

function labelsIn(text: string, catalog: NoticeCatalog): string[] {
  const { labels } = foldedCatalog(catalog);
  const found = text.split('\n').flatMap((line) => {
    const colon = line.slice(0, 80).search(/[:：]/);
    if (colon < 0) return [];
    return labels.get(foldText(line.slice(0, colon)).replace(/^[>*|\s]+|[*\s]+$/g, '')) ?? [];
  });
  return [...new Set(found)];
}
