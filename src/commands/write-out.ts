/**
 * Writes a file that somebody asked for by name.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ResponderError } from '../errors.ts';

/** Returns the path. `isNew`: a file that is there already is not touched. Throws USAGE. */
export async function writeOut(
  path: string,
  text: string,
  { isNew = false }: { readonly isNew?: boolean } = {},
): Promise<string> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: isNew ? 'wx' : 'w' });
    return path;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new ResponderError('USAGE', `${path} cannot be written (${code}).`, { cause });
  }
}
