/**
 * `run`: the service, until it is told to stop.
 */

import { availableParallelism } from 'node:os';
import { systemClock } from '../edges/clock.ts';
import { type DecideThreads, openDecideThreads } from '../edges/decide-threads.ts';
import { openLog } from '../edges/log.ts';
import type { Settings } from '../edges/settings.ts';
import { logOptionsOf } from '../edges/settings-log.ts';
import { loadOrCreateMessageIdKey } from '../edges/settings-secrets.ts';
import { ResponderError } from '../errors.ts';
import type { Log } from '../ports.ts';
import { type OpenedStore, openStore } from '../store/open.ts';
import { settingsFor } from './command-settings.ts';
import type { OpenedConsole } from './console.ts';
import type { CommandIo } from './io.ts';
import { loadKnowledge } from './knowledge.ts';
import { type Operation, openOperation } from './operation.ts';
import { type Role, readRoles, secretsOf } from './roles.ts';
import { type Service, startService } from './service.ts';
import { stopSignal } from './stop-signal.ts';
import { openTemplateKeepers, type TemplateKeepers } from './template-keepers.ts';

export interface RunOptions {
  readonly config?: string;
  /** `watch,work,console`. */
  readonly roles?: string;
}

export async function runCommand(options: RunOptions, io: CommandIo): Promise<number> {
  const wanted = readRoles(options.roles);
  const settings = settingsFor(options, io, secretsOf(wanted));
  expectPort(settings, wanted);
  // The key first: the hashes of the log are made with it.
  const messageIdKey = loadOrCreateMessageIdKey(settings);
  const log = openLog(logOptionsOf(settings));
  for (const warning of settings.warnings) log.warn({}, warning);
  const loaded = await loadKnowledge(settings);
  const opened = await openStore({ ...settings.store, log });
  let templates: TemplateKeepers | undefined;
  let operation: Operation | undefined;
  let threads: DecideThreads | undefined;
  let desk: OpenedConsole | undefined;
  try {
    threads = await threadsFor(settings, wanted, log);
    const kept = await openTemplateKeepers(settings, {
      knowledge: loaded,
      store: opened.store,
      log,
    });
    templates = kept;
    const policy = { ...loaded.policy, messageIdKey };
    operation = await openOperation({ settings, log, roles: wanted, ...opened });
    const service = await startService({
      settings,
      knowledge: { ...loaded, policy },
      templates: (folder) => kept.current(folder),
      store: opened.store,
      jobs: operation.jobs,
      metrics: operation.metrics,
      clock: systemClock,
      log,
      ...(threads === undefined ? {} : { decide: threads.decide }),
      roles: wanted,
    });
    kept.watch();
    // What was started ends, whatever comes of the port.
    desk = await consoleFor(wanted, {
      settings,
      ...opened,
      operation,
      service,
      keepers: kept,
      log,
    }).catch(async (error: unknown) => {
      await service.stop();
      throw error;
    });
    operation.started(service);
    log.info(
      { mode: settings.mode, mailboxes: settings.mailboxes.length, roles: wanted.join(',') },
      'started',
    );
    const signal = await stopSignal();
    log.info({ signal }, 'stopping: finishing what is in hand');
    operation.stopping();
    await desk?.close();
    await service.stop();
    log.info({}, 'stopped');
    return 0;
  } finally {
    await desk?.close();
    await operation?.close();
    await threads?.close();
    await templates?.close();
    await opened.store.close();
  }
}

/** A process that is there for the console alone would do nothing without a port, and say nothing. */
function expectPort({ console: doors, file }: Settings, wanted: readonly Role[]): void {
  if (doors.port !== undefined || wanted.some((role) => role !== 'console')) return;
  throw new ResponderError('SETTINGS_INVALID', `The settings in ${file} have one fault.`, {
    details: [
      'console.port: missing, expected a port, since this process has only the role console',
    ],
  });
}

interface ConsoleOptions extends OpenedStore {
  readonly settings: Settings;
  readonly operation: Operation;
  readonly service: Service;
  readonly keepers: TemplateKeepers;
  readonly log: Log;
}

/** The console, where this process has the role and the settings a port. */
async function consoleFor(
  wanted: readonly Role[],
  { settings, store, pool, operation, service, keepers, log }: ConsoleOptions,
): Promise<OpenedConsole | undefined> {
  const { host, port, oidc } = settings.console;
  if (port === undefined || !wanted.includes('console')) return undefined;
  const { openConsole } = await import('./console.ts');
  const queueBoard = await operation.openBoard();
  const desk = await openConsole(
    {
      settings,
      store,
      pipelineOf: service.pipelineOf,
      keepers,
      clock: systemClock,
      log,
      service: {
        jobs: operation.jobs,
        pool,
        loginExpiries: service.loginExpiries,
        ...(queueBoard === undefined ? {} : { queueBoard }),
      },
    },
    { host, port },
  ).catch(async (error: unknown) => {
    await queueBoard?.close();
    throw error;
  });
  log.info({ url: desk.url }, 'the console is open');
  const users = await store.listUsers();
  if (users.length === 0 && oidc === undefined)
    log.warn({}, 'nobody can log in to the console: add a user with `user add`');
  return {
    ...desk,
    async close() {
      await desk.close();
      await queueBoard?.close();
    },
  };
}

/** The threads that decide; none where the settings want none, and for a process that does not work. */
async function threadsFor(
  { work }: Settings,
  wanted: readonly Role[],
  log: Log,
): Promise<DecideThreads | undefined> {
  const threads = work.threads ?? Math.max(1, availableParallelism() - 1);
  if (threads === 0 || !wanted.includes('work')) return undefined;
  return openDecideThreads({ threads, log });
}
