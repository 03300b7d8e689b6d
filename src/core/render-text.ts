/**
 * The text part of a reply: wrapped, with numbered steps and every link written out.
 *
 * A URL, or any word longer than the line, is never broken: a broken link is a dead link.
 */
import { displayWidth } from './display-width.ts';
import { type Block, type Inline, inlineText } from './document.ts';
import { textColumns } from './limits.ts';
import { numberGroups } from './number-groups.ts';

/** Renders the document as plain text, ending with a line break. */
export function renderText(blocks: readonly Block[]): string {
  return `${renderBlocks(blocks, textColumns).join('\n')}\n`;
}

function renderBlocks(blocks: readonly Block[], columns: number): readonly string[] {
  return blocks.flatMap((block, index) => {
    const lines = renderBlock(block, columns);
    return index === 0 ? lines : ['', ...lines];
  });
}

function renderBlock(block: Block, columns: number): readonly string[] {
  switch (block.kind) {
    case 'paragraph':
      return wrap(inlineLine(block.children), columns);
    case 'heading': {
      const lines = wrap(inlineText(block.children), columns);
      const width = Math.max(...lines.map(displayWidth));
      return [...lines, (block.level === 1 ? '=' : '-').repeat(Math.min(width, columns))];
    }
    case 'quote':
      return renderBlocks(block.children, columns - 2).map((line) => `  ${line}`);
    case 'list':
      return block.items.flatMap((item, index) =>
        hang(
          block.start === undefined ? '- ' : `${block.start + index}. `,
          renderItem(item, columns),
        ),
      );
    case 'table':
      return block.rows.flatMap((row) => renderRow(block.head, row, columns));
  }
}

/** Paragraphs of an item stand apart, a list under a paragraph does not. */
function renderItem(item: readonly Block[], columns: number): readonly string[] {
  const inner = columns - 4;
  return item.flatMap((block, index) => {
    const lines = renderBlock(block, inner);
    return index === 0 || block.kind === 'list' ? lines : ['', ...lines];
  });
}

/** A row as an item: its first cell, and below it the others, each after its column’s name. */
function renderRow(
  head: readonly (readonly Inline[])[],
  row: readonly (readonly Inline[])[],
  columns: number,
): readonly string[] {
  const inner = columns - 4;
  return hang(
    '- ',
    row.flatMap((cell, column) => {
      const text = inlineLine(cell);
      if (text.trim() === '') return [];
      const label = inlineText(head[column] ?? []).trim();
      return wrap(column === 0 || label === '' ? text : `${label}: ${text}`, inner);
    }),
  );
}

function hang(marker: string, lines: readonly string[]): readonly string[] {
  const indent = ' '.repeat(marker.length);
  return lines.map((line, index) => {
    if (index === 0) return `${marker}${line}`;
    return line === '' ? '' : `${indent}${line}`;
  });
}

/** A run of inlines with its links written out; `\n` where the line was broken on purpose. */
function inlineLine(inlines: readonly Inline[]): string {
  return inlines.map(inlinePiece).join('');
}

function inlinePiece(inline: Inline): string {
  switch (inline.kind) {
    case 'text':
      return inline.text;
    case 'break':
      return '\n';
    case 'strong':
    case 'emphasis':
      return inlineLine(inline.children);
    case 'link':
      return linkLine(inlineText(inline.children).trim(), inline.href);
  }
}

/** `text (url)`, or the bare URL when the text is nothing else. */
function linkLine(text: string, href: string): string {
  const bare = (url: string) => url.replace(/^https?:\/\//, '').replace(/\/$/, '');
  return text === '' || bare(text) === bare(href) ? href : `${text} (${href})`;
}

/**
 * Breaks text at spaces, and between characters of scripts that write without them. No line begins with
 * what Markdown or a mail reader would take for something else, since only spaces are replaced.
 */
export function wrap(text: string, columns: number): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const lines: string[] = [];
    let current = '';
    let width = 0;
    for (const piece of pieces(together(line.replace(/[ \t\r]+/g, ' ').trim()))) {
      const bare = piece.trimEnd();
      const added = displayWidth(bare);
      if (current !== '' && added > 0 && width + added > columns) {
        lines.push(current.trimEnd());
        current = '';
        width = 0;
      }
      current += piece;
      width += added + displayWidth(piece.slice(bare.length));
    }
    return [...lines, current.trimEnd()].map((done) => done.replaceAll(bond, ' '));
  });
}

/** Stands for a space that is not broken at: no text of a reply has it. */
const bond = '\0';

function together(line: string): string {
  return line.replace(numberGroups, (number) => number.replaceAll(' ', bond));
}

/**
 * Chinese and Japanese may be broken between any two characters, and where they meet other letters, but closing signs
 * and small letters do not begin a line, and opening ones do not end it (kinsoku). Unicode Standard Annex #14.
 */
const breakable =
  /(?<=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}、。，！？；：）」』】])(?=[（「『【\p{L}\p{N}])(?![ーっゃゅょッャュョ々])|(?<=[\p{L}\p{N})])(?=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}（「『【])(?![ーっゃゅょッャュョ々])/u;

/** The smallest pieces a line may be broken between, each with the space behind it. */
function pieces(line: string): readonly string[] {
  return (line.match(/[^ ]+ ?/g) ?? []).flatMap((word) =>
    word.includes('://') ? [word] : word.split(breakable),
  );
}
