/**
 * Machines that answer every mail, as badly as machines do: a ticket system, an echo, an autoresponder.
 *
 * They answer mail with a null reverse-path and with every mark of an automatic reply, and write to the author.
 */
import { randomUUID } from 'node:crypto';
import { parseMail } from '../../src/core/parse.ts';
import {
  addressIn,
  fieldOf,
  type LetterLanguage,
  type Quoting,
  quoted,
  writeLetter,
} from './letters.ts';
import type { Letter, PostOffice, Resident } from './post-office.ts';

/** What a ticket system shows below its own words. */
export const shownParts = [
  'nothing',
  'the reply',
  'the reply and the notice',
  'the notice',
  'the reply, the notice attached',
  'the notice attached',
  'both attached',
  'the reply without addresses, and the notice',
  'the reply as quoted lines, and the notice',
  'the reply unmarked, and the notice',
] as const;
export type ShownParts = (typeof shownParts)[number];

export interface TicketSystemOptions {
  readonly office: PostOffice;
  readonly address: string;
  readonly shows: ShownParts;
  /** The notice as a mail of its own, by lap. */
  readonly notice: (lap: number) => string;
  readonly language?: LetterLanguage;
  /** Says what it is in its header section. */
  readonly marks?: boolean;
  /** Happens before each answer. */
  readonly meanwhile?: (lap: number) => Promise<void> | void;
}

const words: Readonly<Record<LetterLanguage, string>> = {
  en: 'We have received your message and opened a ticket. One of our people will answer you.',
  de: 'Wir haben Ihre Nachricht erhalten und ein Ticket angelegt. Jemand von uns wird Ihnen antworten.',
};

/** Opens a ticket for each mail: another number, subject and Message-ID each lap, and no thread. */
export function ticketSystem(options: TicketSystemOptions): Resident {
  const { office, address, language = 'en', marks = false } = options;
  let lap = 0;
  return async (letter) => {
    lap += 1;
    await options.meanwhile?.(lap);
    const { subject } = await parseMail(Buffer.from(letter.raw, 'latin1'));
    const notice = options.notice(lap);
    const { text, attached } = await shownBelow(options.shows, letter, notice, language);
    answer(office, letter, address, {
      raw: await writeLetter({
        from: `Helpdesk <${address}>`,
        to: fieldOf(letter.raw, 'from'),
        subject: `[Ticket#${4_700 + lap}] Received: ${subject}`,
        messageId: newMessageId(address),
        text: [words[language], ...text].join('\n\n'),
        attached,
        headers: marks ? { 'Auto-Submitted': 'auto-replied', Precedence: 'bulk' } : {},
      }),
    });
    return `ticket ${lap}`;
  };
}

async function shownBelow(
  shows: ShownParts,
  { raw }: Letter,
  notice: string,
  language: LetterLanguage,
): Promise<{ readonly text: readonly string[]; readonly attached: readonly string[] }> {
  const block = (mail: string, quoting: Quoting = {}) => quoted(mail, { language, ...quoting });
  const plain = async () => (await parseMail(Buffer.from(raw, 'latin1'))).text ?? '';
  switch (shows) {
    case 'nothing':
      return { text: [], attached: [] };
    case 'the reply':
      return { text: [await block(raw)], attached: [] };
    case 'the reply and the notice':
      return { text: [await block(raw), await block(notice)], attached: [] };
    case 'the notice':
      return { text: [await block(notice)], attached: [] };
    case 'the reply, the notice attached':
      return { text: [await block(raw)], attached: [notice] };
    case 'the notice attached':
      return { text: [], attached: [notice] };
    case 'both attached':
      return { text: [], attached: [raw, notice] };
    case 'the reply without addresses, and the notice':
      return { text: [await block(raw, { namesOnly: true }), await block(notice)], attached: [] };
    case 'the reply as quoted lines, and the notice':
      return { text: [(await plain()).replace(/^/gm, '> '), await block(notice)], attached: [] };
    case 'the reply unmarked, and the notice':
      return { text: [await plain(), await block(notice)], attached: [] };
    default:
      return shows satisfies never;
  }
}

/** Sends every mail back as it came: the same author, the same Message-ID. */
export function echo(office: PostOffice, address: string): Resident {
  return async (letter) => {
    answer(office, letter, address, { raw: letter.submitted });
    return 'sent back';
  };
}

export interface ForwardingEchoOptions {
  readonly office: PostOffice;
  readonly address: string;
  readonly how: 'inline' | 'attachment';
  /** A mail that is passed on below or beside each. */
  readonly notice?: string;
  readonly quoting?: Quoting;
}

/** Sends every mail back as a forward of its own. */
export function forwardingEcho(options: ForwardingEchoOptions): Resident {
  const { office, address, how, notice, quoting = {} } = options;
  return async (letter) => {
    const { subject } = await parseMail(Buffer.from(letter.raw, 'latin1'));
    const mails = [letter.raw, ...(notice === undefined ? [] : [notice])];
    const text = await Promise.all(mails.map((mail) => quoted(mail, quoting)));
    answer(office, letter, address, {
      raw: await writeLetter({
        from: `Anna Hoff <${address}>`,
        to: fieldOf(letter.raw, 'from'),
        subject: `Fw: ${subject}`,
        messageId: newMessageId(address),
        ...(how === 'inline' ? { text: text.join('\n\n') } : { text: '', attached: mails }),
      }),
    });
    return 'sent back';
  };
}

export interface AutoresponderOptions {
  readonly office: PostOffice;
  readonly address: string;
  readonly text: string;
  readonly subject: (received: string) => string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers like a person: a few words above whatever it is told to quote. */
export function autoresponder(options: AutoresponderOptions): Resident {
  const { office, address, text, subject, headers = {} } = options;
  return async (letter) => {
    const received = (await parseMail(Buffer.from(letter.raw, 'latin1'))).subject;
    answer(office, letter, address, {
      raw: await writeLetter({
        from: `Anna Hoff <${address}>`,
        to: fieldOf(letter.raw, 'from'),
        subject: subject(received),
        messageId: newMessageId(address),
        text,
        headers,
      }),
    });
    return 'answered';
  };
}

function answer(
  office: PostOffice,
  letter: Letter,
  from: string,
  { raw }: { readonly raw: string },
): void {
  const to = addressIn(fieldOf(letter.raw, 'from'));
  office.post({ by: from, from, to, raw, cause: letter });
}

function newMessageId(address: string): string {
  return `<${randomUUID()}@${address.slice(address.lastIndexOf('@') + 1)}>`;
}
