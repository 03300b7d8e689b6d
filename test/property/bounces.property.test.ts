/**
 * Delivery reports about our replies, however they were damaged on their way: a decision, never an answer. A
 * failure prints its seed; it can be given back with FAST_CHECK_SEED.
 */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { signedMessageId } from '../../src/core/message-id.ts';
import { reasons } from '../../src/core/reasons.ts';
import { decideAtDesk, messageIdKey } from '../support/sample-desk.ts';

const seed = Number(process.env.FAST_CHECK_SEED ?? Date.now() % 2_147_483_647);
console.info(`property tests of bounces run with seed ${seed}`);

const caseId = 'c0123456789abcdef01234567';
const own = signedMessageId(caseId, messageIdKey, 'partner.example');
const forged = own.replace(/[0-9a-f]{32}@/, `${'0'.repeat(32)}@`);
const folder = new URL('../fixtures/bounces/', import.meta.url);

// As Latin-1 no octet is lost, and a mail can be cut and glued as text.
const reports = readdirSync(folder)
  .filter((name) => name.endsWith('.eml'))
  .map((name) => readFileSync(new URL(name, folder), 'latin1'));

const named = (report: string, id: string): string => report.replaceAll(/\{[a-z]*id\}/g, id);

type Damage = (mail: string, place: number, other: string) => string;

const withLines = (change: (lines: string[], at: number) => readonly string[]): Damage => {
  return (mail, place) => {
    const lines = mail.split('\n');
    return change(lines, Math.floor(place * lines.length)).join('\n');
  };
};

const damages: Readonly<Record<string, Damage>> = {
  cut: (mail, place) => mail.slice(0, place * mail.length),
  beheaded: (mail, place) => mail.slice(place * mail.length),
  'a line lost': withLines((lines, at) => lines.toSpliced(at, 1)),
  'a line twice': withLines((lines, at) => lines.toSpliced(at, 0, lines[at] ?? '')),
  'a blank line more': withLines((lines, at) => lines.toSpliced(at, 0, '')),
  'glued to another': (mail, place, other) =>
    mail.slice(0, place * mail.length) + other.slice(place * other.length),
  'an octet changed': (mail, place) => {
    const at = Math.floor(place * mail.length);
    return `${mail.slice(0, at)}${String.fromCharCode((at * 31) % 256)}${mail.slice(at + 1)}`;
  },
};

const damaged = fc
  .tuple(
    fc.constantFrom(...reports),
    fc.array(
      fc.tuple(
        fc.constantFrom(...Object.values(damages)),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        fc.constantFrom(...reports),
      ),
      { maxLength: 4 },
    ),
  )
  .map(([mail, all]) =>
    all.reduce((text, [damage, place, other]) => damage(text, place, other), mail),
  );

const octets = (text: string): Buffer => Buffer.from(text, 'latin1');
const limits = { seed, interruptAfterTimeLimit: 9_000, markInterruptAsFailure: false };

test('no damage makes an answer of a report, nor marks a case but by our signature', async () => {
  expect(reports.length).toBeGreaterThan(30);
  await fc.assert(
    fc.asyncProperty(damaged, async (text) => {
      const { action, reason, bounce } = await decideAtDesk(octets(named(text, own)));
      expect(action).not.toBe('reply');
      expect(reasons[reason].action).toBe(action);
      if (bounce !== undefined) expect(bounce.caseId).toBe(caseId);
      const { bounce: imitated } = await decideAtDesk(octets(named(text, forged)));
      expect(imitated).toBeUndefined();
    }),
    { ...limits, numRuns: 800 },
  );
});

test('line ends change nothing of what a report says', async () => {
  await fc.assert(
    fc.asyncProperty(damaged, async (text) => {
      const plain = named(text, own).replaceAll('\r', '');
      const withLf = await decideAtDesk(octets(plain));
      const withCrlf = await decideAtDesk(octets(plain.replaceAll('\n', '\r\n')));
      expect([withCrlf.reason, withCrlf.bounce]).toEqual([withLf.reason, withLf.bounce]);
    }),
    { ...limits, numRuns: 500 },
  );
});
