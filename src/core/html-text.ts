/**
 * HTML as the text and the links that its reader sees. Nothing is rendered, loaded or kept as HTML.
 *
 * Blocks become lines, cells of one table row become one line (a notice's fields and Thunderbird's
 * header block are tables), hidden elements are left out. One pass of a streaming parser, whose stack is
 * kept short: it looks through all of it at a closing tag, so that deep nesting would cost the square.
 */
import { Parser } from 'htmlparser2';
import {
  blocks,
  cells,
  endedBy,
  isStray,
  noReach,
  type Reach,
  reachWithin,
  voids,
} from './html-elements.ts';
import { LineWriter } from './html-lines.ts';
import { LinkCollector, type Place, type PlacedLink } from './html-links.ts';
import {
  showsImages,
  showsText,
  type Visibility,
  visibilityOf,
  visible,
} from './html-visibility.ts';
import { htmlCharsMax, htmlDepthMax, marksMax, textCharsMax } from './limits.ts';

export interface HtmlText {
  readonly text: string;
  /** In order, each with the offset in `text` where it stands. */
  readonly links: readonly PlacedLink[];
  /** Ids and classes by which a client marks what it forwards, in lower case, each with its place in `text`. */
  readonly marks: readonly Mark[];
  /** Characters of text that the mail hides from its reader. */
  readonly hiddenChars: number;
  /** Whether a limit left out some of the HTML, its text or its links: an unseen part is not harmless. */
  readonly isCut: boolean;
}

export interface Mark {
  readonly name: string;
  readonly offset: number;
}

/** An element that is open. */
interface OpenElement {
  readonly name: string;
  /** Whether it took part in the page when it was opened: its end does too. */
  readonly isLaidOut: boolean;
  /** Of what stands in it now. Once a browser would have ended it, this and `reach` are its parent's. */
  visibility: Visibility;
  reach: Reach;
}

/** How much the parser is given at once: so many elements can be opened before their number is looked at. */
const chunkChars = 2_048;

/** Frames inside frames whose links are read: each one's HTML is an attribute of the other's. */
const partDepthMax = 3;

export function htmlToText(html: string): HtmlText {
  const reader = new HtmlReader(0);
  reader.read(asBrowsersRead(html.slice(0, htmlCharsMax)));
  const { writer, links, marks, hiddenChars } = reader;
  const isCut = html.length > htmlCharsMax || writer.length > textCharsMax || links.isCut;
  return { text: writer.text(), links: links.links(), marks, hiddenChars, isCut };
}

/** Comments end in browsers where the parser would go on: what is behind is seen. */
function asBrowsersRead(html: string): string {
  const closed = html.replaceAll('--!>', '-->').replaceAll('<![CDATA[', '<! [CDATA[');
  return closed.includes('<!-') ? closed.replace(/<!-(?!-)/g, '<! -') : closed;
}

/** Reads one HTML text, from its first character to its last. */
class HtmlReader {
  readonly writer = new LineWriter();
  readonly links = new LinkCollector();
  readonly marks: Mark[] = [];
  hiddenChars = 0;
  private readonly partDepth: number;
  private parser: Parser;
  private html = '';
  /** Where in the HTML the parser began. */
  private base = 0;
  /** Where in the HTML the last thing ended that was read as a whole. */
  private readUntil = 0;
  private open: OpenElement[] = [];
  private preDepth = 0;

  constructor(partDepth: number) {
    this.partDepth = partDepth;
    this.parser = this.newParser();
  }

  read(html: string): void {
    this.html = html;
    for (let at = 0; at < html.length; ) {
      this.parser.write(html.slice(at, at + chunkChars));
      at += chunkChars;
      if (this.open.length > htmlDepthMax) {
        at = this.readUntil;
        this.forgetOpen();
      }
    }
    this.parser.end();
  }

  private newParser(): Parser {
    return new Parser(
      {
        onopentag: (name, attributes) => {
          this.openElement(name, attributes);
          this.passed();
        },
        ontext: (data) => {
          this.addText(data);
          this.passed();
        },
        onclosetag: (name, isImplied) => {
          this.closeElement(name);
          if (!isImplied) this.passed();
        },
        oncomment: (data) => {
          this.readComment(data);
          this.passed();
        },
      },
      { decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true },
    );
  }

  private passed(): void {
    this.readUntil = this.base + this.parser.endIndex + 1;
  }

  /**
   * What was open is forgotten and reading goes on: no reader sees such a mail as it was meant either. A tag
   * that was only half read is read again, by a new parser: a reset one keeps half an attribute.
   */
  private forgetOpen(): void {
    this.parser = this.newParser();
    this.base = this.readUntil;
    this.open = [];
    this.preDepth = 0;
    this.writer.forgetCells();
  }

  private get visibility(): Visibility {
    return this.open.at(-1)?.visibility ?? visible;
  }

  private get reach(): Reach {
    return this.open.at(-1)?.reach ?? noReach;
  }

  private openElement(name: string, attributes: Record<string, string>): void {
    this.bringBack(name);
    const visibility = this.visibilityOf(name, attributes);
    const isLaidOut = !visibility.isGone;
    if (isLaidOut) this.layOutStart(name);
    this.addMarks(attributes);
    const place = this.placeOf(visibility, name);
    this.links.openElement(name, attributes, place, isLaidOut);
    if (name === 'img' && showsImages(visibility)) this.links.addImage();
    if (name === 'iframe' && isLaidOut) this.readPart(attributes.srcdoc ?? '');
    if (voids.has(name)) return;
    const reach = reachWithin(name, this.open.length, this.reach);
    this.open.push({ name, isLaidOut, visibility, reach });
  }

  /** What a browser would have ended by now hides nothing any more. */
  private bringBack(name: string): void {
    if (showsText(this.visibility)) return;
    const innermost = { name: this.open.at(-1)?.name ?? '', index: this.open.length - 1 };
    const from = endedBy(name, this.reach, innermost);
    if (from === undefined) return;
    const { visibility, reach } = this.open[from - 1] ?? { visibility: visible, reach: noReach };
    if (this.visibility === visibility && this.reach === reach) return;
    for (const element of this.open.slice(from)) {
      element.visibility = visibility;
      element.reach = reach;
    }
  }

  private visibilityOf(name: string, attributes: Record<string, string>): Visibility {
    // Word: `<o:p/>`. HTML knows no such end, so that it would hide whatever follows.
    const isEmpty =
      name.includes(':') && this.html.charAt(this.base + this.parser.endIndex - 1) === '/';
    const own = visibilityOf(name, attributes, this.visibility);
    if (showsText(own)) return own;
    return isEmpty || isStray(name, this.reach) ? this.visibility : own;
  }

  private layOutStart(name: string): void {
    if (name === 'br') this.writer.newline();
    else if (blocks.has(name)) this.writer.openBlock(name);
    else if (cells.has(name)) this.writer.openCell();
    else if (!name.includes(':')) this.writer.settle();
    if (name === 'pre') this.preDepth += 1;
  }

  private placeOf(visibility: Visibility, name: string): Place {
    const isText = name === 'a' || name.startsWith('v:');
    const isSeen = isText ? showsText(visibility) : showsImages(visibility);
    return { offset: this.writer.length, line: this.writer.lineBreaks, isSeen };
  }

  private addText(data: string): void {
    if (!showsText(this.visibility)) {
      this.hiddenChars += data.trim().length;
      return;
    }
    this.writer.write(data, this.preDepth > 0);
    this.links.addText(data);
  }

  private closeElement(name: string): void {
    if (voids.has(name)) return;
    this.links.closeElement(name);
    const element = this.open.pop();
    if (element?.isLaidOut !== true) return;
    if (name === 'pre') this.preDepth = Math.max(0, this.preDepth - 1);
    if (blocks.has(name)) this.writer.closeBlock(name);
    else if (cells.has(name)) this.writer.closeCell();
  }

  /** `<!--[if mso]>…<![endif]-->`: Outlook reads what other readers skip. Its text is mostly said twice. */
  private readComment(data: string): void {
    const isConditional = /^\s*\[if\b/i.test(data.slice(0, 100));
    if (isConditional && !this.visibility.isGone) this.readPart(data.slice(data.indexOf('>') + 1));
  }

  /** Reads the links of HTML that stands inside a comment or an attribute. */
  private readPart(html: string): void {
    if (!/href|action|src/i.test(html)) return;
    if (this.partDepth >= partDepthMax) {
      this.links.isCut = true;
      return;
    }
    const part = new HtmlReader(this.partDepth + 1);
    part.read(html);
    this.links.adopt(part.links, this.placeOf(visible, 'iframe'));
  }

  /** Ids, classes and the type of a quote: all that clients mark a forward with. */
  private addMarks(attributes: Record<string, string>): void {
    if (this.marks.length >= marksMax) return;
    const { id, class: classes, type } = attributes;
    if (id === undefined && classes === undefined && type !== 'cite') return;
    const names = `${id ?? ''} ${classes ?? ''}`.toLowerCase().split(/\s+/);
    if (type === 'cite') names.push('type-cite');
    const offset = this.writer.length;
    for (const name of names.filter((found) => found !== '').slice(0, 20)) {
      this.marks.push({ name, offset });
    }
  }
}
