/**
 * What a person just did and can still take back.
 */
import type { FastifyRequest } from 'fastify';
import type { Settlement } from '../../ports/desk.ts';
import { type Content, html } from '../html.ts';
import { csrfField } from '../page.ts';
import type { ConsoleParts } from '../parts.ts';
import { personOf } from '../person.ts';
import { settlementNames } from './words.ts';

export interface Undoable {
  readonly settlements: readonly Settlement[];
  /** Until the first of them is final. */
  readonly leftMs: number;
}

/** Cases that were settled together at most. */
export const togetherMax = 50;

/** Of these cases, those that this person settled a moment ago. */
export async function loadUndoable(
  { store, clock }: ConsoleParts,
  request: FastifyRequest,
  caseIds: readonly string[],
): Promise<Undoable> {
  const now = clock.now().getTime();
  const { name } = personOf(request);
  const newest = await Promise.all(
    caseIds.slice(0, togetherMax).map(async (id) => (await store.listSettlements(id))[0]),
  );
  const settlements = newest.flatMap((one) =>
    one?.undoUntil !== undefined && one.by === name && one.undoUntil.getTime() > now ? [one] : [],
  );
  const ends = settlements.map(({ undoUntil }) => undoUntil?.getTime() ?? now);
  return { settlements, leftMs: Math.min(...ends, Number.MAX_SAFE_INTEGER) - now };
}

export function undoView(request: FastifyRequest, { settlements, leftMs }: Undoable): Content {
  const [first] = settlements;
  if (first === undefined) return html`<div id="undo" role="status"></div>`;
  const count = settlements.length;
  const isSending = ['approved', 'edited', 'rerouted', 'sent-again'].includes(first.kind);
  const seconds = Math.ceil(leftMs / 1000);
  const what =
    count > 1
      ? `${count} cases: ${settlementNames[first.kind].toLowerCase()}.`
      : `${settlementNames[first.kind]}.`;
  return html`<div id="undo" role="status"><form class="note good undo" method="post" action="/review/undo" data-left-ms="${leftMs}" data-over="${isSending ? 'It goes out now.' : 'Done.'}">
${csrfField(request)}${settlements.map(({ caseId }) => html`<input type="hidden" name="case" value="${caseId}">`)}
<span>${what} ${isSending && (count > 1 ? 'They go out' : 'It goes out')}${isSending && html` in <b class="left">${seconds}</b> s.`}</span>
<button data-key="u" aria-keyshortcuts="u">Undo <kbd>u</kbd>${!isSending && html` <small class="left">${seconds}</small>`}</button>
</form></div>`;
}
