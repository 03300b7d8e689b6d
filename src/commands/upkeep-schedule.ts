/**
 * Forgetting as a scheduled job of the service: of all processes that look after the same mailboxes one runs it.
 */
import { createHash } from 'node:crypto';
import type { Settings } from '../edges/settings.ts';
import { upkeep } from '../pipeline/upkeep.ts';
import type { Clock, Jobs, Log, Store } from '../ports.ts';

/** Days are counted in days. */
const everyMs = 6 * 3_600_000;

export async function scheduleUpkeep({
  settings,
  jobs,
  ...parts
}: {
  readonly settings: Pick<Settings, 'mailboxes' | 'retention'>;
  readonly store: Store;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Log;
}): Promise<void> {
  const mailboxes = settings.mailboxes.map(({ name }) => name).sort();
  const group = createHash('sha256').update(mailboxes.join('\n')).digest('hex').slice(0, 12);
  await jobs.schedule({
    name: `upkeep-${group}`,
    everyMs,
    run: (signal) => upkeep({ ...parts, mailboxes, retention: settings.retention }, signal),
  });
}
