/**
 * The store, open for as long as a command asks it something.
 */
import type { Settings } from '../edges/settings.ts';
import { type OpenedStore, openStore } from '../store/open.ts';

/** Closes the store whatever becomes of it. Throws what the store throws, STORE_IN_USE among others. */
export async function withStore<Result>(
  settings: Pick<Settings, 'store'>,
  ask: (store: OpenedStore['store']) => Promise<Result>,
): Promise<Result> {
  const { store } = await openStore(settings.store);
  try {
    return await ask(store);
  } finally {
    await store.close();
  }
}
