/**
 * `templates history` and `templates show`: which versions went out, and the words of one.
 */
import { join, resolve } from 'node:path';
import { ResponderError } from '../errors.ts';
import type { StoredTemplateVersion } from '../ports/templates.ts';
import { settingsFor } from './command-settings.ts';
import type { CommandIo } from './io.ts';
import { readCount } from './read-count.ts';
import { withStore } from './with-store.ts';
import { writeOut } from './write-out.ts';

export interface TemplatesHistoryOptions {
  /** `de/cancel-phone`; every template without it. */
  readonly template?: string;
  readonly last?: string;
  readonly config?: string;
}

const lastDefault = 50;
const lastMax = 10_000;

/** Newest first: when a version first went out, its hash, and who saved it in the console. */
export async function templatesHistoryCommand(
  options: TemplatesHistoryOptions,
  io: CommandIo,
): Promise<number> {
  const limit = readCount('--last', options.last, lastMax) ?? lastDefault;
  return withStore(settingsFor(options, io, 'store'), async (store) => {
    const { template: templateId } = options;
    const uses = await store.listTemplateVersions({
      limit,
      ...(templateId === undefined ? {} : { templateId }),
    });
    for (const { hash, templateId: id, firstUsedAt, author } of uses) {
      const by = author === undefined ? '' : `  by ${author}`;
      io.stdout.write(`${firstUsedAt.toISOString()}  ${hash.slice(0, 12)}  ${id}${by}\n`);
    }
    if (uses.length === 0) io.stdout.write('No version went out yet.\n');
    return 0;
  });
}

export interface TemplatesShowOptions {
  /** As `templates history` and `explain` print it. */
  readonly hash: string;
  /** A folder to write the files to, instead of printing them. */
  readonly out?: string;
  readonly config?: string;
}

/** Prints the files of a version, or writes them as a templates folder. Throws USAGE for an unknown hash. */
export async function templatesShowCommand(
  options: TemplatesShowOptions,
  io: CommandIo,
): Promise<number> {
  return withStore(settingsFor(options, io, 'store'), async (store) => {
    const version = await store.findTemplateVersion(options.hash);
    if (version === undefined) {
      const message = `No version “${options.hash}”: no reply was made of it, or more than one begins so.`;
      throw new ResponderError('USAGE', message);
    }
    if (options.out === undefined) io.stdout.write(textOf(version));
    else await writeFiles(version, resolve(io.cwd, options.out), io);
    return 0;
  });
}

function textOf({ hash, templateId, firstUsedAt, files }: StoredTemplateVersion): string {
  const head = `${templateId}  ${hash}\nfirst used ${firstUsedAt.toISOString()}\n`;
  const bodies = files.map(({ id, source }) => `\n===== ${nameOf(id)}\n${source.trimEnd()}\n`);
  return head + bodies.join('');
}

async function writeFiles(
  { files }: StoredTemplateVersion,
  folder: string,
  io: CommandIo,
): Promise<void> {
  for (const { id, source } of files) {
    await writeOut(join(folder, nameOf(id)), source, { isNew: true });
  }
  io.stdout.write(`${files.length} files in ${folder}.\n`);
}

function nameOf(id: string): string {
  return id === 'layout' ? 'layout.html.hbs' : `${id}.md.hbs`;
}
