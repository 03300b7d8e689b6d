/**
 * Vacation responders, Pigeonhole's own: in the customer's mailbox, and in the desk's.
 *
 * RFC 5230: it answers no null reverse-path and nothing that says that it is automatic; its own answers have a
 * null reverse-path. Where relays spoil both, it does answer ours, and we must not answer it.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Dovecot, startDovecot, whyNoDovecot } from '../support/dovecot.ts';
import { addressIn, fieldOf } from '../support/letters.ts';
import { type LoopBot, startLoopBot } from '../support/loop-bot.ts';
import {
  allMarks,
  type PostOffice,
  type Relay,
  type Resident,
  startPostOffice,
} from '../support/post-office.ts';
import { requireService } from '../support/services.ts';
import { forwardBy, newCustomer } from './loops-customer.ts';

const desk = 'support@partner.example';

/** Nothing is left that says who answers whom, and the null reverse-path is gone. */
const spoiling: Relay = { strip: allMarks, authorAsReversePath: true };

const noDovecot = whyNoDovecot();
if (noDovecot !== undefined) console.warn(`SKIPPED: the tests of vacation, because ${noDovecot}.`);
const runs = noDovecot === undefined && requireService('sieve');

const vacation = (text: string): string => `require "vacation";
vacation :days 1 :subject "I am away" "${text}";
`;

describe.skipIf(!runs)('vacation', () => {
  let dovecot: Dovecot;
  let office: PostOffice;
  beforeAll(async () => {
    office = await startPostOffice();
    dovecot = await startDovecot({ submissionPort: office.port });
  });
  afterAll(async () => {
    await dovecot.stop();
    await office.close();
  });

  const startDesk = (envelopeFrom?: string): Promise<LoopBot> =>
    startLoopBot({
      office,
      address: desk,
      mailbox: {
        ...dovecot,
        deliver: (raw, envelope) => dovecot.deliver(Buffer.from(raw, 'latin1'), envelope),
        stop: async () => undefined,
      },
      ...(envelopeFrom === undefined ? {} : { envelopeFrom }),
    });

  /** A mailbox in Dovecot: what its script sends is at the post office before the mail counts as delivered. */
  const inbox: Resident = async ({ raw, from, to }) => {
    await dovecot.deliver(Buffer.from(raw, 'latin1'), { from, to });
    return 'in the mailbox';
  };

  interface Run {
    readonly bot: LoopBot;
    readonly relay?: Relay;
    /** Whose script answers. */
    readonly away: readonly ('anna' | 'desk')[];
    /** How often Anna forwards the notice. */
    readonly times?: number;
  }

  async function exchange({ bot, relay, away, times = 1 }: Run): Promise<readonly string[]> {
    const customer = newCustomer();
    const { anna, record } = customer;
    await bot.know([record]);
    await dovecot.setSieve(
      anna,
      away.includes('anna') ? vacation('I am back on Monday.') : undefined,
    );
    await dovecot.setSieve(
      desk,
      away.includes('desk') ? vacation('We answer in a day.') : undefined,
    );
    office.begin(relay);
    office.house(desk, 'desk', bot.resident);
    office.house(anna, 'anna', inbox);
    for (let time = 1; time <= times; time += 1) {
      const raw = forwardBy(anna, desk, customer).replace('<forward@', `<forward-${time}@`);
      office.post({ by: 'anna', from: anna, to: desk, raw });
      await office.atRest();
    }
    expect(await bot.unsettled()).toEqual([]);
    return office.trace;
  }

  /** What the scripts sent, as `from whom, with which reverse-path`. */
  const vacations = (): readonly string[] =>
    office.letters
      .filter(({ by }) => by === 'server')
      .map(({ raw, from }) => `${addressIn(fieldOf(raw, 'from'))} <${from}>`)
      .map((line) => line.replaceAll(/anna\.hoff@contoso-\d+\.example/g, 'anna'));

  describe('where replies have a null reverse-path', () => {
    let bot: LoopBot;
    beforeAll(async () => {
      bot = await startDesk();
    });
    afterAll(() => bot.stop());

    test.each([
      ['keep the marks', {}],
      ['strip every mark', { strip: allMarks }],
    ] as const)('the customer’s does not answer us behind relays that %s', async (_what, relay) => {
      expect(await exchange({ bot, relay, away: ['anna'] })).toEqual([
        'anna > desk: reply-instructions',
        'desk > anna: in the mailbox',
      ]);
      expect(vacations()).toEqual([]);
    });

    test('the customer’s answers once behind a relay that spoils everything, and gets no answer', async () => {
      const relay: Relay = { ...spoiling, messageIds: 'rewritten' };
      expect(await exchange({ bot, relay, away: ['anna'], times: 2 })).toEqual([
        'anna > desk: reply-instructions',
        'desk > anna: in the mailbox',
        'anna > desk: ignored-not-a-notice',
        'anna > desk: suppressed-already-answered',
      ]);
      expect(vacations()).toEqual(['anna <anna>']);
    });

    test('the desk’s own answers the customer beside our reply, and nobody answers it', async () => {
      expect(await exchange({ bot, away: ['desk', 'anna'], times: 2 })).toEqual([
        'anna > desk: reply-instructions',
        // The vacation of the desk, then our reply.
        'desk > anna: in the mailbox',
        'desk > anna: in the mailbox',
        'anna > desk: suppressed-already-answered',
      ]);
      expect(vacations()).toEqual(['support@partner.example <>']);
    });

    test('both sides’ answer once each behind a relay that spoils everything, and we stay silent', async () => {
      const relay: Relay = { ...spoiling, messageIds: 'rewritten' };
      expect(await exchange({ bot, relay, away: ['desk', 'anna'], times: 2 })).toEqual([
        'anna > desk: reply-instructions',
        'desk > anna: in the mailbox',
        'desk > anna: in the mailbox',
        'anna > desk: ignored-not-a-notice',
        'anna > desk: suppressed-already-answered',
      ]);
      expect(vacations()).toEqual([
        'support@partner.example <support@partner.example>',
        'anna <anna>',
      ]);
    });
  });

  describe('where replies have a reverse-path', () => {
    let bot: LoopBot;
    beforeAll(async () => {
      bot = await startDesk(desk);
    });
    afterAll(() => bot.stop());

    test('the customer’s does not answer us: the marks say what our reply is', async () => {
      expect(await exchange({ bot, away: ['anna'] })).toEqual([
        'anna > desk: reply-instructions',
        'desk > anna: in the mailbox',
      ]);
      expect(vacations()).toEqual([]);
    });

    test('the customer’s answers once where a relay strips the marks, and gets no answer', async () => {
      const relay: Relay = { strip: allMarks };
      expect(await exchange({ bot, relay, away: ['anna'], times: 2 })).toEqual([
        'anna > desk: reply-instructions',
        'desk > anna: in the mailbox',
        'anna > desk: suppressed-null-reverse-path',
        'anna > desk: suppressed-already-answered',
      ]);
      expect(vacations()).toEqual(['anna <>']);
    });
  });
});
