/**
 * Methods of the store as functions of what they are asked: the database is bound, and what fails becomes an
 * operational error.
 */
import { type StorePlace, storeFailure } from './failures.ts';
import type { Database } from './schema.ts';

export interface Binding {
  on<Args extends readonly unknown[], Result>(
    method: (db: Database, ...args: Args) => Promise<Result>,
  ): (...args: Args) => Promise<Result>;
  /** The same for what is read in pages. */
  each<Args extends readonly unknown[], Item>(
    method: (db: Database, ...args: Args) => AsyncIterable<Item>,
  ): (...args: Args) => AsyncGenerator<Item>;
}

export function binding(db: Database, place: StorePlace): Binding {
  return {
    on:
      (method) =>
      async (...args) => {
        try {
          return await method(db, ...args);
        } catch (error) {
          throw storeFailure(error, place);
        }
      },
    each: (method) =>
      async function* (...args) {
        try {
          yield* method(db, ...args);
        } catch (error) {
          throw storeFailure(error, place);
        }
      },
  };
}
