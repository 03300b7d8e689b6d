/**
 * Gathering: what comes at the same time goes together, and one that fails does not take the others along.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { gathered } from '../../src/core/gather.ts';

describe('gathered', () => {
  test('whoever asks in the same turn goes together; who asks meanwhile goes next', async () => {
    const batches: number[][] = [];
    const gate = Promise.withResolvers<void>();
    const ask = gathered<number, string>(
      async (items) => {
        batches.push([...items]);
        await gate.promise;
        return items.map(String);
      },
      { itemsMax: 10, turn },
    );
    const first = [ask(1), ask(2)];
    await turn();
    await turn();
    const second = [ask(3), ask(4), ask(5)];
    gate.resolve();
    expect(await Promise.all([...first, ...second])).toEqual(['1', '2', '3', '4', '5']);
    expect(batches).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
    expect(await ask(6)).toBe('6');
  });

  test('at most so many go together', async () => {
    const sizes: number[] = [];
    const ask = gathered<number, number>(
      async (items) => {
        sizes.push(items.length);
        return items;
      },
      { itemsMax: 2, turn },
    );
    await Promise.all([1, 2, 3, 4, 5].map(ask));
    expect(sizes).toEqual([2, 2, 1]);
  });

  test('a failure that may be of one is asked again one by one', async () => {
    const ask = gathered<number, number>(
      async (items) => {
        if (items.includes(2)) throw new Error('two');
        return items;
      },
      { itemsMax: 10, turn, isOfOne: () => true },
    );
    const outcomes = await Promise.allSettled([1, 2, 3].map(ask));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('any other failure is of all, and the next ones are asked as ever', async () => {
    let calls = 0;
    const ask = gathered<number, number>(
      async (items) => {
        calls += 1;
        if (calls === 1) throw new Error('away');
        return items;
      },
      { itemsMax: 10, turn },
    );
    const outcomes = await Promise.allSettled([1, 2].map(ask));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await ask(3)).toBe(3);
    expect(calls).toBe(2);
  });
});
