/**
 * The proxy of the fault suite does what it says, at the octet it says, and counts only what hit.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FaultKind, type NetworkFault, startFaultProxy } from './proxy.ts';

/** Gives back what it gets, and ends when its client does. */
let echo: Server;
beforeAll(async () => {
  echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
});
afterAll(() => echo.close());

/** What comes back of ten octets, how it ended, and how many faults hit. */
async function through(fault: NetworkFault | undefined) {
  let hits = 0;
  const target = (echo.address() as AddressInfo).port;
  const hit = () => {
    hits += 1;
  };
  const proxy = await startFaultProxy({ target, hit });
  proxy.plan = () => fault;
  const socket = connect(proxy.port, '127.0.0.1');
  let heard = '';
  let error = '';
  socket.on('error', (failure: NodeJS.ErrnoException) => {
    error = failure.code ?? '';
  });
  socket.on('data', (chunk) => {
    heard += String(chunk);
    if (heard.length === 10) socket.end();
  });
  socket.write('0123456789');
  await once(socket, 'close').catch(() => undefined);
  await proxy.close();
  return { heard, error, hits };
}

test('without a fault everything passes', async () => {
  expect(await through(undefined)).toEqual({ heard: '0123456789', error: '', hits: 0 });
});

test.each<[FaultKind, string]>([
  ['cut', '0123'],
  ['truncate', '0123'],
  ['one-way', '0123'],
  ['black-hole', '0123'],
  ['delay', '0123456789'],
])('%s lets four octets pass', async (kind, heard) => {
  const answer = await through({ kind, direction: 'down', afterBytes: 4, ms: 5 });
  expect(answer).toMatchObject({ heard, hits: 1 });
});

test('reset says so', async () => {
  const answer = await through({ kind: 'reset', direction: 'up', afterBytes: 4, ms: 5 });
  expect(answer).toEqual({ heard: '', error: 'ECONNRESET', hits: 1 });
});

test('a fault behind the last octet did not hit', async () => {
  const answer = await through({ kind: 'cut', direction: 'up', afterBytes: 10, ms: 5 });
  expect(answer).toEqual({ heard: '0123456789', error: '', hits: 0 });
});
