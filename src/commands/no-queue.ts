/**
 * A queue that takes nothing, for commands that do their work at once or leave it to the service.
 */
import type { Jobs } from '../ports.ts';

/** What is left to do stands in the store: the sweep of a service finds it. */
export const noQueue: Jobs = {
  add: async () => undefined,
  work: async () => ({ close: async () => undefined }),
  schedule: async () => undefined,
  unschedule: async () => undefined,
  depth: async () => [],
  close: async () => undefined,
};
