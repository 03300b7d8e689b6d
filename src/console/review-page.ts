/**
 * The page of the desk: the queue beside the case that is open.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Reason, reasons } from '../core/reasons.ts';
import type { CaseLine } from '../ports/console.ts';
import { type CaseAsk, type CaseView, loadCase } from './case-view.ts';
import { html } from './html.ts';
import { sendPage } from './page.ts';
import type { ConsoleParts } from './parts.ts';
import { mayDo, personOf } from './person.ts';
import { caseView } from './views/case.ts';
import { keysDialog } from './views/keys.ts';
import { address, type Queue, queueView } from './views/review-queue.ts';
import { loadUndoable, undoView } from './views/undo.ts';

/** Lines of the queue on one page: whoever is through with them sees the next. */
export const queueLinesMax = 60;
/** Cases that are looked at to count the like ones. */
const likeCasesMax = 300;

export interface ReviewAsk {
  readonly caseId?: string;
  readonly reason?: Reason;
  readonly choice: CaseAsk['choice'];
  readonly words?: CaseAsk['words'];
  readonly find?: string;
  /** Cases that this person was just done with. */
  readonly done: readonly string[];
  readonly refusal?: string;
}

export function reasonOf(text: string | undefined): Reason | undefined {
  return text !== undefined && Object.hasOwn(reasons, text) ? (text as Reason) : undefined;
}

export async function loadQueue(
  parts: ConsoleParts,
  request: FastifyRequest,
  {
    reason,
    selected,
    done,
  }: {
    readonly reason?: Reason | undefined;
    readonly selected?: string | undefined;
    readonly done: readonly string[];
  },
): Promise<Queue> {
  const { store, clock, timeZone } = parts;
  const all = await store.listReview(likeCasesMax);
  const lines = reason === undefined ? all : all.filter((line) => line.reason === reason);
  return {
    lines: lines.slice(0, queueLinesMax),
    reasons: countReasons(all),
    total: Math.max(all.length, await store.countReview()),
    ...(reason === undefined ? {} : { reason }),
    ...(selected === undefined ? {} : { selected }),
    done,
    mayDecide: mayDo(personOf(request).role, 'desk'),
    now: { at: clock.now(), timeZone },
  };
}

function countReasons(lines: readonly CaseLine[]): Queue['reasons'] {
  const counts = new Map<Reason, number>();
  for (const { reason } of lines) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1]);
}

/** The page; without a case named, the most urgent one is open. */
export async function sendReview(
  parts: ConsoleParts,
  request: FastifyRequest,
  reply: FastifyReply,
  ask: ReviewAsk,
): Promise<FastifyReply> {
  const { reason } = ask;
  const undoable = await loadUndoable(parts, request, ask.done);
  const done = undoable.settlements.map(({ caseId }) => caseId);
  const asked = await loadQueue(parts, request, { reason, selected: ask.caseId, done });
  const selected = ask.caseId ?? asked.lines[0]?.caseId;
  const queue = { ...asked, ...(selected === undefined ? {} : { selected }) };
  const view =
    selected === undefined ? undefined : await loadCase(parts, request, askOf(ask, selected));
  return sendPage(request, reply, {
    title: 'Review',
    section: '/review',
    assets: ['review.css', 'review.js'],
    body: html`<div class="review${ask.caseId !== undefined && ' opened'}">
${queueView(queue)}
<div class="open-case">
${undoView(request, undoable)}
<p class="back"><a href="/review${address({ reason, done })}">All that wait</a></p>
${caseOrNothing(request, view)}
</div></div>${keysDialog()}`,
  });
}

function askOf({ choice, reason, words, find, refusal }: ReviewAsk, caseId: string): CaseAsk {
  return {
    caseId,
    from: 'review',
    choice,
    ...(reason === undefined ? {} : { reason }),
    ...(words === undefined ? {} : { words }),
    ...(find === undefined ? {} : { find }),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

function caseOrNothing(request: FastifyRequest, view: CaseView | undefined) {
  return view === undefined
    ? html`<p id="case" class="soft nothing">A case opens here when one waits.</p>`
    : caseView(request, view);
}

/** The one to open when this one is done: the next of the queue, or else the one before. */
export async function nextCase(
  { store }: ConsoleParts,
  caseId: string,
  reason: Reason | undefined,
): Promise<string | undefined> {
  const all = await store.listReview(likeCasesMax);
  const lines = all.filter((line) => reason === undefined || line.reason === reason);
  const at = lines.findIndex((line) => line.caseId === caseId);
  const next = at < 0 ? lines[0] : (lines[at + 1] ?? lines[at - 1]);
  return next?.caseId;
}
