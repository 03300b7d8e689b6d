/**
 * YAML files of the admin, read and checked as a whole: every fault at once, each with its path, what
 * was found and what is expected.
 *
 * What stands at a secret's place is never shown, whatever it is.
 */
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { settingsFileBytesMax } from '../core/limits.ts';
import { ResponderError } from '../errors.ts';
import { findNearest } from './did-you-mean.ts';

/** What stands beside a value's schema for the error line. */
export interface Expectation {
  /** Ends the sentence `expected …`. */
  readonly expected: string;
  /** The mend, where `expected` does not already say it. */
  readonly hint?: string;
  readonly secret?: boolean;
}

const expectations = z.registry<Expectation>();

/** Names what is expected where this schema finds something else. */
export function expecting<S extends z.core.$ZodType>(schema: S, expectation: Expectation): S {
  expectations.add(schema, expectation);
  return schema;
}

export type SettingPath = readonly (string | number)[];

/** `mailboxes[0].imap.host`. */
export function pathText(path: SettingPath): string {
  if (path.length === 0) return 'the whole file';
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

/** The schema without its optional and default wrappers. */
export function innerSchema(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = schema;
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodExactOptional ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault
  ) {
    inner = inner.unwrap();
  }
  return inner;
}

/** The schema at a path, its wrappers taken off; absent where the schema knows no such path. */
export function schemaAt(schema: z.core.$ZodType, path: SettingPath): z.core.$ZodType | undefined {
  let at: z.core.$ZodType | undefined = innerSchema(schema);
  for (const key of path) {
    at = childSchema(at, key);
    if (at === undefined) return undefined;
    at = innerSchema(at);
  }
  return at;
}

function childSchema(schema: z.core.$ZodType, key: string | number): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject) return (schema.shape as z.core.$ZodShape)[key];
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return undefined;
}

export function expectationOf(schema: z.core.$ZodType | undefined): Expectation | undefined {
  return schema === undefined ? undefined : expectations.get(schema);
}

/**
 * Reads a YAML file into plain values.
 *
 * A key without a value counts as absent. Throws FILE_NOT_READABLE, or SETTINGS_INVALID with every
 * fault of syntax by line and column.
 */
export function readYamlFile(file: string): unknown {
  const text = readText(file);
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true });
  const lineAt = lineFinder(text);
  const faults = [...document.errors, ...document.warnings].map(
    (fault) => `${lineAt(fault.pos[0])}: ${fault.message}`,
  );
  if (faults.length > 0) {
    throw new ResponderError('SETTINGS_INVALID', `${file} is not valid YAML.`, { details: faults });
  }
  try {
    return withoutNulls(document.toJS({ maxAliasCount: 100 }) ?? {});
  } catch (cause) {
    // Aliases that multiply without end, or that name no anchor.
    const details = [cause instanceof Error ? cause.message : String(cause)];
    throw new ResponderError('SETTINGS_INVALID', `${file} is not valid YAML.`, { cause, details });
  }
}

function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    throw new ResponderError('FILE_NOT_READABLE', `${file} cannot be read (${code}).`, { cause });
  }
  if (bytes.length > settingsFileBytesMax) {
    throw new ResponderError(
      'SETTINGS_INVALID',
      `${file} has ${bytes.length} bytes; at most ${settingsFileBytesMax} are read.`,
    );
  }
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

function lineFinder(text: string): (offset: number) => string {
  return (offset) => {
    const before = text.slice(0, offset).split('\n');
    return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  };
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  );
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of plain data; absent where the path leads nowhere. */
export function valueAt(data: unknown, path: SettingPath): unknown {
  let at = data;
  for (const key of path) {
    if (Array.isArray(at)) at = at[Number(key)];
    else if (isMap(at) && Object.hasOwn(at, key)) at = at[String(key)];
    else return undefined;
  }
  return at;
}

/**
 * The faults of a checked value, one line each: `path: what was found, what is expected (hint)`.
 *
 * `origins` names, by path, the environment variable a value came from.
 */
export function faultLines(
  error: z.core.$ZodError,
  data: unknown,
  schema: z.core.$ZodType,
  origins: ReadonlyMap<string, string> = new Map(),
): readonly string[] {
  const lines = error.issues.flatMap((issue) => {
    const path = issue.path.filter((key) => typeof key !== 'symbol');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => unknownKeyLine([...path, key], schema));
    }
    if (issue.code === 'custom' && typeof issue.params?.says === 'string') {
      return [`${pathText(path)}: ${issue.params.says}`];
    }
    return [wrongValueLine(path, data, schema, issue.message, origins.get(pathText(path)))];
  });
  return [...new Set(lines)];
}

/** One line `path: found …, expected … (hint)`. */
function wrongValueLine(
  path: SettingPath,
  data: unknown,
  schema: z.core.$ZodType,
  fallback: string,
  origin: string | undefined,
): string {
  const at = schemaAt(schema, path);
  const expectation = expectationOf(at) ?? { expected: expectedKind(at) ?? fallback };
  const value = valueAt(data, path);
  const found = shownValue(value, at !== undefined && holdsSecret(at));
  const hint = hintText(expectation.hint ?? nearestWord(value, at));
  const from = origin === undefined ? '' : ` in the environment variable ${origin}`;
  return `${pathText(path)}: ${found}${from}, expected ${expectation.expected}${hint}`;
}

function unknownKeyLine(path: SettingPath, schema: z.core.$ZodType): string {
  const known = keysOf(schemaAt(schema, path.slice(0, -1)));
  const nearest = findNearest(String(path.at(-1)), known);
  const hint = hintText(nearest === undefined ? undefined : `did you mean ${nearest}?`);
  return `${pathText(path)}: unknown setting, expected one of ${known.join(', ')}${hint}`;
}

function hintText(hint: string | undefined): string {
  return hint === undefined ? '' : ` (${hint})`;
}

function nearestWord(value: unknown, schema: z.core.$ZodType | undefined): string | undefined {
  if (!(schema instanceof z.ZodEnum) || typeof value !== 'string') return undefined;
  const words = schema.options.filter((word) => typeof word === 'string');
  const nearest = findNearest(value, words);
  return nearest === undefined ? undefined : `did you mean ${nearest}?`;
}

/** The keys a map of this schema may have. */
export function keysOf(schema: z.core.$ZodType | undefined): readonly string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  const keys = schema instanceof z.ZodRecord ? schema.keyType : undefined;
  return keys instanceof z.ZodEnum ? keys.options.map(String) : [];
}

function expectedKind(schema: z.core.$ZodType | undefined): string | undefined {
  if (schema instanceof z.ZodObject) return `a map with ${keysOf(schema).join(', ')}`;
  if (schema instanceof z.ZodArray) return 'a list';
  return undefined;
}

function holdsSecret(schema: z.core.$ZodType): boolean {
  if (expectations.get(schema)?.secret === true) return true;
  const children =
    schema instanceof z.ZodObject
      ? Object.values(schema.shape as z.core.$ZodShape)
      : schema instanceof z.ZodArray
        ? [schema.element]
        : [];
  return children.some((child) => holdsSecret(innerSchema(child)));
}

const foundCharsMax = 60;

function shownValue(value: unknown, secret: boolean): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'found a list';
  if (isMap(value)) return 'found a map';
  if (secret) return 'found a plain value';
  if (typeof value !== 'string') return `found ${String(value)}`;
  const cut = value.length > foundCharsMax ? `${value.slice(0, foundCharsMax)}…` : value;
  return `found the text ${JSON.stringify(cut)}`;
}
