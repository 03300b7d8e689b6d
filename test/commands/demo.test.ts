/** The demo as a newcomer runs it. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandPlace, makeCommandPlace, runCommandLine } from '../support/command.ts';
import { startProgram } from '../support/services.ts';
import { projectRoot } from '../support/source-code.ts';

let place: CommandPlace;
beforeAll(() => {
  place = makeCommandPlace();
});
afterAll(() => place.remove());

function cookieOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((field) => field.split(';')[0] ?? '')
    .join('; ');
}

test('--once: every outcome as declared, a table, one reply in full', {
  timeout: 120_000,
}, async () => {
  const { code, stdout } = await runCommandLine(['demo', '--once'], { cwd: place.folder });
  expect(stdout).toContain('every outcome as declared');
  expect(stdout.split('\n').filter((line) => line.startsWith('ok  '))).toHaveLength(32);
  expect(stdout).toContain('auto-submitted: auto-replied');
  expect(code).toBe(0);
});

test('without --once: the console is open on the sample desk, by a login that works once', {
  timeout: 120_000,
}, async () => {
  const running = await startProgram({
    program: process.execPath,
    args: [join(projectRoot, 'src/cli.ts'), 'demo'],
    ready: /Stop with Ctrl-C/,
    cwd: place.folder,
  });
  try {
    const [address = ''] = /http:\S+\/login\/once\/\S+/.exec(running.output()) ?? [];
    const asked = await fetch(address);
    const token = /name="_csrf" value="([^"]+)"/.exec(await asked.text())?.[1] ?? '';
    const post = () =>
      fetch(address, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie: cookieOf(asked) },
        body: new URLSearchParams({ _csrf: token }),
      });
    const first = await post();
    expect(first.status).toBe(303);
    const review = await fetch(new URL('/review', address), {
      headers: { cookie: cookieOf(first) },
    });
    expect(await review.text()).toContain('10 wait');
    expect((await post()).status).toBe(403);
  } finally {
    await running.stop();
  }
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
