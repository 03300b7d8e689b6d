/**
 * Settings from environment variables: `TRANSITION_RESPONDER__MAILBOXES__0__IMAP__HOST` stands for
 * `mailboxes[0].imap.host`.
 *
 * Two underscores part the names of the path; capitals and single underscores do not count. An empty
 * variable is an absent one, since that is what `${NAME:-}` of a compose file makes.
 */
import { parse } from 'yaml';
import { z } from 'zod';
import {
  expectationOf,
  isMap,
  keysOf,
  pathText,
  type SettingPath,
  schemaAt,
} from './checked-yaml.ts';
import { findNearest } from './did-you-mean.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const prefix = 'TRANSITION_RESPONDER__';

export interface Overridden {
  readonly data: unknown;
  /** By path: the variable a value came from. */
  readonly origins: ReadonlyMap<string, string>;
  /** Variables that name no setting. */
  readonly faults: readonly string[];
}

/** Lays the values of the environment over those of the file; the file's data stays untouched. */
export function overrideFromEnvironment(
  data: unknown,
  env: Environment,
  schema: z.core.$ZodType,
): Overridden {
  const origins = new Map<string, string>();
  const faults: string[] = [];
  let overridden = data;
  for (const name of Object.keys(env).sort()) {
    const text = env[name];
    if (!name.toUpperCase().startsWith(prefix) || text === undefined || text === '') continue;
    const path = resolvePath(name.slice(prefix.length).split('__'), schema);
    if ('fault' in path) {
      faults.push(`${name}: ${path.fault}`);
      continue;
    }
    overridden = withValue(overridden, path.path, valueFor(name, text, path.path, schema));
    origins.set(pathText(path.path), name);
  }
  return { data: overridden, origins, faults };
}

/** The path the parts of a variable's name stand for, or why there is none. */
function resolvePath(
  parts: readonly string[],
  schema: z.core.$ZodType,
): { readonly path: SettingPath } | { readonly fault: string } {
  const path: (string | number)[] = [];
  for (const part of parts) {
    const at = schemaAt(schema, path);
    if (at instanceof z.ZodArray) {
      if (!/^\d{1,3}$/.test(part)) {
        return { fault: `found ${part}, expected a number counted from 0 in ${pathText(path)}` };
      }
      path.push(Number(part));
      continue;
    }
    const known = expectationOf(at)?.secret === true ? ['env', 'file'] : keysOf(at);
    const key = known.find((candidate) => plain(candidate) === plain(part));
    if (key === undefined) return { fault: unknownName(part, known) };
    path.push(key);
  }
  return { path };
}

function unknownName(part: string, known: readonly string[]): string {
  if (known.length === 0) return `found ${part}, expected no further name`;
  const nearest = findNearest(part, known);
  const hint = nearest === undefined ? '' : ` (did you mean ${variableName(nearest)}?)`;
  return `found ${part}, expected one of ${known.map(variableName).join(', ')}${hint}`;
}

/** `pollSeconds` as `POLL_SECONDS`. */
function variableName(key: string): string {
  return key.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();
}

function plain(name: string): string {
  return name.toLowerCase().replace(/_/g, '');
}

/** Text where text is expected, else what YAML makes of it; a secret stays where it is. */
function valueFor(name: string, text: string, path: SettingPath, schema: z.core.$ZodType): unknown {
  const at = schemaAt(schema, path);
  if (expectationOf(at)?.secret === true) return { env: name };
  const isPlain =
    at instanceof z.ZodNumber ||
    at instanceof z.ZodBoolean ||
    at instanceof z.ZodArray ||
    at instanceof z.ZodObject;
  if (!isPlain) return text;
  try {
    return parse(text);
  } catch {
    // Not YAML: the check of the value says so, with what is expected.
    return text;
  }
}

function withValue(data: unknown, path: SettingPath, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (typeof key === 'number') {
    // A list of the wrong kind in the file is left for the check to name.
    if (data !== undefined && !Array.isArray(data)) return data;
    const list = [...(data ?? [])];
    while (list.length < key) list.push(undefined);
    list[key] = withValue(list[key], rest, value);
    return list;
  }
  if (data !== undefined && !isMap(data)) return data;
  return { ...data, [key]: withValue(data?.[key], rest, value) };
}
