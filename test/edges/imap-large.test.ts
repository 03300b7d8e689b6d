/**
 * A large mailbox: a first start, a long absence, a renumbering and a comparison hold a part of it at a time.
 *
 * WATCH_MAILS says how large: 200000 prints the figures of docs/watching.md.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { openMailbox, type WatchTiming } from '../../src/edges/imap.ts';
import type { Mailbox } from '../../src/ports.ts';
import { type Dovecot, startDovecot, whyNoDovecot } from '../support/dovecot.ts';
import { type ImapTap, startImapTap } from '../support/imap-tap.ts';
import {
  MailboxRecorder,
  sampleMail,
  silentLog,
  systemClock,
} from '../support/mailbox-recorder.ts';

const size = Number(process.env.WATCH_MAILS ?? 3_000);
const missing = whyNoDovecot();
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`;
const timing: WatchTiming = { firstRetryMs: 50, lastRetryMs: 200, refusedRetryMs: 300_000 };
const yesterday = new Date(Math.floor(Date.now() / 1_000) * 1_000 - 86_400_000);
/** In the order of their UIDs: Dovecot sorts by the second of their arrival. */
const arrivedAt = (n: number) => new Date(yesterday.getTime() + n);

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(): Promise<{ dovecot: Dovecot; tap: ImapTap }> {
  const dovecot = await startDovecot();
  closers.push(() => dovecot.stop());
  const tap = await startImapTap(dovecot.port);
  closers.push(() => tap.close());
  return { dovecot, tap };
}

function open(dovecot: Dovecot, tap: ImapTap): Mailbox {
  const auth = { user: dovecot.user, pass: dovecot.password };
  const imap = { host: '127.0.0.1', port: tap.port, secure: false, auth };
  const mailbox = openMailbox(
    { name: 'support', imap },
    { log: silentLog, clock: systemClock, timing },
  );
  closers.push(() => mailbox.stop());
  return mailbox;
}

function* mails(count: number, internalDate: (n: number) => Date) {
  for (let n = 1; n <= count; n += 1) {
    yield { raw: sampleMail(`mail ${n}`), internalDate: internalDate(n) };
  }
}

/** Runs it; prints the time, what came over the wire, and how far memory grew. */
async function measured(what: string, tap: ImapTap, run: () => Promise<unknown>): Promise<void> {
  tap.reset();
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let highest = before;
  const sample = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage().rss);
  }, 50);
  const began = performance.now();
  await run();
  clearInterval(sample);
  const commands = [...tap.seen.commands].map(([name, count]) => `${count} ${name}`).join(', ');
  console.log(
    `${what}, ${size} mails: ${(performance.now() - began).toFixed(0)} ms, ${(tap.seen.bytes / 1_000).toFixed(0)} kB, ` +
      `+${((highest - before) / 1e6).toFixed(0)} MB, ${commands}`,
  );
}

describe.skipIf(missing !== undefined)(`a large mailbox${skipped}`, () => {
  it('is not listed at the first start', async () => {
    const { dovecot, tap } = await start();
    await dovecot.fill(mails(size, () => yesterday));
    const recorder = new MailboxRecorder();
    await measured('first start', tap, () => open(dovecot, tap).start(recorder));
    expect(recorder.cursor?.nextUid).toBe(size + 1);
    expect(recorder.mails).toEqual([]);
    expect(tap.seen.rowsMax).toBe(0);
    expect(tap.seen.bytes).toBeLessThan(5_000);
  }, 600_000);

  it('is taken in by portions after a long absence', async () => {
    const { dovecot, tap } = await start();
    const first = new MailboxRecorder();
    const before = open(dovecot, tap);
    await before.start(first);
    await before.stop();
    const count = Math.min(size, 3_000);
    await dovecot.fill(mails(count, (n) => arrivedAt(n)));
    const recorder = new MailboxRecorder(first.cursor);
    await measured('long absence', tap, () => open(dovecot, tap).start(recorder));
    expect(recorder.mails.map(({ location }) => location.uid)).toEqual(
      Array.from({ length: count }, (_, n) => n + 1),
    );
    expect(recorder.cursor?.nextUid).toBe(count + 1);
    expect(tap.seen.rowsMax).toBeLessThanOrEqual(500);
    expect(tap.seen.lineMax).toBeLessThan(8_000);
    // A part of a backlog is a sign of life.
    expect(recorder.looks).toBeGreaterThan(count / 500);
    await dovecot.deliver(sampleMail('after'));
    await recorder.until(() => recorder.mails.length > count);
    expect(recorder.subjects.at(-1)).toBe('after');
  }, 600_000);

  it('is found out by header fields when it was renumbered, and compared by its UIDs alone', async () => {
    const { dovecot, tap } = await start();
    await dovecot.fill(mails(size, (n) => arrivedAt(n)));
    const client = await dovecot.connect();
    const old = client.mailbox === false ? '' : String(client.mailbox.uidValidity);
    client.close();
    await dovecot.halt();
    await dovecot.renumber();
    await dovecot.resume();
    const recorder = new MailboxRecorder({
      uidValidity: old,
      nextUid: size + 1,
      watchingSince: new Date(yesterday.getTime() - 86_400_000),
    });
    // Known but for one.
    let uid = 0;
    for (const { raw } of mails(size, () => yesterday)) {
      uid += 1;
      if (uid !== 17) recorder.know(Buffer.from(raw), { path: 'INBOX', uidValidity: old, uid });
    }
    await measured('renumbered', tap, () => open(dovecot, tap).start(recorder));
    expect(recorder.subjects).toEqual(['mail 17']);
    expect(recorder.cursor).toMatchObject({ nextUid: size + 1 });
    expect(recorder.cursor?.uidValidity).not.toBe(old);
    expect(recorder.headsAsked).toBe(size);
    expect(tap.seen.rowsMax).toBeLessThanOrEqual(500);

    const again = new MailboxRecorder(recorder.cursor);
    again.watch = {};
    const places = { path: 'INBOX', uidValidity: recorder.cursor?.uidValidity ?? '' };
    uid = 0;
    for (const { raw } of mails(size, () => yesterday)) {
      uid += 1;
      if (uid !== 99) again.know(Buffer.from(raw), { ...places, uid });
    }
    await measured('compared', tap, async () => {
      await open(dovecot, tap).start(again);
      await again.until(() => again.reconciliations.length === 1);
    });
    expect(again.reconciliations).toMatchObject([{ compared: size, missing: 1 }]);
    expect(again.subjects).toEqual(['mail 99']);
    expect(again.headsAsked).toBe(1);
    expect(tap.seen.bytes).toBeLessThan(size * 10 + 10_000);
  }, 600_000);
});
