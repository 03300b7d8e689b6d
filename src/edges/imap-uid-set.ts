/**
 * UIDs as a command names them, as short as can be: servers limit the length of a line.
 */

/** A sequence set of ascending UIDs. RFC 9051 §9. */
export function uidSet(uids: readonly number[]): string {
  const ranges: { first: number; last: number }[] = [];
  for (const uid of uids) {
    const range = ranges.at(-1);
    if (range !== undefined && uid === range.last + 1) {
      range.last = uid;
    } else {
      ranges.push({ first: uid, last: uid });
    }
  }
  return ranges
    .map(({ first, last }) => (first === last ? String(first) : `${first}:${last}`))
    .join(',');
}
