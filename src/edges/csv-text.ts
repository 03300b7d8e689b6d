/**
 * The text of a customers file as it comes from people: its encoding, its line ends, its separator.
 *
 * Excel saves CSV with or without a BOM, in UTF-16 as "Unicode text", with `;` where the decimal sign
 * is a comma, and with an optional first line `sep=;`. What is not UTF-8 is refused: guessing the
 * encoding would put wrong names into letters.
 */
import { isUtf8 } from 'node:buffer';
import { csvLineCharsMax } from '../core/limits.ts';
import { ResponderError } from '../errors.ts';

export const separators = [',', ';', '\t'] as const;
export type Separator = (typeof separators)[number];

const lineFeed = 0x0a;
/** Ends the lines of files made for old Macintoshes. */
const carriageReturn = 0x0d;

/**
 * Turns octets into text of whole lines that all end with LF, without a BOM.
 *
 * Throws CUSTOMERS_INVALID, by line, for what is not UTF-8 and for a line above `csvLineCharsMax`.
 */
export async function* decodeLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  let isFirst = true;
  for await (const chunk of source) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    // Neither octet is ever part of a longer UTF-8 sequence, so lines can be cut there (RFC 3629 §3);
    // a CR at the very end may still get its LF.
    const end = Math.max(rest.lastIndexOf(lineFeed), rest.lastIndexOf(carriageReturn, -2)) + 1;
    const whole = rest.subarray(0, end);
    rest = rest.subarray(end);
    if (isFirst && (whole.length > 0 || rest.length > 4)) {
      refuseOtherEncodings(whole.length > 0 ? whole : rest);
      isFirst = false;
    }
    if (whole.length > 0) {
      const text = decode(whole, line);
      yield line === 1 ? text.replace(/^\uFEFF/, '') : text;
      line += countLineFeeds(text);
    }
    // A character takes at most four octets.
    if (rest.length > csvLineCharsMax * 4) throw lineTooLong(line);
  }
  if (rest.length === 0) return;
  if (isFirst) refuseOtherEncodings(rest);
  const text = decode(rest, line);
  yield line === 1 ? text.replace(/^\uFEFF/, '') : text;
}

function decode(octets: Buffer, firstLine: number): string {
  if (!isUtf8(octets)) throw notUtf8(octets, firstLine);
  const text = octets.toString('utf8').replace(/\r\n?/g, '\n');
  const tooLong = text.split('\n').findIndex((line) => line.length > csvLineCharsMax);
  if (tooLong >= 0) throw lineTooLong(firstLine + tooLong);
  return text;
}

function countLineFeeds(text: string): number {
  return text.split('\n').length - 1;
}

function lineTooLong(line: number): ResponderError {
  return new ResponderError(
    'CUSTOMERS_INVALID',
    `Line ${line} is longer than ${csvLineCharsMax} characters, which no row of customers is; is it a customers file?`,
  );
}

function notUtf8(octets: Buffer, firstLine: number): ResponderError {
  const lines = octets.toString('latin1').split(/\r\n?|\n/);
  const line = firstLine + lines.findIndex((text) => !isUtf8(Buffer.from(text, 'latin1')));
  return new ResponderError(
    'CUSTOMERS_INVALID',
    `Line ${line} is not UTF-8 text; save the file as “CSV UTF-8”.`,
  );
}

/** UTF-16 has a BOM of its own or an octet 0 beside every Latin letter; xlsx files begin with `PK`. */
function refuseOtherEncodings(octets: Buffer): void {
  const start = octets.subarray(0, 64);
  const isUtf16 = /^(\xff\xfe|\xfe\xff)/.test(start.toString('latin1')) || start.includes(0);
  if (start.toString('latin1').startsWith('PK\x03\x04')) {
    throw new ResponderError(
      'CUSTOMERS_INVALID',
      'The file is an Excel workbook; save it as “CSV UTF-8”.',
    );
  }
  if (isUtf16) {
    throw new ResponderError(
      'CUSTOMERS_INVALID',
      'The file is UTF-16 (Excel’s “Unicode text”) or not text at all; save it as “CSV UTF-8”.',
    );
  }
}

/**
 * The separator of a file, by its header row: the one that yields the most known names.
 *
 * Counting signs alone would be fooled by a header that holds the other sign in a name.
 */
export function detectSeparator(headerRow: string, isKnown: (name: string) => boolean): Separator {
  const known = (separator: Separator) =>
    headerRow.split(separator).filter((name) => isKnown(name.replace(/^\s*"(.*)"\s*$/, '$1')))
      .length;
  let best: Separator = ',';
  for (const separator of separators) {
    if (known(separator) > known(best)) best = separator;
  }
  return best;
}

/** The separator of Excel's own first line `sep=;`; absent when the line is not that. */
export function findDeclaredSeparator(line: string): Separator | undefined {
  const declared = /^"?sep=(.)"?$/i.exec(line)?.[1];
  return separators.find((separator) => separator === declared);
}
