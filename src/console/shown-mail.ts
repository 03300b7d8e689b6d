/**
 * A stranger's mail as a document that can do nothing: no script, no style of its own, nothing from elsewhere.
 *
 * It is shown in a sandboxed frame by a route with a policy of its own; each of these walls would hold alone.
 */
import sanitizeHtml from 'sanitize-html';
import {
  openElementsMax,
  shownDepthMax,
  shownHtmlCharsMax,
  shownMailBytesMax,
  shownTargetCharsMax,
  shownTextCharsMax,
} from '../core/limits.ts';
import type { Mail } from '../core/mail.ts';
import { shown } from '../core/normalize.ts';
import { parseMail } from '../core/parse.ts';
import { escapeHtml } from '../core/render-html.ts';

/** What the browser is told about such a document. Only this console may put it into a frame. */
export const documentPolicy =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

/** As many as are shown, and one that says that there are more. */
export const shownOctetsMax = shownMailBytesMax + 1;

/** Reads a mail for the screen. A large one is cut: what it begins with is enough to decide. */
export async function readShownMail(raw: Uint8Array): Promise<Mail> {
  const isLarge = raw.byteLength > shownMailBytesMax;
  return parseMail(isLarge ? raw.subarray(0, shownMailBytesMax) : raw);
}

export function isCut(raw: Uint8Array): boolean {
  return raw.byteLength > shownMailBytesMax;
}

/** The HTML of a mail where it is short enough to be cleaned; elsewhere its text is shown. */
export function shownHtmlOf({ html }: Pick<Mail, 'html'>): string | undefined {
  if (html === undefined || html.trim() === '' || html.length > shownHtmlCharsMax) return undefined;
  return html;
}

class TooDeep extends Error {}

/**
 * The mail as its author's program drew it, without all that acts; undefined where too many elements are open.
 *
 * Cleaning costs the square of the elements that are open at once. Only the parser knows how many are: tags stand in
 * comments, in attributes and beside elements that they do not end, so that nothing simpler can count them.
 */
export function htmlDocument(html: string): string | undefined {
  let open = 0;
  try {
    const clean = sanitizeHtml(html, {
      ...options,
      onOpenTag: () => {
        open += 1;
        if (open > openElementsMax) throw new TooDeep();
      },
      onCloseTag: () => {
        open -= 1;
      },
    });
    return documentOf('Mail', clean);
  } catch (error) {
    if (error instanceof TooDeep) return undefined;
    throw error;
  }
}

export function textDocument(text: string): string {
  const cut = text.slice(0, shownTextCharsMax);
  const more = text.length > cut.length ? '<p>[The rest is not shown.]</p>' : '';
  return documentOf('Mail', `<pre>${escapeHtml(cut)}</pre>${more}`);
}

function documentOf(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>${style}</style></head>
<body tabindex="0">${body}</body></html>`;
}

// The target of a link is shown by the style, from an attribute: it is text whatever it holds.
const style = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { margin: 12px; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; font: inherit; margin: 0; }
table { max-width: 100%; border-collapse: collapse; }
td, th { vertical-align: top; text-align: start; padding: 2px 6px 2px 0; }
blockquote { margin: 8px 0 8px 4px; padding-inline-start: 10px; border-inline-start: 3px solid #8888; }
.link { text-decoration: underline; }
.link::after { content: " [" attr(title) "]"; font-size: 0.85em; opacity: 0.8; }
.picture::after { content: "[picture: " attr(title) "]"; font-size: 0.85em; opacity: 0.8; }
`;

const blocks = ['p', 'div', 'pre', 'blockquote', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'br'];
const lists = ['ul', 'ol', 'li', 'dl', 'dt', 'dd'];
const tables = ['table', 'caption', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td'];
const words = ['span', 'b', 'strong', 'i', 'em', 'u', 's', 'small', 'sub', 'sup', 'code', 'center'];

const options: sanitizeHtml.IOptions = {
  allowedTags: [...blocks, ...lists, ...tables, ...words],
  allowedAttributes: {
    th: ['colspan', 'rowspan'],
    td: ['colspan', 'rowspan'],
    ol: ['start'],
    // Set below only: what the mail itself says is replaced.
    span: ['class', 'title'],
  },
  allowedSchemes: [],
  allowProtocolRelative: false,
  nestingLimit: shownDepthMax,
  // Their content is no text for readers.
  nonTextTags: ['script', 'style', 'textarea', 'option', 'noscript', 'title', 'xmp', 'noembed'],
  parseStyleAttributes: false,
  transformTags: {
    a: (_tag, { href }) => ({
      tagName: 'span',
      attribs: tells(href) ? { class: 'link', title: targetOf(href) } : {},
    }),
    img: (_tag, { alt }) => ({
      tagName: 'span',
      attribs: { class: 'picture', title: targetOf(alt ?? '') || 'no description' },
    }),
    span: () => ({ tagName: 'span', attribs: {} }),
  },
};

/** An address that is written out needs no second time. */
function tells(href: string | undefined): href is string {
  return href !== undefined && !/^(?:mailto:|#)/i.test(href.trim());
}

function targetOf(value: string): string {
  return shown(value, shownTargetCharsMax);
}
