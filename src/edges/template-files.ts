/**
 * One file of a templates folder, written for the console.
 *
 * A file is found by an id that names a place in the folder and nothing else, and is written beside the old one and
 * put in its place at once: whoever reads meanwhile sees the old words or the new ones, never a half.
 */
import { constants } from 'node:fs';
import { access, chmod, lstat, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ResponderError } from '../errors.ts';

const idPattern = /^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\/(?:partials\/)?[a-z0-9-]{1,80}$/;

/** The name of a file below its folder; undefined for whatever is no id, `../` and the like included. */
export function templateName(id: string): string | undefined {
  if (id === 'layout') return 'layout.html.hbs';
  return id.length <= 160 && idPattern.test(id) ? `${id}.md.hbs` : undefined;
}

/** Whether a file of the folder can be written: false for one that is mounted to be read only. */
export async function canWriteTemplates(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** New words of a file, on the disk already and not in its place yet. */
export interface PreparedFile {
  /** Puts the file into its place, in one step. */
  replace(): Promise<void>;
  /** Takes it away again; after `replace` it does nothing. */
  discard(): Promise<void>;
}

/** Whatever can go wrong with a disk goes wrong here, before anybody was told of a change. Throws TEMPLATES_READ_ONLY. */
export async function prepareTemplateFile(
  folder: string,
  id: string,
  source: string,
): Promise<PreparedFile> {
  const path = await placeOf(folder, id);
  // Readers of the folder take names with its endings only.
  const temporary = join(dirname(path), `.${process.pid}-${Date.now()}.saving`);
  try {
    await mkdir(dirname(path), { recursive: true });
    const mode = await modeOf(path);
    const file = await open(temporary, 'wx', mode ?? 0o644);
    try {
      await file.writeFile(source, 'utf8');
      await file.sync();
    } finally {
      await file.close();
    }
    if (mode !== undefined) await chmod(temporary, mode);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw notWritable(path, cause);
  }
  return {
    replace: async () => {
      try {
        await rename(temporary, path);
      } catch (cause) {
        throw notWritable(path, cause);
      }
    },
    discard: () => rm(temporary, { force: true }),
  };
}

function notWritable(path: string, cause: unknown): ResponderError {
  const code = codeOf(cause) ?? String(cause);
  return new ResponderError('TEMPLATES_READ_ONLY', `${path} cannot be written (${code}).`, {
    cause,
  });
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The path of an id. Throws USAGE for no id, and where a link leads elsewhere: out of the folder, say. */
async function placeOf(folder: string, id: string): Promise<string> {
  const name = templateName(id);
  if (name === undefined) throw new ResponderError('USAGE', 'There is no such template.');
  const root = await realpath(folder);
  const path = join(root, name);
  for (let at = path; at.length > root.length; at = dirname(at)) {
    if ((await lstat(at).catch(() => undefined)) === undefined) continue;
    if ((await realpath(at).catch(() => undefined)) === at) break;
    throw new ResponderError('USAGE', `${at} is a link, or lies in one: edit it where it leads.`);
  }
  return path;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
