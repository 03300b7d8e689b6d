/**
 * HTML as the text and the links that its reader sees. Nothing is rendered, loaded or kept as HTML.
 *
 * Blocks become lines, cells of one table row become one line (a notice's fields and Thunderbird's
 * header block are tables), hidden elements are left out. One pass of a streaming parser, whose stack is
 * kept short: it looks through all of it at a closing tag, so that deep nesting would cost the square.
 */
import { Parser } from 'htmlparser2';
import { htmlCharsMax, htmlDepthMax, marksMax, textCharsMax } from './limits.ts';
import type { Link } from './mail.ts';

export interface HtmlText {
  readonly text: string;
  /** In order, each with the offset in `text` where it stands. */
  readonly links: readonly (Link & { readonly offset: number })[];
  /** Ids and classes by which a client marks what it forwards, in lower case, each with its place in `text`. */
  readonly marks: readonly Mark[];
  /** Characters of text that the mail hides from its reader. */
  readonly hiddenChars: number;
}

export interface Mark {
  readonly name: string;
  readonly offset: number;
}

const blocks = new Set(
  'address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tbody tfoot thead tr ul'.split(
    ' ',
  ),
);
const cells = new Set(['td', 'th']);
const unseen = new Set(['head', 'script', 'style', 'title', 'template', 'noscript', 'object']);
const voids = new Set([
  'area',
  'base',
  'br',
  'col',
  'embed',
  'hr',
  'img',
  'input',
  'link',
  'meta',
  'wbr',
]);

/** How much the parser is given at once: so many elements can be opened before their number is looked at. */
const chunkChars = 2_048;

export function htmlToText(html: string): HtmlText {
  const writer = new LineWriter();
  const links: (Link & { offset: number })[] = [];
  const marks: Mark[] = [];
  let depth = 0;
  let hiddenDepth = 0;
  let preDepth = 0;
  let hiddenChars = 0;
  let open: { href: string; offset: number; text: string } | undefined;

  const closeLink = (): void => {
    if (open !== undefined)
      links.push({ href: open.href, text: open.text.trim(), offset: open.offset });
    open = undefined;
  };

  const parser = new Parser(
    {
      onopentag(name, attributes) {
        depth += 1;
        if (marks.length < marksMax) {
          for (const mark of markNames(attributes)) {
            marks.push({ name: mark, offset: writer.length });
          }
        }
        if (hiddenDepth > 0 || isHidden(name, attributes)) {
          if (!voids.has(name)) hiddenDepth += 1;
          return;
        }
        if (name === 'br') writer.newline();
        else if (blocks.has(name)) writer.breakLine();
        else if (cells.has(name)) writer.gap();
        if (name === 'pre') preDepth += 1;
        if (name === 'a' && attributes.href !== undefined) {
          closeLink();
          open = { href: attributes.href.trim(), offset: writer.length, text: '' };
        }
      },
      ontext(data) {
        if (hiddenDepth > 0) {
          hiddenChars += data.trim().length;
          return;
        }
        writer.write(data, preDepth > 0);
        if (open !== undefined && open.text.length < 2_000) open.text += data;
      },
      onclosetag(name) {
        depth -= 1;
        if (hiddenDepth > 0) {
          if (!voids.has(name)) hiddenDepth -= 1;
          return;
        }
        if (name === 'a') closeLink();
        if (name === 'pre') preDepth = Math.max(0, preDepth - 1);
        if (blocks.has(name)) writer.breakLine(name === 'p');
      },
    },
    { decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true },
  );
  for (let at = 0; at < Math.min(html.length, htmlCharsMax); at += chunkChars) {
    parser.write(html.slice(at, Math.min(at + chunkChars, htmlCharsMax)));
    if (depth <= htmlDepthMax) continue;
    // What was open is forgotten and reading goes on: no reader sees such a mail as it was meant either.
    parser.reset();
    depth = 0;
    hiddenDepth = 0;
    preDepth = 0;
  }
  parser.end();
  closeLink();
  return { text: writer.text(), links, marks, hiddenChars };
}

/** Ids, classes and the type of a quote: all that clients mark a forward with. */
function markNames(attributes: Record<string, string>): string[] {
  const names = `${attributes.id ?? ''} ${attributes.class ?? ''}`.toLowerCase().split(/\s+/);
  if (attributes.type === 'cite') names.push('type-cite');
  return names.filter((name) => name !== '').slice(0, 20);
}

function isHidden(name: string, attributes: Record<string, string>): boolean {
  if (unseen.has(name) || attributes.hidden !== undefined) return true;
  const style = attributes.style;
  if (style === undefined) return false;
  const squeezed = style.slice(0, 2_000).toLowerCase().replaceAll(/\s/g, '');
  return (
    /(?:^|;)display:none/.test(squeezed) ||
    /(?:^|;)visibility:hidden/.test(squeezed) ||
    /(?:^|;)font-size:0(?:px|pt|em|%)?(?:;|!|$)/.test(squeezed)
  );
}

/** Collects text as lines: white space is folded as a browser folds it. */
class LineWriter {
  private readonly parts: string[] = [];
  length = 0;
  private atLineStart = true;
  private wantsSpace = false;
  private wantsGap = false;
  private emptyLines = 1;

  write(data: string, preformatted: boolean): void {
    if (preformatted) {
      const lines = data.split('\n');
      lines.forEach((line, index) => {
        if (index > 0) this.newline();
        if (line !== '') this.push(line);
      });
      return;
    }
    const folded = data.replace(/[ \t\r\n\f]+/g, ' ');
    const leading = folded.startsWith(' ');
    const trailing = folded.length > 1 && folded.endsWith(' ');
    // A no-break space is no white space here: it may be all that stands between two words.
    const body = folded === ' ' ? '' : folded.slice(leading ? 1 : 0, trailing ? -1 : undefined);
    if (leading) this.wantsSpace = true;
    if (body !== '') this.push(body);
    if (trailing) this.wantsSpace = true;
  }

  /** A line break that is always made. */
  newline(): void {
    if (this.emptyLines < 2) this.append('\n');
    this.emptyLines += 1;
    this.atLineStart = true;
    this.wantsSpace = false;
    this.wantsGap = false;
  }

  /** The edge of a block: a line break unless one was just made; a blank line after a paragraph. */
  breakLine(blank = false): void {
    if (!this.atLineStart) this.newline();
    if (blank && this.emptyLines < 2) this.newline();
  }

  /** The edge of a table cell. */
  gap(): void {
    this.wantsGap = !this.atLineStart;
  }

  text(): string {
    return this.parts.join('').slice(0, textCharsMax);
  }

  private push(body: string): void {
    if (!this.atLineStart && (this.wantsSpace || this.wantsGap)) this.append(' ');
    this.append(body);
    this.atLineStart = false;
    this.wantsSpace = false;
    this.wantsGap = false;
    this.emptyLines = 0;
  }

  private append(part: string): void {
    this.parts.push(part);
    this.length += part.length;
  }
}
