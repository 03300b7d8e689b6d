/**
 * Reads the templates folder and keeps the last version of it that was good.
 *
 * An edit that breaks a reply never goes live: a new version replaces the old one only when the given
 * check finds nothing wrong, otherwise the old one goes on serving and the log says why.
 */
import { createHash } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { templateBytesMax, templateFilesMax } from '../core/limits.ts';
import { formatProblem, type TemplateProblem, type TemplateSource } from '../core/template.ts';
import { ResponderError } from '../errors.ts';
import type { Log } from '../ports.ts';

const suffixes = ['.md.hbs', '.html.hbs'] as const;
// Editors write a file in several steps; what comes within this time is one edit.
const settleMs = 300;

/** Reads every template below the folder, sorted by id. Throws FILE_NOT_READABLE. */
export async function loadTemplates(dir: string): Promise<readonly TemplateSource[]> {
  const names = await listTemplates(dir);
  if (names.length > templateFilesMax) {
    const message = `${dir} holds ${names.length} templates; at most ${templateFilesMax} are read.`;
    throw new ResponderError('TEMPLATES_INVALID', message);
  }
  const sources: TemplateSource[] = [];
  for (const name of names) sources.push(await loadTemplate(dir, name));
  return sources;
}

async function listTemplates(dir: string): Promise<readonly string[]> {
  try {
    const names = await readdir(dir, { recursive: true });
    return names
      .map((name) => name.split(sep).join('/'))
      .filter((name) => suffixes.some((suffix) => name.endsWith(suffix)))
      .sort();
  } catch (cause) {
    throw new ResponderError('FILE_NOT_READABLE', `The folder ${dir} cannot be read.`, { cause });
  }
}

async function loadTemplate(dir: string, name: string): Promise<TemplateSource> {
  const path = join(dir, name);
  try {
    const { size } = await stat(path);
    if (size > templateBytesMax) {
      const message = `${path} has ${size} bytes; a template has at most ${templateBytesMax}.`;
      throw new ResponderError('TEMPLATES_INVALID', message);
    }
    const bytes = await readFile(path);
    const hash = createHash('sha256').update(bytes).digest('hex');
    const source = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { id: name.replace(/\.(?:md|html)\.hbs$/, ''), path, source, hash };
  } catch (cause) {
    if (cause instanceof ResponderError) throw cause;
    const what = cause instanceof TypeError ? 'is not UTF-8 text' : 'cannot be read';
    throw new ResponderError('FILE_NOT_READABLE', `${path} ${what}.`, { cause });
  }
}

export interface OpenTemplatesOptions<Templates> {
  readonly log: Log;
  /** Makes a set of the sources: `compileTemplates`. */
  readonly compile: (sources: readonly TemplateSource[]) => Templates;
  /** Every problem of the set: `checkTemplates`. */
  readonly check: (set: Templates) => readonly TemplateProblem[];
  /** Called when an edit is refused, with what is wrong; the desk is told from here. */
  readonly refused?: (details: readonly string[]) => void;
}

export type Reload = 'swapped' | 'unchanged' | 'refused';

/**
 * Opens a folder of templates. Throws TEMPLATES_INVALID with every problem: a start without a good
 * version has nothing to serve.
 */
export async function openTemplates<Templates>(
  dir: string,
  options: OpenTemplatesOptions<Templates>,
): Promise<TemplateKeeper<Templates>> {
  const sources = await loadTemplates(dir);
  const set = options.compile(sources);
  const details = options.check(set).map(formatProblem);
  if (details.length > 0) {
    const message = `The templates in ${dir} have ${details.length} problem(s).`;
    throw new ResponderError('TEMPLATES_INVALID', message, { details });
  }
  return new TemplateKeeper(dir, options, { set, fingerprint: fingerprint(sources) });
}

/** Serves the last good version of a folder of templates. */
export class TemplateKeeper<Templates> {
  readonly #dir: string;
  readonly #options: OpenTemplatesOptions<Templates>;
  #good: { readonly set: Templates; readonly fingerprint: string };
  #lastSeen: string;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    dir: string,
    options: OpenTemplatesOptions<Templates>,
    good: { readonly set: Templates; readonly fingerprint: string },
  ) {
    this.#dir = dir;
    this.#options = options;
    this.#good = good;
    this.#lastSeen = good.fingerprint;
  }

  /** The last good set. */
  current(): Templates {
    return this.#good.set;
  }

  /** Reads the folder again and takes it over if it is good. Never throws: a bad edit is logged. */
  reload(): Promise<Reload> {
    // One after the other, so that an older reading never replaces a newer one.
    const next = this.#turn.then(() => this.#reloadNow());
    this.#turn = next;
    return next;
  }

  /** Watches the folder and reloads after every edit, until `close`. */
  watch(): void {
    if (this.#watcher !== undefined) return;
    this.#watcher = watch(this.#dir, { recursive: true }, () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.reload(), settleMs);
    });
    this.#watcher.on('error', (error) => {
      this.#options.log.error(
        { err: error, dir: this.#dir },
        'The templates folder is no longer watched; edits need a restart.',
      );
    });
  }

  /** Stops watching, and waits for a reload in hand. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#watcher?.close();
    this.#watcher = undefined;
    await this.#turn;
  }

  async #reloadNow(): Promise<Reload> {
    const { log } = this.#options;
    try {
      const sources = await loadTemplates(this.#dir);
      const seen = fingerprint(sources);
      if (seen === this.#lastSeen) return seen === this.#good.fingerprint ? 'unchanged' : 'refused';
      this.#lastSeen = seen;
      const set = this.#options.compile(sources);
      const details = this.#options.check(set).map(formatProblem);
      if (details.length > 0) return this.#refuse(details);
      this.#good = { set, fingerprint: seen };
      log.info({ dir: this.#dir, files: sources.length }, 'The edited templates are in use.');
      return 'swapped';
    } catch (error) {
      const { message } = error instanceof Error ? error : new Error(String(error));
      return this.#refuse([message]);
    }
  }

  #refuse(details: readonly string[]): Reload {
    this.#options.log.error(
      { dir: this.#dir, problems: details },
      'The edited templates have problems; the last good version goes on serving.',
    );
    this.#options.refused?.(details);
    return 'refused';
  }
}

function fingerprint(sources: readonly TemplateSource[]): string {
  const hash = createHash('sha256');
  for (const { id, hash: own } of sources) hash.update(`${id}\n${own}\n`);
  return hash.digest('hex');
}
