/**
 * What the operator sees of a running worker: the process as it is started, with a real mailbox that it answers,
 * asked by HTTP; its log; and the traces that arrive at a collector.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Dovecot, startDovecot, whyNoDovecot } from '../support/dovecot.ts';
import { type OtlpCollector, startOtlpCollector } from '../support/otlp-collector.ts';
import { startPostgres } from '../support/postgres.ts';
import { samplesIn, sampleValue } from '../support/prometheus-text.ts';
import { startRedis } from '../support/redis.ts';
import { freePort, requireService } from '../support/services.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import {
  command,
  makePlace,
  projectRoot,
  startWorker,
  type Worker,
  type WorkerPlace,
} from './worker.ts';

const samples = join(projectRoot, 'src/demo/samples');
const sample = (name: string): Buffer => readFileSync(join(samples, `${name}.eml`));
const answered = [sample('01_outlook_desktop_portal'), sample('04_outlook_web_phone')];
const newsletter = sample('18_newsletter');
const conflict = sample('24_conflicting_evidence');

const noDovecot = whyNoDovecot();
if (noDovecot !== undefined)
  console.warn(`SKIPPED: the tests of what the operator sees, because ${noDovecot}.`);

interface Backend {
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const embedded = async (): Promise<Backend> => ({ env: {}, close: async () => undefined });

async function servers(): Promise<Backend> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  return {
    env: { DATABASE_URL: await postgres.createDatabase(), REDIS_URL: redis.url },
    async close() {
      await postgres.stop();
      await redis.stop();
    },
  };
}

const hasServers = requireService('postgres') && requireService('redis');

describe.skipIf(noDovecot !== undefined).each([
  { name: 'the embedded store', open: embedded, runs: true },
  { name: 'PostgreSQL and Redis', open: servers, runs: hasServers },
])('a worker on $name', ({ open, runs }) => {
  let dovecot: Dovecot;
  let sink: SmtpSink;
  let backend: Backend;
  let collector: OtlpCollector;
  let place: WorkerPlace;
  let worker: Worker;
  let url: string;

  beforeAll(async () => {
    if (!runs) return;
    const opened = [startDovecot(), startSmtpSink(), open(), startOtlpCollector()] as const;
    [dovecot, sink, backend, collector] = await Promise.all(opened);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    place = await makePlace({
      imap: dovecot,
      smtpPort: sink.port,
      env: { ...backend.env, TRANSITION_RESPONDER__MAILBOXES__0__IMAP__POLL_SECONDS: '5' },
      settings: {
        http: { port },
        telemetry: { otlpUrl: collector.url, serviceName: 'desk' },
        log: { level: 'debug', pretty: false },
      },
    });
    await command(place, 'import', join(samples, 'customers.csv'));
    worker = await startWorker(place);
  });
  afterAll(async () => {
    if (!runs) return;
    await place.remove();
    await Promise.all([dovecot.stop(), sink.close(), backend.close(), collector.close()]);
  });

  const ready = async (): Promise<{ status: number; body: Readiness }> => {
    const response = await fetch(`${url}/readyz`);
    return { status: response.status, body: (await response.json()) as Readiness };
  };
  interface Readiness {
    readonly reasons: readonly string[];
    readonly mailboxes: readonly Readonly<Record<string, unknown>>[];
  }
  const until = (check: () => Promise<void>): Promise<void> =>
    vi.waitFor(check, { timeout: 30_000, interval: 50 });

  test.skipIf(!runs)('counts what it did, and nothing else', { timeout: 60_000 }, async () => {
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await until(async () => expect((await ready()).status).toBe(200));
    for (const mail of [...answered, newsletter, conflict]) await dovecot.deliver(mail);
    await until(async () => {
      const found = samplesIn(await (await fetch(`${url}/metrics`)).text());
      const read = (name: string, labels: Record<string, string> = { mailbox: 'support' }) =>
        sampleValue(found, `transition_responder_${name}`, labels);
      const cases = (reason: string) => read('cases_total', { mailbox: 'support', reason });
      expect({
        seen: read('mails_seen_total'),
        instructions: cases('reply-instructions'),
        conflict: cases('review-conflicting-evidence'),
        sent: read('replies_total', { outcome: 'sent' }),
        timed: read('reply_seconds_count'),
        handled: read('jobs_total', { kind: 'handle', end: 'done' }),
        delivered: read('jobs_total', { kind: 'deliver', end: 'done' }),
        marked: read('jobs_total', { kind: 'mark', end: 'done' }),
        unhandled: read('unhandled_mails'),
        waiting: read('queue_jobs', { kind: 'handle', state: 'waiting' }),
        store: read('up', { part: 'store' }),
        queue: read('up', { part: 'queue' }),
        troubled: read('mailbox_troubled'),
      }).toEqual({
        seen: 4,
        instructions: 2,
        conflict: 1,
        sent: 2,
        timed: 2,
        handled: 4,
        delivered: 2,
        marked: expect.any(Number),
        unhandled: 0,
        waiting: 0,
        store: 1,
        queue: 1,
        troubled: 0,
      });
      const decided = found.filter(({ name }) => name === 'transition_responder_cases_total');
      expect(decided.reduce((sum, { value }) => sum + value, 0)).toBe(4);
      expect(read('last_look_seconds')).toBeLessThan(30);
      expect(read('errors_total', { code: 'OTHER' })).toBe(0);
    });
    expect(sink.mails).toHaveLength(2);
  });

  test.skipIf(!runs)('is not ready while its mailbox is away, and ready again after', async () => {
    await dovecot.halt();
    await until(async () => {
      const { status, body } = await ready();
      expect(status).toBe(503);
      expect(body.reasons).toEqual([
        expect.stringMatching(/^mailbox support: it cannot be watched/),
      ]);
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await dovecot.resume();
    await until(async () => {
      const { status, body } = await ready();
      expect(status).toBe(200);
      expect(body.mailboxes).toMatchObject([{ mailbox: 'support', watched: true, trouble: null }]);
    });
  });

  test.skipIf(!runs)('logs case and stage, traces each case, and names nobody', async () => {
    expect(await worker.stop('SIGTERM')).toBe(0);
    const lines = worker.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const about = lines.filter((line) => 'case' in line);
    expect(about.filter((line) => typeof line.stage !== 'string')).toEqual([]);
    const stages = new Map(about.map((line) => [line.msg, line.stage]));
    expect(stages.get('mail decided')).toBe('decide');
    expect(stages.get('reply sent')).toBe('deliver');
    expect(stages.get('mail marked')).toBe('mark');

    const spanOf = (attributes: Record<string, string>) =>
      collector.spans.find(({ attributes: found, name }) =>
        Object.entries(attributes).every(
          ([key, value]) =>
            name === attributes.job && found[`transition_responder.${key}`] === value,
        ),
      );
    const handled = spanOf({ job: 'handle', action: 'reply', reason: 'reply-instructions' });
    const caseId = String(handled?.attributes['transition_responder.case']);
    const delivered = spanOf({ job: 'deliver', case: caseId, outcome: 'sent' });
    const marked = spanOf({ job: 'mark', case: caseId });
    expect(handled?.service).toBe('desk');
    expect(delivered?.traceId).toBe(handled?.traceId);
    expect(marked?.traceId).toBe(handled?.traceId);
    const told = [...worker.lines, ...collector.bodies].join('\n');
    const people = ['anna.hoff', 'dana.reed', 'contoso.example>', 'lose access'];
    expect(people.filter((words) => told.toLowerCase().includes(words))).toEqual([]);
  });
});
