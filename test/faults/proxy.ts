/**
 * A TCP proxy that does to a connection what networks do: cuts it, in the middle of a line or a literal, delays
 * it, swallows one direction or both, or resets it.
 *
 * A fault counts only when it hit: when octets reached the place at which it was planned.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export const faultKinds = ['cut', 'reset', 'truncate', 'one-way', 'black-hole', 'delay'] as const;
/**
 * `cut`: both ends are closed. `reset`: with RST. `truncate`: the direction ends, properly, in the middle.
 * `one-way`: the direction swallows everything. `black-hole`: both do. `delay`: the direction waits, then goes on.
 */
export type FaultKind = (typeof faultKinds)[number];

export interface NetworkFault {
  readonly kind: FaultKind;
  /** `up`: from the worker to the server. */
  readonly direction: 'up' | 'down';
  /** So many octets of the direction pass before it. */
  readonly afterBytes: number;
  /** How long a delay lasts; after which a direction that swallows is cut, as a kernel does in the end. */
  readonly ms: number;
}

export interface FaultProxy {
  readonly port: number;
  /** What happens to the next connection. */
  plan: () => NetworkFault | undefined;
  /** Cuts every connection that is open; how many they were. */
  cutAll(): number;
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly target: number;
  readonly hit: (fault: NetworkFault) => void;
}

export async function startFaultProxy({ target, hit }: ProxyOptions): Promise<FaultProxy> {
  const links = new Set<() => void>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    const end = link(client, upstream, { fault: proxy.plan(), hit });
    links.add(end);
    client.once('close', () => links.delete(end));
  });
  const proxy: FaultProxy = {
    port: 0,
    plan: () => undefined,
    cutAll() {
      const open = links.size;
      for (const end of links) end();
      return open;
    },
    async close() {
      for (const end of links) end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(proxy, { port: (server.address() as AddressInfo).port });
}

/** Joins two sockets; returns how to cut them both. */
function link(
  client: Socket,
  upstream: Socket,
  { fault, hit }: { fault: NetworkFault | undefined; hit: ProxyOptions['hit'] },
): () => void {
  const timers = new Set<NodeJS.Timeout>();
  const end = (): void => {
    for (const timer of timers) clearTimeout(timer);
    client.destroy();
    upstream.destroy();
  };
  const later = (ms: number, run: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
  };
  for (const socket of [client, upstream]) {
    socket.setNoDelay(true);
    // Each end hears of it by the close that follows.
    socket.on('error', () => undefined);
    socket.on('close', end);
  }
  const swallowed = { up: false, down: false };
  const pump = (from: Socket, to: Socket, direction: NetworkFault['direction']): void => {
    let passed = 0;
    let isDone = fault?.direction !== direction;
    from.on('data', (chunk: Buffer) => {
      if (swallowed[direction]) return;
      const room = fault === undefined || isDone ? chunk.length : fault.afterBytes - passed;
      passed += chunk.length;
      if (fault === undefined || room >= chunk.length) {
        send(from, to, chunk);
        return;
      }
      isDone = true;
      hit(fault);
      if (fault.kind === 'reset') {
        client.resetAndDestroy();
        upstream.resetAndDestroy();
        return;
      }
      if (room > 0) to.write(chunk.subarray(0, room));
      if (fault.kind === 'delay') {
        from.pause();
        later(fault.ms, () => {
          send(from, to, chunk.subarray(Math.max(room, 0)));
          from.resume();
        });
        return;
      }
      if (fault.kind === 'cut') {
        // What was written still goes out.
        to.end();
        from.destroy();
        return;
      }
      swallowed[direction] = true;
      if (fault.kind === 'truncate') to.end();
      if (fault.kind === 'black-hole') {
        swallowed.up = true;
        swallowed.down = true;
      }
      later(fault.ms, end);
    });
    from.on('end', () => {
      if (!swallowed[direction]) to.end();
    });
  };
  pump(client, upstream, 'up');
  pump(upstream, client, 'down');
  return end;
}

/** Never more in memory than the slower side can take. */
function send(from: Socket, to: Socket, chunk: Buffer): void {
  if (to.write(chunk)) return;
  from.pause();
  to.once('drain', () => from.resume());
}
