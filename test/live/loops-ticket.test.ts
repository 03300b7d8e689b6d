/**
 * A ticket system at a customer, known and authenticated, that answers every mail with a new ticket: whatever it
 * quotes, it gets one reply.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Customer } from '../../src/core/customer.ts';
import { fieldOf, type LetterLanguage } from '../support/letters.ts';
import { type LoopBot, startLoopBot } from '../support/loop-bot.ts';
import { allMarks, type PostOffice, type Relay, startPostOffice } from '../support/post-office.ts';
import { type ShownParts, shownParts, ticketSystem } from '../support/robots.ts';
import {
  changed,
  forwardAttachedBy,
  forwardBy,
  type LoopCustomer,
  newCustomer,
  noticeMail,
} from './loops-customer.ts';

const desk = 'support@partner.example';
/** The ticket system and its gateway leave no mark of a machine, and none of the thread. */
const unmarked: Relay = { strip: allMarks, messageIds: 'rewritten', authorAsReversePath: true };

let office: PostOffice;
let bot: LoopBot;
beforeAll(async () => {
  office = await startPostOffice();
  bot = await startLoopBot({ office, address: desk });
});
afterAll(async () => {
  await bot.stop();
  await office.close();
});

interface TicketRun {
  readonly customer: LoopCustomer;
  readonly shows: ShownParts;
  readonly language?: LetterLanguage;
  readonly begins?: 'inline' | 'attachment';
  readonly relay?: Relay;
  readonly marks?: boolean;
  readonly noticeOf?: (lap: number) => number;
  readonly meanwhile?: (lap: number, record: Customer) => Promise<void> | void;
}

const helpdeskOf = ({ domain }: LoopCustomer): string => `helpdesk@${domain}`;

/** The customer's record as the desk has it: the helpdesk is a contact. */
async function knowHelpdesk(customer: LoopCustomer, record = customer.record): Promise<Customer> {
  const known = { ...record, contacts: [{ address: helpdeskOf(customer) }] };
  await bot.know([known]);
  return known;
}

/** The helpdesk forwards the notice to the desk; resolves when no mail is on its way. */
async function exchange(run: TicketRun): Promise<readonly string[]> {
  const { customer, shows, relay = unmarked, begins = 'inline', noticeOf = () => 0 } = run;
  const address = helpdeskOf(customer);
  office.begin(relay);
  office.house(desk, 'desk', bot.resident);
  office.house(
    address,
    'helpdesk',
    ticketSystem({
      office,
      address,
      shows,
      notice: (lap) => noticeMail(customer, noticeOf(lap)),
      meanwhile: (lap) => run.meanwhile?.(lap, customer.record),
      ...(run.language === undefined ? {} : { language: run.language }),
      ...(run.marks === undefined ? {} : { marks: run.marks }),
    }),
  );
  const raw =
    begins === 'inline'
      ? forwardBy(address, desk, customer)
      : await forwardAttachedBy(address, desk, customer);
  office.post({ by: 'helpdesk', from: address, to: desk, raw });
  await office.atRest();
  expect(await bot.unsettled()).toEqual([]);
  // RFC 5322 §3.6.4: no two of its mails are the same one, and none says what it answers.
  const tickets = office.letters.filter(({ by }) => by === address);
  expect(new Set(tickets.map(({ raw: mail }) => fieldOf(mail, 'message-id'))).size).toBe(
    tickets.length,
  );
  return office.trace;
}

/** One reply, one ticket, and how it ended. */
const endedBy = (reason: string, first = 'reply-instructions'): readonly string[] => [
  `helpdesk > desk: ${first}`,
  'desk > helpdesk: ticket 1',
  `helpdesk > desk: ${reason}`,
];

/** What ends the exchange while the record stays the same. */
const endings: Readonly<Record<ShownParts, string>> = {
  nothing: 'ignored-not-a-notice',
  'the reply': 'ignored-not-a-notice',
  'the reply and the notice': 'review-answer-to-desk',
  'the notice': 'suppressed-already-answered',
  'the reply, the notice attached': 'review-answer-to-desk',
  'the notice attached': 'suppressed-already-answered',
  'both attached': 'review-answer-to-desk',
  'the reply without addresses, and the notice': 'suppressed-already-answered',
  'the reply as quoted lines, and the notice': 'suppressed-already-answered',
  'the reply unmarked, and the notice': 'suppressed-already-answered',
};
const seenAsAnswers = shownParts.filter(
  (shows) => endings[shows] !== 'suppressed-already-answered',
);
const showNothingOfUs = shownParts.filter((shows) => !seenAsAnswers.includes(shows));

describe('a ticket system without any mark', () => {
  test.each(
    shownParts.flatMap((shows) => [
      { shows, language: 'en', begins: 'inline' } as const,
      { shows, language: 'de', begins: 'attachment' } as const,
    ]),
  )(
    'gets one reply when it quotes $shows ($language, the notice first came $begins)',
    async (row) => {
      const customer = newCustomer();
      await knowHelpdesk(customer);
      expect(await exchange({ ...row, customer })).toEqual(endedBy(endings[row.shows]));
    },
  );

  test.each(showNothingOfUs)(
    'gets no second reply for the notice about another subscription of the customer: %s',
    async (shows) => {
      const customer = newCustomer({ subscriptions: 2 });
      await knowHelpdesk(customer);
      expect(await exchange({ customer, shows, noticeOf: () => 1 })).toEqual(
        endedBy('suppressed-already-answered'),
      );
    },
  );

  test.each(seenAsAnswers)(
    'gets no second reply the next day for a changed record and another subscription: %s',
    async (shows) => {
      const customer = newCustomer({ subscriptions: 2 });
      await knowHelpdesk(customer);
      const trace = await exchange({
        customer,
        shows,
        noticeOf: () => 1,
        async meanwhile() {
          bot.advance(25);
          await knowHelpdesk(customer, changed(customer.record, 7));
        },
      });
      expect(trace).toEqual(endedBy(endings[shows]));
    },
  );

  test.each(seenAsAnswers)(
    'is asked for details once, and not again the next day, when nobody knows it: %s',
    async (shows) => {
      await bot.know([]);
      const trace = await exchange({
        customer: newCustomer(),
        shows,
        meanwhile: () => bot.advance(25),
      });
      expect(trace).toEqual(endedBy(endings[shows], 'reply-ask-for-details'));
    },
  );

  test('is asked for details once a day when nobody knows it and it shows nothing of us', async () => {
    await bot.know([]);
    expect(await exchange({ customer: newCustomer(), shows: 'the notice' })).toEqual(
      endedBy('suppressed-generic-limit', 'reply-ask-for-details'),
    );
  });

  test.each(showNothingOfUs)(
    'gets one reply for each state of the record, until the limit of the hour: %s',
    async (shows) => {
      const customer = newCustomer();
      await knowHelpdesk(customer);
      const trace = await exchange({
        customer,
        shows,
        async meanwhile(lap) {
          await knowHelpdesk(customer, changed(customer.record, 10 + lap));
        },
      });
      expect(trace).toEqual([
        'helpdesk > desk: reply-instructions',
        'desk > helpdesk: ticket 1',
        'helpdesk > desk: reply-instructions',
        'desk > helpdesk: ticket 2',
        'helpdesk > desk: reply-instructions',
        'desk > helpdesk: ticket 3',
        'helpdesk > desk: review-rate-limit',
      ]);
    },
  );
});

describe('a ticket system that says what it is', () => {
  test.each(shownParts)('is not answered, whatever has changed: %s', async (shows) => {
    const customer = newCustomer({ subscriptions: 2 });
    await knowHelpdesk(customer);
    const trace = await exchange({
      customer,
      shows,
      relay: {},
      marks: true,
      noticeOf: () => 1,
      async meanwhile() {
        bot.advance(25);
        await knowHelpdesk(customer, changed(customer.record, 7));
      },
    });
    expect(trace).toEqual(endedBy('suppressed-auto-submitted'));
  });
});

test('a ticket system that nothing authenticates gets no mail at all', async () => {
  const customer = newCustomer();
  await knowHelpdesk(customer);
  const relay: Relay = { ...unmarked, verdict: 'none' };
  expect(await exchange({ customer, shows: 'the notice', relay })).toEqual([
    'helpdesk > desk: review-unauthenticated-forwarder',
  ]);
});
