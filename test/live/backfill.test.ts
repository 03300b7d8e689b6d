/**
 * `backfill` on a real mailbox, before the first start: what it would do, what it takes in, and what the worker
 * then makes of it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Dovecot, startDovecot, whyNoDovecot } from '../support/dovecot.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { command, makePlace, projectRoot, startWorker, type WorkerPlace } from './worker.ts';

const samples = join(projectRoot, 'src/demo/samples');
const sample = (name: string): Buffer => readFileSync(join(samples, `${name}.eml`));
const portal = sample('01_outlook_desktop_portal');
const phone = sample('04_outlook_web_phone');
const answered = sample('06_gmail_unknown_licenses');
const tooOld = sample('03_outlook_desktop_french_portal');
const wait = sample('05_outlook_web_french_wait');
const question = sample('21_ordinary_question');

const noDovecot = whyNoDovecot();
if (noDovecot !== undefined) console.warn(`SKIPPED: the tests of backfill, because ${noDovecot}.`);

const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);
const dayOf = (date: Date): string => date.toISOString().slice(0, 10);

async function flagsByUid(client: ImapFlow): Promise<Record<number, readonly string[]>> {
  await client.noop();
  const mails = await client.fetchAll('1:*', { uid: true, flags: true });
  const flags = (set: Set<string> | undefined) => [...(set ?? [])].filter((f) => f !== '\\Recent');
  return Object.fromEntries(mails.map((mail) => [mail.uid, flags(mail.flags)]));
}

describe.skipIf(noDovecot !== undefined)('backfill', () => {
  let dovecot: Dovecot;
  let sink: SmtpSink;
  let place: WorkerPlace;
  let client: ImapFlow;
  const backfill = (...args: readonly string[]) => command(place, 'backfill', ...args);

  beforeAll(async () => {
    if (noDovecot !== undefined) return;
    [dovecot, sink] = await Promise.all([startDovecot(), startSmtpSink()]);
    place = await makePlace({ imap: dovecot, smtpPort: sink.port });
    client = await dovecot.connect();
    await client.append('INBOX', tooOld, [], daysAgo(20));
    await client.append('INBOX', portal, [], daysAgo(6));
    await client.append('INBOX', portal, [], daysAgo(6));
    await client.append('INBOX', answered, ['\\Answered'], daysAgo(5));
    await client.append('INBOX', question, ['\\Flagged'], daysAgo(4));
    await client.append('INBOX', phone, [], daysAgo(3));
    await command(place, 'import', join(samples, 'customers.csv'));
  });
  afterAll(async () => {
    if (noDovecot !== undefined) return;
    await place.remove();
    await Promise.all([dovecot.stop(), sink.close()]);
  });

  test('refuses what it does not understand', async () => {
    for (const [args, says] of [
      [[], 'Say from which day on'],
      [['--since', 'yesterday'], '--since: “yesterday”'],
      [['--since', '2099-01-01'], 'is yet to come'],
      [['--since', dayOf(daysAgo(1)), '--mailbox', 'sales'], 'expected one of support'],
      [['--since', dayOf(daysAgo(1)), '--limit', '0'], '--limit: found “0”'],
    ] as const) {
      const { code, stderr } = await backfill(...args);
      expect(code).toBe(2);
      expect(stderr).toContain(says);
    }
  });

  test('has mails from before the first start answered once, and only those that were asked for', async () => {
    const since = dayOf(daysAgo(10));
    const before = await flagsByUid(client);
    const dry = await backfill('--since', since, '--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.stdout.split('\n')).toEqual([
      expect.stringMatching(
        /^\d{4}-\d\d-\d\d \d\d:\d\d {2}anna\.hoff@.* {2}reply \(.*cancel-portal$/,
      ),
      expect.stringMatching(/review \(review-answered-before\)/),
      expect.stringMatching(/ignore \(/),
      expect.stringMatching(/dana\.reed@.* {2}reply \(.*cancel-phone$/),
      `support: 5 mails since ${since} compared, 4 would be taken in: 2 reply, 1 review, 0 suppress, 1 ignore`,
      'Nothing was changed.',
      '',
    ]);
    // The limit counts what is taken in, and the next run goes on behind it.
    const first = await backfill('--since', since, '--limit', '1');
    expect(first.stdout).toContain(', 1 taken in\nThey are handled once the service runs');
    const second = await backfill('--since', since, '--mailbox', 'support');
    expect(second.stdout).toContain(`support: 5 mails since ${since} compared, 3 taken in`);
    const third = await backfill('--since', since);
    expect(third).toMatchObject({
      code: 0,
      stdout: `support: 5 mails since ${since} compared, 0 taken in\n`,
    });
    expect(await flagsByUid(client)).toEqual(before);

    // What comes between the backfill and the first start is new.
    await dovecot.deliver(wait);
    const worker = await startWorker(place);
    await vi.waitFor(() => expect(sink.mails).toHaveLength(3), { timeout: 30_000, interval: 20 });
    expect(sink.mails.map(({ to }) => to[0]).sort()).toEqual([
      'anna.hoff@contoso.example',
      'dana.reed@adventure-works.example',
      'luc.fabre@tailspintoys.example',
    ]);
    // Every copy of an answered mail is marked, and nothing else is touched.
    const marked = { ...before, 2: ['\\Answered'], 3: ['\\Answered'], 6: ['\\Answered'] };
    await vi.waitFor(async () => expect(await flagsByUid(client)).toMatchObject(marked), {
      timeout: 30_000,
      interval: 50,
    });
    const inUse = await backfill('--since', since);
    expect(inUse.code).toBe(1);
    expect(inUse.stderr).toContain('STORE_IN_USE');
    expect(await worker.stop()).toBe(0);
    const { stdout } = await command(place, 'doctor');
    expect(stdout).toMatch(
      /watched support +last look .*, 0 mails in work, compared .*, 0 missing/,
    );
  }, 180_000);
});
