/**
 * The figures for Prometheus: right numbers, closed labels, and no figure where nobody answered.
 */
import { expect, test } from 'vitest';
import { reasons } from '../../src/core/reasons.ts';
import { type Figures, openMetrics } from '../../src/edges/metrics.ts';
import { metricTable } from '../../src/edges/metrics-table.ts';
import { errorTable } from '../../src/errors.ts';
import { jobEnds, replyOutcomes } from '../../src/ports/metrics.ts';
import { jobKinds, queueStates } from '../../src/ports.ts';
import { samplesIn, sampleValue } from '../support/prometheus-text.ts';

const now = new Date('2026-11-23T12:00:00Z');
const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1_000);
const silent: Figures = { now, expiries: [] };
const open = () => openMetrics({ mailboxes: ['support', 'sales'], version: '1.2.3' });
const prefix = 'transition_responder';

test('counts what happens, by mailbox', async () => {
  const metrics = open();
  metrics.mailsSeen('support', 3);
  metrics.mailsSeen('support', 2);
  metrics.decided('support', { action: 'reply', reason: 'reply-instructions' });
  metrics.replied('support', 'sent', 2_500);
  metrics.replied('support', 'deferred');
  metrics.templateFailed('sales');
  metrics.jobEnded({ kind: 'handle', mailbox: 'support' }, 'done', 40);
  metrics.jobEnded({ kind: 'deliver', mailbox: 'support' }, 'given-up');
  metrics.failed('SMTP_FAILED');
  metrics.failed(undefined);
  const samples = samplesIn(await metrics.text(silent));
  const read = (name: string, labels?: Record<string, string>) =>
    sampleValue(samples, `${prefix}_${name}`, labels);
  expect(read('mails_seen_total', { mailbox: 'support' })).toBe(5);
  expect(read('mails_seen_total', { mailbox: 'sales' })).toBe(0);
  expect(read('cases_total', { mailbox: 'support', reason: 'reply-instructions' })).toBe(1);
  expect(read('replies_total', { mailbox: 'support', outcome: 'sent' })).toBe(1);
  expect(read('replies_total', { mailbox: 'support', outcome: 'deferred' })).toBe(1);
  expect(read('reply_seconds_count', { mailbox: 'support' })).toBe(1);
  expect(read('reply_seconds_sum', { mailbox: 'support' })).toBe(2.5);
  expect(read('reply_seconds_bucket', { mailbox: 'support', le: '2' })).toBe(0);
  expect(read('reply_seconds_bucket', { mailbox: 'support', le: '3' })).toBe(1);
  expect(read('template_failures_total', { mailbox: 'sales' })).toBe(1);
  expect(read('jobs_total', { kind: 'deliver', end: 'given-up' })).toBe(1);
  expect(read('job_seconds_sum', { kind: 'handle' })).toBe(0.04);
  expect(read('errors_total', { code: 'SMTP_FAILED' })).toBe(1);
  expect(read('errors_total', { code: 'OTHER' })).toBe(1);
  expect(read('build_info', { version: '1.2.3' })).toBe(1);
  expect(sampleValue(samples, 'process_cpu_seconds_total')).toBeGreaterThan(0);
});

test('shows what store and queue say, and how old it is', async () => {
  const figures: Figures = {
    now,
    mailboxes: [
      {
        mailbox: 'support',
        lastLookAt: ago(12),
        unhandled: 2,
        oldestUnhandledAt: ago(90),
        troubledSince: ago(5),
        reconciledAt: ago(3_600),
        reconciledMissing: 1,
      },
      { mailbox: 'sales', unhandled: 0 },
    ],
    holds: [
      { kind: 'mailbox', name: 'sales' },
      { kind: 'address', name: 'anna@contoso.example' },
    ],
    templatesRefused: 1,
    queue: [{ kind: 'deliver', mailbox: 'support', jobs: { waiting: 4, active: 1, delayed: 7 } }],
    expiries: [{ mailbox: 'support', what: 'secret', at: new Date(1_800_000_000_000) }],
  };
  const text = await open().text(figures);
  const samples = samplesIn(text);
  const read = (name: string, labels?: Record<string, string>) =>
    sampleValue(samples, `${prefix}_${name}`, labels);
  const [support, sales] = [{ mailbox: 'support' }, { mailbox: 'sales' }];
  expect(read('up', { part: 'store' })).toBe(1);
  expect(read('up', { part: 'queue' })).toBe(1);
  expect(read('last_look_seconds', support)).toBe(12);
  expect(read('last_look_seconds', sales)).toBeUndefined();
  expect(read('unhandled_mails', support)).toBe(2);
  expect(read('oldest_unhandled_seconds', support)).toBe(90);
  expect(read('oldest_unhandled_seconds', sales)).toBe(0);
  expect(read('mailbox_troubled', support)).toBe(1);
  expect(read('mailbox_troubled', sales)).toBe(0);
  expect(read('mailbox_paused', sales)).toBe(1);
  expect(read('mailbox_paused', support)).toBe(0);
  expect(read('held_addresses')).toBe(1);
  expect(read('reconciled_seconds', support)).toBe(3_600);
  expect(read('reconciled_missing_mails', support)).toBe(1);
  expect(read('templates_refused')).toBe(1);
  expect(read('queue_jobs', { kind: 'deliver', state: 'delayed' })).toBe(7);
  expect(read('login_expiry_timestamp_seconds', { what: 'secret' })).toBe(1_800_000_000);
  expect(text).not.toContain('@');
});

test('has no figure of a store or a queue that did not answer', async () => {
  const metrics = open();
  await metrics.text({
    ...silent,
    mailboxes: [{ mailbox: 'support', unhandled: 2, lastLookAt: ago(1) }],
    holds: [],
    templatesRefused: 0,
    queue: [{ kind: 'mark', mailbox: 'support', jobs: { waiting: 1, active: 0, delayed: 0 } }],
  });
  const samples = samplesIn(await metrics.text(silent));
  expect(sampleValue(samples, `${prefix}_up`, { part: 'store' })).toBe(0);
  expect(sampleValue(samples, `${prefix}_up`, { part: 'queue' })).toBe(0);
  const gone = ['unhandled_mails', 'last_look_seconds', 'queue_jobs', 'held_addresses'];
  const names = new Set(samples.map(({ name }) => name));
  expect(gone.filter((name) => names.has(`${prefix}_${name}`))).toEqual([]);
  expect(names).not.toContain(`${prefix}_templates_refused`);
});

test('labels hold only names of the settings and words of closed lists', async () => {
  const metrics = open();
  metrics.mailsSeen('a mailbox of another desk', 1);
  metrics.jobEnded({ kind: 'mark', mailbox: 'anna@contoso.example' }, 'failed', 1);
  const closed: Readonly<Record<string, readonly string[]>> = {
    mailbox: ['support', 'sales', 'other'],
    action: ['reply', 'review', 'suppress', 'ignore'],
    reason: Object.keys(reasons),
    outcome: replyOutcomes,
    kind: jobKinds,
    end: jobEnds,
    state: queueStates,
    code: [...Object.keys(errorTable), 'OTHER'],
    part: ['store', 'queue'],
    what: ['token', 'secret', 'certificate'],
    version: ['1.2.3'],
  };
  const own = samplesIn(await metrics.text(silent)).filter(({ name }) => name.startsWith(prefix));
  const wrong = own.flatMap(({ name, labels }) =>
    Object.entries(labels)
      .filter(([key, value]) => key !== 'le' && closed[key]?.includes(value) !== true)
      .map(([key, value]) => `${name}{${key}="${value}"}`),
  );
  expect(own.length).toBeGreaterThan(100);
  expect(wrong).toEqual([]);
  const used = Object.values(metricTable).flatMap(({ labels }) => labels as readonly string[]);
  expect(used.filter((name) => closed[name] === undefined)).toEqual([]);
});
