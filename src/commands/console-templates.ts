/**
 * Templates as the console edits them, wired to their folders, the check and the store.
 */
import { join } from 'node:path';
import { repliedScenarios } from '../core/decision.ts';
import { resolveLocale } from '../core/template-compile.ts';
import { localeOf } from '../core/template-draft.ts';
import { localesOf } from '../core/template-scaffold.ts';
import { templateName } from '../edges/template-files.ts';
import type { FolderFile } from '../edges/template-folder.ts';
import { openTemplateThread } from '../edges/template-thread.ts';
import type { OpenTemplate, TemplateDesk, TemplatePlace } from '../ports/template-desk.ts';
import {
  type DeskParts,
  describeFolder,
  foldersOf,
  overviewOf,
  saverOf,
} from './console-template-folders.ts';
import { beginLocale, inTurn, saveOpened } from './console-template-save.ts';
import { changesOf, type Opened, scenariosOf, tryOpened } from './console-template-try.ts';
import type { ConsoleWiring } from './console-wiring.ts';

/** Versions of a file that its history shows. */
const historyMax = 200;

export function templateDesk(wiring: ConsoleWiring): TemplateDesk {
  const thread = openTemplateThread();
  const parts: DeskParts = { ...wiring, thread, folders: foldersOf(wiring) };
  const { store } = wiring;
  return {
    async folders() {
      const folders = [...(await parts.folders()).values()];
      return Promise.all(folders.map((folder) => describeFolder(folder, parts)));
    },
    async overview(key) {
      const folder = (await parts.folders()).get(key);
      return folder === undefined ? undefined : overviewOf(folder, parts);
    },
    open: async (place) => (await openPlace(place, parts))?.template,
    async tryDraft(place, request) {
      const opened = await openPlace(place, parts);
      return opened === undefined ? undefined : tryOpened(opened, request, parts);
    },
    async changes(place, source) {
      const opened = await openPlace(place, parts);
      return opened === undefined ? undefined : changesOf(opened, source, parts);
    },
    async save(place, request) {
      const folder = (await parts.folders()).get(place.folder);
      if (folder === undefined) return undefined;
      return inTurn(folder, async () => {
        const opened = await openPlace(place, parts);
        return opened === undefined ? undefined : saveOpened(opened, request, parts);
      });
    },
    async history({ folder: key, id }) {
      const folder = (await parts.folders()).get(key);
      if (folder === undefined || templateName(id) === undefined) return [];
      return store.templateFileHistory({ folder: folder.path, id, limit: historyMax });
    },
    async words({ folder: key, id }, hash) {
      const folder = (await parts.folders()).get(key);
      const isHash = /^[0-9a-f]{64}$/.test(hash);
      if (folder === undefined || !isHash || templateName(id) === undefined) return undefined;
      return store.findTemplateWords({ folder: folder.path, id, hash });
    },
    async beginLocale(key, request) {
      const folder = (await parts.folders()).get(key);
      if (folder === undefined) return { kind: 'refused', sentence: 'There is no such folder.' };
      return inTurn(folder, () => beginLocale(folder, request, parts));
    },
    close: () => thread.close(),
  };
}

/** Undefined for an id that is neither in the folder nor a scenario of one of its languages. */
async function openPlace(place: TemplatePlace, parts: DeskParts): Promise<Opened | undefined> {
  const folder = (await parts.folders()).get(place.folder);
  const { id } = place;
  const name = templateName(id);
  if (folder === undefined || name === undefined) return undefined;
  const files = await folder.reader.read();
  const file = files.find((found) => found.id === id);
  const begun = file === undefined ? wordsMeanwhile(id, files) : undefined;
  if (file === undefined && begun === undefined) return undefined;
  const locale = localeOf(id) ?? 'en';
  const saves = await parts.store.lastTemplateSaves(folder.path);
  const template: OpenTemplate = {
    folder: await describeFolder(folder, parts),
    place: { folder: place.folder, id },
    name,
    source: file?.source ?? begun ?? '',
    ...(file === undefined ? {} : stateOf(file, saves)),
    partials: files.flatMap((found) =>
      found.id.startsWith(`${locale}/partials/`)
        ? [found.id.slice(`${locale}/partials/`.length)]
        : [],
    ),
    scenarios: scenariosOf(id, files),
    locale,
  };
  return { folder, template, path: file?.path ?? join(folder.path, name), files };
}

function stateOf(
  file: FolderFile,
  saves: Parameters<typeof saverOf>[1],
): Pick<OpenTemplate, 'hash' | 'changedAt' | 'changedBy'> {
  const save = saverOf(file, saves);
  const { hash, changedAt } = file;
  return save === undefined
    ? { hash, changedAt }
    : { hash, changedAt: save.at, changedBy: save.by };
}

/** The words that serve for a scenario that a language of the folder lacks; undefined for whatever else is asked. */
function wordsMeanwhile(id: string, files: readonly FolderFile[]): string | undefined {
  const locale = localeOf(id);
  const locales = localesOf(files);
  const scenario = repliedScenarios.find((known) => id === `${locale}/${known}`);
  if (locale === undefined || scenario === undefined || !locales.includes(locale)) return undefined;
  const templates = new Map(files.map((file) => [file.id, file]));
  const serving = locales.filter((one) => templates.has(`${one}/${scenario}`));
  const from = resolveLocale(locale, scenario, {
    locales: serving,
    templates,
  });
  return from === undefined ? undefined : templates.get(`${from}/${scenario}`)?.source;
}
