/**
 * The log: JSON lines on standard error, readable lines in a terminal.
 *
 * Values may come from mail, so control characters are taken out and long ones cut; what is named like
 * a secret, and passwords inside addresses of servers, are never written. Addresses of people and subjects are
 * written as far as the settings say. What a job logs, wherever that is, carries its case and stage.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type DestinationStream, pino, stdTimeFunctions } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { logReadCharsMax, logSentenceCharsMax, shownCharsMax } from '../core/limits.ts';
import { type Redactor, redactorFor } from '../core/redact.ts';
import type { Log } from '../ports.ts';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Absent: where the destination is a terminal. */
  readonly pretty?: boolean;
  /** Standard error, when absent. */
  readonly destination?: LogDestination;
  /** Absent: addresses and subjects are written. */
  readonly redactor?: Redactor;
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

/** What stands in every line that is written while it lasts. */
export interface LogContext {
  readonly case: string;
  readonly mailbox: string;
  /** The step of the story that a job is at: `decide`, `deliver` or `mark`. */
  readonly stage: string;
}

const context = new AsyncLocalStorage<LogContext>();

/** Does the work; whatever is logged in it, by whomever, says what it is about. */
export function inLogContext<Result>(about: LogContext, work: () => Result): Result {
  return context.run(about, work);
}

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
  const clean = cleanerWith(options.redactor ?? unredacted);
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, sentence: string) => {
    if (!logger.isLevelEnabled(level)) return;
    const about = clean.fields(context.getStore() ?? {});
    const told = { ...about, ...clean.fields(fields) };
    logger[level](told, clean.text(sentence, logSentenceCharsMax));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

const secretNames =
  /pass(word|wd|phrase)?$|secret$|token$|authorization$|credentials?$|apikey$|^cookie$/;
const secretMark = '[not logged]';

const unredacted = redactorFor({ redact: 'none', key: '' });

/** Fields as they may be written: no secrets, no control characters, nothing long, no cycles. */
export function loggable(fields: object, redactor = unredacted): Record<string, unknown> {
  return cleanerWith(redactor).fields(fields);
}

interface Cleaner {
  fields(fields: object): Record<string, unknown>;
  /** Text on one line, cut. */
  text(text: string, charsMax: number): string;
}

function cleanerWith(redactor: Redactor): Cleaner {
  const text = (found: string, charsMax: number): string => loggableText(found, charsMax, redactor);

  const clean = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return text(value, shownCharsMax);
    if (typeof value === 'symbol') return text(String(value), shownCharsMax);
    if (typeof value === 'bigint') return String(value);
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
  };

  const cleanEntries = (value: object, depth: number): Record<string, unknown> => {
    const entries = value instanceof Map ? [...value] : Object.entries(value);
    return Object.fromEntries(
      entries.slice(0, entriesMax).map(([key, inner]) => {
        const name = text(String(key), shownCharsMax);
        return [name, cleanField(name, inner, depth)];
      }),
    );
  };

  const cleanField = (name: string, value: unknown, depth: number): unknown => {
    if (isSecretName(name)) return secretMark;
    const mark = typeof value === 'string' ? redactor.field(name, value) : undefined;
    return mark ?? clean(value, depth + 1);
  };

  const cleanError = (error: Error, depth: number): Record<string, unknown> => {
    const { name, message, stack, cause } = error;
    const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    return {
      type: text(name, shownCharsMax),
      message: text(message, logSentenceCharsMax),
      ...cleanEntries({ ...error }, depth),
      ...(frames.length === 0
        ? {}
        : { stack: frames.slice(0, stackLinesMax).map((line) => clean(line.trim(), depth)) }),
      ...(cause === undefined ? {} : { cause: clean(cause, depth + 1) }),
    };
  };

  return {
    fields(fields) {
      const value = clean(fields, 0);
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? { ...value }
        : { value };
    },
    text,
  };
}

function isSecretName(name: string): boolean {
  return secretNames.test(name.toLowerCase().replace(/[_\s-]/g, ''));
}

/**
 * Text on one line, cut. The marks that turn text around (UAX #9) go as well: they would make a line
 * read otherwise than it is.
 */
function loggableText(text: string, charsMax: number, redactor: Redactor): string {
  const withoutPasswords = wholeAddresses(text).replace(
    /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/]*):[^\s@/]*@/gi,
    `$1:${secretMark}@`,
  );
  const plain = withoutPasswords
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu, ' ')
    .toWellFormed();
  const shown = redactor.text(plain);
  return shown.length > charsMax ? `${shown.slice(0, charsMax).toWellFormed()}…` : shown;
}

/** The beginning of a long text, without the address that may be cut in two at its end. */
function wholeAddresses(text: string): string {
  if (text.length <= logReadCharsMax) return text;
  return text.slice(0, logReadCharsMax - addressCharsMax).replace(/\S*$/, '…');
}

/** RFC 5321 §4.5.3.1: 64 octets of local-part and 255 of domain, and some more for what encodes them. */
const addressCharsMax = 1_024;
