/**
 * What a person does with one case. What is allowed is judged behind `DeskActions`; here it is asked and shown.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Act } from '../../ports/audit.ts';
import { type DeskOutcome, dismissals } from '../../ports/desk.ts';
import { choiceOf, type Fields, fieldsOf, wordsOf } from '../form-fields.ts';
import type { ConsoleParts } from '../parts.ts';
import { actOf } from '../person.ts';
import { nextCase, reasonOf, sendReview } from '../review-page.ts';
import { address } from '../views/review-queue.ts';
import { askOf, type CaseParams, sendCase } from './case-page.ts';

type CaseRequest = FastifyRequest<{ Params: CaseParams }>;

interface Deed {
  readonly path: string;
  readonly run: (
    parts: ConsoleParts,
    caseId: string,
    fields: Fields,
    act: Act,
  ) => Promise<DeskOutcome>;
  /** The case stays open: it waits again, or there is more to see of it. */
  readonly stays?: true;
}

const deeds: readonly Deed[] = [
  { path: 'approve', run: approve },
  { path: 'answer', run: ({ desk }, caseId, _fields, act) => desk.answerYourself(caseId, act) },
  { path: 'dismiss', run: dismiss },
  {
    path: 'reopen',
    run: ({ desk }, caseId, _fields, act) => desk.reopen(caseId, act),
    stays: true,
  },
  { path: 'arrived', run: ({ desk }, caseId, _fields, act) => desk.arrived(caseId, act) },
  { path: 'again', run: ({ desk }, caseId, _fields, act) => desk.sendAgain(caseId, act) },
];

export function caseActionRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  for (const deed of deeds) {
    app.post<{ Params: CaseParams }>(
      `/cases/:caseId/${deed.path}`,
      { config: { role: 'desk' } },
      (request, reply) => doOne(parts, request, reply, deed),
    );
  }
  // The words as typed, on the page: for browsers without scripts.
  app.post<{ Params: CaseParams }>(
    '/cases/:caseId/edit',
    { config: { role: 'desk' } },
    (request, reply) => sendAgain(parts, request, reply),
  );
}

async function doOne(
  parts: ConsoleParts,
  request: CaseRequest,
  reply: FastifyReply,
  { run, stays }: Deed,
): Promise<FastifyReply> {
  const { caseId } = request.params;
  const fields = fieldsOf(request.body);
  const isReview = fields.get('from') === 'review';
  const reason = reasonOf(fields.get('reason'));
  const next = isReview && stays !== true ? await nextCase(parts, caseId, reason) : caseId;
  const outcome = await run(parts, caseId, fields, actOf(request, parts.clock));
  if (outcome.kind === 'refused') {
    return sendAgain(parts, request, reply.code(409), outcome.sentence);
  }
  if (!isReview) return reply.redirect(`/cases/${encodeURIComponent(caseId)}`, 303);
  return reply.redirect(`/review${address({ selected: next, reason, done: [caseId] })}`, 303);
}

async function approve(
  { desk }: ConsoleParts,
  caseId: string,
  fields: Fields,
  act: Act,
): Promise<DeskOutcome> {
  const words = wordsOf(fields);
  return desk.approve(
    caseId,
    {
      choice: choiceOf(fields),
      ...(words === undefined ? {} : { words }),
      digest: fields.get('digest') ?? '',
      ...(fields.get('evenIfAnswered') === 'yes' ? { evenIfAnswered: true } : {}),
    },
    act,
  );
}

async function dismiss(
  { desk }: ConsoleParts,
  caseId: string,
  fields: Fields,
  act: Act,
): Promise<DeskOutcome> {
  const why = dismissals.find((one) => one === fields.get('why'));
  if (why === undefined) {
    return { kind: 'refused', why: 'not-possible', sentence: 'Say why it is dismissed.' };
  }
  const note = fields.get('note')?.trim();
  return desk.dismiss(caseId, { why, ...(note === undefined ? {} : { note }) }, act);
}

/** The page again, with what was typed, and why it was not done. */
function sendAgain(
  parts: ConsoleParts,
  request: CaseRequest,
  reply: FastifyReply,
  refusal?: string,
): Promise<FastifyReply> {
  const fields = fieldsOf(request.body);
  const { caseId } = request.params;
  const isReview = fields.get('from') === 'review';
  const ask = askOf(caseId, fields, isReview ? 'review' : 'case');
  const more = refusal === undefined ? {} : { refusal };
  return isReview
    ? sendReview(parts, request, reply, { ...ask, ...more, done: [] })
    : sendCase(parts, request, reply, { ...ask, ...more });
}
