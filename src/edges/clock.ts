/**
 * The clock of the machine: the only one that the service reads.
 */
import type { Clock } from '../ports.ts';

export const systemClock: Clock = { now: () => new Date() };
