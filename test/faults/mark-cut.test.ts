/**
 * A connection that breaks between two steps of one mark: the mark is made again as a whole, none of it is left out.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, test, vi } from 'vitest';
import { openMailbox } from '../../src/edges/imap.ts';
import { startDovecot, whyNoDovecot } from '../support/dovecot.ts';
import {
  MailboxRecorder,
  sampleMail,
  silentLog,
  systemClock,
} from '../support/mailbox-recorder.ts';

const missing = whyNoDovecot();
const timing = { firstRetryMs: 20, lastRetryMs: 100, refusedRetryMs: 100 };

/** Cuts the first connection on which the client says the word, before the server hears it. */
async function cutAt(word: string, target: number) {
  let wasCut = false;
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('error', () => undefined).on('close', end);
    upstream.on('data', (chunk) => void client.write(chunk));
    client.on('data', (chunk) => {
      if (wasCut || !chunk.toString('latin1').includes(word)) {
        upstream.write(chunk);
        return;
      }
      wasCut = true;
      end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

test.skipIf(missing !== undefined)(
  `a keyword is not left out because the connection broke${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  async () => {
    const dovecot = await startDovecot();
    const cutter = await cutAt('Replied', dovecot.port);
    const auth = { user: dovecot.user, pass: dovecot.password };
    const imap = { host: dovecot.host, port: cutter.port, secure: false, auth };
    const mailbox = openMailbox(
      { name: 'support', imap },
      { log: silentLog, clock: systemClock, timing },
    );
    try {
      const recorder = new MailboxRecorder();
      await mailbox.start(recorder);
      await dovecot.deliver(sampleMail('marked'));
      await recorder.until(() => recorder.mails.length === 1);
      const place = recorder.mails[0]?.location;
      if (place === undefined) throw new Error('no mail');
      const mark = { answered: true, keyword: 'Replied' };
      await expect(mailbox.mark(place, mark)).rejects.toMatchObject({ retry: 'later' });
      const again = async () => expect(await mailbox.mark(place, mark)).toBe('marked');
      await vi.waitFor(again, { timeout: 20_000 });
      const client = await dovecot.connect();
      const [row] = await client.fetchAll('1:*', { flags: true });
      expect([...(row?.flags ?? [])]).toEqual(expect.arrayContaining(['\\Answered', 'Replied']));
    } finally {
      await mailbox.stop();
      cutter.close();
      await dovecot.stop();
    }
  },
);
