/**
 * A draft saved, and a language begun: checked, written, kept and audited, in that order.
 *
 * The store is told before the file takes its place: a change that nobody is named for must not be, and what can go
 * wrong with a disk has gone wrong by then.
 */
import { join } from 'node:path';
import { templateBytesMax } from '../core/limits.ts';
import { draftText, sourceOf } from '../core/template-draft.ts';
import { localesOf, localeTag, scaffoldLocale } from '../core/template-scaffold.ts';
import { prepareTemplateFile, templateName } from '../edges/template-files.ts';
import { ResponderError } from '../errors.ts';
import type { Act } from '../ports/audit.ts';
import type { BeginLocaleOutcome, SaveOutcome, SaveRequest } from '../ports/template-desk.ts';
import type { TemplateSave } from '../ports/templates.ts';
import { type DeskFolder, type DeskParts, shownProblem } from './console-template-folders.ts';
import type { Opened } from './console-template-try.ts';

/** One after the other in a folder. */
export function inTurn<Result>(folder: DeskFolder, change: () => Promise<Result>): Promise<Result> {
  const next = folder.turn.then(change);
  folder.turn = next.catch(() => undefined);
  return next;
}

/** To be called in turn, with the file as it is then. */
export async function saveOpened(
  { folder, template, path, files }: Opened,
  request: SaveRequest,
  parts: DeskParts,
): Promise<SaveOutcome> {
  const { id } = template.place;
  const file = sourceOf({ id, path, source: draftText(request.source) });
  if (Buffer.byteLength(file.source) > templateBytesMax)
    return { kind: 'too-long', bytesMax: templateBytesMax };
  const now = template.hash ?? '';
  if (now === file.hash) return { kind: 'same' };
  if (now !== request.opened) return { kind: 'changed', source: template.source, hash: now };
  const { problems } = await parts.thread.ask({
    kind: 'try',
    sources: files,
    draft: file,
    users: folder.users,
  });
  if (problems.length > 0) {
    const shown = problems.map((problem) => shownProblem(problem, { folder, id }));
    return { kind: 'problems', problems: shown };
  }
  const before =
    template.hash === undefined ? {} : { before: { hash: now, source: template.source } };
  const { act, action } = request;
  const refused = await write(
    folder,
    { folder: folder.path, id, file, ...before, act, action },
    parts,
  );
  if (refused !== undefined) return refused;
  return { kind: 'saved', hash: file.hash, inUse: await takeOver(folder, parts) };
}

async function write(
  { path }: DeskFolder,
  save: TemplateSave,
  { store, log }: DeskParts,
): Promise<Extract<SaveOutcome, { kind: 'not-writable' }> | undefined> {
  try {
    const prepared = await prepareTemplateFile(path, save.id, save.file.source);
    try {
      await store.saveTemplate(save);
      await prepared.replace();
    } finally {
      await prepared.discard();
    }
    log.info({ template: save.id, by: save.act.by, folder: path }, 'a template was saved');
    return undefined;
  } catch (error) {
    if (!(error instanceof ResponderError)) throw error;
    if (error.code !== 'TEMPLATES_READ_ONLY' && error.code !== 'USAGE') throw error;
    return { kind: 'not-writable', sentence: error.message };
  }
}

/** Other processes see the change by themselves; this one is asked, so that whoever saves can be told. */
async function takeOver(
  { path }: DeskFolder,
  { keepers }: DeskParts,
): Promise<Extract<SaveOutcome, { kind: 'saved' }>['inUse']> {
  if (keepers === undefined) return 'elsewhere';
  return (await keepers.reload(path)) === 'refused' ? 'no' : 'yes';
}

/** To be called in turn. A language that is there already is not touched. */
export async function beginLocale(
  folder: DeskFolder,
  {
    locale: wish,
    from,
    act,
  }: { readonly locale: string; readonly from: string; readonly act: Act },
  parts: DeskParts,
): Promise<BeginLocaleOutcome> {
  const refuse = (sentence: string): BeginLocaleOutcome => ({ kind: 'refused', sentence });
  const locale = localeTag(wish.trim());
  if (locale === undefined)
    return refuse(`“${wish}” is no language; write its tag, such as ro, pt-PT or zh-TW.`);
  const files = await folder.reader.read();
  const locales = localesOf(files);
  if (locales.some((known) => known.toLowerCase() === locale.toLowerCase()))
    return refuse(`There are templates in ${locale} already.`);
  if (!locales.includes(from)) return refuse(`There are no templates in “${from}” to begin with.`);
  const begun = scaffoldLocale(files, from, locale);
  // Partials first: a template without them would be refused, and its problems logged, for nothing.
  const sorted = [...begun].sort(
    (a, b) => Number(b.id.includes('/partials/')) - Number(a.id.includes('/partials/')),
  );
  for (const { id, source } of sorted) {
    const name = templateName(id);
    if (name === undefined) return refuse(`The file ${id} cannot be copied.`);
    const file = sourceOf({ id, path: join(folder.path, name), source });
    const save = { folder: folder.path, id, file, act, action: 'locale-begun' } as const;
    const refused = await write(folder, save, parts);
    if (refused !== undefined) return refuse(refused.sentence);
  }
  await takeOver(folder, parts);
  return { kind: 'begun', locale, files: begun.length };
}
