/**
 * Whatever looks for forwards costs no more than its length, whatever it is given.
 *
 * Not speed but growth: eight times as much may take twenty times as long, measured in CPU time.
 */
import { expect, test } from 'vitest';
import { costOf } from '../support/flood.ts';
import { forwardFloods } from './forward-floods.ts';

const stages = [...new Set(forwardFloods.map(({ stage }) => stage))];

test.each(stages)(
  '%s',
  async (stage) => {
    const { slowest, faults } = await costOf(forwardFloods.filter((one) => one.stage === stage));
    console.info(`${stage}: ${slowest}`);
    expect(faults).toEqual([]);
  },
  300_000,
);
