import { afterEach, describe, expect, it } from 'vitest';
import { mailHeadBytesMax } from '../../src/core/limits.ts';
import { startDemoServer } from '../../src/demo/server.ts';
import { type ImapSettings, openMailbox } from '../../src/edges/imap.ts';
import type { Mailbox } from '../../src/ports.ts';
import { startDovecot, whyNoDovecot } from '../support/dovecot.ts';
import {
  MailboxRecorder,
  sampleMail,
  silentLog,
  systemClock,
  textOf,
} from '../support/mailbox-recorder.ts';

/** The two servers the same rows run over. */
interface Rig {
  readonly settings: ImapSettings;
  deliver(raw: string | Buffer): Promise<void>;
  /** Flags in the INBOX without \Recent; undefined when the mail is not there. */
  flags(uid: number): Promise<readonly string[] | undefined>;
  /** Flags of each mail in a folder. */
  folder(path: string): Promise<readonly (readonly string[])[]>;
  close(): Promise<void>;
}

async function embeddedRig(): Promise<Rig> {
  const server = await startDemoServer({
    user: 'support@partner.example',
    password: 'secret',
    mailboxAddress: 'support@partner.example',
  });
  return {
    settings: {
      host: server.host,
      port: server.imapPort,
      secure: false,
      auth: { user: 'support@partner.example', pass: 'secret' },
    },
    async deliver(raw) {
      server.deliver(Buffer.from(raw));
    },
    flags: async (uid) => server.flags(uid),
    folder: async (path) => (server.mails(path) ?? []).map((mail) => mail.flags),
    close: () => server.close(),
  };
}

async function dovecotRig(): Promise<Rig> {
  const dovecot = await startDovecot();
  const client = await dovecot.connect();
  const flagsIn = async (path: string) => {
    const lock = await client.getMailboxLock(path);
    try {
      await client.noop();
      const rows = await client.fetchAll('1:*', { uid: true, flags: true }, { uid: true });
      return new Map(
        rows.map((row) => [row.uid, [...(row.flags ?? [])].filter((flag) => flag !== '\\Recent')]),
      );
    } finally {
      lock.release();
    }
  };
  return {
    settings: {
      host: dovecot.host,
      port: dovecot.port,
      secure: false,
      auth: { user: dovecot.user, pass: dovecot.password },
    },
    deliver: (raw) => dovecot.deliver(raw),
    flags: async (uid) => (await flagsIn('INBOX')).get(uid),
    folder: async (path) => [...(await flagsIn(path)).values()],
    close: () => dovecot.stop(),
  };
}

const noDovecot = whyNoDovecot();
const servers = [
  { server: 'the embedded server', startRig: embeddedRig, missing: undefined },
  { server: 'Dovecot', startRig: dovecotRig, missing: noDovecot },
] as const;

for (const { server, startRig, missing } of servers) {
  const skipped = missing === undefined ? '' : ` (skipped: ${missing})`;
  describe.skipIf(missing !== undefined)(`a mailbox on ${server}${skipped}`, () => {
    const closers: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closers.splice(0).reverse()) {
        await close();
      }
    });

    async function rigged(): Promise<Rig> {
      const rig = await startRig();
      closers.push(() => rig.close());
      return rig;
    }

    async function watch(
      rig: Rig,
      recorder: MailboxRecorder,
      settings: Partial<ImapSettings> = {},
    ): Promise<Mailbox> {
      const mailbox = openMailbox(
        { name: 'support', imap: { ...rig.settings, ...settings } },
        { log: silentLog, clock: systemClock },
      );
      closers.push(() => mailbox.stop());
      await mailbox.start(recorder);
      return mailbox;
    }

    it('takes in nothing old on the first start, and a new mail within moments', async () => {
      const rig = await rigged();
      await rig.deliver(sampleMail('old'));
      const recorder = new MailboxRecorder();
      await watch(rig, recorder);
      expect(recorder.mails).toEqual([]);
      expect(recorder.cursor?.nextUid).toBe(2);

      const began = performance.now();
      await rig.deliver(sampleMail('new'));
      const delivered = performance.now();
      await recorder.until(() => recorder.mails.length > 0);
      const accepted = performance.now();
      console.log(
        `${server}: delivered in ${(delivered - began).toFixed(0)} ms, accepted ${(accepted - delivered).toFixed(0)} ms later`,
      );
      expect(accepted - began).toBeLessThan(2_000);
      expect(recorder.subjects).toEqual(['new']);
      expect(recorder.mails[0]?.location).toMatchObject({
        mailbox: 'support',
        path: 'INBOX',
        uid: 2,
        uidValidity: recorder.cursor?.uidValidity,
      });
      expect(recorder.mails[0]?.complete).toBe(true);
      expect(recorder.cursor?.nextUid).toBe(3);
    });

    it('leaves every flag as it was, unseen included', async () => {
      const rig = await rigged();
      await rig.deliver(sampleMail('old'));
      const recorder = new MailboxRecorder();
      await watch(rig, recorder);
      await rig.deliver(sampleMail('new'));
      await recorder.until(() => recorder.mails.length > 0);
      expect(await rig.flags(1)).toEqual([]);
      expect(await rig.flags(2)).toEqual([]);
    });

    it('takes in two mails that come at once, in order', async () => {
      const rig = await rigged();
      const recorder = new MailboxRecorder();
      await watch(rig, recorder);
      await Promise.all([rig.deliver(sampleMail('one')), rig.deliver(sampleMail('two'))]);
      await recorder.until(() => recorder.mails.length >= 2);
      expect([...recorder.subjects].sort()).toEqual(['one', 'two']);
      expect(recorder.mails.map((mail) => mail.location.uid)).toEqual([1, 2]);
    });

    it('hands over the bytes as they are', async () => {
      const rig = await rigged();
      const recorder = new MailboxRecorder();
      await watch(rig, recorder);
      const bytes = Buffer.from(
        [...Array(256).keys()].filter((b) => b !== 0 && b !== 10 && b !== 13),
      );
      const raw = Buffer.concat([
        Buffer.from(sampleMail('bytes', 'grüße {12}\r\n* 1 EXISTS\r\n)\r\n')),
        bytes,
        Buffer.from('\r\n'),
      ]);
      await rig.deliver(raw);
      await recorder.until(() => recorder.mails.length > 0);
      const [mail] = recorder.mails;
      // LMTP adds trace fields above.
      expect(mail && textOf(mail).endsWith(raw.toString('latin1'))).toBe(true);
    });

    it('goes on from the cursor after a restart', async () => {
      const rig = await rigged();
      const first = new MailboxRecorder();
      const mailbox = await watch(rig, first);
      await rig.deliver(sampleMail('first'));
      await first.until(() => first.mails.length > 0);
      await mailbox.stop();
      await rig.deliver(sampleMail('while away'));

      const second = new MailboxRecorder(first.cursor);
      await watch(rig, second);
      expect(second.subjects).toEqual(['while away']);
      expect(second.cursor?.watchingSince).toEqual(first.cursor?.watchingSince);
    });

    it('takes in a backlog in batches, each with its own cursor', async () => {
      const rig = await rigged();
      const first = new MailboxRecorder();
      await (await watch(rig, first)).stop();
      for (let n = 1; n <= 60; n += 1) {
        await rig.deliver(sampleMail(`mail ${n}`));
      }
      const second = new MailboxRecorder(first.cursor);
      await watch(rig, second);
      expect(second.mails).toHaveLength(60);
      expect(second.cursors.map((cursor) => cursor.nextUid)).toEqual([51, 61]);
    });

    it('hands over only the head of a 30 MB mail, and goes on', async () => {
      const rig = await rigged();
      const recorder = new MailboxRecorder();
      await watch(rig, recorder);
      const line = `${'x'.repeat(998)}\r\n`;
      await rig.deliver(sampleMail('huge', line.repeat(30_000)));
      await rig.deliver(sampleMail('small'));
      await recorder.until(() => recorder.mails.length >= 2);
      const [huge, small] = recorder.mails;
      expect(huge?.complete).toBe(false);
      expect(huge?.raw.length).toBe(mailHeadBytesMax);
      expect(huge?.sizeBytes).toBeGreaterThan(30_000_000);
      expect(recorder.subjects).toEqual(['huge', 'small']);
      expect(small?.complete).toBe(true);
      expect(await rig.flags(1)).toEqual([]);
    });

    it('marks answered, sets the keyword, moves to a folder it creates; twice is harmless', async () => {
      const rig = await rigged();
      const recorder = new MailboxRecorder();
      const mailbox = await watch(rig, recorder);
      await rig.deliver(sampleMail('ours'));
      await rig.deliver(sampleMail('not ours'));
      await recorder.until(() => recorder.mails.length >= 2);
      const location = recorder.mails[0]?.location;
      if (location === undefined) {
        throw new Error('no mail');
      }
      const mark = { answered: true, keyword: 'Responder' };
      expect(await mailbox.mark(location, mark)).toBe('marked');
      expect(await rig.flags(1)).toEqual(expect.arrayContaining(['\\Answered', 'Responder']));
      expect(await rig.flags(1)).not.toContain('\\Seen');
      expect(await mailbox.mark(location, mark)).toBe('marked');
      expect(await rig.flags(1)).toHaveLength(2);

      expect(await mailbox.mark(location, { ...mark, moveTo: 'Handled' })).toBe('marked');
      expect(await rig.flags(1)).toBeUndefined();
      expect(await rig.folder('Handled')).toHaveLength(1);
      expect((await rig.folder('Handled'))[0]).toEqual(
        expect.arrayContaining(['\\Answered', 'Responder']),
      );
      expect(await mailbox.mark(location, { ...mark, moveTo: 'Handled' })).toBe('gone');
      expect(await rig.folder('Handled')).toHaveLength(1);
      expect(await rig.flags(2)).toEqual([]);
    });

    it('marks many at once, each as is wanted, and none that is not', async () => {
      const rig = await rigged();
      const recorder = new MailboxRecorder();
      const mailbox = await watch(rig, recorder);
      for (const name of ['one', 'two', 'three', 'not ours', 'five']) {
        await rig.deliver(sampleMail(name));
      }
      await recorder.until(() => recorder.mails.length >= 5);
      const [one, two, three, , five] = recorder.mails.map(({ location }) => location);
      if (!one || !two || !three || !five) {
        throw new Error('no mail');
      }
      const answered = { answered: true, keyword: 'Responder' };
      const outcomes = await Promise.all([
        mailbox.mark(one, answered),
        mailbox.mark(two, answered),
        mailbox.mark({ ...three, uid: 999 }, answered),
        mailbox.mark({ ...three, path: 'Elsewhere' }, answered),
        mailbox.mark(three, { answered: true }),
        mailbox.mark(five, { answered: false, moveTo: 'Review' }),
      ]);
      expect(outcomes).toEqual(['marked', 'marked', 'gone', 'gone', 'marked', 'marked']);
      for (const uid of [1, 2]) {
        expect(await rig.flags(uid)).toEqual(expect.arrayContaining(['\\Answered', 'Responder']));
      }
      expect(await rig.flags(3)).toEqual(['\\Answered']);
      expect(await rig.flags(4)).toEqual([]);
      expect(await rig.flags(5)).toBeUndefined();
      expect(await rig.folder('Review')).toEqual([[]]);
    });

    it('marks while it is watching, and still hears of new mail at once', async () => {
      const rig = await rigged();
      const recorder = new MailboxRecorder();
      const mailbox = await watch(rig, recorder);
      await rig.deliver(sampleMail('one'));
      await recorder.until(() => recorder.mails.length >= 1);
      const location = recorder.mails[0]?.location;
      if (location === undefined) {
        throw new Error('no mail');
      }
      await mailbox.mark(location, { answered: true });
      const began = performance.now();
      await rig.deliver(sampleMail('two'));
      await recorder.until(() => recorder.mails.length >= 2);
      expect(performance.now() - began).toBeLessThan(2_000);
    });

    it('does not mark by a UID of another UIDVALIDITY', async () => {
      const rig = await rigged();
      const recorder = new MailboxRecorder();
      const mailbox = await watch(rig, recorder);
      await rig.deliver(sampleMail('one'));
      await recorder.until(() => recorder.mails.length >= 1);
      const location = { mailbox: 'support', path: 'INBOX', uidValidity: '7', uid: 1 };
      expect(await mailbox.mark(location, { answered: true })).toBe('gone');
      expect(await rig.flags(1)).toEqual([]);
    });

    it('still hears of new mail after IDLE was renewed', async () => {
      const rig = await rigged();
      const recorder = new MailboxRecorder();
      await watch(rig, recorder, { idleMinutes: 0.1 / 60 });
      for (const subject of ['one', 'two', 'three']) {
        const looks = recorder.looks;
        await rig.deliver(sampleMail(subject));
        await recorder.until(() => recorder.mails.at(-1) !== undefined && recorder.looks > looks);
      }
      await recorder.until(() => recorder.mails.length >= 3);
      expect(recorder.subjects).toEqual(['one', 'two', 'three']);
    });

    it('finds new mail by asking, however often', async () => {
      const rig = await rigged();
      const recorder = new MailboxRecorder();
      await watch(rig, recorder, { pollSeconds: 0.05 });
      await recorder.until(() => recorder.looks >= 5);
      await rig.deliver(sampleMail('one'));
      await recorder.until(() => recorder.mails.length >= 1);
      await recorder.until(() => recorder.looks >= 10);
      expect(recorder.subjects).toEqual(['one']);
    });

    it('does not pass the mails of a batch that could not be taken in', async () => {
      const rig = await rigged();
      const recorder = new MailboxRecorder();
      await watch(rig, recorder);
      let failures = 1;
      recorder.onAccept = async () => {
        if (failures > 0) {
          failures -= 1;
          throw new Error('disk full');
        }
      };
      await rig.deliver(sampleMail('one'));
      await recorder.until(() => recorder.mails.length >= 1);
      expect(recorder.subjects).toEqual(['one']);
      expect(recorder.troubles.map((trouble) => trouble.code)).toEqual(['STORE_FAILED']);
      await recorder.until(() => recorder.recoveries === 1);
    });

    it('stops quickly, after the batch in hand', async () => {
      const rig = await rigged();
      const recorder = new MailboxRecorder();
      const mailbox = await watch(rig, recorder);
      let finish: (() => void) | undefined;
      const inHand = new Promise<void>((resolve) => {
        recorder.onAccept = () => {
          resolve();
          return new Promise((done) => {
            finish = done;
          });
        };
      });
      await rig.deliver(sampleMail('one'));
      await inHand;
      const stopping = mailbox.stop();
      expect(recorder.mails).toHaveLength(0);
      finish?.();
      const began = performance.now();
      await stopping;
      expect(performance.now() - began).toBeLessThan(2_000);
      expect(recorder.subjects).toEqual(['one']);
      await expect(
        mailbox.mark(
          { mailbox: 'support', path: 'INBOX', uidValidity: '1', uid: 1 },
          { answered: true },
        ),
      ).rejects.toMatchObject({ code: 'IMAP_FAILED', retry: 'later' });
    });

    it('names user and host when the login is refused, and never the password', async () => {
      const rig = await rigged();
      const { auth } = rig.settings;
      const failure = await watch(rig, new MailboxRecorder(), {
        auth: { user: auth.user, pass: 'not-the-password' },
      }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'IMAP_LOGIN_REFUSED', retry: 'never' });
      expect(String(failure)).toContain(`127.0.0.1:${rig.settings.port}`);
      expect(String(failure)).toContain(auth.user);
      expect(String(failure)).not.toContain('not-the-password');
    });

    it('says what the server can do', async () => {
      const rig = await rigged();
      await rig.deliver(sampleMail('one'));
      const mailbox = openMailbox(
        { name: 'support', imap: rig.settings },
        { log: silentLog, clock: systemClock },
      );
      expect(await mailbox.check()).toMatchObject({
        exists: 1,
        canIdle: true,
        canMove: true,
        canSetKeywords: true,
      });
    });
  });
}
