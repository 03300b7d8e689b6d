/**
 * Every earlier schema, filled with a case of each kind, is brought up to date and still says what it said;
 * and a worker of the version before, which knows nothing of the new columns, can go on beside it.
 */
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../src/ports.ts';
import type { SchemaVersions } from '../../src/store/migrate.ts';
import { migrations, schemaVersions } from '../../src/store/migrations/table.ts';
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

/** What is still to be done when the old version is ended: a mail to decide, one cut off while it was sent. */
const inHand = [
  `insert into mails values ('waiting', 'support', '<waiting@contoso.example>', 'accepted', 3, true, false,
     '2026-03-02T12:00:01Z', 'abc', null, null)`,
  `insert into mails values ('cut', 'support', '<cut@contoso.example>', 'decided', 3, true, false,
     '2026-03-02T12:00:02Z', 'abc', 'reply-instructions', '2026-03-02T12:00:02Z')`,
  `insert into cases (case_id, mailbox, message_id, subject, action, reason, decision, decided_at)
     select 'cut', mailbox, '<cut@contoso.example>', subject, action, reason, decision, decided_at
     from cases where case_id = 'old'`,
  `insert into replies (case_id, mailbox, reply_key, state, content, to_address, to_domain, attempts, created_at,
     claimed_at) select 'cut', mailbox, 'cut', 'sending', content, to_address, to_domain, 1, created_at, claimed_at
     from replies where case_id = 'old'`,
];

/** What later versions keep beside that, by the schema that brought it. */
const sinceSchema: Readonly<Record<string, readonly string[]>> = {
  '0002-holds': [
    `insert into holds (kind, name, at, detail, case_id)
       values ('address', 'gone@contoso.example', '2026-03-02T12:00:00Z', 'it came back', 'old')`,
  ],
  '0003-records': [
    `insert into follow_ups values ('old', 'support', 'C-1', 'waiting', '2026-03-09T12:00:00Z', null, null)`,
    `insert into sync_runs values ('graph', '2026-03-02T12:00:00Z', null, 'm-7', 1, 2, 3, 4, null)`,
  ],
  '0004-templates': [
    `insert into template_files values ('h1', 'Hello {{customer}}')`,
    `insert into template_sets values ('templates',
       '[{"id":"en/mixed","path":"en/mixed.md.hbs","hash":"h1"}]', '2026-03-02T12:00:00Z')`,
    `insert into template_refusals values ('desk', '2026-03-02T12:00:00Z', '["en/mixed: no subject"]')`,
  ],
  '0005-leases': [
    `insert into watch_leases values ('support', 'desk:1:a', 'elsewhere/1/2/3', 7, 3, 600000,
       clock_timestamp() + interval '10 minutes')`,
  ],
  '0007-watch': [
    `insert into watches (mailbox, first_uid_validity, first_uid) values ('support', '7', 1)`,
  ],
};

/** Nothing of it is lost, and what was in hand goes on where it was. */
async function verifyKept(store: Store, before: string): Promise<void> {
  expect(await store.unfinishedJobs(['support'], 10)).toMatchObject([
    { kind: 'mark', caseId: 'old', mailbox: 'support' },
    { kind: 'handle', caseId: 'waiting', mailbox: 'support' },
    { kind: 'deliver', caseId: 'cut', mailbox: 'support' },
  ]);
  expect(await store.findMail('waiting')).toMatchObject({ state: 'accepted' });
  // It may have gone out, so it is not sent again.
  expect(await store.claimReply('cut', noon)).toEqual({ status: 'interrupted' });
  expect(await store.findCursor('support')).toMatchObject({ uidValidity: '7', nextUid: 9 });
  const since = (schema: string) => before >= schema;
  const held = since('0002') ? [{ kind: 'address', name: 'gone@contoso.example' }] : [];
  expect(await store.listHolds()).toMatchObject(held);
  const followUp = await store.findFollowUp('old');
  expect(followUp?.state).toBe(since('0003') ? 'waiting' : undefined);
  const run = await store.findSyncRun('graph');
  expect(run?.mark).toBe(since('0003') ? 'm-7' : undefined);
  const set = await store.findTemplateSet('templates');
  expect(set?.map(({ source }) => source)).toEqual(
    since('0004') ? ['Hello {{customer}}'] : undefined,
  );
  expect(await store.listTemplateRefusals()).toHaveLength(since('0004') ? 1 : 0);
  const asked = { mailbox: 'support', holder: 'desk:2:b', seconds: 30 };
  expect(await store.takeLease(asked)).toMatchObject(
    since('0005') ? { status: 'taken', epoch: 7 } : { status: 'held', lease: { epoch: 1 } },
  );
}

/** A new mail is taken in, answered and marked. */
async function answerNew(store: Store, caseId: string): Promise<void> {
  await store.accept('support', [mailOf(caseId)], cursor);
  expect(await store.saveDecision(replyRecord(caseId, `key-of-${caseId}`))).toBe('saved');
  expect(await store.claimReply(caseId, noon)).toMatchObject({ status: 'claimed' });
  await store.settleReply(caseId, { state: 'sent', at: noon, response: '250 ok' });
  await store.finishMail(caseId);
  expect(await store.findCase(caseId)).toMatchObject({
    mailState: 'finished',
    reply: { state: 'sent' },
  });
}

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
      const later = Object.entries(sinceSchema).flatMap(([schema, statements]) =>
        before >= schema ? statements : [],
      );
      const filled = [
        ...firstVersion,
        ...firstWatch,
        ...firstCustomers,
        ...(isThird ? thirdVersion : []),
        ...inHand,
        ...later,
      ];
      for (const statement of filled) await old.query(statement);
      const { store } = await openStore({ databaseUrl });
      await verifyKept(store, before);
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
      await answerNew(store, 'fresh');
      await store.close();
      await old.end();
    });
  }

  test('the newest schema serves a program that knows one migration less', async () => {
    const databaseUrl = await server.createDatabase();
    const newest = await openStore({ databaseUrl });
    const known = names.slice(0, -1).map((name) => [name, migrations[name]] as const);
    const versions: SchemaVersions = {
      migrations: Object.fromEntries(known) as SchemaVersions['migrations'],
      compatibleFrom: schemaVersions.compatibleFrom,
    };
    // It is restarted while the new one runs; both work on.
    const before = await openStore({ databaseUrl, versions });
    await answerNew(before.store, 'by-the-old');
    await answerNew(newest.store, 'by-the-new');
    await before.store.close();
    await newest.store.close();
  });
});
