/**
 * `explain --customer` over a real embedded store: the record, its history, and texts that mean harm.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Customer } from '../../src/core/customer.ts';
import type { ChangeOrigin } from '../../src/ports/records.ts';
import { openStore } from '../../src/store/open.ts';
import { contoso, customerOf, later, noon } from '../conformance/samples.ts';
import { makeCommandPlace, minimalSettings, runCommandLine } from '../support/command.ts';
import { byTest } from '../support/origin.ts';

const place = makeCommandPlace();
afterAll(() => place.remove());

const evil = '\u001b[2J\u009b31m\u202eevil\nC-1: paid';
const sync: ChangeOrigin = { source: 'sync', from: 'partner-center', by: 'worker 1' };
const busy = Array.from({ length: 61 }, (_, number) =>
  customerOf('C-busy', { name: `name ${number}` }),
);

beforeAll(async () => {
  place.write('responder.yaml', minimalSettings);
  const { store, pool } = await openStore({ dataDir: `${place.folder}/data` });
  const put = (customer: Customer, at = noon, origin: ChangeOrigin = byTest) =>
    store.importCustomers([customer], { dryRun: false, at, origin });
  try {
    await put(contoso);
    const [first = { product: 'E3' }, ...others] = contoso.subscriptions;
    const changed = { ...first, advisorStatus: 'cancelled', licensesTotal: 15 } as const;
    await put({ ...contoso, subscriptions: [changed, ...others] }, later(60_000), sync);
    await put(customerOf('C-evil', { name: 'before' }));
    await put(customerOf('C-evil', { name: evil }), later(1), {
      source: 'console',
      from: evil,
      by: evil,
    });
    for (const [index, customer] of busy.entries()) await put(customer, later(index));
    await put(customerOf('C-old'));
    await pool.query(
      `update customer_changes set from_name = '', by_name = '' where customer_id = 'C-old'`,
    );
    await put(customerOf('C-silent'));
    await pool.query(`delete from customer_changes where customer_id = 'C-silent'`);
  } finally {
    await store.close();
  }
});

function explain(...args: readonly string[]) {
  return runCommandLine(['explain', ...args, '--config', 'responder.yaml'], { cwd: place.folder });
}

describe('explain --customer', () => {
  test('shows the record as it stands, then its history, newest first', async () => {
    const { code, stdout, stderr } = await explain('--customer', 'C-1');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [record = '', history] = stdout.split('\n\n');
    // The order of the fields is the database’s.
    for (const line of [
      'id: "C-1"',
      'name: "Contoso Ltd."',
      'partnerApproved: "yes"',
      'contacts[0]: "Ana <Ana@Contoso.Example>"',
      'subscriptions[0].advisorStatus: "cancelled"',
      'subscriptions[0].licensesAssigned: "12"',
      'subscriptions[1].product: "Exchange Online (Plan 1)"',
    ])
      expect(record.split('\n')).toContain(line);
    expect(history).toBe(`history, newest first
  2026-03-02T12:01:00.000Z  changed by sync of "partner-center", "worker 1"
      subscriptions[0].advisorStatus: "active" -> "cancelled"
      subscriptions[0].licensesTotal: (unknown) -> "15"
  2026-03-02T12:00:00.000Z  added by import of "customers.csv", "maria"
`);
  });

  test('says of changes by earlier versions what is known of them', async () => {
    const { stdout } = await explain('--customer', 'C-old');
    expect(stdout).toContain('  2026-03-02T12:00:00.000Z  added by import\n');
    expect((await explain('--customer', 'C-silent')).stdout).toContain('\n\nhistory: none\n');
  });

  test('ends the history after the newest changes and says so', async () => {
    const { stdout } = await explain('--customer', 'C-busy');
    expect(stdout).toContain('name: "name 59" -> "name 60"');
    expect(stdout.match(/ changed by /g)).toHaveLength(50);
    expect(stdout).toMatch(/\n {2}older changes are not shown\n$/);
    expect((await explain('--customer', 'C-1')).stdout).not.toContain('older changes');
  });

  test('texts of a record cannot command the terminal', async () => {
    const { code, stdout } = await explain('--customer', 'C-evil');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[\n -~]+$/);
    expect(stdout).not.toMatch(/^C-1: paid/m);
    const shown = '"\\u001b[2J\\u009b31m\\u202eevil\\nC-1: paid"';
    expect(stdout).toContain(`changed by console of ${shown}, ${shown}\n`);
    expect(stdout).toContain(`name: "before" -> ${shown}\n`);
  });

  test('a customer that is not there is a sentence', async () => {
    const { code, stdout, stderr } = await explain('--customer', 'C-9\u001b[2J');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('No customer has the id "C-9\\u001b[2J".');
    expect(stderr).toContain('[CUSTOMER_NOT_FOUND]');
  });

  test.each([[['c0123456789abcdef01234567']], [['--waiting']]])(
    'together with %s it is wrong usage',
    async (more) => {
      const { code, stderr } = await explain('--customer', 'C-1', ...more);
      expect(code).toBe(2);
      expect(stderr).toContain('only one of them at once');
    },
  );
});
