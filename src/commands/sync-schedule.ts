/**
 * The sources of facts as a scheduled job of the service: of all workers one runs it.
 */
import type { Settings } from '../edges/settings.ts';
import type { MergeConflict } from '../ports/records.ts';
import type { Clock, Jobs, Log, Store } from '../ports.ts';
import { runSource } from './sync-run.ts';
import { openSources } from './sync-sources.ts';

const scheduleName = 'sync';

/** The first of them, in the log; `sync` shows them all. */
const shownConflictsMax = 10;

export interface SyncScheduleOptions {
  readonly settings: Pick<Settings, 'sync'>;
  readonly productAliases: readonly (readonly string[])[];
  readonly store: Store;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Log;
}

/** Schedules the run, or takes it back where the settings switched it off. */
export async function scheduleSync(options: SyncScheduleOptions): Promise<void> {
  const { everyMinutes } = options.settings.sync;
  if (everyMinutes === 0) return options.jobs.unschedule(scheduleName);
  await options.jobs.schedule({
    name: scheduleName,
    everyMs: everyMinutes * 60_000,
    run: (signal) => runAll(options, signal),
  });
}

async function runAll(options: SyncScheduleOptions, signal: AbortSignal): Promise<void> {
  const { settings, productAliases, store, clock, log } = options;
  let skipped = 0;
  const sources = openSources({
    sync: settings.sync,
    signal,
    onSkipped: (tenantId, error) => {
      skipped += 1;
      log.debug({ tenantId, code: error.code, error: error.message }, 'a tenant cannot be read');
    },
  });
  for (const source of sources) {
    if (signal.aborted) return;
    const conflicts: MergeConflict[] = [];
    const { counts, error, resumed } = await runSource(source, {
      store,
      productAliases,
      dryRun: false,
      now: () => clock.now(),
      by: 'worker',
      signal,
      onConflict: (conflict) => {
        log.debug(conflict, 'sync leaves a record to the desk');
        if (conflicts.length < shownConflictsMax) conflicts.push(conflict);
      },
    });
    if (counts.conflicts > 0)
      log.warn(
        { source: source.name, conflicts: counts.conflicts, first: conflicts },
        'desk: records were left as they are where only a person can tell',
      );
    const fields = { source: source.name, ...counts, skipped, resumed };
    if (error === undefined) log.info(fields, 'the records are in step with the source');
    else if (signal.aborted) log.info(fields, 'sync stops here and goes on at the next run');
    else {
      const { code, message, details, hint } = error;
      log.error(
        { ...fields, code, error: message, details, hint },
        'desk: a source of records broke off; what was merged stays',
      );
    }
  }
}
