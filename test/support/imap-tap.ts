/**
 * Stands between a client and an IMAP server and counts what goes by: how much one command makes the client hold.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface ImapTap {
  readonly port: number;
  /** What went by since the last `reset`. */
  readonly seen: {
    /** Octets from the server. */
    bytes: number;
    /** The most messages that one command was answered with. */
    rowsMax: number;
    /** Commands of the client by name, `UID FETCH`. */
    readonly commands: Map<string, number>;
    /** Longest line of the client. */
    lineMax: number;
  };
  reset(): void;
  /** Swallows everything from now on, both ways, and breaks nothing: as a dead network does. */
  silence(): void;
  /** New connections get through again; those that were silenced stay so. */
  speak(): void;
  close(): Promise<void>;
}

export interface ImapTapOptions {
  /** Changes what the server says, as text of single octets: what it can do, for example. */
  readonly rewrite?: (text: string) => string;
}

export async function startImapTap(
  target: number,
  { rewrite }: ImapTapOptions = {},
): Promise<ImapTap> {
  const seen = { bytes: 0, rowsMax: 0, commands: new Map<string, number>(), lineMax: 0 };
  const sockets = new Set<Socket>();
  const silenced = new WeakSet<Socket>();
  let isSilent = false;
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
      if (isSilent) silenced.add(socket);
    }
    let rows = 0;
    let rest = '';
    upstream.on('data', (chunk) => {
      if (silenced.has(upstream)) return;
      seen.bytes += chunk.length;
      const lines = (rest + chunk.toString('latin1')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (/^\* \d+ FETCH /.test(line)) rows += 1;
        if (/^[A-Z0-9]+ (OK|NO|BAD)/.test(line)) {
          seen.rowsMax = Math.max(seen.rowsMax, rows);
          rows = 0;
        }
      }
      client.write(
        rewrite === undefined ? chunk : Buffer.from(rewrite(chunk.toString('latin1')), 'latin1'),
      );
    });
    client.on('data', (chunk) => {
      if (silenced.has(client)) return;
      for (const line of chunk.toString('latin1').split('\r\n')) {
        const name = /^[A-Z0-9]+ ((?:UID )?[A-Z]+)/.exec(line)?.[1];
        if (name !== undefined) seen.commands.set(name, (seen.commands.get(name) ?? 0) + 1);
        seen.lineMax = Math.max(seen.lineMax, line.length);
      }
      upstream.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    reset() {
      Object.assign(seen, { bytes: 0, rowsMax: 0, lineMax: 0 });
      seen.commands.clear();
    },
    silence() {
      isSilent = true;
      for (const socket of sockets) silenced.add(socket);
    },
    speak() {
      isSilent = false;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
