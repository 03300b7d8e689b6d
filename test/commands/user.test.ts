/**
 * `user`: who may use the console, from the command line.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askPassword } from '../../src/commands/ask-password.ts';
import { openPasswords } from '../../src/edges/passwords.ts';
import { openStore } from '../../src/store/open.ts';
import {
  type CommandPlace,
  makeCommandPlace,
  minimalSettings,
  runCommandLine,
} from '../support/command.ts';

let place: CommandPlace;
beforeEach(() => {
  place = makeCommandPlace();
  place.write('config/config.yaml', `${minimalSettings}console: { port: 8090 }\n`);
});
afterEach(() => place.remove());

const user = (line: string, stdin?: string) =>
  runCommandLine(['user', ...line.split(' ')], {
    cwd: place.folder,
    ...(stdin === undefined ? {} : { stdin }),
  });

test('adds, lists, changes and removes, and the audit log says who did', async () => {
  expect(await user('list')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('No users'),
  });
  const added = await user('add Ana --role admin --password-stdin --by root', 'a long password\n');
  expect(added).toMatchObject({ code: 0, stdout: 'ana may use the console as admin.\n' });
  const generated = await user('add ben --role desk --generate --by root');
  const password = /Password: (\S+)/.exec(generated.stdout)?.[1] ?? '';
  const made = await user('token ben --days 7 --role viewer --label reports --by root');
  const secret = made.stdout.split('\n')[0] ?? '';
  expect(secret).toMatch(/^trapi_[\w-]{43}$/);
  const listed = (await user('list')).stdout;
  expect(listed).toMatch(/ana\s+admin\s+password\s+never/);
  const id = /([0-9a-f]{12}) \(reports/.exec(listed)?.[1] ?? '';
  expect((await user(`token ben --revoke ${id} --by root`)).code).toBe(0);
  expect((await user('role ben viewer --by root')).code).toBe(0);
  expect((await user('password ben --password-stdin --by root', 'another password')).code).toBe(0);
  expect((await user('remove ana --by root')).code).toBe(0);
  const { store } = await openStore({ dataDir: `${place.folder}/data` });
  const hash = await store.findPasswordHash('ben');
  expect(await openPasswords().verify('another password', hash)).toEqual({ matches: true });
  const entries = await store.listAudit({ limit: 20 });
  expect(entries.map(({ action, by, via }) => `${action} ${by} ${via}`).reverse()).toEqual(
    ['added', 'added', 'made', 'revoked', 'role-changed', 'password-changed', 'removed'].map(
      (action) => `${action} root command`,
    ),
  );
  const text = JSON.stringify(entries);
  for (const word of [password, secret, 'another password', 'a long password'])
    expect(text).not.toContain(word);
  await store.close();
});

test.each([
  ['add ana --role boss --generate', 'expected one of viewer, desk, admin', 2],
  ['add a/b --role desk --generate', 'expected 1 to 64 letters', 2],
  ['add ana --role desk', 'no terminal', 2],
  ['add ana --role desk --password-stdin', 'at least 12 characters', 1],
  ['role nobody desk', 'There is no user', 1],
  ['token nobody', 'There is no user', 1],
  ['token ana --days 1000', 'expected 1 to 365', 2],
])('%s is refused with what to do', async (line, says, code) => {
  const outcome = await user(line, 'short\n');
  expect(outcome.stderr).toContain(says);
  expect(outcome.code).toBe(code);
});

test('while the service has the store, says where else it is done', async () => {
  const { store } = await openStore({ dataDir: `${place.folder}/data` });
  try {
    const outcome = await user('list');
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain('http://127.0.0.1:8090/settings/users');
  } finally {
    await store.close();
  }
});

test('a password typed into a terminal is not shown, and must be the same twice', async () => {
  const shown: string[] = [];
  const modes: boolean[] = [];
  const type = (text: string) => {
    const stdin = Object.assign(
      (async function* keys() {
        yield Buffer.from(text);
      })(),
      { isTTY: true, setRawMode: (isRaw: boolean) => modes.push(isRaw) },
    );
    const out = { write: (line: string) => shown.push(line) };
    return askPassword({ stdin, stdout: out, stderr: out, env: {}, cwd: '/' });
  };
  expect(await type('a long passwordxy\u007f\u007f\ra long password\r')).toBe('a long password');
  await expect(type('a long password\ranother\r')).rejects.toThrow('differ');
  await expect(type('a long\u0003')).rejects.toThrow('No password was given');
  expect(shown.join('')).not.toMatch(/long/);
  expect(modes).toEqual([true, false, true, false, true, false]);
});
