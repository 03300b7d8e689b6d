/**
 * A mail as a value: what `parse` makes of the bytes, and what `unwrap` finds inside.
 *
 * Nothing here fails on strange content: what is wrong with a mail is listed in `defects`.
 */
import type { Address } from './address.ts';

/** One header field, unfolded, its value as raw text. `name` is in lower case. RFC 5322 §2.2. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

/** A body part that is not the text of the mail. */
export interface Attachment {
  readonly filename?: string;
  /** In lower case, without parameters. */
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** The METHOD of a calendar, in lower case. RFC 5546 §1.4. */
  readonly calendarMethod?: string;
}

/** A part of a delivery report that is written for machines. RFC 3464, RFC 6533. */
export interface ReportPart {
  /** In lower case, without parameters. */
  readonly mediaType: string;
  /** Decoded and cut, line ends as LF. */
  readonly text: string;
  /** Whether there was more than is kept. */
  readonly isCut?: true;
}

/** What can be wrong with a mail, each with a sentence for people. Never an exception. */
export const defects = {
  empty: 'the mail has neither text nor attachments',
  'too-large': 'the mail is larger than what is read; only its header section was',
  unparsable: 'the mail has more parts or a longer header section than is read',
  'no-header-section': 'nothing in the mail is a header field',
  'no-author': 'no From field names an address',
  'malformed-from': 'the From field can be read as more than one address',
  'bare-carriage-return': 'the header section can be read as different fields by different readers',
  'several-from-fields': 'the mail has more than one From field',
  'unreadable-attachment':
    'a part (winmail.dat, .msg, encrypted) may hold a mail that cannot be read',
  'too-many-attached-mails': 'attached mails lie deeper or are more than are read',
} as const;
export type Defect = keyof typeof defects;

/** One message, as parsed. */
export interface Mail {
  /** With its angle brackets. */
  readonly messageId?: string;
  /** Every field of the outer header section, top to bottom, repeated ones included. */
  readonly fields: readonly HeaderField[];
  /** All authors: two or more are a defect, none is one too. */
  readonly from: readonly Address[];
  readonly replyTo: readonly Address[];
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  /** Decoded, on one line; empty when absent. */
  readonly subject: string;
  readonly date?: Date;
  /** Message-ids with angle brackets, in order. */
  readonly inReplyTo: readonly string[];
  readonly references: readonly string[];
  /** The text/plain part as it is, line ends as LF; absent when the mail has none. */
  readonly text?: string;
  /** The text/html part as it is. Never rendered, only turned into text. */
  readonly html?: string;
  readonly attachments: readonly Attachment[];
  /** What a delivery report says to machines: its status and the returned header section. */
  readonly reportParts?: readonly ReportPart[];
  /** Messages attached as message/rfc822 or as .eml files, parsed, in order. */
  readonly attachedMails: readonly Mail[];
  /** The media type of the whole mail (`multipart/report`, …), in lower case. */
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** The octets of a message that is attached to the outermost one, for its signature; bounded. */
  readonly raw?: Uint8Array;
  /** What is wrong with the mail. */
  readonly defects: readonly Defect[];
}

/** A link with its target as written (not unwrapped) and the text shown for it. */
export interface Link {
  readonly href: string;
  readonly text: string;
}

/** Clients whose forwards can be told by their marks. */
const forwardClients = [
  'outlook',
  'outlook-web',
  'outlook-mac',
  'outlook-mobile',
  'gmail',
  'apple-mail',
  'thunderbird',
  'k9',
  'yahoo',
  'samsung',
  'roundcube',
  'zoho',
  'hubspot',
  'missive',
  'protonmail',
  'gmx',
  'ionos',
  'mailmate',
] as const;
export type ForwardClient = (typeof forwardClients)[number];

export const forwardKinds = ['inline', 'attachment', 'redirect', 'direct'] as const;
export type ForwardKind = (typeof forwardKinds)[number];

/**
 * The forwarded message inside a mail. What its fields say was typed by whoever forwarded it, and
 * proves nothing by itself.
 */
export interface Original {
  readonly how: ForwardKind;
  /** How many forwards deep: 1 is the outermost original, 0 is the mail itself. */
  readonly depth: number;
  /** For a message attached to the mail itself: its place in `Mail.attachedMails`. */
  readonly attachedIndex?: number;
  readonly from?: Partial<Address>;
  readonly to: readonly Partial<Address>[];
  readonly cc?: readonly Partial<Address>[];
  readonly subject?: string;
  /** Best effort; absent when the date could not be read for certain. */
  readonly date?: Date;
  /** The body as text, without the forwarder's comment. */
  readonly text: string;
  /** The links inside the original, as the reader of its HTML sees them. */
  readonly links: readonly Link[];
  /** What stands behind the next header block in the same text: another original, or part of this one. */
  readonly below?: { readonly text: string; readonly links: readonly Link[] };
  /** The same original as the other body part of the mail shows it: readers differ in which they show. */
  readonly twin?: {
    /** Which part it is: a text/plain that says nothing is common, a page that says nothing is a picture. */
    readonly part: 'plain' | 'html';
    readonly text: string;
    readonly from?: Partial<Address>;
    readonly subject?: string;
  };
  /** What stands unquoted behind a quoted original: the signature of whoever forwarded it. */
  readonly footer?: string;
  /** Whether text or links beyond a limit were left unread. */
  readonly incomplete?: true;
  /** What stands directly above, up to the original around this one: the words of whoever forwarded it. */
  readonly comment?: string;
  /** Which client wrote the forward, when its marks tell. */
  readonly client?: ForwardClient;
  /** The language of the header labels (`de`), when they tell. */
  readonly language?: string;
}

/** What a stage saw, in a code for machines and a sentence for people. */
export interface Evidence {
  readonly stage: string;
  readonly code: string;
  readonly detail: string;
}
