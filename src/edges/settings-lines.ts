/**
 * The settings for people: each with its value and where it comes from; of a secret only whether it is set.
 *
 * What is a secret is known from the schema, so that a new one is masked without anybody thinking of it. Beside
 * that, a name that sounds like one is masked as well, and a URL loses its login and what its query says.
 */
import { z } from 'zod';
import type { SettingLine, SettingSource } from '../ports/house.ts';
import {
  expectationOf,
  innerSchema,
  isMap,
  pathText,
  type SettingPath,
  valueAt,
} from './checked-yaml.ts';
import type { Overridden } from './settings-env.ts';
import { isSecretSource } from './settings-values.ts';

export interface SettingsRead {
  readonly schema: z.core.$ZodType;
  /** As the file has it. */
  readonly file: unknown;
  /** The same with the environment laid over it. */
  readonly overridden: Overridden;
  /** As checked, with the defaults of the schema. */
  readonly checked: unknown;
  /** As used, with the defaults that depend on others. */
  readonly complete: unknown;
  /** Paths of the secrets that were found. */
  readonly secretsFound: ReadonlySet<string>;
}

interface Leaf {
  readonly path: SettingPath;
  readonly isSecret: boolean;
}

export function settingLines(read: SettingsRead): readonly SettingLine[] {
  return leavesOf(read.schema, [], read.checked)
    .map((leaf) => lineOf(leaf, read))
    .filter(isWorthALine);
}

/** What a mailbox does not say for itself stands at the top. */
function isWorthALine({ path, value, secret }: SettingLine): boolean {
  return value !== undefined || secret === 'set' || !path.includes('[');
}

/** Every setting that can have a value here: lists by their entries, absent maps not at all. */
function leavesOf(schema: z.core.$ZodType, path: SettingPath, data: unknown): readonly Leaf[] {
  const inner = innerSchema(schema);
  if (expectationOf(inner)?.secret === true) return [{ path, isSecret: true }];
  if (inner instanceof z.ZodObject) {
    if (!isMap(data)) return [];
    return Object.entries(inner.shape as z.core.$ZodShape).flatMap(([key, child]) =>
      leavesOf(child, [...path, key], data[key]),
    );
  }
  const { element } = inner instanceof z.ZodArray ? inner : {};
  if (element !== undefined && innerSchema(element) instanceof z.ZodObject)
    return Array.isArray(data)
      ? data.flatMap((item, index) => leavesOf(element, [...path, index], item))
      : [];
  return [{ path, isSecret: namesSecret.test(String(path.at(-1))) }];
}

const namesSecret = /(?:password|passphrase|secret|token|privatekey|apikey|credentials?)$/i;

function lineOf({ path, isSecret }: Leaf, read: SettingsRead): SettingLine {
  const text = pathText(path);
  const { overridden, file, complete, checked, secretsFound } = read;
  const given: SettingSource =
    environmentOf(path, overridden) ??
    (valueAt(file, path) === undefined ? { kind: 'default' } : { kind: 'file' });
  if (isSecret) {
    const place = valueAt(overridden.data, path) ?? valueAt(checked, path);
    const isSet = secretsFound.has(text) || (place !== undefined && !isSecretSource(place));
    return { path: text, secret: isSet ? 'set' : 'not set', source: placeOf(place) ?? given };
  }
  const value = valueAt(complete, path) ?? valueAt(checked, path);
  return {
    path: text,
    ...(value === undefined ? {} : { value: shown(value) }),
    source: given,
  };
}

/** The variable that set the value, or the map or the list that it stands in. */
function environmentOf(path: SettingPath, { origins }: Overridden): SettingSource | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const name = origins.get(pathText(path.slice(0, length)));
    if (name !== undefined) return { kind: 'environment', name };
  }
  return undefined;
}

function placeOf(place: unknown): SettingSource | undefined {
  if (!isSecretSource(place)) return undefined;
  return 'env' in place
    ? { kind: 'environment', name: place.env }
    : { kind: 'secret file', name: place.file };
}

function shown(value: unknown): string {
  if (typeof value === 'string') return withoutLogin(value);
  if (Array.isArray(value)) return value.map(shown).join(', ');
  if (!isMap(value)) return String(value);
  const { name, address, ...others } = value;
  if (typeof name === 'string' && typeof address === 'string' && Object.keys(others).length === 0)
    return `${name} <${address}>`;
  return Object.entries(value)
    .map(([key, inner]) => `${key}: ${shown(inner)}`)
    .join('\n');
}

/** A URL may carry a login, and its query a key. */
function withoutLogin(text: string): string {
  if (!text.includes('://') || !URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username === '' && url.password === '' && url.search === '') return text;
  const login = url.username === '' && url.password === '' ? '' : '•••@';
  const query = url.search === '' ? '' : '?•••';
  return `${url.protocol}//${login}${url.host}${url.pathname}${query}`;
}
