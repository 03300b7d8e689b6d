/**
 * The elements of HTML by what they do to a text, and which of them end others that were left open.
 *
 * The parser ends an element only where it was the last one opened. Browsers look further up: a paragraph
 * behind the `<span>` of a hidden paragraph is seen. Such ends matter here, since they bring text back.
 */
const listed = (names: string): ReadonlySet<string> => new Set(names.split(' '));

export const blocks = listed(
  'address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tbody tfoot thead tr ul',
);

export const cells = listed('td th');

export const tableParts = listed('table caption colgroup tbody thead tfoot tr td th');

/** Elements without content: the parser ends them itself. */
export const voids = listed(
  'area base basefont br col command embed frame hr img input isindex keygen link meta param source track wbr',
);

const scope = listed('table td th caption button object template');
const headings = listed('h1 h2 h3 h4 h5 h6');
const sections = listed('tbody thead tfoot');

/** What ends a paragraph that is open: blocks, but those of a table's inside. */
const endsParagraph = new Set(
  [...blocks, 'details', 'dialog', 'figcaption', 'menu', 'summary', 'xmp'].filter(
    (name) => name === 'table' || !tableParts.has(name),
  ),
);
const itemScope = new Set(
  [...blocks, ...scope].filter((name) => name !== 'address' && name !== 'div' && name !== 'p'),
);

/** The innermost open elements, by their number from the outermost, that a new one can end; -1 for none. */
export interface Reach {
  readonly paragraph: number;
  readonly item: number;
  readonly term: number;
  readonly anchor: number;
  /** Inside what a cell, a row and a section of a table stand; whatever else is open there they end. */
  readonly aroundCell: number;
  readonly aroundRow: number;
  readonly aroundSection: number;
}

export const noReach: Reach = {
  paragraph: -1,
  item: -1,
  term: -1,
  anchor: -1,
  aroundCell: -1,
  aroundRow: -1,
  aroundSection: -1,
};

/** What can be ended from within an element. */
export function reachWithin(name: string, index: number, outer: Reach): Reach {
  const isItemScope = itemScope.has(name);
  const isScope = scope.has(name);
  if (!isItemScope && !isScope && name !== 'p' && name !== 'a') return outer;
  const [inItems, inScope] = [isItemScope ? -1 : outer.item, isScope ? -1 : outer.paragraph];
  const isTable = name === 'table';
  const isSection = isTable || sections.has(name);
  return {
    paragraph: name === 'p' ? index : inScope,
    item: name === 'li' ? index : inItems,
    term: name === 'dd' || name === 'dt' ? index : isItemScope ? -1 : outer.term,
    anchor: name === 'a' ? index : isScope ? -1 : outer.anchor,
    aroundCell: isSection || name === 'tr' ? index : outer.aroundCell,
    aroundRow: isSection ? index : outer.aroundRow,
    aroundSection: isTable ? index : outer.aroundSection,
  };
}

/** Inside what a part of a table stands; undefined for other elements. */
function contextOf(name: string, reach: Reach): number | undefined {
  if (cells.has(name)) return reach.aroundCell;
  if (name === 'tr') return reach.aroundRow;
  return name !== 'table' && tableParts.has(name) ? reach.aroundSection : undefined;
}

/** Whether browsers pass over a tag: a part of a table where no table is open. */
export function isStray(name: string, reach: Reach): boolean {
  return contextOf(name, reach) === -1;
}

/** The first open element that a new one ends in a browser, with all inside; undefined for none. */
export function endedBy(
  name: string,
  reach: Reach,
  innermost: { readonly name: string; readonly index: number },
): number | undefined {
  const context = contextOf(name, reach) ?? -1;
  const ended = [
    endsParagraph.has(name) ? reach.paragraph : -1,
    name === 'li' ? reach.item : -1,
    name === 'dd' || name === 'dt' ? reach.term : -1,
    name === 'a' ? reach.anchor : -1,
    headings.has(name) && headings.has(innermost.name) ? innermost.index : -1,
    context < 0 ? -1 : context + 1,
  ].filter((index) => index >= 0 && index <= innermost.index);
  return ended.length === 0 ? undefined : Math.min(...ended);
}
