/**
 * Reads customers.csv: one row per subscription in, customers with their transition out.
 *
 * A customer is whole or not there: one bad row leaves its whole customer out, since half a record
 * would become a wrong instruction. The store is not touched here, so that `classify` can use the same
 * records in memory. RFC 4180, with `;` and tab as further separators.
 */
import { createReadStream } from 'node:fs';
import type { Customer } from '../core/customer.ts';
import { csvColumnsMax, csvRowsMax } from '../core/limits.ts';
import { ResponderError } from '../errors.ts';
import { csvRecords } from './csv-records.ts';
import { decodeLines } from './csv-text.ts';
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
  for await (const { cells, line } of csvRecords(lines, isKnownColumn)) {
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

const columnByName = new Map(customerColumns.map((column) => [column.name, column]));

function normalized(name: string): string {
  return name.trim().toLowerCase();
}

function isKnownColumn(name: string): boolean {
  return columnByName.has(normalized(name));
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
