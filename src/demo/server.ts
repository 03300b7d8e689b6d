/**
 * A mail server inside the process, on real sockets: an IMAP mailbox for the desk and an SMTP server.
 *
 * Mail to the desk's address lands in the INBOX as a receiving host would put it there; mail to
 * anybody else is kept as a reply and goes nowhere. It is for the demo and for tests, never for
 * real mail: it listens on this machine, keeps everything in memory and believes its clients.
 */
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import hoodiecrow, { type Connection, type HoodiecrowServer } from 'hoodiecrow-imap';
import fetchHandlers from 'hoodiecrow-imap/lib/commands/handlers/fetch.js';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { ResponderError } from '../errors.ts';
import { stampMail, withCrlf } from './receiving-host.ts';

export interface DemoServerOptions {
  /** 0, the default, takes any free port. */
  readonly imapPort?: number;
  readonly smtpPort?: number;
  readonly host?: string;
  readonly user: string;
  readonly password: string;
  /** Mail to this address lands in the INBOX. */
  readonly mailboxAddress: string;
  /** The authserv-id of its verdicts. */
  readonly hostId?: string;
}

/** A mail that left through the SMTP server. */
export interface DemoReply {
  readonly id: string;
  readonly raw: Buffer;
  readonly from: string;
  readonly to: readonly string[];
  readonly receivedAt: Date;
}

export interface DemoMail {
  readonly uid: number;
  readonly flags: readonly string[];
  readonly raw: Buffer;
}

export interface DemoServer {
  readonly host: string;
  readonly imapPort: number;
  readonly smtpPort: number;
  readonly replies: readonly DemoReply[];
  /** Calls back for every reply that comes from now on; the result ends that. */
  onReply(listener: (reply: DemoReply) => void): () => void;
  /** Puts a mail into the INBOX as it is, and returns its UID. */
  deliver(raw: Uint8Array): number;
  /** Puts a mail into the INBOX as if it had come by SMTP from its own author, with the host's verdict. */
  receive(raw: Uint8Array, author: string): number;
  /** Flags of a mail in the INBOX; undefined when it is not there. */
  flags(uid: number): readonly string[] | undefined;
  /** What lies in a folder; undefined when there is no such folder. */
  mails(path: string): readonly DemoMail[] | undefined;
  close(): Promise<void>;
}

/** IDLE, UID MOVE and UID EXPUNGE work; login is the plain LOGIN command, since AUTH=PLAIN hangs. */
const plugins = ['ID', 'IDLE', 'MOVE', 'NAMESPACE', 'UIDPLUS', 'UNSELECT'];

/** Starts both servers. Rejects when a port is taken. */
export async function startDemoServer(options: DemoServerOptions): Promise<DemoServer> {
  const host = options.host ?? '127.0.0.1';
  const hostId = options.hostId ?? 'mx.partner.example';
  const replies: DemoReply[] = [];
  const events = new EventEmitter();
  const imap = createImapServer(options);
  const sockets = trackConnections(imap);

  const append = (raw: string): number => {
    const date = internalDate(new Date());
    return imap.appendMessage('INBOX', [], date, withCrlf(raw)).message.uid;
  };
  const smtp = createSmtpServer(options, (raw, session) => {
    const from = session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address;
    const to = session.envelope.rcptTo.map((recipient) => recipient.address);
    const receivedAt = new Date();
    const isDesk = (address: string) =>
      address.toLowerCase() === options.mailboxAddress.toLowerCase();
    if (to.some(isDesk)) {
      const helo = session.hostNameAppearsAs || 'client.example';
      const address = session.remoteAddress;
      append(
        stampMail(withCrlf(raw.toString('latin1')), hostId, { from, helo, address, receivedAt }),
      );
    }
    const others = to.filter((address) => !isDesk(address));
    if (others.length > 0) {
      const reply = { id: randomUUID(), raw, from, to: others, receivedAt };
      replies.push(reply);
      events.emit('reply', reply);
    }
  });

  imap.listen(options.imapPort ?? 0, host);
  await listening(imap.server, options.imapPort);
  const smtpListener = smtp.listen(options.smtpPort ?? 0, host);
  try {
    await listening(smtpListener, options.smtpPort);
  } catch (error) {
    imap.server.close();
    throw error;
  }
  return {
    host,
    imapPort: (imap.server.address() as AddressInfo).port,
    smtpPort: (smtpListener.address() as AddressInfo).port,
    replies,
    onReply(listener) {
      events.on('reply', listener);
      return () => events.off('reply', listener);
    },
    deliver: (raw) => append(Buffer.from(raw).toString('latin1')),
    receive: (raw, author) =>
      append(
        stampMail(withCrlf(Buffer.from(raw).toString('latin1')), hostId, {
          from: author,
          helo: 'client.example',
          address: host,
          receivedAt: new Date(),
        }),
      ),
    flags: (uid) => imap.getMailbox('INBOX')?.messages.find((mail) => mail.uid === uid)?.flags,
    mails: (path) =>
      imap.getMailbox(path)?.messages.map((mail) => ({
        uid: mail.uid,
        flags: mail.flags,
        raw: Buffer.from(mail.raw, 'latin1'),
      })),
    async close() {
      for (const socket of sockets) {
        socket.destroy();
      }
      await Promise.all([
        new Promise<void>((resolve) => imap.server.close(() => resolve())),
        new Promise<void>((resolve) => smtp.close(() => resolve())),
      ]);
    },
  };
}

function createImapServer(options: DemoServerOptions): HoodiecrowServer {
  const imap = hoodiecrow({
    plugins,
    id: { name: 'transition-responder demo' },
    users: { [options.user]: { password: options.password } },
    storage: {
      // UIDs begin anew with every start, so they need a new UIDVALIDITY. RFC 9051 §2.3.1.1.
      INBOX: { uidvalidity: Math.floor(Date.now() / 1_000) },
      '': { separator: '/', folders: {} },
    },
  });
  // The whole mail or a part of it is handed out without parsing it first, whatever it holds.
  // hoodiecrow takes the `.PEEK` off the item at the first mail, so both names are asked for.
  for (const name of ['BODY', 'BODY.PEEK']) {
    imap.fetchHandlers[name] = (connection, message, item) => {
      if (item.section?.length !== 0) {
        return fetchHandlers[name]?.(connection, message, item);
      }
      const [start = 0, length = message.raw.length] = item.partial ?? [];
      return { type: 'LITERAL', value: message.raw.slice(start, start + length) };
    };
  }
  return imap;
}

/** The open sockets. An IDLE is ended when its client has gone: its half-hour timer would live on. */
function trackConnections(imap: HoodiecrowServer): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  imap.connectionHandlers.push((connection: Connection) => {
    const socket = connection.socket;
    if (socket === null) {
      return;
    }
    sockets.add(socket);
    // It writes its answers in small pieces.
    socket.setNoDelay(true);
    socket.once('close', () => {
      sockets.delete(socket);
      if (connection.inputHandler !== false) {
        connection.inputHandler('DONE');
      }
    });
  });
  return sockets;
}

function createSmtpServer(
  options: DemoServerOptions,
  receive: (raw: Buffer, session: SMTPServerSession) => void,
): SMTPServer {
  const smtp = new SMTPServer({
    name: options.hostId ?? 'mx.partner.example',
    banner: 'transition-responder demo',
    disabledCommands: ['STARTTLS'],
    // Login is possible, for the responder, and not needed, for whoever tries the demo.
    authOptional: true,
    allowInsecureAuth: true,
    closeTimeout: 500,
    logger: false,
    onAuth(auth, _session, callback) {
      if (auth.username === options.user && auth.password === options.password) {
        callback(null, { user: auth.username });
        return;
      }
      callback(Object.assign(new Error('Wrong user or password'), { responseCode: 535 }));
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', callback);
      stream.on('end', () => {
        receive(Buffer.concat(chunks), session);
        callback(null, 'kept');
      });
    },
  });
  // A client that goes away in the middle is of no interest.
  smtp.on('error', () => undefined);
  return smtp;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** RFC 9051 §9, date-time. */
function internalDate(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2, ' ');
  const time = date.toISOString().slice(11, 19);
  return `${day}-${months[date.getUTCMonth()]}-${date.getUTCFullYear()} ${time} +0000`;
}

async function listening(server: EventEmitter, port: number | undefined): Promise<void> {
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new ResponderError(
      'PORT_IN_USE',
      `The demo cannot listen on port ${port ?? 0} of this machine.`,
      { cause },
    );
  }
}
