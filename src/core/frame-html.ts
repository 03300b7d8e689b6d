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
  return inlineStyles(layout(values));
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
