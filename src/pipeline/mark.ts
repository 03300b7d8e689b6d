/**
 * Which mark a mail gets on the server once its case is durable and its reply settled.
 */
import type { Reason } from '../core/reasons.ts';
import type { MarkedCase } from '../ports/batches.ts';
import type { Mark } from '../ports.ts';
import type { Desk } from './parts.ts';

/** `\Answered` says that an answer went out, so only a sent reply sets it. RFC 9051 §2.3.2. */
export function markFor({ mark }: Desk, stored: MarkedCase): Mark | undefined {
  const wasSent = stored.reply?.state === 'sent';
  const moveTo = folderFor(mark.move, stored, wasSent);
  const wanted: Mark = {
    answered: wasSent && mark.answered,
    ...(wasSent && mark.keyword !== undefined ? { keyword: mark.keyword } : {}),
    ...(moveTo === undefined ? {} : { moveTo }),
  };
  const isNothing = !wanted.answered && wanted.keyword === undefined && wanted.moveTo === undefined;
  return isNothing ? undefined : wanted;
}

/** What was silenced for another reason than an answer that is there already is none of our business. */
const filedSilence: readonly Reason[] = ['suppressed-already-answered'];

function folderFor(
  move: Desk['mark']['move'],
  { action, reason }: MarkedCase,
  wasSent: boolean,
): string | undefined {
  switch (action) {
    case 'reply':
      return wasSent ? move.reply : undefined;
    case 'review':
      return move.review;
    case 'suppress':
      return filedSilence.includes(reason) ? move.suppress : undefined;
    case 'ignore':
      return undefined;
    default:
      return action satisfies never;
  }
}
