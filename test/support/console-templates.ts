/**
 * The console over a copy of the templates, with the keeper that composes replies of it, on a real store.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { consoleParts } from '../../src/commands/console-parts.ts';
import { loadKnowledge } from '../../src/commands/knowledge.ts';
import { openTemplateKeepers, type TemplateKeepers } from '../../src/commands/template-keepers.ts';
import type { ConsoleParts } from '../../src/console/parts.ts';
import { buildConsole, type Doors } from '../../src/console/server.ts';
import { loadSettings, programRoot, type Settings } from '../../src/edges/settings.ts';
import type { ConsoleRole } from '../../src/ports/doors.ts';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { openPipelineDesk, type PipelineDesk, silent } from './pipeline-desk.ts';

export interface TemplatesConsole {
  readonly app: FastifyInstance;
  readonly parts: ConsoleParts;
  readonly store: OpenedStore['store'];
  readonly desk: PipelineDesk;
  readonly keepers: TemplateKeepers;
  readonly folder: string;
  /** Who asks next. */
  person: { name: string; role: ConsoleRole };
  read(name: string): string;
  write(name: string, text: string): void;
  post(
    path: string,
    fields: Readonly<Record<string, string>>,
  ): Promise<{ readonly statusCode: number; readonly body: string; readonly location: string }>;
  /** The folder, the store and the person as they were at first. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** With the languages named only, so that it opens at once. */
export async function openTemplatesConsole(
  locales: readonly string[] = ['en', 'de'],
  { changeParts = (parts) => parts }: { changeParts?: (parts: ConsoleParts) => ConsoleParts } = {},
): Promise<TemplatesConsole> {
  const folder = mkdtempSync(join(tmpdir(), 'templates-'));
  const fill = () => {
    for (const name of [...locales, 'layout.html.hbs'])
      cpSync(join(programRoot, 'templates', name), join(folder, name), { recursive: true });
  };
  fill();
  const { store, pool } = await openStore({ dataDir: ':memory:' });
  const desk = await openPipelineDesk(store);
  const settings: Settings = {
    ...loadSettings({ env: {}, cwd: programRoot, secrets: 'optional' }),
    templatesDir: folder,
  };
  const knowledge = await loadKnowledge(settings);
  const keepers = await openTemplateKeepers(settings, { knowledge, store, log: silent });
  const parts = changeParts(
    consoleParts({
      settings,
      store,
      pipelineOf: (mailbox) => (mailbox === 'support' ? desk.parts : undefined),
      keepers,
      clock: { now: () => desk.now },
      log: silent,
      service: { jobs: desk.parts.jobs, pool, loginExpiries: () => [] },
    }),
  );
  const person: TemplatesConsole['person'] = { name: 'ana', role: 'admin' };
  const doors: Doors = (app) => {
    app.addHook('onRequest', async (request) => {
      request.person = { ...person, via: 'console', csrfToken: 'token-of-the-tests' };
    });
  };
  const app = await buildConsole({ parts, doors });
  await app.ready();
  return {
    app,
    parts,
    store,
    desk,
    keepers,
    folder,
    person,
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    write: (name, text) => writeFileSync(join(folder, name), text),
    async post(path, fields) {
      const { statusCode, body, headers } = await app.inject({
        method: 'POST',
        url: path,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams(fields).toString(),
      });
      return { statusCode, body, location: String(headers.location ?? '') };
    },
    async reset() {
      for (const name of readdirSync(folder))
        rmSync(join(folder, name), { recursive: true, force: true });
      fill();
      await pool.query('truncate template_saves, template_files, template_versions, audit');
      await keepers.reload(folder);
      Object.assign(person, { name: 'ana', role: 'admin' });
    },
    async close() {
      await app.close();
      await parts.templates.close();
      await keepers.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
