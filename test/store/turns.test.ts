/**
 * Turns: first come, first served, and an end to waiting for oneself.
 */
import { describe, expect, test } from 'vitest';
import { Turns } from '../../src/store/turns.ts';

describe('turns', () => {
  test('whoever holds the turn may take it again at once', async () => {
    const turns = new Turns(1_000);
    const owner = {};
    await turns.take(owner);
    await turns.take(owner);
    expect(turns.isHeldBy(owner)).toBe(true);
    turns.give(owner);
    expect(turns.isHeldBy(owner)).toBe(false);
  });

  test('a turn that is given by somebody who does not hold it stays where it is', async () => {
    const turns = new Turns(1_000);
    const [holder, other] = [{}, {}];
    await turns.take(holder);
    turns.give(other);
    expect(turns.isHeldBy(holder)).toBe(true);
  });

  test('a turn that never comes is an error, and whoever gave up is not served', async () => {
    const turns = new Turns(5);
    const [holder, first, second] = [{}, {}, {}];
    await turns.take(holder);
    await expect(turns.take(first)).rejects.toThrow('a transaction stays open');
    const waiting = turns.take(second);
    turns.give(holder);
    await waiting;
    expect(turns.isHeldBy(second)).toBe(true);
  });
});
