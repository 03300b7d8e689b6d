/**
 * The topology of docker-compose.yml, started natively: its command lines and environments, two watchers and two
 * workers as processes of their own, on a real PostgreSQL, Redis, Dovecot and SMTP server. Processes are killed,
 * stopped and woken, and Redis loses everything, while mails come in: nothing is lost, nothing is answered twice.
 *
 * Watchers are given a sending server that is not there, and workers a mailbox that is not there.
 */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Store } from '../../src/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { compose, environmentOf } from '../support/compose.ts';
import { type Dovecot, startDovecot, whyNoDovecot } from '../support/dovecot.ts';
import { forwardOf, readyCustomer } from '../support/pipeline-desk.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { requireService } from '../support/services.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { makePlace, startWorker, type Worker, type WorkerPlace } from './worker.ts';

const noDovecot = whyNoDovecot();
if (noDovecot !== undefined)
  console.warn(`SKIPPED: the tests of several processes, because ${noDovecot}.`);
const isMissing =
  noDovecot !== undefined || !requireService('postgres') || !requireService('redis');

const secret = '0123456789abcdef0123456789abcdef';
const leaseSeconds = 10;
const until = (check: () => void | Promise<void>) =>
  vi.waitFor(check, { timeout: 120_000, interval: 50 });

describe.skipIf(isMissing)('several processes', { timeout: 400_000 }, () => {
  let dovecot: Dovecot;
  let sink: SmtpSink;
  let postgres: TestPostgres;
  let redis: TestRedis;
  let databaseUrl: string;
  let place: WorkerPlace;
  let store: Store;
  let watchers: Worker[] = [];
  let workers: Worker[] = [];
  /** Customers who have written and are due an answer. */
  const due: string[] = [];

  beforeAll(async () => {
    [dovecot, sink, postgres, redis] = await Promise.all([
      startDovecot(),
      startSmtpSink(),
      startPostgres(),
      startRedis(),
    ]);
    databaseUrl = await postgres.createDatabase();
    place = await makePlace({
      imap: dovecot,
      smtpPort: sink.port,
      settings: {
        watch: { leaseSeconds },
        limits: { perMailboxPerHour: 1_000 },
      },
    });
    ({ store } = await openStore({ databaseUrl }));
    const customers = Array.from({ length: 60 }, (_, index) => readyCustomer(`customer-${index}`));
    const origin = { source: 'import', from: 'test', by: 'test' } as const;
    await store.importCustomers(customers, { dryRun: false, at: new Date(), origin });
    watchers = await startReplicas('watcher');
    workers = await startReplicas('worker');
  }, 200_000);
  afterAll(async () => {
    await place?.remove();
    await store?.close();
    await Promise.all([dovecot?.stop(), sink?.close(), redis?.stop()]);
    await postgres?.stop();
  });

  /** One process as compose would start it. */
  function start(name: 'watcher' | 'worker'): Promise<Worker> {
    const service = compose.services[name];
    const values = {
      POSTGRES_PASSWORD: 'unused',
      TRANSITION_RESPONDER_SECRET: secret,
      IMAP_PASSWORD: dovecot.password,
      SMTP_PASSWORD: 'unused',
    };
    const addresses = {
      'postgres://responder:unused@postgres:5432/responder': databaseUrl,
      'redis://redis:6379': redis.url,
    };
    const away = name === 'watcher' ? 'SMTP' : 'IMAP';
    const env = {
      ...environmentOf(service, values, addresses),
      [`TRANSITION_RESPONDER__MAILBOXES__0__${away}__PORT`]: '1',
    };
    return startWorker(place, { command: service.command, env });
  }

  function startReplicas(name: 'watcher' | 'worker'): Promise<Worker[]> {
    return Promise.all(
      Array.from({ length: compose.services[name].deploy.replicas }, () => start(name)),
    );
  }

  let written = 0;
  /** So many customers forward the notice, and a stranger writes about something else. */
  async function write(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const name = `customer-${written++}`;
      await dovecot.deliver(forwardOf(name));
      due.push(`ana@${name}.example`);
    }
    const question = `From: sam@stranger.example\r\nTo: support@partner.example\r\nSubject: Opening hours\r\nMessage-ID: <question-${written}@stranger.example>\r\n\r\nWhen?\r\n`;
    await dovecot.deliver(question);
  }

  const answered = () => sink.mails.map(({ to }) => to[0] ?? '').sort();
  /** Everybody who is due an answer has one, and nobody has two. */
  const allAnsweredOnce = () => until(() => expect(answered()).toEqual(due.toSorted()));
  const isWatching = ({ lines, process: { exitCode, signalCode } }: Worker) =>
    exitCode === null &&
    signalCode === null &&
    lines.findLastIndex((line) => line.includes('"watching the mailbox"')) >
      lines.findLastIndex((line) => line.includes('standing by'));
  const watching = (): Worker => {
    const [one, ...others] = watchers.filter(isWatching);
    if (one === undefined || others.length > 0) throw new Error('not exactly one watches');
    return one;
  };

  test('one watches, one stands by, and every mail is answered once', async () => {
    watching();
    expect(
      watchers.filter(({ lines }) => lines.some((line) => line.includes('standing by'))),
    ).toHaveLength(1);
    await write(4);
    await allAnsweredOnce();
  });

  test('a worker that is killed while mails come in loses nothing', async () => {
    const before = sink.mails.length;
    const [first] = workers;
    const writing = write(12);
    await until(() => expect(sink.mails.length).toBeGreaterThan(before + 2));
    await first?.stop('SIGKILL');
    await writing;
    // Its place is taken, as compose would do.
    workers = [...workers.slice(1), await start('worker')];
    await settled();
  });

  test('a watcher that is killed is replaced', async () => {
    const killed = watching();
    await write(2);
    await killed.stop('SIGKILL');
    await write(3);
    await settled();
    watching();
    watchers = [...watchers.filter((one) => one !== killed), await start('watcher')];
  });

  test('a watcher that is stopped past its lease and woken again is fenced', async () => {
    const paused = watching();
    paused.process.kill('SIGSTOP');
    await write(4);
    // The other one takes over when the lease has ended, since nobody can tell that this one sleeps.
    await settled();
    expect(watchers.filter((one) => one !== paused && isWatching(one))).toHaveLength(1);
    paused.process.kill('SIGCONT');
    await paused.heard('the lease is lost; standing by');
    await write(3);
    await settled();
    watching();
  });

  test('a watcher that is told to end gives its lease back', async () => {
    const ending = watching();
    expect(await ending.stop('SIGTERM')).toBe(0);
    watchers = watchers.filter((one) => one !== ending);
    await until(() => void watching());
    await write(2);
    await settled();
  });

  test('a Redis that loses everything, and one that comes back empty, lose nothing', async () => {
    const client = new Redis(redis.url);
    // Jobs that wait, and nobody who could have taken them: only the store knows of them then.
    for (const { process } of workers) process.kill('SIGSTOP');
    await write(3);
    await until(async () => expect(await store.countUnfinishedElsewhere([])).toBe(4));
    await client.flushall();
    for (const { process } of workers) process.kill('SIGCONT');
    // And jobs in hand.
    const writing = write(5);
    for (let round = 0; round < 5; round++) await client.flushall();
    await writing;
    client.disconnect();
    await settled();
    await redis.crash();
    await write(2);
    await redis.start();
    await settled();
  });

  test('in the end every mail is finished and marked, and mails that are not ours are untouched', async () => {
    const client = await dovecot.connect();
    await until(async () => {
      await client.noop();
      const mails = await client.fetchAll('1:*', { flags: true, envelope: true });
      const flags = (isOurs: boolean) =>
        mails
          .filter(({ envelope }) => (envelope?.messageId ?? '').includes('question') !== isOurs)
          .map((mail) => [...(mail.flags ?? [])].filter((flag) => flag !== '\\Recent').join());
      const unconfirmed = await waiting();
      expect(flags(true).filter((flag) => flag === '\\Answered')).toHaveLength(
        due.length - unconfirmed.length,
      );
      expect(new Set(flags(false))).toEqual(new Set(['']));
    });
  });

  test('no worker has asked for the mailbox, and no watcher for the sending server', () => {
    const saying = (words: string) => (processes: readonly Worker[]) =>
      processes.flatMap(({ lines }) => lines.filter((line) => line.includes(words)));
    expect(saying('IMAP')(workers)).toEqual([]);
    expect(saying('SMTP')(watchers)).toEqual([]);
  });

  /** Cases that wait for the desk: only where a process was killed in the middle of a hand-over. */
  async function waiting(): Promise<readonly string[]> {
    const cases = await store.listWaiting(100);
    expect(new Set(cases.map(({ reason }) => reason))).toEqual(
      new Set(cases.length === 0 ? [] : ['review-unconfirmed']),
    );
    return cases.map(({ reply }) => reply?.content.to.address ?? '');
  }

  /** Nothing is left to do, and whoever is due an answer has exactly one, or waits visibly. */
  async function settled(): Promise<void> {
    await until(async () => {
      expect(await store.countUnfinishedElsewhere([])).toBe(0);
      expect(await store.unfinishedJobs(['support'], 100)).toEqual([]);
      const open = (await waiting()).filter((address) => !answered().includes(address));
      expect([...answered(), ...open].sort()).toEqual(due.toSorted());
    });
  }
});
