/**
 * What of an HTML mail its reader does not see, as far as the elements themselves say so. Style sheets are
 * not read, and neither are colours.
 *
 * Who hides a text from us that the reader sees could have anything answered as a notice. So whatever is not
 * plainly hidden counts as seen: declarations that are written oddly hide nothing.
 */
import { blocks, tableParts } from './html-elements.ts';
import { remembering } from './remembering.ts';

export interface Visibility {
  /** It takes no part in the page, and nothing inside can come back. */
  readonly isGone: boolean;
  /** Its letters have no size; images do, and what is inside may set a size again. */
  readonly isSizeless: boolean;
  /** What is inside may become visible again. */
  readonly isInvisible: boolean;
}

export const visible: Visibility = { isGone: false, isSizeless: false, isInvisible: false };

export const showsText = ({ isGone, isSizeless, isInvisible }: Visibility): boolean =>
  !isGone && !isSizeless && !isInvisible;

export const showsImages = ({ isGone, isInvisible }: Visibility): boolean =>
  !isGone && !isInvisible;

/** Mail clients run no scripts and load no objects: what stands in for those is seen. */
const unseen = new Set(['script', 'style', 'title', 'template']);

/** Clients replace these, and browsers know only one of each: a second one's attributes count for nothing. */
const frames = new Set(['html', 'head', 'body']);

/** Elements that have a letter size of their own: a table where a mail has no doctype. */
const sized = new Set(['table', 'button', 'select', 'textarea']);

/** Visibility of an element inside another. */
export function visibilityOf(
  name: string,
  attributes: Readonly<Record<string, string>>,
  parent: Visibility,
): Visibility {
  if (frames.has(name)) return parent;
  if (parent.isGone || unseen.has(name)) return { ...parent, isGone: true };
  const isSized = sized.has(name) || (name === 'font' && attributes.size !== undefined);
  if (!isSized && attributes.style === undefined && attributes.hidden === undefined) return parent;
  const style = declarationsOf(attributes.style ?? '');
  if (style.size === 0 && !isSized && attributes.hidden === undefined) return parent;
  return {
    isGone: isGone(name, attributes, style),
    isSizeless: isSizeless(style.get('font-size'), parent.isSizeless && !isSized),
    isInvisible: isInvisible(style.get('visibility'), parent.isInvisible),
  };
}

type Declarations = ReadonlyMap<string, string>;

function isGone(
  name: string,
  attributes: Readonly<Record<string, string>>,
  style: Declarations,
): boolean {
  const display = style.get('display');
  if (display === 'none') return true;
  if (attributes.hidden !== undefined && display === undefined) return true;
  return isZero(style.get('opacity')) || isShut(name, style);
}

/** A box without height or width that cuts off whatever does not fit. */
function isShut(name: string, style: Declarations): boolean {
  const overflow = style.get('overflow');
  if (overflow !== 'hidden' && overflow !== 'clip') return false;
  if (tableParts.has(name)) return false;
  const display = style.get('display');
  // Lines of text have no height or width to set.
  const isBox =
    display === undefined ? blocks.has(name) : /^(?:inline-)?(?:block|flex|grid)$/.test(display);
  return (
    isBox && ['max-height', 'height', 'max-width', 'width'].some((side) => isZero(style.get(side)))
  );
}

function isSizeless(size: string | undefined, inherited: boolean): boolean {
  if (size === undefined) return inherited;
  if (/^(?:inherit|unset|smaller|larger)$/.test(size)) return inherited;
  if (isZero(size)) return true;
  // A part of nothing is nothing.
  return inherited && /^[\d.]+(?:%|em|ex|ch)$/.test(size);
}

function isInvisible(visibility: string | undefined, inherited: boolean): boolean {
  if (visibility === undefined) return inherited;
  if (/^(?:inherit|unset|revert)$/.test(visibility)) return inherited;
  return visibility === 'hidden' || visibility === 'collapse';
}

const isZero = (value: string | undefined): boolean =>
  value !== undefined && /^[+-]?(?:0+(?:\.0*)?|\.0+)(?:[a-z]{1,4}|%)?$/.test(value);

const hiding = /display|visibility|opacity|font|overflow/i;

const none: Declarations = new Map();

/** A mail repeats a few styles in hundreds of elements. */
const declarationsOf = remembering(readDeclarations, { entriesMax: 500, charsMax: 500 });

/** The declarations of a style attribute that count: the last of each property, an important one before others. */
function readDeclarations(style: string): Declarations {
  if (!hiding.test(style)) return none;
  const found = new Map<string, string>();
  const important = new Set<string>();
  for (const declaration of splitDeclarations(style) ?? []) {
    const colon = declaration.indexOf(':');
    if (colon < 0) continue;
    const property = squeeze(declaration.slice(0, colon));
    if (property === 'all') return none;
    const name = property === 'font' ? 'font-size' : property;
    const written = squeeze(declaration.slice(colon + 1));
    const isImportant = written.endsWith('!important');
    const value = isImportant ? written.slice(0, -'!important'.length) : written;
    if (value === '' || (important.has(name) && !isImportant)) continue;
    if (isImportant) important.add(name);
    found.set(name, property === 'font' ? sizeOfFont(declaration.slice(colon + 1)) : value);
  }
  return found;
}

/** White space of CSS only: a no-break space makes a value invalid. */
const squeeze = (text: string): string => text.replace(/[ \t\r\n\f]+/g, '').toLowerCase();

/** `font: 0/0 a`: the size is the first word of it that begins as a number. */
function sizeOfFont(font: string): string {
  const words = font.toLowerCase().split(/[ \t\r\n\f/]+/);
  return words.find((word) => /^[+\-.\d]/.test(word) && !/^[1-9]00$/.test(word)) ?? squeeze(font);
}

/** The declarations, as written; undefined where it takes a browser to tell where each of them ends. */
function splitDeclarations(style: string): string[] | undefined {
  const text = withoutComments(style);
  if (text === undefined || /[\\{}[\]]/.test(text)) return undefined;
  const found: string[] = [];
  let start = 0;
  let quote = '';
  let isInside = false;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charAt(i);
    if (quote !== '') {
      if (char === '\n') return undefined;
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") {
      // `url(a'b)`: no quotation begins there.
      if (isInside && text.charAt(i - 1) !== '(') return undefined;
      quote = char;
    } else if (char === '(' || char === ')') {
      if (isInside === (char === '(')) return undefined;
      isInside = char === '(';
    } else if (char === ';' && !isInside) {
      found.push(text.slice(start, i));
      start = i + 1;
    }
  }
  if (quote !== '' || isInside) return undefined;
  return [...found, text.slice(start)];
}

function withoutComments(style: string): string | undefined {
  if (!style.includes('/*')) return style;
  if (/["']/.test(style)) return undefined;
  const parts: string[] = [];
  let at = 0;
  for (let open = style.indexOf('/*'); open >= 0; open = style.indexOf('/*', at)) {
    parts.push(style.slice(at, open));
    const end = style.indexOf('*/', open + 2);
    at = end < 0 ? style.length : end + 2;
  }
  return [...parts, style.slice(at)].join(' ');
}
