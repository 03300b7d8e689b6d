/**
 * Frames the HTML part: the layout around the reply, and its styles written into the elements, since Gmail,
 * Outlook and others drop style sheets. Rules within `@media` stay where they are, for those who know them.
 */
import juice from 'juice';

// Juice passes over `{{…}}` and `<%…%>` as code of other templates. Here they are words that somebody has written.
for (const name of Object.keys(juice.codeBlocks)) delete juice.codeBlocks[name];

/** What the layout shows, `layoutVariables` of it. */
export interface LayoutValues {
  readonly lang: string;
  readonly dir: 'ltr' | 'rtl';
  readonly subject: string;
  readonly preheader: string;
  /** HTML. */
  readonly body: string;
  readonly partner: { readonly name: string };
}

export type Layout = (values: LayoutValues) => string;

/** The whole HTML part. The same values always give the same octets. */
export function frameHtml(layout: Layout, values: LayoutValues): string {
  const page = layout(values);
  const { shape, words } = shapeOf(page);
  // A style that is chosen by what a link says depends on more than the shape.
  if (page.includes(open) || choosesByValue.test(page)) return inlineStyles(page);
  const known = shapes.get(layout) ?? new Map<string, string>();
  shapes.set(layout, known);
  const framed = known.get(shape) ?? inlineStyles(shape);
  known.delete(shape);
  known.set(shape, framed);
  for (const oldest of known.keys()) {
    if (known.size <= shapesMax) break;
    known.delete(oldest);
  }
  return framed.replace(places, (_place, number: string) => words[Number(number)] ?? '');
}

/**
 * Styles go by elements, not by words, and replies of one template differ in their words only: what was worked out
 * for one of the same shape holds for all. Remembering changes no octet; it takes most of the time of composing away.
 */
const shapes = new WeakMap<Layout, Map<string, string>>();
/** Some 20 kB each. Scenarios, languages, and numbers of lines make some dozens. */
const shapesMax = 100;

/** Of the private use area, so that no text has them. */
const open = '\uE000';
const places = /\uE000(\d+)\uE001/g;
/** Comments and styles as they are, then tags, then words. */
const pieces = /<!--[\s\S]*?-->|<style[\s\S]*?<\/style>|<[^>]*>|[^<]+/gi;
const choosesByValue = /<style[^>]*>[^<]*\[\s*(?!lang\b|dir\b)/i;

/** The page with a number in place of every text and every address of a link. */
function shapeOf(page: string): { readonly shape: string; readonly words: readonly string[] } {
  const words: string[] = [];
  const place = (word: string) => `${open}${words.push(word) - 1}\uE001`;
  const shape = page.replace(pieces, (piece) => {
    if (piece.startsWith('<a '))
      return piece.replace(
        / href="([^"]*)"/,
        (_attribute, href: string) => ` href="${place(href)}"`,
      );
    return piece.startsWith('<') || piece.trim() === '' ? piece : place(piece);
  });
  return { shape, words };
}

/** The page with every rule outside `@media` in the elements it is for. */
export function inlineStyles(page: string): string {
  return juice(page);
}

const rightToLeft = new Set(['ar', 'ckb', 'dv', 'fa', 'he', 'ps', 'sd', 'ug', 'ur', 'yi']);

/** The direction in which the locale’s language is written. */
export function writingDirection(locale: string): 'ltr' | 'rtl' {
  return rightToLeft.has(locale.split('-')[0]?.toLowerCase() ?? '') ? 'rtl' : 'ltr';
}
