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
} {
  const decisions = new Map<string, LoggedDecision>();
  return {
    decisions,
    log: {
      ...log,
      info(fields, sentence) {
        if (isDecision(fields)) decisions.set(fields.case, fields);
        log.info(fields, sentence);
      },
    },
  };
}
