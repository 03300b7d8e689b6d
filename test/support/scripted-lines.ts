/**
 * A server that answers line by line as told, for words that no server at hand says; and a cable that can be cut.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface Scripted {
  readonly port: number;
  readonly lines: readonly string[];
  /** Breaks every connection of now. */
  cut(): void;
  close(): Promise<void>;
}

/** `answer` gives the lines to say to a line of the client. */
export async function startScripted(
  greeting: string,
  answer: (line: string) => readonly string[],
): Promise<Scripted> {
  const lines: string[] = [];
  return listen((socket) => {
    let buffer = '';
    socket.on('data', (chunk) => {
      buffer += chunk.toString('latin1');
      for (let end = buffer.indexOf('\r\n'); end >= 0; end = buffer.indexOf('\r\n')) {
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        lines.push(line);
        for (const reply of answer(line)) socket.write(`${reply}\r\n`);
      }
    });
    socket.write(`${greeting}\r\n`);
  }, lines);
}

/** A cable to a port of this machine. */
export function startCable(port: number): Promise<Scripted> {
  return listen((socket) => {
    const far = connect(port, '127.0.0.1');
    far.on('error', () => socket.destroy());
    socket.on('close', () => far.destroy());
    far.on('close', () => socket.destroy());
    socket.pipe(far).pipe(socket);
  }, []);
}

async function listen(
  serve: (socket: Socket) => void,
  lines: readonly string[],
): Promise<Scripted> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    cut,
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
