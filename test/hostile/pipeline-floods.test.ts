/**
 * Whatever is done with a mail costs no more than its length, whatever it is given.
 *
 * Not speed but growth: eight times as much may take twenty times as long, measured in CPU time.
 */
import { expect, test } from 'vitest';
import { growthOf } from '../support/flood.ts';
import { pipelineFloods } from './pipeline-floods.ts';

const stages = [...new Set(pipelineFloods.map(({ stage }) => stage))];

test.each(stages)(
  '%s',
  async (stage) => {
    const faults: string[] = [];
    let slowest = { name: '', msPerMegabyte: 0 };
    for (const flood of pipelineFloods.filter((one) => one.stage === stage)) {
      const { msPerMegabyte, fault } = await growthOf(flood);
      if (fault !== undefined) faults.push(`${flood.name}: ${fault}`);
      if (msPerMegabyte > slowest.msPerMegabyte) slowest = { name: flood.name, msPerMegabyte };
    }
    console.info(
      `${stage}: ${Math.round(slowest.msPerMegabyte)} ms for a megabyte of ${slowest.name}`,
    );
    expect(faults).toEqual([]);
  },
  300_000,
);
