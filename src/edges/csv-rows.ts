/**
 * Reads customers.csv into rows: its separator, its header row, its cells. RFC 4180, with `;` and tab as
 * further separators.
 *
 * What the cells mean is not known here.
 */
import { csvColumnsMax } from '../core/limits.ts';
import { ResponderError } from '../errors.ts';
import { type CsvRecord, csvRecords } from './csv-records.ts';
import { decodeLines } from './csv-text.ts';
import { type Column, columnByName, customerColumns, normalizedName } from './customer-columns.ts';
import { type CustomerRow, type RowSource, shownText } from './customer-rows.ts';
import { findNearest } from './did-you-mean.ts';

/**
 * Reads up to the header row; the others come with `rows`.
 *
 * Throws CUSTOMERS_INVALID for what spoils the file as a whole: encoding, header row, quotation marks.
 */
export async function openCsvRows(source: AsyncIterable<Uint8Array>): Promise<RowSource> {
  const all = filledRecords(decodeLines(source));
  const first = await all.next();
  if (first.done === true) {
    throw invalid('The file is empty; its first row must name the columns.');
  }
  const { columns, unknown } = readHeader(first.value.cells);
  const rows = (async function* () {
    for await (const record of all) yield rowOf(record, columns.length);
  })();
  return { columns, unknownColumns: unknown, rows };
}

/** Spreadsheets leave rows of nothing but separators behind. */
async function* filledRecords(lines: AsyncGenerator<string>): AsyncGenerator<CsvRecord> {
  for await (const record of csvRecords(lines, isKnownColumn)) {
    if (record.cells.some((cell) => cell !== '')) yield record;
  }
}

function rowOf({ cells, line }: CsvRecord, width: number): CustomerRow {
  if (cells.length >= width && cells.slice(width).every((cell) => cell === '')) {
    return { line, cells, faults: [] };
  }
  const message = `has ${cells.length} values, but the header row names ${width} columns`;
  const value = cells.slice(0, 3).join(' | ');
  return { line, cells, faults: [{ column: 'row', value, message }] };
}

/** The header row, understood: by position the known column, or nothing. */
interface Header {
  readonly columns: readonly (Column | undefined)[];
  readonly unknown: readonly string[];
}

function invalid(sentence: string, details: readonly string[] = []): ResponderError {
  return new ResponderError('CUSTOMERS_INVALID', sentence, { details });
}

function isKnownColumn(name: string): boolean {
  return columnByName.has(normalizedName(name));
}

function readHeader(cells: readonly string[]): Header {
  const names = cells.map(normalizedName);
  if (names.length > csvColumnsMax) {
    throw invalid(`The header row has ${names.length} columns; at most ${csvColumnsMax} are read.`);
  }
  const columns = names.map((name) => columnByName.get(name));
  const twice = columns.find((column, at) => column && columns.indexOf(column) !== at);
  if (twice !== undefined) {
    throw invalid(`The column ${twice.name} occurs twice in the header row.`);
  }
  const unknown = cells.filter((name, at) => columns[at] === undefined && name !== '');
  const missing = customerColumns.filter((known) => known.required && !columns.includes(known));
  if (missing.length > 0) throw missingColumns(missing, unknown);
  return { columns, unknown };
}

function missingColumns(missing: readonly Column[], unknown: readonly string[]): ResponderError {
  const details = missing.map(({ name }) => {
    const near = findNearest(name, unknown);
    return near === undefined
      ? `${name}: missing in the header row`
      : `${name}: missing in the header row (is it ${shownText(near)}?)`;
  });
  const names = missing.map(({ name }) => name).join(', ');
  return invalid(`The header row lacks ${names}, which every customers file needs.`, details);
}
