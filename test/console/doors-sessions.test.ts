/**
 * Logging in and out: what a stranger, a thief and a guesser try, and the twin that works.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { oneTimeLogin } from '../../src/commands/console.ts';
import type { DoorParts } from '../../src/console/door-parts.ts';
import { safePath } from '../../src/console/door-requests.ts';
import { hashOf, newApiToken } from '../../src/console/door-secrets.ts';
import { buildConsole } from '../../src/console/server.ts';
import { openPasswords } from '../../src/edges/passwords.ts';
import { openTestConsole, type TestConsole } from '../support/console-desk.ts';
import {
  addUser,
  cheapPasswords,
  doorsOver,
  hourMs,
  passwordOf,
  tokenIn,
  Visitor,
} from '../support/doors.ts';

const cookie = 'responder-session';
/** One store for all tests; each has doors, users and sessions of its own. */
let shared: TestConsole;
let desk: Pick<TestConsole, 'app' | 'parts' | 'store' | 'close'>;
let now: Date;
let own: Partial<DoorParts>;

async function open(): Promise<void> {
  const { parts, store } = shared;
  const app = await buildConsole({ parts, doors: doorsOver(store, { now: () => now }, own) });
  await app.ready();
  desk = { app, parts, store, close: () => app.close() };
  await shared.pool.query(
    'truncate users, sessions, api_tokens, one_time_logins, login_attempts, audit',
  );
  await addUser(desk.store, 'ana', 'admin');
  await addUser(desk.store, 'ben', 'desk');
}

const later = (ms: number): void => {
  now = new Date(now.getTime() + ms);
};

beforeAll(async () => {
  shared = await openTestConsole();
});
afterAll(() => shared.close());
beforeEach(async () => {
  now = new Date('2026-11-27T09:00:00Z');
  own = {};
  await open();
});
afterEach(() => desk.close());

async function loggedIn(name = 'ana'): Promise<Visitor> {
  const visitor = new Visitor(desk.app);
  const answer = await visitor.login(name);
  expect(answer.statusCode).toBe(303);
  return visitor;
}

const statusOf = async (visitor: Visitor, url = '/account') => (await visitor.get(url)).statusCode;

describe('a login', () => {
  test('lets in whoever has the password, and leads where they wanted to go', async () => {
    const visitor = new Visitor(desk.app);
    const first = await visitor.get('/account?a=b');
    expect(first.headers.location).toBe('/login?next=%2Faccount%3Fa%3Db');
    const page = await visitor.get(String(first.headers.location));
    const next = /name="next" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    const fields = { _csrf: tokenIn(page.body), name: ' ANA ', password: passwordOf('ana'), next };
    const answer = await visitor.post('/login', fields);
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/account?a=b']);
    expect(await statusOf(visitor)).toBe(200);
  });

  test('does not say which of the two was wrong', async () => {
    const bodies: string[] = [];
    for (const name of ['ana', 'nobody']) {
      const answer = await new Visitor(desk.app).login(name, 'a wrong password');
      expect(answer.statusCode).toBe(401);
      bodies.push(answer.body.replaceAll(name, 'NAME').replaceAll(/value="[^"]{43}"/g, ''));
    }
    expect(bodies[0]).toBe(bodies[1]);
  });

  test('does the same work for a name that is none, so that its time tells nothing', async () => {
    const work: string[] = [];
    own = {
      passwords: {
        hash: cheapPasswords.hash,
        verify: (password, known) => {
          work.push(known === undefined ? 'nobody' : 'somebody');
          return cheapPasswords.verify(password, known);
        },
      },
    };
    await desk.close();
    await open();
    await new Visitor(desk.app).login('ana', 'a wrong password');
    await new Visitor(desk.app).login('nobody', 'a wrong password');
    expect(work).toEqual(['somebody', 'nobody']);
    let verified = 0;
    const real = await import('@node-rs/argon2');
    const counting = openPasswords(
      { memoryCost: 8, timeCost: 1, parallelism: 1 },
      {
        hash: real.hash,
        verify: (...args) => {
          verified += 1;
          return real.verify(...args);
        },
      },
    );
    expect(await counting.verify('x', undefined)).toEqual({ matches: false });
    expect(await counting.verify('the password of nobody', undefined)).toEqual({ matches: false });
    expect(verified).toBe(2);
  });

  test('keeps no id that the browser had before: a planted one opens nothing', async () => {
    const planted = 'a'.repeat(43);
    const visitor = new Visitor(desk.app);
    visitor.cookies.set(cookie, planted);
    await visitor.login('ana');
    expect(visitor.cookies.get(cookie)).not.toBe(planted);
    const thief = new Visitor(desk.app);
    thief.cookies.set(cookie, planted);
    expect(await statusOf(thief)).toBe(303);
    expect(await statusOf(visitor)).toBe(200);
  });

  test('again ends the session of before', async () => {
    const visitor = await loggedIn();
    const before = visitor.cookies.get(cookie) ?? '';
    const token = tokenIn((await visitor.get('/account')).body);
    const again = { _csrf: token, name: 'ana', password: passwordOf('ana') };
    expect((await visitor.post('/login', again)).statusCode).toBe(303);
    const thief = new Visitor(desk.app);
    thief.cookies.set(cookie, before);
    expect(await statusOf(thief)).toBe(303);
  });

  test('sets a cookie that no script reads and no foreign form sends; over TLS, for this host alone', async () => {
    const answer = await new Visitor(desk.app).login('ana');
    const set = [answer.headers['set-cookie']].flat().find((text) => text?.startsWith(cookie));
    expect(set).toMatch(/; HttpOnly/);
    expect(set).toMatch(/; SameSite=Lax/);
    expect(set).toMatch(/; Path=\//);
    expect(set).not.toMatch(/Secure|Domain/);
    await desk.close();
    own = { publicUrl: 'https://responder.partner.example' };
    await open();
    const safe = await new Visitor(desk.app).login('ana');
    const host = [safe.headers['set-cookie']].flat().find((text) => text?.includes('-session'));
    expect(host).toMatch(/^__Host-responder-session=.*; Secure/);
  });

  test('writes names and outcomes into the audit log, and never a password', async () => {
    await new Visitor(desk.app).login('ana', 'the secret of ana');
    await new Visitor(desk.app).login('the secret of ana', 'x');
    const visitor = await loggedIn();
    await visitor.send('/logout', {}, { page: '/account' });
    const entries = await desk.store.listAudit({ limit: 20 });
    expect(entries.slice(0, 4).map(({ action, by }) => `${action} ${by}`)).toEqual([
      'logged-out ana',
      'logged-in ana',
      'login-failed (unknown)',
      'login-failed ana',
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/secret|password of/);
  });

  test('with a body beyond any form is refused', async () => {
    const fields = { name: 'ana', password: 'x'.repeat(300_000) };
    expect((await new Visitor(desk.app).post('/login', fields)).statusCode).toBe(413);
  });
});

describe('a session', () => {
  test('is dead after logging out, whoever still has the cookie', async () => {
    const visitor = await loggedIn();
    const stolen = visitor.cookies.get(cookie) ?? '';
    expect((await visitor.send('/logout', {}, { page: '/account' })).headers.location).toBe(
      '/login?out=here',
    );
    const thief = new Visitor(desk.app);
    thief.cookies.set(cookie, stolen);
    expect(await statusOf(thief)).toBe(303);
  });

  test('ends when nobody is there for eight hours, and lives on while somebody is', async () => {
    const visitor = await loggedIn();
    later(7.9 * hourMs);
    expect(await statusOf(visitor)).toBe(200);
    later(7.9 * hourMs);
    expect(await statusOf(visitor)).toBe(200);
    later(8 * hourMs);
    expect(await statusOf(visitor)).toBe(303);
  });

  test('is not kept alive by a page that only asks by itself what is new', async () => {
    const visitor = await loggedIn();
    later(7.9 * hourMs);
    expect((await visitor.get('/review/queue')).statusCode).toBe(200);
    later(0.1 * hourMs);
    expect(await statusOf(visitor)).toBe(303);
  });

  test('ends after a day, however busy', async () => {
    const visitor = await loggedIn();
    for (let hour = 1; hour < 24; hour++) {
      later(hourMs);
      expect(await statusOf(visitor)).toBe(200);
    }
    later(hourMs);
    expect(await statusOf(visitor)).toBe(303);
  });

  test('is nowhere in the store as the browser has it', async () => {
    const visitor = await loggedIn();
    const id = visitor.cookies.get(cookie) ?? '';
    const [line] = await desk.store.listSessions('ana');
    expect(line?.idHash).toBe(hashOf(id));
    expect(JSON.stringify(line)).not.toContain(id);
  });

  test.each([
    ['another role', { url: '/settings/users/role', fields: { name: 'ben', role: 'viewer' } }],
    ['a new password', { url: '/settings/users/password', fields: { name: 'ben' } }],
    ['being removed', { url: '/settings/users/remove', fields: { name: 'ben' } }],
  ])('and the tokens end at once with %s', async (_name, { url, fields }) => {
    const [ana, ben] = [await loggedIn(), await loggedIn('ben')];
    const token = newApiToken();
    const act = { at: now, by: 'ben', via: 'console' } as const;
    const made = { id: 't1', userName: 'ben', label: 'x', role: 'desk', createdAt: now } as const;
    const endsAt = new Date(now.getTime() + hourMs);
    await desk.store.addToken({ ...made, endsAt, tokenHash: hashOf(token) }, act);
    expect(await desk.store.findToken(hashOf(token), now)).toMatchObject({ role: 'desk' });
    const answer = await ana.send(url, fields, { page: '/settings/users' });
    expect(answer.statusCode).toBeLessThan(400);
    expect(await statusOf(ben)).toBe(303);
    expect(await desk.store.findToken(hashOf(token), now)).toBeUndefined();
  });

  test('of a program is its token, so that two of one person do not stand in each other’s way', async () => {
    const seen: unknown[] = [];
    const app = await buildConsole({
      parts: desk.parts,
      doors: async (built) => {
        await doorsOver(desk.store, { now: () => now })(built);
        built.addHook('preHandler', async ({ person }) => {
          seen.push(person);
        });
      },
    });
    const act = { at: now, by: 'ana', via: 'console' } as const;
    for (const id of ['t1', 't2']) {
      const token = newApiToken();
      const made = { id, userName: 'ana', label: 'x', role: 'viewer', createdAt: now } as const;
      const endsAt = new Date(now.getTime() + hourMs);
      await desk.store.addToken({ ...made, endsAt, tokenHash: hashOf(token) }, act);
      const headers = { authorization: `Bearer ${token}` };
      expect((await app.inject({ url: '/api/v1/holds', headers })).statusCode).toBe(200);
    }
    await app.close();
    const ana = { name: 'ana', role: 'viewer', via: 'api', csrfToken: '' };
    expect(seen).toEqual([
      { ...ana, tokenId: 't1' },
      { ...ana, tokenId: 't2' },
    ]);
  });

  test('can be ended from another one', async () => {
    const [here, there] = [await loggedIn(), await loggedIn()];
    await here.send('/account/sessions', {}, { page: '/account' });
    expect([await statusOf(here), await statusOf(there)]).toEqual([200, 303]);
  });
});

describe('guessing', () => {
  test('one name is slowed down, and never shut out for longer than a minute', async () => {
    const guess = (password: string) => new Visitor(desk.app).login('ana', password);
    for (let n = 0; n < 5; n++) expect((await guess(`wrong ${n}`)).statusCode).toBe(401);
    const slowed = await guess(passwordOf('ana'));
    expect(slowed.statusCode).toBe(429);
    expect(slowed.body).toContain('Try again in 2 s');
    for (let n = 0; n < 8; n++) {
      later(60_000);
      expect((await guess('still wrong')).statusCode).toBe(401);
    }
    expect((await guess(passwordOf('ana'))).body).toContain('Try again in 60 s');
    later(60_000);
    expect((await guess(passwordOf('ana'))).statusCode).toBe(303);
    expect((await guess('mistyped')).statusCode).toBe(401);
  });

  test('at a name does not keep its owner out where they came in before', async () => {
    const stranger = new Visitor(desk.app);
    const wrong = () => stranger.from('203.0.113.9').login('ana', 'not the password');
    await loggedIn();
    for (let tries = 0; tries < 6; tries += 1) await wrong();
    expect((await wrong()).statusCode).toBe(429);
    // The stranger is slowed down as before, whatever they take themselves for.
    expect((await stranger.login('ana\n127.0.0.1', 'x')).statusCode).toBe(401);
    expect((await stranger.from('203.0.113.10').login('ana')).statusCode).toBe(429);
    await loggedIn();
    // And so is whoever guesses from the owner's own address.
    const near = new Visitor(desk.app);
    for (let tries = 0; tries < 5; tries += 1) await near.login('ana', 'not the password');
    expect((await near.login('ana')).statusCode).toBe(429);
  });

  test('many at once count as many', async () => {
    const tries = Array.from({ length: 10 }, (_, n) =>
      new Visitor(desk.app).login('ana', `wrong ${n}`),
    );
    const codes = (await Promise.all(tries)).map(({ statusCode }) => statusCode);
    expect(codes.filter((code) => code === 401)).toHaveLength(5);
    expect(codes.filter((code) => code === 429)).toHaveLength(5);
  });

  test('at many names from one address is stopped', async () => {
    const codes: number[] = [];
    for (let n = 0; n < 32; n++)
      codes.push((await new Visitor(desk.app).login(`u${n}`)).statusCode);
    expect(codes.slice(0, 30)).not.toContain(429);
    expect(codes.slice(30)).toEqual([429, 429]);
  });

  test('does not become easier with an address that the guesser writes into the request', async () => {
    const visitor = new Visitor(desk.app);
    const codes: number[] = [];
    for (let n = 0; n < 31; n++) {
      visitor.headers = { 'x-forwarded-for': `192.0.2.${n}` };
      codes.push((await visitor.login(`u${n}`)).statusCode);
    }
    expect(codes.at(-1)).toBe(429);
  });
});

describe('the way back after the login', () => {
  test.each([
    'https://evil.example',
    '//evil.example',
    String.raw`/\evil.example`,
    '/%5cevil.example/../..//evil.example',
    'javascript:alert(1)',
    '/\t/evil.example',
    '/x\r\nset-cookie: a=b',
    '/..//evil.example',
    '/login',
    '/logout',
    '/login/once/x',
    '',
    `/${'x'.repeat(2_000)}`,
  ])('never leads elsewhere: %j', async (next) => {
    const visitor = new Visitor(desk.app);
    const answer = await visitor.send('/login', { name: 'ana', password: passwordOf('ana'), next });
    expect(answer.statusCode).toBe(303);
    const target = new URL(String(answer.headers.location), 'http://localhost');
    expect(target.origin).toBe('http://localhost');
    expect(answer.headers['set-cookie']?.toString()).not.toContain('a=b');
  });

  test.each(['/', '/cases/c1?x=%2F#y', '/review?customer=a%20b'])('leads to %s', (next) => {
    expect(safePath(next)).toBe(next.replace(/#.*/, ''));
  });
});

describe('a login that works once', () => {
  test('is not used up by looking at it, works once, and not after ten minutes', async () => {
    const clock = { now: () => now };
    const path = await oneTimeLogin({ store: desk.store, clock }, 'ben');
    await new Visitor(desk.app).get(path);
    const visitor = new Visitor(desk.app);
    expect((await visitor.send(path, {})).headers.location).toBe('/');
    expect((await visitor.get('/account')).body).toContain('ben');
    expect((await new Visitor(desk.app).send(path, {})).statusCode).toBe(403);
    const late = await oneTimeLogin({ store: desk.store, clock }, 'ben');
    later(10 * 60_000);
    expect((await new Visitor(desk.app).send(late, {})).statusCode).toBe(403);
  });
});

describe('a token', () => {
  async function tokenOf(visitor: Visitor, fields: Readonly<Record<string, string>>) {
    const answer = await visitor.send('/account/tokens', fields, { page: '/account' });
    return { answer, token: /<code>(trapi_[^<]+)</.exec(answer.body)?.[1] ?? '' };
  }

  test('is shown once, kept as a hash, and never has more rights than its owner', async () => {
    const visitor = await loggedIn('ben');
    const { token } = await tokenOf(visitor, { label: 'reports', role: 'viewer', days: '30' });
    expect(token).toMatch(/^trapi_[\w-]{43}$/);
    expect((await visitor.get('/account')).body).not.toContain(token);
    expect(await desk.store.findToken(hashOf(token), now)).toMatchObject({ role: 'viewer' });
    const { answer } = await tokenOf(visitor, { label: 'x', role: 'admin', days: '30' });
    expect(answer.statusCode).toBe(400);
    later(30 * 24 * hourMs);
    expect(await desk.store.findToken(hashOf(token), now)).toBeUndefined();
  });

  test('opens no page, gets no cookie, and says so in JSON', async () => {
    const { token } = await tokenOf(await loggedIn('ben'), {
      ...{ label: 'reports', role: 'desk', days: '30' },
    });
    for (const authorization of [
      `Bearer ${token}`,
      'Bearer wrong',
      'Basic YTpi',
      `Bearer ${token} x`,
    ]) {
      const answer = await desk.app.inject({ url: '/account', headers: { authorization } });
      expect(answer.statusCode).toBe(401);
      expect(answer.json()).toHaveProperty('error');
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
  });
});

describe('a request from elsewhere', () => {
  test('under a name that is not the console’s is not answered', async () => {
    const ask = (host: string) => desk.app.inject({ url: '/login', headers: { host } });
    expect((await ask('evil.example:8090')).statusCode).toBe(421);
    for (const host of ['localhost:8090', '127.0.0.1:8090', '[::1]:8090', '192.0.2.7'])
      expect((await ask(host)).statusCode).toBe(200);
  });

  test('behind a proxy, only pages of the public address may send forms', async () => {
    await desk.close();
    own = { publicUrl: 'https://responder.partner.example' };
    await open();
    const visitor = new Visitor(desk.app);
    visitor.headers = { origin: 'https://responder.partner.example', host: '10.0.0.1:8090' };
    expect((await visitor.login('ana')).statusCode).toBe(303);
    visitor.headers = { origin: 'http://responder.partner.example' };
    expect((await visitor.login('ana')).statusCode).toBe(403);
  });
});

describe('users', () => {
  test('an admin adds one, whose password is shown once', async () => {
    const ana = await loggedIn();
    const answer = await ana.send('/settings/users', { name: 'Cy', role: 'viewer' });
    const password = /<code>([^<]+)</.exec(answer.body)?.[1] ?? '';
    expect(password).toMatch(/^(?:[a-z2-9]{4}-){4}[a-z2-9]{4}$/);
    expect((await ana.get('/settings/users')).body).not.toContain(password);
    expect((await new Visitor(desk.app).login('cy', password)).statusCode).toBe(303);
  });

  test('nobody takes their own rights away by mistake', async () => {
    const ana = await loggedIn();
    for (const path of ['role', 'remove']) {
      const fields = { name: 'ana', role: 'viewer' };
      const answer = await ana.send(`/settings/users/${path}`, fields, { page: '/settings/users' });
      expect(answer.statusCode).toBe(409);
    }
    expect(await statusOf(ana)).toBe(200);
  });

  test('a new password of one’s own needs the old one, and must be long', async () => {
    const ben = await loggedIn('ben');
    const change = (current: string, password: string) =>
      ben.send('/account/password', { current, password }, { page: '/account' });
    expect((await change('wrong', 'a long new password')).statusCode).toBe(400);
    expect((await change(passwordOf('ben'), 'short')).statusCode).toBe(400);
    expect((await change(passwordOf('ben'), 'a long new password')).statusCode).toBe(303);
    expect(await statusOf(ben)).toBe(303);
    expect((await new Visitor(desk.app).login('ben', 'a long new password')).statusCode).toBe(303);
  });
});
