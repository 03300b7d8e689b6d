/**
 * The figures of the service for Prometheus, through prom-client: what this process counts, and what the store and
 * the queue say when somebody asks.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { reasons } from '../core/reasons.ts';
import { errorTable } from '../errors.ts';
import type { MailboxHealth } from '../ports/health.ts';
import { type Metrics, replyOutcomes } from '../ports/metrics.ts';
import type { LoginExpiry } from '../ports/oauth.ts';
import { type Hold, jobKinds, type QueueDepth, queueStates } from '../ports.ts';
import {
  jobSecondsBuckets,
  type MetricEntry,
  metricTable,
  replySecondsBuckets,
} from './metrics-table.ts';

/** What the store and the queue say now. What did not answer is absent. */
export interface Figures {
  readonly now: Date;
  readonly mailboxes?: readonly MailboxHealth[];
  readonly holds?: readonly Pick<Hold, 'kind' | 'name'>[];
  readonly templatesRefused?: number;
  readonly queue?: readonly QueueDepth[];
  readonly expiries: readonly LoginExpiry[];
}

export interface OpenMetricsOptions {
  /** Of the settings: no other name is ever a label. */
  readonly mailboxes: readonly string[];
  readonly version: string;
}

export interface OpenedMetrics extends Metrics {
  /** In the text format of Prometheus, with the figures as they are now. */
  text(figures: Figures): Promise<string>;
  readonly contentType: string;
}

export function openMetrics({ mailboxes, version }: OpenMetricsOptions): OpenedMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counts = openCounters(registry, mailboxes);
  const gauges = openGauges(registry);
  gauges.build.set({ version }, 1);
  const known = new Set(mailboxes);
  return {
    ...countWith(counts, (mailbox) => (known.has(mailbox) ? mailbox : otherMailbox)),
    contentType: registry.contentType,
    text(figures) {
      setFigures(gauges, figures);
      return registry.metrics();
    },
  };
}

/** A mailbox that is no longer in the settings, whose jobs another process left. */
const otherMailbox = 'other';

function optionsOf<Entry extends MetricEntry>(
  registry: Registry,
  { name, help, labels }: Entry,
): { name: string; help: string; labelNames: Entry['labels'][number][]; registers: Registry[] } {
  return { name, help, labelNames: [...labels], registers: [registry] };
}

function openCounters(registry: Registry, mailboxes: readonly string[]) {
  const counters = {
    mailsSeen: new Counter(optionsOf(registry, metricTable.mailsSeen)),
    cases: new Counter(optionsOf(registry, metricTable.cases)),
    replies: new Counter(optionsOf(registry, metricTable.replies)),
    templateFailures: new Counter(optionsOf(registry, metricTable.templateFailures)),
    jobs: new Counter(optionsOf(registry, metricTable.jobs)),
    errors: new Counter(optionsOf(registry, metricTable.errors)),
  };
  const histograms = {
    replySeconds: new Histogram({
      ...optionsOf(registry, metricTable.replySeconds),
      buckets: replySecondsBuckets,
    }),
    jobSeconds: new Histogram({
      ...optionsOf(registry, metricTable.jobSeconds),
      buckets: jobSecondsBuckets,
    }),
  };
  // From zero on: a rate over a series that begins with its first event misses that event.
  for (const mailbox of mailboxes) {
    counters.mailsSeen.inc({ mailbox }, 0);
    counters.templateFailures.inc({ mailbox }, 0);
    for (const outcome of replyOutcomes) counters.replies.inc({ mailbox, outcome }, 0);
    for (const [reason, { action }] of Object.entries(reasons))
      counters.cases.inc({ mailbox, action, reason }, 0);
    histograms.replySeconds.zero({ mailbox });
  }
  for (const code of [...Object.keys(errorTable), otherCode]) counters.errors.inc({ code }, 0);
  for (const kind of jobKinds) histograms.jobSeconds.zero({ kind });
  return { ...counters, ...histograms };
}

const otherCode = 'OTHER';

function countWith(
  counts: ReturnType<typeof openCounters>,
  label: (mailbox: string) => string,
): Metrics {
  return {
    mailsSeen: (mailbox, mails) => counts.mailsSeen.inc({ mailbox: label(mailbox) }, mails),
    decided: (mailbox, { action, reason }) =>
      counts.cases.inc({ mailbox: label(mailbox), action, reason }),
    replied(mailbox, outcome, sinceArrivalMs) {
      counts.replies.inc({ mailbox: label(mailbox), outcome });
      if (sinceArrivalMs !== undefined)
        counts.replySeconds.observe({ mailbox: label(mailbox) }, sinceArrivalMs / 1_000);
    },
    templateFailed: (mailbox) => counts.templateFailures.inc({ mailbox: label(mailbox) }),
    jobEnded({ kind, mailbox }, end, tookMs) {
      counts.jobs.inc({ kind, mailbox: label(mailbox), end });
      if (tookMs !== undefined) counts.jobSeconds.observe({ kind }, tookMs / 1_000);
    },
    failed: (code) => counts.errors.inc({ code: code ?? otherCode }),
  };
}

function openGauges(registry: Registry) {
  const gauge = <Entry extends MetricEntry>(entry: Entry): Gauge<Entry['labels'][number]> =>
    new Gauge(optionsOf(registry, entry));
  return {
    up: gauge(metricTable.up),
    queueJobs: gauge(metricTable.queueJobs),
    unhandled: gauge(metricTable.unhandled),
    oldestUnhandled: gauge(metricTable.oldestUnhandled),
    lastLook: gauge(metricTable.lastLook),
    troubled: gauge(metricTable.troubled),
    paused: gauge(metricTable.paused),
    heldAddresses: gauge(metricTable.heldAddresses),
    reconciled: gauge(metricTable.reconciled),
    reconciledMissing: gauge(metricTable.reconciledMissing),
    templatesRefused: gauge(metricTable.templatesRefused),
    loginExpiry: gauge(metricTable.loginExpiry),
    build: gauge(metricTable.build),
  };
}

type Gauges = ReturnType<typeof openGauges>;

/** What did not answer has no figure: the last one would look like health. */
function setFigures({ build: _always, ...gauges }: Gauges, figures: Figures): void {
  for (const gauge of Object.values(gauges)) gauge.reset();
  // Without labels a reset is a 0.
  gauges.heldAddresses.remove();
  gauges.templatesRefused.remove();
  const { mailboxes, holds, queue, templatesRefused, now } = figures;
  gauges.up.set({ part: 'store' }, mailboxes === undefined ? 0 : 1);
  gauges.up.set({ part: 'queue' }, queue === undefined ? 0 : 1);
  for (const depth of queue ?? []) setDepth(gauges, depth);
  for (const health of mailboxes ?? []) {
    setHealth(gauges, health, now);
    const isPaused = holds?.some(({ kind, name }) => kind === 'mailbox' && name === health.mailbox);
    gauges.paused.set({ mailbox: health.mailbox }, isPaused === true ? 1 : 0);
  }
  if (holds !== undefined)
    gauges.heldAddresses.set(holds.filter(({ kind }) => kind === 'address').length);
  if (templatesRefused !== undefined) gauges.templatesRefused.set(templatesRefused);
  for (const { mailbox, what, at } of figures.expiries)
    gauges.loginExpiry.set({ mailbox, what }, at.getTime() / 1_000);
}

function setDepth(gauges: Pick<Gauges, 'queueJobs'>, { kind, mailbox, jobs }: QueueDepth): void {
  for (const state of queueStates) gauges.queueJobs.set({ kind, mailbox, state }, jobs[state]);
}

function setHealth(gauges: Omit<Gauges, 'build'>, health: MailboxHealth, now: Date): void {
  const { mailbox, oldestUnhandledAt, lastLookAt, reconciledAt, reconciledMissing } = health;
  const secondsSince = (at: Date): number => Math.max(0, (now.getTime() - at.getTime()) / 1_000);
  gauges.unhandled.set({ mailbox }, health.unhandled);
  const waits = oldestUnhandledAt === undefined ? 0 : secondsSince(oldestUnhandledAt);
  gauges.oldestUnhandled.set({ mailbox }, waits);
  gauges.troubled.set({ mailbox }, health.troubledSince === undefined ? 0 : 1);
  if (lastLookAt !== undefined) gauges.lastLook.set({ mailbox }, secondsSince(lastLookAt));
  if (reconciledAt !== undefined) gauges.reconciled.set({ mailbox }, secondsSince(reconciledAt));
  if (reconciledMissing !== undefined) gauges.reconciledMissing.set({ mailbox }, reconciledMissing);
}
