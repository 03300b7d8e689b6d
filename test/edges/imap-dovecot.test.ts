import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type ImapSettings, openMailbox, type WatchTiming } from '../../src/edges/imap.ts';
import type { Mailbox } from '../../src/ports.ts';
import { makeCertificate, whyNoCertificate } from '../support/certificate.ts';
import {
  type Dovecot,
  type DovecotOptions,
  startDovecot,
  whyNoDovecot,
} from '../support/dovecot.ts';
import {
  MailboxRecorder,
  sampleMail,
  silentLog,
  systemClock,
} from '../support/mailbox-recorder.ts';

const missing = whyNoDovecot();
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`;

const quick: WatchTiming = { firstRetryMs: 100, lastRetryMs: 400, refusedRetryMs: 300_000 };

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

async function start(options: DovecotOptions = {}): Promise<Dovecot> {
  const dovecot = await startDovecot(options);
  closers.push(() => dovecot.stop());
  return dovecot;
}

function open(dovecot: Dovecot, settings: Partial<ImapSettings> = {}): Mailbox {
  const mailbox = openMailbox(
    {
      name: 'support',
      imap: {
        host: dovecot.host,
        port: dovecot.port,
        secure: false,
        auth: { user: dovecot.user, pass: dovecot.password },
        ...settings,
      },
    },
    { log: silentLog, clock: systemClock, timing: quick },
  );
  closers.push(() => mailbox.stop());
  return mailbox;
}

const noTls = missing ?? whyNoCertificate();

describe.skipIf(noTls !== undefined)(`TLS${noTls ? ` (skipped: ${noTls})` : ''}`, () => {
  it('verifies the certificate, by the authority that is named', async () => {
    const certificate = makeCertificate();
    const dovecot = await start({ certificate });
    const overTls = { port: dovecot.tlsPort, secure: true };
    await expect(open(dovecot, overTls).check()).rejects.toMatchObject({
      code: 'IMAP_UNREACHABLE',
      message: expect.stringContaining('its certificate is self-signed'),
    });
    const tls = { ca: certificate.cert };
    expect((await open(dovecot, { ...overTls, tls }).check()).exists).toBe(0);
    const recorder = new MailboxRecorder();
    await open(dovecot, { ...overTls, tls }).start(recorder);
    await dovecot.deliver(sampleMail('over TLS'));
    await recorder.until(() => recorder.mails.length >= 1);
    expect(recorder.subjects).toEqual(['over TLS']);
  });

  it('upgrades by STARTTLS before the password', async () => {
    const dovecot = await start({ certificate: makeCertificate() });
    // 0.0.0.0 is this machine, but not by a name of the certificate.
    await expect(open(dovecot, { host: '0.0.0.0' }).check()).rejects.toMatchObject({
      code: 'IMAP_UNREACHABLE',
    });
    const lax = { host: '0.0.0.0', tls: { rejectUnauthorized: false } };
    expect((await open(dovecot, lax).check()).exists).toBe(0);
  });
});

const withoutIdle = 'IMAP4rev1 LITERAL+ UIDPLUS MOVE NAMESPACE';

describe.skipIf(missing !== undefined)(`when the mailbox changes under the watch${skipped}`, () => {
  it('looks again at everything since the first start when the server renumbers its mails', async () => {
    const dovecot = await start();
    const first = new MailboxRecorder();
    const mailbox = open(dovecot);
    await mailbox.start(first);
    await dovecot.deliver(sampleMail('known'));
    await first.until(() => first.mails.length >= 1);
    await mailbox.stop();
    await dovecot.halt();
    await dovecot.forgetUids();
    await dovecot.resume();

    // The restored folder: one from before the first start, one that is known, one that is new.
    const client = await dovecot.connect();
    const before = new Date('2026-01-01T00:00:00Z');
    await client.append('INBOX', sampleMail('long before'), [], before);
    await dovecot.deliver(sampleMail('known'));
    await dovecot.deliver(sampleMail('new'));

    const second = new MailboxRecorder(first.cursor);
    await open(dovecot).start(second);
    expect(second.cursor?.uidValidity).not.toBe(first.cursor?.uidValidity);
    expect(second.cursor?.watchingSince).toEqual(first.cursor?.watchingSince);
    expect(second.subjects).toEqual(['known', 'new']);
    expect(second.mails.every((m) => m.location.uidValidity === second.cursor?.uidValidity)).toBe(
      true,
    );
    // Until all were handed over the old cursor stood: a crash would have begun anew.
    expect(second.cursors[0]).toEqual(first.cursor);
    await dovecot.deliver(sampleMail('after'));
    await second.until(() => second.mails.length >= 3);
    expect(second.subjects).toEqual(['known', 'new', 'after']);
  });

  it('skips a mail that was removed before it was fetched', async () => {
    const dovecot = await start();
    const first = new MailboxRecorder();
    const mailbox = open(dovecot);
    await mailbox.start(first);
    await mailbox.stop();
    await dovecot.deliver(sampleMail('removed'));
    await dovecot.deliver(sampleMail('stays'));
    const client = await dovecot.connect();
    await client.messageDelete('1', { uid: true });
    const second = new MailboxRecorder(first.cursor);
    await open(dovecot).start(second);
    expect(second.subjects).toEqual(['stays']);
    expect(second.cursor?.nextUid).toBe(3);
  });
});

describe.skipIf(missing !== undefined)(`when the connection breaks${skipped}`, () => {
  it('comes back by itself and takes in what came meanwhile', async () => {
    const dovecot = await start();
    const recorder = new MailboxRecorder();
    const mailbox = open(dovecot);
    await mailbox.start(recorder);
    await dovecot.halt();
    await recorder.until(() => recorder.troubles.some((t) => t.code === 'IMAP_UNREACHABLE'));
    await expect(
      mailbox.mark(
        { mailbox: 'support', path: 'INBOX', uidValidity: '1', uid: 1 },
        { answered: true },
      ),
    ).rejects.toMatchObject({ code: 'IMAP_UNREACHABLE', retry: 'later' });
    const began = performance.now();
    await dovecot.resume();
    await dovecot.deliver(sampleMail('meanwhile'));
    await recorder.until(() => recorder.mails.length >= 1 && recorder.recoveries === 1);
    console.log(`recovered ${(performance.now() - began).toFixed(0)} ms after the restart began`);
    expect(recorder.subjects).toEqual(['meanwhile']);
    // Said once per kind of trouble, not per attempt.
    expect(recorder.troubles.map((trouble) => trouble.code)).toEqual([
      'IMAP_FAILED',
      'IMAP_UNREACHABLE',
    ]);

    await dovecot.halt();
    await dovecot.resume();
    await recorder.until(() => recorder.recoveries === 2);
    await dovecot.deliver(sampleMail('again'));
    await recorder.until(() => recorder.mails.length >= 2);
    expect(recorder.subjects).toEqual(['meanwhile', 'again']);
  });

  it('says once that the password is refused, and does not try it again for minutes', async () => {
    const dovecot = await start();
    const recorder = new MailboxRecorder();
    const mailbox = open(dovecot);
    await mailbox.start(recorder);
    await dovecot.setPassword('changed');
    await dovecot.halt();
    await dovecot.resume();
    await recorder.until(() => recorder.troubles.some((t) => t.code === 'IMAP_LOGIN_REFUSED'));
    const refused = recorder.troubles.at(-1);
    expect(refused?.retryInMs).toBeGreaterThanOrEqual(300_000);
    expect(refused?.message).toContain(dovecot.user);
    expect(await dovecot.failedLogins()).toBe(1);
    // A mark can be tried again later, whatever the watch waits for.
    await expect(
      mailbox.mark(
        { mailbox: 'support', path: 'INBOX', uidValidity: '1', uid: 1 },
        { answered: true },
      ),
    ).rejects.toMatchObject({ retry: 'later' });
    const began = performance.now();
    await mailbox.stop();
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await dovecot.failedLogins()).toBe(1);
  });
});

describe.skipIf(missing !== undefined)(`what the first start refuses${skipped}`, () => {
  it('names a folder that is not there', async () => {
    const dovecot = await start();
    await expect(
      open(dovecot, { path: 'Support' }).start(new MailboxRecorder()),
    ).rejects.toMatchObject({
      code: 'IMAP_FOLDER_MISSING',
      retry: 'never',
      message: expect.stringContaining('has no folder Support'),
    });
  });

  it('tells a TLS mistake', async () => {
    const dovecot = await start();
    await expect(
      open(dovecot, { secure: true }).start(new MailboxRecorder()),
    ).rejects.toMatchObject({
      code: 'IMAP_UNREACHABLE',
      message: expect.stringContaining('does not speak TLS'),
    });
  });

  it('does not send a password over a network without TLS', async () => {
    const dovecot = await start();
    await expect(
      // 0.0.0.0 is this machine, but not by a loopback name.
      open(dovecot, { host: '0.0.0.0' }).start(new MailboxRecorder()),
    ).rejects.toMatchObject({
      code: 'IMAP_UNREACHABLE',
      message: expect.stringContaining('offers no TLS'),
    });
  });

  it('names host and port of a server that is not there, and can be started again', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => server.close(resolve));
    const dovecot = await start();
    const mailbox = open(dovecot, { port });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(mailbox.start(new MailboxRecorder())).rejects.toMatchObject({
        code: 'IMAP_UNREACHABLE',
        retry: 'later',
        message: `The mail server 127.0.0.1:${port} cannot be reached: nothing listens there (connection refused).`,
      });
    }
  });
});

describe.skipIf(missing !== undefined)(`a server that can do less${skipped}`, () => {
  it('is asked at intervals when it has no IDLE', async () => {
    const dovecot = await start({ capability: withoutIdle });
    const recorder = new MailboxRecorder();
    const mailbox = open(dovecot, { pollSeconds: 0.2 });
    expect((await mailbox.check()).canIdle).toBe(false);
    await mailbox.start(recorder);
    await dovecot.deliver(sampleMail('polled'));
    await recorder.until(() => recorder.mails.length >= 1);
    expect(recorder.subjects).toEqual(['polled']);
  });

  it('moves by copying where it has no MOVE, and expunges no mail of others', async () => {
    const dovecot = await start({ capability: 'IMAP4rev1 IDLE UIDPLUS NAMESPACE' });
    const recorder = new MailboxRecorder();
    const mailbox = open(dovecot);
    await mailbox.start(recorder);
    await dovecot.deliver(sampleMail('ours'));
    await dovecot.deliver(sampleMail('flagged deleted by a person'));
    await recorder.until(() => recorder.mails.length >= 2);
    const client = await dovecot.connect();
    await client.messageFlagsAdd('2', ['\\Deleted'], { uid: true });
    const location = recorder.mails[0]?.location;
    expect(location && (await mailbox.mark(location, { answered: true, moveTo: 'Done' }))).toBe(
      'marked',
    );
    await client.noop();
    expect(await client.search({ all: true }, { uid: true })).toEqual([2]);
    expect((await client.status('Done', { messages: true })) || undefined).toMatchObject({
      messages: 1,
    });
  });

  it('only flags the mail where it has neither MOVE nor UIDPLUS, and copies once', async () => {
    const dovecot = await start({ capability: 'IMAP4rev1 IDLE NAMESPACE' });
    const recorder = new MailboxRecorder();
    const mailbox = open(dovecot);
    await mailbox.start(recorder);
    await dovecot.deliver(sampleMail('ours'));
    await recorder.until(() => recorder.mails.length >= 1);
    const location = recorder.mails[0]?.location;
    for (let time = 0; time < 2; time += 1) {
      expect(location && (await mailbox.mark(location, { answered: true, moveTo: 'Done' }))).toBe(
        'marked',
      );
    }
    const client = await dovecot.connect();
    const row = await client.fetchOne('1', { flags: true }, { uid: true });
    expect(row && [...(row.flags ?? [])].sort()).toEqual(['\\Answered', '\\Deleted']);
    expect((await client.status('Done', { messages: true })) || undefined).toMatchObject({
      messages: 1,
    });
  });
});
