/**
 * Templates, by the API: the folders and their files, the words of one, and its versions.
 *
 * The id of a file has slashes, so it stands in the query: `/templates/1/file?id=de/cancel-phone`.
 */
import type { FastifyInstance } from 'fastify';
import { repliedScenarios } from '../../core/decision.ts';
import type {
  OpenTemplate,
  TemplateFileLine,
  TemplateOverview,
  TemplatePlace,
} from '../../ports/template-desk.ts';
import type { ConsoleParts } from '../parts.ts';
import { notFound } from './errors.ts';
import { listOf, object, oneOf, templateProblem, text, time, whole, yesNo } from './schemas.ts';

export const tags = ['Templates'];

export interface FolderRoute {
  readonly Params: { readonly folder: string };
}

export interface FileRoute extends FolderRoute {
  readonly Querystring: { readonly id: string };
}

export const folderParams = object({ folder: { type: 'string', minLength: 1, maxLength: 20 } });
const id = { type: 'string', minLength: 1, maxLength: 200 } as const;
export const hash = { type: 'string', pattern: '^[0-9a-f]{64}$' } as const;
/** What names one file. */
export const fileAddress = { params: folderParams, querystring: object({ id }) };

export function placeOf({
  params,
  query,
}: {
  readonly params: FolderRoute['Params'];
  readonly query: FileRoute['Querystring'];
}): TemplatePlace {
  return { folder: params.folder, id: query.id };
}

export function templateEndpoints(scope: FastifyInstance, parts: ConsoleParts): void {
  const { templates } = parts;
  scope.get(
    '/templates',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'The folders of templates: their files, what is missing, what has problems',
        response: { 200: object({ folders: listOf(folderSchema) }) },
      },
    },
    async () => {
      const folders = await templates.folders();
      const found = await Promise.all(folders.map(({ key }) => templates.overview(key)));
      return { folders: found.flatMap((overview) => (overview ? [folderAnswer(overview)] : [])) };
    },
  );
  scope.get<FileRoute>(
    '/templates/:folder/file',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'The words of a file; of one that is not there yet, those that serve meanwhile',
        ...fileAddress,
        response: { 200: fileSchema },
      },
    },
    async (request) => fileAnswer(await openFile(parts, placeOf(request))),
  );
  historyEndpoints(scope, parts);
}

function historyEndpoints(scope: FastifyInstance, parts: ConsoleParts): void {
  const { templates } = parts;
  scope.get<FileRoute>(
    '/templates/:folder/file/history',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'The versions of a file, newest first: who, when, and whether it went out',
        ...fileAddress,
        response: { 200: object({ versions: listOf(versionSchema) }) },
      },
    },
    async (request) => {
      const { place } = await openFile(parts, placeOf(request));
      const versions = await templates.history(place);
      return { versions: versions.map(({ hash: version, ...rest }) => ({ version, ...rest })) };
    },
  );
  scope.get<FileRoute & { Querystring: { readonly version: string } }>(
    '/templates/:folder/file/version',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'The words of a version of a file',
        params: folderParams,
        querystring: object({ id, version: hash }),
        response: { 200: object({ version: hash, source: text }) },
      },
    },
    async (request) => {
      const { version } = request.query;
      const source = await templates.words(placeOf(request), version);
      if (source === undefined) throw notFound('version');
      return { version, source };
    },
  );
}

export async function openFile(
  { templates }: ConsoleParts,
  place: TemplatePlace,
): Promise<OpenTemplate> {
  const found = await templates.open(place);
  if (found === undefined) throw notFound('template');
  return found;
}

const scenario = oneOf(repliedScenarios);

const folderSchema = object(
  {
    folder: text,
    path: text,
    mailboxes: listOf(text),
    isWritable: yesNo,
    machine: text,
    isInUse: yesNo,
    files: listOf(
      object(
        {
          id: text,
          changedAt: time,
          changedBy: text,
          problems: whole,
          isEnglish: yesNo,
        },
        ['changedBy'],
      ),
    ),
    missing: listOf(object({ id: text, locale: text, scenario, servedBy: text }, ['servedBy'])),
    problems: listOf(templateProblem),
  },
  ['machine', 'isInUse'],
);

function folderAnswer({ folder, layout, locales, problems, isInUse }: TemplateOverview): object {
  const { key, ...described } = folder;
  const files: readonly TemplateFileLine[] = [
    ...(layout === undefined ? [] : [layout]),
    ...locales.flatMap(({ scenarios, partials }) => [
      ...scenarios.flatMap(({ file }) => file ?? []),
      ...partials,
    ]),
  ];
  const missing = locales.flatMap(({ locale, scenarios }) =>
    scenarios
      .filter(({ file }) => file === undefined)
      .map(({ scenario: name, fallsBackTo }) => ({
        id: `${locale}/${name}`,
        locale,
        scenario: name,
        ...(fallsBackTo === undefined ? {} : { servedBy: fallsBackTo }),
      })),
  );
  return {
    folder: key,
    ...described,
    ...(isInUse === undefined ? {} : { isInUse }),
    files,
    missing,
    problems,
  };
}

const fileSchema = object(
  {
    folder: text,
    id: text,
    name: text,
    locale: text,
    scenarios: listOf(scenario),
    partials: listOf(text),
    source: text,
    version: text,
    changedAt: time,
    changedBy: text,
  },
  ['version', 'changedAt', 'changedBy'],
);

function fileAnswer({ place, hash: version, ...template }: OpenTemplate): object {
  const { folder, id: named } = place;
  return { ...template, folder, id: named, ...(version === undefined ? {} : { version }) };
}

const versionSchema = object(
  { version: text, at: time, by: text, firstUsedAt: time, replaced: yesNo },
  ['by', 'firstUsedAt', 'replaced'],
);
