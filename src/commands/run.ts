/**
 * `run`: the service, until it is told to stop.
 */
import { once } from 'node:events';
import { checkTemplates } from '../core/template-check.ts';
import { compileTemplates } from '../core/template-compile.ts';
import { systemClock } from '../edges/clock.ts';
import { openJobs } from '../edges/jobs.ts';
import { openLog } from '../edges/log.ts';
import { loadSettings } from '../edges/settings.ts';
import { loadOrCreateMessageIdKey } from '../edges/settings-secrets.ts';
import { openTemplates } from '../edges/templates.ts';
import { ResponderError } from '../errors.ts';
import { openStore } from '../store/open.ts';
import type { CommandIo } from './io.ts';
import { loadKnowledge } from './knowledge.ts';
import { type Role, roles, startService } from './service.ts';

export interface RunOptions {
  readonly config?: string;
  /** `watch,work,console`. */
  readonly roles?: string;
}

export async function runCommand(options: RunOptions, io: CommandIo): Promise<number> {
  const wanted = readRoles(options.roles);
  const settings = loadSettings({
    ...(options.config === undefined ? {} : { configPath: options.config }),
    env: io.env,
    cwd: io.cwd,
    secrets: 'required',
  });
  const log = openLog({ ...settings.log });
  for (const warning of settings.warnings) log.warn({}, warning);
  if (options.roles?.includes('console') === true) {
    log.warn({}, 'this version has no console: the role does nothing');
  }
  const loaded = await loadKnowledge(settings);
  const templates = await openTemplates(settings.templatesDir, {
    log,
    compile: compileTemplates,
    check: (set) => checkTemplates(set, loaded),
  });
  const opened = await openStore({ ...settings.store, log });
  try {
    const policy = { ...loaded.policy, messageIdKey: loadOrCreateMessageIdKey(settings) };
    const jobs = await openJobs({ ...settings.queue, pool: opened.pool, log });
    const service = await startService({
      settings,
      knowledge: { ...loaded, policy },
      templates: () => templates.current(),
      store: opened.store,
      jobs,
      clock: systemClock,
      log,
      roles: wanted,
    });
    templates.watch();
    log.info(
      { mode: settings.mode, mailboxes: settings.mailboxes.length, roles: wanted.join(',') },
      'started',
    );
    const signal = await stopSignal();
    log.info({ signal }, 'stopping: finishing what is in hand');
    await service.stop();
    log.info({}, 'stopped');
    return 0;
  } finally {
    templates.close();
    await opened.store.close();
  }
}

function readRoles(list: string | undefined): readonly Role[] {
  if (list === undefined) return roles;
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !(roles as readonly string[]).includes(name));
  if (unknown.length > 0 || names.length === 0) {
    throw new ResponderError(
      'USAGE',
      `--roles: found “${unknown.join(', ')}”, expected a list of ${roles.join(', ')}.`,
    );
  }
  return roles.filter((role) => names.includes(role));
}

/** Waits for SIGTERM or SIGINT, and says which. */
export async function stopSignal(): Promise<string> {
  const ended = new AbortController();
  const signals = ['SIGTERM', 'SIGINT'] as const;
  const waits = signals.map((signal) =>
    once(process, signal, { signal: ended.signal }).then(() => signal),
  );
  // The signal that did not come is no longer waited for.
  for (const wait of waits) wait.catch(() => undefined);
  const first = await Promise.race(waits);
  ended.abort();
  return first;
}
