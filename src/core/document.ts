/**
 * The reply as a document: Markdown read once into a small tree, from which both parts of the mail are made.
 *
 * Only what a mail needs is understood: headings, paragraphs, lists, tables, quotes, emphasis, links. There
 * is no raw HTML, no image and no code, so a value can never turn into any of them. CommonMark 0.31.
 */
import MarkdownIt, { type Token } from 'markdown-it';

export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'break' }
  | { readonly kind: 'strong' | 'emphasis'; readonly children: readonly Inline[] }
  | { readonly kind: 'link'; readonly href: string; readonly children: readonly Inline[] };

export type Block =
  | { readonly kind: 'paragraph'; readonly children: readonly Inline[] }
  | { readonly kind: 'heading'; readonly level: number; readonly children: readonly Inline[] }
  | { readonly kind: 'quote'; readonly children: readonly Block[] }
  | {
      readonly kind: 'list';
      /** The first number; absent for bullets. */
      readonly start?: number;
      readonly items: readonly (readonly Block[])[];
    }
  | {
      readonly kind: 'table';
      readonly head: readonly (readonly Inline[])[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    };

const markdown = new MarkdownIt('zero', { html: false, linkify: false, typographer: false });
markdown.enable(['heading', 'list', 'table', 'blockquote', 'emphasis', 'link', 'escape', 'entity']);
// Two spaces at the end of a line, or a backslash: a line break.
markdown.enable(['newline']);
// Links are judged on the tree, where a refusal has a message. Refused here, they would be shown as text.
markdown.validateLink = () => true;

/** Reads Markdown. Whatever is not understood stays as the text it is. */
export function readMarkdown(source: string): readonly Block[] {
  return readBlocks(new Cursor(markdown.parse(source, {})));
}

/** Escapes a value for Markdown, so that it comes out as it is, on one line. */
export function escapeMarkdown(value: string): string {
  return value.replace(/[!-/:-@[-`{-~]/g, '\\$&');
}

/** A value of the record or the settings as one line, without control and direction characters. */
export function plainValue(value: string, charsMax: number): string {
  const line = value
    .replace(/[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .toWellFormed()
    .trim();
  const characters = [...line];
  return characters.length <= charsMax ? line : `${characters.slice(0, charsMax - 1).join('')}…`;
}

/** The words of the document on one line, and where its links lead: what the check looks at. */
export function surveyDocument(blocks: readonly Block[]): {
  readonly words: string;
  readonly links: readonly string[];
} {
  const words: string[] = [];
  const links: string[] = [];
  for (const inline of blocks.flatMap(inlinesOf)) {
    words.push(inlineText(inline));
    links.push(...inlineLinks(inline));
  }
  return { words: words.join(' ').replace(/\s+/g, ' ').trim(), links };
}

/** The words of a run of inlines. */
export function inlineText(inlines: readonly Inline[]): string {
  return inlines
    .map((inline) => {
      if (inline.kind === 'text') return inline.text;
      return inline.kind === 'break' ? ' ' : inlineText(inline.children);
    })
    .join('');
}

function inlineLinks(inlines: readonly Inline[]): readonly string[] {
  return inlines.flatMap((inline) => {
    if (inline.kind === 'text' || inline.kind === 'break') return [];
    const inside = inlineLinks(inline.children);
    return inline.kind === 'link' ? [inline.href, ...inside] : inside;
  });
}

function inlinesOf(block: Block): readonly (readonly Inline[])[] {
  switch (block.kind) {
    case 'paragraph':
    case 'heading':
      return [block.children];
    case 'quote':
      return block.children.flatMap(inlinesOf);
    case 'list':
      return block.items.flat().flatMap(inlinesOf);
    case 'table':
      return [...block.head, ...block.rows.flat()];
  }
}

/** Walks through the tokens of markdown-it, which come flat with open and close. */
class Cursor {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The next token, consumed; undefined at the end or, consumed too, at a token that closes. */
  open(): Token | undefined {
    const token = this.#tokens[this.#next];
    if (token === undefined) return undefined;
    this.#next += 1;
    return token.nesting === -1 ? undefined : token;
  }
}

function readBlocks(cursor: Cursor): readonly Block[] {
  const blocks: Block[] = [];
  for (let token = cursor.open(); token !== undefined; token = cursor.open()) {
    blocks.push(...readBlock(token, cursor));
  }
  return blocks;
}

function readBlock(token: Token, cursor: Cursor): readonly Block[] {
  switch (token.type) {
    case 'paragraph_open':
      return [{ kind: 'paragraph', children: readInlineOf(cursor) }];
    case 'heading_open':
      return [
        { kind: 'heading', level: Number(token.tag.slice(1)), children: readInlineOf(cursor) },
      ];
    case 'blockquote_open':
      return [{ kind: 'quote', children: readBlocks(cursor) }];
    case 'bullet_list_open':
      return [{ kind: 'list', items: readItems(cursor) }];
    case 'ordered_list_open':
      return [
        { kind: 'list', start: Number(token.attrGet('start') ?? 1), items: readItems(cursor) },
      ];
    case 'table_open':
      return [readTable(cursor)];
    default:
      throw new Error(`Unexpected Markdown token ${token.type}`);
  }
}

function readItems(cursor: Cursor): readonly (readonly Block[])[] {
  const items: (readonly Block[])[] = [];
  while (cursor.open() !== undefined) items.push(readBlocks(cursor));
  return items;
}

function readTable(cursor: Cursor): Block {
  const rows: (readonly (readonly Inline[])[])[] = [];
  // thead, then tbody, which is missing when the table has no rows.
  while (cursor.open() !== undefined) {
    while (cursor.open() !== undefined) {
      const cells: (readonly Inline[])[] = [];
      while (cursor.open() !== undefined) cells.push(readInlineOf(cursor));
      rows.push(cells);
    }
  }
  return { kind: 'table', head: rows[0] ?? [], rows: rows.slice(1) };
}

/** The inline token inside a block, and the token that closes the block. */
function readInlineOf(cursor: Cursor): readonly Inline[] {
  const inlines: Inline[] = [];
  for (let token = cursor.open(); token !== undefined; token = cursor.open()) {
    inlines.push(...readInlines(new Cursor(token.children ?? [])));
  }
  return inlines;
}

function readInlines(cursor: Cursor): readonly Inline[] {
  const inlines: Inline[] = [];
  for (let token = cursor.open(); token !== undefined; token = cursor.open()) {
    inlines.push(readInline(token, cursor));
  }
  return inlines;
}

function readInline(token: Token, cursor: Cursor): Inline {
  switch (token.type) {
    case 'text':
    case 'text_special':
      return { kind: 'text', text: token.content };
    case 'softbreak':
      return { kind: 'text', text: ' ' };
    case 'hardbreak':
      return { kind: 'break' };
    case 'strong_open':
      return { kind: 'strong', children: readInlines(cursor) };
    case 'em_open':
      return { kind: 'emphasis', children: readInlines(cursor) };
    case 'link_open':
      return {
        kind: 'link',
        href: String(token.attrGet('href') ?? ''),
        children: readInlines(cursor),
      };
    default:
      throw new Error(`Unexpected Markdown token ${token.type}`);
  }
}
