/**
 * What the operator sees of the running service: asks store and queue, and wires the answers to the HTTP server.
 *
 * Each question has a time limit and is asked once at a time, so that a database that hangs neither holds up who asks
 * nor gathers questions.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Redactor } from '../core/redact.ts';
import { openHealthServer } from '../edges/health-server.ts';
import type { OpenedMetrics } from '../edges/metrics.ts';
import type { Settings } from '../edges/settings.ts';
import { redactorOf } from '../edges/settings-log.ts';
import { ResponderError } from '../errors.ts';
import { type Answer, type Readiness, readinessOf } from '../pipeline/readiness.ts';
import type { MailboxHealth } from '../ports/health.ts';
import type { LoginExpiries } from '../ports/oauth.ts';
import type { Clock, Hold, Jobs, Log, QueueDepth, Store } from '../ports.ts';
import type { Role } from './roles.ts';

export interface ServiceHealthOptions {
  readonly place: { readonly host: string; readonly port: number };
  readonly settings: Settings;
  readonly store: Store;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Log;
  readonly roles: readonly Role[];
  readonly metrics: OpenedMetrics;
}

export interface ServiceHealth {
  readonly port: number;
  /** From now on it is ready when its parts are. */
  started(loginExpiries: LoginExpiries): void;
  /** From now on it is not, but still answers. */
  stopping(): void;
  close(): Promise<void>;
}

/** A probe of Kubernetes or Docker waits a few seconds itself. */
const answerMsMax = 3_000;

/** Listens before the service starts: what starts can be seen starting. */
export async function openServiceHealth(options: ServiceHealthOptions): Promise<ServiceHealth> {
  const { place, settings, metrics, clock, log } = options;
  let expiries: LoginExpiries | undefined;
  let isStopping = false;
  const ask = askOnce(options, redactorOf(settings, 'all'));
  const server = await openHealthServer(place, {
    async ready(): Promise<Readiness> {
      const { store, queue } = await ask();
      return readinessOf({
        now: clock.now(),
        store: 'value' in store ? { value: store.value.mailboxes } : store,
        queue,
        watched: options.roles.includes('watch') ? settings.mailboxes.map(pollOf) : [],
        isStarted: expiries !== undefined && !isStopping,
      });
    },
    async metrics() {
      const { store, queue } = await ask();
      const text = await metrics.text({
        now: clock.now(),
        ...('value' in store ? store.value : {}),
        ...('value' in queue ? { queue: queue.value } : {}),
        expiries: expiries?.() ?? [],
      });
      return { contentType: metrics.contentType, text };
    },
  });
  log.info({ host: place.host, port: server.port }, 'health and figures are served');
  return {
    port: server.port,
    started(loginExpiries) {
      expiries = loginExpiries;
    },
    stopping() {
      isStopping = true;
    },
    close: () => server.close(),
  };
}

function pollOf({ name, imap }: Settings['mailboxes'][number]): {
  readonly name: string;
  readonly pollSeconds: number;
} {
  return { name, pollSeconds: imap.pollSeconds };
}

interface StoreAnswer {
  readonly mailboxes: readonly MailboxHealth[];
  readonly holds: readonly Pick<Hold, 'kind' | 'name'>[];
  readonly templatesRefused: number;
}

interface Answers {
  readonly store: Answer<StoreAnswer>;
  readonly queue: Answer<readonly QueueDepth[]>;
}

/** Asks store and queue, each once at a time however many want to know. */
function askOnce({ settings, store, jobs }: ServiceHealthOptions, redactor: Redactor) {
  const names = settings.mailboxes.map(({ name }) => name);
  const askStore = shared(async (): Promise<StoreAnswer> => {
    const [mailboxes, holds, refusals] = await Promise.all([
      store.mailboxHealth(names),
      store.listHolds(),
      store.listTemplateRefusals(),
    ]);
    return {
      mailboxes: mailboxes.map((health) => withoutAddresses(health, redactor)),
      holds,
      templatesRefused: refusals.length,
    };
  });
  const askQueue = shared(() => jobs.depth(names));
  return async (): Promise<Answers> => {
    const [fromStore, fromQueue] = await Promise.all([
      answerOf(askStore(), redactor),
      answerOf(askQueue(), redactor),
    ]);
    return { store: fromStore, queue: fromQueue };
  };
}

/** An error of a mail server may name whose login or recipient it was. */
function withoutAddresses(health: MailboxHealth, { text }: Redactor): MailboxHealth {
  return health.trouble === undefined ? health : { ...health, trouble: text(health.trouble) };
}

function shared<Value>(run: () => Promise<Value>): () => Promise<Value> {
  let running: Promise<Value> | undefined;
  return () => {
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
}

async function answerOf<Value>(asked: Promise<Value>, { text }: Redactor): Promise<Answer<Value>> {
  const waiting = new AbortController();
  const tooLong = pause(answerMsMax, undefined, { ref: false, signal: waiting.signal }).then(
    () => ({ why: `no answer within ${answerMsMax / 1_000} s` }),
    // It answered in time.
    () => ({ why: 'not waited for' }),
  );
  const answered = asked.then(
    (value) => ({ value }),
    (error: unknown) => {
      if (!(error instanceof ResponderError)) throw error;
      return { why: text(error.message) };
    },
  );
  try {
    return await Promise.race([answered, tooLong]);
  } finally {
    waiting.abort();
  }
}
