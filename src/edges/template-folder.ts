/**
 * A templates folder read again and again: of a file that did not change, the words of the reading before are taken.
 * Hundreds of files are looked at for every page of the console.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { templateFilesMax } from '../core/limits.ts';
import type { TemplateSource } from '../core/template.ts';
import { ResponderError } from '../errors.ts';
import { listTemplates, loadTemplate } from './templates.ts';

export interface FolderFile extends TemplateSource {
  readonly changedAt: Date;
}

export interface FolderReader {
  /** Sorted by name. Throws FILE_NOT_READABLE, TEMPLATES_INVALID. */
  read(): Promise<readonly FolderFile[]>;
}

interface Known {
  /** Changes with every change of the file: one that replaces another is another file to the system. */
  readonly mark: string;
  readonly file: FolderFile;
}

export function folderReader(dir: string): FolderReader {
  let known = new Map<string, Known>();
  let reading: Promise<readonly FolderFile[]> | undefined;
  const readNow = async (): Promise<readonly FolderFile[]> => {
    const names = await listTemplates(dir);
    if (names.length > templateFilesMax) {
      const message = `${dir} holds ${names.length} templates; at most ${templateFilesMax} are read.`;
      throw new ResponderError('TEMPLATES_INVALID', message);
    }
    const read = await Promise.all(
      names.map(async (name) => [name, await readOne(dir, name, known.get(name))] as const),
    );
    known = new Map(read);
    return read.map(([, { file }]) => file);
  };
  return {
    // Two pages at once need one look.
    read() {
      reading ??= readNow().finally(() => {
        reading = undefined;
      });
      return reading;
    },
  };
}

async function readOne(dir: string, name: string, before: Known | undefined): Promise<Known> {
  const path = join(dir, name);
  const { ino, size, mtime, ctimeMs } = await stat(path).catch((cause: unknown) => {
    throw new ResponderError('FILE_NOT_READABLE', `${path} cannot be read.`, { cause });
  });
  const mark = `${ino} ${size} ${mtime.getTime()} ${ctimeMs}`;
  if (before?.mark === mark) return before;
  return { mark, file: { ...(await loadTemplate(dir, name)), changedAt: mtime } };
}
