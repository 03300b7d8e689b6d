/**
 * The records of a CSV file, each with its line: what a cell or a column means is not known here.
 */
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { csvLineCharsMax } from '../core/limits.ts';
import { ResponderError } from '../errors.ts';
import { detectSeparator, findDeclaredSeparator, type Separator } from './csv-text.ts';

export interface CsvRecord {
  readonly cells: readonly string[];
  /** The line it begins in, counted from 1. */
  readonly line: number;
}

/**
 * The records of the file, their cells trimmed. `isKnown` says which names a header row may hold, by which
 * the separator is told.
 *
 * Throws CUSTOMERS_INVALID for quotation marks that spoil the file from there on.
 */
export async function* csvRecords(
  lines: AsyncGenerator<string>,
  isKnown: (name: string) => boolean,
): AsyncGenerator<CsvRecord> {
  const opened = await openText(lines, isKnown);
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
async function openText(
  lines: AsyncGenerator<string>,
  isKnown: (name: string) => boolean,
): Promise<OpenedText> {
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
    separator: declared ?? detectSeparator(headerRow, isKnown),
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
      return new ResponderError(
        'CUSTOMERS_INVALID',
        `Line ${line}: a quotation mark is opened and not closed; ${mend}.`,
      );
    default:
      return new ResponderError(
        'CUSTOMERS_INVALID',
        `Line ${line}: a quotation mark stands where none may; ${mend}.`,
      );
  }
}
