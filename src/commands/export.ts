/**
 * `export [FILE]`: all customers as a customers file that `import` reads back to the same, to standard output or
 * to a file.
 *
 * A file is there when it is whole: it is written beside its place and moved there at the end. What it cannot hold
 * is named, and ends with exit status 1.
 */

import { resolve } from 'node:path';
import type { Customer } from '../core/customer.ts';
import { shownText } from '../edges/customer-rows.ts';
import { type CustomersFormat, customersFormats, formatOf } from '../edges/customers-file.ts';
import { customersWriters } from '../edges/customers-writer.ts';
import { openLog } from '../edges/log.ts';
import { logOptionsOf } from '../edges/settings-log.ts';
import { ResponderError } from '../errors.ts';
import type { Store } from '../ports.ts';
import { openStore } from '../store/open.ts';
import { settingsFor } from './command-settings.ts';
import { openWholeFile, type WholeFile } from './export-file.ts';
import type { CommandIo } from './io.ts';
import { writeBlocks } from './write-blocks.ts';

/** As they come from the command line. */
export interface ExportOptions {
  readonly file?: string;
  readonly format?: string;
  readonly config?: string;
}

/** Customers that are left out and named one by one; the others are counted. */
const shownCustomersMax = 20;

const progressCustomers = 5_000;

/** Throws USAGE for the format and for a file that cannot be written, before the store is opened. */
export async function exportCommand(options: ExportOptions, io: CommandIo): Promise<number> {
  const format = formatOption(options);
  const settings = settingsFor(options, io, 'store');
  const file =
    options.file === undefined ? undefined : await openWholeFile(resolve(io.cwd, options.file));
  try {
    const log = openLog({ ...logOptionsOf(settings), level: 'warn', destination: io.stderr });
    const { store } = await openStore({ ...settings.store, log });
    try {
      return await exportFrom(store, { format, file, io });
    } finally {
      await store.close();
    }
  } finally {
    await file?.discard();
  }
}

function formatOption({ format, file = '' }: ExportOptions): CustomersFormat {
  if (format === undefined) return formatOf(file);
  const found = customersFormats.find((known) => known === format);
  if (found !== undefined) return found;
  throw new ResponderError(
    'USAGE',
    `--format: found “${format}”, expected one of ${customersFormats.join(', ')}.`,
  );
}

interface Target {
  readonly format: CustomersFormat;
  /** Standard output where there is none. */
  readonly file: WholeFile | undefined;
  readonly io: CommandIo;
}

async function exportFrom(store: Store, { format, file, io }: Target): Promise<number> {
  const count = new ExportCount(io);
  const texts = customersWriters[format](store.eachCustomer(), count);
  if (file !== undefined) {
    await file.write(texts);
    await file.keep();
  } else if (!(await writeBlocks(texts, io.stdout))) {
    // Whoever closed the pipe (`| head`) has what was wanted.
    count.endProgress();
    return 0;
  }
  io.stderr.write(count.summary());
  return count.leftOut > 0 ? 1 : 0;
}

/** Counts while it is written, and shows how far it came on a terminal. */
class ExportCount {
  leftOut = 0;
  #customers = 0;
  #rows = 0;
  #hasShown = false;
  readonly #io: CommandIo;

  constructor(io: CommandIo) {
    this.#io = io;
  }

  readonly onWritten = ({ subscriptions }: Customer): void => {
    this.#customers += 1;
    this.#rows += subscriptions.length;
    if (this.#io.stderr.isTTY !== true || this.#customers % progressCustomers !== 0) return;
    this.#hasShown = true;
    this.#io.stderr.write(`\r${this.#customers} customers written`);
  };

  readonly onLeftOut = ({ id }: Customer, why: string): void => {
    this.leftOut += 1;
    if (this.leftOut > shownCustomersMax) return;
    this.endProgress();
    this.#io.stderr.write(`customer ${shownText(id)} ${why}\n`);
  };

  /** What follows begins on a line of its own. */
  endProgress(): void {
    if (this.#hasShown) this.#io.stderr.write('\n');
    this.#hasShown = false;
  }

  summary(): string {
    this.endProgress();
    const written = `${this.#customers} customers written, ${this.#rows} rows`;
    if (this.leftOut === 0) return `${written}.\n`;
    const more = this.leftOut - shownCustomersMax;
    return `${more > 0 ? `and ${more} more\n` : ''}${written}; ${this.leftOut} customers left out.\n`;
  }
}
