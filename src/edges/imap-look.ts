/**
 * One look at the mailbox: finds what is new, fetches it and hands it over, together with the cursor.
 *
 * It must never let the cursor pass a mail that was not handed over, and never take in what lay
 * there before the first start. RFC 9051 §2.3.1.1 (UIDs).
 */
import assert from 'node:assert/strict';
import { ResponderError } from '../errors.ts';
import type { Cursor, FetchedMail, MailboxHandler } from '../ports.ts';
import {
  batchesOf,
  type FetchContext,
  fetchBatch,
  fetchHeads,
  type Listed,
  list,
} from './imap-fetch.ts';
import { uidSet } from './imap-uid-set.ts';
import { searchedSince, uidPortions } from './imap-uids.ts';

/** So many new mails are listed with one command; more are first searched for. */
const listedAtOnceMax = 500;

/** What is found out about the folder as one connection has opened it. */
export interface FolderView {
  /** It was put back with its UIDVALIDITY, and has not been gone through since. */
  isRestored?: boolean;
}

export interface LookContext extends FetchContext {
  readonly handler: Pick<MailboxHandler, 'accept' | 'begin' | 'unknownMails'>;
  /** Ends the look after the batch in hand. */
  readonly stop: AbortSignal;
  /** Mails that came over this connection since the last look; undefined: it is the first one. */
  readonly arrived?: number;
  readonly view: FolderView;
  /** Called when a part of a backlog was taken in. */
  readonly progressed?: () => Promise<void>;
}

/**
 * Looks once and returns the cursor that has been handed over last. Throws ResponderError, or
 * imapflow's error when the connection or a command failed; what was handed over stays so.
 */
export async function look(context: LookContext, cursor: Cursor | undefined): Promise<Cursor> {
  const { uidValidity, uidNext } = openedFolder(context);
  const { view } = context;
  if (cursor === undefined) {
    view.isRestored = false;
    return takeBaseline(context, uidValidity, uidNext ?? (await lastUid(context)) + 1);
  }
  // UIDNEXT never goes back, but for a folder that was restored with its UIDVALIDITY: mails that come
  // now get UIDs that the cursor has passed. Later UIDNEXT only tells how it was at the opening.
  view.isRestored ??= uidNext !== undefined && uidNext < cursor.nextUid;
  if (cursor.uidValidity === uidValidity && !view.isRestored) {
    return takeNew(context, cursor);
  }
  const renumbered = await takeRenumbered(context, cursor, {
    uidValidity,
    end: uidNext ?? (await lastUid(context)) + 1,
  });
  if (renumbered === undefined) {
    return cursor;
  }
  view.isRestored = false;
  return takeNew(context, renumbered);
}

/** Throws when the folder is not open any more. */
export function openedFolder({ client }: FetchContext): {
  readonly uidValidity: string;
  /** As it was when the folder was opened. Absent where the server does not tell. */
  readonly uidNext?: number;
} {
  const mailbox = client.mailbox;
  if (mailbox === false) {
    throw new ResponderError('IMAP_FAILED', 'The mail server has closed the folder.');
  }
  const { uidNext } = mailbox;
  return { uidValidity: String(mailbox.uidValidity), ...(uidNext ? { uidNext } : {}) };
}

/** First start: whatever is there stays as it is, and none of it is listed. */
async function takeBaseline(
  context: LookContext,
  uidValidity: string,
  nextUid: number,
): Promise<Cursor> {
  const now = context.clock.now();
  const cursor: Cursor = {
    uidValidity,
    nextUid,
    // INTERNALDATE knows whole seconds only.
    watchingSince: new Date(Math.floor(now.getTime() / 1_000) * 1_000),
  };
  try {
    return await context.handler.begin(cursor);
  } catch (error) {
    throw intakeFailure(error);
  }
}

/** The highest UID in the folder; 0 when it is empty. */
export async function lastUid({ client }: FetchContext): Promise<number> {
  for (let attempt = 0; attempt < lastUidAttemptsMax; attempt += 1) {
    if (client.mailbox !== false && client.mailbox.exists === 0) {
      return 0;
    }
    const last = await client.fetchOne('*', { uid: true });
    if (last !== false && last !== undefined) {
      return last.uid;
    }
    // Somebody has removed it, which a server may tell with this command only. RFC 2180 §4.1.
    await client.noop();
  }
  throw new ResponderError('IMAP_FAILED', 'The mail server does not tell which mail is the last.');
}

const lastUidAttemptsMax = 5;

/** Takes in what the cursor has not passed, in portions: after a long absence there may be any number. */
async function takeNew(context: LookContext, before: Cursor): Promise<Cursor> {
  const { uidValidity } = before;
  const cursorAfter = (uid: number): Cursor => ({ ...before, nextUid: uid + 1 });
  let cursor = before;
  if (!isBacklogPossible(context, before)) {
    const { nextUid } = before;
    // `N:*` also names the last mail when its UID is below N. RFC 9051 §9, seq-range.
    const listed = (await list(context, `${nextUid}:*`)).filter((mail) => mail.uid >= nextUid);
    return takeIn(context, uidValidity, listed, cursor, cursorAfter);
  }
  const range = { first: before.nextUid, end: (await lastUid(context)) + 1 };
  for await (const uids of uidPortions(() => context, range)) {
    const listed = await list(context, uidSet(uids));
    cursor = await takeIn(context, uidValidity, listed, cursor, cursorAfter);
    if (context.stop.aborted) {
      return cursor;
    }
    await context.progressed?.();
  }
  return cursor;
}

/** Whether more mails may be new than are listed at once. */
function isBacklogPossible(context: LookContext, { nextUid }: Cursor): boolean {
  const { arrived } = context;
  if (arrived !== undefined) {
    return arrived > listedAtOnceMax;
  }
  const { uidNext } = openedFolder(context);
  return uidNext === undefined || uidNext - nextUid > listedAtOnceMax;
}

/**
 * The server has renumbered its mails: everything that came since the first start is looked at again,
 * and the ledger tells by header fields which mails it knows; only the others are fetched. The old
 * cursor stays until all are handed over, so that a crash in between starts over. Undefined when it
 * was stopped before the end. RFC 9051 §2.3.1.1.
 */
async function takeRenumbered(
  context: LookContext,
  cursor: Cursor,
  now: { readonly uidValidity: string; readonly end: number },
): Promise<Cursor | undefined> {
  const { log, settings, stop } = context;
  log.warn(
    { mailbox: settings.name, before: cursor.uidValidity, now: now.uidValidity },
    'the mail server has renumbered the mailbox; looking again at everything since the first start',
  );
  context.failures.clear();
  const range = { first: 1, end: now.end, since: searchedSince(cursor.watchingSince) };
  for await (const uids of uidPortions(() => context, range)) {
    const unknown = await listUnknown(context, { ...now, uids, since: cursor.watchingSince });
    await takeIn(context, now.uidValidity, unknown, cursor, () => cursor);
    if (stop.aborted) {
      return undefined;
    }
    await context.progressed?.();
  }
  const renumbered: Cursor = {
    uidValidity: now.uidValidity,
    nextUid: now.end,
    watchingSince: cursor.watchingSince,
  };
  await handOver(context, [], renumbered);
  return renumbered;
}

/** Those of the mails that came since then and that the ledger does not know. The others gain their place. */
export async function listUnknown(
  context: FetchContext & { readonly handler: Pick<MailboxHandler, 'unknownMails'> },
  among: { readonly uidValidity: string; readonly uids: readonly number[]; readonly since: Date },
): Promise<Listed[]> {
  const listed = await list(context, uidSet(among.uids));
  const recent = listed.filter((mail) => mail.internalDate >= among.since);
  const heads = await fetchHeads(context, among.uidValidity, recent);
  try {
    const unknown = heads.length === 0 ? new Set() : await context.handler.unknownMails(heads);
    const told = new Set(heads.map(({ location }) => location.uid));
    // One whose fields were not handed out is fetched: the ledger then tells whether it knows it.
    return recent.filter(({ uid }) => unknown.has(uid) || !told.has(uid));
  } catch (error) {
    throw intakeFailure(error);
  }
}

/** Fetches and hands over, batch by batch. Returns the cursor after the last one. */
export async function takeIn(
  context: Pick<LookContext, 'stop'> &
    FetchContext & { readonly handler: Pick<MailboxHandler, 'accept'> },
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
  context: { readonly handler: Pick<MailboxHandler, 'accept'> },
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
