/**
 * The mails that a command line names: files of any name, folders, standard input.
 *
 * No name and no content ends a command: what cannot be read is told in its place, and what has no end
 * is read as far as the limit and no further.
 */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { mailHeadBytesMax, mailSizeBytesMax } from '../core/limits.ts';

export interface MailFile {
  /** As named on the command line, or below a folder named there. */
  readonly name: string;
  /** Absent for standard input. */
  readonly path?: string;
}

export interface MailFilesOptions {
  readonly cwd: string;
  /** Told of a folder that has no .eml below it, which is more often a slip than a wish. */
  readonly nothingIn: (folder: string) => void;
}

/** Finds the files in the order given; of a folder every .eml below it, by name. */
export async function* findMailFiles(
  names: readonly string[],
  { cwd, nothingIn }: MailFilesOptions,
): AsyncGenerator<MailFile> {
  for (const name of names) {
    if (name === '-') {
      yield { name };
      continue;
    }
    const file = { name, path: resolve(cwd, name) };
    if (!(await isFolder(file.path))) {
      yield file;
      continue;
    }
    let found = 0;
    for await (const below of mailsBelow(file)) {
      found += 1;
      yield below;
    }
    if (found === 0) nothingIn(name);
  }
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    // A path that cannot be looked at is a line of its own: reading it says why.
    () => false,
  );
}

async function* mailsBelow(folder: Required<MailFile>): AsyncGenerator<MailFile> {
  const entries = await readdir(folder.path, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) {
    // A folder that may not be listed must not hide behind the mails that could be read.
    yield folder;
    return;
  }
  const sorted = entries
    .map((entry) => ({ entry, key: entry.isDirectory() ? `${entry.name}/` : entry.name }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const { entry } of sorted) {
    const file = { name: join(folder.name, entry.name), path: join(folder.path, entry.name) };
    if (entry.isDirectory()) yield* mailsBelow(file);
    else if (entry.name.toLowerCase().endsWith('.eml')) yield file;
  }
}

export interface RawMail {
  readonly raw: Uint8Array;
  readonly complete: boolean;
}

/** Reads one of them. Of a mail that is too large only the head is kept, as the watcher does. */
export async function readMailFile(
  file: MailFile,
  stdin: AsyncIterable<Uint8Array | string>,
): Promise<RawMail | { readonly failure: string }> {
  try {
    return await readBounded(file.path === undefined ? stdin : createReadStream(file.path));
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

async function readBounded(stream: AsyncIterable<Uint8Array | string>): Promise<RawMail> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const octets = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    chunks.push(octets);
    size += octets.byteLength;
    if (size > mailSizeBytesMax) {
      return { raw: Buffer.concat(chunks, mailHeadBytesMax), complete: false };
    }
  }
  return { raw: Buffer.concat(chunks), complete: true };
}
