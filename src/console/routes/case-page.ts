/**
 * The page of one case, and its parts that change while somebody looks at it.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type CaseAsk, type CaseView, loadCase, othersAt } from '../case-view.ts';
import { describeCase } from '../explanation.ts';
import { choiceOf, type Fields, fieldsOf, wordsOf } from '../form-fields.ts';
import { html } from '../html.ts';
import { sendPage, sendPart } from '../page.ts';
import type { ConsoleParts } from '../parts.ts';
import { personOf } from '../person.ts';
import { reasonOf } from '../review-page.ts';
import { editPreview } from '../views/acts.ts';
import { foundView } from '../views/candidates.ts';
import { caseView } from '../views/case.ts';
import { keysDialog } from '../views/keys.ts';
import { replyView } from '../views/reply.ts';
import { loadUndoable, undoView } from '../views/undo.ts';

export interface CaseParams {
  readonly caseId: string;
}

export function casePageRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  app.get<{ Params: CaseParams }>(
    '/cases/:caseId',
    { config: { role: 'viewer' } },
    (request, reply) => {
      const fields = fieldsOf(request.query);
      return sendCase(parts, request, reply, askOf(request.params.caseId, fields, 'case'));
    },
  );
  part(app, parts, '/cases/:caseId/part', (request, view) => caseView(request, view));
  part(app, parts, '/cases/:caseId/reply', (request, view) => replyView(request, view));
  part(app, parts, '/cases/:caseId/customers', (_request, view) => html`${foundView(view)}`);
  app.get<{ Params: CaseParams }>(
    '/cases/:caseId/explanation',
    { config: { role: 'viewer' } },
    async (request, reply) => {
      const stored = await parts.store.findCase(request.params.caseId);
      if (stored === undefined) return sendNoCase(request, reply);
      return reply
        .header('cache-control', 'no-store')
        .type('text/plain; charset=utf-8')
        .send(describeCase(stored, await parts.store.listSettlements(stored.caseId)));
    },
  );
  previewRoute(app, parts);
  presenceRoute(app, parts);
}

function part(
  app: FastifyInstance,
  parts: ConsoleParts,
  path: string,
  draw: (request: FastifyRequest, view: CaseView) => ReturnType<typeof caseView>,
): void {
  app.get<{ Params: CaseParams }>(
    path,
    { config: { role: 'viewer', frame: false } },
    async (request, reply) => {
      const fields = fieldsOf(request.query);
      const from = fields.get('from') === 'review' ? 'review' : 'case';
      const view = await loadCase(parts, request, askOf(request.params.caseId, fields, from));
      return view === undefined ? sendNoCase(request, reply) : sendPart(reply, draw(request, view));
    },
  );
}

/** What would be sent with the words typed so far: nothing is kept. */
function previewRoute(app: FastifyInstance, parts: ConsoleParts): void {
  app.post<{ Params: CaseParams }>(
    '/cases/:caseId/preview',
    { config: { role: 'desk', frame: false } },
    async (request, reply) => {
      const fields = fieldsOf(request.body);
      const view = await loadCase(parts, request, askOf(request.params.caseId, fields, 'case'));
      return view === undefined ? sendNoCase(request, reply) : sendPart(reply, editPreview(view));
    },
  );
}

function presenceRoute(app: FastifyInstance, parts: ConsoleParts): void {
  app.post<{ Params: CaseParams }>(
    '/cases/:caseId/presence',
    { config: { role: 'desk', frame: false, byItself: true } },
    async (request, reply) => {
      const { caseId } = request.params;
      const { name } = personOf(request);
      const found = await parts.store.findCase(caseId);
      if (found === undefined) return sendNoCase(request, reply);
      await parts.store.notePresence({ caseId: found.caseId, by: name, seenAt: parts.clock.now() });
      return reply
        .header('cache-control', 'no-store')
        .send({ others: await othersAt(parts, found.caseId, name) });
    },
  );
}

export function askOf(caseId: string, fields: Fields, from: CaseAsk['from']): CaseAsk {
  const words = wordsOf(fields);
  const find = fields.get('find');
  const reason = reasonOf(fields.get('reason'));
  return {
    caseId,
    from,
    ...(reason === undefined ? {} : { reason }),
    choice: choiceOf(fields),
    ...(words === undefined ? {} : { words }),
    ...(find === undefined ? {} : { find }),
  };
}

export async function sendCase(
  parts: ConsoleParts,
  request: FastifyRequest,
  reply: FastifyReply,
  ask: CaseAsk,
): Promise<FastifyReply> {
  const view = await loadCase(parts, request, ask);
  if (view === undefined) return sendNoCase(request, reply);
  const undoable = await loadUndoable(parts, request, [view.stored.caseId]);
  return sendPage(request, reply, {
    title: titleOf(view),
    section: '/cases',
    assets: ['review.css', 'review.js'],
    body: html`<h1 class="hidden">Case</h1>${undoView(request, undoable)}${caseView(request, view)}${keysDialog()}`,
  });
}

function titleOf({ stored }: CaseView): string {
  return stored.subject === '' ? `Case ${stored.caseId}` : stored.subject;
}

export function sendNoCase(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendPage(request, reply.code(404), {
    title: 'No such case',
    body: html`<h1>No such case</h1><p>Perhaps its mail was none of our business, or its time to be kept is over.</p>`,
  });
}
