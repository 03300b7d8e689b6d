/**
 * Like cases together: first a page that says what would happen to each, then all at once, each under its own digest.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type DeskOutcome, dismissals } from '../../ports/desk.ts';
import { type Fields, fieldsOf } from '../form-fields.ts';
import { sendPage } from '../page.ts';
import type { ConsoleParts } from '../parts.ts';
import { actOf } from '../person.ts';
import { reasonOf, sendReview } from '../review-page.ts';
import { address } from '../views/review-queue.ts';
import { approveTogetherView, dismissTogetherView, type Together } from '../views/together.ts';
import { togetherMax } from '../views/undo.ts';

export function togetherRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  app.get('/review/together', { config: { role: 'desk' } }, (request, reply) =>
    sendConfirmation(parts, request, reply),
  );
  app.post('/review/together', { config: { role: 'desk' } }, (request, reply) =>
    settleTogether(parts, request, reply),
  );
  app.post('/review/undo', { config: { role: 'desk' } }, (request, reply) =>
    undoTogether(parts, request, reply),
  );
}

async function sendConfirmation(
  parts: ConsoleParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const fields = fieldsOf(request.query);
  const caseIds = fields.all('case').slice(0, togetherMax);
  const isApproval = fields.get('do') === 'approve';
  const cases: Together[] = [];
  for (const caseId of caseIds) {
    const stored = await parts.store.findCase(caseId);
    if (stored === undefined) continue;
    cases.push(
      isApproval ? { stored, proposed: await parts.desk.propose(caseId, {}) } : { stored },
    );
  }
  const reason = reasonOf(fields.get('reason'));
  const back = `/review${address({ reason })}`;
  return sendPage(request, reply, {
    title: isApproval ? 'Send together' : 'Dismiss together',
    section: '/review',
    assets: ['review.css'],
    body: isApproval
      ? approveTogetherView(request, cases, back)
      : dismissTogetherView(request, cases, back),
  });
}

async function settleTogether(
  parts: ConsoleParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const fields = fieldsOf(request.body);
  // Each has its ten seconds, however long those before it took.
  const settle = deedOf(parts, fields, () => actOf(request, parts.clock));
  if (settle === undefined) {
    return sendReview(parts, request, reply.code(409), {
      choice: {},
      done: [],
      refusal: 'Nothing was done: say what is to be done, and why.',
    });
  }
  const done: string[] = [];
  const refused: string[] = [];
  for (const entry of fields.all('case').slice(0, togetherMax)) {
    const [caseId = '', digest = ''] = entry.split(' ');
    const outcome = await settle(caseId, digest);
    if (outcome.kind === 'done') done.push(caseId);
    else refused.push(outcome.sentence);
  }
  if (refused.length === 0) {
    return reply.redirect(`/review${address({ done })}`, 303);
  }
  return sendReview(parts, request, reply.code(409), {
    choice: {},
    done,
    refusal: `${refused.length} of ${refused.length + done.length} were not done. ${[...new Set(refused)].slice(0, 3).join(' ')}`,
  });
}

/** Undefined where the form does not say what is to be done. */
function deedOf(
  { desk }: ConsoleParts,
  fields: Fields,
  act: () => ReturnType<typeof actOf>,
): ((caseId: string, digest: string) => Promise<DeskOutcome>) | undefined {
  if (fields.get('do') === 'approve')
    return (caseId, digest) => desk.approve(caseId, { choice: {}, digest }, act());
  const why = dismissals.find((one) => one === fields.get('why'));
  if (why === undefined) return undefined;
  const note = fields.get('note')?.trim();
  return (caseId) => desk.dismiss(caseId, { why, ...(note === undefined ? {} : { note }) }, act());
}

async function undoTogether(
  parts: ConsoleParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const caseIds = fieldsOf(request.body).all('case').slice(0, togetherMax);
  const act = actOf(request, parts.clock);
  const refused: string[] = [];
  for (const caseId of caseIds) {
    const outcome = await parts.desk.undo(caseId, act);
    if (outcome.kind === 'refused') refused.push(outcome.sentence);
  }
  const [first] = caseIds;
  if (refused.length === 0) return reply.redirect(`/review${address({ selected: first })}`, 303);
  return sendReview(parts, request, reply.code(409), {
    ...(first === undefined ? {} : { caseId: first }),
    choice: {},
    done: [],
    refusal: [...new Set(refused)].join(' '),
  });
}
