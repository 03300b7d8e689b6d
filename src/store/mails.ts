/**
 * The ledger of mails: what was taken in, how far each is, where it lies, and what is left to do.
 *
 * A mail is known by its case id, whatever its flags on the server say. It must never be possible that
 * the cursor is ahead of the mails that it covers, so both are written in one transaction.
 */
import { sql } from 'kysely';
import { smallMailBytesMax } from '../core/limits.ts';
import type { WatchLease } from '../ports/leases.ts';
import type { Cursor, IntakeMail, MailLocation, MailState, StoredMail } from '../ports.ts';
import { cleanOrNull, cleanText } from './json.ts';
import { saveCursor } from './leases.ts';
import { prepared } from './prepared.ts';
import type { RecentMail } from './recent-mail.ts';
import type { Database, DatabaseTransaction } from './schema.ts';

/** Raw mail that goes into one statement, as a parameter each: PGlite copies it several times. */
const statementBytesMax = 8 * 1024 * 1024;
const statementRowsMax = 100;

export async function findCursor(db: Database, mailbox: string): Promise<Cursor | undefined> {
  const row = await db
    .selectFrom('cursors')
    .selectAll()
    .where('mailbox', '=', mailbox)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    uidValidity: row.uid_validity,
    nextUid: Number(row.next_uid),
    watchingSince: row.watching_since,
  };
}

/** Cuts into pieces of at most `statementRowsMax` mails and about `statementBytesMax` bytes. */
function inPieces(mails: readonly IntakeMail[]): IntakeMail[][] {
  const pieces: IntakeMail[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const mail of mails) {
    const piece = pieces.at(-1);
    if (
      piece === undefined ||
      bytes + mail.raw.byteLength > statementBytesMax ||
      piece.length === statementRowsMax
    ) {
      pieces.push([mail]);
      bytes = mail.raw.byteLength;
    } else {
      piece.push(mail);
      bytes += mail.raw.byteLength;
    }
  }
  return pieces;
}

/** Returns the case ids that were not known. */
export async function insertMails(
  trx: DatabaseTransaction,
  mailbox: string,
  mails: readonly IntakeMail[],
  backfilledAt?: Date,
): Promise<string[]> {
  const added: string[] = [];
  for (const piece of inPieces(mails)) {
    const rows = await trx
      .insertInto('mails')
      .values(
        piece.map((mail) => ({
          case_id: mail.caseId,
          mailbox,
          message_id: cleanOrNull(mail.messageId),
          state: 'accepted' as const,
          size_bytes: mail.sizeBytes,
          complete: mail.complete,
          answered: mail.answered,
          received_at: mail.internalDate,
          raw: mail.raw,
          reason: null,
          decided_at: null,
          ...(backfilledAt === undefined ? {} : { backfilled_at: backfilledAt }),
        })),
      )
      .onConflict((conflict) => conflict.column('case_id').doNothing())
      .returning('case_id')
      .execute();
    added.push(...rows.map((row) => row.case_id));
  }
  return added;
}

export async function saveLocations(
  trx: DatabaseTransaction,
  mails: readonly Pick<IntakeMail, 'caseId' | 'location'>[],
): Promise<void> {
  const rows = new Map(
    mails.map(({ caseId, location }) => [
      JSON.stringify([location.path, location.uidValidity, location.uid]),
      {
        mailbox: location.mailbox,
        path: cleanText(location.path),
        uid_validity: location.uidValidity,
        uid: location.uid,
        case_id: caseId,
      },
    ]),
  );
  const all = [...rows.values()];
  for (let start = 0; start < all.length; start += statementRowsMax) {
    await trx
      .insertInto('locations')
      .values(all.slice(start, start + statementRowsMax))
      // The same place with another mail in it breaks RFC 9051 §2.3.1.1; what the server says now counts.
      .onConflict((conflict) =>
        conflict
          .columns(['mailbox', 'path', 'uid_validity', 'uid'])
          .doUpdateSet((set) => ({ case_id: set.ref('excluded.case_id') })),
      )
      .execute();
  }
}

/** Two that take in the same mails must lock them in the same order. */
export function inLockOrder<Row extends { readonly caseId: string }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => (a.caseId < b.caseId ? -1 : a.caseId > b.caseId ? 1 : 0));
}

/**
 * Takes mails in, with the cursor. Returns the case ids that were not known, oldest mail first. Throws LEASE_LOST
 * when the lease is given and somebody else has taken it.
 */
export async function accept(
  db: Database,
  recent: RecentMail,
  mailbox: string,
  mails: readonly IntakeMail[],
  cursor: Cursor,
  lease?: WatchLease,
): Promise<readonly string[]> {
  const sorted = inLockOrder(mails);
  const added = await db.transaction().execute(async (trx) => {
    const ids = await insertMails(trx, mailbox, sorted);
    await saveLocations(trx, sorted);
    await saveCursor(trx, mailbox, cursor, lease);
    return new Set(ids);
  });
  for (const { caseId, raw } of sorted) if (added.has(caseId)) recent.keep(caseId, raw);
  return [...new Set(mails.map((mail) => mail.caseId))].filter((caseId) => added.has(caseId));
}

interface MailRow {
  readonly case_id: string;
  readonly mailbox: string;
  readonly state: MailState;
  readonly size_bytes: number;
  readonly complete: boolean;
  readonly answered: boolean;
  readonly received_at: Date;
  readonly has_raw: boolean;
  readonly raw: Uint8Array | null;
  readonly backfilled_at: Date | null;
  readonly watching_since: Date | null;
}

/** `recent`: raw mail that need not be read back. */
export async function findMails(
  db: Database,
  recent: RecentMail,
  caseIds: readonly string[],
): Promise<readonly (StoredMail | undefined)[]> {
  const kept = new Map(caseIds.map((caseId) => [caseId, recent.take(caseId)]));
  const toRead = caseIds.filter((caseId) => kept.get(caseId) === undefined);
  const { rows } = await sql<MailRow>`${prepared('find-mails')}
    select m.case_id, m.mailbox, m.state, m.size_bytes, m.complete, m.answered, m.received_at,
      m.backfilled_at, m.raw is not null as has_raw,
      case when m.case_id = any(${toRead}::text[]) and length(m.raw) <= ${smallMailBytesMax} then m.raw end as raw,
      c.watching_since
    from mails m left join cursors c on c.mailbox = m.mailbox
    where m.case_id = any(${[...caseIds]}::text[])`.execute(db);
  const found = new Map(rows.map((row) => [row.case_id, row]));
  const mails: (StoredMail | undefined)[] = [];
  for (const caseId of caseIds) {
    const row = found.get(caseId);
    if (row === undefined) mails.push(undefined);
    else if (!row.has_raw) mails.push(storedMail(row, undefined));
    else {
      const raw = row.raw ?? kept.get(caseId) ?? (await readRaw(db, caseId));
      mails.push(storedMail(row, raw));
    }
  }
  return mails;
}

/** One after the other: many large mails in one answer would be too much at once. */
export async function readRaw(db: Database, caseId: string): Promise<Uint8Array | undefined> {
  const { rows } = await sql<{ raw: Uint8Array | null }>`${prepared('read-raw')}
    select raw from mails where case_id = ${caseId}`.execute(db);
  return rows[0]?.raw ?? undefined;
}

function storedMail(row: MailRow, raw: Uint8Array | undefined): StoredMail {
  return {
    caseId: row.case_id,
    mailbox: row.mailbox,
    state: row.state,
    sizeBytes: row.size_bytes,
    complete: row.complete,
    answered: row.answered,
    receivedAt: row.received_at,
    ...(row.backfilled_at === null ? {} : { backfilled: true }),
    ...(row.watching_since === null ? {} : { watchingSince: row.watching_since }),
    ...(raw === undefined ? {} : { raw }),
  };
}

export async function findLocations(
  db: Database,
  caseIds: readonly string[],
): Promise<ReadonlyMap<string, readonly MailLocation[]>> {
  const found = new Map<string, MailLocation[]>();
  if (caseIds.length === 0) return found;
  const rows = await db
    .selectFrom('locations')
    .selectAll()
    .where('case_id', 'in', [...caseIds])
    .orderBy('path')
    .orderBy('uid_validity')
    .orderBy('uid')
    .execute();
  for (const row of rows) {
    const location: MailLocation = {
      mailbox: row.mailbox,
      path: row.path,
      uidValidity: row.uid_validity,
      uid: Number(row.uid),
    };
    found.set(row.case_id, [...(found.get(row.case_id) ?? []), location]);
  }
  return found;
}
