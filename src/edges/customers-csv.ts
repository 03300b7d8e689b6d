/**
 * Reads customers.csv: one row per subscription in, customers with their transition out.
 *
 * A customer is whole or not there: one bad row leaves its whole customer out, since half a record
 * would become a wrong instruction. The store is not touched here, so that `classify` can use the same
 * records in memory. RFC 4180, with `;` and tab as further separators.
 */
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { Customer } from '../core/customer.ts';
import { csvColumnsMax, csvLineCharsMax, csvRowsMax } from '../core/limits.ts';
import { ResponderError } from '../errors.ts';
import { decodeLines, detectSeparator, findDeclaredSeparator, type Separator } from './csv-text.ts';
import { type Column, customerColumns } from './customer-columns.ts';
import { CustomerRows, type CustomersProblem, shownText } from './customer-rows.ts';
import { findNearest } from './did-you-mean.ts';

export type { CustomersProblem } from './customer-rows.ts';

export interface CustomersFile {
  /** In the order of their first row; those with a bad row are left out. */
  readonly customers: readonly Customer[];
  readonly problems: readonly CustomersProblem[];
  /** Problems beyond `csvProblemsMax`, which are counted only. */
  readonly problemsLeftOut: number;
  /** Ids of the customers that a bad row keeps out. */
  readonly skippedCustomers: readonly string[];
  /** Bad rows that name no customer, so that nobody can say whose they are. */
  readonly rowsOfNobody: number;
  readonly unknownColumns: readonly string[];
  /** Rows below the header, empty ones not counted. */
  readonly rows: number;
}

export interface ReadCustomersOptions {
  /** Called now and then with the number of rows read. */
  readonly onProgress?: (rows: number) => void;
}

/** The header row, understood: by position the known column, or nothing. */
interface Header {
  readonly columns: readonly (Column | undefined)[];
  readonly unknown: readonly string[];
}

const progressRows = 5_000;

/**
 * Reads the file or stream.
 *
 * What is wrong with single rows is in `problems`. Throws FILE_NOT_READABLE, and CUSTOMERS_INVALID for
 * what spoils the file as a whole: encoding, header row, quotation marks, limits.
 */
export async function readCustomers(
  source: string | AsyncIterable<Uint8Array>,
  options: ReadCustomersOptions = {},
): Promise<CustomersFile> {
  try {
    return await readRows(source, options);
  } catch (error) {
    // Where several files are in play the sentence must say which.
    if (typeof source !== 'string' || !(error instanceof ResponderError)) throw error;
    if (error.code !== 'CUSTOMERS_INVALID') throw error;
    throw new ResponderError(error.code, `${source}: ${error.message}`, {
      cause: error,
      details: error.details,
    });
  }
}

async function readRows(
  source: string | AsyncIterable<Uint8Array>,
  options: ReadCustomersOptions,
): Promise<CustomersFile> {
  const lines = decodeLines(typeof source === 'string' ? octetsOf(source) : source);
  const rows = new CustomerRows();
  let header: Header | undefined;
  for await (const { cells, line } of records(lines)) {
    // Spreadsheets leave rows of nothing but separators behind.
    if (cells.every((cell) => cell === '')) continue;
    if (header === undefined) {
      header = readHeader(cells);
      continue;
    }
    if (rows.count >= csvRowsMax) throw invalid(`The file has more than ${csvRowsMax} rows.`);
    rows.add(cells, line, header.columns);
    if (rows.count % progressRows === 0) options.onProgress?.(rows.count);
  }
  if (header === undefined) {
    throw invalid('The file is empty; its first row must name the columns.');
  }
  return { ...rows.finish(), unknownColumns: header.unknown };
}

async function* octetsOf(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    throw new ResponderError('FILE_NOT_READABLE', `${file} cannot be read (${code}).`, { cause });
  }
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
    separator: declared ?? detectSeparator(headerRow, (name) => columnByName.has(normalized(name))),
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

const columnByName = new Map(customerColumns.map((column) => [column.name, column]));

function normalized(name: string): string {
  return name.trim().toLowerCase();
}

function readHeader(cells: readonly string[]): Header {
  const names = cells.map(normalized);
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
