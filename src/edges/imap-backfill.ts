/**
 * Goes through what lies in the watched folder, over a connection of its own that cannot change a mail.
 *
 * The watch of a running service goes on beside it. It hands out only what the ledger does not know,
 * and leaves it to the caller what becomes of that.
 */
import type { ImapFlow } from 'imapflow';
import { ResponderError } from '../errors.ts';
import type { LedgerHandler } from '../ports/watch.ts';
import type { Clock, FetchedMail, Log } from '../ports.ts';
import {
  commandFailure,
  createClient,
  folderPath,
  leave,
  type MailboxSettings,
  openFolder,
} from './imap-connection.ts';
import {
  batchesOf,
  type FetchContext,
  FetchFailures,
  fetchBatch,
  type Listed,
} from './imap-fetch.ts';
import { lastUid, listUnknown, openedFolder } from './imap-look.ts';
import { searchedSince, uidPortions } from './imap-uids.ts';

export interface EarlierMailsOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly since: Date;
  readonly ledger: Pick<LedgerHandler, 'withoutPlace' | 'unknownMails'>;
  /** Told once the folder is open, before anything is fetched. */
  readonly opened: (folder: {
    readonly uidValidity: string;
    readonly nextUid: number;
  }) => Promise<void>;
}

/** Some mails that the ledger does not know, and how many of the folder were compared with it so far. */
export interface EarlierMails {
  readonly compared: number;
  readonly mails: readonly FetchedMail[];
}

/** A mail that breaks the fetch again and again is handed over incomplete before that. */
const failuresMax = 12;

/**
 * The mails that came since then and that the ledger does not know, in the order of their UIDs. Throws
 * ResponderError; what was handed out before is known by then, so that asking again goes on there.
 */
export async function* earlierMails(
  settings: MailboxSettings,
  options: EarlierMailsOptions,
): AsyncGenerator<EarlierMails> {
  const connection = new ReadOnlyConnection(settings);
  const { log, clock } = options;
  const failures = new FetchFailures();
  const context = (): FetchContext => ({
    client: connection.client,
    settings,
    log,
    clock,
    failures,
  });
  try {
    await connection.open();
    const { uidValidity, uidNext } = openedFolder(context());
    const end = uidNext ?? (await lastUid(context())) + 1;
    await options.opened({ uidValidity, nextUid: end });
    let compared = 0;
    const range = { first: 1, end, since: searchedSince(options.since) };
    for await (const uids of uidPortions(context, range)) {
      const path = folderPath(settings.imap);
      const placeless = await options.ledger.withoutPlace({ path, uidValidity, uids });
      const among = { uidValidity, uids: placeless, since: options.since };
      const unknown =
        placeless.length === 0
          ? []
          : await listUnknown({ ...context(), handler: options.ledger }, among);
      compared += uids.length;
      yield { compared, mails: [] };
      for await (const mails of fetchAll(connection, context, { uidValidity, unknown })) {
        yield { compared, mails };
      }
    }
  } catch (error) {
    throw commandFailure(settings.imap, error);
  } finally {
    await connection.close();
  }
}

/** Fetches batch by batch, over a new connection where one broke. */
async function* fetchAll(
  connection: ReadOnlyConnection,
  context: () => FetchContext,
  { uidValidity, unknown }: { readonly uidValidity: string; readonly unknown: readonly Listed[] },
): AsyncGenerator<readonly FetchedMail[]> {
  let rest = unknown;
  let attempts = 0;
  while (rest.length > 0) {
    const { value: batch = [] } = batchesOf(rest, context().failures).next();
    try {
      yield await fetchBatch(context(), uidValidity, batch);
      rest = rest.slice(batch.length);
      attempts = 0;
    } catch (error) {
      attempts += 1;
      if (attempts > failuresMax) {
        throw error;
      }
      if (!connection.client.usable) {
        await connection.open(uidValidity);
      }
    }
  }
}

/** The folder opened by EXAMINE, and again when its connection broke. RFC 9051 §6.3.3. */
class ReadOnlyConnection {
  readonly #settings: MailboxSettings;
  #client: ImapFlow | undefined;

  constructor(settings: MailboxSettings) {
    this.#settings = settings;
  }

  get client(): ImapFlow {
    if (this.#client === undefined) {
      throw new ResponderError('IMAP_FAILED', 'The folder is not open.');
    }
    return this.#client;
  }

  /** `uidValidity`: what it must still be. */
  async open(uidValidity?: string): Promise<void> {
    await this.close();
    const client = createClient(this.#settings.imap);
    this.#client = client;
    const folder = await openFolder(client, this.#settings.imap, { readOnly: true });
    if (uidValidity !== undefined && String(folder.uidValidity) !== uidValidity) {
      throw new ResponderError('IMAP_FAILED', 'The mail server has renumbered the mailbox.');
    }
  }

  async close(): Promise<void> {
    if (this.#client !== undefined) {
      await leave(this.#client);
    }
  }
}
