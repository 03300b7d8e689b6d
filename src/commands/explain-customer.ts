/**
 * `explain --customer ID`: the record of a customer as it stands, and what became of it, newest first.
 */
import type { Customer } from '../core/customer.ts';
import { shownText } from '../edges/customer-rows.ts';
import { openLog } from '../edges/log.ts';
import { logOptionsOf } from '../edges/settings-log.ts';
import { ResponderError } from '../errors.ts';
import type { HistoryEntry } from '../ports/records.ts';
import { shownFields } from '../store/customer-diff.ts';
import { openStore } from '../store/open.ts';
import { settingsFor } from './command-settings.ts';
import type { CommandIo } from './io.ts';

export interface ExplainCustomerOptions {
  readonly customer: string;
  readonly config?: string;
  /** What only a case can be asked for with. */
  readonly id?: string;
  readonly waiting?: boolean;
}

/** Changes that are shown: a year of those that come week by week. */
const historyMax = 50;

/** Throws USAGE, or CUSTOMER_NOT_FOUND. */
export async function explainCustomerCommand(
  options: ExplainCustomerOptions,
  io: CommandIo,
): Promise<number> {
  const { customer: id } = options;
  if (options.id !== undefined || options.waiting === true) {
    throw new ResponderError(
      'USAGE',
      'Name a customer, or a case, or list the waiting ones: only one of them at once.',
    );
  }
  const settings = settingsFor(options, io, 'store');
  const log = openLog({ ...logOptionsOf(settings), level: 'warn', destination: io.stderr });
  const { store } = await openStore({ ...settings.store, log });
  try {
    const found = await store.findCustomer(id);
    if (found === undefined) {
      throw new ResponderError('CUSTOMER_NOT_FOUND', `No customer has the id ${shownText(id)}.`);
    }
    // One more than is shown says whether there are more.
    const history = await store.listHistory(found.id, historyMax + 1);
    io.stdout.write(describeCustomer(found, history));
    return 0;
  } finally {
    await store.close();
  }
}

/** The fields have the names that the history has them by. */
function describeCustomer(customer: Customer, history: readonly HistoryEntry[]): string {
  const lines = [
    ...[...shownFields(customer)].map(([path, value]) => `${path}: ${shownText(value)}`),
    '',
    history.length === 0 ? 'history: none' : 'history, newest first',
    ...history.slice(0, historyMax).flatMap(historyLines),
    ...(history.length > historyMax ? ['  older changes are not shown'] : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function historyLines({ at, kind, fields, origin }: HistoryEntry): readonly string[] {
  return [
    `  ${at.toISOString()}  ${kind} by ${originText(origin)}`,
    ...fields.map(
      ({ path, before, after }) => `      ${path}: ${shownValue(before)} -> ${shownValue(after)}`,
    ),
  ];
}

/** Of the first versions nobody wrote down the file and the person. */
function originText({ source, from, by }: HistoryEntry['origin']): string {
  const of = from === '' ? source : `${source} of ${shownText(from)}`;
  return by === '' ? of : `${of}, ${shownText(by)}`;
}

function shownValue(value: string): string {
  return value === '' ? '(unknown)' : shownText(value);
}
