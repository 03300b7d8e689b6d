/**
 * Mails as the machines of the loop tests write and change them: header sections edited as relays do, and a
 * mail passed on as rules do.
 *
 * A mail is a binary string with CRLF, one character per octet, so that nothing changes but what is named.
 */
import MailComposer from 'nodemailer/lib/mail-composer';
import { parseMail } from '../../src/core/parse.ts';

export type Passing = 'inline' | 'attachment' | 'redirect';

/** Labels of the header block above a mail that is passed on inline, and the prefix of its subject. */
const labels = {
  en: { prefix: 'Fw:', from: 'From', sent: 'Sent', to: 'To', subject: 'Subject' },
  de: { prefix: 'WG:', from: 'Von', sent: 'Gesendet', to: 'An', subject: 'Betreff' },
} as const;
export type LetterLanguage = keyof typeof labels;

function headAndBody(raw: string): { readonly fields: readonly string[]; readonly body: string } {
  const end = raw.indexOf('\r\n\r\n');
  const head = end < 0 ? raw : raw.slice(0, end);
  return { fields: head.split(/\r\n(?![ \t])/), body: end < 0 ? '\r\n\r\n' : raw.slice(end) };
}

const nameOf = (field: string): string => field.slice(0, field.indexOf(':')).trim().toLowerCase();

/** The value of the first field of that name, unfolded; the empty string when there is none. */
export function fieldOf(raw: string, name: string): string {
  const field = headAndBody(raw).fields.find((one) => nameOf(one) === name.toLowerCase());
  return field === undefined
    ? ''
    : field
        .slice(field.indexOf(':') + 1)
        .replace(/\r\n/g, '')
        .trim();
}

/** Every field of the outer header section as `changed` gives it back; undefined takes it away. */
export function withFields(
  raw: string,
  changed: (name: string, field: string) => string | undefined,
  above: readonly string[] = [],
): string {
  const { fields, body } = headAndBody(raw);
  const kept = fields.flatMap((field) => changed(nameOf(field), field) ?? []);
  return [...above, ...kept].join('\r\n') + body;
}

/** The address between angle brackets, or the bare one, in lower case. */
export function addressIn(value: string): string {
  return (/<([^<>]*)>/.exec(value)?.[1] ?? value).trim().toLowerCase();
}

function nameIn(value: string): string {
  const name = value.replace(/<?[^<>\s]+@[^<>\s]+>?/, '').trim();
  return name === '' ? 'Service' : name;
}

export interface LetterText {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Mails attached as message/rfc822. */
  readonly attached?: readonly string[];
}

/** A new mail with that text. */
export async function writeLetter(letter: LetterText): Promise<string> {
  const { attached = [], headers = {}, ...rest } = letter;
  const built = await new MailComposer({
    ...rest,
    headers: { ...headers },
    encoding: 'quoted-printable',
    attachments: attached.map((raw, index) => ({
      filename: `mail-${index + 1}.eml`,
      contentType: 'message/rfc822',
      contentTransferEncoding: '8bit' as const,
      content: Buffer.from(raw, 'latin1'),
    })),
  })
    .compile()
    .build();
  return built.toString('latin1');
}

export interface Quoting {
  readonly language?: LetterLanguage;
  /** Outlook shows names alone where it knows them: no address of the author is in the text. */
  readonly namesOnly?: boolean;
}

/** The words of a mail below a header block, as clients and ticket systems quote it. */
export async function quoted(raw: string, quoting: Quoting = {}): Promise<string> {
  const mail = await parseMail(Buffer.from(raw, 'latin1'));
  const { language = 'en', namesOnly = false } = quoting;
  const label = labels[language];
  const party = (name: string): string =>
    namesOnly ? nameIn(fieldOf(raw, name)) : fieldOf(raw, name);
  return [
    '________________________________',
    `${label.from}: ${party('from')}`,
    `${label.sent}: ${language === 'de' ? 'Donnerstag, 12. November 2026 09:31' : 'Thursday, November 12, 2026 9:31 AM'}`,
    `${label.to}: ${party('to')}`,
    `${label.subject}: ${mail.subject}`,
    '',
    mail.text ?? '',
  ].join('\n');
}

export interface PassedOn {
  readonly how: Passing;
  /** The mailbox whose rule it is, and where it passes mail on to. */
  readonly by: string;
  readonly to: string;
  readonly messageId: string;
  readonly quoting?: Quoting;
}

/** What a rule makes of a mail. Exchange stamps its new mails as automatic (zammad#6025); a redirect keeps the author. */
export async function passOn(raw: string, rule: PassedOn): Promise<string> {
  const { how, by, to, messageId, quoting = {} } = rule;
  if (how === 'redirect')
    return withFields(raw, (_name, field) => field, [
      `Resent-From: <${by}>`,
      `Resent-To: <${to}>`,
      `Resent-Message-ID: ${messageId}`,
      `X-Forwarded-To: ${to}`,
      `X-Forwarded-For: ${by} ${to}`,
    ]);
  const subject = (await parseMail(Buffer.from(raw, 'latin1'))).subject;
  return writeLetter({
    from: `Service <${by}>`,
    to: `<${to}>`,
    subject: `${labels[quoting.language ?? 'en'].prefix} ${subject}`,
    messageId,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'DR, OOF, AutoReply',
      'X-MS-Exchange-Inbox-Rules-Loop': by,
    },
    ...(how === 'inline'
      ? { text: await quoted(raw, quoting) }
      : { text: '', attached: [withoutTrace(raw)] }),
  });
}

/** A mail that is attached leaves behind what the host that received it wrote above. */
function withoutTrace(raw: string): string {
  return withFields(raw, (name, field) => (name === 'return-path' ? undefined : field));
}
