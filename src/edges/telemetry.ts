/**
 * Traces of the jobs, by OpenTelemetry: from the intake of a mail over the queue to its mark, each job a span that
 * is the child of the one that queued it, also in another process.
 *
 * A span has the names of queue and mailbox, the case, action and reason: never a word of a mail. Errors are told
 * without addresses, since a server's answer may repeat one.
 */
import { createHash } from 'node:crypto';
import {
  type Context,
  context,
  DiagLogLevel,
  diag,
  type Link,
  propagation,
  ROOT_CONTEXT,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Span, SpanOptions, Telemetry } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';
import type { Redactor } from '../core/redact.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Job, Log } from '../ports.ts';

export interface OpenTelemetryOptions {
  /** Of the collector: OTLP over HTTP, with its path, usually `/v1/traces`. */
  readonly otlpUrl: string;
  readonly serviceName: string;
  readonly version: string;
  readonly redactor: Redactor;
  readonly log: Log;
}

export interface OpenedTelemetry {
  /** For the queue. */
  readonly telemetry: Telemetry;
  /** Does the work at a job in a span of its own, of the trace of its case. */
  around(job: Job, work: () => Promise<void>): Promise<void>;
  /** What is counted is written on the span too, where it tells how the job went. */
  withSpans(metrics: Metrics): Metrics;
  /** Sends what is left, for some seconds at most. */
  close(): Promise<void>;
}

/** A collector that does not answer must neither hold up the stop nor fill the memory. */
const exportMsMax = 5_000;
const spansMax = 4_096;
/** The same complaint about the collector is logged this often. */
const complaintMs = 60_000;
const prefix = 'transition_responder';

export function openTelemetry(options: OpenTelemetryOptions): OpenedTelemetry {
  const { otlpUrl, serviceName, version, redactor, log } = options;
  const complain = complaintsTo(log);
  const ignore = (): void => undefined;
  const logger = { error: complain, warn: complain, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, DiagLogLevel.WARN);
  const exporter = new OTLPTraceExporter({ url: otlpUrl, timeoutMillis: exportMsMax });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        exportTimeoutMillis: exportMsMax,
        maxQueueSize: spansMax,
      }),
    ],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  const note = (attributes: Readonly<Record<string, string>>): void => {
    const span = trace.getActiveSpan();
    for (const [name, value] of Object.entries(attributes))
      span?.setAttribute(`${prefix}.${name}`, value);
  };
  return {
    telemetry: jobSpans(new BullMQOtel({ tracerName: serviceName, version }), redactor),
    around: (job, work) =>
      trace
        .getTracer(serviceName, version)
        .startActiveSpan(job.kind, { links: linksToQueue() }, traceOf(job), async (span) => {
          note({ case: job.caseId, mailbox: job.mailbox, job: job.kind });
          try {
            await work();
          } finally {
            span.end();
          }
        }),
    withSpans: (metrics) => ({
      ...metrics,
      decided(mailbox, decision) {
        metrics.decided(mailbox, decision);
        note({ action: decision.action, reason: decision.reason });
      },
      replied(mailbox, outcome, sinceArrivalMs) {
        metrics.replied(mailbox, outcome, sinceArrivalMs);
        note({ outcome });
      },
      failed(code) {
        metrics.failed(code);
        trace.getActiveSpan()?.setStatus({ code: SpanStatusCode.ERROR, message: code ?? 'OTHER' });
      },
    }),
    async close() {
      // The service ends all the same: of a trace nothing depends.
      await provider.shutdown().catch((error: unknown) => complain(messageOf(error)));
      for (const global of [trace, propagation, context, diag]) global.disable();
    },
  };
}

/**
 * All jobs of a case are of one trace, whose id is made of the case’s: jobs are queued in packs, and again after a
 * loss, so what queued one says nothing of whose it is.
 */
function traceOf({ caseId }: Job): Context {
  const hash = createHash('sha256').update(caseId).digest('hex');
  const [traceId, spanId] = [hash.slice(0, 32), hash.slice(32, 48)];
  const parent = { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
  return trace.setSpanContext(context.active(), parent);
}

/** The run of the queue in which the job was taken, with others perhaps. */
function linksToQueue(): Link[] {
  const taken = trace.getActiveSpan()?.spanContext();
  return taken === undefined ? [] : [{ context: taken }];
}

/** BullMQ’s spans, without its own housekeeping, and without addresses in errors. */
function jobSpans(inner: BullMQOtel, redactor: Redactor): Telemetry {
  return {
    tracer: {
      startSpan: (name: string, options: SpanOptions | undefined, parent: unknown) =>
        // Asking for jobs and renewing locks, every few seconds: nobody’s case.
        options?.kind === undefined || options.kind === internalKind
          ? unrecorded
          : redacted(inner.tracer.startSpan(name, options, parent as never), redactor),
    },
    contextManager: {
      with: (active, work) => inner.contextManager.with(active, work),
      active: () => inner.contextManager.active(),
      root: () => ROOT_CONTEXT,
      getMetadata: (active) => inner.contextManager.getMetadata(active),
      fromMetadata: (active, metadata) => inner.contextManager.fromMetadata(active, metadata),
    },
  };
}

/** `SpanKind.INTERNAL` of BullMQ and of OpenTelemetry. */
const internalKind = 0;

const unrecorded: Span = {
  setSpanOnContext: (active) => active,
  setAttribute: () => undefined,
  setAttributes: () => undefined,
  addEvent: () => undefined,
  recordException: () => undefined,
  end: () => undefined,
};

function redacted(span: Span, { text }: Redactor): Span {
  type Attributes = Parameters<Span['setAttributes']>[0];
  type Value = Parameters<Span['setAttribute']>[1];
  const clean = (value: Value): Value => (typeof value === 'string' ? text(value) : value);
  const cleanAll = (attributes: Attributes): Attributes =>
    Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [
        name,
        value === undefined ? value : clean(value),
      ]),
    );
  return {
    setSpanOnContext: (active) => span.setSpanOnContext(active),
    setAttribute: (name, value) => span.setAttribute(name, clean(value)),
    setAttributes: (attributes) => span.setAttributes(cleanAll(attributes)),
    addEvent: (name, attributes) =>
      span.addEvent(name, attributes === undefined ? undefined : cleanAll(attributes)),
    recordException: (error, time) =>
      span.recordException({ name: nameOf(error), message: text(messageOf(error)) }, time),
    end: () => span.end(),
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function complaintsTo(log: Log): (message: string, ...more: unknown[]) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (message, ...more) => {
    if (performance.now() - toldAt < complaintMs) return;
    toldAt = performance.now();
    log.warn({ error: [message, ...more].map(String).join(' ') }, 'traces cannot be sent');
  };
}
