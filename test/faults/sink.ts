/**
 * The SMTP server of the fault suite: it misbehaves as a plan says, and knows what it has accepted.
 *
 * What it accepted is the truth about doubles: a mail counts from the moment at which the final dot was taken,
 * whether or not the worker ever hears the answer. RFC 5321 §4.1.1.4: from then on the mail is its own to deliver.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export const sinkSteps = [
  'greeting',
  'EHLO',
  'MAIL',
  'RCPT',
  'DATA',
  'message',
  'dot',
  'answer',
] as const;
/** `message`: its first line has come. `dot`: not yet accepted. `answer`: accepted, and not yet answered. */
export type SinkStep = (typeof sinkSteps)[number];

/** What is done at a step in place of the usual. */
export type SinkDeed =
  | { readonly answer: string }
  | { readonly answerAndDrop: string }
  /** Says nothing any more, on this connection. */
  | 'halt'
  | 'drop'
  | 'reset';

export interface AcceptedMail {
  readonly to: string;
  readonly messageId: string;
  readonly raw: string;
}

export interface FaultSink {
  readonly port: number;
  readonly accepted: readonly AcceptedMail[];
  /** Asked at every step of every connection. */
  at: (step: SinkStep) => SinkDeed | undefined;
  close(): Promise<void>;
}

const usual: Readonly<Record<SinkStep, string>> = {
  greeting: '220 sink.example ESMTP',
  EHLO: '250-sink.example\r\n250 8BITMIME',
  MAIL: '250 2.1.0 ok',
  RCPT: '250 2.1.5 ok',
  DATA: '354 go ahead',
  message: '',
  dot: '',
  answer: '250 2.0.0 queued',
};

export async function startFaultSink(): Promise<FaultSink> {
  const accepted: AcceptedMail[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A connection that a plan breaks says so here too.
    socket.on('error', () => undefined);
    serve(
      socket,
      (step) => sink.at(step),
      (mail) => accepted.push(mail),
    );
  });
  const sink: FaultSink = {
    port: 0,
    accepted,
    at: () => undefined,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(sink, { port: (server.address() as AddressInfo).port });
}

function serve(socket: Socket, at: FaultSink['at'], accept: (mail: AcceptedMail) => void): void {
  let silent = false;
  let to = '';
  let body: string[] | undefined;
  /** True when the usual course goes on. */
  const pass = (step: SinkStep): boolean => {
    const deed = at(step);
    if (deed === undefined) {
      if (usual[step] !== '') socket.write(`${usual[step]}\r\n`);
      return true;
    }
    if (typeof deed === 'object' && 'answer' in deed) {
      socket.write(`${deed.answer}\r\n`);
      return false;
    }
    silent = true;
    if (deed === 'drop') socket.destroy();
    else if (deed === 'reset') socket.resetAndDestroy();
    else if (deed !== 'halt') socket.end(`${deed.answerAndDrop}\r\n`);
    return false;
  };
  const finish = (lines: readonly string[]): void => {
    if (!pass('dot')) return;
    const raw = lines.map((line) => line.replace(/^\.\./, '.')).join('\r\n');
    const messageId = /^message-id:\s*(<[^>]+>)/im.exec(raw)?.[1] ?? '';
    accept({ to, messageId, raw });
    pass('answer');
  };
  const command = (line: string): void => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO' || verb === 'MAIL') pass(verb);
    else if (verb === 'RCPT') to = pass('RCPT') ? (/<([^>]*)>/.exec(line)?.[1] ?? '') : '';
    else if (verb === 'DATA' && to !== '') body = pass('DATA') ? [] : undefined;
    else if (verb === 'DATA') socket.write('503 5.5.1 no recipient\r\n');
    else if (verb === 'QUIT') socket.end('221 2.0.0 bye\r\n');
    else socket.write('250 2.0.0 ok\r\n');
    if (verb === 'RSET') to = '';
  };
  const heard = (line: string): void => {
    if (body === undefined) {
      command(line);
    } else if (line !== '.') {
      body.push(line);
      if (body.length === 1) pass('message');
    } else {
      const lines = body;
      body = undefined;
      finish(lines);
      to = '';
    }
  };
  let rest = '';
  socket.on('data', (chunk) => {
    const parts = (rest + chunk.toString('latin1')).split('\r\n');
    rest = parts.pop() ?? '';
    for (const line of parts) if (!silent) heard(line);
  });
  pass('greeting');
}
