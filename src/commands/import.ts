/**
 * `import FILE`: customers and their transitions into the store, with a summary of what changes.
 *
 * Bad rows are named by line, column and value, and then nothing lands, unless --skip-bad says
 * otherwise. Customers that the file does not have stay as they are, unless --replace ends their move. A file
 * of any length is read piece by piece, in one transaction.
 */

import { basename, resolve } from 'node:path';
import type { Customer } from '../core/customer.ts';
import { systemClock } from '../edges/clock.ts';
import { shownText } from '../edges/customer-rows.ts';
import {
  type CustomersFormat,
  type CustomersReport,
  customersFormats,
  type OpenedCustomers,
  openCustomers,
} from '../edges/customers-file.ts';
import { openLog } from '../edges/log.ts';
import { logOptionsOf } from '../edges/settings-log.ts';
import { ResponderError } from '../errors.ts';
import type { ChangeOrigin, ImportSummary } from '../ports/records.ts';
import type { Store } from '../ports.ts';
import { openStore } from '../store/open.ts';
import { settingsFor } from './command-settings.ts';
import type { ImportOptions } from './import-options.ts';
import { importProfile } from './import-profile.ts';
import type { CommandIo } from './io.ts';
import { personLoggedIn } from './person.ts';
import { type Progress, progressOn } from './progress.ts';
import { ShownChanges, shownChangesMax } from './record-changes.ts';

/**
 * Runs the command. Returns the exit code: 1 when a bad row kept everything out, or nothing was valid.
 * Throws ResponderError for usage, settings, a file that cannot be read as a whole, and the store.
 */
export async function importCommand(options: ImportOptions, io: CommandIo): Promise<number> {
  const { profile } = options;
  if (profile !== undefined) return importProfile({ ...options, profile }, io);
  const format = readFormat(options.format);
  const settings = settingsFor(options, io, 'store');
  const progress = progressOn(io);
  const opened = await openCustomers(resolve(io.cwd, options.file), {
    ...(format === undefined ? {} : { format }),
    onProgress: (rows) => progress.show(`${rows} rows read`),
  });
  try {
    const log = openLog({ ...logOptionsOf(settings), level: 'warn', destination: io.stderr });
    const { store } = await openStore({ ...settings.store, log });
    try {
      return await importFile(store, opened, { options, io, progress });
    } finally {
      await store.close();
    }
  } finally {
    await opened.close();
  }
}

function readFormat(text: string | undefined): CustomersFormat | undefined {
  const format = customersFormats.find((known) => known === text);
  if (text === undefined || format !== undefined) return format;
  throw new ResponderError(
    'USAGE',
    `--format: found “${text}”, expected one of ${customersFormats.join(', ')}.`,
  );
}

/** What ends the transaction of the store, so that nothing of the file lands. */
class NothingImported extends ResponderError {
  constructor(sentence: string) {
    super('CUSTOMERS_INVALID', sentence);
  }
}

interface ImportContext {
  readonly options: ImportOptions;
  readonly io: CommandIo;
  readonly progress: Progress;
}

async function importFile(
  store: Store,
  opened: OpenedCustomers,
  { options, io, progress }: ImportContext,
): Promise<number> {
  const name = basename(options.file);
  const changes = new ShownChanges(options.all === true ? Number.POSITIVE_INFINITY : undefined);
  try {
    const summary = await store.importCustomers(sound(opened, options), {
      dryRun: options.dryRun === true,
      at: systemClock.now(),
      origin: originOf(name, options),
      replace: options.replace === true,
      onChange: (change) => changes.add(change),
      onProgress: (customers) => progress.show(`${customers} customers compared`),
    });
    progress.end();
    const report = opened.report();
    reportProblems(report, io);
    io.stdout.write(summaryText(name, { report, summary, changes, options }));
    if (options.dryRun === true) io.stdout.write('Nothing was written (--dry-run).\n');
    return 0;
  } catch (error) {
    if (!(error instanceof NothingImported)) throw error;
    progress.end();
    reportProblems(opened.report(), io);
    io.stderr.write(`${error.message}\n`);
    return 1;
  }
}

function originOf(from: string, { by }: ImportOptions): ChangeOrigin {
  return { source: 'import', from, by: by ?? personLoggedIn() };
}

/** The customers of the file; ends with NothingImported where the file as a whole must not land. */
async function* sound(opened: OpenedCustomers, options: ImportOptions): AsyncGenerator<Customer> {
  yield* opened.customers;
  const { problems, customerCount, rows } = opened.report();
  // A bad row may be all that a customer has: it would end because of a slip of the pen.
  if (problems.length > 0 && options.replace === true)
    throw new NothingImported(
      'Nothing was imported. With --replace each row must be right: correct the rows above.',
    );
  if (problems.length > 0 && options.skipBad !== true)
    throw new NothingImported(
      'Nothing was imported. Correct the rows above, or import the other customers with --skip-bad.',
    );
  if (customerCount > 0) return;
  const why = rows === 0 ? 'the file has no rows below its header' : 'no row was valid';
  throw new NothingImported(`Nothing was imported: ${why}.`);
}

function reportProblems({ problems, problemsLeftOut }: CustomersReport, io: CommandIo): void {
  for (const { line, column, value, message } of problems) {
    io.stderr.write(`line ${line}, column ${column}: ${shownText(value)}: ${message}\n`);
  }
  if (problemsLeftOut > 0) io.stderr.write(`and ${problemsLeftOut} more\n`);
}

interface Imported {
  readonly report: CustomersReport;
  readonly summary: ImportSummary;
  readonly changes: ShownChanges;
  readonly options: ImportOptions;
}

function summaryText(name: string, { report, summary, changes, options }: Imported): string {
  const { added, changed, unchanged, missing, ended } = summary;
  const isReplacing = options.replace === true;
  const endedLines = [`${ended} ended, missing from the file`, ...changes.take('ended')];
  const missingLine = isReplacing
    ? `${missing} missing from the file, whose move had ended before`
    : `${missing} missing from the file, kept as they are`;
  const lines = [
    `${name}: ${report.rows} rows, ${report.customerCount} customers`,
    `${added} added`,
    ...changes.take('added'),
    `${changed} changed`,
    ...changes.take('changed'),
    `${unchanged} unchanged`,
    ...(isReplacing ? endedLines : []),
    ...(missing > 0 ? [missingLine] : []),
    ...skippedLines(report),
    ...(report.unknownColumns.length === 0
      ? []
      : [`Columns that are not read: ${report.unknownColumns.map(shownText).join(', ')}`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** A customer with one bad row is skipped whole: half a record would be a wrong one. */
function skippedLines({ skippedCustomers: skipped, rowsOfNobody }: CustomersReport): string[] {
  const lines: string[] = [];
  if (skipped.length > 0) {
    const more = skipped.length - shownChangesMax;
    const ids = skipped.slice(0, shownChangesMax).map(shownText).join(', ');
    lines.push(
      `${skipped.length} customers skipped with all their rows, since one of them is bad: ${ids}${more > 0 ? ` and ${more} more` : ''}`,
    );
  }
  if (rowsOfNobody > 0) lines.push(`${rowsOfNobody} rows skipped that name no customer`);
  return lines;
}
