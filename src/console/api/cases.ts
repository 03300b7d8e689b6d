/**
 * Cases and what the desk decides about them, by the API: the same actions as on the screen, judged by the same rules.
 */
import type { FastifyInstance } from 'fastify';
import { type Scenario, scenarios } from '../../core/decision.ts';
import { type Action, actions, type Reason, reasonSentence, reasons } from '../../core/reasons.ts';
import type { CaseLine } from '../../ports/console.ts';
import {
  type DeskActions,
  type DeskChoice,
  type DeskOutcome,
  type DeskWords,
  type Dismissal,
  dismissals,
  type Proposal,
} from '../../ports/desk.ts';
import { type ReplyState, replyStates } from '../../ports/states.ts';
import type { StoredCase } from '../../ports.ts';
import type { ConsoleParts } from '../parts.ts';
import { actOf } from '../person.ts';
import { ApiError, notFound, refusedError } from './errors.ts';
import {
  limitDefault,
  limitMax,
  listOf,
  object,
  oneOf,
  pageOf,
  paging,
  query,
  ref,
  shortText,
  time,
  whole,
} from './schemas.ts';

interface CaseFilter {
  readonly text?: string;
  readonly action?: Action;
  readonly reason?: Reason;
  readonly scenario?: Scenario;
  readonly customerId?: string;
  readonly mailbox?: string;
  readonly replyState?: ReplyState;
  readonly since?: string;
  readonly before?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

interface CaseParams {
  readonly Params: { readonly caseId: string };
}

const caseParams = object({ caseId: { type: 'string', minLength: 1, maxLength: 1_000 } });
const tags = ['Cases'];

const wordsSchema = object({
  subject: shortText,
  markdown: { type: 'string', minLength: 1, maxLength: 50_000 },
});
const choiceSchema = query({
  customerId: shortText,
  scenario: oneOf(scenarios),
  to: { type: 'string', minLength: 3, maxLength: 320 },
  locale: { type: 'string', minLength: 2, maxLength: 35 },
});

export function caseEndpoints(scope: FastifyInstance, parts: ConsoleParts): void {
  readingEndpoints(scope, parts);
  proposalEndpoints(scope, parts);
  const { desk } = parts;
  const simple: readonly (readonly [
    path: string,
    action: keyof Pick<DeskActions, 'answerYourself' | 'undo' | 'reopen' | 'arrived' | 'sendAgain'>,
    summary: string,
  ])[] = [
    ['answer-yourself', 'answerYourself', 'A person answers with their own mail program'],
    ['undo', 'undo', 'Takes back what was done within the last seconds'],
    ['reopen', 'reopen', 'Puts a case that was settled without a reply back into the review queue'],
    ['arrived', 'arrived', 'An unconfirmed reply: a person found that it arrived'],
    ['send-again', 'sendAgain', 'An unconfirmed or undelivered reply goes out again'],
  ];
  for (const [path, action, summary] of simple) {
    scope.post<CaseParams>(
      `/cases/:caseId/${path}`,
      { config: { role: 'desk' }, schema: writeSchema(summary) },
      async (request) =>
        doneOrThrow(await desk[action](request.params.caseId, actOf(request, parts.clock))),
    );
  }
}

function writeSchema(summary: string, body?: object) {
  return {
    tags,
    summary,
    params: caseParams,
    ...(body === undefined ? {} : { body }),
    response: { 200: ref('Done') },
  };
}

function doneOrThrow(outcome: DeskOutcome): object {
  if (outcome.kind === 'refused') throw refusedError(outcome);
  const { kind: _, ...done } = outcome;
  return done;
}

function readingEndpoints(scope: FastifyInstance, { store }: ConsoleParts): void {
  scope.get<{ Querystring: CaseFilter }>(
    '/cases',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'Searches cases, newest decision first',
        querystring: query({
          text: shortText,
          action: oneOf(actions),
          reason: oneOf(Object.keys(reasons)),
          scenario: oneOf(scenarios),
          customerId: shortText,
          mailbox: shortText,
          replyState: oneOf(replyStates),
          since: time,
          before: time,
          ...paging,
        }),
        response: { 200: pageOf('cases', ref('CaseLine')) },
      },
    },
    async ({ query: { limit = limitDefault, cursor, since, before, ...filter } }) => {
      const after = cursor === undefined ? undefined : readCursor(cursor);
      const found = await store.searchCases({
        ...filter,
        ...(since === undefined ? {} : { since: new Date(since) }),
        ...(before === undefined ? {} : { before: new Date(before) }),
        ...(after === undefined ? {} : { after }),
        limit: limit + 1,
      });
      const cases = found.slice(0, limit);
      const last = cases.at(-1);
      return found.length > limit && last !== undefined
        ? { cases, next: cursorOf(last) }
        : { cases };
    },
  );
  scope.get<{ Querystring: { readonly limit?: number } }>(
    '/review',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'What waits for the desk, the most urgent first',
        querystring: query({ limit: paging.limit }),
        response: { 200: object({ cases: listOf(ref('CaseLine')), waiting: whole }) },
      },
    },
    async ({ query: { limit = limitMax } }) => {
      const [cases, waiting] = await Promise.all([store.listReview(limit), store.countReview()]);
      return { cases, waiting };
    },
  );
  scope.get<CaseParams>(
    '/cases/:caseId',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'One case, with what was seen and why it was decided so',
        params: caseParams,
        response: { 200: ref('Case') },
      },
    },
    async ({ params: { caseId } }) => {
      const found = await store.findCase(caseId);
      if (found === undefined) throw notFound('case');
      return caseAnswer(found, await store.listSettlements(found.caseId));
    },
  );
  scope.get<CaseParams>(
    '/cases/:caseId/mail',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'The mail as it came, octet for octet (message/rfc822)',
        produces: ['message/rfc822'],
        params: caseParams,
        response: {
          200: {
            description: 'The mail',
            content: { 'message/rfc822': { schema: { type: 'string', format: 'binary' } } },
          },
        },
      },
    },
    async ({ params: { caseId } }, reply) => {
      const raw = await store.findRaw(caseId);
      if (raw === undefined) throw notFound('mail, or it was deleted');
      return reply
        .header('content-type', 'message/rfc822')
        .header('content-disposition', 'attachment; filename="mail.eml"')
        .send(Buffer.from(raw));
    },
  );
}

function proposalEndpoints(scope: FastifyInstance, { desk, clock }: ConsoleParts): void {
  scope.post<CaseParams & { Body: { readonly choice?: DeskChoice; readonly words?: DeskWords } }>(
    '/cases/:caseId/proposal',
    {
      config: { role: 'viewer', readsOnly: true },
      schema: {
        tags,
        summary: 'What could be sent now; changes nothing',
        params: caseParams,
        body: query({ choice: choiceSchema, words: wordsSchema }),
        response: { 200: ref('Proposal') },
      },
    },
    async ({ params: { caseId }, body: { choice = {}, words } }) => {
      const outcome = await desk.propose(caseId, choice, words);
      if (outcome.kind === 'refused') throw refusedError(outcome);
      return proposalAnswer(outcome.proposal);
    },
  );
  scope.post<
    CaseParams & {
      Body: {
        readonly digest: string;
        readonly choice?: DeskChoice;
        readonly words?: DeskWords;
        readonly evenIfAnswered?: boolean;
      };
    }
  >(
    '/cases/:caseId/approve',
    {
      config: { role: 'desk' },
      schema: writeSchema(
        'Sends the reply that the proposal showed, as it is or with other words',
        object(
          {
            digest: { type: 'string', minLength: 1, maxLength: 200 },
            choice: choiceSchema,
            words: wordsSchema,
            evenIfAnswered: { type: 'boolean' },
          },
          ['choice', 'words', 'evenIfAnswered'],
        ),
      ),
    },
    async (request) => {
      const { choice = {}, ...approval } = request.body;
      const act = actOf(request, clock);
      return doneOrThrow(await desk.approve(request.params.caseId, { ...approval, choice }, act));
    },
  );
  scope.post<CaseParams & { Body: { readonly why: Dismissal; readonly note?: string } }>(
    '/cases/:caseId/dismiss',
    {
      config: { role: 'desk' },
      schema: writeSchema(
        'No answer is sent; says why',
        object({ why: oneOf(dismissals), note: { type: 'string', maxLength: 2_000 } }, ['note']),
      ),
    },
    async (request) =>
      doneOrThrow(await desk.dismiss(request.params.caseId, request.body, actOf(request, clock))),
  );
}

function caseAnswer(
  { decision, proposal, reply, ...found }: StoredCase,
  settlements: readonly object[],
): object {
  const shown = (content: NonNullable<StoredCase['proposal']>) => ({
    to: content.to.address,
    subject: content.subject,
    text: content.text,
  });
  return {
    ...found,
    sentence: reasonSentence(found.reason),
    ...(decision.sender === undefined ? {} : { sender: decision.sender }),
    evidence: decision.evidence,
    ...(proposal === undefined ? {} : { proposal: shown(proposal) }),
    ...(reply === undefined ? {} : { reply: { ...reply, content: shown(reply.content) } }),
    settlements,
  };
}

function proposalAnswer({ choice, reply, ...proposal }: Proposal): object {
  const { subject, text: plain, html } = reply;
  return { ...choice, ...proposal, subject, text: plain, html };
}

function cursorOf({ decidedAt, caseId }: CaseLine): string {
  return Buffer.from(JSON.stringify([decidedAt.toISOString(), caseId])).toString('base64url');
}

/** A cursor that we did not make begins nowhere. */
function readCursor(cursor: string): { readonly decidedAt: Date; readonly caseId: string } {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(read) && typeof read[0] === 'string' && typeof read[1] === 'string') {
      const decidedAt = new Date(read[0]);
      if (!Number.isNaN(decidedAt.getTime())) return { decidedAt, caseId: read[1] };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new ApiError(400, 'invalid', 'The cursor is none that was given out.');
}
