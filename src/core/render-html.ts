/**
 * The HTML part of a reply, without its frame and without styles: those are the layout’s, and are written into
 * the elements when it is framed. Every text and every URL is escaped here.
 */
import type { Block, Inline } from './document.ts';
import { numberGroups } from './number-groups.ts';

/** Renders the document as the content of the layout. */
export function renderHtml(blocks: readonly Block[]): string {
  return blocks.map(renderBlock).join('\n');
}

/** Escapes text for HTML content and for attributes in double quotes. */
export function escapeHtml(value: string): string {
  return value
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p>${renderInlines(block.children)}</p>`;
    case 'heading': {
      const tag = `h${Math.min(block.level, 3)}`;
      return `<${tag}>${renderInlines(block.children)}</${tag}>`;
    }
    case 'quote':
      return `<blockquote>${renderHtml(block.children)}</blockquote>`;
    case 'list':
      return renderList(block);
    case 'table':
      return renderTable(block);
  }
}

function renderList({ start, items }: Extract<Block, { kind: 'list' }>): string {
  const inside = items.map((item) => `<li>${renderItem(item)}</li>`).join('\n');
  if (start === undefined) return `<ul>\n${inside}\n</ul>`;
  return `<ol${start === 1 ? '' : ` start="${start}"`}>\n${inside}\n</ol>`;
}

/** A first paragraph stands bare in its item: with its margins a short list falls apart. */
function renderItem(item: readonly Block[]): string {
  return item
    .map((block, index) =>
      index === 0 && block.kind === 'paragraph'
        ? renderInlines(block.children)
        : renderBlock(block),
    )
    .join('\n');
}

function renderTable({ head, rows }: Extract<Block, { kind: 'table' }>): string {
  const row = (cells: readonly (readonly Inline[])[], open: string, close: string) =>
    `<tr>${cells.map((cell) => `${open}${renderInlines(cell)}${close}`).join('')}</tr>`;
  const first = row(head, '<th scope="col">', '</th>');
  const others = rows.map((cells) => row(cells, '<td>', '</td>'));
  return `<table>\n${[first, ...others].join('\n')}\n</table>`;
}

function renderInlines(inlines: readonly Inline[]): string {
  return inlines.map(renderInline).join('');
}

function renderInline(inline: Inline): string {
  switch (inline.kind) {
    case 'text':
      return renderWords(inline.text);
    case 'break':
      return '<br>';
    case 'strong':
      return `<strong>${renderInlines(inline.children)}</strong>`;
    case 'emphasis':
      return `<em>${renderInlines(inline.children)}</em>`;
    case 'link':
      return `<a href="${escapeHtml(inline.href)}">${renderInlines(inline.children)}</a>`;
  }
}

/** The layout keeps numbers together. */
function renderWords(text: string): string {
  let html = '';
  let end = 0;
  for (const { 0: number, index } of text.matchAll(numberGroups)) {
    html += `${escapeHtml(text.slice(end, index))}<span class="number">${number}</span>`;
    end = index + number.length;
  }
  return html + escapeHtml(text.slice(end));
}
