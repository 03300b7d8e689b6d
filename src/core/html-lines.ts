/**
 * The lines of a text that is read from HTML: white space is folded as a browser folds it, blocks become
 * lines, the cells of one table row one line.
 *
 * Outlook puts a paragraph into each cell of a table that it passes on. Where such a block is all that a
 * cell has, its edges are the cell's, and no line breaks: label and value stay together. Whether it is all is
 * only known later, so that a gap may still become a line break. Both are one character: what has been
 * written never moves, and offsets stay true.
 */
import { textCharsMax } from './limits.ts';

interface Cell {
  /** Nothing stands in it yet. */
  isFresh: boolean;
  beginsWithBlock: boolean;
  brokeLine: boolean;
  /** Index of the part that parts it from the cell before. */
  gapAt?: number;
}

/** The end of a cell's first block: a line break if the cell goes on. */
interface HeldBreak {
  readonly isBlank: boolean;
  readonly isCellOver: boolean;
}

const edgeBlocks = new Set(['p', 'div', 'center']);

export class LineWriter {
  /** Characters written so far: the offset of what comes next. */
  length = 0;
  /** Line breaks written so far. */
  lineBreaks = 0;
  private readonly parts: string[] = [];
  private cells: Cell[] = [];
  private held: HeldBreak | undefined;
  private atLineStart = true;
  private wantsSpace = false;
  private wantsGap = false;
  private lineHasGap = false;
  /** The last part is the gap between two cells. */
  private endsInGap = false;
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
    // Only what changes: a space for a space would be made anew for every word.
    const folded = data.replace(/[ \t\r\n\f]{2,}|[\t\r\n\f]/g, ' ');
    const leading = folded.startsWith(' ');
    const trailing = folded.length > 1 && folded.endsWith(' ');
    // A no-break space is no white space here: it may be all that stands between two words.
    const body = folded === ' ' ? '' : folded.slice(leading ? 1 : 0, trailing ? -1 : undefined);
    if (leading) this.wantsSpace = true;
    if (body !== '') this.push(body);
    if (trailing) this.wantsSpace = true;
  }

  openBlock(name: string): void {
    const cell = this.cells.at(-1);
    if (cell?.isFresh && edgeBlocks.has(name)) {
      cell.beginsWithBlock = true;
      return;
    }
    this.breakLine(false);
    if (cell !== undefined) cell.isFresh = false;
  }

  closeBlock(name: string): void {
    const cell = this.cells.at(-1);
    if (cell === undefined || cell.brokeLine || !edgeBlocks.has(name)) {
      this.breakLine(name === 'p');
    } else if (!cell.isFresh) {
      this.held = { isBlank: name === 'p' || this.held?.isBlank === true, isCellOver: false };
    }
  }

  openCell(): void {
    this.wantsGap = !this.atLineStart;
    this.cells.push({ isFresh: true, beginsWithBlock: false, brokeLine: false });
  }

  closeCell(): void {
    this.cells.pop();
    const outer = this.cells.at(-1);
    if (outer !== undefined) outer.isFresh = false;
    if (this.held !== undefined) this.held = { ...this.held, isCellOver: true };
  }

  /** No cell is open any more. */
  forgetCells(): void {
    this.cells = [];
  }

  /** Something begins whose offset is kept: what parts it from the text before is written now. */
  settle(): void {
    if (this.held?.isCellOver === false) this.breakLine(false);
    if (this.wantsGap && !this.atLineStart && !this.endsInGap) this.writeGap();
  }

  /** A line break that is always made. */
  newline(): void {
    if (this.endsInGap) {
      this.parts[this.parts.length - 1] = '\n';
      this.emptyLines = 0;
    } else if (this.emptyLines < 2) {
      this.append('\n');
    }
    this.breakCell();
    this.held = undefined;
    this.lineBreaks += 1;
    this.emptyLines += 1;
    this.atLineStart = true;
    this.wantsSpace = false;
    this.wantsGap = false;
    this.lineHasGap = false;
    this.endsInGap = false;
  }

  text(): string {
    return this.parts.join('').slice(0, textCharsMax);
  }

  /** The edge of a block: a line break unless one was just made; a blank line after a paragraph. */
  private breakLine(isBlank: boolean): void {
    const { held } = this;
    // The last cell of a row with several ends the row, like any other row of lines.
    const isHeldBlank = held?.isBlank === true && !(held.isCellOver && this.lineHasGap);
    if (!this.atLineStart) this.newline();
    if ((isBlank || isHeldBlank) && this.emptyLines < 2) this.newline();
    this.held = undefined;
  }

  private push(body: string): void {
    if (this.held?.isCellOver === false) this.breakLine(false);
    this.held = undefined;
    if (!this.atLineStart && !this.endsInGap) {
      if (this.wantsGap) this.writeGap();
      else if (this.wantsSpace) this.append(' ');
    }
    this.append(body);
    const cell = this.cells.at(-1);
    if (cell !== undefined) cell.isFresh = false;
    this.atLineStart = false;
    this.wantsSpace = false;
    this.wantsGap = false;
    this.endsInGap = false;
    this.emptyLines = 0;
  }

  private writeGap(): void {
    this.append(' ');
    this.endsInGap = true;
    this.lineHasGap = true;
    const cell = this.cells.at(-1);
    if (cell?.isFresh) cell.gapAt = this.parts.length - 1;
  }

  /** A cell with lines of its own stands on its own lines, when it began with one. */
  private breakCell(): void {
    const cell = this.cells.at(-1);
    if (cell === undefined) return;
    cell.brokeLine = true;
    cell.isFresh = false;
    if (cell.beginsWithBlock && cell.gapAt !== undefined) this.parts[cell.gapAt] = '\n';
    delete cell.gapAt;
  }

  private append(part: string): void {
    this.parts.push(part);
    this.length += part.length;
  }
}
