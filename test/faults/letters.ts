/**
 * The mails of the fault suite: what customers and others send to the desk.
 */
import { forwardOf } from '../support/pipeline-desk.ts';
import type { Chance } from './plan.ts';

export const letterKinds = [
  'first',
  'again',
  'colleague',
  'newsletter',
  'question',
  'forged',
] as const;
/**
 * `first`: a customer forwards the notice, and is due an answer. `again`: the same customer once more, and
 * `colleague`: somebody else of it; the customer is answered once all the same. `newsletter` and `question` are
 * none of our business. `forged`: fails its authentication, so the desk decides.
 */
export type LetterKind = (typeof letterKinds)[number];

export interface Letter {
  readonly kind: LetterKind;
  /** Whose notice it is; undefined where it has none. */
  readonly customer?: string;
  /** Its author, whom alone an answer may reach. */
  readonly from: string;
  readonly messageId: string;
  readonly raw: Buffer;
}

/** The names of customers, one after another, and what they write. */
export interface LetterWriter {
  /** So many mails, every third from a customer who has not written before, or all of one kind. */
  write(count: number, kind?: LetterKind): readonly Letter[];
}

export function customerName(serial: number): string {
  return `customer-${serial}`;
}

export function openLetters(chance: Chance, customersMax: number): LetterWriter {
  let customers = 0;
  let serial = 0;
  const one = (kind: LetterKind): Letter => {
    serial += 1;
    if (kind === 'newsletter' || kind === 'question') return strangerLetter(kind, serial);
    if (kind === 'first') {
      if (customers >= customersMax) throw new Error('every customer has written already');
      customers += 1;
    }
    const customer = customerName(kind === 'first' ? customers : 1 + chance.below(customers));
    const who = kind === 'colleague' ? `bea${serial}` : 'ana';
    const from = `${who}@${customer}.example`;
    const id = `mail-${serial}`;
    const raw = forwardOf(customer, { from, id });
    return {
      kind,
      customer,
      from,
      messageId: `<${id}@${customer}.example>`,
      raw: kind === 'forged' ? forge(raw) : raw,
    };
  };
  return {
    write: (count, kind) =>
      Array.from({ length: count }, () =>
        one(kind ?? (serial % 3 === 0 ? 'first' : chance.pick(letterKinds))),
      ),
  };
}

function forge(raw: Buffer): Buffer {
  return Buffer.from(raw.toString('utf8').replace('dmarc=pass', 'dmarc=fail'));
}

function strangerLetter(kind: 'newsletter' | 'question', serial: number): Letter {
  const messageId = `<mail-${serial}@stranger.example>`;
  const from = 'sam@stranger.example';
  const lines = [
    `From: Sam <${from}>`,
    'To: support@partner.example',
    ...(kind === 'newsletter' ? ['List-Id: <news.stranger.example>', 'Precedence: bulk'] : []),
    `Subject: ${kind === 'newsletter' ? 'Our news' : 'Opening hours'}`,
    `Message-ID: ${messageId}`,
    'Date: Mon, 23 Nov 2026 11:59:00 +0000',
    '',
    kind === 'newsletter' ? 'There is news.' : 'When do you open on Saturday?',
    '',
  ];
  return { kind, from, messageId, raw: Buffer.from(lines.join('\r\n')) };
}
