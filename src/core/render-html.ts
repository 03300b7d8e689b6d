/**
 * The HTML part of a reply, without its frame: every style inline, since mail clients drop style sheets.
 *
 * The classes are only hooks for the layout’s dark colours. Every text and every URL is escaped here.
 */
import type { Block, Inline } from './document.ts';

const font = "font-family:'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const text = `${font};font-size:16px;line-height:24px;color:#1f2328`;
const styles = {
  p: `margin:0 0 16px;${text}`,
  h1: `margin:0 0 16px;${font};font-size:22px;line-height:30px;font-weight:600;color:#1f2328`,
  h2: `margin:28px 0 8px;${font};font-size:18px;line-height:26px;font-weight:600;color:#1f2328`,
  h3: `margin:20px 0 8px;${font};font-size:16px;line-height:24px;font-weight:600;color:#1f2328`,
  list: `margin:0 0 16px;padding:0 0 0 24px;${text}`,
  item: `margin:0 0 8px;${text}`,
  quote: 'margin:0 0 16px;padding:0 0 0 16px;border-left:3px solid #d0d7de',
  table: 'width:100%;margin:0 0 16px;border-collapse:collapse',
  cell: `padding:8px 12px 8px 0;border-bottom:1px solid #d0d7de;text-align:start;vertical-align:top;${text}`,
  link: 'color:#0b57a4;text-decoration:underline;overflow-wrap:anywhere',
} as const;

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
      return element('p', styles.p, renderInlines(block.children));
    case 'heading':
      return renderHeading(block.level, renderInlines(block.children));
    case 'quote':
      return element('blockquote', styles.quote, renderHtml(block.children));
    case 'list':
      return renderList(block);
    case 'table':
      return renderTable(block);
  }
}

function renderHeading(level: number, content: string): string {
  if (level === 1) return element('h1', styles.h1, content);
  return level === 2 ? element('h2', styles.h2, content) : element('h3', styles.h3, content);
}

function renderList(block: Extract<Block, { kind: 'list' }>): string {
  const items = block.items.map((item) => element('li', styles.item, renderItem(item))).join('\n');
  if (block.start === undefined) return element('ul', styles.list, `\n${items}\n`);
  const start = block.start === 1 ? '' : ` start="${block.start}"`;
  return `<ol class="tr-text"${start} style="${styles.list}">\n${items}\n</ol>`;
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

function renderTable(block: Extract<Block, { kind: 'table' }>): string {
  const row = (cells: readonly (readonly Inline[])[], tag: 'th' | 'td') =>
    `<tr>${cells.map((cell) => element(tag, styles.cell, renderInlines(cell))).join('')}</tr>`;
  const rows = [row(block.head, 'th'), ...block.rows.map((cells) => row(cells, 'td'))];
  return `<table class="tr-text" style="${styles.table}">\n${rows.join('\n')}\n</table>`;
}

function renderInlines(inlines: readonly Inline[]): string {
  return inlines.map(renderInline).join('');
}

function renderInline(inline: Inline): string {
  switch (inline.kind) {
    case 'text':
      return escapeHtml(inline.text);
    case 'break':
      return '<br>';
    case 'strong':
      return `<strong>${renderInlines(inline.children)}</strong>`;
    case 'emphasis':
      return `<em>${renderInlines(inline.children)}</em>`;
    case 'link':
      return `<a class="tr-link" href="${escapeHtml(inline.href)}" style="${styles.link}">${renderInlines(inline.children)}</a>`;
  }
}

function element(tag: string, style: string, content: string): string {
  return `<${tag} class="tr-text" style="${style}">${content}</${tag}>`;
}
