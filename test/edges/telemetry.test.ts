/**
 * Traces as a collector receives them: who queued what, no housekeeping, no addresses; and a collector that is away
 * holds nothing up.
 */
import { afterEach, expect, test, vi } from 'vitest';
import { redactorFor } from '../../src/core/redact.ts';
import { openJobs } from '../../src/edges/jobs.ts';
import { type OpenedTelemetry, openTelemetry } from '../../src/edges/telemetry.ts';
import type { Job, Log } from '../../src/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { keptLog } from '../conformance/queues.ts';
import { type OtlpCollector, startOtlpCollector } from '../support/otlp-collector.ts';
import { freePort } from '../support/services.ts';

let opened: OpenedTelemetry | undefined;
let collector: OtlpCollector | undefined;
afterEach(async () => {
  await opened?.close();
  await collector?.close();
  [opened, collector] = [undefined, undefined];
});

function open(otlpUrl: string, log: Log): OpenedTelemetry {
  const redactor = redactorFor({ redact: 'all', key: 'a key of the tests, no secret' });
  opened = openTelemetry({ otlpUrl, serviceName: 'desk', version: '1.2.3', redactor, log });
  return opened;
}

test('a job that fails is a span that failed, without the address in its error', async () => {
  collector = await startOtlpCollector();
  const log = keptLog();
  const tracing = open(collector.url, log);
  const { store, pool } = await openStore({ dataDir: ':memory:' });
  const jobs = await openJobs({ pool, log, telemetry: tracing.telemetry });
  const nothing = (): void => undefined;
  const metrics = tracing.withSpans({
    mailsSeen: nothing,
    decided: nothing,
    replied: nothing,
    templateFailed: nothing,
    jobEnded: nothing,
    failed: nothing,
  });
  const job: Job = { kind: 'deliver', caseId: 'c-1', mailbox: 'support' };
  const gaveUp = vi.fn(async () => undefined);
  await jobs.work({
    kind: 'deliver',
    mailbox: 'support',
    concurrency: 1,
    run: (running) =>
      tracing.around(running, async () => {
        metrics.decided('support', { action: 'reply', reason: 'reply-instructions' });
        metrics.failed('USAGE');
        throw Object.assign(new Error('550 5.1.1 <anna@contoso.example>: unknown'), {
          name: 'AssertionError',
        });
      }),
    gaveUp,
  });
  await jobs.add([job]);
  await vi.waitFor(async () => {
    const [, deliver] = await jobs.depth(['support']);
    expect(deliver?.jobs).toEqual({ waiting: 0, active: 0, delayed: 1 });
  }, 20_000);
  await jobs.close();
  await store.close();
  await tracing.close();

  const names = collector.spans.map(({ name }) => name.split(' ')[0]);
  expect(names.toSorted()).toEqual(['add', 'deliver', 'process']);
  const added = collector.spans.find(({ name }) => name.startsWith('add '));
  const processed = collector.spans.find(({ name }) => name.startsWith('process '));
  expect(processed).toMatchObject({
    traceId: added?.traceId,
    parentSpanId: added?.spanId,
    service: 'desk',
  });
  expect(collector.spans.find(({ name }) => name === 'deliver')).toMatchObject({
    status: { code: 2 },
    attributes: {
      'transition_responder.case': 'c-1',
      'transition_responder.mailbox': 'support',
      'transition_responder.job': 'deliver',
      'transition_responder.action': 'reply',
      'transition_responder.reason': 'reply-instructions',
    },
  });
  const told = collector.bodies.join('\n');
  expect(told).toContain('550 5.1.1 <address:');
  expect(told).not.toContain('anna@');
});

test('a collector that is away is told in the log once, and holds up no end', async () => {
  const log = keptLog();
  const tracing = open(`http://127.0.0.1:${await freePort()}/v1/traces`, log);
  for (const name of ['process a', 'process b']) {
    tracing.telemetry.tracer.startSpan(name, { kind: 4 }).end();
  }
  await tracing.close();
  expect(log.lines.filter(({ sentence }) => sentence === 'traces cannot be sent')).toHaveLength(1);
});
