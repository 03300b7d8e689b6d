/**
 * Compares the watched folder with the ledger: whatever came since the first start must be known there.
 *
 * It is the net below all else: what a look has missed, by a fault of the server or of ours, is found
 * within a day, taken in, and told. It names UIDs only, and asks for header fields only of those that
 * the ledger has no place for, so that a large folder costs little.
 */
import { ResponderError } from '../errors.ts';
import type { LedgerHandler } from '../ports/watch.ts';
import type { Clock, Cursor, Log, MailboxHandler } from '../ports.ts';
import { folderPath } from './imap-connection.ts';
import { type LookContext, listUnknown, openedFolder, takeIn } from './imap-look.ts';
import { searchedSince, uidPortions } from './imap-uids.ts';

export interface ReconcileTiming {
  readonly everyMs: number;
  /** After one that failed. */
  readonly retryMs: number;
}

export const reconcileTiming: ReconcileTiming = {
  everyMs: 24 * 3_600_000,
  retryMs: 3_600_000,
};

export interface ReconcileContext extends LookContext {
  readonly handler: LookContext['handler'] & Pick<LedgerHandler, 'withoutPlace'>;
  /** How far the looks are: they go on between two portions. */
  readonly cursor: () => Cursor;
}

interface ReconcilerOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly timing?: ReconcileTiming | undefined;
}

/** Knows when the next comparison is due, over reconnects and restarts. */
export class Reconciler {
  readonly #handler: MailboxHandler;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #timing: ReconcileTiming;
  #dueAt: number | undefined;

  constructor(
    handler: MailboxHandler,
    { log, clock, timing = reconcileTiming }: ReconcilerOptions,
  ) {
    this.#handler = handler;
    this.#log = log;
    this.#clock = clock;
    this.#timing = timing;
  }

  /** A time further away than one period comes from a clock that was ahead. */
  #isDue(now: number): boolean {
    const dueAt = this.#dueAt ?? now;
    return now >= dueAt || dueAt - now > this.#timing.everyMs;
  }

  /** Compares when it is due; yields after each portion. A failure waits for its next time. */
  async *run(context: ReconcileContext): AsyncGenerator<void> {
    const { client, settings } = context;
    const now = () => this.#clock.now().getTime();
    if (!this.#isDue(now())) {
      return;
    }
    try {
      const { first, reconciledAt } = (await this.#handler.findWatch()) ?? {};
      this.#dueAt =
        reconciledAt === undefined ? now() : reconciledAt.getTime() + this.#timing.everyMs;
      if (!this.#isDue(now())) {
        return;
      }
      const counts = { compared: 0, missing: 0 };
      yield* compare(context, first, counts);
      if (context.stop.aborted) {
        return;
      }
      await this.#handler.reconciled({ at: this.#clock.now(), ...counts });
      this.#dueAt = now() + this.#timing.everyMs;
    } catch (error) {
      if (!client.usable) {
        throw error;
      }
      this.#dueAt = now() + this.#timing.retryMs;
      this.#log.warn(
        { mailbox: settings.name, err: error, retryInMs: this.#timing.retryMs },
        'the mailbox could not be compared with the ledger; it is tried again later',
      );
    }
  }
}

/** Goes through all UIDs that the looks have passed. */
async function* compare(
  context: ReconcileContext,
  began: { readonly uidValidity: string; readonly uid: number } | undefined,
  counts: { compared: number; missing: number },
): AsyncGenerator<void> {
  const { settings, handler, stop, cursor } = context;
  const { uidValidity } = openedFolder(context);
  const { nextUid, watchingSince } = cursor();
  if (cursor().uidValidity !== uidValidity) {
    throw new ResponderError(
      'IMAP_FAILED',
      'The mail server has renumbered the mailbox meanwhile.',
    );
  }
  // The server's clock may be ahead of ours: by their dates alone old mails could seem to be new.
  const first = began?.uidValidity === uidValidity ? began.uid : 1;
  const range = { first, end: nextUid, since: searchedSince(watchingSince) };
  for await (const uids of uidPortions(() => context, range)) {
    const path = folderPath(settings.imap);
    const placeless = await handler.withoutPlace({ path, uidValidity, uids });
    if (placeless.length > 0) {
      const among = { uidValidity, uids: placeless, since: watchingSince };
      const unknown = await listUnknown(context, among);
      await takeIn(context, uidValidity, unknown, cursor(), cursor);
      counts.missing += unknown.length;
    }
    counts.compared += uids.length;
    if (stop.aborted) {
      return;
    }
    await context.progressed?.();
    yield;
  }
}
