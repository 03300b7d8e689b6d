/**
 * What a server, a person or a second watcher may do to a mailbox: no mail is lost by it, none is known twice.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ImapSettings, openMailbox, type WatchTiming } from '../../src/edges/imap.ts';
import { createClient, leave, openFolder } from '../../src/edges/imap-connection.ts';
import { FetchFailures } from '../../src/edges/imap-fetch.ts';
import { look } from '../../src/edges/imap-look.ts';
import { ResponderError } from '../../src/errors.ts';
import { ledgerOf } from '../../src/pipeline/reconcile.ts';
import { takeIn } from '../../src/pipeline.ts';
import type { Job, Mailbox, MailboxHandler } from '../../src/ports.ts';
import { type OpenedStore, openStore } from '../../src/store/open.ts';
import { emptyStore } from '../conformance/databases.ts';
import {
  type Dovecot,
  type DovecotOptions,
  startDovecot,
  whyNoDovecot,
} from '../support/dovecot.ts';
import { startImapTap } from '../support/imap-tap.ts';
import {
  MailboxRecorder,
  sampleMail,
  silentLog,
  systemClock,
} from '../support/mailbox-recorder.ts';

const missing = whyNoDovecot();
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`;
const timing: WatchTiming = { firstRetryMs: 50, lastRetryMs: 200, refusedRetryMs: 300_000 };

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(options: DovecotOptions = {}): Promise<Dovecot> {
  const dovecot = await startDovecot(options);
  closers.push(() => dovecot.stop());
  return dovecot;
}

function open(dovecot: Dovecot, settings: Partial<ImapSettings> = {}): Mailbox {
  const auth = { user: dovecot.user, pass: dovecot.password };
  const imap = { host: dovecot.host, port: dovecot.port, secure: false, auth, ...settings };
  const mailbox = openMailbox(
    { name: 'support', imap },
    { log: silentLog, clock: systemClock, timing },
  );
  closers.push(() => mailbox.stop());
  return mailbox;
}

describe.skipIf(missing !== undefined)(`UIDs that go wrong${skipped}`, () => {
  it('finds the mails of a folder that was restored with its UIDVALIDITY', async () => {
    const dovecot = await start();
    const first = new MailboxRecorder();
    const before = open(dovecot);
    await before.start(first);
    await dovecot.deliver(sampleMail('one'));
    await first.until(() => first.mails.length >= 1);
    await before.stop();
    await dovecot.halt();
    const restore = await dovecot.snapshot();
    await dovecot.resume();
    const meanwhile = open(dovecot);
    await meanwhile.start(first);
    await dovecot.deliver(sampleMail('lost by the restore'));
    await dovecot.deliver(sampleMail('lost as well'));
    await first.until(() => first.mails.length >= 3);
    await meanwhile.stop();
    await dovecot.halt();
    await restore();
    await dovecot.resume();
    // Gets the UID of a mail that was taken in.
    await dovecot.deliver(sampleMail('after the restore'));
    await open(dovecot).start(first);
    expect(first.subjects).toEqual([
      'one',
      'lost by the restore',
      'lost as well',
      'after the restore',
    ]);
    expect(first.mails.map(({ location }) => location.uid)).toEqual([1, 2, 3, 2]);
    expect(first.cursor?.nextUid).toBe(3);
  });

  it('is not forgotten when the first look over a connection breaks off', async () => {
    const dovecot = await start();
    for (const subject of ['one', 'two']) await dovecot.deliver(sampleMail(subject));
    const auth = { user: dovecot.user, pass: dovecot.password };
    const imap = { host: dovecot.host, port: dovecot.port, secure: false, auth };
    const client = createClient(imap);
    closers.push(() => leave(client));
    const { uidValidity } = await openFolder(client, imap);
    // As if the folder had been further when it was looked at last.
    const recorder = new MailboxRecorder({
      uidValidity: String(uidValidity),
      nextUid: 9,
      watchingSince: new Date(Date.now() - 60_000),
    });
    const context = {
      client,
      settings: { name: 'support', imap },
      handler: recorder,
      log: silentLog,
      clock: systemClock,
      failures: new FetchFailures(),
      stop: new AbortController().signal,
      view: {},
    };
    recorder.onAccept = async () => {
      throw new ResponderError('STORE_FAILED', 'no room');
    };
    await expect(look(context, recorder.cursor)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    recorder.onAccept = async () => undefined;
    const cursor = await look({ ...context, arrived: 0 }, recorder.cursor);
    expect(recorder.subjects).toEqual(['one', 'two']);
    expect(cursor.nextUid).toBe(3);
    // Mails that came since the opening have UIDs above its UIDNEXT, and mean no restore.
    await dovecot.deliver(sampleMail('three'));
    await client.noop();
    const next = await look({ ...context, arrived: 1 }, cursor);
    expect((await look({ ...context, arrived: 0 }, next)).nextUid).toBe(4);
    expect(recorder.subjects).toEqual(['one', 'two', 'three']);
  });

  it('makes no difference how large the gaps between them are', async () => {
    const dovecot = await start();
    const recorder = new MailboxRecorder();
    const mailbox = open(dovecot);
    await mailbox.start(recorder);
    await mailbox.stop();
    await dovecot.halt();
    await dovecot.skipUids(3_000_000_000);
    await dovecot.resume();
    await dovecot.deliver(sampleMail('far'));
    await open(dovecot).start(recorder);
    expect(recorder.subjects).toEqual(['far']);
    expect(recorder.cursor?.nextUid).toBe(3_000_000_001);
    // As a comparison goes through them.
    recorder.forget('far');
    recorder.watch = {};
    await open(dovecot).start(recorder);
    await recorder.until(() => recorder.reconciliations.length === 1);
    expect(recorder.reconciliations).toMatchObject([{ compared: 1, missing: 1 }]);
  });

  it('lets a mark wait until the places are known anew', async () => {
    const dovecot = await start();
    const first = new MailboxRecorder();
    const before = open(dovecot);
    await before.start(first);
    await dovecot.deliver(sampleMail('known'));
    await first.until(() => first.mails.length >= 1);
    await before.stop();
    await dovecot.halt();
    await dovecot.renumber();
    await dovecot.resume();

    const place = first.mails[0]?.location;
    if (place === undefined) throw new Error('no mail');
    let goOn: (() => void) | undefined;
    const asked = new Promise<void>((resolve) => {
      first.onAccept = () => {
        resolve();
        return new Promise((done) => {
          goOn = done;
        });
      };
    });
    const mailbox = open(dovecot);
    const started = mailbox.start(first);
    await asked;
    await expect(mailbox.mark(place, { answered: true })).rejects.toMatchObject({
      code: 'IMAP_FAILED',
      retry: 'later',
    });
    goOn?.();
    await started;
    expect(first.mails).toHaveLength(1);
    expect(await mailbox.mark(place, { answered: true })).toBe('gone');
    const now = { ...place, uidValidity: first.cursor?.uidValidity ?? '' };
    expect(await mailbox.mark(now, { answered: true })).toBe('marked');
  });
});

describe.skipIf(missing !== undefined)(`a mail that goes away meanwhile${skipped}`, () => {
  it('is left out when it was listed and is gone when it is fetched', async () => {
    const dovecot = await start();
    const first = new MailboxRecorder();
    const before = open(dovecot);
    await before.start(first);
    await before.stop();
    const at = new Date();
    const raws = Array.from({ length: 60 }, (_, n) => sampleMail(`mail ${n + 1}`));
    await dovecot.fill(raws.map((raw) => ({ raw, internalDate: at })));
    const person = await dovecot.connect();
    const recorder = new MailboxRecorder(first.cursor);
    // Listed with all others; the second batch is fetched when the first is taken in.
    recorder.onAccept = async () => {
      recorder.onAccept = async () => undefined;
      await person.messageDelete('53,55', { uid: true });
    };
    await open(dovecot).start(recorder);
    await recorder.until(() => recorder.cursor?.nextUid === 61);
    const uids = recorder.mails.map(({ location }) => location.uid);
    const all = Array.from({ length: 60 }, (_, n) => n + 1);
    expect(uids).toEqual(all.filter((uid) => uid !== 53 && uid !== 55));
    expect(recorder.mails.every(({ complete }) => complete)).toBe(true);
  });
});

describe.skipIf(missing !== undefined)(`the comparison with the ledger${skipped}`, () => {
  it('finds a mail that was lost, and leaves what lay there before the first start', async () => {
    const dovecot = await start();
    // The server's clock is ahead of ours: by its date alone it came after the first start.
    await dovecot.fill([
      { raw: sampleMail('before'), internalDate: new Date(Date.now() + 3_600_000) },
    ]);
    const recorder = new MailboxRecorder();
    const before = open(dovecot);
    await before.start(recorder);
    for (const subject of ['one', 'two', 'three']) await dovecot.deliver(sampleMail(subject));
    await recorder.until(() => recorder.mails.length >= 3);
    await before.stop();
    recorder.forget('two');
    // Moved here by a person: older than the watch.
    const client = await dovecot.connect();
    await client.append('INBOX', sampleMail('long ago'), [], new Date('2026-01-01T00:00:00Z'));
    recorder.cursor = recorder.cursor && { ...recorder.cursor, nextUid: 6 };

    recorder.watch = { ...(recorder.watch.first && { first: recorder.watch.first }) };
    await open(dovecot).start(recorder);
    await recorder.until(() => recorder.reconciliations.length === 1);
    expect(recorder.reconciliations).toMatchObject([{ compared: 3, missing: 1 }]);
    expect(recorder.subjects).toEqual(['one', 'two', 'three', 'two']);
    expect(recorder.cursor?.nextUid).toBe(6);
    // New mail goes on, and nothing is compared again before its time.
    await dovecot.deliver(sampleMail('new'));
    await recorder.until(() => recorder.subjects.includes('new'));
    expect(recorder.reconciliations).toHaveLength(1);
  });

  it('comes although the clock was once far ahead', async () => {
    const dovecot = await start();
    const recorder = new MailboxRecorder();
    recorder.watch = { reconciledAt: new Date(Date.now() + 10 * 86_400_000) };
    await open(dovecot).start(recorder);
    await recorder.until(() => recorder.reconciliations.length === 1);
    expect(recorder.reconciliations).toMatchObject([{ compared: 0, missing: 0 }]);
  });

  it('that fails is told and tried again, and does not disturb the watch', async () => {
    const dovecot = await start();
    const warnings: string[] = [];
    const recorder = new MailboxRecorder();
    recorder.watch = {};
    recorder.withoutPlace = async () => {
      throw new Error('no answer');
    };
    const before = open(dovecot);
    await before.start(recorder);
    await dovecot.deliver(sampleMail('one'));
    await recorder.until(() => recorder.mails.length >= 1);
    await before.stop();
    recorder.watch = {};
    const auth = { user: dovecot.user, pass: dovecot.password };
    const imap = { host: dovecot.host, port: dovecot.port, secure: false, auth };
    const log = { ...silentLog, warn: (_fields: object, text: string) => void warnings.push(text) };
    const mailbox = openMailbox({ name: 'support', imap }, { log, clock: systemClock, timing });
    closers.push(() => mailbox.stop());
    await mailbox.start(recorder);
    await dovecot.deliver(sampleMail('two'));
    await recorder.until(() => recorder.mails.length >= 2);
    expect(warnings).toEqual([expect.stringContaining('could not be compared with the ledger')]);
    expect(recorder.troubles).toEqual([]);
  });
});

describe.skipIf(missing !== undefined)(`one ledger${skipped}`, () => {
  let opened: OpenedStore;
  let queued: Job[] = [];
  beforeAll(async () => {
    if (missing === undefined) opened = await openStore({ dataDir: ':memory:' });
  });
  beforeEach(async () => {
    queued = [];
    await emptyStore(opened.pool);
  });
  afterAll(() => opened?.store.close());

  /** As the service wires it. `accepted` tells of every hand-over. */
  function handler(accepted: (uids: readonly number[]) => void): MailboxHandler {
    const { store } = opened;
    const jobs = {
      add: async (jobs: readonly Job[]) => void queued.push(...jobs),
    } as Parameters<typeof takeIn>[0]['jobs'];
    return {
      ...ledgerOf({ store, log: silentLog }, 'support'),
      findCursor: () => store.findCursor('support'),
      async accept(mails, cursor) {
        await takeIn({ store, jobs, log: silentLog }, 'support', mails, cursor);
        accepted(mails.map(({ location }) => location.uid));
      },
      looked: () => undefined,
      troubled: () => undefined,
      recovered: () => undefined,
    };
  }

  /** Resolves once all of these UIDs were handed over. */
  function waitingFor(uids: readonly number[]) {
    const left = new Set(uids);
    let done: () => void = () => undefined;
    const all = new Promise<void>((resolve) => {
      done = resolve;
    });
    return {
      all,
      accepted: (given: readonly number[]) => {
        for (const uid of given) left.delete(uid);
        if (left.size === 0) done();
      },
    };
  }

  it('makes two watchers of one mailbox harmless', async () => {
    const dovecot = await start();
    const [one, two] = [waitingFor([1, 2, 3]), waitingFor([1, 2, 3])];
    await Promise.all([
      open(dovecot).start(handler(one.accepted)),
      open(dovecot).start(handler(two.accepted)),
    ]);
    await Promise.all(['a', 'b', 'c'].map((subject) => dovecot.deliver(sampleMail(subject))));
    await Promise.all([one.all, two.all]);
    expect(queued).toHaveLength(3);
    expect(new Set(queued.map(({ caseId }) => caseId)).size).toBe(3);
    expect((await opened.store.findCursor('support'))?.nextUid).toBe(4);
  });

  it('knows a mail that a person moved away and back before it was marked', async () => {
    const dovecot = await start();
    const seen = waitingFor([1]);
    const again = waitingFor([2]);
    const mailbox = open(dovecot);
    await mailbox.start(
      handler((uids) => {
        seen.accepted(uids);
        again.accepted(uids);
      }),
    );
    await dovecot.deliver(sampleMail('moved'));
    await seen.all;
    const client = await dovecot.connect();
    await client.mailboxCreate('Later');
    await client.messageMove('1', 'Later', { uid: true });
    const { uidValidity = '' } = (await opened.store.findCursor('support')) ?? {};
    const place = { mailbox: 'support', path: 'INBOX', uidValidity, uid: 1 };
    // Gone, even where the server has not told this connection yet.
    expect(['gone', 'marked']).toContain(await mailbox.mark(place, { answered: true }));
    await client.mailboxOpen('Later');
    await client.messageMove('1:*', 'INBOX');
    await again.all;
    // No second case, and the new place is known.
    expect(queued).toHaveLength(1);
    const places = { path: 'INBOX', uidValidity, uids: [1, 2, 3] };
    expect(await opened.store.withoutPlace('support', places)).toEqual([3]);
    expect(await mailbox.mark({ ...place, uid: 2 }, { answered: true })).toBe('marked');
  });
});

describe.skipIf(missing !== undefined)(`a server that can do little${skipped}`, () => {
  it('is watched, compared and marked as Exchange Online announces itself', async () => {
    const dovecot = await start({
      capability:
        'IMAP4 IMAP4rev1 SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+',
    });
    // Neither keywords of one's own nor a UIDNEXT.
    const tap = await startImapTap(dovecot.port, {
      rewrite: (text) =>
        text.replace(/ \\\*\)\]/, ')]').replace(/\* OK \[UIDNEXT \d+\][^\r]*\r\n/, ''),
    });
    closers.push(() => tap.close());
    await dovecot.deliver(sampleMail('before'));
    const recorder = new MailboxRecorder();
    recorder.watch = {};
    const mailbox = open(dovecot, { port: tap.port });
    expect(await mailbox.check()).toMatchObject({ canSetKeywords: false, canMove: true });
    await mailbox.start(recorder);
    expect(recorder.cursor?.nextUid).toBe(2);
    await dovecot.deliver(sampleMail('new'));
    await recorder.until(() => recorder.mails.length >= 1);
    expect(recorder.subjects).toEqual(['new']);
    const location = recorder.mails[0]?.location;
    if (location === undefined) throw new Error('no mail');
    expect(await mailbox.mark(location, { answered: true, keyword: 'Replied' })).toBe('marked');
    await mailbox.stop();

    recorder.forget('new');
    recorder.watch = { ...(recorder.watch.first && { first: recorder.watch.first }) };
    await open(dovecot, { port: tap.port }).start(recorder);
    await recorder.until(() => recorder.reconciliations.length === 2);
    expect(recorder.reconciliations.at(-1)).toMatchObject({ compared: 1, missing: 1 });
    expect(recorder.mails.at(-1)?.answered).toBe(true);
    const client = await dovecot.connect();
    const row = await client.fetchOne('2', { flags: true }, { uid: true });
    expect(row && [...(row.flags ?? [])]).toEqual(['\\Answered']);
  });

  it('is left for a new connection when it has gone silent altogether', async () => {
    const dovecot = await start();
    const tap = await startImapTap(dovecot.port);
    closers.push(() => tap.close());
    const recorder = new MailboxRecorder();
    await open(dovecot, { port: tap.port, silenceMs: 300 }).start(recorder);
    tap.silence();
    await dovecot.deliver(sampleMail('unheard'));
    await recorder.until(() => recorder.troubles.length > 0);
    tap.speak();
    await recorder.until(() => recorder.mails.length >= 1 && recorder.recoveries === 1);
    expect(recorder.subjects).toEqual(['unheard']);
  });
});
