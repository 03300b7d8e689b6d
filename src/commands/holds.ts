/**
 * `holds`: what is held back until a person releases it, and releasing it.
 *
 * A mailbox is paused when more replies than usual would have gone out; an address is held when a reply to
 * it came back. Releasing sends nothing: what was held back meanwhile stays with the desk.
 */

import { systemClock } from '../edges/clock.ts';
import { ResponderError } from '../errors.ts';
import type { Hold, Store } from '../ports.ts';
import { settingsFor } from './command-settings.ts';
import type { CommandIo } from './io.ts';
import { personLoggedIn } from './person.ts';
import { withStore } from './with-store.ts';

export interface HoldsOptions {
  /** A mailbox of the settings, or an address. */
  readonly release?: string;
  readonly by?: string;
  readonly config?: string;
}

/** Throws HOLD_NOT_FOUND where nothing of the name is held. */
export async function holdsCommand(options: HoldsOptions, io: CommandIo): Promise<number> {
  if (options.by !== undefined && options.release === undefined)
    throw new ResponderError('USAGE', '--by says who releases: name what, with --release.');
  const settings = settingsFor(options, io, 'store');
  return withStore(settings, async (store) => {
    const text =
      options.release === undefined
        ? await list(store)
        : await release(store, options.release.trim(), options.by ?? personLoggedIn());
    io.stdout.write(text);
    return 0;
  });
}

async function list(store: Store): Promise<string> {
  const holds = await store.listHolds();
  return holds.length === 0 ? 'Nothing is held back.\n' : holds.map(holdLine).join('');
}

async function release(store: Store, name: string, by: string): Promise<string> {
  // Names of mailboxes hold no @.
  const kind = name.includes('@') ? 'address' : 'mailbox';
  const act = { at: systemClock.now(), by, via: 'command' } as const;
  const isReleased = await store.releaseHold({ kind, name }, { ...act, act });
  if (!isReleased) throw new ResponderError('HOLD_NOT_FOUND', `“${name}” is not held back.`);
  return kind === 'mailbox'
    ? `Replies go out from ${name} again. Those held back meanwhile stay with the desk: explain --waiting\n`
    : `Replies may go to ${name} again.\n`;
}

/** One hold as people read it; `explain --waiting` and `doctor` show the same. */
export function holdLine({ kind, name, at, detail, caseId }: Hold): string {
  const what = kind === 'mailbox' ? 'sending from it is paused' : 'nothing is sent to it';
  const origin = caseId === undefined ? '' : ` (case ${caseId})`;
  return `${name}  since ${at.toISOString()}: ${what}${origin}\n    ${detail}\n`;
}
