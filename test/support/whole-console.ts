/**
 * The whole service in this process as the demo wires it, with the console on a port, and one user of each role who
 * logs in with a password: nothing of it is a stand-in but the mail server.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { openConsole } from '../../src/commands/console.ts';
import { loadKnowledge } from '../../src/commands/knowledge.ts';
import { startService } from '../../src/commands/service.ts';
import { openTemplateKeepers } from '../../src/commands/template-keepers.ts';
import { calendarDay } from '../../src/core/dates.ts';
import { caseIdOf } from '../../src/core/parse.ts';
import { moveToToday, samplesFolder } from '../../src/demo/samples.ts';
import { type DemoServer, startDemoServer } from '../../src/demo/server.ts';
import {
  demoEnvironment,
  demoHostId,
  demoPassword,
  demoSettings,
  demoUser,
} from '../../src/demo/settings.ts';
import { systemClock } from '../../src/edges/clock.ts';
import { readCustomers } from '../../src/edges/customers-file.ts';
import { openJobs } from '../../src/edges/jobs.ts';
import { MemoryQueues } from '../../src/edges/jobs-memory.ts';
import { openPasswords } from '../../src/edges/passwords.ts';
import { loadSettings, programRoot } from '../../src/edges/settings.ts';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { passwordOf } from './doors.ts';
import { byTest } from './origin.ts';
import { silent } from './pipeline-desk.ts';

/** Who may log in, by role; `passwordOf` knows their passwords. */
export const people = { viewer: 'vera', desk: 'dora', admin: 'ana' } as const;

export interface WholeConsole {
  readonly url: string;
  readonly server: DemoServer;
  readonly store: OpenedStore['store'];
  /** Puts a sample of the demo into the mailbox, and waits until the worker is done with it. */
  deliver(sample: string): Promise<{ readonly caseId: string; readonly uid: number }>;
  close(): Promise<void>;
}

export async function openWholeConsole(): Promise<WholeConsole> {
  const folder = await mkdtemp(join(tmpdir(), 'whole-console-'));
  for (const name of ['layout.html.hbs', 'en', 'fr', 'de'])
    await cp(join(programRoot, 'templates', name), join(folder, 'templates', name), {
      recursive: true,
    });
  const server = await startDemoServer({
    user: demoUser,
    password: demoPassword,
    mailboxAddress: demoUser,
    hostId: demoHostId,
  });
  const configPath = join(folder, 'config.yaml');
  await writeFile(configPath, demoSettings(server, programRoot));
  const settings = loadSettings({
    configPath,
    env: demoEnvironment,
    cwd: folder,
    secrets: 'required',
  });
  const { store, pool } = await openStore({ dataDir: ':memory:' });
  const loaded = await loadKnowledge(settings);
  const knowledge = { ...loaded, policy: { ...loaded.policy, messageIdKey: 'key of the tests' } };
  const keepers = await openTemplateKeepers(settings, { knowledge, store, log: silent });
  const jobs = await openJobs({ pool, memory: new MemoryQueues(), log: silent });
  await fill(store, settings.timeZone);
  const service = await startService({
    ...{ settings, knowledge, store, jobs, clock: systemClock, log: silent },
    templates: (path) => keepers.current(path),
    roles: ['watch', 'work'],
  });
  const { pipelineOf, loginExpiries } = service;
  const { url, close } = await openConsole(
    {
      ...{ settings, store, pipelineOf, keepers, clock: systemClock, log: silent },
      service: { jobs, pool, loginExpiries },
    },
    { host: '127.0.0.1', port: 0 },
  );
  return {
    url,
    server,
    store,
    async deliver(sample) {
      const raw = await readFile(join(samplesFolder, sample));
      const [uid, caseId] = [server.deliver(raw), caseIdOf('support', raw)];
      await vi.waitFor(
        async () => {
          if ((await store.findMail(caseId))?.state !== 'finished') throw new Error(sample);
        },
        { timeout: 30_000, interval: 20 },
      );
      return { caseId, uid };
    },
    async close() {
      await close();
      await service.stop();
      await keepers.close();
      await store.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function fill(store: OpenedStore['store'], timeZone: string): Promise<void> {
  const now = systemClock.now();
  const { customers } = await readCustomers(join(samplesFolder, 'customers.csv'));
  await store.importCustomers(moveToToday(customers, calendarDay(now, timeZone)), {
    dryRun: false,
    at: now,
    origin: byTest,
  });
  const passwords = openPasswords();
  for (const [role, name] of Object.entries(people) as [keyof typeof people, string][]) {
    const passwordHash = await passwords.hash(passwordOf(name));
    await store.addUser({ name, role, passwordHash }, { at: now, by: 'test', via: 'command' });
  }
}
