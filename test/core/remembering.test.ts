/** What is remembered saves asking twice, changes no answer and has its limits. */
import { expect, test } from 'vitest';
import { remembering } from '../../src/core/remembering.ts';

function counting(entriesMax: number, charsMax: number) {
  const asked: string[] = [];
  const answer = remembering(
    (text: string) => {
      asked.push(text);
      return text === '' ? undefined : text.length;
    },
    { entriesMax, charsMax },
  );
  return { asked, answer };
}

test('the same text is asked for once, also where the answer is that there is none', () => {
  const { asked, answer } = counting(10, 10);
  expect([answer('a'), answer('a'), answer(''), answer('')]).toEqual([1, 1, undefined, undefined]);
  expect(asked).toEqual(['a', '']);
});

test('a text at the limit is remembered, one character more is not', () => {
  const { asked, answer } = counting(10, 3);
  for (const text of ['abc', 'abc', 'abcd', 'abcd']) answer(text);
  expect(asked).toEqual(['abc', 'abcd', 'abcd']);
});

test('beyond so many texts all are forgotten, so that a flood of them keeps no memory', () => {
  const { asked, answer } = counting(2, 10);
  for (const text of ['a', 'b', 'a', 'c', 'a']) answer(text);
  expect(asked).toEqual(['a', 'b', 'c', 'a']);
});

test('half a surrogate pair stays what it is', () => {
  const { asked, answer } = counting(2, 10);
  answer('x\uD83Dy');
  expect(asked).toEqual(['x\uD83Dy']);
});
