/**
 * Secrets of the settings: found where the settings file says that they are, and never shown.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { secretFileBytesMax } from '../core/limits.ts';
import { ResponderError } from '../errors.ts';
import { expectationOf, innerSchema, isMap, pathText, type SettingPath } from './checked-yaml.ts';
import { faultOfDkimKey } from './dkim-key.ts';
import { faultOfServiceAccount } from './google-service-account.ts';
import { faultOfCertificate } from './login-certificate.ts';
import type { Environment } from './settings-env.ts';
import { isSecretSource, type SecretSource } from './settings-values.ts';

/**
 * Whose secrets must be there: of everything, of a process with some roles only, of the store alone or with those of
 * `sync`, of nothing.
 */
export type SecretsNeeded = 'required' | RolesOnly | 'store' | 'sync' | 'optional';

type RolesOnly = 'watch' | 'work' | 'console' | 'watch+work' | 'watch+console' | 'work+console';

/**
 * Whoever only works logs in to no mailbox, whoever only watches sends nothing and asks no source, and the console
 * does none of it: it composes and queues.
 */
const unneeded: Readonly<Record<'required' | RolesOnly, RegExp>> = {
  required: /^(?!)/,
  watch: /^mailboxes\[\d+\]\.smtp\.|^(?:sync|console)\./,
  work: /^mailboxes\[\d+\]\.imap\.|^console\./,
  console: /^mailboxes\[\d+\]\.|^sync\./,
  'watch+work': /^console\./,
  'watch+console': /^mailboxes\[\d+\]\.smtp\.|^sync\./,
  'work+console': /^mailboxes\[\d+\]\.imap\./,
};

function sparedFor(needed: SecretsNeeded): RegExp | undefined {
  return needed in unneeded ? unneeded[needed as keyof typeof unneeded] : undefined;
}

/** A secret that was looked for. */
export interface SecretFound {
  readonly path: string;
  readonly value?: string;
  /** The whole error line, where there is no value. */
  readonly fault?: string;
}

/** Looks up every secret the data names, whether or not the data is valid otherwise. */
export function findSecrets(
  data: unknown,
  schema: z.core.$ZodType,
  from: { readonly env: Environment; readonly root: string },
): readonly SecretFound[] {
  return secretPlaces(data, schema, []).map(({ path, source }) => {
    const text = pathText(path);
    const found = readSecret(source, from);
    return 'value' in found
      ? { path: text, value: found.value }
      : { path: text, fault: `${text}: ${found.fault}` };
  });
}

/** Secrets that need no line in the settings: where they are looked for by themselves. */
const usualVariables: Readonly<Record<string, string>> = {
  'store.databaseUrl': 'DATABASE_URL',
  'queue.redisUrl': 'REDIS_URL',
  messageIdKey: 'TRANSITION_RESPONDER_SECRET',
};

/**
 * The secrets by path, and the faults that matter for what is to be done.
 *
 * A DATABASE_URL that the settings ask for and that is missing must never pass for `none`: the
 * command would go on with another, empty store.
 */
export function checkSecrets(
  found: readonly SecretFound[],
  options: { readonly env: Environment; readonly secrets: SecretsNeeded },
): { readonly values: ReadonlyMap<string, string>; readonly faults: readonly string[] } {
  const values = new Map<string, string>();
  const faults = new Map<string, string>();
  const named = new Set(found.map((secret) => secret.path));
  const usual = Object.entries(usualVariables)
    .filter(([path]) => !named.has(path))
    .map(([path, name]): SecretFound => ({ path, ...secretOf(options.env[name]) }));
  for (const { path, value, fault } of [...found, ...usual]) {
    const wrong = value === undefined ? fault : faultOfValue(path, value);
    if (wrong !== undefined) faults.set(path, wrong);
    else if (value !== undefined) values.set(path, value);
  }
  const spared = sparedFor(options.secrets);
  const matters = (path: string) =>
    (spared !== undefined && !spared.test(path)) ||
    (options.secrets !== 'optional' && path.startsWith('store.')) ||
    (options.secrets === 'sync' && path.startsWith('sync.'));
  return {
    values,
    faults: [...faults].filter(([path]) => matters(path)).map(([, line]) => line),
  };
}

function secretOf(text: string | undefined): { readonly value?: string } {
  return text === undefined || text === '' ? {} : { value: text };
}

/** What is wrong with a secret's form, without showing it. */
function faultOfValue(path: string, value: string): string | undefined {
  if (path === 'store.databaseUrl' && !isUrl(value, ['postgres:', 'postgresql:'])) {
    return `${path}: what it names is not the address of a PostgreSQL database, expected postgres://user:password@host:5432/name (percent-encode special characters of the password)`;
  }
  if (path === 'queue.redisUrl' && !isUrl(value, ['redis:', 'rediss:'])) {
    return `${path}: what it names is not the address of a Redis server, expected redis://host:6379 (percent-encode special characters of the password)`;
  }
  if (path === 'messageIdKey' && value.length < messageIdKeyCharsMin) {
    return `${path}: found a key of ${value.length} characters, expected at least ${messageIdKeyCharsMin} (make one with: openssl rand -hex 32)`;
  }
  const fault = faultOfKey(path, value);
  return fault === undefined ? undefined : `${path}: ${fault}`;
}

function faultOfKey(path: string, value: string): string | undefined {
  if (path === 'sync.certificate' || path.endsWith('.oauth.certificate'))
    return faultOfCertificate(value);
  if (path.endsWith('.oauth.serviceAccount')) return faultOfServiceAccount(value);
  return path.endsWith('.smtp.dkim.privateKey') ? faultOfDkimKey(value) : undefined;
}

function isUrl(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol);
}

function secretPlaces(
  data: unknown,
  schema: z.core.$ZodType,
  path: SettingPath,
): readonly { readonly path: SettingPath; readonly source: SecretSource }[] {
  const inner = innerSchema(schema);
  if (expectationOf(inner)?.secret === true) {
    return isSecretSource(data) ? [{ path, source: data }] : [];
  }
  if (inner instanceof z.ZodArray && Array.isArray(data)) {
    return data.flatMap((item, index) => secretPlaces(item, inner.element, [...path, index]));
  }
  if (inner instanceof z.ZodObject && isMap(data)) {
    return Object.entries(inner.shape as z.core.$ZodShape).flatMap(([key, child]) =>
      secretPlaces(data[key], child, [...path, key]),
    );
  }
  return [];
}

function readSecret(
  source: SecretSource,
  from: { readonly env: Environment; readonly root: string },
): { readonly value: string } | { readonly fault: string } {
  if ('env' in source) {
    const value = from.env[source.env];
    if (value !== undefined && value !== '') return { value };
    return {
      fault: `the environment variable ${source.env} is not set, expected the secret in it (set it, or name a file with { file: PATH })`,
    };
  }
  const file = resolve(from.root, source.file);
  try {
    if (statSync(file).size > secretFileBytesMax) {
      return { fault: `${file} has more than ${secretFileBytesMax} bytes, expected one secret` };
    }
    const value = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    return value === '' ? { fault: `${file} is empty, expected the secret in it` } : { value };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { fault: `${file} cannot be read (${code}), expected a file that holds the secret` };
  }
}

/** Shorter keys can be guessed. RFC 2104 §3 advises the length of the hash, 32 octets. */
export const messageIdKeyCharsMin = 16;

const keyFileName = 'message-id.key';

/**
 * The key that signs our Message-IDs: from the settings, else from the data folder, else made there.
 *
 * It must outlive restarts and be the same in every process of one mailbox: with another key our own
 * replies are not recognised when they come back. The file is complete or absent, never half-written,
 * and of two processes that make it at once both use the one that landed.
 */
export function loadOrCreateMessageIdKey(settings: {
  readonly messageIdKey?: string;
  readonly store: { readonly dataDir: string };
}): string {
  if (settings.messageIdKey !== undefined) return settings.messageIdKey;
  const file = join(settings.store.dataDir, keyFileName);
  try {
    return findKey(file) ?? createKey(file, settings.store.dataDir);
  } catch (cause) {
    if (cause instanceof ResponderError) throw cause;
    throw new ResponderError(
      'FILE_NOT_READABLE',
      `The key file ${file} can neither be read nor written.`,
      { cause },
    );
  }
}

/** The key where there is one that may be read; it is not made. */
export function findMessageIdKey(settings: {
  readonly messageIdKey?: string;
  readonly store: { readonly dataDir: string };
}): string | undefined {
  if (settings.messageIdKey !== undefined) return settings.messageIdKey;
  try {
    return findKey(join(settings.store.dataDir, keyFileName));
  } catch (error) {
    if (error instanceof ResponderError || isErrno(error, 'EACCES')) return undefined;
    throw error;
  }
}

function findKey(file: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  if (text.length >= messageIdKeyCharsMin) return text;
  throw new ResponderError(
    'SETTINGS_INVALID',
    `The key file ${file} holds ${text.length} characters, expected at least ${messageIdKeyCharsMin}; restore it from a backup, or remove it to have a new one made.`,
  );
}

function createKey(file: string, dataDir: string): string {
  mkdirSync(dataDir, { recursive: true });
  const key = randomBytes(32).toString('hex');
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const descriptor = openSync(draft, 'wx', 0o600);
  try {
    writeSync(descriptor, `${key}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    // A link, unlike a rename, fails where another process was first.
    linkSync(draft, file);
    return key;
  } catch (error) {
    const other = isErrno(error, 'EEXIST') ? findKey(file) : undefined;
    if (other !== undefined) return other;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
