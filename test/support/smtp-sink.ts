/**
 * SMTP servers for tests: one that accepts and keeps everything, and one that follows a script.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface SunkMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  /** As it came over the wire, without the dots that were doubled. */
  readonly octets: Buffer;
}

export interface SmtpSink {
  readonly port: number;
  readonly mails: readonly SunkMail[];
  /** Connections accepted so far. */
  readonly connections: () => number;
  close(): Promise<void>;
}

/** Starts a server that accepts mail, with AUTH for `user`/`secret` and without TLS. */
export async function startSmtpSink(options: SMTPServerOptions = {}): Promise<SmtpSink> {
  const mails: SunkMail[] = [];
  let connections = 0;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    allowInsecureAuth: true,
    onConnect(_session, callback) {
      connections += 1;
      callback();
    },
    onAuth(auth, _session, callback) {
      if (auth.username === 'user' && auth.password === 'secret') {
        callback(null, { user: auth.username });
        return;
      }
      callback(Object.assign(new Error('Wrong user or password'), { responseCode: 535 }));
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const mailFrom = session.envelope.mailFrom;
        const octets = Buffer.concat(chunks);
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: session.envelope.rcptTo.map((to) => to.address),
          raw: octets.toString('utf8'),
          octets,
        });
        callback(null, `queued as ${mails.length}`);
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return {
    port: (listening.address() as AddressInfo).port,
    mails,
    connections: () => connections,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** What the scripted server does at a step instead of going on. */
export type Deed =
  | { readonly answer: string }
  /** Says nothing, for ever. */
  | 'halt'
  /** Closes the connection without a word. */
  | 'drop'
  /** Breaks the connection off with a reset. */
  | 'reset'
  /** Answers, and closes at once. */
  | { readonly answerAndDrop: string };

export const smtpSteps = [
  'greeting',
  'EHLO',
  'AUTH',
  'MAIL',
  'RCPT',
  'DATA',
  'message',
  'dot',
] as const;
export type SmtpStep = (typeof smtpSteps)[number];

export interface ScriptedSmtp {
  readonly port: number;
  /** Command lines as received, the message left out, of all connections. */
  readonly lines: readonly string[];
  readonly connections: () => number;
  /** Messages whose final dot arrived. */
  readonly messages: () => number;
  close(): Promise<void>;
}

const usual: Readonly<Record<SmtpStep, string>> = {
  greeting: '220 scripted.example ESMTP',
  EHLO: '250-scripted.example\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME',
  AUTH: '235 2.7.0 welcome',
  MAIL: '250 2.1.0 ok',
  RCPT: '250 2.1.5 ok',
  DATA: '354 go ahead',
  message: '',
  dot: '250 2.0.0 queued',
};

/** Starts a server that does `deed` at `step` and is agreeable everywhere else. */
export async function startScriptedSmtp(script: {
  readonly step?: SmtpStep;
  readonly deed?: Deed;
  readonly pipelining?: boolean;
  /** Only the first connection misbehaves. */
  readonly once?: boolean;
}): Promise<ScriptedSmtp> {
  const lines: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let messages = 0;

  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    const agreeable = script.once === true && connections > 1;
    let silent = false;
    let inMessage = false;
    let refused = false;
    let buffer = '';

    /** True when the usual course goes on. */
    const at = (step: SmtpStep): boolean => {
      if (silent) {
        return false;
      }
      const deed = step === script.step && !agreeable ? script.deed : undefined;
      if (deed === undefined) {
        const text =
          step === 'EHLO' && script.pipelining
            ? usual.EHLO.replace('250-AUTH', '250-PIPELINING\r\n250-AUTH')
            : usual[step];
        if (text !== '') {
          socket.write(`${text}\r\n`);
        }
        return true;
      }
      if (deed === 'halt') {
        silent = true;
      } else if (deed === 'drop') {
        silent = true;
        socket.end();
      } else if (deed === 'reset') {
        silent = true;
        socket.resetAndDestroy();
      } else if ('answer' in deed) {
        socket.write(`${deed.answer}\r\n`);
      } else {
        silent = true;
        socket.end(deed.answerAndDrop);
      }
      return false;
    };

    const onLine = (line: string): void => {
      if (inMessage) {
        if (script.step === 'message') {
          at('message');
        } else if (line === '.') {
          inMessage = false;
          messages += 1;
          at('dot');
        }
        return;
      }
      lines.push(line);
      const verb = line.split(' ')[0]?.toUpperCase() ?? '';
      if (verb === 'EHLO' || verb === 'AUTH' || verb === 'MAIL' || verb === 'RCPT') {
        refused = !at(verb) || refused;
      } else if (verb === 'DATA' && refused) {
        socket.write('503 5.5.1 no valid recipients\r\n');
      } else if (verb === 'DATA') {
        inMessage = at('DATA');
      } else if (verb === 'QUIT') {
        socket.end('221 bye\r\n');
      } else {
        socket.write('250 ok\r\n');
      }
    };

    socket.on('data', (chunk) => {
      buffer += chunk.toString('latin1');
      for (let end = buffer.indexOf('\r\n'); end >= 0; end = buffer.indexOf('\r\n')) {
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        if (!silent) {
          onLine(line);
        }
      }
    });
    at('greeting');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    connections: () => connections,
    messages: () => messages,
    async close() {
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
