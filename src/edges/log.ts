/**
 * The log: JSON lines on standard error, readable lines in a terminal.
 *
 * Values may come from mail, so control characters are taken out and long ones cut; what is named like
 * a secret, and passwords inside addresses of servers, are never written.
 */
import { type DestinationStream, pino, stdTimeFunctions } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { logSentenceCharsMax, shownCharsMax } from '../core/limits.ts';
import type { Log } from '../ports.ts';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Absent: where the destination is a terminal. */
  readonly pretty?: boolean;
  /** Standard error, when absent. */
  readonly destination?: LogDestination;
}

export interface LogDestination {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** Fields inside fields beyond this are not written. */
const depthMax = 6;
/** Entries of a list or a map beyond this are not written. */
const entriesMax = 50;
const stackLinesMax = 15;

/** Opens the log. It is written as it comes, so that nothing is lost when the process ends. */
export function openLog(options: LogOptions): Log {
  const destination = options.destination ?? process.stderr;
  const isPretty = options.pretty ?? destination.isTTY === true;
  // In the process itself: a worker thread would still hold lines when the process ends.
  const pretty = prettyFactory({
    colorize: destination.isTTY === true,
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss',
  });
  const stream: DestinationStream = {
    write: (line) => destination.write(isPretty ? pretty(line) : line),
  };
  const logger = pino(
    {
      level: options.level,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, sentence: string) => {
    if (!logger.isLevelEnabled(level)) return;
    logger[level](loggable(fields), loggableText(sentence, logSentenceCharsMax));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

const secretNames =
  /pass(word|wd|phrase)?$|secret$|token$|authorization$|credentials?$|apikey$|^cookie$/;
const secretMark = '[not logged]';

/** Fields as they may be written: no secrets, no control characters, nothing long, no cycles. */
export function loggable(fields: object): Record<string, unknown> {
  const value = clean(fields, 0);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { ...value }
    : { value };
}

function clean(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return loggableText(value, shownCharsMax);
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value === 'function') return '[function]';
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value;
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  if (depth >= depthMax) return '[deeper]';
  if (value instanceof Error) return cleanError(value, depth);
  if (Array.isArray(value)) {
    const items = value.slice(0, entriesMax).map((item) => clean(item, depth + 1));
    return value.length > entriesMax ? [...items, `[${value.length - entriesMax} more]`] : items;
  }
  return cleanEntries(value, depth);
}

function cleanEntries(value: object, depth: number): Record<string, unknown> {
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(
    entries.slice(0, entriesMax).map(([key, inner]) => {
      const name = loggableText(String(key), shownCharsMax);
      return [name, isSecretName(name) ? secretMark : clean(inner, depth + 1)];
    }),
  );
}

function isSecretName(name: string): boolean {
  return secretNames.test(name.toLowerCase().replace(/[_\s-]/g, ''));
}

function cleanError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    type: name,
    message: loggableText(message, logSentenceCharsMax),
    ...cleanEntries({ ...error }, depth),
    ...(frames.length === 0
      ? {}
      : { stack: frames.slice(0, stackLinesMax).map((line) => clean(line.trim(), depth)) }),
    ...(cause === undefined ? {} : { cause: clean(cause, depth + 1) }),
  };
}

/**
 * Text on one line, cut. The marks that turn text around (UAX #9) go as well: they would make a line
 * read otherwise than it is.
 */
function loggableText(text: string, charsMax: number): string {
  const withoutPasswords = text
    .slice(0, charsMax * 4)
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/]*):[^\s@/]*@/gi, `$1:${secretMark}@`);
  const plain = withoutPasswords
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu, ' ')
    .toWellFormed();
  return plain.length > charsMax ? `${plain.slice(0, charsMax).toWellFormed()}…` : plain;
}
