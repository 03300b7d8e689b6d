/**
 * Runs of the sources of facts: how far each came, so that one that broke off goes on there.
 */
import type { SyncRun } from '../ports/sync.ts';
import { cleanOrNull } from './json.ts';
import type { Database } from './schema.ts';

export async function findSyncRun(db: Database, source: string): Promise<SyncRun | undefined> {
  const row = await db
    .selectFrom('sync_runs')
    .selectAll()
    .where('source', '=', source)
    .orderBy('started_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { started_at, finished_at, mark, error, ...counts } = row;
  return {
    ...counts,
    startedAt: started_at,
    ...(finished_at === null ? {} : { finishedAt: finished_at }),
    ...(mark === null ? {} : { mark }),
    ...(error === null ? {} : { error }),
  };
}

/** A run is one row from its start to its end, by source and start. */
export async function saveSyncRun(db: Database, run: SyncRun): Promise<void> {
  const { source, startedAt, finishedAt, mark, error, added, changed, unchanged, unknown } = run;
  const state = {
    finished_at: finishedAt ?? null,
    mark: cleanOrNull(mark),
    error: cleanOrNull(error),
    ...{ added, changed, unchanged, unknown },
  };
  await db
    .insertInto('sync_runs')
    .values({ source, started_at: startedAt, ...state })
    .onConflict((conflict) => conflict.columns(['source', 'started_at']).doUpdateSet(state))
    .execute();
}
