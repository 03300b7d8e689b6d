/**
 * The databases every suite of the store and of the jobs runs over: same rows, same answers.
 */
import { type OpenedStore, openStore, type StorePool } from '../../src/store/open.ts';
import { startPostgres } from '../support/postgres.ts';
import { requireService } from '../support/services.ts';

export interface TestDatabase {
  readonly name: string;
  readonly isMissing: boolean;
  /** Opens an empty store; `again` opens the same one as another process would, where that can be. */
  open(): Promise<OpenedDatabase>;
}

export interface OpenedDatabase extends OpenedStore {
  readonly again?: () => Promise<OpenedStore>;
  readonly close: () => Promise<void>;
}

export const databases: readonly TestDatabase[] = [
  {
    name: 'PGlite',
    isMissing: false,
    async open() {
      const opened = await openStore({ dataDir: ':memory:' });
      return { ...opened, close: () => opened.store.close() };
    },
  },
  {
    name: 'PostgreSQL',
    isMissing: !requireService('postgres'),
    async open() {
      const server = await startPostgres();
      const databaseUrl = await server.createDatabase();
      const opened = await openStore({ databaseUrl });
      return {
        ...opened,
        again: () => openStore({ databaseUrl }),
        async close() {
          await opened.store.close();
          await server.stop();
        },
      };
    },
  },
];

/** Empties our tables between tests. */
export async function emptyStore(pool: StorePool): Promise<void> {
  await pool.query(
    'truncate desk_settlements, desk_presence, cursors, watches, mails, locations, cases, replies, customers, customer_keys, customer_changes, double_billings, sync_runs, follow_ups, holds, template_files, template_versions, template_sets, template_refusals, template_saves, watch_leases, audit',
  );
}
