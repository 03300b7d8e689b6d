/**
 * What docs/operations.md says of backups, done: a copy that is put back goes on where the store was, and nobody is
 * answered twice.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { byTest } from '../support/origin.ts';
import { forwardOf, noon, openPipelineDesk, readyCustomer } from '../support/pipeline-desk.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { findService, requireService } from '../support/services.ts';

const folder = mkdtempSync(join(tmpdir(), 'backup-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One mail that was answered, and one whose reply is still to be sent. */
async function fill({ store }: OpenedStore): Promise<string> {
  await store.importCustomers([readyCustomer('contoso'), readyCustomer('fabrikam')], {
    dryRun: false,
    at: noon,
    origin: byTest,
  });
  const desk = await openPipelineDesk(store);
  await desk.take(forwardOf('contoso'));
  await desk.run();
  expect(desk.sent).toHaveLength(1);
  return desk.take(forwardOf('fabrikam'));
}

async function expectToGoOn({ store }: OpenedStore, waiting: string): Promise<void> {
  const desk = await openPipelineDesk(store);
  await desk.take(forwardOf('contoso', { id: 'again' }));
  await desk.sweep();
  await desk.run();
  expect(desk.sent.map(({ to }) => to.address)).toEqual(['ana@fabrikam.example']);
  expect((await store.findCase(waiting))?.reply?.state).toBe('sent');
}

test('the folder of the embedded store, copied while nothing runs', {
  timeout: 180_000,
}, async () => {
  const dataDir = join(folder, 'data');
  const before = await openStore({ dataDir });
  const waiting = await fill(before);
  await before.store.close();
  cpSync(dataDir, join(folder, 'copy'), { recursive: true });
  const after = await openStore({ dataDir: join(folder, 'copy') });
  await expectToGoOn(after, waiting);
  await after.store.close();
});

describe.skipIf(!requireService('postgres'))('a dump of PostgreSQL', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  test('made while the store is in use, restored into an empty database', async () => {
    const from = await server.createDatabase();
    const to = await server.createDatabase();
    const before = await openStore({ databaseUrl: from });
    const waiting = await fill(before);
    const tool = (name: string, ...args: readonly string[]) =>
      execFileSync(join(dirname(findService('postgres') ?? ''), name), args, { stdio: 'pipe' });
    const dump = join(folder, 'responder.dump');
    tool('pg_dump', '--format=custom', `--file=${dump}`, from);
    tool('pg_restore', '--exit-on-error', '--no-owner', `--dbname=${to}`, dump);
    await before.store.close();
    const after = await openStore({ databaseUrl: to });
    await expectToGoOn(after, waiting);
    await after.store.close();
  });
});
