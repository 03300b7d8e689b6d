/**
 * How soon the job of a killed worker goes on, in tests.
 */
import type { StallTiming } from '../../src/edges/jobs.ts';

export const dyingStall: StallTiming = { lockMs: 400, checkMs: 200 };
