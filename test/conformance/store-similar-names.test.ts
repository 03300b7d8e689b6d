/**
 * Names that are alike: the store on every database, the index in memory and the core agree on how alike.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { indexCustomers } from '../../src/core/customer-index.ts';
import { nameSimilarity, normalizeOrganization } from '../../src/core/organization-name.ts';
import { openStore } from '../../src/store/open.ts';
import { byTest } from '../support/origin.ts';
import { silent } from '../support/pipeline-desk.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { requireService } from '../support/services.ts';
import { databases, emptyStore, type OpenedDatabase } from './databases.ts';
import { customerOf, noon } from './samples.ts';

const noKeys = {
  subscriptionIds: [],
  tenantIds: [],
  domains: [],
  addresses: [],
  organizations: [],
};
const words = ['contoso', 'contosso', 'fabrikam', 'austria', 'north', 'nord', 'wind', 'traders'];
const anyName = fc
  .array(fc.oneof(fc.constantFrom(...words), fc.stringMatching(/^[a-z0-9]{1,8}$/)), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join(' '));

for (const database of databases) {
  describe.skipIf(database.isMissing)(`names that are alike on ${database.name}`, () => {
    let opened: OpenedDatabase;
    beforeAll(async () => {
      opened = await database.open();
    });
    afterAll(() => opened?.close());
    beforeEach(() => emptyStore(opened.pool));

    const load = (names: readonly string[]) =>
      opened.store.importCustomers(
        names.map((name, n) => customerOf(`C-${n}`, { name })),
        { dryRun: false, at: noon, origin: byTest },
      );
    const namesLike = async (name: string) =>
      (await opened.store.findSimilar(normalizeOrganization(name))).map((found) => found.name);

    test('the most alike come first, and what is not alike does not come', async () => {
      await load(['Contoso Austria', 'Contoso', 'Fabrikam', 'Contosso Austria AG']);
      expect(await namesLike('Contoso Austria GesmbH')).toEqual([
        'Contoso Austria',
        'Contosso Austria AG',
        'Contoso',
      ]);
      expect(await namesLike('Tailspin')).toEqual([]);
    });

    test('the core measures as the database does', async () => {
      await fc.assert(
        fc.asyncProperty(anyName, anyName, async (one, other) => {
          const { rows } = await opened.pool.query<{ likeness: number }>(
            'select similarity($1, $2) as likeness',
            [one, other],
          );
          expect(nameSimilarity(one, other)).toBeCloseTo(rows[0]?.likeness ?? Number.NaN, 5);
        }),
        { numRuns: 200 },
      );
    });

    test('store and memory find the same', async () => {
      const names = fc.sample(anyName, { numRuns: 200, seed: 7 });
      await load(names);
      const memory = indexCustomers(names.map((name, n) => customerOf(`C-${n}`, { name })));
      const sorted = (found: readonly { readonly name: string }[], asked: string) =>
        found.map(({ name }) => nameSimilarity(asked, normalizeOrganization(name)).toFixed(4));
      for (const asked of names.slice(0, 40).map(normalizeOrganization))
        expect(sorted(await opened.store.findSimilar(asked), asked)).toEqual(
          sorted(await memory.findSimilar(asked), asked),
        );
    });

    test('what is hostile in a name is only a name', async () => {
      await load(['Contoso']);
      for (const name of ["' or 1=1 --", 'nul \u0000', '%', '\ud800'])
        expect(await opened.store.findSimilar(name)).toEqual([]);
    });
  });
}

describe.skipIf(!requireService('postgres'))('a server that does not let us have pg_trgm', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  test('finds the very names only, and says at the start what to do', async () => {
    const databaseUrl = await server.createDatabase();
    const owner = await openStore({ databaseUrl });
    await owner.store.importCustomers([customerOf('C-1', { name: 'Contoso' })], {
      dryRun: false,
      at: noon,
      origin: byTest,
    });
    for (const statement of [
      'drop extension pg_trgm cascade',
      'create role guest login',
      'grant usage on schema responder to guest',
      'grant all on all tables in schema responder to guest',
    ])
      await owner.pool.query(statement);
    await owner.store.close();
    const warnings: string[] = [];
    const { store } = await openStore({
      databaseUrl: databaseUrl.replace('postgres@', 'guest@'),
      log: { ...silent, warn: (_, sentence) => warnings.push(sentence) },
    });
    expect(await store.findSimilar('contosso')).toEqual([]);
    expect(await store.findCandidates({ ...noKeys, organizations: ['contoso'] })).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining('create extension pg_trgm')]);
    await store.close();
  });
});
