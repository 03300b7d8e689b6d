/**
 * One run of one source: from where an earlier one broke off, batch by batch, to its end or to where it breaks
 * off. The command and the scheduled job are the same run.
 */
import { syncResumeMsMax } from '../core/limits.ts';
import type { CustomerFacts } from '../core/record-facts.ts';
import { ResponderError } from '../errors.ts';
import type { MergeOptions, MergeSummary } from '../ports/records.ts';
import type { FactSource, SyncRun } from '../ports/sync.ts';
import type { Store } from '../ports.ts';

export interface SourceRunOptions
  extends Pick<
    MergeOptions,
    'dryRun' | 'productAliases' | 'onChange' | 'onConflict' | 'onProgress'
  > {
  readonly store: Pick<Store, 'mergeFacts' | 'findSyncRun' | 'saveSyncRun'>;
  readonly now: () => Date;
  /** The person, or the worker. */
  readonly by: string;
  readonly signal?: AbortSignal;
}

export interface SourceRunResult {
  readonly source: string;
  /** Of this run alone. */
  readonly counts: MergeSummary;
  /** It went on where an earlier run broke off. */
  readonly resumed: boolean;
  /** Why it broke off. */
  readonly error?: ResponderError;
}

const nothing: MergeSummary = { added: 0, changed: 0, unchanged: 0, unknown: 0, conflicts: 0 };

/** Runs a source. What breaks the source off is part of the result; what breaks the store is thrown. */
export async function runSource(
  source: FactSource,
  options: SourceRunOptions,
): Promise<SourceRunResult> {
  const { store, now, dryRun } = options;
  const startedAt = now();
  const last = dryRun ? undefined : await store.findSyncRun(source.name);
  const isOpen = last !== undefined && isBrokenOff(last, startedAt);
  let run: SyncRun = isOpen
    ? withoutEnd(last)
    : { source: source.name, startedAt, added: 0, changed: 0, unchanged: 0, unknown: 0 };
  const base = run;
  const save = async (state: SyncRun): Promise<void> => {
    run = state;
    if (!dryRun) await store.saveSyncRun(state);
  };
  await save(run);
  const marks = new Map<string, string>();
  let counts = nothing;
  const resumed = isOpen && last.mark !== undefined;
  try {
    counts = await store.mergeFacts(marked(source.facts(base.mark), marks, options.signal), {
      ...options,
      at: startedAt,
      origin: { source: 'sync', from: source.name, by: options.by },
      async onMerged(facts, soFar) {
        counts = soFar;
        const mark = marks.get(facts.tenantId);
        marks.clear();
        await save({ ...base, ...sum(base, soFar), ...(mark === undefined ? {} : { mark }) });
      },
    });
    await save({ ...run, finishedAt: now() });
    return { source: source.name, counts, resumed };
  } catch (error) {
    const sentence = error instanceof ResponderError ? error.message : 'a fault of the program';
    await save({ ...run, finishedAt: now(), error: sentence });
    if (!(error instanceof ResponderError) || !isOfSource(error)) throw error;
    return { source: source.name, counts, resumed, error };
  }
}

function isOfSource({ code }: ResponderError): boolean {
  return code === 'SYNC_FAILED' || code === 'SYNC_REFUSED' || code === 'SYNC_LOGIN_FAILED';
}

function isBrokenOff({ finishedAt, error, startedAt }: SyncRun, now: Date): boolean {
  const isWhole = finishedAt !== undefined && error === undefined;
  return !isWhole && now.getTime() - startedAt.getTime() < syncResumeMsMax;
}

function withoutEnd({ finishedAt: _end, error: _why, ...run }: SyncRun): SyncRun {
  return run;
}

function sum(base: SyncRun, soFar: MergeSummary) {
  return {
    added: base.added + soFar.added,
    changed: base.changed + soFar.changed,
    unchanged: base.unchanged + soFar.unchanged,
    unknown: base.unknown + soFar.unknown,
  };
}

/** Remembers the mark of each tenant until its batch is durable. */
async function* marked(
  items: AsyncIterable<{ readonly mark: string; readonly facts: CustomerFacts }>,
  marks: Map<string, string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<CustomerFacts> {
  for await (const { mark, facts } of items) {
    if (signal?.aborted === true)
      throw new ResponderError('SYNC_FAILED', 'The run was told to end.');
    marks.set(facts.tenantId, mark);
    yield facts;
  }
}
