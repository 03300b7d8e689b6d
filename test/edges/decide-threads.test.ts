/**
 * Deciding in threads: the same decisions as in the process, and no mail that can end the service.
 */
import { AssertionError } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { indexCustomers } from '../../src/core/customer-index.ts';
import { decideMail, type Judging } from '../../src/core/decide-mail.ts';
import {
  type DecideThreads,
  type DecideThreadsOptions,
  openDecideThreads,
} from '../../src/edges/decide-threads.ts';
import { ResponderError } from '../../src/errors.ts';
import type { Log } from '../../src/ports.ts';
import { catalog, customers, fixture, fixtureNames, now, policy } from '../support/sample-desk.ts';

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
const judging: Judging = { policy, catalog, ...indexCustomers(customers) };
const how = { complete: true, now };
const dying = new URL('../support/dying-decide-worker.ts', import.meta.url);

/** Starting a thread costs more than most tests: those that do no harm share these. */
const shared = await openDecideThreads({ threads: 2, log: quiet });
afterAll(() => shared.close());

const opened: DecideThreads[] = [];
afterEach(async () => {
  for (const threads of opened.splice(0)) await threads.close();
});

async function open(options: Partial<DecideThreadsOptions> = {}): Promise<DecideThreads> {
  const threads = await openDecideThreads({ threads: 1, log: quiet, ...options });
  opened.push(threads);
  return threads;
}

function mail(subject: string, deed?: string): Buffer {
  const lines = ['From: a@contoso.example', `Subject: ${subject}`, 'Message-ID: <a@b.example>'];
  if (deed !== undefined) lines.push(`X-Deed: ${deed}`);
  return Buffer.from([...lines, '', 'Hello'].join('\r\n'));
}

/** Every fourth of each kind: all of them are decided by the tests of the core. */
const all = (['forwards', 'notices', 'responders'] as const).flatMap((folder) =>
  fixtureNames(folder)
    .filter((_, at) => at % 4 === 0)
    .map((name) => ({ name, raw: fixture(folder, name) })),
);

test('a fixture is decided as in the process, whatever runs beside it', async () => {
  const { decide } = shared;
  const decided = await Promise.all(all.map(({ raw }) => decide(raw, judging, how)));
  expect(all.length).toBeGreaterThan(30);
  for (const [at, { name, raw }] of all.entries()) {
    const { mail: whole, decision } = await decideMail(raw, judging, how);
    const { messageId, references, inReplyTo, subject, from } = whole;
    const kept = { references, inReplyTo, subject, from };
    expect(decided[at], name).toEqual({
      mail: messageId === undefined ? kept : { messageId, ...kept },
      decision,
    });
    expect(raw.byteLength, `${name} still belongs to its owner`).toBeGreaterThan(0);
  }
});

test('each mail is judged by the settings of its own mailbox', async () => {
  const { decide } = shared;
  const raw = fixture('forwards', fixtureNames('forwards')[0] ?? '');
  const strict: Judging = {
    ...judging,
    policy: { ...policy, thresholds: { reply: 1, review: 1 } },
  };
  for (const one of [judging, strict, judging]) {
    const { decision } = await decide(raw, one, how);
    expect(decision).toEqual((await decideMail(raw, one, how)).decision);
  }
});

test('signatures are verified where there is somebody who can', async () => {
  const { decide } = shared;
  const seen: string[] = [];
  const raw = mail('signed');
  await decide(
    raw,
    {
      ...judging,
      async verify(octets, { subject }) {
        expect(Buffer.from(octets)).toEqual(raw);
        seen.push(subject);
        return { dkim: [], arc: { result: 'none', instance: 0, detail: '' }, attached: [] };
      },
    },
    how,
  );
  expect(seen).toEqual(['signed']);
});

test('a look-up that fails fails the decision with its own error', async () => {
  const { decide } = shared;
  const away = new ResponderError('STORE_UNREACHABLE', 'The database is away.');
  const failing: Judging = { ...judging, findCandidates: () => Promise.reject(away) };
  const raw = fixture('forwards', fixtureNames('forwards')[0] ?? '');
  await expect(decide(raw, failing, how)).rejects.toBe(away);
  // The thread goes on.
  await expect(decide(raw, judging, how)).resolves.toMatchObject({ mail: {} });
});

describe('a mail that no thread gets over', () => {
  test.each(['exit', 'throw', 'hang'])(
    'goes to the desk, and no other with it: %s',
    async (deed) => {
      const { decide } = await open({ threads: 2, script: dying, silentMsMax: 1_500 });
      const others = [1, 2, 3, 4, 5, 6].map((at) => decide(mail(`before ${at}`), judging, how));
      const hostile = decide(mail('hostile', deed), judging, how);
      const later = [1, 2, 3, 4, 5, 6].map((at) => decide(mail(`after ${at}`), judging, how));
      await expect(hostile).rejects.toMatchObject({ code: 'MAIL_UNDECIDABLE', retry: 'never' });
      const subjects = (await Promise.all([...others, ...later])).map((one) => one.mail.subject);
      expect(subjects).toHaveLength(12);
      // Every thread was replaced.
      const { mail: next } = await decide(mail('next'), judging, how);
      expect(next.subject).toBe('next');
    },
  );

  test('an assertion stays one: no other attempt helps', async () => {
    const { decide } = shared;
    const odd = { ...judging, catalog: { ...catalog, families: undefined as never } };
    await expect(decide(mail('You’re about to lose access'), odd, how)).rejects.toThrow(Error);
    const broken: Judging = {
      ...judging,
      findCandidates: () => Promise.reject(new AssertionError({ message: 'never' })),
    };
    const raw = fixture('forwards', fixtureNames('forwards')[0] ?? '');
    await expect(decide(raw, broken, how)).rejects.toBeInstanceOf(AssertionError);
  });
});

describe('what a thread has in hand at once', () => {
  const forward = fixture('forwards', fixtureNames('forwards')[0] ?? '');

  /** The most mails that waited for their customers at the same time. */
  async function mostAtOnce(mails: readonly Buffer[], octetsInHandMax?: number): Promise<number> {
    const { decide } = await open(octetsInHandMax === undefined ? {} : { octetsInHandMax });
    let [waiting, most] = [0, 0];
    const slow: Judging = {
      ...judging,
      async findCandidates(...asked) {
        waiting += 1;
        most = Math.max(most, waiting);
        await delay(300);
        waiting -= 1;
        return judging.findCandidates(...asked);
      },
    };
    await Promise.all(mails.map((raw) => decide(raw, slow, how)));
    return most;
  }

  test('is many small mails, so that those that wait for their customers hold nobody up', async () => {
    const most = await mostAtOnce(Array.from({ length: 20 }, () => forward));
    expect(most).toBeGreaterThan(8);
    expect(most).toBeLessThanOrEqual(16);
  });

  test('is as many as do not weigh too much together, and one that does by itself', async () => {
    const large = Buffer.concat([forward, Buffer.from('\r\n'), Buffer.alloc(600_000, 'line\r\n')]);
    expect(await mostAtOnce([large, large, large], 1_000_000)).toBe(1);
    expect(await mostAtOnce([large, large, large, large], 1_500_000)).toBe(2);
    expect(await mostAtOnce([large, large, large], 1_000)).toBe(1);
  });
});

test('what is in hand when it closes is decided after the next start', async () => {
  const threads = await open();
  const waiting = threads.decide(
    fixture('forwards', fixtureNames('forwards')[0] ?? ''),
    { ...judging, findCandidates: () => new Promise(() => undefined) },
    how,
  );
  const refused = expect(waiting).rejects.toMatchObject({
    code: 'DECISION_CUT_OFF',
    retry: 'later',
  });
  await threads.close();
  await refused;
});

test('a thread that cannot start is said at once', async () => {
  const script = new URL('../support/cannot-start-worker.ts', import.meta.url);
  await expect(open({ script })).rejects.toThrow('no such thread');
});
