/**
 * Users, sessions, tokens and tried logins, over both databases; and over two processes where there can be two.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Act } from '../../src/ports/audit.ts';
import { databases, type OpenedDatabase } from './databases.ts';

const at = new Date('2026-11-27T09:00:00Z');
const hourMs = 3_600_000;
const later = (ms: number) => new Date(at.getTime() + ms);
const act: Act = { at, by: 'root', via: 'command' };
const ana = { name: 'ana', role: 'desk', passwordHash: 'h1' } as const;
const session = {
  idHash: 's1',
  userName: 'ana',
  how: 'password',
  endsAt: later(24 * hourMs),
} as const;
const token = {
  id: 't1',
  tokenHash: 'th',
  userName: 'ana',
  label: 'reports',
  role: 'desk',
  createdAt: at,
  endsAt: later(hourMs),
} as const;

for (const database of databases) {
  describe.skipIf(database.isMissing)(`doors on ${database.name}`, () => {
    let opened: OpenedDatabase;
    beforeAll(async () => {
      opened = await database.open();
    });
    afterAll(() => opened.close());
    beforeEach(async () => {
      await opened.pool.query(
        'truncate users, sessions, api_tokens, one_time_logins, login_attempts, api_writes, audit',
      );
      await opened.store.addUser(ana, act);
    });

    test('one name is one user, and the audit log says who added them', async () => {
      expect(await opened.store.addUser({ ...ana, passwordHash: 'h2' }, act)).toBe('name-taken');
      expect(await opened.store.findPasswordHash('ana')).toBe('h1');
      expect(await opened.store.listAudit({ limit: 5 })).toMatchObject([
        { action: 'added', subject: 'user', subjectId: 'ana', by: 'root', after: { role: 'desk' } },
      ]);
    });

    test('an older hash never replaces a password that was changed meanwhile', async () => {
      await opened.store.changePassword('ana', 'h2', act);
      await opened.store.keepRehash('ana', 'h1', 'h1 renewed');
      expect(await opened.store.findPasswordHash('ana')).toBe('h2');
    });

    test('a session is found until it is idle for too long, or too old', async () => {
      await opened.store.openSession(session, { ...act, by: 'ana' }, hourMs);
      const find = (ms: number) => opened.store.findSession('s1', later(ms), hourMs);
      expect(await find(hourMs - 1)).toMatchObject({ user: { name: 'ana', role: 'desk' } });
      expect(await find(2 * hourMs - 2)).toBeDefined();
      expect(await find(3 * hourMs - 2)).toBeUndefined();
      expect(await opened.store.findSession('s1', later(24 * hourMs), 48 * hourMs)).toBeUndefined();
      expect(await opened.store.findSession('other', at, hourMs)).toBeUndefined();
    });

    test('what takes rights away ends sessions, tokens and one-time addresses', async () => {
      const take = [
        () => opened.store.changeRole('ana', 'viewer', act),
        () => opened.store.changePassword('ana', 'h3', act),
        () => opened.store.removeUser('ana', act),
      ];
      for (const change of take) {
        await opened.store.openSession(session, act, hourMs);
        const role = (await opened.store.findUser('ana'))?.role ?? 'viewer';
        expect(await opened.store.addToken({ ...token, role }, act)).toBe('done');
        await opened.store.addOneTimeLogin({ tokenHash: 'o', userName: 'ana', endsAt: later(1) });
        expect(await change()).toBe('done');
        expect(await opened.store.findSession('s1', at, hourMs)).toBeUndefined();
        expect(await opened.store.findToken('th', at)).toBeUndefined();
        expect(await opened.store.takeOneTimeLogin('o', at)).toBeUndefined();
      }
      expect(await opened.store.removeUser('ana', act)).toBe('no-user');
    });

    test('a token has no more rights than its owner, ends, and can be revoked once', async () => {
      const { store } = opened;
      expect(await store.addToken({ ...token, role: 'admin' }, act)).toBe('role-too-high');
      expect(await store.addToken({ ...token, userName: 'ben' }, act)).toBe('no-user');
      expect(await store.addToken(token, act)).toBe('done');
      expect(await store.findToken('th', at)).toMatchObject({ userName: 'ana', role: 'desk' });
      expect(await store.listTokens(at, 'ana')).toMatchObject([{ id: 't1', lastUsedAt: at }]);
      expect(await store.findToken('th', later(hourMs))).toBeUndefined();
      expect([await store.revokeToken('t1', act), await store.revokeToken('t1', act)]).toEqual([
        true,
        false,
      ]);
    });

    test('a one-time address opens once, however many try at once', async () => {
      await opened.store.addOneTimeLogin({ tokenHash: 'o', userName: 'ana', endsAt: later(1) });
      const tries = Array.from({ length: 8 }, () => opened.store.takeOneTimeLogin('o', at));
      const users = (await Promise.all(tries)).filter((user) => user !== undefined);
      expect(users).toHaveLength(1);
    });

    test('an address is known to be of whoever logged in from there, of nobody else, and not for ever', async () => {
      const { store } = opened;
      const from = '192.0.2.1';
      const has = (name: string, address: string, since: Date) =>
        store.hasComeFrom(name, address, since);
      expect(await has('ana', from, at)).toBe(false);
      await store.openSession(session, { ...act, by: 'ana', from }, hourMs);
      await store.endSession(session.idHash, act);
      expect(await has('ana', from, at)).toBe(true);
      expect(await has('ana', from, later(1))).toBe(false);
      expect(await has('ana', '192.0.2.2', at)).toBe(false);
      expect(await has('ben', from, at)).toBe(false);
      expect(await has('\u0000', from, at)).toBe(false);
    });

    test('wrong passwords are counted before they are judged, however many come at once', async () => {
      const tries = Array.from({ length: 12 }, () => opened.store.beginLogin('n', at));
      const waits = (await Promise.all(tries)).filter(({ waitUntil }) => waitUntil !== undefined);
      expect(waits).toHaveLength(7);
      expect(await opened.store.beginLogin('n', at)).toEqual({ waitUntil: later(2_000) });
      expect(await opened.store.beginLogin('another', at)).toEqual({});
      await opened.store.forgetLogins('n');
      expect(await opened.store.beginLogin('n', at)).toEqual({});
    });

    test('an account of the issuer that loses its role is out at once', async () => {
      const { store } = opened;
      const account = { issuer: 'https://i.example', subject: 'u', name: 'Cy@x.example' };
      const from = { at, via: 'console' } as const;
      expect(await store.keepIssuerAccount(account, from)).toBeUndefined();
      const user = await store.keepIssuerAccount({ ...account, role: 'admin' }, from);
      expect(user).toMatchObject({ name: 'Cy@x.example', role: 'admin', login: 'issuer' });
      await store.openSession({ ...session, userName: 'Cy@x.example' }, act, hourMs);
      expect(await store.changeRole('Cy@x.example', 'viewer', act)).toBe('role-from-issuer');
      expect(await store.keepIssuerAccount(account, from)).toBeUndefined();
      expect(await store.findSession('s1', at, hourMs)).toBeUndefined();
    });

    test('a key of the API stands for one request, and gives its answer again', async () => {
      const { store } = opened;
      const write = { owner: 'ana', key: 'k', fingerprint: 'r', at };
      expect(await store.claimWrite(write)).toEqual({ kind: 'begun' });
      expect(await store.claimWrite(write)).toEqual({ kind: 'running' });
      expect(await store.claimWrite({ ...write, fingerprint: 'x' })).toEqual({
        kind: 'other-request',
      });
      expect(await store.claimWrite({ ...write, owner: 'ben' })).toEqual({ kind: 'begun' });
      await store.keepWriteAnswer(write, { status: 200, body: '{}' });
      const answered = { kind: 'answered', answer: { status: 200, body: '{}' } };
      expect(await store.claimWrite(write)).toEqual(answered);
      await store.freeWrite(write);
      expect(await store.claimWrite(write)).toEqual(answered);
      const nextDay = { ...write, at: later(25 * hourMs) };
      expect(await store.claimWrite(nextDay)).toEqual({ kind: 'begun' });
    });

    test('a write that was cut off may be claimed again, by one', async () => {
      const { store } = opened;
      const write = { owner: 'ana', key: 'cut', fingerprint: 'r', at };
      expect(await store.claimWrite(write)).toEqual({ kind: 'begun' });
      const again = { ...write, at: later(hourMs) };
      const claims = await Promise.all([store.claimWrite(again), store.claimWrite(again)]);
      expect(claims.map(({ kind }) => kind).sort()).toEqual(['begun', 'running']);
    });

    // One process has the embedded store for itself.
    if (database.name === 'PGlite') return;
    test('two processes share sessions and the count of wrong passwords', async () => {
      const other = await (opened.again ?? expect.fail('it can be opened again'))();
      try {
        await opened.store.openSession(session, act, hourMs);
        expect(await other.store.findSession('s1', at, hourMs)).toBeDefined();
        await other.store.changeRole('ana', 'viewer', act);
        expect(await opened.store.findSession('s1', at, hourMs)).toBeUndefined();
        const tries = Array.from({ length: 12 }, (_, n) =>
          (n % 2 === 0 ? opened : other).store.beginLogin('n', at),
        );
        const waits = (await Promise.all(tries)).filter(({ waitUntil }) => waitUntil !== undefined);
        expect(waits).toHaveLength(7);
      } finally {
        await other.store.close();
      }
    });
  });
}
