/**
 * A start while the mail server does not answer: what was decided before goes out all the same.
 */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Dovecot, startDovecot, whyNoDovecot } from '../support/dovecot.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { command, makePlace, projectRoot, startWorker, type WorkerPlace } from './worker.ts';

const samples = join(projectRoot, 'src/demo/samples');
const noDovecot = whyNoDovecot();

interface Mute {
  close(): Promise<void>;
}

/** Takes connections and never says a word. */
async function startMute(port: number): Promise<Mute> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe.skipIf(noDovecot !== undefined)('a start without the mail server', () => {
  let dovecot: Dovecot;
  let sink: SmtpSink;
  let place: WorkerPlace;
  let mayNotSend = true;
  let mute: Mute | undefined;

  beforeAll(async () => {
    [dovecot, sink] = await Promise.all([
      startDovecot(),
      startSmtpSink({
        onMailFrom(_address, _session, callback) {
          if (mayNotSend)
            callback(Object.assign(new Error('4.3.0 not now'), { responseCode: 451 }));
          else callback();
        },
      }),
    ]);
    place = await makePlace({ imap: dovecot, smtpPort: sink.port });
    await command(place, 'import', join(samples, 'customers.csv'));
  });
  afterAll(async () => {
    await place?.remove();
    await mute?.close();
    await Promise.all([dovecot?.stop(), sink?.close()]);
  });

  test('sends the replies that waited', { timeout: 90_000 }, async () => {
    const before = await startWorker(place);
    await dovecot.deliver(readFileSync(join(samples, '01_outlook_desktop_portal.eml')));
    await before.heard('"mail decided"');
    await before.stop('SIGTERM');
    expect(sink.mails).toEqual([]);

    await dovecot.halt();
    mute = await startMute(dovecot.port);
    mayNotSend = false;
    const starting = startWorker(place).then(
      () => 'started',
      () => 'not started',
    );
    await vi.waitFor(() => expect(sink.mails).toHaveLength(1), { timeout: 60_000, interval: 20 });
    expect(await Promise.race([starting, 'still starting'])).toBe('still starting');
  });
});
