/**
 * Reads customers.csv into rows: its separator, its header row, its cells. RFC 4180, with `;` and tab as
 * further separators.
 *
 * What the cells mean is not known here.
 */
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { csvColumnsMax, csvLineCharsMax } from '../core/limits.ts';
import { ResponderError } from '../errors.ts';
import { decodeLines, detectSeparator, findDeclaredSeparator, type Separator } from './csv-text.ts';
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
  for await (const record of records(lines)) {
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

interface CsvRecord {
  readonly cells: readonly string[];
  /** The line it begins in, counted from 1. */
  readonly line: number;
}

/** The records of the file, their cells trimmed. */
async function* records(lines: AsyncGenerator<string>): AsyncGenerator<CsvRecord> {
  const opened = await openText(lines);
  let linesParsed = 0;
  const parser = parse({
    delimiter: opened.separator,
    record_delimiter: '\n',
    relax_column_count: true,
    // A quotation mark that is never closed swallows lines up to here. A character has at most four octets.
    max_record_size: csvLineCharsMax * 4,
    info: true,
    // Told at once, while the records themselves wait to be read: an error overtakes them.
    on_record: (record, context) => {
      linesParsed = context.lines;
      return record;
    },
  });
  // An error of the text ends the parser with that same error, which the loop below throws.
  pipeline(Readable.from(opened.text), parser, () => undefined);
  let line = opened.line;
  try {
    for await (const { record, info } of parser as AsyncIterable<ParsedRecord>) {
      yield { cells: record.map((cell) => cell.trim()), line };
      line = opened.line + info.lines;
    }
  } catch (error) {
    throw error instanceof CsvError ? brokenQuotes(error, opened.line + linesParsed) : error;
  }
}

interface ParsedRecord {
  readonly record: readonly string[];
  /** Lines read so far, this record's included. */
  readonly info: { readonly lines: number };
}

interface OpenedText {
  readonly separator: Separator;
  /** The number of the first line of `text`. */
  readonly line: number;
  readonly text: AsyncIterable<string>;
}

/** Finds the separator, and takes Excel's line `sep=;` away. */
async function openText(lines: AsyncGenerator<string>): Promise<OpenedText> {
  let start = '';
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    start += next.value;
    if (start.trim() !== '') break;
  }
  const firstLine = /^.*\n?/.exec(start)?.[0] ?? '';
  const declared = findDeclaredSeparator(firstLine.trim());
  const text = declared === undefined ? start : start.slice(firstLine.length);
  const headerRow = text.split('\n').find((row) => row.trim() !== '') ?? '';
  return {
    separator:
      declared ?? detectSeparator(headerRow, (name) => columnByName.has(normalizedName(name))),
    line: declared === undefined ? 1 : 2,
    text: (async function* () {
      yield text;
      yield* lines;
    })(),
  };
}

/** After a wrong quotation mark nobody knows where the next cell begins, so reading ends there. */
function brokenQuotes(error: CsvError, line: number): ResponderError {
  const mend = 'quote the whole value and double each quotation mark inside it';
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
    case 'CSV_MAX_RECORD_SIZE':
      return invalid(`Line ${line}: a quotation mark is opened and not closed; ${mend}.`);
    default:
      return invalid(`Line ${line}: a quotation mark stands where none may; ${mend}.`);
  }
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
