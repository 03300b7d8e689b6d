/**
 * The console on a real store and pipeline, with the sample customers, and a door that lets one person in.
 */
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { consoleParts } from '../../src/commands/console-parts.ts';
import type { ConsoleWiring } from '../../src/commands/console-wiring.ts';
import type { ConsoleParts } from '../../src/console/parts.ts';
import { buildConsole, type Doors } from '../../src/console/server.ts';
import { moveToToday, samplesFolder } from '../../src/demo/samples.ts';
import { readCustomers } from '../../src/edges/customers-file.ts';
import { loadSettings, programRoot, type Settings } from '../../src/edges/settings.ts';
import type { ConsoleRole } from '../../src/ports/doors.ts';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { openPipelineDesk, type PipelineDesk } from './pipeline-desk.ts';

export interface TestConsole {
  readonly app: FastifyInstance;
  /** What the parts were made of, for those that a test makes anew. */
  readonly wiring: ConsoleWiring;
  readonly parts: ConsoleParts;
  readonly desk: PipelineDesk;
  readonly store: OpenedStore['store'];
  readonly pool: OpenedStore['pool'];
  readonly settings: Settings;
  /** Takes a sample mail of the demo in, decides about it, and returns its case id. */
  takeSample(file: string): Promise<string>;
  close(): Promise<void>;
}

/** Lets everybody in as one person; the doors have tests of their own. */
export function openDoor(role: ConsoleRole, name = 'ana'): Doors {
  return (app) => {
    app.addHook('onRequest', async (request) => {
      request.person = { name, role, via: 'console', csrfToken: 'token-of-the-tests' };
    });
  };
}

export async function openTestConsole({
  doors = openDoor('admin'),
  doorsOver,
  customersFile = new URL('customers.csv', `file://${samplesFolder}`).pathname,
}: {
  readonly doors?: Doors;
  /** Doors that need the store. */
  readonly doorsOver?: (store: OpenedStore['store'], clock: { now(): Date }) => Doors;
  readonly customersFile?: string;
} = {}): Promise<TestConsole> {
  const { store, pool } = await openStore({ dataDir: ':memory:' });
  const desk = await openPipelineDesk(store);
  const settings = loadSettings({ env: {}, cwd: programRoot, secrets: 'optional' });
  const { customers } = await readCustomers(customersFile);
  await store.importCustomers(moveToToday(customers, desk.now.toISOString().slice(0, 10)), {
    dryRun: false,
    at: desk.now,
    origin: { source: 'import', from: 'customers.csv', by: 'test' },
  });
  const wiring: ConsoleWiring = {
    settings,
    store,
    // What a test changes of the desk holds for what is asked next.
    pipelineOf: (mailbox) => (mailbox === 'support' ? desk.parts : undefined),
    clock: { now: () => desk.now },
    log: desk.parts.log,
    service: { jobs: desk.parts.jobs, pool, loginExpiries: () => [] },
  };
  const parts = consoleParts(wiring);
  const app = await buildConsole({ parts, doors: doorsOver?.(store, parts.clock) ?? doors });
  await app.ready();
  return {
    app,
    wiring,
    parts,
    desk,
    store,
    pool,
    settings,
    async takeSample(file) {
      const caseId = await desk.take(readFileSync(`${samplesFolder}${file}`));
      await desk.run();
      return caseId;
    },
    async close() {
      await app.close();
      await store.close();
    },
  };
}
