/**
 * A bare IMAP client in IDLE, which notes when the server pushes a new mail: the measure for latency that no
 * program can beat. RFC 2177.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Dovecot } from '../support/dovecot.ts';
import { wallMs } from './sink.ts';

export interface IdleClient {
  /** When the next push comes, in milliseconds of `wallMs`. */
  nextPush(): Promise<number>;
  stop(): void;
}

export async function startIdleClient({
  host,
  port,
  user,
  password,
}: Dovecot): Promise<IdleClient> {
  const socket = connect(port, host);
  socket.setNoDelay(true).setEncoding('latin1');
  let heard = '';
  let pushed = Promise.withResolvers<number>();
  let isIdle = false;
  socket.on('data', (text: string) => {
    if (!isIdle) heard += text;
    else if (/^\* \d+ EXISTS/m.test(text)) {
      pushed.resolve(wallMs());
      pushed = Promise.withResolvers();
    }
  });
  const until = async (line: RegExp) => {
    while (!line.test(heard)) await once(socket, 'data');
    heard = '';
  };
  await until(/^\* OK/m);
  for (const [tag, command] of [
    ['a', `login ${user} ${password}`],
    ['b', 'select INBOX'],
  ]) {
    socket.write(`${tag} ${command}\r\n`);
    await until(new RegExp(`^${tag} OK`, 'm'));
  }
  socket.write('c idle\r\n');
  await until(/^\+/m);
  isIdle = true;
  return { nextPush: () => pushed.promise, stop: () => socket.destroy() };
}
