/**
 * Reads the files that Partner Center exports itself, each by a named profile, into facts about customers.
 *
 * CSV and TSV, as downloaded or saved again by a spreadsheet: the separator is told by the header row. A
 * customer with a bad row is left out whole. Nothing is ever guessed: what a word does not say is no fact.
 */
import { createReadStream } from 'node:fs';
import { csvProblemsMax, csvRowsMax, shownCharsMax } from '../core/limits.ts';
import type { CustomerFacts } from '../core/record-facts.ts';
import { ResponderError } from '../errors.ts';
import { type CsvRecord, csvRecords } from './csv-records.ts';
import { decodeLines } from './csv-text.ts';
import type { CustomersProblem } from './customer-rows.ts';
import type { Checked } from './customer-values.ts';
import { subscriptionId, tenantId } from './customer-values.ts';
import { TenantFacts } from './partner-center-gather.ts';
import { invalid, isProfileColumn, readHeader } from './partner-center-header.ts';
import {
  type Profile,
  type ProfileName,
  type ProfileRow,
  profiles,
} from './partner-center-profiles.ts';

/** A word of a column that says nothing here. */
export interface UnknownWord {
  readonly column: string;
  /** Cut to `shownCharsMax`; control characters may be in it. */
  readonly value: string;
  /** The first line that has it, and how many have. */
  readonly line: number;
  readonly rows: number;
}

export interface PartnerCenterFile {
  /** In the order of their first row. */
  readonly facts: readonly CustomerFacts[];
  readonly problems: readonly CustomersProblem[];
  /** Problems beyond `csvProblemsMax`, which are counted only. */
  readonly problemsLeftOut: number;
  /** Tenants that a bad row keeps out; subscriptions where the file has no tenants. */
  readonly skipped: readonly string[];
  /** Subscriptions whose customer nobody knows, of a file without tenants. */
  readonly subscriptionsOfNobody: number;
  readonly unknownColumns: readonly string[];
  readonly unknownWords: readonly UnknownWord[];
  /** Rows below the header, empty ones not counted. */
  readonly rows: number;
}

export interface ReadPartnerCenterOptions {
  /** Whose subscription it is, for files that name customers by their name only. */
  readonly tenantOf?: (subscriptionId: string) => Promise<string | undefined>;
}

/**
 * What is wrong with single rows is in `problems`. Throws FILE_NOT_READABLE, and CUSTOMERS_INVALID for what
 * spoils the file as a whole: encoding, header row, quotation marks, limits, or another file than the
 * profile's.
 */
export async function readPartnerCenterFile(
  path: string,
  name: ProfileName,
  options: ReadPartnerCenterOptions = {},
): Promise<PartnerCenterFile> {
  try {
    return await readFile(path, name, options);
  } catch (error) {
    if (!(error instanceof ResponderError) || error.code !== 'CUSTOMERS_INVALID') throw error;
    throw new ResponderError(error.code, `${path}: ${error.message}`, {
      cause: error,
      details: error.details,
    });
  }
}

async function readFile(
  path: string,
  name: ProfileName,
  { tenantOf }: ReadPartnerCenterOptions,
): Promise<PartnerCenterFile> {
  const records = csvRecords(decodeLines(octetsOf(path)), isProfileColumn);
  let reading: Reading | undefined;
  for await (const record of records) {
    if (record.cells.every((cell) => cell === '')) continue;
    if (reading === undefined) reading = new Reading(name, record.cells, tenantOf !== undefined);
    else reading.add(record);
  }
  if (reading === undefined)
    throw invalid('The file is empty; its first row must name the columns.');
  const subscriptionsOfNobody = await reading.house(tenantOf);
  return { ...reading.finish(), subscriptionsOfNobody };
}

async function* octetsOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    throw new ResponderError('FILE_NOT_READABLE', `${path} cannot be read (${code}).`, { cause });
  }
}

/** One file while it is read. */
class Reading {
  readonly #profile: Profile;
  /** By column of the profile: its place in the rows. */
  readonly #places: ReadonlyMap<string, number>;
  readonly #required: ReadonlySet<string>;
  readonly #width: number;
  readonly #unknownColumns: readonly string[];
  readonly #problems: CustomersProblem[] = [];
  readonly #words = new Map<string, UnknownWord>();
  readonly #tenants = new TenantFacts((line, value, message) =>
    this.#report({ line, column: 'row', value, message }),
  );
  #problemsLeftOut = 0;
  #rows = 0;

  constructor(name: ProfileName, header: readonly string[], canFindTenants: boolean) {
    this.#profile = profiles[name];
    const { places, unknown } = readHeader(name, header);
    this.#places = places;
    this.#unknownColumns = unknown;
    this.#width = header.length;
    this.#required = new Set(
      this.#profile.columns.flatMap((column) => (column.required ? [column.name] : [])),
    );
    const hasTenants = tenantColumns.some((column) => places.has(column));
    if (!hasTenants && !canFindTenants)
      throw invalid('The file names no tenants, and nobody can say whose its subscriptions are.');
  }

  add({ cells, line }: CsvRecord): void {
    if (this.#rows >= csvRowsMax) throw invalid(`The file has more than ${csvRowsMax} rows.`);
    this.#rows += 1;
    let isBad = false;
    const report = (column: string, value: string, message: string) => {
      isBad = true;
      this.#report({ line, column, value, message });
    };
    const text = (column: string) => cells[this.#places.get(column) ?? -1] ?? '';
    const width = this.#width;
    if (cells.length < width || cells.slice(width).some((cell) => cell !== '')) {
      const shown = cells.slice(0, 3).join(' | ');
      report('row', shown, `has ${cells.length} values, but the header row names ${width} columns`);
    }
    const facts = isBad ? undefined : this.#profile.read(this.#rowOf(text, line, report));
    if (facts !== undefined && !isBad) this.#tenants.add(facts, line);
    else
      this.#tenants.spoil({
        tenantId: findIn(text, tenantColumns, tenantId),
        subscriptionId: findIn(text, subscriptionColumns, subscriptionId),
      });
  }

  #rowOf(
    text: (column: string) => string,
    line: number,
    report: (column: string, value: string, message: string) => void,
  ): ProfileRow {
    const filled = (column: string) => {
      const value = text(column);
      if (value === '' && this.#required.has(column)) report(column, value, 'is missing');
      return value === '' ? undefined : value;
    };
    return {
      has: (column) => this.#places.has(column),
      value: (column, check) => {
        const value = filled(column);
        if (value === undefined) return undefined;
        const checked = harmful.test(value)
          ? { message: 'holds a line break or another control character' }
          : check(value);
        if ('value' in checked) return checked.value;
        report(column, value, checked.message);
        return undefined;
      },
      word: (column, words) => {
        const value = filled(column);
        if (value === undefined) return undefined;
        const key = value.toLowerCase();
        if (Object.hasOwn(words, key)) return words[key];
        this.#noteWord(column, value, line);
        return undefined;
      },
    };
  }

  #noteWord(column: string, text: string, line: number): void {
    const value = text.slice(0, shownCharsMax);
    const key = `${column}\n${value}`;
    const known = this.#words.get(key);
    if (known === undefined && this.#words.size >= csvProblemsMax) return;
    this.#words.set(key, {
      column,
      value,
      line: known?.line ?? line,
      rows: (known?.rows ?? 0) + 1,
    });
  }

  #report(problem: CustomersProblem): void {
    if (this.#problems.length >= csvProblemsMax) this.#problemsLeftOut += 1;
    else this.#problems.push({ ...problem, value: problem.value.slice(0, shownCharsMax) });
  }

  /** Finds the tenants of rows that name none. Returns of how many subscriptions nobody knows it. */
  async house(tenantOf: ReadPartnerCenterOptions['tenantOf']): Promise<number> {
    let ofNobody = 0;
    for (const subscription of this.#tenants.homeless()) {
      const tenant = await tenantOf?.(subscription.subscriptionId);
      if (tenant === undefined) ofNobody += 1;
      else this.#tenants.house(tenant, subscription);
    }
    return ofNobody;
  }

  finish(): Omit<PartnerCenterFile, 'subscriptionsOfNobody'> {
    return {
      ...this.#tenants.finish(),
      problems: this.#problems.toSorted((a, b) => a.line - b.line),
      problemsLeftOut: this.#problemsLeftOut,
      unknownColumns: this.#unknownColumns,
      unknownWords: [...this.#words.values()],
      rows: this.#rows,
    };
  }
}

// As in customers.csv: marks that turn text around (UAX #9) are as bad as control characters.
const harmful = /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u;

const tenantColumns = ['CustomerTenantId', 'CustomerId', 'Microsoft ID'] as const;
const subscriptionColumns = [
  'SubscriptionId',
  'SubscriptionID',
  'SyndicationPartnerSubscriptionNumber',
] as const;

function findIn(
  text: (column: string) => string,
  columns: readonly string[],
  check: (text: string) => Checked<string>,
): string | undefined {
  for (const column of columns) {
    const checked = check(text(column));
    if ('value' in checked) return checked.value;
  }
  return undefined;
}
