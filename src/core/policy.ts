/**
 * What the settings say to the stages. The edges read and check the files; core only sees this.
 */

export const modes = ['auto', 'review', 'shadow'] as const;
/** `review`: every reply waits for the desk. `shadow`: decide and record, send nothing. */
export type Mode = (typeof modes)[number];

export interface Policy {
  readonly mode: Mode;
  /** Addresses of all watched mailboxes and of those named as siblings, normalised. */
  readonly ownAddresses: readonly string[];
  /** Hosts whose Authentication-Results are believed; `exchange-online` is special. RFC 8601 §2.5. */
  readonly trustedAuthservIds: readonly string[];
  /** Domains whose ARC seals are believed, with those below them. RFC 8617 §5.2. */
  readonly trustedArcSealers: readonly string[];
  readonly requireAuthenticated: boolean;
  /** Whether people at a verified domain of the customer, not named as contacts, are answered. */
  readonly answerColleagues: boolean;
  /** Whether a second person of a customer who has the answer already is told so. */
  readonly tellAlreadyAnswered: boolean;
  /** Fewer licenses than this can be cancelled in the portal. */
  readonly portalLicensesBelow: number;
  /** BCP 47; used where neither the record nor the mail tells. */
  readonly locale: string;
  /** IANA time zone in which days begin and end. */
  readonly timeZone: string;
  /** Confidence from which a notice is answered, and from which the desk sees it. */
  readonly thresholds: { readonly reply: number; readonly review: number };
  readonly limits: {
    readonly genericPerAddressPerDay: number;
    readonly perAddressPerDay: number;
    readonly perDomainPerHour: number;
    /** The breaker: beyond it sending is paused until a person releases it. */
    readonly perMailboxPerHour: number;
  };
  /** Days after which the desk is told that a reply led to nothing; 0: never. `remind`: so is the customer. */
  readonly followUp: { readonly afterDays: number; readonly remind: boolean };
  readonly outreach: { readonly perHour: number };
  /** Key of the HMAC in our Message-IDs; absent where none is at hand (`classify` without settings). */
  readonly messageIdKey?: string;
}

/** Support numbers and links for the replies, from config/contacts.yaml. */
export interface Contacts {
  /** `YYYY-MM-DD`: when numbers and links were last compared with their source. */
  readonly asOf: string;
  readonly source: string;
  /** The admin portal, where a subscription is cancelled. */
  readonly portalUrl: string;
  /** Microsoft's page on cancelling. */
  readonly cancelHelpUrl: string;
  /** Microsoft's own list of support numbers, for countries not listed here. */
  readonly supportNumbersUrl: string;
  /** Support number by ISO 3166-1 alpha-2 country. */
  readonly phones: Readonly<Record<string, string>>;
}

/** Who signs the replies. */
export interface Partner {
  readonly name: string;
  readonly signature: string;
}

/** The mailbox's own sender, and where it may be reached by phone. */
export interface ReplySender {
  readonly name: string;
  readonly address: string;
  /** The reverse-path of replies; the empty string is `<>`. RFC 3834 §3.3. */
  readonly envelopeFrom: string;
}
