/**
 * Notes in the store how a mailbox is watched, so that every process and `doctor` can tell.
 *
 * Looks are many: one in ten seconds is noted. A note that fails is no trouble of the mailbox: the next
 * one says the same.
 */
import type { WatchStore } from '../ports/watch.ts';
import type { Log } from '../ports.ts';
import { messageOf } from './parts.ts';

const everyMs = 10_000;

export interface WatchNotes {
  looked(at: Date): Promise<void>;
  troubled(at: Date, detail: string): Promise<void>;
}

export function openWatchNotes(
  {
    store,
    log,
  }: { readonly store: Pick<WatchStore, 'noteLook' | 'noteTrouble'>; readonly log: Log },
  mailbox: string,
): WatchNotes {
  let notedAt: number | undefined;
  const write = async (note: Promise<void>): Promise<void> => {
    try {
      await note;
    } catch (error) {
      log.warn(
        { mailbox, error: messageOf(error) },
        'the store could not note how the mailbox is watched',
      );
    }
  };
  return {
    async looked(at) {
      // A clock that was set back must not silence the notes.
      if (notedAt !== undefined && Math.abs(at.getTime() - notedAt) < everyMs) return;
      notedAt = at.getTime();
      await write(store.noteLook(mailbox, at));
    },
    async troubled(at, detail) {
      // The look that ends it is noted at once.
      notedAt = undefined;
      await write(store.noteTrouble(mailbox, { at, detail }));
    },
  };
}
