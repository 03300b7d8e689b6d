/**
 * The whole way on real servers: a forward delivered into a Dovecot mailbox, the worker as a process of
 * its own, its reply accepted by an SMTP server; with the embedded store and with PostgreSQL and Redis.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Dovecot, startDovecot, whyNoDovecot } from '../support/dovecot.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { requireService } from '../support/services.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { command, makePlace, projectRoot, startWorker, type WorkerPlace } from './worker.ts';

const samples = join(projectRoot, 'src/demo/samples');
const sample = (name: string): Buffer => readFileSync(join(samples, `${name}.eml`));
const portal = sample('01_outlook_desktop_portal');
const phone = sample('04_outlook_web_phone');
const wait = sample('05_outlook_web_french_wait');
const question = sample('21_ordinary_question');
const newsletter = sample('18_newsletter');
const conflict = sample('24_conflicting_evidence');
const answered = sample('06_gmail_unknown_licenses');
const old = sample('03_outlook_desktop_french_portal');

/** Flags of the first mail in the INBOX with the same Message-ID; undefined when it is not there. */
async function flagsOf(client: ImapFlow, raw: Buffer): Promise<readonly string[] | undefined> {
  const messageId = /^message-id:\s*(<[^>]+>)/im.exec(raw.toString('latin1'))?.[1];
  await client.noop();
  const mails = await client.fetchAll('1:*', { flags: true, envelope: true });
  const found = mails.find(({ envelope }) => envelope?.messageId === messageId);
  return found === undefined
    ? undefined
    : [...(found.flags ?? [])].filter((flag) => flag !== '\\Recent').sort();
}

const noDovecot = whyNoDovecot();
if (noDovecot !== undefined)
  console.warn(`SKIPPED: the tests of the running worker, because ${noDovecot}.`);

interface Backend {
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

async function embedded(): Promise<Backend> {
  return { env: {}, close: async () => undefined };
}

async function servers(): Promise<Backend> {
  const postgres: TestPostgres = await startPostgres();
  const redis: TestRedis = await startRedis();
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
])('a worker on $name', ({ open, runs, name }) => {
  let dovecot: Dovecot;
  let sink: SmtpSink;
  let backend: Backend;
  let place: WorkerPlace;

  beforeAll(async () => {
    if (!runs) return;
    [dovecot, sink, backend] = await Promise.all([startDovecot(), startSmtpSink(), open()]);
    place = await makePlace({
      imap: dovecot,
      smtpPort: sink.port,
      env: backend.env,
      mark: { keyword: 'TransitionReplied', move: { review: 'Review' } },
    });
  });
  afterAll(async () => {
    if (!runs) return;
    await place.remove();
    await Promise.all([dovecot.stop(), sink.close(), backend.close()]);
  });

  test.skipIf(!runs)(
    'answers once, marks last, and goes on after a stop',
    { timeout: 120_000 },
    async () => {
      const replies = (count: number) =>
        vi.waitFor(() => expect(sink.mails).toHaveLength(count), { timeout: 20_000, interval: 5 });
      await dovecot.deliver(old);
      const imported = await command(place, 'import', join(samples, 'customers.csv'));
      expect(imported).toMatchObject({ code: 0, stderr: '' });

      const worker = await startWorker(place);
      const began = performance.now();
      await dovecot.deliver(portal);
      await replies(1);
      console.info(
        `${name}: reply accepted ${Math.round(performance.now() - began)} ms after delivery`,
      );
      expect(sink.mails[0]).toMatchObject({ from: '', to: ['anna.hoff@contoso.example'] });
      for (const mail of [question, newsletter, conflict]) await dovecot.deliver(mail);
      await worker.heard('"review-conflicting-evidence"');
      // Stopping finishes what is in hand.
      await dovecot.deliver(phone);
      await replies(2);
      expect(await worker.stop('SIGTERM')).toBe(0);

      // While nobody watches: the first mail once more under another UID, a forward that a person answers,
      // then a new forward.
      await dovecot.deliver(portal);
      await dovecot.deliver(answered);
      const client = await dovecot.connect();
      await client.messageFlagsAdd('*', ['\\Answered']);
      await dovecot.deliver(wait);
      const again = await startWorker(place);
      await replies(3);
      await vi.waitFor(
        async () => expect(await flagsOf(client, wait)).toContain('\\Answered'),
        10_000,
      );
      expect(await again.stop('SIGTERM')).toBe(0);

      expect(sink.mails.map(({ to }) => to[0])).toEqual([
        'anna.hoff@contoso.example',
        'dana.reed@adventure-works.example',
        'luc.fabre@tailspintoys.example',
      ]);
      // Mails that are not ours keep every flag, unseen included.
      for (const mail of [old, question, newsletter])
        expect(await flagsOf(client, mail)).toEqual([]);
      for (const mail of [portal, phone]) {
        expect(await flagsOf(client, mail)).toEqual(['TransitionReplied', '\\Answered']);
      }
      expect(await flagsOf(client, conflict)).toBeUndefined();
      const waiting = await command(place, 'explain', '--waiting');
      expect(waiting.stdout).toContain('review-conflicting-evidence');
      expect(waiting.stdout).toContain('review-answered-before');
    },
  );
});
