/**
 * The HTTP server for the operator, over a real socket.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import {
  type HealthRoutes,
  type HealthServer,
  openHealthServer,
} from '../../src/edges/health-server.ts';
import { readProjectFile } from '../support/source-code.ts';

let server: HealthServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function open(routes: Partial<HealthRoutes> = {}): Promise<string> {
  server = await openHealthServer(
    { host: '127.0.0.1', port: 0 },
    {
      ready: async () => ({ ready: true }),
      metrics: async () => ({
        contentType: 'text/plain; version=0.0.4; charset=utf-8',
        text: 'x 1\n',
      }),
      ...routes,
    },
  );
  return `http://127.0.0.1:${server.port}`;
}

test('says that it lives', async () => {
  const response = await fetch(`${await open()}/healthz`);
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toMatchObject({ alive: true, upSeconds: expect.any(Number) });
});

test('is ready with 200 and not ready with 503, and says why', async () => {
  let answer = { ready: true, reasons: [] as string[] };
  const url = await open({ ready: async () => answer });
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  answer = { ready: false, reasons: ['store: gone'] };
  const response = await fetch(`${url}/readyz`);
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual(answer);
});

test('gives the figures with the content type of Prometheus', async () => {
  const response = await fetch(`${await open()}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await response.text()).toBe('x 1\n');
});

test('tells a stranger nothing of a fault, and knows no other address or method', async () => {
  const url = await open({
    ready: async () => {
      throw new Error('anna@contoso.example: password hunter2');
    },
  });
  const failed = await fetch(`${url}/readyz`);
  expect([failed.status, await failed.text()]).toEqual([500, '{"error":"failed"}']);
  expect((await fetch(`${url}/`)).status).toBe(404);
  expect((await fetch(`${url}/metrics/../../etc/passwd`)).status).toBe(404);
  expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(404);
  expect((await fetch(`${url}/metrics`, { method: 'POST', body: 'x'.repeat(9) })).status).toBe(413);
  expect((await fetch(`${url}/healthz`, { method: 'HEAD' })).status).toBe(200);
});

test('the health check of the image follows it', async () => {
  let isReady = true;
  await open({ ready: async () => ({ ready: isReady }) });
  const check = /^HEALTHCHECK [^\n]*\\\n {2}CMD (\[.*\])$/m.exec(
    readProjectFile('Dockerfile'),
  )?.[1];
  const [, ...args] = JSON.parse(check ?? '[]') as readonly string[];
  const exitCode = async (port: number): Promise<unknown> => {
    const env = { TRANSITION_RESPONDER__HTTP__PORT: String(port) };
    const child = spawn(process.execPath, [...args], { env, stdio: 'ignore' });
    const [code] = await once(child, 'exit');
    return code;
  };
  const port = server?.port ?? 0;
  expect(await exitCode(port)).toBe(0);
  isReady = false;
  expect(await exitCode(port)).toBe(1);
  await server?.close();
  expect(await exitCode(port)).toBe(1);
});

test('a port in use and an address of another machine are told with their mend', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const routes: HealthRoutes = {
    ready: async () => ({ ready: true }),
    metrics: async () => ({ contentType: 'text/plain', text: '' }),
  };
  await expect(openHealthServer({ host: '127.0.0.1', port }, routes)).rejects.toMatchObject({
    code: 'PORT_IN_USE',
  });
  await expect(openHealthServer({ host: '192.0.2.1', port: 0 }, routes)).rejects.toMatchObject({
    code: 'HTTP_FAILED',
    message: expect.stringContaining('192.0.2.1'),
  });
  await new Promise((resolve) => other.close(resolve));
});
