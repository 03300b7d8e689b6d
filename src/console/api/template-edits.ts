/**
 * Changing templates, by the API: a draft is checked, saved over the version that it was begun with, taken back, and a
 * language begun. Words with a problem never land.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { repliedScenarios } from '../../core/decision.ts';
import { templateBytesMax } from '../../core/limits.ts';
import type { SaveOutcome, TriedDraft } from '../../ports/template-desk.ts';
import { InHand } from '../in-hand.ts';
import type { ConsoleParts } from '../parts.ts';
import { actOf, personOf } from '../person.ts';
import { ApiError, notFound } from './errors.ts';
import {
  listOf,
  object,
  oneOf,
  query,
  shortText,
  templateProblem,
  text,
  whole,
  yesNo,
} from './schemas.ts';
import {
  type FileRoute,
  type FolderRoute,
  fileAddress,
  folderParams,
  hash,
  openFile,
  placeOf,
  tags,
} from './templates.ts';

/** In JSON a sign may take several octets. */
const bodyLimit = 3 * templateBytesMax + 16 * 1024;

export function templateEditEndpoints(scope: FastifyInstance, parts: ConsoleParts): void {
  const inTurn = boundedWork();
  checkEndpoint(scope, parts, inTurn);
  saveEndpoint(scope, parts, inTurn);
  rollBackEndpoint(scope, parts, inTurn);
  localeEndpoint(scope, parts);
}

/** Does the work of one person unless enough of theirs is under way. */
function boundedWork() {
  const inHand = new InHand();
  return async <Result>(request: FastifyRequest, work: () => Promise<Result>): Promise<Result> => {
    const result = await inHand.run(personOf(request).name, work);
    if (result !== 'busy') return result;
    throw new ApiError(429, 'too-many', 'Your last checks are still running.', {
      hint: 'Ask again in a moment.',
    });
  };
}

type InTurn = ReturnType<typeof boundedWork>;

interface CheckBody {
  readonly source?: string;
  readonly scenario?: string;
  readonly sample?: string;
  readonly customerId?: string;
}

function checkEndpoint(scope: FastifyInstance, parts: ConsoleParts, inTurn: InTurn): void {
  scope.post<FileRoute & { Body: CheckBody }>(
    '/templates/:folder/file/check',
    {
      config: { role: 'admin', readsOnly: true },
      bodyLimit,
      schema: {
        tags,
        summary: 'What is wrong with a draft, and the reply it would make; changes nothing',
        ...fileAddress,
        body: query({
          source: text,
          scenario: oneOf(repliedScenarios),
          sample: shortText,
          customerId: shortText,
        }),
        response: { 200: checkedSchema },
      },
    },
    async (request) => {
      const tried = await inTurn(request, () =>
        parts.templates.tryDraft(placeOf(request), request.body),
      );
      if (tried === undefined) throw notFound('template');
      return checkedAnswer(tried);
    },
  );
}

const savedSchema = object(
  { version: text, saved: yesNo, inUse: oneOf(['yes', 'no', 'elsewhere']) },
  ['inUse'],
);

function saveEndpoint(scope: FastifyInstance, parts: ConsoleParts, inTurn: InTurn): void {
  scope.put<FileRoute & { Body: { readonly source: string; readonly opened?: string } }>(
    '/templates/:folder/file',
    {
      config: { role: 'admin' },
      bodyLimit,
      schema: {
        tags,
        summary: 'Saves a draft; `opened` is the version it was begun with, absent for a new file',
        ...fileAddress,
        body: object({ source: text, opened: hash }, ['opened']),
        response: { 200: savedSchema },
      },
    },
    async (request) => {
      const { source, opened = '' } = request.body;
      const act = actOf(request, parts.clock);
      const place = placeOf(request);
      const outcome = await inTurn(request, () =>
        parts.templates.save(place, { source, opened, act, action: 'saved' }),
      );
      return savedOrThrow(outcome, async () => (await openFile(parts, place)).hash);
    },
  );
}

function rollBackEndpoint(scope: FastifyInstance, parts: ConsoleParts, inTurn: InTurn): void {
  scope.post<FileRoute & { Body: { readonly version: string; readonly opened: string } }>(
    '/templates/:folder/file/roll-back',
    {
      config: { role: 'admin' },
      schema: {
        tags,
        summary: 'Puts the words of an earlier version back; `opened` is the version of now',
        ...fileAddress,
        body: object({ version: hash, opened: hash }),
        response: { 200: savedSchema },
      },
    },
    async (request) => {
      const { version, opened } = request.body;
      const place = placeOf(request);
      const source = await parts.templates.words(place, version);
      if (source === undefined) throw notFound('version');
      const act = actOf(request, parts.clock);
      const outcome = await inTurn(request, () =>
        parts.templates.save(place, { source, opened, act, action: 'rolled-back' }),
      );
      return savedOrThrow(outcome, async () => version);
    },
  );
}

function localeEndpoint(scope: FastifyInstance, parts: ConsoleParts): void {
  const locale = { type: 'string', minLength: 2, maxLength: 35 } as const;
  scope.post<FolderRoute & { Body: { readonly locale: string; readonly from: string } }>(
    '/templates/:folder/locales',
    {
      config: { role: 'admin' },
      schema: {
        tags,
        summary: 'Begins a language with the files of another one',
        params: folderParams,
        body: object({ locale, from: locale }),
        response: { 201: object({ locale: text, files: whole }) },
      },
    },
    async (request, reply) => {
      const { folder } = request.params;
      const act = actOf(request, parts.clock);
      const outcome = await parts.templates.beginLocale(folder, { ...request.body, act });
      if (outcome.kind === 'refused') throw new ApiError(409, 'not-begun', outcome.sentence);
      reply.code(201);
      return { locale: outcome.locale, files: outcome.files };
    },
  );
}

/** `now`: the version of the file, where the words are those that it has. */
async function savedOrThrow(
  outcome: SaveOutcome | undefined,
  now: () => Promise<string | undefined>,
): Promise<object> {
  switch (outcome?.kind) {
    case undefined:
      throw notFound('template');
    case 'saved':
      return { version: outcome.hash, saved: true, inUse: outcome.inUse };
    case 'same':
      return { version: await now(), saved: false };
    case 'problems':
      throw new ApiError(
        422,
        'template-problems',
        'The words have problems, so nothing was saved.',
        {
          problems: outcome.problems,
        },
      );
    case 'changed':
      throw new ApiError(409, 'changed', 'The file was changed since this version was read.', {
        hint: 'Read it again, and repeat the change.',
      });
    case 'too-long':
      throw new ApiError(413, 'too-large', `A template has at most ${outcome.bytesMax} bytes.`);
    case 'not-writable':
      throw new ApiError(409, 'not-writable', outcome.sentence);
  }
}

const checkedSchema = object(
  {
    problems: listOf(templateProblem),
    scenario: oneOf(repliedScenarios),
    samples: listOf(text),
    reply: object({ subject: text, text, html: text }),
    noReply: text,
    note: text,
  },
  ['reply', 'noReply', 'note'],
);

function checkedAnswer({ problems, preview, note, scenario, samples }: TriedDraft): object {
  return {
    problems,
    scenario,
    samples,
    ...('reply' in preview ? { reply: preview.reply } : { noReply: preview.problem }),
    ...(note === undefined ? {} : { note }),
  };
}
