/**
 * The routes of the review: the queue with a case beside it, and like cases together.
 */
import type { FastifyInstance } from 'fastify';
import { choiceOf, type Fields, fieldsOf } from '../form-fields.ts';
import { sendPart } from '../page.ts';
import type { ConsoleParts } from '../parts.ts';
import { loadQueue, type ReviewAsk, reasonOf, sendReview } from '../review-page.ts';
import { queueView } from '../views/review-queue.ts';
import { caseActionRoutes } from './case-actions.ts';
import { caseMailRoutes } from './case-mail.ts';
import { casePageRoutes } from './case-page.ts';
import { togetherRoutes } from './together.ts';

export function reviewRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  app.get('/review', { config: { role: 'viewer' } }, (request, reply) =>
    sendReview(parts, request, reply, reviewAsk(fieldsOf(request.query))),
  );
  app.get(
    '/review/queue',
    { config: { role: 'viewer', frame: false, byItself: true } },
    async (request, reply) => {
      const fields = fieldsOf(request.query);
      const reason = reasonOf(fields.get('reason'));
      const ask = { reason, selected: fields.get('case'), done: fields.all('done') };
      return sendPart(reply, queueView(await loadQueue(parts, request, ask)));
    },
  );
  togetherRoutes(app, parts);
  casePageRoutes(app, parts);
  caseMailRoutes(app, parts);
  caseActionRoutes(app, parts);
}

function reviewAsk(fields: Fields): ReviewAsk {
  const caseId = fields.get('case');
  const reason = reasonOf(fields.get('reason'));
  const find = fields.get('find');
  return {
    ...(caseId === undefined ? {} : { caseId }),
    ...(reason === undefined ? {} : { reason }),
    choice: choiceOf(fields),
    ...(find === undefined ? {} : { find }),
    done: fields.all('done'),
  };
}
