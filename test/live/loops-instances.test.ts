/**
 * Two instances of this service whose mailboxes pass every mail on to each other, and who know each other as
 * people of their customers: whatever rules and relays make of the mails, each answers at most once.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Passing, type Quoting, withFields } from '../support/letters.ts';
import { type LoopBot, startLoopBot } from '../support/loop-bot.ts';
import {
  allMarks,
  type PostOffice,
  type Relay,
  reader,
  startPostOffice,
  withRule,
} from '../support/post-office.ts';
import { forwardBy, type LoopCustomer, newCustomer } from './loops-customer.ts';

const [atA, atB] = ['support@partner.example', 'help@reseller.example'];
// Every test is within the same hour; what ends an exchange must be a guard that knows loops.
const wide = {
  limits: { perAddressPerDay: 1_000, perDomainPerHour: 1_000, perMailboxPerHour: 1_000 },
};

const relays = {
  'that keep the marks': {},
  'that strip every mark': { strip: allMarks, authorAsReversePath: true },
  'that strip every mark and make Message-IDs lower case': {
    strip: allMarks,
    authorAsReversePath: true,
    messageIds: 'lower-case',
  },
  'that strip every mark and rewrite Message-IDs': {
    strip: allMarks,
    authorAsReversePath: true,
    messageIds: 'rewritten',
  },
} as const satisfies Readonly<Record<string, Relay>>;
const relayNames = Object.keys(relays) as (keyof typeof relays)[];

interface Pair {
  readonly office: PostOffice;
  readonly a: LoopBot;
  readonly b: LoopBot;
}

async function startPair(settings: {
  readonly a: Readonly<Record<string, unknown>>;
  readonly b: Readonly<Record<string, unknown>>;
}): Promise<Pair> {
  const office = await startPostOffice();
  const [a, b] = await Promise.all([
    startLoopBot({ office, address: atA, settings: settings.a }),
    startLoopBot({ office, address: atB, settings: settings.b }),
  ]);
  return { office, a, b };
}

async function stopPair({ office, a, b }: Pair): Promise<void> {
  await Promise.all([a.stop(), b.stop()]);
  await office.close();
}

interface Exchange {
  readonly customer: LoopCustomer;
  readonly relay?: Relay;
  readonly how: { readonly a: Passing; readonly b: Passing };
  readonly quoting?: Quoting;
}

/** Anna forwards the notice to A; resolves when no mail is on its way and nobody has anything to do. */
async function exchange({ office, a, b }: Pair, run: Exchange): Promise<readonly string[]> {
  const { customer, relay, how, quoting = {} } = run;
  office.begin(relay);
  office.house(customer.anna, 'anna', reader);
  office.house(atA, 'A', withRule(office, { how: how.a, from: atA, to: atB, quoting }, a.resident));
  office.house(atB, 'B', withRule(office, { how: how.b, from: atB, to: atA, quoting }, b.resident));
  office.post({
    by: 'anna',
    from: customer.anna,
    to: atA,
    raw: forwardBy(customer.anna, atA, customer),
  });
  await office.atRest();
  expect(await a.unsettled()).toEqual([]);
  expect(await b.unsettled()).toEqual([]);
  return office.trace;
}

/** How often the SMTP user sent a mail to that address. */
function sent({ letters }: PostOffice, by: string, to: string): number {
  return letters.filter((letter) => letter.by === by && letter.to === to).length;
}

describe('two instances that know each other as contacts', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair({ a: wide, b: wide });
  });
  afterAll(() => stopPair(pair));

  /** A customer whom both know, with each other among its contacts. */
  const known = async (): Promise<LoopCustomer> => {
    const customer = newCustomer({ contacts: [atA, atB] });
    await Promise.all([pair.a.know([customer.record]), pair.b.know([customer.record])]);
    return customer;
  };

  describe.each(relayNames)('behind relays %s', (name) => {
    // An answer of the other side: known by its marks, or no notice of Microsoft's at all.
    const answer =
      name === 'that keep the marks' ? 'suppressed-null-reverse-path' : 'ignored-not-a-notice';

    test.each(['inline', 'attachment'] as const)(
      'answer each other at most once when rules forward everything: %s',
      async (how) => {
        const customer = await known();
        // B's own reply, attached, is known by its signature while no relay gave it another Message-ID.
        const isKnown = how === 'attachment' && answer === 'ignored-not-a-notice';
        const own = isKnown && !name.includes('rewrite') ? 'suppressed-answer-to-reply' : answer;
        const trace = await exchange(pair, {
          customer,
          relay: relays[name],
          how: { a: how, b: how },
        });
        expect(trace).toEqual([
          'anna > A: reply-instructions',
          // The rule of A, then A's own reply.
          'A > B: reply-instructions',
          'A > anna: read',
          // The rule of B, then B's own reply; from here on the rules pass on both, lap by lap.
          'B > A: review-answer-to-desk',
          `B > A: ${answer}`,
          'A > B: review-answer-to-desk',
          `A > B: ${own}`,
          'B > A: review-answer-to-desk',
          `B > A: ${answer}`,
          `A > B: ${own}`,
          `B > A: ${answer}`,
        ]);
        expect(sent(pair.office, atA, atB)).toBe(0);
        expect(sent(pair.office, atB, atA)).toBe(1);
      },
    );

    test('answer the author once each when rules redirect everything', async () => {
      const customer = await known();
      const trace = await exchange(pair, {
        customer,
        relay: relays[name],
        how: { a: 'redirect', b: 'redirect' },
      });
      // With another Message-ID it is another mail, and its answer is there already.
      const again =
        name === 'that strip every mark and rewrite Message-IDs'
          ? 'suppressed-already-answered'
          : 'reply-instructions (the same mail)';
      expect(trace).toEqual([
        'anna > A: reply-instructions',
        'anna > B: reply-instructions',
        'A > anna: read',
        `anna > A: ${again}`,
        'B > anna: read',
        `anna > B: ${again}`,
        `anna > A: ${again}`,
      ]);
      expect(sent(pair.office, atA, customer.anna)).toBe(1);
      expect(sent(pair.office, atB, customer.anna)).toBe(1);
      expect(sent(pair.office, atA, atB) + sent(pair.office, atB, atA)).toBe(0);
    });

    test('answer each other at most once when one rule forwards and the other redirects back', async () => {
      const customer = await known();
      const trace = await exchange(pair, {
        customer,
        relay: relays[name],
        how: { a: 'inline', b: 'redirect' },
      });
      const back =
        name === 'that keep the marks' ? 'suppressed-null-reverse-path' : 'suppressed-own-mail';
      expect(trace).toEqual([
        'anna > A: reply-instructions',
        'A > B: reply-instructions',
        'A > anna: read',
        // What A's rule wrote comes back as it left.
        'A > A: suppressed-own-mail',
        `B > A: ${answer}`,
        'A > B: suppressed-already-answered',
        `A > B: ${answer}`,
        'A > A: suppressed-own-mail',
        `A > A: ${back}`,
        `A > B: ${answer}`,
        `A > A: ${back}`,
      ]);
      expect(sent(pair.office, atB, atA)).toBe(1);
      expect(sent(pair.office, atA, atB)).toBe(0);
    });
  });

  test('answer each other at most once when a forward shows names and no addresses', async () => {
    const customer = await known();
    const trace = await exchange(pair, {
      customer,
      relay: relays['that strip every mark and rewrite Message-IDs'],
      how: { a: 'inline', b: 'inline' },
      quoting: { namesOnly: true },
    });
    expect(trace).toEqual([
      'anna > A: reply-instructions',
      'A > B: reply-instructions',
      'A > anna: read',
      'B > A: suppressed-already-answered',
      'B > A: ignored-not-a-notice',
      'A > B: suppressed-already-answered',
      'A > B: ignored-not-a-notice',
      'B > A: suppressed-already-answered',
      'B > A: ignored-not-a-notice',
      'A > B: ignored-not-a-notice',
      'B > A: ignored-not-a-notice',
    ]);
    expect(sent(pair.office, atB, atA)).toBe(1);
    expect(sent(pair.office, atA, atB)).toBe(0);
  });

  test('know their own reply when it comes back with nothing left but its Message-ID', async () => {
    const customer = await known();
    const { office, a } = pair;
    office.begin(relays['that strip every mark and make Message-IDs lower case']);
    office.house(atA, 'A', a.resident);
    // Anna's mailbox is passed on to A, by a server that puts itself into From.
    office.house(customer.anna, 'anna', async (letter) => {
      const raw = withFields(letter.raw, (field, line) =>
        field === 'from' ? `From: <${customer.anna}>` : line,
      );
      office.post({ by: 'anna', from: customer.anna, to: atA, raw, cause: letter });
      return 'passed on';
    });
    const raw = forwardBy(customer.anna, atA, customer);
    office.post({ by: 'anna', from: customer.anna, to: atA, raw });
    await office.atRest();
    expect(office.trace).toEqual([
      'anna > A: reply-instructions',
      'A > anna: passed on',
      'anna > A: suppressed-own-reply',
    ]);
    expect(await a.unsettled()).toEqual([]);
  });

  test('answer each other at most once when everything is on its way at the same time', async () => {
    const customer = await known();
    await exchange(pair, {
      customer,
      relay: { ...relays['that strip every mark and rewrite Message-IDs'], allAtOnce: true },
      how: { a: 'inline', b: 'attachment' },
    });
    expect(pair.office.letters).toHaveLength(11);
    expect(sent(pair.office, atA, atB)).toBe(0);
    expect(sent(pair.office, atB, atA)).toBe(1);
    expect(sent(pair.office, atA, customer.anna)).toBe(1);
  });

  test.each([
    ['that keep the marks', 'review-no-customer', 0],
    ['that strip every mark and rewrite Message-IDs', 'reply-ask-for-details', 1],
  ] as const)(
    'ask each other at most once when neither knows the customer, behind relays %s',
    async (name, outcome, asked) => {
      await Promise.all([pair.a.know([]), pair.b.know([])]);
      const customer = newCustomer();
      const trace = await exchange(pair, {
        customer,
        relay: relays[name],
        how: { a: 'inline', b: 'inline' },
      });
      const passedOn = ['B > A: review-answer-to-desk', 'A > B: review-answer-to-desk'];
      expect(trace.filter((line) => !line.endsWith(': ignored-not-a-notice'))).toEqual([
        'anna > A: reply-ask-for-details',
        `A > B: ${outcome}`,
        'A > anna: read',
        ...passedOn,
        'B > A: review-answer-to-desk',
      ]);
      expect(trace).toHaveLength(6 + 5 * asked);
      expect(sent(pair.office, atB, atA)).toBe(asked);
      expect(sent(pair.office, atA, atB)).toBe(0);
    },
  );

  test('ask each other once each when no forward shows an address and neither knows the customer', async () => {
    await Promise.all([pair.a.know([]), pair.b.know([])]);
    pair.a.advance(25);
    pair.b.advance(25);
    const trace = await exchange(pair, {
      customer: newCustomer(),
      relay: relays['that strip every mark and rewrite Message-IDs'],
      how: { a: 'inline', b: 'inline' },
      quoting: { namesOnly: true },
    });
    // The rules pass the two questions on as well, which are no notices.
    expect(trace.filter((line) => !line.endsWith(': ignored-not-a-notice'))).toEqual([
      'anna > A: reply-ask-for-details',
      'A > B: reply-ask-for-details',
      'A > anna: read',
      'B > A: reply-ask-for-details',
      'A > B: suppressed-generic-limit',
      'B > A: suppressed-generic-limit',
    ]);
    expect(trace).toHaveLength(16);
    expect(sent(pair.office, atB, atA)).toBe(1);
    expect(sent(pair.office, atA, atB)).toBe(1);
  });
});

describe('two instances that name each other as siblings', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair({
      a: { ...wide, siblings: [atB] },
      b: { ...wide, siblings: [atA] },
    });
  });
  afterAll(() => stopPair(pair));

  test.each(
    relayNames.flatMap((name) => (['inline', 'attachment'] as const).map((how) => ({ name, how }))),
  )('never answer each other behind relays $name: $how', async ({ name, how }) => {
    const customer = newCustomer({ contacts: [atA, atB] });
    await Promise.all([pair.a.know([customer.record]), pair.b.know([customer.record])]);
    const trace = await exchange(pair, { customer, relay: relays[name], how: { a: how, b: how } });
    expect(trace).toEqual([
      'anna > A: reply-instructions',
      'A > B: suppressed-own-mail',
      'A > anna: read',
      'B > A: suppressed-own-mail',
      'A > B: suppressed-own-mail',
      'B > A: suppressed-own-mail',
    ]);
    expect(sent(pair.office, atB, atA) + sent(pair.office, atA, atB)).toBe(0);
  });

  test('answer the author once each when rules redirect: neither knows the other’s replies', async () => {
    const customer = newCustomer();
    await Promise.all([pair.a.know([customer.record]), pair.b.know([customer.record])]);
    const how = { a: 'redirect', b: 'redirect' } as const;
    const trace = await exchange(pair, { customer, how });
    expect(trace.filter((line) => !line.endsWith(' (the same mail)'))).toEqual([
      'anna > A: reply-instructions',
      'anna > B: reply-instructions',
      'A > anna: read',
      'B > anna: read',
    ]);
    expect(trace).toHaveLength(7);
  });
});
