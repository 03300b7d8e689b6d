import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import hoodiecrow, { type Connection, type HoodiecrowServer } from 'hoodiecrow-imap';
import fetchHandlers from 'hoodiecrow-imap/lib/commands/handlers/fetch.js';
import { afterEach, describe, expect, it } from 'vitest';
import { openMailbox } from '../../src/edges/imap.ts';
import type { Log } from '../../src/ports.ts';
import {
  MailboxRecorder,
  sampleMail,
  silentLog,
  systemClock,
  textOf,
} from '../support/mailbox-recorder.ts';

/** What the server does instead of handing out the mail with the subject `bad`. */
type Mischief = (connection: Connection, what: 'whole' | 'head') => unknown;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

/** A server that pushes nothing and misbehaves when asked for one mail. */
async function startServer(mischief: Mischief): Promise<{ imap: HoodiecrowServer; port: number }> {
  const imap = hoodiecrow({
    plugins: ['IDLE', 'UIDPLUS', 'UNSELECT'],
    users: { support: { password: 'secret' } },
    storage: { INBOX: { uidvalidity: 5 }, '': { separator: '/', folders: {} } },
  });
  // hoodiecrow takes the `.PEEK` off the item at the first mail, so both names are asked for.
  for (const name of ['BODY', 'BODY.PEEK']) {
    imap.fetchHandlers[name] = (connection, message, item) => {
      if (message.raw.includes('Subject: bad')) {
        const answer = mischief(connection, item.section?.length === 0 ? 'whole' : 'head');
        if (answer !== 'as usual') {
          return answer;
        }
      }
      return fetchHandlers[name]?.(connection, message, item);
    };
  }
  const connections = new Set<Connection>();
  imap.connectionHandlers.push((connection) => connections.add(connection));
  imap.listen(0, '127.0.0.1');
  await once(imap.server, 'listening');
  closers.push(async () => {
    for (const connection of connections) {
      if (connection.inputHandler !== false) {
        connection.inputHandler('DONE');
      }
      connection.socket?.destroy();
    }
    await new Promise((resolve) => imap.server.close(resolve));
  });
  return { imap, port: (imap.server.address() as AddressInfo).port };
}

async function takeIn(mischief: Mischief, log: Log = silentLog): Promise<MailboxRecorder> {
  const { imap, port } = await startServer(mischief);
  const recorder = new MailboxRecorder();
  const mailbox = openMailbox(
    {
      name: 'support',
      imap: { host: '127.0.0.1', port, secure: false, auth: { user: 'support', pass: 'secret' } },
    },
    {
      log,
      clock: systemClock,
      timing: { firstRetryMs: 5, lastRetryMs: 20, refusedRetryMs: 300_000 },
    },
  );
  closers.push(() => mailbox.stop());
  await mailbox.start(recorder);
  for (const subject of ['before', 'bad', 'after']) {
    imap.appendMessage('INBOX', [], '23-Nov-2026 08:00:00 +0000', sampleMail(subject));
  }
  await recorder.until(() => recorder.mails.length >= 3);
  return recorder;
}

describe('a mail that cannot be fetched', () => {
  it('is handed over with its head, and holds up nothing for ever, when the server refuses it', async () => {
    const errors: string[] = [];
    const log = { ...silentLog, error: (_fields: object, text: string) => errors.push(text) };
    const recorder = await takeIn((_connection, what) => {
      if (what === 'whole') {
        throw new Error('Internal error');
      }
      return 'as usual';
    }, log);
    expect(recorder.mails.map((mail) => [mail.location.uid, mail.complete])).toEqual([
      [1, true],
      [2, false],
      [3, true],
    ]);
    expect(recorder.mails[1] && textOf(recorder.mails[1])).toContain('Subject: bad');
    expect(recorder.mails[1] && textOf(recorder.mails[1])).not.toContain('Hello');
    expect(errors).toHaveLength(1);
    // The cursor never passed a mail that had not been handed over.
    expect(recorder.cursors.map((cursor) => cursor.nextUid)).toEqual([1, 2, 3, 4]);
    expect(recorder.troubles[0]?.code).toBe('IMAP_FAILED');
  });

  it('is handed over empty when asking for it always breaks the connection', async () => {
    const recorder = await takeIn((connection) => {
      connection.socket?.destroy();
      return { type: 'LITERAL', value: '' };
    });
    const bad = recorder.mails[1];
    expect(bad?.location.uid).toBe(2);
    expect(bad?.complete).toBe(false);
    expect(bad?.raw).toHaveLength(0);
    expect(bad?.sizeBytes).toBeGreaterThan(0);
    expect(recorder.subjects).toEqual(['before', '', 'after']);
  });

  it('is taken in whole when it was a passing trouble', async () => {
    let failures = 3;
    const recorder = await takeIn(() => {
      failures -= 1;
      if (failures >= 0) {
        throw new Error('Internal error');
      }
      return 'as usual';
    });
    expect(recorder.subjects).toEqual(['before', 'bad', 'after']);
    expect(recorder.mails.every((mail) => mail.complete)).toBe(true);
  });

  it('is not taken for an empty one when the server hands out no octets of it', async () => {
    const recorder = await takeIn((_connection, what) =>
      what === 'whole' ? { type: 'LITERAL', value: '' } : 'as usual',
    );
    expect(recorder.mails.map((mail) => [mail.location.uid, mail.complete])).toEqual([
      [1, true],
      [2, false],
      [3, true],
    ]);
    expect(recorder.mails[1] && textOf(recorder.mails[1])).toContain('Subject: bad');
  });

  it('is not taken for removed when the server gives no content for it', async () => {
    const recorder = await takeIn((_connection, what) => (what === 'whole' ? null : 'as usual'));
    expect(recorder.mails.map((mail) => [mail.location.uid, mail.complete])).toEqual([
      [1, true],
      [2, false],
      [3, true],
    ]);
  });
});

describe('a server whose IDLE has gone silent', () => {
  it('is asked at intervals all the same', async () => {
    const { imap, port } = await startServer(() => 'as usual');
    const recorder = new MailboxRecorder();
    const mailbox = openMailbox(
      {
        name: 'support',
        imap: {
          host: '127.0.0.1',
          port,
          secure: false,
          auth: { user: 'support', pass: 'secret' },
          pollSeconds: 0.1,
        },
      },
      { log: silentLog, clock: systemClock },
    );
    closers.push(() => mailbox.stop());
    await mailbox.start(recorder);
    // Put there without telling anybody.
    const folder = imap.getMailbox('INBOX');
    folder?.messages.push({
      uid: folder.uidnext++,
      raw: sampleMail('unheard'),
      flags: [],
      internaldate: '23-Nov-2026 08:00:00 +0000',
    });
    await recorder.until(() => recorder.mails.length >= 1);
    expect(recorder.subjects).toEqual(['unheard']);
  });
});
