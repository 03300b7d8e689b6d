/**
 * No address survives redaction, whatever it looks like and wherever it stands in what is logged: in a field, a key,
 * a sentence, an error's message, its cause, its own fields, or at the place where a long text is cut.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { logReadCharsMax, shownCharsMax } from '../../src/core/limits.ts';
import { redactorFor } from '../../src/core/redact.ts';
import { openLog } from '../../src/edges/log.ts';

const seed = Number(process.env.FAST_CHECK_SEED ?? Date.now() % 2_147_483_647);
console.info(`property tests run with seed ${seed}`);

/** What gives the person away: each local-part holds it at both ends, and nothing else does. */
const secret = 'zqzq';

const atext = fc.string({
  unit: fc.constantFrom(...'abcxyz0189._-+!#$%&*/=?^`{|}~äøé字'.split('')),
  maxLength: 20,
});
const local = fc.oneof(
  atext.map((middle) => `${secret}${middle}${secret}`),
  fc
    .string({ unit: fc.constantFrom(...'ab c.,:;<>()[]@'.split('')), maxLength: 12 })
    .map((middle) => `"${secret}${middle}${secret}"`),
);
const domain = fc.constantFrom(
  'contoso.example',
  'x.co',
  '例え.jp',
  'sub.contoso.example',
  '[192.0.2.7]',
);
const sign = fc.constantFrom('@', '@', '@', '＠', '%40', '&#64;');

const address = fc
  .tuple(local, sign, domain)
  .filter(([, at, host]) => at === '@' || !host.startsWith('['))
  .map(([name, at, host]) => `${name}${at}${host}`);

const frames = [
  (text: string) => text,
  (text: string) => `<${text}>`,
  (text: string) => `“${text}”`,
  (text: string) => `550 5.1.1 <${text}>: Recipient address rejected`,
  (text: string) => `mailto:${text}?subject=hello`,
  (text: string) => `rcpt=${text};`,
  (text: string) => `\r\nTo: ${text}\r\n`,
  (text: string) => `("${'Anna Hoff'}" NIL ${text})`,
];
const framed = fc.tuple(address, fc.constantFrom(...frames)).map(([text, frame]) => frame(text));

/** What stands before: little, or so much that the text is cut for showing or for reading just at the address. */
const fillers = {
  few: (_short: number, words: string) => words,
  shown: (short: number) => 'word '.repeat(shownCharsMax).slice(0, shownCharsMax - (short % 60)),
  read: (short: number) => '\u0001'.repeat(logReadCharsMax - short),
  marked: (short: number) => 'a@b.co '.repeat(logReadCharsMax).slice(0, logReadCharsMax - short),
} as const;
const piece = fc.record({
  filler: fc.constantFrom(...(Object.keys(fillers) as (keyof typeof fillers)[])),
  short: fc.nat(1_500),
  words: fc.string({ maxLength: 40 }),
  found: framed,
  after: fc.string({ maxLength: 20 }),
});

const places: readonly ((found: string) => readonly [object, string])[] = [
  (found) => [{}, found],
  (found) => [{ detail: found }, 'x'],
  (found) => [{ [found]: 1 }, 'x'],
  (found) => [{ a: { b: [{ c: found }, found] } }, 'x'],
  (found) => [{ map: new Map([[found, found]]) }, 'x'],
  (found) => [{ symbol: Symbol(found) }, 'x'],
  (found) => [{ err: new Error(found, { cause: new Error(found) }) }, 'x'],
  (found) => [{ err: Object.assign(new Error('x'), { response: found, rejected: [found] }) }, 'x'],
  (found) => [Object.assign(new Error(found), { name: found, stack: `x\n    at ${found}` }), 'x'],
];

test.each(['addresses', 'all'] as const)('no address survives `log.redact: %s`', (redact) => {
  const written: string[] = [];
  const log = openLog({
    level: 'info',
    pretty: false,
    destination: { write: (line) => written.push(line) },
    redactor: redactorFor({ redact, key: 'a key of the tests, no secret' }),
  });
  fc.assert(
    fc.property(piece, fc.nat(places.length - 1), ({ filler, short, words, found, after }, at) => {
      written.length = 0;
      const text = `${fillers[filler](short, words)} ${found} ${after}`;
      const [fields, sentence] = places[at]?.(text) ?? [{}, text];
      log.info(fields, sentence);
      expect(written).toHaveLength(1);
      expect(written[0]?.includes(secret)).toBe(false);
    }),
    { seed, numRuns: 300 },
  );
});
