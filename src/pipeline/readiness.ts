/**
 * Whether the service does its work: not whether it is connected, but whether each mailbox was looked at lately, and
 * store and queue answer.
 */
import { lookOf } from '../core/watch-look.ts';
import type { MailboxHealth } from '../ports/health.ts';

/** What a part said, or why it said nothing. */
export type Answer<Value> = { readonly value: Value } | { readonly why: string };

export interface ReadinessInput {
  readonly now: Date;
  readonly store: Answer<readonly MailboxHealth[]>;
  readonly queue: Answer<unknown>;
  /** Absent where this process watches none: then it is no less ready when nobody looks. */
  readonly watched: readonly { readonly name: string; readonly pollSeconds: number }[];
  readonly isStarted: boolean;
}

/** As JSON, so that what is unknown is null. */
export interface Readiness {
  readonly ready: boolean;
  /** What is wrong, a sentence each. */
  readonly reasons: readonly string[];
  readonly store: 'ok' | 'fail';
  readonly queue: 'ok' | 'fail';
  readonly mailboxes: readonly MailboxReadiness[];
}

interface MailboxReadiness {
  readonly mailbox: string;
  readonly watched: boolean;
  readonly lastLookAt: string | null;
  readonly lastLookSeconds: number | null;
  readonly troubledSince: string | null;
  readonly trouble: string | null;
  readonly unhandled: number;
  readonly oldestUnhandledAt: string | null;
  readonly reconciledAt: string | null;
  readonly reconciledMissing: number | null;
}

export function readinessOf(input: ReadinessInput): Readiness {
  const { now, store, queue, watched, isStarted } = input;
  const found = 'value' in store ? store.value : [];
  const polls = new Map(watched.map(({ name, pollSeconds }) => [name, pollSeconds]));
  const reasons = [
    ...(isStarted ? [] : ['The service is still starting, or stops.']),
    ...('why' in store ? [`store: ${store.why}`] : []),
    ...('why' in queue ? [`queue: ${queue.why}`] : []),
    ...found.flatMap((health) => {
      const pollSeconds = polls.get(health.mailbox);
      return pollSeconds === undefined ? [] : staleness(health, pollSeconds, now);
    }),
  ];
  return {
    ready: reasons.length === 0,
    reasons,
    store: 'why' in store ? 'fail' : 'ok',
    queue: 'why' in queue ? 'fail' : 'ok',
    mailboxes: found.map((health) => mailboxReadiness(health, now, polls.has(health.mailbox))),
  };
}

/** Why the mailbox is not looked at as it should be. */
function staleness(health: MailboxHealth, pollSeconds: number, now: Date): readonly string[] {
  const look = lookOf(health, pollSeconds, now);
  const { mailbox } = health;
  if (look.kind === 'fresh') return [];
  if (look.kind === 'troubled')
    return [`mailbox ${mailbox}: it cannot be watched for ${look.seconds} s: ${look.why}`];
  const ago =
    look.seconds === undefined
      ? 'there was none'
      : `it was ${look.seconds} s ago, at most ${look.secondsMax}`;
  return [`mailbox ${mailbox}: no successful look lately (${ago})`];
}

function secondsSince(at: Date | undefined, now: Date): number | null {
  return at === undefined ? null : Math.max(0, Math.round((now.getTime() - at.getTime()) / 1_000));
}

function mailboxReadiness(health: MailboxHealth, now: Date, watched: boolean): MailboxReadiness {
  const iso = (at: Date | undefined): string | null => at?.toISOString() ?? null;
  return {
    mailbox: health.mailbox,
    watched,
    lastLookAt: iso(health.lastLookAt),
    lastLookSeconds: secondsSince(health.lastLookAt, now),
    troubledSince: iso(health.troubledSince),
    trouble: health.trouble ?? null,
    unhandled: health.unhandled,
    oldestUnhandledAt: iso(health.oldestUnhandledAt),
    reconciledAt: iso(health.reconciledAt),
    reconciledMissing: health.reconciledMissing ?? null,
  };
}
