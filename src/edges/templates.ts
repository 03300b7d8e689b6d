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
// Network drives, and folders that are replaced as a whole, tell no changes.
const pollMs = 15_000;

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

/** Names below the folder, with `/` on every system, sorted. Throws FILE_NOT_READABLE. */
export async function listTemplates(dir: string): Promise<readonly string[]> {
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

/** Reads one file by its name below the folder. Throws FILE_NOT_READABLE, TEMPLATES_INVALID. */
export async function loadTemplate(dir: string, name: string): Promise<TemplateSource> {
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
  /** Every problem of the set, given the one that is in use: `checkTemplates`. */
  readonly check: (set: Templates, good?: Templates) => readonly TemplateProblem[];
  /** Called when an edit is refused, with what is wrong; the desk is told from here. */
  readonly refused?: (details: readonly string[]) => void;
  /** Called at the start, and when what is in the folder is in use again after an edit. */
  readonly accepted?: (sources: readonly TemplateSource[]) => void;
  /** The last good version of before, for a start on a folder that is damaged. */
  readonly lastGood?: () => Promise<readonly TemplateSource[] | undefined>;
}

export type Reload = 'swapped' | 'unchanged' | 'refused';

/**
 * Opens a folder of templates. Where it is damaged, the last good version of before serves. Throws
 * TEMPLATES_INVALID with every problem where there is none: then there is nothing to serve.
 */
export async function openTemplates<Templates>(
  dir: string,
  options: OpenTemplatesOptions<Templates>,
): Promise<TemplateKeeper<Templates>> {
  const sources = await loadTemplates(dir);
  const set = options.compile(sources);
  const details = options.check(set).map(formatProblem);
  if (details.length === 0) {
    options.accepted?.(sources);
    return new TemplateKeeper(dir, options, { set, fingerprint: fingerprint(sources) });
  }
  const kept = await options.lastGood?.();
  const last = kept === undefined ? undefined : options.compile(kept);
  if (kept === undefined || last === undefined || options.check(last).length > 0) {
    const message = `The templates in ${dir} have ${details.length} problem(s).`;
    throw new ResponderError('TEMPLATES_INVALID', message, { details });
  }
  const keeper = new TemplateKeeper(dir, options, { set: last, fingerprint: fingerprint(kept) });
  await keeper.reload();
  return keeper;
}

/** Serves the last good version of a folder of templates. */
export class TemplateKeeper<Templates> {
  readonly #dir: string;
  readonly #options: OpenTemplatesOptions<Templates>;
  #good: { readonly set: Templates; readonly fingerprint: string };
  #lastSeen: string;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #poll: NodeJS.Timeout | undefined;
  #lastLook = '';
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
    if (this.#poll !== undefined) return;
    this.#poll = setInterval(() => void this.#look(), pollMs);
    try {
      this.#watcher = watch(this.#dir, { recursive: true }, () => {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => void this.reload(), settleMs);
      });
      this.#watcher.on('error', (error) => this.#watchFailed(error));
    } catch (error) {
      this.#watchFailed(error);
    }
  }

  /** Stops watching, and waits for a reload in hand. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    clearInterval(this.#poll);
    this.#watcher?.close();
    this.#watcher = undefined;
    await this.#turn;
  }

  #watchFailed(error: unknown): void {
    this.#options.log.warn(
      { error: String(error), dir: this.#dir },
      'the system does not tell edits of the templates; the folder is looked at now and then',
    );
  }

  /** Reads the files only where one is new, gone, or of another size or time. */
  async #look(): Promise<void> {
    const seen = await lookAt(this.#dir);
    if (seen === this.#lastLook) return;
    this.#lastLook = seen;
    await this.reload();
  }

  async #reloadNow(): Promise<Reload> {
    try {
      const sources = await loadTemplates(this.#dir);
      const seen = fingerprint(sources);
      if (seen === this.#lastSeen) return seen === this.#good.fingerprint ? 'unchanged' : 'refused';
      this.#lastSeen = seen;
      // Taken back: what is in use needs no check.
      if (seen === this.#good.fingerprint)
        return this.#accept('the edit of the templates is taken back', sources, 'unchanged');
      const set = this.#options.compile(sources);
      const details = this.#options.check(set, this.#good.set).map(formatProblem);
      if (details.length > 0) return this.#refuse(details);
      this.#good = { set, fingerprint: seen };
      return this.#accept('the edited templates are in use', sources, 'swapped');
    } catch (error) {
      // Once the folder can be read again, it is read whatever it holds.
      this.#lastSeen = '';
      const { message } = error instanceof Error ? error : new Error(String(error));
      return this.#refuse([message]);
    }
  }

  #accept(
    sentence: string,
    sources: readonly TemplateSource[],
    outcome: 'swapped' | 'unchanged',
  ): Reload {
    this.#options.log.info({ dir: this.#dir }, sentence);
    this.#options.accepted?.(sources);
    return outcome;
  }

  #refuse(details: readonly string[]): Reload {
    this.#options.log.error(
      { dir: this.#dir, problems: details },
      'desk: the edited templates have problems and are not in use; the last good version goes on serving',
    );
    this.#options.refused?.(details);
    return 'refused';
  }
}

/** Names, sizes and times of the files below a folder; the empty text where it cannot be looked at. */
async function lookAt(dir: string): Promise<string> {
  try {
    const names = await listTemplates(dir);
    const seen = names.map(async (name) => {
      const { mtimeMs, size } = await stat(join(dir, name));
      return `${name} ${mtimeMs} ${size}`;
    });
    return (await Promise.all(seen)).join('\n');
  } catch {
    // A file that goes away meanwhile, or a folder that is being replaced: the reload says what is wrong.
    return '';
  }
}

function fingerprint(sources: readonly TemplateSource[]): string {
  const hash = createHash('sha256');
  for (const { id, hash: own } of sources) hash.update(`${id}\n${own}\n`);
  return hash.digest('hex');
}
