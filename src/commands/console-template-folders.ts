/**
 * The folders of the templates as the console sees them: what lies in each, who uses it, and who saved it last.
 */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { repliedScenarios } from '../core/decision.ts';
import type { TemplateProblem } from '../core/template.ts';
import { resolveLocale } from '../core/template-compile.ts';
import { localesOf } from '../core/template-scaffold.ts';
import { canWriteTemplates, templateName } from '../edges/template-files.ts';
import { type FolderFile, type FolderReader, folderReader } from '../edges/template-folder.ts';
import type { TemplateThread } from '../edges/template-thread.ts';
import type {
  DraftProblem,
  LocaleOverview,
  TemplateFileLine,
  TemplateFolder,
  TemplateOverview,
} from '../ports/template-desk.ts';
import type { TemplateSaved } from '../ports/templates.ts';
import type { ConsoleWiring } from './console-wiring.ts';
import { type Knowledge, loadKnowledge } from './knowledge.ts';
import { templateFolders } from './template-keepers.ts';

/** A folder, its reader, and what the replies of each mailbox that uses it are composed by. */
export interface DeskFolder {
  readonly key: string;
  readonly path: string;
  readonly users: readonly Knowledge[];
  readonly reader: FolderReader;
  /** One change at a time, so that of two who save at once the second is told of the first. */
  turn: Promise<unknown>;
  checked?: { readonly mark: string; readonly problems: readonly TemplateProblem[] };
}

export interface DeskParts extends ConsoleWiring {
  readonly thread: TemplateThread;
  folders(): Promise<ReadonlyMap<string, DeskFolder>>;
}

/** The settings do not change while the service runs, so the folders are found once. */
export function foldersOf({ settings }: ConsoleWiring): DeskParts['folders'] {
  let found: Promise<ReadonlyMap<string, DeskFolder>> | undefined;
  const find = async (): Promise<ReadonlyMap<string, DeskFolder>> => {
    const all = [...templateFolders(settings, await loadKnowledge(settings))];
    return new Map(
      all.map(([path, users], index) => {
        const key = String(index + 1);
        return [key, { key, path, users, reader: folderReader(path), turn: Promise.resolve() }];
      }),
    );
  };
  return () => {
    found ??= find().catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
}

export async function describeFolder(
  { key, path }: DeskFolder,
  { settings }: ConsoleWiring,
): Promise<TemplateFolder> {
  const users = settings.mailboxes.filter(
    ({ templatesDir = settings.templatesDir }) => templatesDir === path,
  );
  return {
    key,
    path,
    mailboxes: users.map(({ name }) => name),
    isWritable: await canWriteTemplates(path),
    ...(settings.store.databaseUrl === undefined ? {} : { machine: hostname() }),
  };
}

/** The path of a file below its folder, as problems name it. */
export function nameBelow(folder: string, file: string): string {
  return file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : file;
}

export function shownProblem(
  problem: TemplateProblem,
  { folder, id }: { readonly folder: DeskFolder; readonly id?: string },
): DraftProblem {
  const file = nameBelow(folder.path, problem.file);
  return { ...problem, file, isHere: id !== undefined && file === templateName(id) };
}

/** Who saved what a file holds now. */
export function saverOf(
  { id, hash }: Pick<FolderFile, 'id' | 'hash'>,
  saves: readonly TemplateSaved[],
): TemplateSaved | undefined {
  return saves.find((save) => save.id === id && save.hash === hash);
}

export async function overviewOf(folder: DeskFolder, parts: DeskParts): Promise<TemplateOverview> {
  const [files, saves, described] = await Promise.all([
    folder.reader.read(),
    parts.store.lastTemplateSaves(folder.path),
    describeFolder(folder, parts),
  ]);
  const changed = changedFiles(files, folder, parts);
  const found = await problemsOf(files, changed, { folder, parts });
  const problems = found.map((problem) => shownProblem(problem, { folder }));
  const english = new Map(files.map(({ id, hash }) => [id, hash]));
  const lineOf = (file: FolderFile): TemplateFileLine => {
    const save = saverOf(file, saves);
    return {
      id: file.id,
      changedAt: save?.at ?? file.changedAt,
      ...(save === undefined ? {} : { changedBy: save.by }),
      problems: problems.filter((problem) => problem.file === templateName(file.id)).length,
      isEnglish:
        !/^en\b/.test(file.id) && english.get(file.id.replace(/^[^/]+/, 'en')) === file.hash,
    };
  };
  const lines = new Map(files.map((file) => [file.id, lineOf(file)]));
  const layout = lines.get('layout');
  return {
    folder: described,
    ...(layout === undefined ? {} : { layout }),
    locales: localesOf(files).map((locale) => localeOverview(locale, lines, localesOf(files))),
    problems,
    ...(changed === undefined ? {} : { isInUse: changed.length === 0 }),
  };
}

function localeOverview(
  locale: string,
  lines: ReadonlyMap<string, TemplateFileLine>,
  locales: readonly string[],
): LocaleOverview {
  const scenarios = repliedScenarios.map((scenario) => {
    const file = lines.get(`${locale}/${scenario}`);
    if (file !== undefined) return { scenario, file };
    const fallsBackTo = resolveLocale(locale, scenario, { locales, templates: lines });
    return fallsBackTo === undefined ? { scenario } : { scenario, fallsBackTo };
  });
  const partials = [...lines.values()].filter(({ id }) => id.startsWith(`${locale}/partials/`));
  return { locale, scenarios, partials };
}

/** Ids of files that are not what replies are composed of here; undefined where none are composed. */
function changedFiles(
  files: readonly FolderFile[],
  { path }: DeskFolder,
  { keepers }: DeskParts,
): readonly string[] | undefined {
  if (keepers === undefined) return undefined;
  const used = new Map(
    [...keepers.current(path).templates.values()].flatMap(({ sources }) =>
      sources.map(({ id, hash }) => [id, hash] as const),
    ),
  );
  const changed = files.filter(({ id, hash }) => used.get(id) !== hash).map(({ id }) => id);
  const there = new Set(files.map(({ id }) => id));
  return [...changed, ...[...used.keys()].filter((id) => !there.has(id))];
}

/** What is in use was checked before it was taken over; only the languages of other files are checked here. */
async function problemsOf(
  files: readonly FolderFile[],
  changed: readonly string[] | undefined,
  { folder, parts }: { readonly folder: DeskFolder; readonly parts: DeskParts },
): Promise<readonly TemplateProblem[]> {
  const all = localesOf(files);
  const touched =
    changed === undefined || changed.includes('layout')
      ? all
      : localesOf(changed.map((id) => ({ id })));
  if (touched.length === 0) return [];
  const mark = markOf(files, touched);
  if (folder.checked?.mark === mark) return folder.checked.problems;
  const { problems } = await parts.thread.ask({
    kind: 'locales',
    sources: files,
    locales: touched,
    users: folder.users,
  });
  folder.checked = { mark, problems };
  return problems;
}

function markOf(files: readonly FolderFile[], locales: readonly string[]): string {
  const hash = createHash('sha256').update(locales.join());
  for (const { id, hash: own } of files) hash.update(`\n${id} ${own}`);
  return hash.digest('hex');
}
