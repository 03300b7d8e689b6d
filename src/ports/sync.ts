/**
 * Where facts about customers come from when no file is handed over, and how far a run has come.
 */
import type { CustomerFacts } from '../core/record-facts.ts';

/** A system that knows customers and their subscriptions. Throws ResponderError. */
export interface FactSource {
  /** `partner-center`, `graph`: stands in the history of the records. */
  readonly name: string;
  /**
   * Everything it knows, in an order that stays the same. `after` is the mark of the last item that was taken
   * in by an earlier run that broke off.
   */
  facts(after?: string): AsyncIterable<{ readonly mark: string; readonly facts: CustomerFacts }>;
}

/** One run of a source. */
export interface SyncRun {
  readonly source: string;
  readonly startedAt: Date;
  readonly finishedAt?: Date;
  /** How far it came. */
  readonly mark?: string;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly unknown: number;
  /** Why it broke off, in a sentence. */
  readonly error?: string;
}

export interface SyncStore {
  /** The newest run of a source. */
  findSyncRun(source: string): Promise<SyncRun | undefined>;
  saveSyncRun(run: SyncRun): Promise<void>;
}
