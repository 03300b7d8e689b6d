/**
 * One customers file of the console: what it would change, and changing it. The same reading and the same writing as
 * the command `import`.
 */
import type { Customer } from '../core/customer.ts';
import { type OpenedCustomers, openCustomers } from '../edges/customers-file.ts';
import { ResponderError } from '../errors.ts';
import type { Act } from '../ports/audit.ts';
import type { FileReport } from '../ports/customer-desk.ts';
import type { ImportSummary, RecordChange } from '../ports/records.ts';
import type { Store } from '../ports.ts';

export interface ComparedFile {
  readonly path: string;
  /** As its uploader called it. */
  readonly fileName: string;
}

/** Customers, changes and problems that a page names one by one. */
const samplesMax = 20;
const problemsShownMax = 100;
/** Fields of one change: a record of a thousand subscriptions must not fill the page. */
const fieldsShownMax = 20;
const valueCharsMax = 200;

/** Bad rows leave their customers out, as --skip-bad does: the report names them. */
export async function compareFile(
  store: Store,
  file: ComparedFile,
  progress: {
    readonly onRows: (rows: number) => void;
    readonly onCustomers: (customers: number) => void;
  },
): Promise<FileReport> {
  return opening(file, progress.onRows, async (opened, samples) => {
    const summary = await store.importCustomers(opened.customers, {
      dryRun: true,
      // Nothing is written, so that neither says anything.
      at: new Date(0),
      origin: { source: 'import', from: file.fileName, by: '' },
      onChange: (change) => samples.add(change),
      onProgress: progress.onCustomers,
    });
    return reportOf(opened, summary, samples);
  });
}

export async function importFile(
  store: Store,
  file: ComparedFile,
  applying: {
    readonly act: Act;
    readonly skipBad: boolean;
    readonly onCustomers: (customers: number) => void;
  },
): Promise<FileReport> {
  const { act, skipBad, onCustomers } = applying;
  return opening(
    file,
    () => undefined,
    async (opened, samples) => {
      const summary = await store.importCustomers(sound(opened, skipBad), {
        dryRun: false,
        at: act.at,
        origin: { source: 'import', from: file.fileName, by: act.by },
        act,
        onChange: (change) => samples.add(change),
        onProgress: onCustomers,
      });
      return reportOf(opened, summary, samples);
    },
  );
}

async function opening(
  { path, fileName }: ComparedFile,
  onProgress: (rows: number) => void,
  run: (opened: OpenedCustomers, samples: Samples) => Promise<FileReport>,
): Promise<FileReport> {
  const opened = await openCustomers(path, { onProgress });
  try {
    return await run(opened, new Samples());
  } catch (error) {
    throw namedAs(error, path, fileName);
  } finally {
    await opened.close();
  }
}

/** The person knows the file by its own name. */
function namedAs(error: unknown, path: string, fileName: string): unknown {
  if (!(error instanceof ResponderError) || !error.message.includes(path)) return error;
  const { code, details } = error;
  return new ResponderError(code, error.message.replaceAll(path, fileName), {
    cause: error,
    ...(details === undefined ? {} : { details }),
  });
}

/** Ends the transaction of the store where the file is not what was shown. */
async function* sound(opened: OpenedCustomers, skipBad: boolean): AsyncGenerator<Customer> {
  yield* opened.customers;
  const { problems, customerCount } = opened.report();
  if ((problems.length > 0 && !skipBad) || customerCount === 0)
    throw new ResponderError(
      'CUSTOMERS_INVALID',
      'Rows of the file are wrong, so nothing was changed.',
    );
}

class Samples {
  readonly changes: RecordChange[] = [];
  readonly newIds: string[] = [];

  add(change: RecordChange): void {
    if (change.kind === 'added' && this.newIds.length < samplesMax)
      this.newIds.push(change.customerId);
    if (change.kind === 'changed' && this.changes.length < samplesMax)
      this.changes.push({
        ...change,
        fields: change.fields.slice(0, fieldsShownMax).map(({ path, before, after }) => ({
          path,
          before: before.slice(0, valueCharsMax),
          after: after.slice(0, valueCharsMax),
        })),
      });
  }
}

function reportOf(
  opened: OpenedCustomers,
  { added, changed, unchanged, missing }: ImportSummary,
  { changes, newIds }: Samples,
): FileReport {
  const report = opened.report();
  return {
    rows: report.rows,
    customers: report.customerCount,
    added,
    changed,
    unchanged,
    missing,
    problems: report.problems.slice(0, problemsShownMax),
    problemCount: report.problems.length + report.problemsLeftOut,
    skippedCustomers: report.skippedCustomers.length,
    rowsOfNobody: report.rowsOfNobody,
    unknownColumns: report.unknownColumns,
    samples: changes,
    newIds,
  };
}
