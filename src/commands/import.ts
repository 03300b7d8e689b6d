/**
 * `import FILE.csv`: customers and their transitions into the store, with a summary of what changes.
 *
 * Bad rows are named by line, column and value, and then nothing lands, unless --skip-bad says
 * otherwise. Customers that the file does not name stay as they are.
 */
import { userInfo } from 'node:os';
import { basename, resolve } from 'node:path';
import { systemClock } from '../edges/clock.ts';
import { shownText } from '../edges/customer-rows.ts';
import { type CustomersFile, readCustomers } from '../edges/customers-file.ts';
import { openLog } from '../edges/log.ts';
import { loadSettings, type Settings } from '../edges/settings.ts';
import type { RecordChange } from '../ports/records.ts';
import { openStore } from '../store/open.ts';
import type { CommandIo } from './io.ts';
import { changeLines, shownChangesMax } from './record-changes.ts';

export interface ImportOptions {
  readonly file: string;
  readonly config?: string;
  /** Says what would change; nothing is written. */
  readonly dryRun?: boolean;
  /** Imports the customers without a bad row. */
  readonly skipBad?: boolean;
}

/**
 * Runs the command. Returns the exit code: 1 when a bad row kept everything out, or nothing was valid.
 * Throws ResponderError for settings, a file that cannot be read as a whole, and the store.
 */
export async function importCommand(options: ImportOptions, io: CommandIo): Promise<number> {
  const settings = loadSettings({
    ...(options.config === undefined ? {} : { configPath: options.config }),
    env: io.env,
    cwd: io.cwd,
    secrets: 'store',
  });
  const file = await readWithProgress(resolve(io.cwd, options.file), io);
  reportProblems(file, io);
  if (file.problems.length > 0 && options.skipBad !== true) {
    io.stderr.write(
      'Nothing was imported. Correct the rows above, or import the other customers with --skip-bad.\n',
    );
    return 1;
  }
  if (file.customers.length === 0) {
    const why = file.rows === 0 ? 'the file has no rows below its header' : 'no row was valid';
    io.stderr.write(`Nothing was imported: ${why}.\n`);
    return 1;
  }
  const name = basename(options.file);
  const done = await importInto(settings, file, { io, name, dryRun: options.dryRun === true });
  io.stdout.write(summary(name, file, done));
  if (options.dryRun === true) io.stdout.write('Nothing was written (--dry-run).\n');
  return 0;
}

async function readWithProgress(path: string, io: CommandIo): Promise<CustomersFile> {
  if (io.stderr.isTTY !== true) return readCustomers(path);
  let hasShown = false;
  const file = await readCustomers(path, {
    onProgress: (rows) => {
      hasShown = true;
      io.stderr.write(`\r${rows} rows read`);
    },
  });
  if (hasShown) io.stderr.write(`\r${file.rows} rows read\n`);
  return file;
}

function reportProblems(file: CustomersFile, io: CommandIo): void {
  for (const { line, column, value, message } of file.problems) {
    io.stderr.write(`line ${line}, column ${column}: ${shownText(value)}: ${message}\n`);
  }
  if (file.problemsLeftOut > 0) io.stderr.write(`and ${file.problemsLeftOut} more\n`);
}

interface Imported {
  readonly changes: readonly RecordChange[];
  readonly unchanged: number;
}

async function importInto(
  settings: Settings,
  file: CustomersFile,
  options: { readonly io: CommandIo; readonly name: string; readonly dryRun: boolean },
): Promise<Imported> {
  const { io, name, dryRun } = options;
  const log = openLog({ ...settings.log, level: 'warn', destination: io.stderr });
  const { store } = await openStore({ ...settings.store, log });
  try {
    const changes: RecordChange[] = [];
    const { unchanged } = await store.importCustomers(file.customers, {
      dryRun,
      at: systemClock.now(),
      origin: { source: 'import', from: name, by: userInfo().username },
      onChange: (change) => changes.push(change),
    });
    return { changes, unchanged };
  } finally {
    await store.close();
  }
}

function summary(name: string, file: CustomersFile, { changes, unchanged }: Imported): string {
  const of = (kind: RecordChange['kind']) => changes.filter((change) => change.kind === kind);
  const added = of('added');
  const changed = of('changed');
  const lines = [
    `${name}: ${file.rows} rows, ${file.customers.length} customers`,
    `${added.length} added`,
    ...shortened(added.map((change) => [`  + ${change.customerId}`])),
    `${changed.length} changed`,
    ...shortened(changed.map(changeLines)),
    `${unchanged} unchanged`,
    ...skippedLines(file),
    ...(file.unknownColumns.length === 0
      ? []
      : [`Columns that are not read: ${file.unknownColumns.map(shownText).join(', ')}`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function shortened(blocks: readonly (readonly string[])[]): readonly string[] {
  const more = blocks.length - shownChangesMax;
  const shown = blocks.slice(0, shownChangesMax).flat();
  return more > 0 ? [...shown, `  and ${more} more`] : shown;
}

/** A customer with one bad row is skipped whole: half a record would be a wrong one. */
function skippedLines(file: CustomersFile): readonly string[] {
  const skipped = file.skippedCustomers;
  const lines: string[] = [];
  if (skipped.length > 0) {
    const more = skipped.length - shownChangesMax;
    const ids = skipped.slice(0, shownChangesMax).map(shownText).join(', ');
    lines.push(
      `${skipped.length} customers skipped with all their rows, since one of them is bad: ${ids}${more > 0 ? ` and ${more} more` : ''}`,
    );
  }
  if (file.rowsOfNobody > 0) {
    lines.push(`${file.rowsOfNobody} rows skipped that name no customer`);
  }
  return lines;
}
