/**
 * The words of the catalog as they are compared, folded once: there are some two thousand of them.
 */
import { foldText } from './normalize.ts';
import { type NoticeCatalog, type NoticeFamily, type NoticeLabel, noticeLabels } from './notice.ts';

interface FoldedCatalog {
  /** Each label's words, without their colon. */
  readonly labels: ReadonlyMap<string, NoticeLabel>;
  readonly wording: readonly string[];
}

const catalogs = new WeakMap<NoticeCatalog, FoldedCatalog>();
const concepts = new WeakMap<NoticeFamily, readonly (readonly string[])[]>();

export function foldedCatalog(catalog: NoticeCatalog): FoldedCatalog {
  const known = catalogs.get(catalog);
  if (known !== undefined) return known;
  const labels = new Map<string, NoticeLabel>();
  for (const label of noticeLabels) {
    for (const word of catalog.labels[label]) labels.set(foldText(word), label);
  }
  const folded = { labels, wording: catalog.wording.map(foldText) };
  catalogs.set(catalog, folded);
  return folded;
}

export function foldedConcepts(family: NoticeFamily): readonly (readonly string[])[] {
  const known = concepts.get(family);
  if (known !== undefined) return known;
  const folded = family.concepts.map((group) => group.map(foldText));
  concepts.set(family, folded);
  return folded;
}
