/**
 * Finds which message a delivery report is about, as far as it is one of our replies.
 *
 * Only the returned message's own Message-ID counts. A mail that a colleague wrote into the same thread names
 * our reply in its References; when that mail comes back, our reply did not.
 *
 * RFC 3464 §2, RFC 5322 §3.6.4.
 */
import { fieldGroups } from './delivery-status.ts';
import type { Mail } from './mail.ts';
import { ownCaseIn } from './own-references.ts';
import { allValues } from './parse.ts';

export interface ReturnedReply {
  readonly caseId: string;
  /** What names it: a copy of the message or its header section, the report's text, or what the report answers. */
  readonly by: 'copy' | 'text' | 'thread';
}

/**
 * The case whose reply a report is about. `text` is what the report says to people.
 *
 * The surest source that gives any Message-ID decides: what stands further down may be a quotation.
 */
export function findReturnedReply(
  mail: Mail,
  text: string,
  key: string,
): ReturnedReply | undefined {
  const copies = idsOfCopies(mail);
  if (copies.length > 0) return returned(copies.join('\n'), 'copy', key);
  const named = idLineOf(text);
  if (named !== undefined) return returned(named, 'text', key);
  return (
    returned(withoutThreadFields(text), 'text', key) ?? returned(answered(mail), 'thread', key)
  );
}

function returned(text: string, by: ReturnedReply['by'], key: string): ReturnedReply | undefined {
  const caseId = ownCaseIn(text, key);
  return caseId === undefined ? undefined : { caseId, by };
}

/** Fields that give the Message-ID of the returned message; servers that had to replace it keep the old one. */
const idFields = ['message-id', 'original-message-id', 'x-original-message-id'];

function idsOfCopies({ attachedMails, reportParts = [] }: Mail): string[] {
  const sections = [
    ...attachedMails.map(({ fields }) => fields),
    // A returned header section ends with its first blank line, a delivery status has groups.
    ...reportParts.map(({ text }) => fieldGroups(text).flat()),
  ];
  return sections.flatMap((fields) => idFields.flatMap((name) => allValues(fields, name)));
}

const idLine = /^[>|\s]{0,20}(?:x-)?(?:original-)?message[- ]id\s{0,3}:(.{0,1000})/i;
/** Lines that one id is broken over: it has some 80 characters. */
const foldedLinesMax = 3;
const anyField = /^[>|]{0,5}\s{0,20}[a-z][a-z-]{0,60}:/i;
const threadField = /^[>|\s]{0,20}(?:references|in-reply-to)\s{0,3}:/i;

/** The value of the first line of a text that gives a Message-ID, with what is folded or broken off below it. */
function idLineOf(text: string): string | undefined {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => idLine.test(line));
  if (at < 0) return undefined;
  let value = idLine.exec(lines[at] ?? '')?.[1] ?? '';
  for (const next of lines.slice(at + 1, at + 1 + foldedLinesMax)) {
    if (value.includes('@') || next.trim() === '' || anyField.test(next)) break;
    value += `\n${next}`;
  }
  return value;
}

/** A text without the fields that name what a message answered. RFC 5322 §3.6.4. */
function withoutThreadFields(text: string): string {
  let isThread = false;
  const others = text.split('\n').filter((line) => {
    isThread = threadField.test(line) || (isThread && /^[>|]{0,5}[ \t]/.test(line));
    return !isThread;
  });
  return others.join('\n');
}

/** RFC 5322 §3.6.4: what the report answers; the last of References is the nearest. */
function answered({ inReplyTo, references }: Mail): string {
  return (inReplyTo.length > 0 ? inReplyTo : references.slice(-1)).join('\n');
}
