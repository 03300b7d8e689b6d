/**
 * What changed, told to every screen that is open: one look at the store a second for all of them together, and
 * none while nobody listens.
 */
import { PassThrough } from 'node:stream';
import type { ChangeMarks, ConsoleStore, Presence } from '../ports/console.ts';
import { presenceMs } from './case-view.ts';
import type { ConsoleParts } from './parts.ts';

/** A tab that is seen holds one connection; more of one person are no tabs any more. */
export const listenersPerPersonMax = 12;
/** Of all people together: each costs a socket and some kilobytes. */
export const listenersMax = 400;
/** A connection ends then, and the browser opens another: whoever was locked out meanwhile does not get in. */
const listenMsMax = 5 * 60_000;
/** Looks without anything to tell, after which a line is sent so that nothing between takes the line for dead. */
const beatLooks = 15;

export interface Live {
  /** A stream of events for a person; undefined where too many are open. */
  listen(person: string): PassThrough | undefined;
  /** Looks once at what changed and tells it. */
  look(): Promise<void>;
  readonly listeners: number;
  close(): void;
}

export interface LiveParts extends Pick<ConsoleParts, 'clock' | 'log'> {
  readonly store: Pick<ConsoleStore, 'changeMarks' | 'countReview' | 'listPresence'>;
}

interface Listener {
  readonly person: string;
  readonly stream: PassThrough;
  readonly until: number;
}

export function openLive({ store, clock, log }: LiveParts): Live {
  const listeners = new Set<Listener>();
  let timer: NodeJS.Timeout | undefined;
  let told: { marks: ChangeMarks; presence: string } | undefined;
  let isLooking = false;
  let quietLooks = 0;

  const leave = (listener: Listener): void => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    told = undefined;
  };
  const tell = (event: string, data: unknown): void => {
    for (const { stream } of listeners)
      stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const news = async (): Promise<void> => {
    const now = clock.now().getTime();
    const marks = await store.changeMarks();
    const who = presenceByCase(await store.listPresence(new Date(now - presenceMs)));
    const presence = JSON.stringify(who);
    const before = told;
    told = { marks, presence };
    quietLooks += 1;
    if (before?.marks.review !== marks.review) tell('review', await store.countReview());
    if (before?.marks.cases !== marks.cases || before.marks.review !== marks.review)
      tell('cases', 0);
    if (before?.presence !== presence) tell('presence', who);
    if (quietLooks >= beatLooks) {
      quietLooks = 0;
      for (const { stream } of listeners) stream.write(': \n\n');
    }
    for (const listener of listeners) if (listener.until <= now) listener.stream.end();
  };
  const look = async (): Promise<void> => {
    // A slow store is not asked again before it has answered.
    if (isLooking) return;
    isLooking = true;
    try {
      await news();
    } catch (error) {
      log.warn({ err: error }, 'the console could not look for changes');
    } finally {
      isLooking = false;
    }
  };
  return {
    listen(person) {
      const theirs = [...listeners].filter((listener) => listener.person === person).length;
      if (theirs >= listenersPerPersonMax || listeners.size >= listenersMax) return undefined;
      const stream = new PassThrough();
      const listener = { person, stream, until: clock.now().getTime() + listenMsMax };
      listeners.add(listener);
      stream.on('close', () => leave(listener));
      // What was told before this one came is told anew, to all: it may have missed it on its way back.
      told = undefined;
      stream.write('retry: 2000\n\n');
      timer ??= setInterval(() => void look(), lookEveryMs);
      return stream;
    },
    look,
    get listeners() {
      return listeners.size;
    },
    close() {
      for (const { stream } of listeners) stream.end();
      clearInterval(timer);
    },
  };
}

const lookEveryMs = 1_000;

/** Who is at which case. */
function presenceByCase(seen: readonly Presence[]): Readonly<Record<string, readonly string[]>> {
  const cases = new Map<string, string[]>();
  for (const { caseId, by } of seen.toSorted((a, b) => (a.by < b.by ? -1 : 1)))
    cases.set(caseId, [...(cases.get(caseId) ?? []), by]);
  return Object.fromEntries(cases);
}
