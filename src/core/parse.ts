/**
 * Octets in, a `Mail` out. Never throws on content: what is wrong with a mail is listed in `defects`.
 *
 * MIME is mailparser's work. The outer header section is read here as well, field by field, because
 * screening and authentication must see every instance of a repeated field, in order, which a map of
 * headers cannot give. RFC 5322 §2.2, §3.6; RFC 2045 to 2047.
 */
import { createHash } from 'node:crypto';
import { type ParsedMail, parseAddressHeader, simpleParser } from 'mailparser';
import { type Address, domainOf, localPartOf } from './address.ts';
import * as limits from './limits.ts';
import type { Attachment, Defect, HeaderField, Mail, ReportPart } from './mail.ts';
import { withMimeFieldsOnly } from './mime-fields.ts';

export interface ParseOptions {
  /** False when `raw` is only the head of a mail that is too large to read. */
  readonly complete?: boolean;
}

/**
 * Reads a mail and the messages attached to it.
 *
 * RFC 5322 §3.6: two From fields are a defect, and so is none.
 */
export function parseMail(raw: Uint8Array, options: ParseOptions = {}): Promise<Mail> {
  const nesting = { depth: 0, budget: { left: limits.attachedMailsTotalMax } };
  return parseAtDepth(raw, options.complete ?? true, nesting);
}

/** How deep a mail lies in others, and how many may still be read of all that lie in the outermost. */
interface Nesting {
  readonly depth: number;
  readonly budget: { left: number };
}

async function parseAtDepth(raw: Uint8Array, complete: boolean, nesting: Nesting): Promise<Mail> {
  const defects: Defect[] = [];
  const fields = parseHeaderSection(raw);
  const tooLarge = !complete || raw.byteLength > limits.mailSizeBytesMax;
  if (tooLarge) defects.push('too-large');
  const parsed = await parseMime(tooLarge ? headerSectionOf(raw) : raw, defects);
  const from = addressesOf(fields, 'from');
  const fromFields = fields.filter((field) => field.name === 'from').length;
  if (fromFields > 1) defects.push('several-from-fields');
  if (fromFields === 1 && fields.some(({ name, value }) => name === 'from' && namesSeveral(value)))
    defects.push('malformed-from');
  if (from.length === 0) defects.push('no-author');
  if (fields.length === 0) defects.push('no-header-section');
  if (hasBareCarriageReturn(headerSectionOf(raw))) defects.push('bare-carriage-return');

  const attachments = parsed?.attachments ?? [];
  const attachedMails = await parseAttached(attachments, nesting, defects);
  const reportParts = reportPartsOf(attachments);
  const text = textOf(parsed);
  const html = typeof parsed?.html === 'string' ? parsed.html : undefined;
  if (!tooLarge && isBlank(text) && isBlank(html) && attachments.length === 0)
    defects.push('empty');
  if (attachments.some(isUnreadableContainer)) defects.push('unreadable-attachment');

  const messageId = messageIdsIn(firstValue(fields, 'message-id') ?? '')[0];
  const date = dateOf(fields);
  return {
    ...(messageId === undefined ? {} : { messageId }),
    fields,
    from,
    replyTo: addressesOf(fields, 'reply-to'),
    to: addressesOf(fields, 'to'),
    cc: addressesOf(fields, 'cc'),
    subject: subjectOf(parsed, fields),
    ...(date === undefined ? {} : { date }),
    inReplyTo: messageIdsIn(firstValue(fields, 'in-reply-to') ?? ''),
    references: messageIdsIn(firstValue(fields, 'references') ?? ''),
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html: html.slice(0, limits.htmlCharsMax) }),
    attachments: attachments.map(attachmentOf),
    ...(reportParts.length === 0 ? {} : { reportParts }),
    attachedMails,
    mediaType: mediaTypeOf(firstValue(fields, 'content-type')),
    sizeBytes: raw.byteLength,
    defects,
  };
}

async function parseMime(raw: Uint8Array, defects: Defect[]): Promise<ParsedMail | undefined> {
  const octets = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  if (boundaryChecks(octets) > limits.boundaryChecksMax) {
    defects.push('unparsable');
    return undefined;
  }
  try {
    return await simpleParser(withMimeFieldsOnly(octets), {
      ignoreEmbedded: true,
      keepDeliveryStatus: true,
      skipHtmlToText: true,
      skipTextToHtml: true,
      skipTextLinks: true,
      skipImageLinks: true,
      checksumAlgo: false,
    });
  } catch {
    // mailparser refuses a mail beyond its own bounds (1,000 parts, 1 MB of header): the desk reads it.
    defects.push('unparsable');
    return undefined;
  }
}

/**
 * How often a line may be compared with a boundary, at most: each that begins with two dashes with that of
 * every multipart around it. RFC 2046 §5.1.1, §5.1.2.
 */
function boundaryChecks(octets: Buffer): number {
  let dashed = 0;
  for (let at = octets.indexOf('\n--'); at >= 0; at = octets.indexOf('\n--', at + 3)) dashed += 1;
  // Looking for multiparts takes longer than most mails deserve.
  if (dashed * mimePartsMax <= limits.boundaryChecksMax) return 0;
  const boundaries = octets.toString('latin1').match(/boundary/gi)?.length ?? 0;
  return dashed * Math.min(boundaries, mimePartsMax);
}

/** mailparser's own bound. */
const mimePartsMax = 1_000;

async function parseAttached(
  attachments: ParsedMail['attachments'],
  { depth, budget }: Nesting,
  defects: Defect[],
): Promise<Mail[]> {
  const isTooDeep = depth >= limits.attachedDepthMax;
  const mails: Mail[] = [];
  let unread = 0;
  for (const message of attachments.filter(isMessage)) {
    if (isTooDeep || mails.length >= limits.attachedMailsMax || budget.left <= 0) {
      unread += 1;
      continue;
    }
    budget.left -= 1;
    const mail = await parseAtDepth(message.content, true, { depth: depth + 1, budget });
    const isKept = depth === 0 && message.content.byteLength <= limits.attachedRawBytesMax;
    mails.push(isKept ? { ...mail, raw: message.content } : mail);
  }
  // What was left out further in was left out of this mail too.
  if (unread > 0 || mails.some((mail) => mail.defects.includes('too-many-attached-mails')))
    defects.push('too-many-attached-mails');
  return mails;
}

type ParsedAttachment = ParsedMail['attachments'][number];

/** RFC 2046 §5.2.1; a dragged .eml comes as application/octet-stream with only its name to tell, or not even that. */
function isMessage(attachment: ParsedAttachment): boolean {
  const type = attachment.contentType.toLowerCase();
  // RFC 6532 §3.7: message/global is message/rfc822 with UTF-8 header fields.
  if (type === 'message/rfc822' || type === 'message/global') return true;
  const name = (attachment.filename ?? '').toLowerCase();
  if (name.endsWith('.eml')) return true;
  return type === 'application/octet-stream' && startsLikeMessage(attachment.content);
}

/** Whether octets begin with the header section of a message. RFC 5322 §3.6. */
function startsLikeMessage(content: Uint8Array): boolean {
  const names = new Set(
    parseHeaderSection(content.subarray(0, limits.sniffedBytesMax)).map(({ name }) => name),
  );
  const marks = ['subject', 'message-id', 'received', 'mime-version'];
  return names.has('from') && names.has('date') && marks.some((mark) => names.has(mark));
}

/** Encrypted, or signed so that only a key opens it. RFC 8551 §3.2, RFC 3156 §4. */
const sealed = new Set([
  'application/pkcs7-mime',
  'application/x-pkcs7-mime',
  'application/pgp-encrypted',
]);

/** TNEF (winmail.dat, MS-OXTNEF §2.1.3.1), Outlook's .msg and sealed parts hold mails that nothing here can read. */
function isUnreadableContainer(attachment: ParsedAttachment): boolean {
  const type = attachment.contentType.toLowerCase();
  const name = (attachment.filename ?? '').toLowerCase();
  return (
    sealed.has(type) ||
    type === 'application/ms-tnef' ||
    type === 'application/vnd.ms-tnef' ||
    type === 'application/vnd.ms-outlook' ||
    name === 'winmail.dat' ||
    name.endsWith('.msg') ||
    beginsWith(attachment.content, tnefSignature) ||
    (tellsNothing(attachment) && beginsWith(attachment.content, compoundFileSignature))
  );
}

const tnefSignature = [0x78, 0x9f, 0x3e, 0x22];
/** MS-CFB §2.2: the container of a .msg. */
const compoundFileSignature = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

function beginsWith(content: Uint8Array, octets: readonly number[]): boolean {
  return octets.every((octet, index) => content[index] === octet);
}

/** Neither media type nor name says what the octets are. */
function tellsNothing({ contentType, filename }: ParsedAttachment): boolean {
  return (
    contentType.toLowerCase() === 'application/octet-stream' &&
    !/\.[a-z0-9]{1,5}$/i.test(filename ?? '')
  );
}

function attachmentOf(attachment: ParsedAttachment): Attachment {
  const calendarMethod = calendarMethodOf(attachment);
  return {
    ...(attachment.filename === undefined ? {} : { filename: attachment.filename }),
    mediaType: attachment.contentType.toLowerCase(),
    sizeBytes: attachment.size,
    ...(calendarMethod === undefined ? {} : { calendarMethod }),
  };
}

/** RFC 5545 §3.7.2: METHOD is a property of the calendar, before its components. */
function calendarMethodOf({ contentType, content }: ParsedAttachment): string | undefined {
  if (!['text/calendar', 'application/ics'].includes(contentType.toLowerCase())) return undefined;
  const head = content.subarray(0, limits.calendarHeadBytesMax).toString('latin1');
  return /^METHOD:([A-Z]{1,20})[ \t]*\r?$/im.exec(head)?.[1]?.toLowerCase();
}

/** RFC 3464 §2, RFC 3462 §2 (bare headers), RFC 6533 §3 and §5 (the same in UTF-8). */
const reportTypes = new Set([
  'message/delivery-status',
  'message/global-delivery-status',
  'text/rfc822-headers',
  'message/global-headers',
]);

function reportPartsOf(attachments: ParsedMail['attachments']): ReportPart[] {
  return attachments
    .filter(({ contentType }) => reportTypes.has(contentType.toLowerCase()))
    .slice(0, limits.reportPartsMax)
    .map(({ contentType, content }) => ({
      mediaType: contentType.toLowerCase(),
      // Octets first: none of them is more than a character.
      text: decodeHead(content.subarray(0, limits.reportPartCharsMax)).replace(/\r\n?/g, '\n'),
      ...(content.length > limits.reportPartCharsMax ? { isCut: true } : {}),
    }));
}

function textOf(parsed: ParsedMail | undefined): string | undefined {
  if (parsed?.text === undefined) return undefined;
  return parsed.text.slice(0, limits.textCharsMax).replace(/\r\n?/g, '\n');
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === '';
}

function subjectOf(parsed: ParsedMail | undefined, fields: readonly HeaderField[]): string {
  const subject = parsed?.subject ?? firstValue(fields, 'subject') ?? '';
  return subject.replace(/\s+/g, ' ').trim();
}

function dateOf(fields: readonly HeaderField[]): Date | undefined {
  const value = firstValue(fields, 'date');
  if (value === undefined || value.length > 100) return undefined;
  const time = Date.parse(value.replace(/\([^()]*\)/g, '').trim());
  return Number.isNaN(time) ? undefined : new Date(time);
}

/** Every address of every instance of a field; groups count by their members. RFC 5322 §3.4. */
function addressesOf(fields: readonly HeaderField[], name: string): Address[] {
  return fields
    .filter((field) => field.name === name)
    .flatMap((field) => parseAddresses(field.value));
}

/** Whether a single mailbox names two addresses, `<a@b> <c@d>`: readers differ in which they take. */
function namesSeveral(value: string): boolean {
  const angles = anglesOutsideQuotes(value);
  return angles > 1 && angles > parseAddresses(value).length;
}

function anglesOutsideQuotes(value: string): number {
  let quoted = false;
  let count = 0;
  for (let i = 0; i < value.length; i += 1) {
    if (value[i] === '\\' && quoted) i += 1;
    else if (value[i] === '"') quoted = !quoted;
    else if (value[i] === '<' && !quoted) count += 1;
  }
  return count;
}

/** Reads an address list; what is no address is left out. */
export function parseAddresses(value: string): Address[] {
  const addresses: Address[] = [];
  for (const entry of parseAddressHeader(value.slice(0, limits.headerValueCharsMax), {
    flatten: true,
    decodePunycode: false,
  }).value) {
    const text = entry.address?.trim() ?? '';
    if (!isAddress(text)) continue;
    const address = `${text.slice(0, text.lastIndexOf('@'))}@${domainOf(text)}`;
    const name = entry.name.replace(/\s+/g, ' ').trim();
    addresses.push(name === '' ? { address } : { name, address });
  }
  return addresses;
}

/** One `@`, something on both sides, nothing that could break out of a header or an envelope. */
export function isAddress(text: string): boolean {
  return (
    text.length <= 320 &&
    text.split('@').length === 2 &&
    localPartOf(text) !== '' &&
    /^[\p{L}\p{N}.-]+$/u.test(domainOf(text)) &&
    !/[\s\p{Cc}<>()",;:\\]/u.test(text)
  );
}

/** The values of all message-ids in a field, angle brackets included. RFC 5322 §3.6.4. */
export function messageIdsIn(value: string): string[] {
  return [...value.slice(0, limits.headerValueCharsMax).matchAll(/<[^<>\s]{1,500}>/g)].map(
    (match) => match[0],
  );
}

/** The value of the first instance of a field. */
export function firstValue(fields: readonly HeaderField[], name: string): string | undefined {
  return fields.find((field) => field.name === name)?.value;
}

/** The values of all instances of a field, top to bottom. */
export function allValues(fields: readonly HeaderField[], name: string): string[] {
  return fields.filter((field) => field.name === name).map((field) => field.value);
}

/** The media type of a Content-Type value, in lower case; `text/plain` when absent. RFC 2045 §5.2. */
function mediaTypeOf(contentType: string | undefined): string {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type === '' ? 'text/plain' : type;
}

/**
 * Reads the outer header section field by field. Stops at the first empty line.
 *
 * A line that is neither a field nor a continuation is passed over, with what is folded onto it: real
 * mails carry mbox `From ` lines and broken folding, and nobody may lengthen the field above his own.
 * RFC 5322 §2.2, §2.2.3 (unfolding).
 */
export function parseHeaderSection(raw: Uint8Array): HeaderField[] {
  const head = decodeHead(headerSectionOf(raw));
  const fields: { name: string; parts: string[] }[] = [];
  let wasField = false;
  // A bare CR ends no line: to the host that judged the mail it was part of a value. RFC 5322 §2.3.
  // Only a file without any LF, which never came by IMAP, has its lines end so.
  const lines = head.includes('\n') ? head.split(/\r?\n/) : head.split('\r');
  for (const line of lines.map((text) => text.replaceAll('\r', ' '))) {
    if (line === '') {
      if (fields.length > 0) break;
      continue;
    }
    if (/^[ \t]/.test(line)) {
      if (wasField) fields.at(-1)?.parts.push(line.trim());
      continue;
    }
    wasField = false;
    const colon = line.indexOf(':');
    const name = colon < 0 ? '' : line.slice(0, colon).trimEnd().toLowerCase();
    // RFC 5322 §2.2: printable ASCII without colon and space.
    if (!/^[!-9;-~]{1,100}$/.test(name)) continue;
    if (fields.length >= limits.headerFieldsMax) break;
    fields.push({ name, parts: [line.slice(colon + 1).trim()] });
    wasField = true;
  }
  return fields.map(({ name, parts }) => ({
    name,
    value: parts.join(' ').slice(0, limits.headerValueCharsMax),
  }));
}

/** RFC 5322 §2.3: CR and LF stand together. Without any LF the file merely has old line ends. */
function hasBareCarriageReturn(head: Uint8Array): boolean {
  if (!head.includes(10)) return false;
  return head.some(
    (byte, index) => byte === 13 && head[index + 1] !== 10 && index + 1 < head.length,
  );
}

/** The bytes up to the first empty line, bounded. */
function headerSectionOf(raw: Uint8Array): Uint8Array {
  const bound = Math.min(raw.byteLength, limits.headerSectionBytesMax);
  let lineIsEmpty = true;
  let sawField = false;
  for (let i = 0; i < bound; i += 1) {
    const byte = raw[i];
    if (byte === 10) {
      if (lineIsEmpty && sawField) return raw.subarray(0, i + 1);
      lineIsEmpty = true;
    } else if (byte !== 13) {
      lineIsEmpty = false;
      sawField = true;
    }
  }
  return raw.subarray(0, bound);
}

/** UTF-8 where it is (RFC 6532), else Latin-1, so that no byte is lost. */
function decodeHead(head: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(head);
  } catch {
    return new TextDecoder('latin1').decode(head);
  }
}

/** The header fields that a mail with a Message-ID is known by. */
export const identityFields = ['message-id', 'from', 'date', 'subject'] as const;

/** Whether these header fields alone tell which mail it is: one without Message-ID is known by all its octets. */
export function isKnownByFields(head: Uint8Array): boolean {
  return messageIdsIn(firstValue(parseHeaderSection(head), 'message-id') ?? '').length > 0;
}

/**
 * The identity of a mail: the same for every copy of it, whatever its UID.
 *
 * Message-ID alone is not enough, since anyone can send a second mail under a known one; the whole
 * bytes are too much, since Exchange renders a mail anew on each fetch. A mail without Message-ID is
 * known by its bytes.
 */
export function mailIdentity(raw: Uint8Array): string {
  const fields = parseHeaderSection(raw);
  const messageId = messageIdsIn(firstValue(fields, 'message-id') ?? '')[0];
  const hash = createHash('sha256');
  if (messageId === undefined) return hash.update(raw).digest('hex');
  const parts = [
    messageId,
    ...['from', 'date', 'subject'].flatMap((name) => allValues(fields, name)),
  ];
  return hash.update(parts.map((part) => part.replace(/\s+/g, ' ')).join('\n')).digest('hex');
}

/** The id of the case of a mail in a mailbox: the same mail always gets the same id. */
export function caseIdOf(mailbox: string, raw: Uint8Array): string {
  const digest = createHash('sha256')
    .update(`${mailbox}\n${mailIdentity(raw)}`)
    .digest('hex');
  return `c${digest.slice(0, 24)}`;
}
