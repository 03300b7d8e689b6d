/**
 * Slips of the fingers in templates: whatever is typed, the check says what is wrong with it in words, or every reply
 * can be sent. A failure prints its seed; it can be given back with FAST_CHECK_SEED.
 */
import fc from 'fast-check';
import { test } from 'vitest';
import { english, sourcesAfter } from '../support/damage/damage.ts';
import { expectSoundReplies } from '../support/damage/reading.ts';
import { expectSentence, good, judge, partOf } from '../support/damage/verdict.ts';

const seed = Number(process.env.FAST_CHECK_SEED ?? Date.now() % 2_147_483_647);
console.info(`property tests run with seed ${seed}`);

const tokens = fc.constantFrom(
  ...'{}()[]*_#|<>&;:/\\~^!?"\'`.,-=@%$0aé\n\t\0\u00A0\u200B\u202E\uD800\uFEFF',
  ...['{{', '}}', '{{{', '{{/if}}', '{{else}}', '{{#if phone}}', '{{/says}}', '{{> costs}}'],
  ...[
    '{{lines}}',
    '{{phone}}',
    '{{!--',
    '--}}',
    '{{~',
    '\\{{',
    '**',
    '](',
    '![',
    '](//evil.example)',
  ],
  ...['https://evil.example', 'www.evil.example', '<b>', '<!--', '&lt;', '&#0;', '---', '\n---\n'],
  ...['\n\n', '\r', '\n> ', '\n| a |', '\n1. ', '\n# ', '\n    ', '\n=====\n', 'subject: x\n'],
);
const slip = fc.record({
  how: fc.constantFrom('insert', 'delete', 'duplicate', 'swap', 'replace'),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  length: fc.integer({ min: 1, max: 12 }),
  token: tokens,
});

function slipped(
  text: string,
  { how, at, length, token }: typeof slip extends fc.Arbitrary<infer Value> ? Value : never,
): string {
  const from = Math.floor(at * text.length);
  const piece = text.slice(from, from + length);
  const rest = text.slice(from + length);
  const middle = {
    insert: token + piece,
    delete: '',
    duplicate: piece + piece,
    swap: rest.slice(0, length) + piece,
    replace: token,
  }[how] as string;
  return text.slice(0, from) + middle + (how === 'swap' ? rest.slice(length) : rest);
}

test('slips of the fingers are refused, or leave every reply sound', () => {
  const files = english.filter(({ id }) => id !== 'layout');
  const slips = fc.array(slip, { minLength: 1, maxLength: 2 });
  fc.assert(
    fc.property(fc.constantFrom(...files), slips, (file, edits) => {
      const text = edits.reduce(slipped, file.source);
      const { set, problems } = judge(
        sourcesAfter({ kind: 'typed', file: file.id, text }),
        file.id,
      );
      // An edit of words may well change a sentence: whether it still says the same, only people can tell.
      if (problems.length === 0)
        expectSoundReplies(set, good, {
          sentences: false,
          ownLayout: true,
          of: partOf(file.id),
        });
      else for (const { message } of problems) expectSentence(message);
    }),
    { seed, numRuns: 150, interruptAfterTimeLimit: 40_000, markInterruptAsFailure: false },
  );
});
