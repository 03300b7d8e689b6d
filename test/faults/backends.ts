/**
 * The two set-ups of the store and the queue: embedded in a folder, and PostgreSQL with Redis.
 */
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

export const backendNames = ['embedded', 'servers'] as const;
export type BackendName = (typeof backendNames)[number];

export interface Backend {
  readonly name: BackendName;
  /** Absent in the embedded set-up. */
  readonly servers?: { readonly postgres: TestPostgres; readonly redis: TestRedis };
  /** Where a new desk keeps what it knows. */
  newPlace(): Promise<BackendPlace>;
  close(): Promise<void>;
}

/** Absent values: the folder of the desk. */
export interface BackendPlace {
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
}

export async function openBackend(
  name: BackendName,
  redisOptions: { readonly keepsData?: boolean } = {},
): Promise<Backend> {
  if (name === 'embedded')
    return { name, newPlace: async () => ({}), close: async () => undefined };
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis(redisOptions)]);
  let places = 0;
  return {
    name,
    servers: { postgres, redis },
    async newPlace() {
      places += 1;
      // Redis has sixteen databases: a desk sixteen desks ago has ended.
      return {
        databaseUrl: await postgres.createDatabase(),
        redisUrl: `${redis.url}/${places % 16}`,
      };
    },
    async close() {
      await postgres.stop();
      await redis.stop();
    },
  };
}
