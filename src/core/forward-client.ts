/**
 * Which client wrote a forward, by the marks that it alone leaves: names in its HTML, header fields, the
 * separator and labels it writes. Absent where nothing tells; nothing is decided by it.
 *
 * The marks are those of each client's own mails; the fixtures in test/fixtures/forwards name them.
 */
import type { SeparatorKind } from './forward-labels.ts';
import type { ForwardClient, HeaderField } from './mail.ts';

export interface ClientMarks {
  /** The ids and classes, in lower case, of the part of the HTML that the client wrote. */
  readonly html: readonly string[];
  /** The outer header section; only the outermost original was written by its client. */
  readonly fields: readonly HeaderField[];
  readonly separator?: SeparatorKind;
  readonly separatorText?: string;
}

/** What names a client in X-Mailer or User-Agent; more special ones first. */
const mailers: readonly (readonly [RegExp, ForwardClient])[] = [
  [/macoutlook/i, 'outlook-mac'],
  [/outlook[- ](?:for )?(?:ios|android)/i, 'outlook-mobile'],
  [/microsoft outlook/i, 'outlook'],
  [/^(?:apple|iphone|ipad) ?mail/i, 'apple-mail'],
  [/k-9 mail|thunderbird for android|thunderbird\/android/i, 'k9'],
  [/thunderbird/i, 'thunderbird'],
  [/roundcube/i, 'roundcube'],
  [/zoho ?mail/i, 'zoho'],
  [/hubspot/i, 'hubspot'],
  [/missive/i, 'missive'],
  [/proton ?mail/i, 'protonmail'],
  [/open-xchange/i, 'ionos'],
  [/mailmate/i, 'mailmate'],
  [/samsung/i, 'samsung'],
  [/yahoomail|ymail/i, 'yahoo'],
];

/** Header fields by which services without an X-Mailer are known. */
const fieldMarks: readonly (readonly [string, RegExp, ForwardClient])[] = [
  ['x-pm-message-id', /./, 'protonmail'],
  ['x-ui-message-type', /./, 'gmx'],
  ['message-id', /^<trinity-/, 'gmx'],
  ['message-id', /@mail\.gmail\.com>$/, 'gmail'],
  ['message-id', /@email\.android\.com>$/, 'samsung'],
];

/** Each client with the ids and classes it alone writes; those that others' forwards may carry inside come last. */
const htmlMarks: readonly (readonly [RegExp, ForwardClient])[] = [
  [/^ms-outlook-mobile/, 'outlook-mobile'],
  [/^(?:divrplyfwdmsg|appendonsend)$/, 'outlook-web'],
  [/^(?:moz-forward-container|moz-email-headers-table)$/, 'thunderbird'],
  [/^missive/, 'missive'],
  [/^(?:hs_reply|hs-reply|hs_forward|hubspot)/, 'hubspot'],
  [/^(?:zmail_extra|zmail_data|blockquote_zmail)$/, 'zoho'],
  [/^(?:protonmail_quote|protonmail_signature_block)$/, 'protonmail'],
  [/^(?:yahoo_quoted|yahoo-quoted|ydp[0-9a-f]+yahoo_quoted)/, 'yahoo'],
  [/^(?:k9mail|k9-)/, 'k9'],
  [/^(?:composer_signature|composed_signature)$/, 'samsung'],
  [/^(?:gmail_quote|gmail_attr|gmail_forward)$/, 'gmail'],
  [/^(?:msonormal|wordsection1|elementtoproof)$/, 'outlook'],
];

/** Elements that clients put around, or right above, a message they forward or quote. */
export const containerMarks: ReadonlySet<string> = new Set([
  'gmail_quote',
  'gmail_attr',
  'divrplyfwdmsg',
  'ms-outlook-mobile-reference-message',
  'moz-forward-container',
  'moz-email-headers-table',
  'yahoo_quoted',
  'protonmail_quote',
  'zmail_extra',
  'missive_quote',
  'type-cite',
]);

export function clientOf(marks: ClientMarks): ForwardClient | undefined {
  const { html, fields, separator, separatorText } = marks;
  return (
    byMailer(fields) ?? byHtml(html) ?? byField(fields) ?? bySeparator(separator, separatorText)
  );
}

/** Most draw dashes around words, in any number; these two are nobody else's. */
function bySeparator(
  kind: SeparatorKind | undefined,
  text: string | undefined,
): ForwardClient | undefined {
  if (kind === 'begin-forwarded') return 'apple-mail';
  return kind === 'rule' && text?.length === 32 ? 'outlook-web' : undefined;
}

function byMailer(fields: readonly HeaderField[]): ForwardClient | undefined {
  return firstOf(
    fields.filter(({ name }) => name === 'x-mailer' || name === 'user-agent'),
    ({ value }) => mailers.find(([pattern]) => pattern.test(value.slice(0, 200)))?.[1],
  );
}

function byField(fields: readonly HeaderField[]): ForwardClient | undefined {
  return firstOf(fieldMarks, ([name, pattern, client]) =>
    fields.some((field) => field.name === name && pattern.test(field.value.slice(0, 500)))
      ? client
      : undefined,
  );
}

function byHtml(names: readonly string[]): ForwardClient | undefined {
  return htmlMarks.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
}

function firstOf<T, R>(values: readonly T[], read: (value: T) => R | undefined): R | undefined {
  for (const value of values) {
    const found = read(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
