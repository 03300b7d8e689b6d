/**
 * Reads a customers file, CSV or JSON lines: one row per subscription in, customers with their transition
 * out.
 *
 * A customer is whole or not there: one bad row leaves its whole customer out, since half a record
 * would become a wrong instruction. The store is not touched here, so that `classify` can use the same
 * records in memory.
 */
import { type FileHandle, open } from 'node:fs/promises';
import type { Customer } from '../core/customer.ts';
import { csvRowsMax } from '../core/limits.ts';
import { ResponderError } from '../errors.ts';
import { openCsvRows } from './csv-rows.ts';
import {
  CustomerRows,
  type CustomersProblem,
  idColumnOf,
  type RowSource,
} from './customer-rows.ts';
import { openJsonRows } from './jsonl-rows.ts';
import { withIds } from './row-ids.ts';

export const customersFormats = ['csv', 'jsonl'] as const;
export type CustomersFormat = (typeof customersFormats)[number];

/** What was found in a file beside its customers. */
export interface CustomersReport {
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
  /** Customers without a bad row. */
  readonly customerCount: number;
}

export interface CustomersFile extends CustomersReport {
  /** In the order of their first row; those with a bad row are left out. */
  readonly customers: readonly Customer[];
}

export interface ReadCustomersOptions {
  /** By default what the name of the file ends with says. */
  readonly format?: CustomersFormat;
  /** Called now and then with the number of rows read. */
  readonly onProgress?: (rows: number) => void;
}

/** A file that is read piece by piece. */
export interface OpenedCustomers {
  /** Each customer as soon as its last row has come. To be read once. */
  readonly customers: AsyncIterable<Customer>;
  /** What was found so far: everything once `customers` has ended. */
  report(): CustomersReport;
  close(): Promise<void>;
}

const progressRows = 5_000;

/** `.jsonl` and `.ndjson` are JSON lines; everything else is CSV. */
export function formatOf(path: string): CustomersFormat {
  return /\.(?:jsonl|ndjson)$/i.test(path) ? 'jsonl' : 'csv';
}

/**
 * Reads all customers of the file or stream into memory.
 *
 * What is wrong with single rows is in `problems`. Throws FILE_NOT_READABLE, and CUSTOMERS_INVALID for
 * what spoils the file as a whole: encoding, header row, quotation marks, limits.
 */
export async function readCustomers(
  source: string | AsyncIterable<Uint8Array>,
  options: ReadCustomersOptions = {},
): Promise<CustomersFile> {
  if (typeof source !== 'string') return collect(readOnce(() => source, options));
  const handle = await openFile(source);
  try {
    return await collect(readOnce(() => octetsOf(handle, source), { ...options, path: source }));
  } finally {
    await handle.close();
  }
}

async function collect(
  opened: Pick<OpenedCustomers, 'customers' | 'report'>,
): Promise<CustomersFile> {
  const customers: Customer[] = [];
  for await (const customer of opened.customers) customers.push(customer);
  return { customers, ...opened.report() };
}

/**
 * Opens a file to be read in two passes: the first counts the rows of each customer, so that the second
 * need not hold more than the rows that wait for others of the same customer. What can be read only once, a
 * pipe, is held in memory.
 *
 * Throws FILE_NOT_READABLE; reading `customers` throws as `readCustomers` does, and when the file changes
 * meanwhile.
 */
export async function openCustomers(
  path: string,
  options: ReadCustomersOptions = {},
): Promise<OpenedCustomers> {
  const handle = await openFile(path);
  const close = () => handle.close();
  const source = () => octetsOf(handle, path);
  const isFile = (await handle.stat()).isFile();
  const opened = isFile
    ? readTwice(source, { ...options, path })
    : readOnce(source, { ...options, path });
  return { ...opened, close };
}

type Source = () => AsyncIterable<Uint8Array>;

interface PlacedOptions extends ReadCustomersOptions {
  readonly path?: string;
}

async function openRows(source: Source, options: PlacedOptions): Promise<RowSource> {
  const format = options.format ?? formatOf(options.path ?? '');
  const opened = await (format === 'csv' ? openCsvRows(source()) : openJsonRows(source()));
  return { ...opened, rows: withIds(opened) };
}

/** Everything is given out at the end, in the order of the first rows. */
function readOnce(source: Source, options: PlacedOptions) {
  return reading(options, async function* (hold) {
    const rows = await openRows(source, options);
    const collected = hold(rows, new CustomerRows(rows.columns));
    for await (const row of rows.rows) {
      refuseTooMany(collected.count);
      collected.add(row);
      if (collected.count % progressRows === 0) options.onProgress?.(collected.count);
    }
    yield* collected.rest();
  });
}

function readTwice(source: Source, options: PlacedOptions) {
  return reading(options, async function* (hold) {
    const rowsOf = await countRows(await openRows(source, options), options);
    const rows = await openRows(source, options);
    const collected = hold(rows, new CustomerRows(rows.columns, rowsOf));
    for await (const row of rows.rows) {
      const customer = collected.add(row);
      if (customer !== undefined) yield customer;
    }
    if (collected.isWaiting || rowsOf.size > 0) throw changedMeanwhile();
  });
}

/** By customer. */
async function countRows(
  source: RowSource,
  { onProgress }: ReadCustomersOptions,
): Promise<Map<string, number>> {
  const idAt = idColumnOf(source.columns);
  const counts = new Map<string, number>();
  let rows = 0;
  for await (const { cells } of source.rows) {
    refuseTooMany(rows);
    rows += 1;
    const id = cells[idAt] ?? '';
    if (id !== '') counts.set(id, (counts.get(id) ?? 0) + 1);
    if (rows % progressRows === 0) onProgress?.(rows);
  }
  return counts;
}

type Hold = (rows: RowSource, collected: CustomerRows) => CustomerRows;

/** Customers as `read` gives them, with what was found on the way. */
function reading(
  { path }: PlacedOptions,
  read: (hold: Hold) => AsyncIterable<Customer>,
): Pick<OpenedCustomers, 'customers' | 'report'> {
  let held: { readonly rows: RowSource; readonly collected: CustomerRows } | undefined;
  const hold: Hold = (rows, collected) => {
    held = { rows, collected };
    return collected;
  };
  const customers = async function* () {
    try {
      yield* read(hold);
    } catch (error) {
      throw path === undefined ? error : namingFile(error, path);
    }
  };
  const report = () => {
    const { rows, collected } = held ?? {};
    const found = (collected ?? new CustomerRows([])).report();
    return { ...found, unknownColumns: rows?.unknownColumns ?? [] };
  };
  return { customers: customers(), report };
}

/** Where several files are in play the sentence must say which. */
function namingFile(error: unknown, path: string): unknown {
  if (!(error instanceof ResponderError) || error.code !== 'CUSTOMERS_INVALID') return error;
  const { code, details } = error;
  return new ResponderError(code, `${path}: ${error.message}`, { cause: error, details });
}

function refuseTooMany(rows: number): void {
  if (rows < csvRowsMax) return;
  throw new ResponderError('CUSTOMERS_INVALID', `The file has more than ${csvRowsMax} rows.`);
}

function changedMeanwhile(): ResponderError {
  return new ResponderError(
    'CUSTOMERS_INVALID',
    'The file changed while it was read; try again once it is complete.',
  );
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (cause) {
    throw notReadable(path, cause);
  }
}

/** From the beginning, of the file that was opened, whatever has taken its name since. */
async function* octetsOf(handle: FileHandle, path: string): AsyncGenerator<Uint8Array> {
  try {
    const isFile = (await handle.stat()).isFile();
    const from = isFile ? { start: 0 } : {};
    yield* handle.createReadStream({ ...from, autoClose: false });
  } catch (cause) {
    throw notReadable(path, cause);
  }
}

function notReadable(path: string, cause: unknown): ResponderError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  return new ResponderError('FILE_NOT_READABLE', `${path} cannot be read (${code}).`, { cause });
}
