/**
 * The templates of a running service: one keeper for each folder, shared by the mailboxes that use it.
 */
import { hostname } from 'node:os';
import { formatProblem, type TemplateSource } from '../core/template.ts';
import { type CheckSettings, checkTemplates } from '../core/template-check.ts';
import { compileTemplates, type TemplateSet } from '../core/template-compile.ts';
import { systemClock } from '../edges/clock.ts';
import type { Settings } from '../edges/settings.ts';
import {
  type OpenTemplatesOptions,
  openTemplates,
  type Reload,
  type TemplateKeeper,
} from '../edges/templates.ts';
import type { Log, Store } from '../ports.ts';
import { type Knowledge, knowledgeFor } from './knowledge.ts';

/** The folders of the templates, each with what the mailboxes that use it say. */
export function templateFolders(
  settings: Settings,
  knowledge: Knowledge,
): ReadonlyMap<string, readonly Knowledge[]> {
  const folders = new Map<string, Map<string, Knowledge>>();
  const add = (folder: string, of: Knowledge): void => {
    const known = folders.get(folder) ?? new Map<string, Knowledge>();
    // What a check looks at: the same twice would only take twice the time.
    const key = JSON.stringify([of.partner, of.policy.timeZone]);
    folders.set(folder, known.set(key, known.get(key) ?? of));
  };
  const isShared = settings.mailboxes.some(({ templatesDir }) => templatesDir === undefined);
  if (isShared || settings.mailboxes.length === 0) add(settings.templatesDir, knowledge);
  for (const own of settings.mailboxes)
    add(own.templatesDir ?? settings.templatesDir, knowledgeFor(knowledge, own));
  return new Map([...folders].map(([folder, known]) => [folder, [...known.values()]]));
}

/** Every problem, whoever of those that use the set has it. */
export function checkForAll(
  set: TemplateSet,
  users: readonly CheckSettings[],
  good?: TemplateSet,
): ReturnType<typeof checkTemplates> {
  const found = users.flatMap((user) => checkTemplates(set, user, good));
  return [...new Map(found.map((problem) => [formatProblem(problem), problem])).values()];
}

export interface TemplateKeepers {
  /** The last good version in a folder that the settings name. */
  current(folder: string): TemplateSet;
  /** Reads the folder now, and takes it over if it is good. */
  reload(folder: string): Promise<Reload>;
  watch(): void;
  close(): Promise<void>;
}

/** Opens a keeper for each folder. Throws as `openTemplates` does. */
export async function openTemplateKeepers(
  settings: Settings,
  { knowledge, store, log }: { knowledge: Knowledge; store: Store; log: Log },
): Promise<TemplateKeepers> {
  const keepers = new Map<string, TemplateKeeper<TemplateSet>>();
  const notes = new Notes(store, log);
  const close = async (): Promise<void> => {
    for (const keeper of keepers.values()) await keeper.close();
    await notes.written();
  };
  try {
    for (const [folder, users] of templateFolders(settings, knowledge)) {
      const keeper = await openTemplates(folder, {
        log,
        compile: compileTemplates,
        check: (set, good) => checkForAll(set, users, good),
        ...notes.of(folder),
      });
      keepers.set(folder, keeper);
    }
  } catch (error) {
    await close();
    throw error;
  }
  const keeperOf = (folder: string): TemplateKeeper<TemplateSet> => {
    const keeper = keepers.get(folder);
    if (keeper === undefined) throw new Error(`no mailbox has its templates in ${folder}`);
    return keeper;
  };
  return {
    current: (folder) => keeperOf(folder).current(),
    reload: (folder) => keeperOf(folder).reload(),
    watch() {
      for (const keeper of keepers.values()) keeper.watch();
    },
    close,
  };
}

/**
 * What is refused stands in the store, where `explain --waiting` and `doctor` see it; what is in use too, so that a
 * start on a damaged folder has something to serve.
 */
class Notes {
  readonly #store: Store;
  readonly #log: Log;
  #turn: Promise<void> = Promise.resolve();

  constructor(store: Store, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  of(folder: string): Pick<OpenTemplatesOptions<TemplateSet>, 'refused' | 'accepted' | 'lastGood'> {
    const place = `${hostname()}:${folder}`;
    const store = this.#store;
    return {
      refused: (problems: readonly string[]) =>
        this.#note(() => store.refuseTemplates({ place, at: systemClock.now(), problems })),
      accepted: (sources: readonly TemplateSource[]) =>
        this.#note(async () => {
          await store.keepTemplateSet(folder, sources, systemClock.now());
          await store.acceptTemplates(place);
        }),
      lastGood: () => store.findTemplateSet(folder),
    };
  }

  /** Once what was noted stands in the store, which can then be closed. */
  written(): Promise<void> {
    return this.#turn;
  }

  #note(write: () => Promise<void>): void {
    this.#turn = this.#turn
      .then(write)
      .catch((error: unknown) =>
        this.#log.warn({ error: String(error) }, 'the store could not note how the templates are'),
      );
  }
}
