/**
 * Marks many mails at once: one look at their flags, one STORE for all that get the same mark, one MOVE.
 *
 * The rules are those of one mail (`imap-mark.ts`). Where a server refuses a set, each of its mails is marked by
 * itself, so that one does not keep the others from their marks. RFC 9051 §6.4.6 (STORE), RFC 6851 (MOVE).
 */
import type { MailboxObject } from 'imapflow';
import { ResponderError } from '../errors.ts';
import type { MailLocation, Mark } from '../ports.ts';
import { folderPath } from './imap-connection.ts';
import { lowerCased, type MarkContext, move, setFlags, turnMs } from './imap-mark.ts';

export interface WantedMark {
  readonly location: MailLocation;
  readonly mark: Mark;
}

/** An error is of this mail alone. */
export type MarkOutcome = 'marked' | 'gone' | ResponderError;

/** A mail that is at its place, with the flags it has. */
interface Present extends WantedMark {
  readonly flags: ReadonlySet<string>;
}

/** One outcome for each, in their order. Throws when the connection failed: all are then tried again. */
export async function markMany(
  context: MarkContext,
  wanted: readonly WantedMark[],
): Promise<readonly MarkOutcome[]> {
  if (wanted.length === 0) return [];
  const { client, settings } = context;
  const path = folderPath(settings.imap);
  const lock = await client.getMailboxLock(path, { acquireTimeout: turnMs });
  try {
    const folder = client.mailbox;
    // Of none of them it is known where they are: all are tried again.
    if (folder === false)
      throw new ResponderError('IMAP_FAILED', 'The mail server has closed the folder.');
    const uidValidity = String(folder.uidValidity);
    const here = wanted.filter(
      ({ location }) => location.path === path && location.uidValidity === uidValidity,
    );
    const outcomes = new Map<MailLocation, MarkOutcome>();
    for (const group of groupsOf(await presentOf(context, here)))
      await markGroup(context, folder, { group, outcomes });
    return wanted.map(({ location }) => outcomes.get(location) ?? 'gone');
  } finally {
    lock.release();
  }
}

async function presentOf(
  { client }: MarkContext,
  wanted: readonly WantedMark[],
): Promise<readonly Present[]> {
  if (wanted.length === 0) return [];
  const uids = [...new Set(wanted.map(({ location }) => location.uid))].join(',');
  const rows = await client.fetchAll(uids, { uid: true, flags: true }, { uid: true });
  const flags = new Map(rows.map((row) => [row.uid, lowerCased(row.flags)]));
  return wanted.flatMap((one) => {
    const present = flags.get(one.location.uid);
    return present === undefined ? [] : [{ ...one, flags: present }];
  });
}

/** Those for which the same commands are to be sent. */
function groupsOf(present: readonly Present[]): Iterable<readonly Present[]> {
  return Map.groupBy(present, ({ mark, flags }) => {
    const has = ['\\answered', '\\deleted', (mark.keyword ?? '').toLowerCase()];
    return JSON.stringify([
      mark.answered,
      mark.keyword,
      mark.moveTo,
      has.map((one) => flags.has(one)),
    ]);
  }).values();
}

async function markGroup(
  context: MarkContext,
  folder: MailboxObject,
  {
    group,
    outcomes,
  }: {
    readonly group: readonly Present[];
    readonly outcomes: Map<MailLocation, MarkOutcome>;
  },
): Promise<void> {
  const [first] = group;
  if (first === undefined) return;
  const { mark, flags } = first;
  try {
    const uids = [...new Set(group.map(({ location }) => location.uid))].join(',');
    await setFlags(context, folder, uids, mark, flags);
    if (mark.moveTo !== undefined && mark.moveTo !== folder.path)
      await move(context, uids, mark.moveTo, flags);
    for (const { location } of group) outcomes.set(location, 'marked');
  } catch (error) {
    // Without its connection nothing more is known of any of them: all are looked at again.
    if (!(error instanceof ResponderError) || !context.client.usable) throw error;
    const [only, ...others] = group;
    if (only !== undefined && others.length === 0) outcomes.set(only.location, error);
    else for (const one of group) await markGroup(context, folder, { group: [one], outcomes });
  }
}
