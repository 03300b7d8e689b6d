/**
 * A table for the terminal whose rows come one after the other, and may be a million.
 */
import { cutToWidth, displayWidth } from '../core/display-width.ts';
import { shownCharsMax, tableCellColumnsMax } from '../core/limits.ts';
import { shown } from '../core/normalize.ts';

export interface TableColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** Rows whose widths are looked at before the first is written. */
const measuredRows = 1_000;

/**
 * Lines of the table, its header first; none without rows. Cells are put on one line, without what turns a
 * terminal or a text around, and cut; of the last column only what is very long.
 */
export async function* tableLines(
  columns: readonly TableColumn[],
  rows: AsyncIterable<readonly string[]>,
): AsyncGenerator<string> {
  const held: (readonly string[])[] = [];
  let widths: readonly number[] | undefined;
  const write = (cells: readonly string[]) => lineOf(cells, columns, widths ?? []);
  const begin = () => {
    const all = [columns.map(({ title }) => title), ...held];
    widths = columns.map((_, at) => Math.max(...all.map((cells) => displayWidth(cells[at] ?? ''))));
    return all.map(write).join('');
  };
  for await (const row of rows) {
    const cells = row.map((cell, at) => cellOf(cell, at === columns.length - 1));
    if (widths !== undefined) yield write(cells);
    else if (held.push(cells) === measuredRows) yield begin();
  }
  if (widths === undefined && held.length > 0) yield begin();
}

function cellOf(text: string, isLast: boolean): string {
  const line = shown(text, shownCharsMax);
  return isLast ? line : cutToWidth(line, tableCellColumnsMax);
}

function lineOf(
  cells: readonly string[],
  columns: readonly TableColumn[],
  widths: readonly number[],
): string {
  const line = cells
    .map((cell, at) => {
      const padding = ' '.repeat(Math.max(0, (widths[at] ?? 0) - displayWidth(cell)));
      return columns[at]?.align === 'right' ? padding + cell : cell + padding;
    })
    .join('  ');
  return `${line.trimEnd()}\n`;
}

/** The same for few rows that are all there. */
export async function tableText(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
): Promise<string> {
  let text = '';
  const each = async function* () {
    yield* rows;
  };
  for await (const line of tableLines(columns, each())) text += line;
  return text;
}
