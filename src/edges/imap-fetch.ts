/**
 * Fetches mails from the watched folder: what is there, then the mails themselves, in batches.
 *
 * It must never set \Seen (imapflow asks with BODY.PEEK only), and never drop a mail in silence:
 * what cannot be fetched fails, and after several failures is handed over incomplete.
 * RFC 9051 §6.4.5.
 */
import type { FetchMessageObject, ImapFlow } from 'imapflow';
import { mailHeadBytesMax, mailSizeBytesMax } from '../core/limits.ts';
import { identityFields } from '../core/parse.ts';
import { ResponderError } from '../errors.ts';
import type { MailHead } from '../ports/watch.ts';
import type { Clock, FetchedMail, Log, MailLocation } from '../ports.ts';
import { folderPath, type MailboxSettings } from './imap-connection.ts';
import { uidSet } from './imap-uid-set.ts';

/** Mails handed over at once: few enough that a crash repeats little. */
const batchMailsMax = 50;
/** Bytes held in memory at once; a single larger mail is a batch of its own. */
const batchBytesMax = 20 * 1024 * 1024;
/** After so many failures of one mail alone only its header section is asked for, then nothing. */
const wholeAttemptsMax = 5;
const headAttemptsMax = 2;

/** What is known of a mail before it is fetched. */
export interface Listed {
  readonly uid: number;
  readonly sizeBytes: number;
  readonly internalDate: Date;
  /** Somebody answered it before we ever saw it. */
  readonly answered: boolean;
}

/**
 * Which mails could not be fetched, over reconnects: a mail whose fetch breaks the connection must
 * neither be lost nor hold up the ones behind it for ever.
 */
export class FetchFailures {
  readonly #countByUid = new Map<number, number>();
  #aloneUpTo = 0;

  /** A batch failed: when it was one mail it is the culprit, else its mails are fetched one by one. */
  note(uids: readonly number[]): void {
    const [only] = uids;
    if (uids.length === 1 && only !== undefined) {
      this.#countByUid.set(only, this.count(only) + 1);
    } else {
      this.#aloneUpTo = Math.max(this.#aloneUpTo, ...uids);
    }
  }

  count(uid: number): number {
    return this.#countByUid.get(uid) ?? 0;
  }

  isFetchedAlone(uid: number): boolean {
    return uid <= this.#aloneUpTo;
  }

  forget(uid: number): void {
    this.#countByUid.delete(uid);
  }

  /** UIDs mean other mails now. */
  clear(): void {
    this.#countByUid.clear();
    this.#aloneUpTo = 0;
  }
}

export interface FetchContext {
  readonly client: ImapFlow;
  readonly settings: MailboxSettings;
  readonly log: Log;
  readonly clock: Clock;
  readonly failures: FetchFailures;
}

/** UIDs, sizes and dates, in ascending order. Rows about other things that arrive are left out. */
export async function list(context: FetchContext, range: string): Promise<Listed[]> {
  const byUid = new Map<number, Listed>();
  const query = { uid: true, size: true, internalDate: true, flags: true };
  for (const row of await context.client.fetchAll(range, query, { uid: true })) {
    // An unasked flag update has no size.
    if (row.uid > 0 && row.size !== undefined) {
      byUid.set(row.uid, {
        uid: row.uid,
        sizeBytes: row.size,
        internalDate: internalDateOf(row) ?? context.clock.now(),
        answered: row.flags?.has('\\Answered') ?? false,
      });
    }
  }
  return [...byUid.values()].sort((a, b) => a.uid - b.uid);
}

/** The header fields that these mails are known by. One that was removed meanwhile is left out. */
export async function fetchHeads(
  context: FetchContext,
  uidValidity: string,
  mails: readonly Listed[],
): Promise<MailHead[]> {
  const uids = mails.map(({ uid }) => uid);
  if (uids.length === 0) {
    return [];
  }
  const query = { uid: true, headers: [...identityFields] };
  const heads = new Map<number, MailHead>();
  for (const row of await context.client.fetchAll(uidSet(uids), query, { uid: true })) {
    if (isHandedOut(row.headers)) {
      heads.set(row.uid, {
        location: locationOf(context, uidValidity, row.uid),
        head: row.headers,
      });
    }
  }
  return uids.flatMap((uid) => heads.get(uid) ?? []);
}

export function locationOf(
  { settings }: Pick<FetchContext, 'settings'>,
  uidValidity: string,
  uid: number,
): MailLocation {
  return { mailbox: settings.name, path: folderPath(settings.imap), uidValidity, uid };
}

function internalDateOf(row: FetchMessageObject): Date | undefined {
  const date = row.internalDate === undefined ? undefined : new Date(row.internalDate);
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date;
}

/** Batches of limited count and size; mails under suspicion are batches of their own. */
export function* batchesOf(
  listed: readonly Listed[],
  failures: FetchFailures,
): Generator<Listed[]> {
  let batch: Listed[] = [];
  let bytes = 0;
  for (const mail of listed) {
    const fetchedBytes = Math.min(mail.sizeBytes, mailSizeBytesMax);
    const alone = failures.isFetchedAlone(mail.uid);
    const full = batch.length >= batchMailsMax || bytes + fetchedBytes > batchBytesMax;
    if (batch.length > 0 && (full || alone)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(mail);
    bytes += fetchedBytes;
    if (alone) {
      yield batch;
      batch = [];
      bytes = 0;
    }
  }
  if (batch.length > 0) {
    yield batch;
  }
}

/**
 * Fetches the mails of one batch. A mail that was removed meanwhile is left out; one that cannot be
 * had makes the whole batch fail, so that the cursor does not pass it.
 */
export async function fetchBatch(
  context: FetchContext,
  uidValidity: string,
  batch: readonly Listed[],
): Promise<FetchedMail[]> {
  const uids = batch.map((mail) => mail.uid);
  try {
    const sources = await fetchSources(context, batch);
    const missing = uids.filter((uid) => !sources.has(uid));
    const present = missing.length === 0 ? new Set<number>() : await stillThere(context, missing);
    if (present.size > 0) {
      context.failures.note([...present]);
      throw new ResponderError(
        'IMAP_FAILED',
        `The mail server lists mail with UID ${[...present].join(', ')} but does not hand it out.`,
      );
    }
    return batch.flatMap((mail) => {
      const raw = sources.get(mail.uid);
      return raw === undefined ? [] : [fetchedMail(context, uidValidity, mail, raw)];
    });
  } catch (error) {
    if (!(error instanceof ResponderError)) {
      context.failures.note(uids);
    }
    throw error;
  }
}

/** The mails that are on the server still: one that was removed during the fetch is simply gone. */
async function stillThere(
  context: FetchContext,
  uids: readonly number[],
): Promise<ReadonlySet<number>> {
  await context.client.noop();
  return new Set((await list(context, uidSet(uids))).map((mail) => mail.uid));
}

/**
 * Whether there are octets. A mail that somebody else has removed may still be answered for with NIL, which
 * imapflow gives as `false` against its types. RFC 2180 §4.1.3.
 */
function isHandedOut(octets: Buffer | undefined): octets is Buffer {
  return Buffer.isBuffer(octets);
}

async function fetchSources(
  context: FetchContext,
  batch: readonly Listed[],
): Promise<Map<number, Buffer>> {
  const sources = new Map<number, Buffer>();
  const keep = (uid: number, source: Buffer | undefined) => {
    if (isHandedOut(source)) {
      sources.set(uid, source);
    }
  };
  const whole: number[] = [];
  for (const mail of batch) {
    if (context.failures.count(mail.uid) >= wholeAttemptsMax) {
      keep(mail.uid, await fetchWhatCanBeHad(context, mail.uid));
    } else if (mail.sizeBytes > mailSizeBytesMax) {
      const query = { uid: true, source: { maxLength: mailHeadBytesMax } };
      const row = await context.client.fetchOne(String(mail.uid), query, { uid: true });
      keep(mail.uid, row === false ? undefined : row?.source);
    } else {
      whole.push(mail.uid);
    }
  }
  if (whole.length > 0) {
    const empty = new Set(batch.filter((mail) => mail.sizeBytes === 0).map((mail) => mail.uid));
    const query = { uid: true, source: true };
    for (const row of await context.client.fetchAll(uidSet(whole), query, { uid: true })) {
      // No octets of a mail that has some: the server has lost it, or cannot render it just now.
      if (row.source?.length !== 0 || empty.has(row.uid)) {
        keep(row.uid, row.source);
      }
    }
  }
  return sources;
}

/** The last resort for a mail that cannot be fetched: its header section, in the end nothing at all. */
async function fetchWhatCanBeHad(context: FetchContext, uid: number): Promise<Buffer | undefined> {
  const attempts = context.failures.count(uid);
  context.log.error(
    { mailbox: context.settings.name, uid, attempts },
    'a mail cannot be fetched from the mail server; it is handed to the desk incomplete',
  );
  if (attempts >= wholeAttemptsMax + headAttemptsMax) {
    return Buffer.alloc(0);
  }
  const query = { uid: true, headers: true };
  const row = await context.client.fetchOne(String(uid), query, { uid: true });
  return row === false ? undefined : row?.headers;
}

function fetchedMail(
  context: FetchContext,
  uidValidity: string,
  mail: Listed,
  source: Buffer,
): FetchedMail {
  const { failures } = context;
  const complete =
    mail.sizeBytes <= mailSizeBytesMax &&
    // Exchange gives RFC822.SIZE as an estimate only.
    source.length <= mailSizeBytesMax &&
    failures.count(mail.uid) < wholeAttemptsMax;
  return {
    location: locationOf(context, uidValidity, mail.uid),
    internalDate: mail.internalDate,
    answered: mail.answered,
    sizeBytes: complete ? source.length : Math.max(mail.sizeBytes, source.length),
    raw: complete ? source : source.subarray(0, mailHeadBytesMax),
    complete,
  };
}
