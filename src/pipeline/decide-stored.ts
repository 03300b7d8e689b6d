/**
 * Decides about a mail of the ledger, with what only the mailbox knows: whether somebody answered it, and when
 * it came.
 */
import { decideMail, type MailDecider } from '../core/decide-mail.ts';
import type { MatchKeys } from '../core/match.ts';
import { withholdAnswered, withholdOld } from '../core/restrain.ts';
import type { StoredMail } from '../ports.ts';
import type { PipelineParts } from './parts.ts';

/** Decides about a mail of the ledger, as if it had come now. */
export async function decideStored(
  parts: PipelineParts,
  stored: StoredMail,
  now: Date,
): ReturnType<MailDecider> {
  const { store } = parts;
  const { complete, answered, receivedAt, watchingSince } = stored;
  const judging = {
    ...parts,
    findCandidates: (keys: MatchKeys) => store.findCandidates(keys),
    findSimilar: (name: string) => store.findSimilar(name),
  };
  const decide = parts.decide ?? decideMail;
  const { mail, decision } = await decide(stored.raw ?? new Uint8Array(), judging, {
    complete,
    now,
  });
  const isOld =
    watchingSince !== undefined && receivedAt.getTime() < watchingSince.getTime() - clockSkewMsMax;
  // The mailbox is the second record of what was answered: by a person, or by us before a store was lost.
  if (answered) return { mail, decision: withholdAnswered(decision) };
  // An old mail that is moved back into the folder gets a new UID, but keeps its date.
  return { mail, decision: isOld && stored.backfilled !== true ? withholdOld(decision) : decision };
}

/** The mail server's clock and ours may differ by less than this. */
const clockSkewMsMax = 24 * 3_600_000;
