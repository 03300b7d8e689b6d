/**
 * Which failures of a mailbox keep the service from starting.
 */
import { expect, test } from 'vitest';
import { startEach } from '../../src/commands/start-each.ts';
import { type ErrorCode, ResponderError } from '../../src/errors.ts';

const start = async (outcomes: Readonly<Record<string, ErrorCode | undefined>>) => {
  const failed: string[] = [];
  await startEach(
    Object.keys(outcomes),
    async (name) => {
      const code = outcomes[name];
      if (code !== undefined) throw new ResponderError(code, name);
    },
    (name, { code }) => failed.push(`${name} ${code}`),
  );
  return failed;
};

test('all start', async () => {
  expect(await start({ a: undefined, b: undefined })).toEqual([]);
});

test('one whose grant was revoked does not keep the others from work', async () => {
  expect(await start({ a: undefined, b: 'OAUTH_REFUSED', c: 'IMAP_LOGIN_REFUSED' })).toEqual([
    'b OAUTH_REFUSED',
    'c IMAP_LOGIN_REFUSED',
  ]);
});

test('where none starts, whoever set it up learns why', async () => {
  await expect(start({ a: 'IMAP_LOGIN_REFUSED' })).rejects.toMatchObject({
    code: 'IMAP_LOGIN_REFUSED',
  });
  await expect(start({ a: 'IMAP_THROTTLED', b: 'IMAP_UNREACHABLE' })).rejects.toThrow();
});

test('a server that asks to be left in peace is not asked by a start after the other', async () => {
  expect(await start({ a: 'IMAP_THROTTLED' })).toEqual(['a IMAP_THROTTLED']);
});

test('what all of them need ends the start', async () => {
  await expect(start({ a: undefined, b: 'STORE_UNREACHABLE' })).rejects.toThrow('b');
});
