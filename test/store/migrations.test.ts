/**
 * Every earlier schema, filled with a case of each kind, is brought up to date and still says what it said;
 * and a worker of the version before, which knows nothing of the new columns, can go on beside it.
 */
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrations } from '../../src/store/migrations/table.ts';
import { openStore } from '../../src/store/open.ts';
import { schemaName } from '../../src/store/schema.ts';
import { cursor, mailOf, noon, replyDecision, replyRecord } from '../conformance/samples.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { requireService } from '../support/services.ts';

const names = Object.keys(migrations);

/** What the first version of the program writes for a mail whose reply went out. */
const firstVersion = [
  `insert into mails values ('old', 'support', '<old@contoso.example>', 'decided', 3, true, false,
     '2026-03-02T12:00:00Z', 'abc', 'reply-instructions', '2026-03-02T12:00:00Z')`,
  `insert into locations values ('support', 'INBOX', '7', 1, 'old')`,
  `insert into cases (case_id, mailbox, message_id, subject, action, reason, scenario, customer_id,
     decision, proposal, decided_at) values ('old', 'support', '<old@contoso.example>', 'Fwd: notice',
     'reply', 'reply-instructions', 'cancel-portal', 'C-1', '${JSON.stringify(replyDecision).replaceAll("'", "''")}',
     null, '2026-03-02T12:00:00Z')`,
  `insert into replies values ('old', 'support', 'key', 'sent',
     '${JSON.stringify(replyRecord('old', 'key').reply?.content).replaceAll("'", "''")}', 'ana@contoso.example',
     'contoso.example', 1, '250 ok', '2026-03-02T12:00:00Z', '2026-03-02T12:00:00Z', '2026-03-02T12:00:00Z')`,
];

/** A mailbox that is watched; the versions before the seventh schema do not keep where that began. */
const firstWatch = [`insert into cursors values ('support', '7', 9, '2026-03-01T12:00:00Z')`];

/** Customers as the first version keeps them: their names' keys by its own rules. */
const firstCustomers = [
  `insert into customers values ('C-1', 'Søndergård A/S', '${JSON.stringify({
    id: 'C-1',
    name: 'Søndergård A/S',
    otherDomains: [],
    contacts: [],
    subscriptions: [
      {
        product: 'Office 365 E3',
        advisorStatus: 'active',
        cspStatus: 'active',
        monthlyCost: '12.50',
        currency: 'EUR',
      },
      { product: 'office 365 e3', advisorStatus: 'active', cspStatus: 'suspended' },
      { product: 'Visio', advisorStatus: 'active', cspStatus: 'ordered' },
    ],
  })}', '2026-03-02T12:00:00Z')`,
  `insert into customer_keys values ('organization', 'søndergard a s', 'C-1')`,
  `insert into customer_keys values ('domain', 'sondergard.example', 'C-1')`,
];

/** What the third version writes beside the record itself. */
const thirdVersion = [
  `update customer_keys set value = 'sondergard' where kind = 'organization'`,
  `insert into double_billings (customer_id, subscription, since, monthly_cost, currency) values
     ('C-1', 'office 365 e3', '2026-03-02T12:00:00Z', 12.50, 'EUR'),
     ('C-1', 'office 365 e3 #2', '2026-03-02T12:00:00Z', null, null)`,
];

async function migrateTo(pool: PostgresPool, last: string): Promise<void> {
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  const known = names.slice(0, names.indexOf(last) + 1);
  const provider: Record<string, Migration> = Object.fromEntries(
    known.flatMap((name) => {
      const migration = migrations[name];
      return migration === undefined ? [] : [[name, migration]];
    }),
  );
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => provider },
    migrationTableSchema: schemaName,
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

describe.skipIf(!requireService('postgres'))('a schema of before', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  for (const before of names.slice(0, -1)) {
    test(`${before}, filled, is brought up to date, and its version goes on beside`, async () => {
      const databaseUrl = await server.createDatabase();
      const old = new pg.Pool({
        connectionString: databaseUrl,
        onConnect: async (client) => {
          await client.query(`set search_path to ${schemaName}`);
        },
      });
      // The server that is stopped may be quicker than the goodbye of an idle connection.
      old.on('error', (error) => expect(error.message).toContain('administrator command'));
      await old.query(`create schema if not exists ${schemaName}`);
      await migrateTo(old, before);
      const isThird = before >= '0003';
      const filled = [
        ...firstVersion,
        ...firstWatch,
        ...firstCustomers,
        ...(isThird ? thirdVersion : []),
      ];
      for (const statement of filled) await old.query(statement);
      const { store } = await openStore({ databaseUrl });
      expect(await store.findCase('old')).toMatchObject({
        action: 'reply',
        followUps: [],
        locations: [{ uid: 1 }],
        reply: { state: 'sent', replyKey: 'key' },
      });
      expect(await store.findWatch('support')).toEqual({ first: { uidValidity: '7', uid: 1 } });
      const about = { mailbox: 'support', address: 'x@y.example', domain: 'y.example', now: noon };
      expect(await store.replyHistory({ ...about, replyKey: 'key' })).toMatchObject({
        sameKey: { caseId: 'old', state: 'sent' },
        holds: [],
      });
      const noKeys = { subscriptionIds: [], tenantIds: [], domains: [], addresses: [] };
      const organizations = ['sondergard'];
      expect(await store.findCandidates({ ...noKeys, organizations })).toHaveLength(1);
      const { rows } = await old.query(
        'select subscription, since, until, monthly_cost, currency from double_billings order by id',
      );
      const since = new Date('2026-03-02T12:00:00Z');
      const open = { since, until: null };
      expect(rows).toEqual([
        { subscription: 'office 365 e3', ...open, monthly_cost: '12.50', currency: 'EUR' },
        { subscription: 'office 365 e3 #2', ...open, monthly_cost: null, currency: null },
      ]);
      for (const statement of firstVersion)
        await old.query(
          statement
            .replaceAll("'old'", "'beside'")
            .replace("'key'", "'beside'")
            .replace("'7', 1", "'7', 2"),
        );
      expect(await store.findCase('beside')).toMatchObject({ reply: { state: 'sent' } });
      await store.accept('support', [mailOf('new')], cursor);
      expect(await store.saveDecision(replyRecord('new', 'key'))).toBe('outrun');
      await store.close();
      await old.end();
    });
  }
});
