/**
 * One look at the mailbox: finds what is new, fetches it and hands it over, together with the cursor.
 *
 * It must never let the cursor pass a mail that was not handed over, and never take in what lay
 * there before the first start. RFC 9051 §2.3.1.1 (UIDs).
 */
import assert from 'node:assert/strict';
import { ResponderError } from '../errors.ts';
import type { Cursor, FetchedMail, MailboxHandler } from '../ports.ts';
import { batchesOf, type FetchContext, fetchBatch, type Listed, list } from './imap-fetch.ts';

/** UIDs named in one command: servers limit the length of a line. */
const uidsPerCommandMax = 500;

export interface LookContext extends FetchContext {
  readonly handler: Pick<MailboxHandler, 'accept'>;
  /** Ends the look after the batch in hand. */
  readonly stop: AbortSignal;
}

/**
 * Looks once and returns the cursor that has been handed over last. Throws ResponderError, or
 * imapflow's error when the connection or a command failed; what was handed over stays so.
 */
export async function look(context: LookContext, cursor: Cursor | undefined): Promise<Cursor> {
  const mailbox = context.client.mailbox;
  if (mailbox === false) {
    throw new ResponderError('IMAP_FAILED', 'The mail server has closed the folder.');
  }
  const uidValidity = String(mailbox.uidValidity);
  if (cursor === undefined) {
    return takeBaseline(context, uidValidity, mailbox.uidNext);
  }
  if (cursor.uidValidity !== uidValidity) {
    return takeRenumbered(context, cursor, uidValidity, mailbox.uidNext);
  }
  const nextUid = cursor.nextUid;
  // `N:*` also names the last mail when its UID is below N. RFC 9051 §9, seq-range.
  const listed = (await list(context, `${nextUid}:*`)).filter((mail) => mail.uid >= nextUid);
  return takeIn(context, uidValidity, listed, cursor, (uid) => ({
    ...cursor,
    nextUid: uid + 1,
  }));
}

/** First start: whatever is there stays as it is. */
async function takeBaseline(
  context: LookContext,
  uidValidity: string,
  uidNext: number | undefined,
): Promise<Cursor> {
  const now = context.clock.now();
  const cursor: Cursor = {
    uidValidity,
    nextUid: uidNext || (await lastUid(context)) + 1,
    // INTERNALDATE knows whole seconds only.
    watchingSince: new Date(Math.floor(now.getTime() / 1_000) * 1_000),
  };
  await handOver(context, [], cursor);
  return cursor;
}

async function lastUid(context: LookContext): Promise<number> {
  const last = await context.client.fetchOne('*', { uid: true });
  return last === false || last === undefined ? 0 : last.uid;
}

/**
 * The server has renumbered its mails: everything that came since the first start is given again,
 * and the ledger tells which are known. The old cursor stays until all are handed over, so that a
 * crash in between starts over. RFC 9051 §2.3.1.1.
 */
async function takeRenumbered(
  context: LookContext,
  cursor: Cursor,
  uidValidity: string,
  uidNext: number | undefined,
): Promise<Cursor> {
  const { client, log, settings, stop } = context;
  log.warn(
    { mailbox: settings.name, before: cursor.uidValidity, now: uidValidity },
    'the mail server has renumbered the mailbox; looking again at everything since the first start',
  );
  context.failures.clear();
  // SEARCH SINCE knows days, in the server's time zone: two days earlier is surely enough.
  const since = new Date(cursor.watchingSince.getTime() - 2 * 24 * 3_600_000);
  const found = await client.search({ since }, { uid: true });
  if (!Array.isArray(found)) {
    throw new ResponderError('IMAP_FAILED', 'The mail server does not answer the search by date.');
  }
  const listed: Listed[] = [];
  for (let start = 0; start < found.length; start += uidsPerCommandMax) {
    const uids = found.slice(start, start + uidsPerCommandMax);
    listed.push(...(await list(context, uids.join(','))));
  }
  const recent = listed.filter((mail) => mail.internalDate >= cursor.watchingSince);
  await takeIn(context, uidValidity, recent, cursor, () => cursor);
  if (stop.aborted) {
    return cursor;
  }
  const lastListed = recent.at(-1)?.uid ?? 0;
  const renumbered: Cursor = {
    uidValidity,
    nextUid: Math.max(uidNext ?? 0, lastListed + 1),
    watchingSince: cursor.watchingSince,
  };
  await handOver(context, [], renumbered);
  return renumbered;
}

async function takeIn(
  context: LookContext,
  uidValidity: string,
  listed: readonly Listed[],
  before: Cursor,
  cursorAfter: (uid: number) => Cursor,
): Promise<Cursor> {
  let cursor = before;
  for (const batch of batchesOf(listed, context.failures)) {
    if (context.stop.aborted) {
      return cursor;
    }
    const mails = await fetchBatch(context, uidValidity, batch);
    const last = batch.at(-1);
    assert.ok(last !== undefined, 'a batch holds at least one mail');
    cursor = cursorAfter(last.uid);
    await handOver(context, mails, cursor);
    for (const mail of batch) {
      context.failures.forget(mail.uid);
    }
  }
  return cursor;
}

async function handOver(
  context: LookContext,
  mails: readonly FetchedMail[],
  cursor: Cursor,
): Promise<void> {
  try {
    await context.handler.accept(mails, cursor);
  } catch (error) {
    throw intakeFailure(error);
  }
}

/** What the handler could not do is the store's failure, not the mail server's. */
export function intakeFailure(error: unknown): ResponderError {
  return error instanceof ResponderError
    ? error
    : new ResponderError('STORE_FAILED', 'New mails could not be taken in.', { cause: error });
}
