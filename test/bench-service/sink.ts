/**
 * An SMTP server that takes everything and tells its parent process who got a mail and when: a process of its
 * own, and no more than the commands, so that it is never what limits. RFC 5321, RFC 2920 (PIPELINING).
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What the sink tells: its port at first, then whom it took mail for. */
export type SinkNews =
  | { readonly port: number }
  | { readonly taken: readonly { readonly to: string; readonly atMs: number }[] };

/** Milliseconds of the wall clock with their fractions, the same in every process of this machine. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}

function tell(news: SinkNews): void {
  process.send?.(news);
}

let waiting: { readonly to: string; readonly atMs: number }[] = [];
function took(to: string): void {
  if (waiting.length === 0)
    setTimeout(() => {
      tell({ taken: waiting });
      waiting = [];
    }, 20);
  waiting.push({ to, atMs: wallMs() });
}

const endOfMail = '\r\n.\r\n';

function serve(socket: Socket): void {
  let buffer = '';
  let to = '';
  let inMail = false;
  const command = (line: string): void => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO') socket.write('250-sink.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n');
    else if (verb === 'RCPT') {
      to = /<([^>]*)>/.exec(line)?.[1] ?? '';
      socket.write('250 2.1.5 ok\r\n');
    } else if (verb === 'DATA') {
      inMail = true;
      socket.write('354 go ahead\r\n');
    } else if (verb === 'QUIT') socket.end('221 bye\r\n');
    else socket.write('250 2.0.0 ok\r\n');
  };
  socket.setEncoding('latin1').setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    buffer += chunk;
    for (;;) {
      const end = buffer.indexOf(inMail ? endOfMail : '\r\n');
      if (end < 0) return;
      const text = buffer.slice(0, end);
      buffer = buffer.slice(end + (inMail ? endOfMail.length : 2));
      if (!inMail) command(text);
      else {
        inMail = false;
        socket.write('250 2.0.0 queued\r\n');
        took(to);
      }
    }
  });
  socket.write('220 sink.example ESMTP\r\n');
}

// Only when started as the process: the bench takes its types and its clock from here.
if (process.send !== undefined && process.argv[1]?.endsWith('sink.ts')) {
  const server = createServer(serve);
  server.listen(0, '127.0.0.1', () => tell({ port: (server.address() as AddressInfo).port }));
  process.on('disconnect', () => process.exit(0));
}
