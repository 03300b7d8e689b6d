/**
 * The board of the queue, where the queue is one that a board can look into.
 */
import type { QueueBoard } from '../edges/bull-board.ts';
import type { Settings } from '../edges/settings.ts';
import type { House } from '../ports/house.ts';
import type { Log } from '../ports.ts';

/** Where the service keeps its jobs, by its settings; `openOperation` goes by the same. */
export function queueKeptBy({
  queue,
  store,
  work,
}: Pick<Settings, 'queue' | 'store' | 'work'>): House['queueKept'] {
  if (queue.redisUrl !== undefined) return 'redis';
  return store.databaseUrl === undefined && work.threads !== 0 ? 'process' : 'database';
}

/** Loaded only where there is something to show. Whoever opened it closes it before the store. */
export async function openConsoleBoard(
  settings: Settings,
  { pool, log }: { readonly pool: object; readonly log: Log },
): Promise<QueueBoard | undefined> {
  if (queueKeptBy(settings) === 'process') return undefined;
  const { openQueueBoard } = await import('../edges/bull-board.ts');
  const mailboxes = settings.mailboxes.map(({ name }) => name);
  return openQueueBoard({ ...settings.queue, pool, mailboxes, log });
}
