/**
 * Reads customers as JSON lines: one object a line, one line a subscription, its names those of the columns
 * of customers.csv.
 *
 * A value may be text as in a cell, a number, `true` or `false` where the column says yes or no, or a list of
 * texts where the column holds a list. Null, and a name that is absent, mean unknown. Each value becomes the
 * text that a cell would hold, so that both formats pass the same checks.
 */
import { csvColumnsMax } from '../core/limits.ts';
import { ResponderError } from '../errors.ts';
import { decodeLines } from './csv-text.ts';
import { type Column, columnByName, customerColumns, normalizedName } from './customer-columns.ts';
import type { CustomerRow, RowSource } from './customer-rows.ts';
import type { Checked } from './customer-values.ts';

const places = new Map(customerColumns.map((column, at) => [column.name, at]));

/** Throws CUSTOMERS_INVALID, while the rows are read, for what spoils the file as a whole. */
export function openJsonRows(source: AsyncIterable<Uint8Array>): RowSource {
  const unknown = new Set<string>();
  return {
    columns: customerColumns,
    get unknownColumns() {
      return [...unknown];
    },
    rows: readRows(source, unknown),
  };
}

async function* readRows(
  source: AsyncIterable<Uint8Array>,
  unknown: Set<string>,
): AsyncGenerator<CustomerRow> {
  let isFirst = true;
  for await (const { text, line } of linesOf(source)) {
    const value = parseObject(text);
    if (value === undefined && isFirst) {
      throw new ResponderError(
        'CUSTOMERS_INVALID',
        `Line ${line} is not a JSON object; is it a CSV file (--format csv)?`,
      );
    }
    isFirst = false;
    if (value === undefined) yield notAnObject(text, line);
    else yield withTwice(rowOf(value, line, unknown), repeatedNames(text));
  }
}

/** The lines with something in them, counted from 1. */
async function* linesOf(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly text: string; readonly line: number }> {
  let line = 0;
  for await (const chunk of decodeLines(source)) {
    const lines = chunk.split('\n');
    // Each chunk but the last one ends with a line end, behind which nothing stands.
    if (lines.at(-1) === '') lines.pop();
    for (const text of lines) {
      line += 1;
      if (text.trim() !== '') yield { text, line };
    }
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Where it breaks off says nothing that the line itself does not.
    return undefined;
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

function notAnObject(text: string, line: number): CustomerRow {
  const message = 'is not one JSON object, such as {"customer_id": "C-1", …}';
  return { line, cells: [], faults: [{ column: 'row', value: text.trim(), message }] };
}

function rowOf(
  object: Readonly<Record<string, unknown>>,
  line: number,
  unknown: Set<string>,
): CustomerRow {
  const cells = customerColumns.map(() => '');
  const seen = new Set<string>();
  const faults: CustomerRow['faults'][number][] = [];
  for (const [given, value] of Object.entries(object)) {
    const column = columnByName.get(normalizedName(given));
    if (column === undefined) {
      if (unknown.size < csvColumnsMax) unknown.add(given);
      continue;
    }
    const checked: Checked<string> = seen.has(column.name)
      ? { message: 'is there twice in this line' }
      : cellOf(column, value);
    seen.add(column.name);
    if ('value' in checked) cells[places.get(column.name) ?? 0] = checked.value.trim();
    else faults.push({ column: column.name, value: shownJson(value), message: checked.message });
  }
  return { line, cells, faults };
}

/** `JSON.parse` keeps the last of two values under one name, and says nothing. */
function repeatedNames(json: string): readonly string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  let depth = 0;
  let last: string | undefined;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (token !== ':') last = token;
    else if (depth === 1 && last !== undefined) {
      const name = normalizedName(JSON.parse(last) as string);
      if (seen.has(name)) twice.add(name);
      seen.add(name);
    }
  }
  return [...twice];
}

function withTwice(row: CustomerRow, names: readonly string[]): CustomerRow {
  const faults = names
    .filter((name) => columnByName.has(name) && !row.faults.some(({ column }) => column === name))
    .map((column) => ({ column, value: '', message: 'is there twice in this line' }));
  return faults.length === 0 ? row : { ...row, faults: [...row.faults, ...faults] };
}

function shownJson(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The text that a cell of customers.csv would hold. */
function cellOf(column: Column, value: unknown): Checked<string> {
  if (value === null) return { value: '' };
  switch (typeof value) {
    case 'string':
      return { value };
    case 'number':
      // JSON programs read 12345678901234567890 as another number.
      return Number.isInteger(value) && !Number.isSafeInteger(value)
        ? { message: 'is a number that was rounded when it was read; write it as text' }
        : { value: String(value) };
    case 'boolean':
      return column.holds === 'approval'
        ? { value: value ? 'yes' : 'no' }
        : { message: `is ${value}, where text or a number is expected` };
    default:
      if (column.holds !== 'list')
        return { message: 'is a list or an object, where text or a number is expected' };
      return Array.isArray(value)
        ? listCell(value)
        : { message: 'is an object, where a list of texts is expected' };
  }
}

/** What stands between two `;`: quotation marks keep one that belongs to a name. */
const entry = /^(?:"(?:[^"\\]|\\.)*"|[^;"])*$/;

function listCell(items: readonly unknown[]): Checked<string> {
  const wrong = items.find((item) => typeof item !== 'string');
  if (wrong !== undefined) return { message: `holds ${JSON.stringify(wrong)}, which is not text` };
  const texts = items.map(String);
  const divided = texts.find((text) => !entry.test(text));
  if (divided !== undefined) {
    const shown = JSON.stringify(divided);
    return { message: `holds ${shown}; a name with ; or " in it stands in quotation marks` };
  }
  return { value: texts.join(';') };
}
