/**
 * Ready means that each watched mailbox was looked at lately and store and queue answer.
 */
import { describe, expect, test } from 'vitest';
import { lookSlackSeconds, pollsMissedMax } from '../../src/core/watch-look.ts';
import { type ReadinessInput, readinessOf } from '../../src/pipeline/readiness.ts';
import type { MailboxHealth } from '../../src/ports/health.ts';

const now = new Date('2026-11-23T12:00:00Z');
const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1_000);
const pollSeconds = 60;
const lateSeconds = pollsMissedMax * pollSeconds + lookSlackSeconds;

function of(
  health: Omit<MailboxHealth, 'mailbox' | 'unhandled'>,
  more: Partial<ReadinessInput> = {},
): ReturnType<typeof readinessOf> {
  return readinessOf({
    now,
    store: { value: [{ mailbox: 'support', unhandled: 0, ...health }] },
    queue: { value: [] },
    watched: [{ name: 'support', pollSeconds }],
    isStarted: true,
    ...more,
  });
}

describe('a mailbox', () => {
  test('that was looked at within three polls is well, and one second later is not', () => {
    expect(of({ lastLookAt: ago(lateSeconds) })).toMatchObject({ ready: true, reasons: [] });
    expect(of({ lastLookAt: ago(lateSeconds + 1) })).toMatchObject({
      ready: false,
      reasons: [
        `mailbox support: no successful look lately (it was ${lateSeconds + 1} s ago, at most ${lateSeconds})`,
      ],
    });
  });

  test('that was never looked at is not well', () => {
    expect(of({}).reasons).toEqual(['mailbox support: no successful look lately (there was none)']);
  });

  test('may reconnect within a poll, and is not well when it takes longer', () => {
    const trouble = { trouble: 'The server cannot be reached.', lastLookAt: ago(61) };
    expect(of({ ...trouble, troubledSince: ago(60) }).ready).toBe(true);
    expect(of({ ...trouble, troubledSince: ago(61) }).reasons).toEqual([
      'mailbox support: it cannot be watched for 61 s: The server cannot be reached.',
    ]);
  });

  test('that somebody else watches says nothing of this process', () => {
    expect(of({}, { watched: [] })).toMatchObject({
      ready: true,
      mailboxes: [{ mailbox: 'support', watched: false, lastLookAt: null }],
    });
  });

  test('is shown with all that is known of it', () => {
    const health = {
      lastLookAt: ago(5),
      oldestUnhandledAt: ago(30),
      reconciledAt: ago(100),
      reconciledMissing: 0,
    };
    expect(of(health).mailboxes).toEqual([
      {
        mailbox: 'support',
        watched: true,
        lastLookAt: '2026-11-23T11:59:55.000Z',
        lastLookSeconds: 5,
        troubledSince: null,
        trouble: null,
        unhandled: 0,
        oldestUnhandledAt: '2026-11-23T11:59:30.000Z',
        reconciledAt: '2026-11-23T11:58:20.000Z',
        reconciledMissing: 0,
      },
    ]);
  });
});

describe('the process', () => {
  const lastLookAt = ago(1);

  test('is not ready while it starts or stops', () => {
    expect(of({ lastLookAt }, { isStarted: false })).toMatchObject({
      ready: false,
      reasons: ['The service is still starting, or stops.'],
    });
  });

  test('is not ready without its store or its queue, and says why', () => {
    expect(of({ lastLookAt }, { store: { why: 'no answer within 3 s' } })).toMatchObject({
      ready: false,
      store: 'fail',
      queue: 'ok',
      reasons: ['store: no answer within 3 s'],
      mailboxes: [],
    });
    expect(of({ lastLookAt }, { queue: { why: 'Redis cannot be reached.' } })).toMatchObject({
      ready: false,
      queue: 'fail',
      reasons: ['queue: Redis cannot be reached.'],
    });
  });
});
