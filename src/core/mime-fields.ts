/**
 * A mail with only those fields of its header section that MIME is read by, for a parser that decodes all of them.
 *
 * The header section is read field by field elsewhere (`parse.ts`); relays and filters fill it with ten kilobytes
 * that the MIME parser would decode into addresses, dates and lists which nobody asks it for. Whatever is not
 * plainly a field stays, and where the end of the header section is not plain all of it does. RFC 2045 §3.
 */

/** Longer header sections go to the parser as they are: it has limits of its own. */
const headBytesMax = 32 * 1_024;
const headLinesMax = 400;
/** A copy is made of the mail. */
const mailBytesMax = 2 * 1_024 * 1_024;

/** A field that MIME is not read by: no `Content-…` and no subject. Anything odd about its name, and it is none. */
const otherField = /^(?!content-|subject:)[a-z0-9-]{1,60}:/i;

/** The same mail without fields that say nothing about its parts. The first one stays, whatever it is. */
export function withMimeFieldsOnly(raw: Buffer): Buffer {
  const end = headEnd(raw);
  if (end === undefined) return raw;
  const lines = raw.toString('latin1', 0, end).split('\n');
  if (lines.length > headLinesMax) return raw;
  let isKept = true;
  const kept = lines.filter((line, index) => {
    const isFolded = line.startsWith(' ') || line.startsWith('\t');
    if (!isFolded) isKept = index === 0 || !otherField.test(line);
    return isKept;
  });
  if (kept.length === lines.length) return raw;
  return Buffer.concat([Buffer.from(kept.join('\n'), 'latin1'), raw.subarray(end)]);
}

/** Where the line feed before the first empty line stands; undefined where that is not plain. */
function headEnd(raw: Buffer): number | undefined {
  if (raw.length > mailBytesMax) return undefined;
  const head = raw.subarray(0, headBytesMax);
  const [withCr, alone] = [head.indexOf('\n\r\n'), head.indexOf('\n\n')];
  const ends = [withCr, alone].filter((at) => at >= 0);
  if (ends.length === 0) return undefined;
  const end = Math.min(...ends);
  // An empty line at the beginning ends the section, and a bare CR is a line break to some.
  const [first, second] = [head[0], head[1]];
  if (first === 10 || (first === 13 && second === 10)) return undefined;
  return hasBareReturn(head.subarray(0, end + 1)) ? undefined : end;
}

function hasBareReturn(head: Buffer): boolean {
  for (let at = head.indexOf(13); at >= 0; at = head.indexOf(13, at + 1)) {
    if (head[at + 1] !== 10) return true;
  }
  return false;
}
