/**
 * What a person at the desk does with a case, as one story each: asked, judged, saved, queued.
 */
import type { DeskActions, Refused } from '../ports/desk.ts';
import type { Clock, Log, Store } from '../ports.ts';
import type { PipelineParts } from './parts.ts';

export interface DeskParts {
  readonly store: Store;
  /** Undefined for a mailbox that is not in the settings. */
  readonly pipelineOf: (mailbox: string) => PipelineParts | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

export function deskActions(_parts: DeskParts): DeskActions {
  const refused = async (): Promise<Refused> => ({
    kind: 'refused',
    why: 'not-possible',
    sentence: 'Not possible.',
  });
  return {
    propose: refused,
    approve: refused,
    answerYourself: refused,
    dismiss: refused,
    undo: refused,
    reopen: refused,
    arrived: refused,
    sendAgain: refused,
  };
}
