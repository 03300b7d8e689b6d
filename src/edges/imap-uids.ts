/**
 * Which UIDs a folder has, in portions: a folder of any size is gone through without holding its mails.
 *
 * A search names UIDs only, in spans that a server answers in time. RFC 9051 §6.4.4, §2.3.1.1.
 */
import { ResponderError } from '../errors.ts';
import type { FetchContext } from './imap-fetch.ts';

/** UIDs asked for in one search at first. A span with few mails in it makes the next one wider. */
const spanUids = 20_000;
const uidMax = 2 ** 32 - 1;
/** UIDs named in one command: servers limit the length of a line. */
const uidsPerCommandMax = 500;

export interface UidRange {
  readonly first: number;
  /** The first UID that does not belong to it any more. */
  readonly end: number;
  /** Only mails that came on this day of the server's calendar or later, which knows its own time zone. */
  readonly since?: Date;
}

/**
 * The UIDs of the range that the folder has, ascending, in portions that one command can name. The context is
 * asked for each time, since a new connection may have taken over.
 */
export async function* uidPortions(
  context: () => FetchContext,
  { first, end, since }: UidRange,
): AsyncGenerator<readonly number[]> {
  let span = spanUids;
  for (let from = first; from < end; ) {
    const to = Math.min(from + span, end);
    const uids = await search(context(), { first: from, end: to, ...(since && { since }) });
    for (let start = 0; start < uids.length; start += uidsPerCommandMax) {
      yield uids.slice(start, start + uidsPerCommandMax);
    }
    from = to;
    // After a gap of a billion UIDs a search of the same span would be repeated 50,000 times.
    span = uids.length < spanUids / 4 ? Math.min(span * 2, uidMax) : spanUids;
  }
}

async function search(
  { client }: FetchContext,
  { first, end, since }: UidRange,
): Promise<number[]> {
  const query = { uid: `${first}:${end - 1}`, ...(since && { since }) };
  const found = await client.search(query, { uid: true });
  if (!Array.isArray(found)) {
    throw new ResponderError('IMAP_FAILED', 'The mail server does not answer a search.');
  }
  return found.filter((uid) => uid >= first && uid < end).sort((a, b) => a - b);
}

/** SEARCH SINCE knows days, in the server's time zone: two days earlier is surely enough. */
export function searchedSince(date: Date): Date {
  return new Date(date.getTime() - 2 * 24 * 3_600_000);
}
