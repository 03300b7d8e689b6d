/**
 * A file that is there only when it is whole: written under a name of its own beside its place, and moved there at
 * the end.
 *
 * Nobody but its owner may read it, whatever was there before: it holds what the records know of customers.
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ResponderError } from '../errors.ts';
import { blocks } from './write-blocks.ts';

export interface WholeFile {
  write(texts: AsyncIterable<string>): Promise<void>;
  /** Moves it to its place, once it is on the disk. */
  keep(): Promise<void>;
  /** Removes what was not kept. */
  discard(): Promise<void>;
}

/** Throws USAGE where no file can be written. */
export async function openWholeFile(path: string): Promise<WholeFile> {
  const place = await placeOf(path);
  const written = join(dirname(place), `.${basename(place)}.${randomUUID()}.part`);
  const handle = await open(written, 'wx', 0o600).catch((error: unknown) => {
    throw notWritable(path, error);
  });
  let isKept = false;
  return {
    write: (texts) => writeTo(handle, texts, path),
    async keep() {
      try {
        await handle.sync();
        await handle.close();
        await rename(written, place);
      } catch (error) {
        throw notWritable(path, error);
      }
      isKept = true;
    },
    async discard() {
      if (isKept) return;
      await handle.close();
      await rm(written, { force: true });
    },
  };
}

/** Where a link leads, so that the link stays; a folder, a device or a pipe is not replaced by a file. */
async function placeOf(path: string): Promise<string> {
  try {
    const place = await realpath(path);
    if ((await stat(place)).isFile()) return place;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return path;
    throw notWritable(path, error);
  }
  throw new ResponderError('USAGE', `${path} is not a file.`);
}

async function writeTo(
  handle: FileHandle,
  texts: AsyncIterable<string>,
  path: string,
): Promise<void> {
  for await (const block of blocks(texts)) {
    // `write` may write a part of it only.
    await handle.writeFile(block).catch((error: unknown) => {
      throw notWritable(path, error);
    });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function notWritable(path: string, error: unknown): ResponderError {
  return new ResponderError('USAGE', `${path} cannot be written (${codeOf(error)}).`, {
    cause: error,
  });
}
