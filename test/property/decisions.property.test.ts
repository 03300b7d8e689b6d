/**
 * What holds for every mail, tried on random ones: a decision and no exception, no answer without proof,
 * none to an address that only the original names. A failure prints its seed and path; the seed can be
 * given back with FAST_CHECK_SEED.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalizeAddress } from '../../src/core/address.ts';
import { authenticate } from '../../src/core/authenticate.ts';
import { readAuthenticationResults } from '../../src/core/authentication-results.ts';
import { parseCalendarDate, parseDateTime } from '../../src/core/dates.ts';
import type { Decision } from '../../src/core/decision.ts';
import { htmlToText } from '../../src/core/html-text.ts';
import { unwrapLink } from '../../src/core/link-gateways.ts';
import { hostOf } from '../../src/core/links.ts';
import { foldDiacritics, normalizeText, shown } from '../../src/core/normalize.ts';
import { isAddress, parseAddresses, parseMail } from '../../src/core/parse.ts';
import { reasons } from '../../src/core/reasons.ts';
import { readTypedAddresses } from '../../src/core/typed-addresses.ts';
import {
  customers,
  decideAtDesk,
  fixture,
  fixtureNames,
  forwardText,
  host,
  inlineBlock,
  mailText,
  noticeText,
  passFor,
  title,
} from '../support/sample-desk.ts';

const seed = Number(process.env.FAST_CHECK_SEED ?? Date.now() % 2_147_483_647);
console.info(`property tests run with seed ${seed}`);
const limits = { seed, interruptAfterTimeLimit: 6_000, markInterruptAsFailure: false };

const contacts = new Set(
  customers.flatMap((customer) =>
    customer.contacts.map(({ address }) => normalizeAddress(address)),
  ),
);

function isDecision(decision: Decision): void {
  expect(reasons[decision.reason].action).toBe(decision.action);
  expect(decision.evidence.at(-1)?.code).toBe(decision.reason);
  for (const { detail } of decision.evidence) {
    expect(detail.length).toBeLessThanOrEqual(200);
    expect(detail).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/u);
  }
}

const fixtures = (['forwards', 'notices', 'responders'] as const).flatMap((folder) =>
  fixtureNames(folder).map((name) => fixture(folder, name)),
);

test('any bytes are a decision', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 4_000 }), async (raw) => {
      isDecision(await decideAtDesk(raw));
    }),
    { ...limits, numRuns: 500 },
  );
});

/** Words out of which hostile mails are made. */
const words = fc.constantFrom(
  'From: ',
  'Subject: ',
  'To: ',
  'Date: ',
  'Content-Type: ',
  'multipart/mixed; boundary=b',
  'text/html',
  'message/rfc822',
  '--b',
  '--b--',
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  '> ',
  ': ',
  '<',
  '>',
  '"',
  '(',
  ')',
  '=?utf-8?q?',
  '?=',
  'a@x.example',
  'Microsoft <microsoft-noreply@microsoft.com>',
  title,
  '---------- Forwarded message ---------',
  'https://admin.microsoft.com/',
  'Domain: contoso.example',
  'Authentication-Results: ',
  host,
  '; dmarc=pass',
  ';',
  '=',
  '\t',
  ' ',
  '\0',
  '\u200B',
  '\uFDFA',
  'é',
  '<p>',
  '</p>',
  '<a href="',
  '">',
  '<div hidden>',
  '&nbsp;',
  'Auto-Submitted: ',
  'Return-Path: <>',
  'x',
);

test('any jumble of a mail’s own words is a decision', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(words, { maxLength: 120 }), async (parts) => {
      isDecision(await decideAtDesk(parts.join('')));
    }),
    { ...limits, numRuns: 800 },
  );
});

interface Change {
  readonly at: number;
  readonly kind: 'flip' | 'cut' | 'double' | 'insert';
  readonly byte: number;
  readonly length: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  kind: fc.constantFrom('flip', 'cut', 'double', 'insert'),
  byte: fc.integer({ min: 0, max: 255 }),
  length: fc.integer({ min: 1, max: 200 }),
});

function mutate(raw: Uint8Array, { at, kind, byte, length }: Change): Uint8Array {
  const from = Math.floor(at * raw.length);
  const [head, tail] = [raw.subarray(0, from), raw.subarray(from)];
  if (kind === 'cut') return Buffer.concat([head, tail.subarray(length)]);
  if (kind === 'double') return Buffer.concat([head, tail.subarray(0, length), tail]);
  if (kind === 'insert') return Buffer.concat([head, Buffer.alloc(length, byte), tail]);
  return Buffer.concat([head, Buffer.from([byte]), tail.subarray(1)]);
}

test('every fixture, damaged anywhere, is a decision, and answers its author or a contact', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...fixtures),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      async (raw, changes) => {
        const damaged = changes.reduce(mutate, raw as Uint8Array);
        const decision = await decideAtDesk(damaged);
        isDecision(decision);
        if (decision.action !== 'reply') return;
        const author = (await parseMail(damaged)).from[0]?.address ?? '';
        const to = normalizeAddress(decision.plan.to);
        expect(to === normalizeAddress(author) || contacts.has(to)).toBe(true);
        expect(isAddress(to)).toBe(true);
      },
    ),
    { ...limits, numRuns: 1_500 },
  );
});

test('without the word of a trusted host nothing is ever answered', async () => {
  const field = fc.constantFrom(
    `Authentication-Results: mx.evil.example; ${passFor('contoso.example')}`,
    `Authentication-Results: x.${host}; ${passFor('contoso.example')}`,
    `Authentication-Results: exchange-online; ${passFor('contoso.example')}`,
    `Authentication-Results: ${passFor('contoso.example')}`,
    `Authentication-Results: (${host}); ${passFor('contoso.example')}`,
    `Authentication-Results: ; ${host}; ${passFor('contoso.example')}`,
    `X-Authentication-Results: ${host}; ${passFor('contoso.example')}`,
    `ARC-Authentication-Results: i=1; ${host}; ${passFor('contoso.example')}`,
    `Subject: x\r\n Authentication-Results: ${host}; ${passFor('contoso.example')}`,
    'Received: from x by y.prod.outlook.com with z; date',
    'DKIM-Signature: v=1; d=contoso.example; b=x',
    'Received-SPF: pass',
    'X-MS-Exchange-Organization-AuthAs: Internal',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(field, { maxLength: 5 }), fc.boolean(), async (fields, above) => {
      const raw = mailText({
        ...(above ? { above: fields } : { fields }),
        body: inlineBlock(noticeText()),
      });
      expect((await decideAtDesk(raw)).action).not.toBe('reply');
    }),
    { ...limits, numRuns: 300 },
  );
});

test('an answer never goes to an address that only stands inside', async () => {
  const address = fc.constantFrom(
    'eve@evil.example',
    'microsoft-noreply@microsoft.com',
    'zoe@contoso.example',
    'ben.carter@contoso.example',
    'juergen.vogel@northwind.example',
    'support@partner.example',
    'x@contoso.example, eve@evil.example',
  );
  const author = fc.constantFrom(
    'anna.hoff@contoso.example',
    'zoe@stranger.example',
    'q@gmail.com',
  );
  await fc.assert(
    fc.asyncProperty(
      author,
      address,
      address,
      address,
      fc.boolean(),
      async (from, a, b, c, names) => {
        const raw = forwardText({
          from,
          results: passFor(from.split('@')[1] ?? ''),
          fields: [`Reply-To: ${a}`, `Cc: ${b}`, `Sender: ${c}`],
          body: `write to ${c}\n${inlineBlock(`${noticeText()}\nReply to: ${a}`, {
            to: b,
            ...(names ? { from: `Microsoft <${a}>` } : {}),
          })}`,
        });
        const decision = await decideAtDesk(raw);
        if (decision.action === 'reply') expect(decision.plan.to).toBe(from);
      },
    ),
    { ...limits, numRuns: 400 },
  );
});

test('no reader of a value ever throws', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(words, { maxLength: 30 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (value) => {
      parseAddresses(value);
      readTypedAddresses(value);
      readAuthenticationResults(value);
      parseCalendarDate(value);
      parseDateTime(value, 0);
      htmlToText(value);
      unwrapLink(value);
      hostOf(value);
      normalizeText(value);
      foldDiacritics(value);
      expect(shown(value, 100).length).toBeLessThanOrEqual(100);
      for (const { address } of parseAddresses(value)) expect(isAddress(address)).toBe(true);
    }),
    { ...limits, numRuns: 3_000 },
  );
});

test('no comment, quote or space of a field makes a pass out of a fail', async () => {
  const noise = fc.constantFrom(
    '',
    ' ',
    '  ',
    '\t',
    ' (x)',
    ' (a (b) c)',
    ' ("dkim=pass;)',
    ' (\\))',
  );
  await fc.assert(
    fc.asyncProperty(noise, noise, noise, noise, async (a, b, c, d) => {
      const field = `Authentication-Results: ${host}${a};${b} dmarc${c.trimEnd()}=fail${d} header.from=contoso.example; spf=none`;
      const mail = await parseMail(Buffer.from(`${field}\r\nFrom: anna@contoso.example\r\n\r\nx`));
      expect(
        authenticate(mail, { trustedAuthservIds: [host], trustedArcSealers: [] }).result,
      ).not.toBe('pass');
    }),
    { ...limits, numRuns: 300 },
  );
});
