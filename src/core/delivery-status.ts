/**
 * Reads the machine's part of a delivery report: what became of a message, recipient by recipient.
 *
 * The fields are read by their names, wherever servers put blank lines; what is no field is passed over, so
 * that the same reader serves reports that only write these fields into their text.
 *
 * RFC 3464 §2.1 to §2.3, RFC 6533 §3 (the same with UTF-8), RFC 3463 §2 (the codes).
 */
import { reportRecipientsMax } from './limits.ts';
import type { HeaderField } from './mail.ts';

export const deliveryKinds = [
  'failed',
  'unknown',
  'delayed',
  'expanded',
  'relayed',
  'delivered',
] as const;
/** What became of a message. RFC 3464 §2.3.3; `unknown` where the report does not say. */
export type DeliveryKind = (typeof deliveryKinds)[number];

export interface DeliveredTo {
  readonly kind: DeliveryKind;
  readonly status?: string;
  readonly recipient?: string;
  readonly diagnostic?: string;
}

/** Fields of a text, unfolded, in groups as blank lines part them. */
export function fieldGroups(text: string): readonly (readonly HeaderField[])[] {
  const groups: { name: string; value: string }[][] = [[]];
  let open: { name: string; value: string } | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') {
      open = undefined;
      if (groups.at(-1)?.length !== 0) groups.push([]);
    } else if (/^[ \t]/.test(line)) {
      // RFC 5322 §2.2.3.
      if (open !== undefined) open.value += ` ${line.trim()}`;
    } else {
      open = fieldOf(line);
      if (open !== undefined) groups.at(-1)?.push(open);
    }
  }
  return groups.filter((group) => group.length > 0);
}

function fieldOf(line: string): { name: string; value: string } | undefined {
  const colon = line.indexOf(':');
  const name = colon < 0 ? '' : line.slice(0, colon).trim().toLowerCase();
  return /^[a-z0-9-]{1,60}$/.test(name) ? { name, value: line.slice(colon + 1).trim() } : undefined;
}

const recipientFields = [
  'action',
  'status',
  'final-recipient',
  'original-recipient',
  'diagnostic-code',
];

/**
 * What a report says of each recipient; empty when it says nothing of any.
 *
 * RFC 3464 §2.1: a group for each. Deviation: a group that repeats no field of the one before goes on with it,
 * because some servers write blank lines between the fields of one recipient. Of recipients beyond what is
 * read nobody knows what became: the message may have failed there although it arrived everywhere above.
 */
export function readDeliveryStatus(text: string, isCut = false): readonly DeliveredTo[] {
  let isWhole = !isCut;
  const recipients: Map<string, string>[] = [];
  for (const group of fieldGroups(text)) {
    const fields = group.filter(({ name }) => recipientFields.includes(name));
    if (fields.length === 0) continue;
    const last = recipients.at(-1);
    const isNew = last === undefined || fields.some(({ name }) => last.has(name));
    const target = isNew ? new Map<string, string>() : last;
    for (const { name, value } of fields) if (!target.has(name)) target.set(name, value);
    if (!isNew) continue;
    if (recipients.length >= reportRecipientsMax) {
      isWhole = false;
      break;
    }
    recipients.push(target);
  }
  const told = recipients.map(deliveredTo);
  return isWhole ? told : [...told, { kind: 'unknown' }];
}

function deliveredTo(fields: ReadonlyMap<string, string>): DeliveredTo {
  const diagnostic = withoutType(fields.get('diagnostic-code') ?? '');
  const status = statusIn(fields.get('status') ?? '') ?? statusIn(diagnostic);
  // RFC 3464 §2.3.1: what the sender wrote is what the sender knows.
  const recipient =
    addressIn(fields.get('original-recipient')) ?? addressIn(fields.get('final-recipient'));
  return {
    kind: kindOf(fields.get('action') ?? '', status),
    ...(status === undefined ? {} : { status }),
    ...(recipient === undefined ? {} : { recipient }),
    ...(diagnostic === '' ? {} : { diagnostic }),
  };
}

/**
 * RFC 3464 §2.3.3: the action says whether the server has given up; 4.4.7 with `failed` is a message that was
 * tried for days. Only without an action does the class of the status decide. RFC 3463 §2.
 */
function kindOf(action: string, status: string | undefined): DeliveryKind {
  const word = /^[a-z]{1,30}/.exec(action.trim().toLowerCase())?.[0];
  const kind = deliveryKinds.find((known) => known === word);
  // A success with a code of failure says nothing that could be relied on.
  const isSuccess = kind === 'delivered' || kind === 'relayed' || kind === 'expanded';
  if (isSuccess && status?.startsWith('5') === true) return 'unknown';
  if (kind !== undefined) return kind;
  if (word !== undefined) return 'unknown';
  if (status?.startsWith('5') === true) return 'failed';
  return status?.startsWith('4') === true ? 'delayed' : 'unknown';
}

/** The first enhanced status code of a text that is no part of an address or a version. RFC 3463 §2. */
export function statusIn(text: string): string | undefined {
  return /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d]|\.\d)/.exec(text)?.[0];
}

/** `rfc822; anna@contoso.example`: RFC 3464 §2.3.2, RFC 6533 §3. */
function addressIn(value: string | undefined): string | undefined {
  const address = withoutType(value ?? '').replace(/[<>"]/g, '');
  return address.includes('@') ? address : undefined;
}

/** `smtp; 550 5.1.1 …` without the type in front. RFC 3464 §2.1.2. */
function withoutType(value: string): string {
  return value.replace(/^[a-z0-9_-]{1,30}\s{0,5};/i, '').trim();
}
