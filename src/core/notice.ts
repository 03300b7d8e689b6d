/**
 * Notices: originals that belong to a known family, the families as data, and the fields read from one.
 */

/** What happens with a recognised notice of the family: only `reply` families are ever answered. */
export const familyActions = ['reply', 'review', 'ignore'] as const;
export type FamilyAction = (typeof familyActions)[number];

/** One title of a family. An unverified title is a translation nobody has seen in a genuine mail. */
export interface NoticeTitle {
  readonly text: string;
  readonly language: string;
  readonly verified: boolean;
}

/** A family of notices, from config/notices.yaml. */
export interface NoticeFamily {
  readonly id: string;
  readonly action: FamilyAction;
  readonly titles: readonly NoticeTitle[];
  /** Groups of words of which one of each must occur in a title that no listed title equals. */
  readonly concepts: readonly (readonly string[])[];
}

/** config/notices.yaml as a whole. */
export interface NoticeCatalog {
  readonly families: readonly NoticeFamily[];
  /** Registrable domains Microsoft writes from. A typed address in one of them proves nothing. */
  readonly senderDomains: readonly string[];
  /** Domains on which a genuine notice's links sit. */
  readonly linkHosts: readonly string[];
  /** Hosts below those on which anybody can publish, or book, or chat: never genuine. */
  readonly sharedHosts: readonly string[];
  /** Domains of Microsoft's on which anybody can publish: neither genuine nor an imitation. */
  readonly ownedDomains: readonly string[];
  /** Domains that neither speak for nor against (social media, namespaces, images). */
  readonly neutralHosts: readonly string[];
  /** Labels of the fields in a notice's body, by field. */
  readonly labels: Readonly<Record<NoticeLabel, readonly string[]>>;
  /** Words by which a notice's wording is known. */
  readonly wording: readonly string[];
  /** Groups of product names that mean one product. */
  readonly productAliases: readonly (readonly string[])[];
  /** Domains whose mailboxes belong to anybody: never a customer's own. */
  readonly sharedDomains: readonly string[];
}

export const noticeLabels = [
  'organization',
  'domain',
  'subscription',
  'licenses',
  'expiresOn',
  'subscriptionId',
  'tenantId',
] as const;
export type NoticeLabel = (typeof noticeLabels)[number];

/** What the notice itself says; absent rather than guessed. */
export interface NoticeFields {
  readonly organization?: string;
  /** In lower case. */
  readonly tenantDomain?: string;
  /** A GUID in lower case. */
  readonly tenantId?: string;
  readonly subscription?: string;
  readonly licenses?: number;
  /** `YYYY-MM-DD`. */
  readonly expiresOn?: string;
  /** A GUID in lower case. */
  readonly subscriptionId?: string;
}

/** `genuine` does not mean proven: it means that nothing speaks against. */
const genuinenessVerdicts = ['genuine', 'doubtful', 'suspicious'] as const;
export type Genuineness = (typeof genuinenessVerdicts)[number];
