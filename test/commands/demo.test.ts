/** The demo as a newcomer runs it. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandPlace, makeCommandPlace, runCommandLine } from '../support/command.ts';

let place: CommandPlace;
beforeAll(() => {
  place = makeCommandPlace();
});
afterAll(() => place.remove());

test('--once: every outcome as declared, a table, one reply in full', {
  timeout: 120_000,
}, async () => {
  const { code, stdout } = await runCommandLine(['demo', '--once'], { cwd: place.folder });
  expect(stdout).toContain('every outcome as declared');
  expect(stdout.split('\n').filter((line) => line.startsWith('ok  '))).toHaveLength(32);
  expect(stdout).toContain('auto-submitted: auto-replied');
  expect(code).toBe(0);
});

test('a port that is taken is one sentence', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const outcome = await runCommandLine(['demo', '--once', '--port', String(port)], {
    cwd: place.folder,
  });
  server.close();
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toMatch(/cannot listen on port \d+.*\n.*PORT_IN_USE/);
});

test('a port that is none is wrong usage', async () => {
  const outcome = await runCommandLine(['demo', '--port', 'many'], { cwd: place.folder });
  expect(outcome.code).toBe(2);
});
