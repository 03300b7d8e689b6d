/**
 * A customer whose mailbox sends back what it gets, unchanged or as a forward, or answers like a person: known,
 * authenticated, and without an honest mark.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LoopBot, startLoopBot } from '../support/loop-bot.ts';
import {
  allMarks,
  type PostOffice,
  type Relay,
  type Resident,
  reader,
  startPostOffice,
  withRule,
} from '../support/post-office.ts';
import { autoresponder, echo, forwardingEcho } from '../support/robots.ts';
import { inlineBlock, title } from '../support/sample-desk.ts';
import { forwardBy, type LoopCustomer, newCustomer, noticeMail } from './loops-customer.ts';

const desk = 'support@partner.example';
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

/** Anna forwards the notice; her mailbox is the machine. Resolves when no mail is on its way. */
async function exchange(
  machine: (customer: LoopCustomer) => Resident,
  relay: Relay = unmarked,
): Promise<readonly string[]> {
  const customer = newCustomer();
  const { anna, record } = customer;
  await bot.know([record]);
  office.begin(relay);
  office.house(desk, 'desk', bot.resident);
  office.house(anna, 'anna', machine(customer));
  office.post({ by: 'anna', from: anna, to: desk, raw: forwardBy(anna, desk, customer) });
  await office.atRest();
  expect(await bot.unsettled()).toEqual([]);
  return office.trace;
}

test('a loop is seen where there is one: two echoes never come to rest', async () => {
  const [left, right] = ['left@echo.example', 'right@echo.example'];
  office.begin(unmarked);
  const swap = (to: string, by: string): Resident => {
    return async (letter) => {
      office.post({ by, from: by, to, raw: letter.submitted, cause: letter });
      return 'sent back';
    };
  };
  office.house(left, 'left', swap(right, left));
  office.house(right, 'right', swap(left, right));
  office.post({ by: 'anna', from: left, to: right, raw: forwardBy(left, right, newCustomer()) });
  await expect(office.atRest()).rejects.toThrow('a loop of mails');
});

describe('an echo', () => {
  test.each([
    // The null reverse-path comes back as the echo's own, so that the author is what tells.
    ['as it came', {}],
    ['without any mark', unmarked],
  ] as const)('of our reply is not answered: %s', async (_how, relay) => {
    const trace = await exchange(({ anna }) => echo(office, anna), relay);
    expect(trace).toEqual([
      'anna > desk: reply-instructions',
      'desk > anna: sent back',
      'desk > desk: suppressed-own-mail',
    ]);
  });

  test.each(['inline', 'attachment'] as const)(
    'as a forward of our reply is not answered: %s',
    async (how) => {
      const trace = await exchange(({ anna }) => forwardingEcho({ office, address: anna, how }));
      expect(trace).toEqual([
        'anna > desk: reply-instructions',
        'desk > anna: sent back',
        'anna > desk: ignored-not-a-notice',
      ]);
    },
  );

  test.each([
    ['inline', {}, 'review-answer-to-desk'],
    ['inline', { language: 'de' }, 'review-answer-to-desk'],
    ['inline', { namesOnly: true }, 'suppressed-already-answered'],
    ['attachment', {}, 'review-answer-to-desk'],
  ] as const)(
    'as a forward of our reply with the notice is not answered: %s, %o',
    async (how, quoting, reason) => {
      const trace = await exchange((customer) =>
        forwardingEcho({
          office,
          address: customer.anna,
          how,
          quoting,
          notice: noticeMail(customer),
        }),
      );
      expect(trace).toEqual([
        'anna > desk: reply-instructions',
        'desk > anna: sent back',
        `anna > desk: ${reason}`,
      ]);
    },
  );
});

describe('an autoresponder that writes like a person and quotes the notice', () => {
  test.each([
    ['no header field at all', {}, 'Re: ', 'review-answer-to-desk'],
    ['Auto-Submitted: no', { 'Auto-Submitted': 'no' }, 'Re: ', 'review-answer-to-desk'],
    ['a value that nobody defined', { 'Auto-Submitted': 'yes' }, 'Re: ', 'review-answer-to-desk'],
    [
      'the value of the other field',
      { 'X-Auto-Response-Suppress': 'auto-replied' },
      'Re: ',
      'review-answer-to-desk',
    ],
    ['the subject of a forward', {}, 'Fw: ', 'suppressed-already-answered'],
    ['a subject of its own', {}, 'Thank you! ', 'suppressed-already-answered'],
    ['the subject of an automatic reply', {}, 'Automatic reply: ', 'review-looks-automatic'],
    ['an honest mark', { 'Auto-Submitted': 'auto-replied' }, 'Re: ', 'suppressed-auto-submitted'],
  ] as const)('gets one reply: %s', async (_what, headers, prefix, reason) => {
    const relay: Relay = { messageIds: 'rewritten', authorAsReversePath: true };
    const trace = await exchange(
      ({ anna, notices }) =>
        autoresponder({
          office,
          address: anna,
          subject: () => `${prefix}${title}`,
          text: `Thank you, I have got your mail and will see to it.\n\n${inlineBlock(notices[0] ?? '')}`,
          headers,
        }),
      relay,
    );
    expect(trace).toEqual([
      'anna > desk: reply-instructions',
      'desk > anna: answered',
      `anna > desk: ${reason}`,
    ]);
  });
});

describe('a customer’s rule that passes everything on to us, Microsoft’s own mail and our replies', () => {
  test.each(
    (['inline', 'attachment', 'redirect'] as const).flatMap((how) => [
      { how, name: 'keep the marks', relay: {} },
      { how, name: 'strip every mark', relay: unmarked },
    ]),
  )(
    'gets one reply to the notice: $how, behind relays that $name',
    async ({ how, name, relay }) => {
      const customer = newCustomer();
      const { anna, record } = customer;
      await bot.know([record]);
      office.begin(relay);
      office.house(desk, 'desk', bot.resident);
      office.house(anna, 'anna', withRule(office, { how, from: anna, to: desk }, reader));
      const microsoft = 'microsoft-noreply@microsoft.com';
      const raw = noticeMail(customer);
      office.post({ by: 'Microsoft', from: microsoft, to: anna, raw });
      await office.atRest();
      expect(await bot.unsettled()).toEqual([]);
      // A redirect keeps the authors: Microsoft, and us.
      const [ofNotice, ofReply] = how === 'redirect' ? [microsoft, 'desk'] : ['anna', 'anna'];
      const own = how === 'redirect' ? 'suppressed-own-mail' : 'ignored-not-a-notice';
      expect(office.trace).toEqual([
        `${microsoft} > anna: read`,
        `${ofNotice} > desk: reply-instructions`,
        'desk > anna: read',
        `${ofReply} > desk: ${name === 'keep the marks' ? 'suppressed-null-reverse-path' : own}`,
      ]);
    },
  );
});
