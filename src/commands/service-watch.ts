/**
 * Watching one mailbox for the service: while this process holds its lease, new mails are taken in and marks made.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { ResponderError } from '../errors.ts';
import type { Backlog } from '../pipeline/backlog.ts';
import { deskOf, type PipelineParts } from '../pipeline/parts.ts';
import { ledgerOf } from '../pipeline/reconcile.ts';
import { openWatchNotes } from '../pipeline/watch-notes.ts';
import { giveUp, markMail, takeIn } from '../pipeline.ts';
import type { MailboxHandler } from '../ports.ts';
import type { HeldLease } from './held-lease.ts';
import { ended } from './waiting.ts';
import { type BegunWatch, LeasedWatch } from './watch-lease.ts';

const markConcurrency = 2;

/** Watches a mailbox and works off its marks for as long as this process holds the lease. */
export function watchUnderLease(
  name: string,
  parts: PipelineParts,
  { leaseSeconds, backlog }: { readonly leaseSeconds: number; readonly backlog: Backlog },
): LeasedWatch {
  const { store, log } = parts;
  return new LeasedWatch({
    mailbox: name,
    holder: `${hostname()}:${process.pid}:${randomUUID()}`,
    seconds: leaseSeconds,
    store,
    log,
    begin: (held, end) => beginWatch(name, parts, { backlog, held, end }),
  });
}

interface WatchWiring {
  readonly backlog: Backlog;
  readonly held: HeldLease;
}

async function beginWatch(
  name: string,
  parts: PipelineParts,
  { backlog, held, end }: WatchWiring & { readonly end: AbortSignal },
): Promise<BegunWatch> {
  const { mailbox } = deskOf(parts, { mailbox: name });
  // Stopping it is what cuts off a start.
  const cut = () => void mailbox.stop();
  end.addEventListener('abort', cut);
  try {
    await mailbox.start(watchHandler(name, parts, { backlog, held }));
  } catch (error) {
    // Those that are told of later failures are not there yet.
    if (!end.aborted && error instanceof ResponderError)
      await openWatchNotes(parts, name).troubled(parts.clock.now(), error.message);
    throw error;
  } finally {
    end.removeEventListener('abort', cut);
  }
  const opening = parts.jobs.work({
    kind: 'mark',
    mailbox: name,
    concurrency: markConcurrency,
    run: async (job) => {
      await held.check();
      await markMail(parts, job);
    },
    gaveUp: (job, error) => giveUp(parts, job, error),
  });
  try {
    // A queue that is away lets us wait until it is back, and must not keep us from ending.
    const marks = await Promise.race([opening, ended(end)]);
    if (marks === undefined) throw new Error('it is to end before its marks are worked off');
    parts.log.info({ mailbox: name, epoch: held.lease.epoch }, 'watching the mailbox');
    return {
      async stop(how) {
        // A mark in hand needs the mailbox; without it, it fails and is made by whoever watches now.
        if (how === 'finish') await marks.close();
        await Promise.all([mailbox.stop(), marks.close()]);
      },
    };
  } catch (error) {
    await mailbox.stop();
    opening.then(
      (marks) => marks.close(),
      () => undefined,
    );
    throw error;
  }
}

function watchHandler(
  name: string,
  parts: PipelineParts,
  { backlog, held }: WatchWiring,
): MailboxHandler {
  const { store, log, clock } = parts;
  const notes = openWatchNotes(parts, name);
  return {
    ...ledgerOf(parts, name),
    findCursor: () => store.findCursor(name),
    async accept(mails, cursor) {
      try {
        if (mails.length > 0) await backlog.admit(name);
        await takeIn({ ...parts, jobs: backlog.intake }, name, mails, cursor, held.lease);
      } catch (error) {
        if (isLeaseLost(error)) held.lose();
        throw error;
      }
    },
    looked(at) {
      log.debug({ mailbox: name, at: at.toISOString() }, 'looked at the mailbox');
      return notes.looked(at);
    },
    async troubled(error, retryInMs) {
      // Told already, and the watch is about to end.
      if (isLeaseLost(error)) return;
      parts.metrics?.failed(error.code);
      log.error(
        {
          mailbox: name,
          code: error.code,
          error: error.message,
          mends: error.details,
          hint: error.hint,
          retryInMs,
        },
        'the mailbox cannot be watched; it is tried again by itself',
      );
      // Whoever was paused finds its connection broken; the mailbox is in no trouble if another looks at it by now.
      if (held.leftMs() > 0) await notes.troubled(clock.now(), error.message);
    },
    recovered: () => log.info({ mailbox: name }, 'the mailbox is watched again'),
  };
}

function isLeaseLost(error: unknown): boolean {
  return error instanceof ResponderError && error.code === 'LEASE_LOST';
}
