/**
 * Marks handled mails on the server: \Answered, a keyword, and the folder it is moved to.
 *
 * It must touch no other mail: UIDs of another UIDVALIDITY are never used, and nothing is expunged
 * by a plain EXPUNGE, which would remove what others have flagged. Marking twice changes nothing
 * more. RFC 9051 §6.4.6 (STORE), RFC 6851 (MOVE), RFC 4315 (UIDPLUS).
 */
import type { ImapFlow, MailboxObject } from 'imapflow';
import { ResponderError } from '../errors.ts';
import type { Log, Mark } from '../ports.ts';
import type { MailboxSettings } from './imap-connection.ts';

/** How long a mark waits for its turn on the connection. */
export const turnMs = 30_000;

export interface MarkContext {
  readonly client: ImapFlow;
  readonly settings: MailboxSettings;
  readonly log: Log;
}

/** Flags compare without case. RFC 9051 §2.3.2. */
export function lowerCased(flags: Iterable<string> | undefined): ReadonlySet<string> {
  return new Set([...(flags ?? [])].map((flag) => flag.toLowerCase()));
}

export async function setFlags(
  context: MarkContext,
  folder: MailboxObject,
  /** A sequence set: flags that each of them has already are `present`. */
  uid: string,
  mark: Mark,
  present: ReadonlySet<string>,
): Promise<void> {
  const { client, settings, log } = context;
  const permanent = lowerCased(folder.permanentFlags);
  // RFC 9051 §7.1: without PERMANENTFLAGS every flag can be set.
  const isAllowed = (flag: string) =>
    folder.permanentFlags === undefined || permanent.has(flag.toLowerCase());

  if (mark.answered && !present.has('\\answered') && isAllowed('\\Answered')) {
    if (!(await client.messageFlagsAdd(uid, ['\\Answered'], { uid: true }))) {
      throw new ResponderError('IMAP_FAILED', 'The mail server did not set \\Answered.');
    }
  }
  const keyword = mark.keyword;
  if (keyword === undefined || present.has(keyword.toLowerCase())) {
    return;
  }
  // Exchange Online allows no keywords, and answers BAD to one.
  if (!isAllowed(keyword) && !permanent.has('\\*')) {
    log.debug({ mailbox: settings.name, keyword }, 'the mail server allows no such keyword');
    return;
  }
  if (!(await client.messageFlagsAdd(uid, [keyword], { uid: true }))) {
    // imapflow says the same of a server that refuses and of a connection that broke: only the one is an answer.
    if (!client.usable) {
      throw new ResponderError('IMAP_FAILED', 'The connection broke while a mail was marked.');
    }
    log.warn({ mailbox: settings.name, keyword }, 'the mail server did not set the keyword');
  }
}

export async function move(
  context: MarkContext,
  uid: string,
  target: string,
  flags: ReadonlySet<string>,
): Promise<void> {
  const { client } = context;
  if (client.capabilities.has('MOVE')) {
    await intoFolder(context, target, () => client.messageMove(uid, target, { uid: true }));
    return;
  }
  // A mail that is flagged already has been copied by an earlier mark.
  if (!flags.has('\\deleted')) {
    await intoFolder(context, target, () => client.messageCopy(uid, target, { uid: true }));
  }
  // Without UIDPLUS there is only EXPUNGE, which would take others' mails along: flag it, no more.
  const removed = client.capabilities.has('UIDPLUS')
    ? await client.messageDelete(uid, { uid: true })
    : await client.messageFlagsAdd(uid, ['\\Deleted'], { uid: true });
  if (!removed) {
    throw new ResponderError(
      'IMAP_FAILED',
      `The mail was copied to ${target} but could not be removed from its old place.`,
    );
  }
}

/** Runs a COPY or MOVE, creating the folder when that is what was missing. RFC 9051 §6.4.7, TRYCREATE. */
async function intoFolder(
  context: MarkContext,
  target: string,
  run: () => Promise<unknown>,
): Promise<void> {
  if (await run()) {
    return;
  }
  try {
    await context.client.mailboxCreate(target);
  } catch (error) {
    throw new ResponderError(
      'IMAP_FAILED',
      `The mail server neither moves mails to ${target} nor creates that folder.`,
      { cause: error },
    );
  }
  context.log.info({ mailbox: context.settings.name, folder: target }, 'created the folder');
  if (!(await run())) {
    throw new ResponderError('IMAP_FAILED', `The mail server does not move mails to ${target}.`);
  }
}
