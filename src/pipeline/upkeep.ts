/**
 * Forgets what the settings keep no longer: raw mails first, whole contents of cases later. The ledger stays.
 */
import type { Clock, Log, Store } from '../ports.ts';

/** Days after the decision; 0: for ever. */
export interface Retention {
  readonly rawDays: number;
  readonly caseDays: number;
}

interface UpkeepParts {
  readonly store: Pick<Store, 'deleteRawMails' | 'emptyCases' | 'compact'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly mailboxes: readonly string[];
  readonly retention: Retention;
}

/** So many at once: nobody who waits for a lock waits long. */
const pieceRows = 500;
const dayMs = 24 * 3_600_000;

/** Goes on from where it was at the next run when the signal breaks it off. */
export async function upkeep(parts: UpkeepParts, signal: AbortSignal): Promise<void> {
  const { store, clock, log, mailboxes, retention } = parts;
  const at = clock.now();
  const before = (days: number) => new Date(at.getTime() - days * dayMs);
  const raw = await inPieces(retention.rawDays, signal, () =>
    store.deleteRawMails(mailboxes, before(retention.rawDays), pieceRows),
  );
  const cases = await inPieces(retention.caseDays, signal, () =>
    store.emptyCases(mailboxes, { before: before(retention.caseDays), at, limit: pieceRows }),
  );
  if (raw > 0 || cases > 0)
    log.info({ mails: raw, cases }, 'what is older than the settings allow was deleted');
  if (!signal.aborted) await store.compact();
}

async function inPieces(
  days: number,
  signal: AbortSignal,
  next: () => Promise<number>,
): Promise<number> {
  let count = 0;
  while (days > 0 && !signal.aborted) {
    const done = await next();
    count += done;
    if (done < pieceRows) break;
  }
  return count;
}
