/**
 * Holds, health, settings and audit log, by the API.
 */
import type { FastifyInstance } from 'fastify';
import type { AuditSubject } from '../../ports/audit.ts';
import { auditSubjects } from '../../ports/audit.ts';
import type { HouseHealth, PartAnswer } from '../../ports/house.ts';
import { type Hold, holdKinds } from '../../ports.ts';
import type { ConsoleParts } from '../parts.ts';
import { actOf } from '../person.ts';
import { ApiError } from './errors.ts';
import {
  limitDefault,
  listOf,
  object,
  oneOf,
  pageOf,
  paging,
  query,
  ref,
  shortText,
  text,
  time,
  whole,
  yesNo,
} from './schemas.ts';

export function houseEndpoints(scope: FastifyInstance, parts: ConsoleParts): void {
  holdEndpoints(scope, parts);
  scope.get(
    '/health',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['House'],
        summary: 'Whether the service does its work, part by part',
        response: { 200: healthSchema },
      },
    },
    async () => healthAnswer(await parts.house.health()),
  );
  scope.get(
    '/settings',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['House'],
        summary: 'The settings with where each comes from; of a secret only whether it is set',
        response: { 200: settingsSchema },
      },
    },
    async () => {
      const { file, warnings, lines } = parts.house.settings;
      return { file, warnings, settings: lines };
    },
  );
  auditEndpoint(scope, parts);
}

function holdEndpoints(scope: FastifyInstance, { store, clock }: ConsoleParts): void {
  const tags = ['Holds'];
  scope.get(
    '/holds',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'What is held back until a person releases it',
        response: { 200: object({ holds: listOf(ref('Hold')) }) },
      },
    },
    async () => ({ holds: await store.listHolds() }),
  );
  scope.post<{ Body: Pick<Hold, 'kind' | 'name'> }>(
    '/holds/release',
    {
      config: { role: 'desk' },
      schema: {
        tags,
        summary: 'Releases a mailbox or an address; sends nothing by itself',
        body: object({
          kind: oneOf(holdKinds),
          name: { type: 'string', minLength: 1, maxLength: 320 },
        }),
        response: { 200: object({ kind: oneOf(holdKinds), name: text }) },
      },
    },
    async (request) => {
      const act = actOf(request, clock);
      const isReleased = await store.releaseHold(request.body, { at: act.at, by: act.by, act });
      if (isReleased) return request.body;
      throw new ApiError(409, 'not-held', 'Nothing of that name is held back.');
    },
  );
}

function auditEndpoint(scope: FastifyInstance, { store }: ConsoleParts): void {
  interface AuditFilter {
    readonly by?: string;
    readonly subject?: AuditSubject;
    readonly subjectId?: string;
    readonly limit?: number;
    readonly beforeId?: number;
  }
  scope.get<{ Querystring: AuditFilter }>(
    '/audit',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['House'],
        summary: 'Who changed what, newest first; `next` goes into `beforeId`',
        querystring: query({
          by: shortText,
          subject: oneOf(auditSubjects),
          subjectId: { type: 'string', minLength: 1, maxLength: 1_000 },
          limit: paging.limit,
          beforeId: { type: 'integer', minimum: 1 },
        }),
        response: { 200: pageOf('entries', ref('AuditEntry')) },
      },
    },
    async ({ query: { limit = limitDefault, ...filter } }) => {
      const found = await store.listAudit({ ...filter, limit: limit + 1 });
      const entries = found.slice(0, limit);
      const last = entries.at(-1);
      return found.length > limit && last !== undefined
        ? { entries, next: String(last.id) }
        : { entries };
    },
  );
}

const settingsSchema = object({
  file: text,
  warnings: listOf(text),
  settings: listOf(
    object(
      {
        path: text,
        value: text,
        secret: oneOf(['set', 'not set']),
        source: object(
          { kind: oneOf(['default', 'file', 'environment', 'secret file']), name: text },
          ['name'],
        ),
      },
      ['value', 'secret'],
    ),
  ),
});

const healthSchema = object({
  at: time,
  ready: yesNo,
  reasons: listOf(text),
  mailboxes: listOf(
    object(
      {
        mailbox: text,
        lastLookAt: time,
        troubledSince: time,
        trouble: text,
        unhandled: whole,
        oldestUnhandledAt: time,
        reconciledAt: time,
        reconciledMissing: whole,
      },
      [
        'lastLookAt',
        'troubledSince',
        'trouble',
        'oldestUnhandledAt',
        'reconciledAt',
        'reconciledMissing',
      ],
    ),
  ),
  store: object({ ok: yesNo, server: text, schemaVersion: text, why: text }, [
    'server',
    'schemaVersion',
    'why',
  ]),
  queue: object({ ok: yesNo, depths: listOf(ref('QueueDepth')), why: text }, ['why']),
  refusedTemplates: listOf(object({ place: text, at: time, problems: listOf(text) })),
  watchers: listOf(object({ mailbox: text, host: text, pid: whole, isAtWork: yesNo })),
  logins: listOf(
    object({ mailbox: text, what: oneOf(['token', 'secret', 'certificate']), at: time }),
  ),
});

function healthAnswer({ store, queue, ...health }: HouseHealth): object {
  const depths = 'value' in queue ? queue.value : [];
  return {
    ...health,
    store: partAnswer(store),
    queue: {
      ...('value' in queue ? { ok: true } : { ok: false, why: queue.why }),
      depths: depths.map(({ mailbox, kind, jobs }) => ({ mailbox, kind, ...jobs })),
    },
  };
}

function partAnswer(answer: PartAnswer<object>): object {
  return 'value' in answer ? { ok: true, ...answer.value } : { ok: false, why: answer.why };
}
