/**
 * What the worker decided, read from its own log: the store keeps nothing of a mail that is ignored.
 */
import type { Log } from '../ports.ts';

export interface LoggedDecision {
  readonly case: string;
  readonly action: string;
  readonly reason: string;
  readonly family?: string;
  readonly customer?: string;
  readonly scenario?: string;
}

function isDecision(fields: object): fields is LoggedDecision {
  return 'case' in fields && 'action' in fields && 'reason' in fields;
}

/** A log that remembers decisions by case, and passes everything on. */
export function rememberDecisions(log: Log): {
  readonly log: Log;
  readonly decisions: ReadonlyMap<string, LoggedDecision>;
  /** Calls back for every decision from now on; the result ends that. */
  readonly onDecision: (listener: (decision: LoggedDecision) => void) => () => void;
} {
  const decisions = new Map<string, LoggedDecision>();
  const listeners = new Set<(decision: LoggedDecision) => void>();
  return {
    decisions,
    onDecision(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    log: {
      ...log,
      info(fields, sentence) {
        log.info(fields, sentence);
        if (!isDecision(fields)) return;
        decisions.set(fields.case, fields);
        for (const listener of listeners) listener(fields);
      },
    },
  };
}
